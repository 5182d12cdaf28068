"""
What becomes of stored times when somebody sets the clock: of every one that is compared with now.

A wall clock is set ahead or back (a machine starts with a wrong one, a person mends it). Where the machine's own uptime
tells how far it was set, all stored moments move with it, so that their ages and what is left of their pauses stay
what they were. Whatever then still lies in the future was written by a wrong clock: it counts as now, which is written
down, so that it does not count as now again an hour later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from connector.ledger.part import Database
from connector.machine.boot_clock import SinceBoot

TOLERANCE_S = 30.0
"""Clocks are slewed, and the two are read one after the other: less is no jump."""
_KIND = "clock"

AGES: Mapping[str, Sequence[str]] = {
    "sessions": ["at", "lost_at"],
    "people_sessions": ["at", "lost_at"],
    "intents": ["at"],
    "removals": ["at"],
    "people_removals": ["at"],
    "rooms": ["audience_at", "unlisted_at"],
    "persons": ["told_at", "asked_at"],
    "quarantine": ["first_seen", "last_seen"],
    "runs": ["started_at", "finished_at"],
    "grants": ["told_at"],
}
"""When something happened: at the latest now."""
PAUSES: Mapping[str, tuple[str, str]] = {
    "documents": ("redo_after", "settle"),
    "people": ("redo_after", "settle"),
    "quarantine": ("next_try", "attempts"),
}
"""Until when something waits, and what tells how long at most: how late an answer may come, or the attempts that failed."""
NEVER_COMPARED = {
    ("documents", "pushed_at"): "for people to read; of millions of rows",
    ("leases", "expires_at"): "cut when somebody asks for the lease",
    ("ledger", "made_at"): "for people to read",
    ("orders", "until"): "a day that a person named; it counts once two readings of the clock are past it",
    **{("orders", name): "for people to read" for name in ("at", "done_at", "ended_at")},
    ("hidden", "at"): "for people to read",
    ("members", "started_at"): "of the database's clock",
    ("members", "seen_at"): "of the database's clock, and cut when somebody looks who is silent",
    ("takeovers", "at"): "of the database's clock, and compared with nothing else",
    ("audience_changes", "at"): "for people to read; their number bounds what is kept",
}
"""The other columns of times, and why nothing becomes of them."""
MANY = "grants"
"""Grows with the items of a source, and has no index of times: looked at only when the clock went back."""


class _Reading(msgspec.Struct, frozen=True):
    """The clocks as they were read last."""

    wall: float
    steady: SinceBoot | None = None
    set_by: float = 0.0
    """Seconds that the clock was set ahead in all until then."""


class ClockChanges:
    """Notices that the clock was set, and adjusts the stored times of one ledger, of all its targets and sources."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def adjust(
        self, *, now: float, steady: SinceBoot | None, settle_s: float, only_if_set: bool = False
    ) -> float:
        """
        Read the clock; when it was set since the last time, move what is stored, and cut what lies in the future.

        Args:
            only_if_set: look for what lies in the future only if the clock was set; else always.
            settle_s: how late an unanswered call may take effect: as long does its repetition wait at most.

        Returns:
            How many seconds the clock was set ahead (less than 0: back), as far as that can be told.
        """
        with self._database.at_once():
            last = self._last()
            jump = _jump(last, now, steady)
            if jump:
                self._all_of("move", AGES, by=jump)
                self._all_of("move_pauses_of", PAUSES, by=jump)
            was_set = last is None or bool(jump) or last.wall > now
            if was_set or not only_if_set:
                self._all_of("cut", [table for table in AGES if table != MANY], now=now)
                self._all_of("cut_pauses_of", PAUSES, now=now, settle=settle_s)
            if was_set:
                self._all_of("cut", [MANY], now=now)
            reading = msgspec.json.encode(_Reading(now, steady, jump + (last.set_by if last else 0.0)))
            self._database.each(
                "notes.put",
                [{"key": ""}],
                {"source": "", "kind": _KIND, "value": reading, "mark": b"", "read_run": 0},
            )
        return jump

    def set_by(self) -> float:
        """
        How many seconds the clock was set ahead in all since the ledger was made (less than 0: back), as far as that could be told.

        A clock less this is one that nobody sets: sources note ages by it, since what they note is theirs, and does not move.
        """
        last = self._last()
        return last.set_by if last else 0.0

    def _all_of(self, what: str, tables: Iterable[str], **values: float) -> None:
        for table in tables:
            self._database.run(f"clock_changes.{what}_{table}", values)

    def _last(self) -> _Reading | None:
        rows = self._database.all("notes.get", {"source": "", "kind": _KIND, "key": ""})
        return msgspec.json.decode(rows[0][0], type=_Reading) if rows else None


def _jump(last: _Reading | None, now: float, steady: SinceBoot | None) -> float:
    if last is None or last.steady is None or steady is None or last.steady.boot != steady.boot:
        return 0.0
    passed = steady.seconds - last.steady.seconds
    jump = now - last.wall - passed
    return jump if abs(jump) > TOLERANCE_S else 0.0
