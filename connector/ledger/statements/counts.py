"""How many documents there are, as it is kept."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Integer,
    String,
    and_,
    column,
    exists,
    func,
    insert,
    literal_column,
    select,
    table,
)

from connector.ledger.engines.counts_made import ending
from connector.ledger.statements.documents import bodies, d, documents
from connector.ledger.statements.expressions import TABLES, p

_counts = TABLES["counts"].c
_by = (_counts.state, _counts.reason, _counts.format, _counts.text)
kept = (
    select(*_by, func.sum(_counts.many))
    .where(_counts.target == p.target)
    .group_by(*_by)
    .having(func.sum(_counts.many) != 0)
)

# -- what a file notes before something changes that is counted ----------------------------------------

_WATCHED = frozenset({"state", "without_text", "title"})
_due = table(
    "counts_due",
    column("number", Integer),
    *(column(name, String) for name in ("target", "state", "without_text", "ending")),
    column("text", Boolean),
)
_ending: Any = literal_column(ending("documents.title"))
_upto = table("counts_upto", column("number", Integer))


def noting(statement: Any) -> Any:
    """What is to be noted before an update of documents, of those that it changes; None where nothing of them is counted."""
    if not getattr(statement, "is_update", False) or statement.table.name != "documents":
        return None
    if not _WATCHED & {getattr(one, "key", one) for one in statement._values}:
        return None
    has_text = exists().where(bodies.c.document == d.number, bodies.c.text_key != "")
    told = select(d.number, d.target, d.state, d.without_text, _ending, has_text).where(
        statement.whereclause,
        and_(d.number <= select(_upto.c.number).scalar_subquery(), d.number.not_in(select(_due.c.number))),
    )
    for (_, dialect), hint in statement._hints.items():
        told = told.with_hint(documents, hint, dialect)
    return insert(_due).from_select([one.name for one in _due.c], told)
