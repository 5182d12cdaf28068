"""What becomes of stored times when somebody sets the clock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import case, or_, update

from connector.ledger.clock_changes import AGES, PAUSES
from connector.ledger.statements.expressions import TABLES, typed
from connector.ledger.statements.quarantine import pause_after

_now, _by = typed("now", float), typed("by", float)
_MOST: dict[str, Any] = {
    "settle": lambda _table: typed("settle", float),
    "attempts": lambda table: pause_after(table.c.attempts),
}


def _move(table: Any, columns: Iterable[str]) -> Any:
    return (
        update(table)
        .where(or_(*(table.c[one].is_not(None) for one in columns)))
        .values({one: case((table.c[one] > 0, table.c[one] + _by), else_=table.c[one]) for one in columns})
    )


def _cut(table: Any, columns: Iterable[str]) -> Any:
    return (
        update(table)
        .where(or_(*(table.c[one] > _now for one in columns)))
        .values({one: case((table.c[one] > _now, _now), else_=table.c[one]) for one in columns})
    )


def _cut_pause(table: Any, column: str, most: Any) -> Any:
    return (
        update(table)
        .where(table.c[column].is_not(None), table.c[column] > _now + most)
        .values({column: _now + most})
    )


MOVE = {f"move_{name}": _move(TABLES[name], columns) for name, columns in AGES.items()}
MOVE_PAUSES = {
    f"move_pauses_of_{name}": _move(TABLES[name], [column]) for name, (column, _) in PAUSES.items()
}
CUT = {f"cut_{name}": _cut(TABLES[name], columns) for name, columns in AGES.items()}
CUT_PAUSES = {
    f"cut_pauses_of_{name}": _cut_pause(TABLES[name], column, _MOST[most](TABLES[name]))
    for name, (column, most) in PAUSES.items()
}
