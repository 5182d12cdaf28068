"""Sessions of documents and of people, and their fate."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, or_, select

from connector.ledger.statements.words import TABLES, Batch, Rows, p

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


NOTE = {f"note_{kind}": _note(table) for kind, table in _TABLES.items()}
STATE = {f"state_{kind}": _state(table) for kind, table in _TABLES.items()}
UNSETTLED = {f"unsettled_{kind}": _unsettled(table) for kind, table in _TABLES.items()}
