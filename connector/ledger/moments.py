"""
Every stored moment that is compared with now, and what becomes of them when somebody sets the clock.

A wall clock is set ahead or back (a machine starts with a wrong one, a person mends it). Where the machine's own uptime
tells how far it was set, all stored moments move with it, so that their ages and what is left of their pauses stay
what they were. Whatever then still lies in the future was written by a wrong clock: it counts as now, which is written
down, so that it does not count as now again an hour later.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, text

from connector.ledger.memory import FIRST_DELAY_S, LONGEST_DELAY_S
from connector.steady import Steady

TOLERANCE_S = 30.0
"""Clocks are slewed, and the two are read one after the other: less is no jump."""
_KIND = "clock"

_MOVE = (
    "UPDATE sessions SET at=at+:by, lost_at=lost_at+:by",
    "UPDATE documents SET redo_after=redo_after+:by WHERE redo_after IS NOT NULL",
    "UPDATE people SET redo_after=redo_after+:by WHERE redo_after IS NOT NULL",
    "UPDATE intents SET at=at+:by",
    "UPDATE removals SET at=at+:by",
    "UPDATE rooms SET audience_at=audience_at+:by WHERE audience_at IS NOT NULL",
    "UPDATE grants SET told_at=told_at+:by WHERE told_at>0",
    "UPDATE quarantine SET first_seen=first_seen+:by, last_seen=last_seen+:by,"
    " next_try=CASE WHEN next_try>0 THEN next_try+:by ELSE 0 END",
    "UPDATE runs SET started_at=started_at+:by, finished_at=finished_at+:by",
    "UPDATE people_sessions SET at=at+:by, lost_at=lost_at+:by",
    "UPDATE people_removals SET at=at+:by",
    "UPDATE persons SET told_at=told_at+:by, asked_at=asked_at+:by",
)
_CUT = (
    "UPDATE sessions SET at=MIN(at, :now), lost_at=MIN(lost_at, :now) WHERE at>:now OR lost_at>:now",
    "UPDATE documents SET redo_after=:now+:settle WHERE redo_after IS NOT NULL AND redo_after>:now+:settle",
    "UPDATE people SET redo_after=:now+:settle WHERE redo_after>:now+:settle",
    "UPDATE intents SET at=:now WHERE at>:now",
    "UPDATE removals SET at=:now WHERE at>:now",
    "UPDATE rooms SET audience_at=:now WHERE audience_at>:now",
    "UPDATE quarantine SET first_seen=MIN(first_seen, :now), last_seen=MIN(last_seen, :now),"
    f" next_try=MIN(next_try, :now+MIN({LONGEST_DELAY_S}, {FIRST_DELAY_S}*(1<<MIN(attempts-1, 20))))"
    f" WHERE last_seen>:now OR next_try>:now+MIN({LONGEST_DELAY_S}, {FIRST_DELAY_S}*(1<<MIN(attempts-1, 20)))",
    "UPDATE runs SET started_at=MIN(started_at, :now), finished_at=MIN(finished_at, :now) WHERE started_at>:now OR finished_at>:now",
    "UPDATE people_sessions SET at=MIN(at, :now), lost_at=MIN(lost_at, :now) WHERE at>:now OR lost_at>:now",
    "UPDATE people_removals SET at=:now WHERE at>:now",
)
_CUT_MANY = (
    "UPDATE grants SET told_at=:now WHERE told_at>:now",
    "UPDATE persons SET told_at=MIN(told_at, :now), asked_at=MIN(asked_at, :now) WHERE told_at>:now OR asked_at>:now",
)
"""Of tables that grow with the items and people of a source and have no index of times: only when the clock went back."""


class _Reading(msgspec.Struct, frozen=True):
    """The clocks as they were read last."""

    wall: float
    steady: Steady | None = None


class Moments:
    """The stored moments of one ledger, of all its targets and sources."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def set_right(self, *, now: float, steady: Steady | None, settle_s: float) -> float:
        """
        Read the clock; when it was set since the last time, move what is stored, and cut what lies in the future.

        Args:
            settle_s: how late an unanswered call may take effect: as long does its repetition wait at most.

        Returns:
            How many seconds the clock was set ahead (less than 0: back), as far as that can be told.
        """
        with self._db.begin():
            last = self._last()
            jump = _jump(last, now, steady)
            if jump:
                for statement in _MOVE:
                    self._db.execute(text(statement), {"by": jump})
            cuts = (*_CUT, *_CUT_MANY) if last is None or jump or last.wall > now else _CUT
            for statement in cuts:
                self._db.execute(text(statement), {"now": now, "settle": settle_s})
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
