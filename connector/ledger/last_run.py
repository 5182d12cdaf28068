"""
`last-run.json` beside the ledger, or, with a ledger in PostgreSQL, beside the text cache of each machine: its last run that this machine knows.

A database that was put back from a dump, a standby that lost commits, a file that was put back by other means than `ledger restore`
or lost what was written ahead of it: each goes by the name of the ledger that it was, and knows fewer runs. Deltas leave no note in the intranet,
so nothing there tells that it has what this ledger does not know.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgspec

from connector.ledger.store import Ledger
from connector.machine.owner import replace_file

NAME = "last-run.json"


class _Told(msgspec.Struct, frozen=True):
    """What the file holds."""

    ledger: str = ""
    run: int = 0
    about: str = "The last run of the ledger that this machine knows. It tells when the ledger was put back. The connector keeps this file"


class LastRun:
    """The file of one machine; a ledger that has no place for one has none."""

    def __init__(self, folder: Path | None) -> None:
        """
        Args:
            folder: in which it stands.
        """
        self._path = folder / NAME if folder is not None else None

    def is_missing_from(self, ledger: Ledger) -> bool:
        """Whether a ledger of this name has done runs that this one does not know: it was put back."""
        told = self._read()
        return told.ledger == ledger.id and told.run > ledger.last_run()

    def note(self, ledger: Ledger) -> None:
        """Keep what the ledger knows; nothing where it knows less, or the file cannot be written: then less is noticed."""
        told, run = self._read(), ledger.last_run()
        if self._path is None or (told.ledger == ledger.id and told.run >= run):
            return
        with suppress(OSError):
            # not forced onto the disk: after a power cut it must not know more than a ledger in a file does
            replace_file(self._path, msgspec.json.encode(_Told(ledger.id, run)) + b"\n", sync=False)

    def _read(self) -> _Told:
        try:
            return (
                msgspec.json.decode(self._path.read_bytes(), type=_Told)
                if self._path is not None
                else _Told()
            )
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return _Told()
