"""What sources remember for themselves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, select

from connector.ledger.statements.expressions import TABLES, Rows, batch, p

_notes = TABLES["notes"]
_n = _notes.c
get = select(_n.value, _n.mark, _n.read_run).where(_n.source == p.source, _n.kind == p.kind, _n.key == p.key)

_of_kind = (_n.source == p.source, _n.kind == p.kind)
page = (
    select(_n.key, _n.value)
    .where(*_of_kind, _n.mark == p.mark, _n.key > p.after)
    .order_by(_n.key)
    .limit(p.limit)
)
count = select(func.count()).where(*_of_kind, _n.mark == p.mark)


@batch("key", key=str)
def drop(r: Rows) -> Any:
    """Forget a note, if it still depends on what it did."""
    return delete(_notes).where(*_of_kind, _n.mark == p.mark, _n.key == r.key)


@batch("key", key=str)
def put_first(r: Rows) -> Any:
    """Remember a note, unless there is one."""
    told = ("value", "mark", "read_run")
    return r.upsert(
        _notes,
        ["source", "kind", "key"],
        {"source": p.source, "kind": p.kind, "key": r.key, **{name: getattr(p, name) for name in told}},
        None,
    )


@batch("key", key=str)
def put(r: Rows) -> Any:
    """Remember a note."""
    told = ("value", "mark", "read_run")
    return r.upsert(
        _notes,
        ["source", "kind", "key"],
        {"source": p.source, "kind": p.kind, "key": r.key, **{name: getattr(p, name) for name in told}},
        lambda new: {name: new[name] for name in told},
    )
