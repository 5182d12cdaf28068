"""Sessions of documents and of people, and their fate."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, case, func, literal, or_, select, update

from connector.document.durations import HOUR_S
from connector.ledger.statements.expressions import TABLES, Batch, Rows, greatest, least, p

LONGEST_CALL_S = float(HOUR_S)
"""A begin is tried for so long at most, and an end waited for."""
_TABLES = {"document": TABLES["sessions"], "person": TABLES["people_sessions"]}


def _note(table: Any) -> Batch:
    def make(r: Rows) -> Any:
        return r.upsert(
            table,
            ["run"],
            {"run": r.run, "target": p.target, "state": p.state, "at": p.now, "lost_at": p.lost},
            lambda new: {
                "state": new.state,
                "at": new.at,
                "lost_at": func.coalesce(new.lost_at, table.c.lost_at),
            },
        )

    return Batch(make, ["run"], {"run": int})


def _state(table: Any) -> Any:
    return select(table.c.state).where(table.c.target == p.target, table.c.run == p.run)


def _unsettled(table: Any) -> Any:
    return select(func.max(func.coalesce(table.c.lost_at, table.c.at))).where(
        table.c.target == p.target,
        or_(table.c.lost_at.is_not(None), table.c.state.in_(["beginning", "ending"])),
    )


def _lose(table: Any) -> Any:
    """What nobody waits for any more was perhaps under way until its process died."""
    c = table.c
    is_open = or_(
        c.state == "beginning", and_(c.state == "ending", or_(c.lost_at.is_(None), c.lost_at < c.at))
    )
    return (
        update(table)
        .where(c.target == p.target, is_open)
        .values(
            lost_at=greatest(c.at, least(p.now, c.at + literal(LONGEST_CALL_S))),
            state=case((c.state == "beginning", "withheld"), else_=c.state),
        )
    )


NOTE = {f"note_{kind}": _note(table) for kind, table in _TABLES.items()}
STATE = {f"state_{kind}": _state(table) for kind, table in _TABLES.items()}
LOSE = {f"lose_{kind}": _lose(table) for kind, table in _TABLES.items()}
UNSETTLED = {f"unsettled_{kind}": _unsettled(table) for kind, table in _TABLES.items()}
