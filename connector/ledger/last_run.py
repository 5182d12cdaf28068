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


class _Mark(HowFar, frozen=True, kw_only=True):
    """How far one ledger had come."""

    ledger: str = ""


class _Told(_Mark, frozen=True, kw_only=True):
    """What the file holds: what was looked at last, which is all that an earlier release reads, and each by its place."""

    about: str = "How far the ledger had come when this machine looked last. It tells when the ledger was put back. The connector keeps this file"
    places: dict[str, _Mark] = msgspec.field(default_factory=dict)


class LastRun:
    """The file of one machine; a ledger that has no place for one has none."""

    def __init__(self, folder: Path | None, place: str = "") -> None:
        """
        Args:
            folder: in which it stands.
            place: where the ledger is: the name of its file, or host and name of its database. A copy of a ledger goes by the
                same name as that, and may stand beside it and go on by itself, which tells nothing of either.
        """
        self._path = folder / NAME if folder is not None else None
        self._place = place

    def is_missing_from(self, ledger: Ledger) -> bool:
        """Whether a ledger of this name has done what this one does not know: it was put back."""
        return self._is_missing(self._read(), ledger)

    def is_of_another(self, ledger: Ledger) -> bool:
        """Whether another ledger did something at this place, and this one nothing yet: that one is gone, or was moved."""
        here = self._read().places.get(self._place)
        return here is not None and here.ledger != ledger.id and here.run > 0 and ledger.how_far().run == 0

    def _is_missing(self, told: _Told, ledger: Ledger) -> bool:
        """What stands at a place that nobody looked at before may be any copy, also one of a ledger that was elsewhere."""
        here = told.places.get(self._place)
        known = [here] if here is not None else [told, *told.places.values()]
        return any(one.ledger == ledger.id and not ledger.has_come_as_far_as(one) for one in known)

    def note(self, ledger: Ledger, *, keep: bool = True) -> None:
        """
        Keep what the ledger knows; nothing where it knows less, or the file cannot be written: then less is noticed.

        Args:
            keep: not where the ledger is a copy that is thrown away.
        """
        told = self._read()
        if not keep or self._path is None or self._is_missing(told, ledger):
            return
        now = _Mark(ledger=ledger.id, **msgspec.structs.asdict(ledger.how_far()))
        if now == told.places.get(self._place):
            return
        ledger.settle()  # after a power cut the file must not know more than a ledger in a file does
        both = _Told(**msgspec.structs.asdict(now), places={**told.places, self._place: now})
        with suppress(OSError):
            replace_file(self._path, msgspec.json.encode(both) + b"\n", sync=False)

    def _read(self) -> _Told:
        try:
            return (
                msgspec.json.decode(self._path.read_bytes(), type=_Told)
                if self._path is not None
                else _Told()
            )
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return _Told()
