"""
Every stored moment that is compared with now, and what becomes of them when somebody sets the clock.

A wall clock is set ahead or back (a machine starts with a wrong one, a person mends it). Where the machine's own uptime
tells how far it was set, all stored moments move with it, so that their ages and what is left of their pauses stay
what they were. Whatever then still lies in the future was written by a wrong clock: it counts as now, which is written
down, so that it does not count as now again an hour later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Connection, text

from connector.ledger.memory import FIRST_DELAY_S, LONGEST_DELAY_S
from connector.machine.steady import Steady

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
    "documents": ("redo_after", ":settle"),
    "people": ("redo_after", ":settle"),
    "quarantine": (
        "next_try",
        f"MIN({LONGEST_DELAY_S}, {FIRST_DELAY_S}*(1<<MIN(MAX(attempts-1, 0), 20)))",
    ),
}
"""Until when something waits, and for how long from now at most."""
NEVER_COMPARED = {
    ("documents", "pushed_at"): "for people to read; of millions of rows",
    ("leases", "expires_at"): "cut when somebody asks for the lease",
    ("ledger", "made_at"): "for people to read",
}
"""The other columns of times, and why nothing becomes of them."""
MANY = "grants"
"""Grows with the items of a source, and has no index of times: looked at only when the clock went back."""


def _move(table: str, columns: Sequence[str]) -> str:
    moved = ", ".join(f"{one}=CASE WHEN {one}>0 THEN {one}+:by ELSE {one} END" for one in columns)
    return f"UPDATE {table} SET {moved} WHERE {' OR '.join(f'{one} IS NOT NULL' for one in columns)}"


def _cut(table: str, columns: Sequence[str]) -> str:
    cut = ", ".join(f"{one}=MIN({one}, :now)" for one in columns)
    return f"UPDATE {table} SET {cut} WHERE {' OR '.join(f'{one}>:now' for one in columns)}"


_MOVES = [
    *(_move(table, columns) for table, columns in AGES.items()),
    *(_move(table, [column]) for table, (column, _) in PAUSES.items()),
]
_CUTS = [
    *(_cut(table, columns) for table, columns in AGES.items() if table != MANY),
    *(
        f"UPDATE {table} SET {column}=:now+{most} WHERE {column} IS NOT NULL AND {column}>:now+{most}"
        for table, (column, most) in PAUSES.items()
    ),
]


class _Reading(msgspec.Struct, frozen=True):
    """The clocks as they were read last."""

    wall: float
    steady: Steady | None = None


class Moments:
    """The stored moments of one ledger, of all its targets and sources."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def set_right(
        self, *, now: float, steady: Steady | None, settle_s: float, only_if_set: bool = False
    ) -> float:
        """
        Read the clock; when it was set since the last time, move what is stored, and cut what lies in the future.

        Args:
            only_if_set: look for what lies in the future only if the clock was set; else always.
            settle_s: how late an unanswered call may take effect: as long does its repetition wait at most.

        Returns:
            How many seconds the clock was set ahead (less than 0: back), as far as that can be told.
        """
        with self._db.begin():
            last = self._last()
            jump = _jump(last, now, steady)
            for statement in _MOVES if jump else []:
                self._db.execute(text(statement), {"by": jump})
            was_set = last is None or bool(jump) or last.wall > now
            for statement in _CUTS if was_set or not only_if_set else []:
                self._db.execute(text(statement), {"now": now, "settle": settle_s})
            if was_set:
                self._db.execute(text(_cut(MANY, AGES[MANY])), {"now": now})
            self._db.execute(
                text(
                    "INSERT INTO notes (source, kind, key, value, mark, read_run) VALUES ('', :kind, '', :value, x'', 0)"
                    " ON CONFLICT (source, kind, key) DO UPDATE SET value=:value"
                ),
                {"kind": _KIND, "value": msgspec.json.encode(_Reading(now, steady))},
            )
        return jump

    def _last(self) -> _Reading | None:
        value = self._db.execute(
            text("SELECT value FROM notes WHERE source='' AND kind=:kind AND key=''"), {"kind": _KIND}
        ).scalar()
        return msgspec.json.decode(value, type=_Reading) if value is not None else None


def _jump(last: _Reading | None, now: float, steady: Steady | None) -> float:
    if last is None or last.steady is None or steady is None or last.steady.boot != steady.boot:
        return 0.0
    passed = steady.seconds - last.steady.seconds
    jump = now - last.wall - passed
    return jump if abs(jump) > TOLERANCE_S else 0.0
