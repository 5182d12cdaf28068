"""
`last-run.json` beside the ledger, or, with a ledger in PostgreSQL, beside the text cache of each machine: how far the ledger had come when
this machine looked last.

A database that was put back from a dump, a standby that lost commits, a file that was put back by other means than `ledger restore`
or lost what was written ahead of it: each goes by the name of the ledger that it was, and knows less. Neither deltas, nor people's turns between
runs, leave a note in the intranet, so nothing there tells that it has what this ledger does not know.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgspec

from connector.ledger.store import HowFar, Ledger
from connector.machine.owner import replace_file

NAME = "last-run.json"


class _Told(HowFar, frozen=True, kw_only=True):
    """What the file holds."""

    ledger: str = ""
    about: str = "How far the ledger had come when this machine looked last. It tells when the ledger was put back. The connector keeps this file"


class LastRun:
    """The file of one machine; a ledger that has no place for one has none."""

    def __init__(self, folder: Path | None) -> None:
        """
        Args:
            folder: in which it stands.
        """
        self._path = folder / NAME if folder is not None else None

    def is_missing_from(self, ledger: Ledger) -> bool:
        """Whether a ledger of this name has done what this one does not know: it was put back."""
        told = self._read()
        return told.ledger == ledger.id and not ledger.has_come_as_far_as(told)

    def note(self, ledger: Ledger, *, keep: bool = True) -> None:
        """
        Keep what the ledger knows; nothing where it knows less, or the file cannot be written: then less is noticed.

        Args:
            keep: not where the ledger is a copy that is thrown away.
        """
        told = self._read()
        if (
            not keep
            or self._path is None
            or (told.ledger == ledger.id and not ledger.has_come_as_far_as(told))
        ):
            return
        now = _Told(ledger=ledger.id, **msgspec.structs.asdict(ledger.how_far()))
        if now == told:
            return
        ledger.settle()  # after a power cut the file must not know more than a ledger in a file does
        with suppress(OSError):
            replace_file(self._path, msgspec.json.encode(now) + b"\n", sync=False)

    def _read(self) -> _Told:
        try:
            return (
                msgspec.json.decode(self._path.read_bytes(), type=_Told)
                if self._path is not None
                else _Told()
            )
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return _Told()
