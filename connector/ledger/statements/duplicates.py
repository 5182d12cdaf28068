"""Files whose bytes stand in several places. The hash of a file's bytes is kept with its document, and has no index: it is asked for seldom."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, func, or_, select

from connector.ledger.duplicates import Place
from connector.ledger.statements.documents import MINE, THERE, d, documents
from connector.ledger.statements.words import TABLES, each_of, p, typed

_bodies = TABLES["bodies"]
_key = _bodies.c.text_key
_FILES = (
    MINE,
    THERE,
    _key != "",
    or_(typed("source", str) == "", d.source == p.source),
    or_(typed("any_room", bool), d.room.in_(each_of(p.rooms))),
)


def _of_files(*columns: Any) -> Any:
    return (
        select(*columns).select_from(_bodies).join(documents, d.number == _bodies.c.document).where(*_FILES)
    )


_many = func.count()
_several = _of_files(_key, _many.label("many")).group_by(_key).having(_many > 1)
groups = (
    _several.having(or_(_many < p.many, and_(_many == p.many, _key > p.last)))
    .order_by(_many.desc(), _key)
    .limit(p.limit)
    .offset(p.skipped)
)
totals = select(func.count(), func.coalesce(func.sum(_several.subquery("several").c.many), 0))
places = (
    _of_files(_key, *(d[name] for name in Place.__struct_fields__))
    .where(_key.in_(each_of(p.keys)))
    .order_by(_key, d.path, d.id)
)
