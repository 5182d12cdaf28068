"""The scopes of a target's sources."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, exists, func, literal, null, select, update

from connector.ledger.statements.documents import documents
from connector.ledger.statements.expressions import TABLES, Rows, batch, least, p, typed

_rooms = TABLES["rooms"]
_r = _rooms.c
_of = documents.alias("d")
COLUMNS = (
    "key",
    "name",
    "included",
    "public",
    "rules",
    "audience",
    "audience_at",
    "witnesses",
)
_mine = _r.target == p.target
_of_source = and_(_mine, _r.source == p.source)
_one = and_(_of_source, _r.key == p.key)

all = select(*(_r[name] for name in COLUMNS)).where(_of_source).order_by(_r.key)


@batch("key", key=str)
def decide(r: Rows) -> Any:
    """It was listed, and the settings decided about it."""
    decided = ("name", "included", "public", "rules")
    return r.upsert(
        _rooms,
        ["target", "source", "key"],
        {
            "target": p.target,
            "source": p.source,
            "key": r.key,
            **{name: getattr(p, name) for name in decided},
            "complete_run": literal(0),
            "decided": literal(False),
            "witnesses": literal("[]"),
        },
        lambda new: {**{name: new[name] for name in decided}, "unlisted_at": null(), "decided": False},
    )


_now = typed("now", float)


@batch("key", key=str)
def miss(r: Rows) -> Any:
    """Since when the list of rooms lacks it."""
    return (
        update(_rooms)
        .where(_of_source, _r.key == r.key)
        .values(unlisted_at=least(func.coalesce(_r.unlisted_at, _now), _now))
    )


@batch("key", key=str)
def miss_anew(r: Rows) -> Any:
    """The list was not read wholly: the time begins again."""
    return update(_rooms).where(_of_source, _r.key == r.key).values(unlisted_at=_now)


miss_all_anew = update(_rooms).where(_of_source, _r.unlisted_at.is_not(None)).values(unlisted_at=_now)
_held = (_of.c.target == _r.target, _of.c.source == _r.source, _of.c.room == _r.key)
unlisted = (
    select(_r.name)
    .where(
        _of_source,
        _r.included,
        _r.unlisted_at > p.since,
        ~and_(_r.decided, ~exists().where(*_held, _of.c.state != "removed", ~_of.c.kept)),
    )
    .order_by(_r.name)
)
decide_unlisted = (
    update(_rooms)
    .where(_mine, _r.unlisted_at.is_not(None), exists().where(*_held, _of.c.held_run <= p.run))
    .values(decided=True)
)
note_audience = update(_rooms).where(_one).values(audience=p.audience, audience_at=p.now)
note_witnesses = update(_rooms).where(_one).values(witnesses=p.witnesses)


@batch("key", key=str)
def complete(r: Rows) -> Any:
    """It was listed to the end."""
    return update(_rooms).where(_of_source, _r.key == r.key).values(complete_run=p.run)
