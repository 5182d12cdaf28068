"""Lists of documents for people."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Float, and_, case, exists, func, literal, or_, select, union, union_all

from connector.ledger.catalogue import QUARANTINED, Row
from connector.ledger.statements.documents import MINE, THERE, after, d, documents
from connector.ledger.statements.words import TABLES, each_of, p, typed

_of, _quarantine = documents.alias("d"), TABLES["quarantine"].alias("q")
_q = _quarantine.c
_bodies, _rooms = TABLES["bodies"].c, TABLES["rooms"].c
_LISTED = (*Row.__struct_fields__, "path", "native")


def _columns(**values: Any) -> list[Any]:
    return [values[name].label(name) for name in _LISTED]


_live = (
    select(
        *_columns(
            **{name: _of.c[name] for name in _LISTED if not name.startswith("parked")},
            parked=func.coalesce(_q.reason, ""),
            parked_why=func.coalesce(_q.message, ""),
            parked_told=func.coalesce(_q.told, ""),
        )
    )
    .select_from(_of)
    .outerjoin(_quarantine, and_(_q.target == _of.c.target, _q.id == _of.c.id))
    .where(_of.c.target == p.target, _of.c.state != "removed")
)
_empty = dict.fromkeys(("kind", "held_why", "held_note", "without_text", "url", "path"), literal(""))
_never = select(
    *_columns(
        **{name: _q[name] for name in ("id", "title", "source", "room", "native")},
        **_empty,
        state=literal(QUARANTINED),
        pushed_at=literal(0.0, Float),
        parked=_q.reason,
        parked_why=_q.message,
        parked_told=_q.told,
    )
).where(
    _q.target == p.target,
    ~exists().where(_of.c.target == _q.target, _of.c.id == _q.id, _of.c.state != "removed"),
)
"""In quarantine, and never in the intranet."""


def _if_asked(name: str, meant: Any) -> Any:
    return or_(typed(name, str) == "", meant)


def _like(column: Any, name: str) -> Any:
    return func.lower(column).like(func.lower(typed(name, str)), escape="\\")


def narrowed(of: Any, reason: Any) -> list[Any]:
    """
    What people may narrow any list of documents by, in the search or out of it.

    Args:
        reason: whether a row has the reason that is asked for.
    """
    return [
        _if_asked("source", of.source == p.source),
        _if_asked("kind", of.kind == p.kind),
        _if_asked("reason", reason),
        or_(typed("any_room", bool), of.room.in_(each_of(p.rooms))),
        _if_asked("ending", _like(of.title, "ending")),
        _if_asked("word", or_(_like(of.title, "part"), of.id == p.word, of.native == p.word)),
    ]


def _wanted(of: Any) -> list[Any]:
    return [
        *narrowed(of, or_(of.without_text == p.reason, of.held_why == p.reason, of.parked == p.reason)),
        _if_asked("state", of.state == p.state),
        or_(typed("with_any_text", bool), of.without_text != ""),
        or_(typed("parked_or_not", bool), of.parked != ""),
    ]


_all = union_all(_live, _never).subquery("listed").c
_row = [_all[name] for name in Row.__struct_fields__]
_page = select(*_row).where(*_wanted(_all)).limit(p.limit).offset(p.skipped)
page = _page.order_by(_all.pushed_at.desc(), _all.id)
page_without_text = _page.order_by(_all.without_text, _all.path, _all.id)
count = select(func.count()).select_from(_all.id.table).where(*_wanted(_all))


def _walk(part: Any) -> Any:
    of = part.subquery("listed").c
    return (
        select(*(of[name] for name in Row.__struct_fields__), of.path)
        .where(*_wanted(of))
        .order_by(of.path, of.id)
        .limit(p.limit)
    )


walk_live = _walk(_live.where(after(_of.c)))
walk_never = _walk(_never.where(typed("path", str) == "", _q.id > p.last))
_alone = _live.subquery("listed").c
reasons = (
    select(_alone.without_text, func.count().label("many"))
    .where(*_wanted(_alone), _alone.without_text != "")
    .group_by(_alone.without_text)
    .order_by(func.count().desc(), _alone.without_text)
)
_audiences = TABLES["audiences"].c
unseen = select(func.count()).where(
    MINE,
    THERE,
    d.room.in_(each_of(p.rooms)),
    d.audience == _audiences.digest,
    ~_audiences.public,
    _audiences.identities == "[]",
)
"""What is in the intranet and nobody may see."""
_ending = func.lower(func.replace(d.title, func.rtrim(d.title, func.replace(d.title, ".", "")), ""))
_format = case((d.title.like("%.%"), func.substr(_ending, 1, 7)), else_="").label("format")
_has_text = case((d.without_text == "", 1), else_=0).label("has_text")
_files = (
    select(_format, _has_text)
    .where(MINE, THERE, _bodies.document == d.number, or_(d.without_text != "", _bodies.text_key != ""))
    .subquery("files")
    .c
)
formats = select(_files.format, _files.has_text, func.count()).group_by(_files.format, _files.has_text)
folders = select(d.id, _bodies.body).where(MINE, d.id.in_(each_of(p.ids)), _bodies.document == d.number)
rooms_called = union(
    select(_rooms.key).where(
        _rooms.target == p.target, or_(_rooms.key == p.word, func.lower(_rooms.name) == p.lower)
    ),
    select(d.room).where(MINE, d.container == "", d.id == p.lower),
)
kinds = select(d.kind).distinct().where(MINE, THERE).order_by(d.kind)
