"""The history of audiences: who could find what before, and after which run."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, literal, select, tuple_

from connector.ledger.statements.documents import MINE, THERE, d
from connector.ledger.statements.expressions import TABLES, Rows, batch, p, typed

_changes, _audiences = TABLES["audience_changes"], TABLES["audiences"]
_c = _changes.c
_mine = _c.target == p.target
_before, _after = _audiences.alias("before"), _audiences.alias("after")
_documents, _people, _runs = TABLES["documents"], TABLES["people"], TABLES["runs"]


@batch("id", id=str, audience=bytes)
def note_documents(r: Rows) -> Any:
    """What is about to be confirmed with another audience than the one that it was confirmed with last."""
    return r.insert(
        _changes,
        {
            "target": p.target,
            "kind": literal("document"),
            "id": d.id,
            "run": p.run,
            "at": p.now,
            "before": d.audience,
            "after": r.audience,
        },
        MINE,
        d.id == r.id,
        THERE,
        d.fingerprint.is_not(None),
        d.audience.is_not(None),
        d.audience != r.audience,
    )


@batch(id=str, before=bytes, after=bytes)
def note_people(r: Rows) -> Any:
    """Who was confirmed with other identities."""
    told = ("id", "before", "after")
    return r.insert(
        _changes,
        {
            "target": p.target,
            "kind": literal("person"),
            "run": p.run,
            "at": p.now,
            **{name: getattr(r, name) for name in told},
        },
    )


trim = delete(_changes).where(
    _mine, _c.number <= select(func.max(_c.number)).where(_mine).scalar_subquery() - p.most
)
page = (
    select(
        _c.number,
        _c.kind,
        _c.id,
        func.coalesce(_runs.c.id, ""),
        _c.at,
        func.coalesce(_before.c.identities, "[]"),
        func.coalesce(_before.c.public, literal(False)),
        func.coalesce(_after.c.identities, "[]"),
        func.coalesce(_after.c.public, literal(False)),
        func.coalesce(_documents.c.title, _people.c.address, ""),
        func.coalesce(_documents.c.source, ""),
        func.coalesce(_documents.c.room, ""),
    )
    .select_from(
        _changes.outerjoin(_before, _before.c.digest == _c.before)
        .outerjoin(_after, _after.c.digest == _c.after)
        .outerjoin(_runs, _runs.c.number == _c.run)
        .outerjoin(
            _documents,
            (_c.kind == "document") & (_documents.c.target == _c.target) & (_documents.c.id == _c.id),
        )
        .outerjoin(_people, (_c.kind == "person") & (_people.c.target == _c.target) & (_people.c.id == _c.id))
    )
    .where(_mine, _c.at >= typed("since", float), _c.number > p.last)
    .order_by(_c.number)
    .limit(p.limit)
)
people_since = (
    select(_before.c.identities, _after.c.identities)
    .select_from(
        _changes.join(_before, _before.c.digest == _c.before).join(_after, _after.c.digest == _c.after)
    )
    .where(_mine, _c.at >= typed("since", float), _c.kind == "person")
)
before_since = (
    select(_c.number, _c.id, _before.c.identities, _before.c.public)
    .select_from(_changes.join(_before, _before.c.digest == _c.before))
    .where(
        _mine,
        _c.kind == p.kind,
        _c.run >= p.run,
        tuple_(_c.id, _c.number) > tuple_(typed("last", str), typed("number", int)),
    )
    .order_by(_c.id, _c.number)
    .limit(p.limit)
)
oldest = select(func.min(_c.at)).where(_mine)
