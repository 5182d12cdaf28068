"""What the ledger is asked about documents."""

from __future__ import annotations

from typing import Any

from sqlalchemy import LargeBinary, case, func, literal, null, or_, select

from connector.document.document import Known
from connector.ledger.rows import Body, Standing
from connector.ledger.statements.expressions import (
    ONE,
    TABLES,
    beside,
    each_of,
    elements_of,
    hinted,
    is_any,
    p,
)

documents, bodies, audiences = TABLES["documents"], TABLES["bodies"], TABLES["audiences"]
d = documents.c
_of = documents.alias("d")
_body = bodies.alias("b")
MINE = d.target == p.target
THERE = d.state != "removed"
CONFIRMED = d.fingerprint.is_not(None)


def standing(of: Any) -> list[Any]:
    """The columns of `Standing`, of the documents by this alias."""
    return [
        of.fingerprint.is_not(None).label(name) if name == "confirmed" else of[name]
        for name in Standing.__struct_fields__
    ]


def body(of: Any, kept: Any) -> list[Any]:
    """The columns of `Body`."""
    return [of.without_text if name == "text_missing" else kept[name] for name in Body.__struct_fields__]


def after(of: Any) -> Any:
    """Beyond a place in the order of paths."""
    return or_(of.path > p.path, (of.path == p.path) & (of.id > p.last))


def nothing_waits(of: Any) -> Any:
    """Whether no call without an answer can make of a document what it is not now; one that would leave it as it is may still come."""
    return or_(of.redo_after.is_(None), of.lost == of.fingerprint)


_KNOWN = [
    case((d.lost == d.fingerprint, null()), else_=d.redo_after).label(name)
    if name == "redo_after"
    else d[name]
    for name in Known.__struct_fields__
]

known_in = hinted(
    select(*_KNOWN).where(MINE, d.container == p.container, beside(d.source) == p.source, THERE),
    documents,
    "documents_container",
)
_asked, _noted = elements_of(p.ids), TABLES["containers"].c
_in_it = (
    select(ONE).select_from(documents).where(MINE, d.container == _asked, beside(d.source) == p.source, THERE)
)
empties = select(
    _asked,
    is_any(hinted(_in_it, documents, "documents_container")),
    is_any(select(ONE).where(_noted.target == p.target, _noted.id == _asked)),
)
known_in_several = hinted(
    select(*_KNOWN).where(MINE, d.container.in_(each_of(p.ids)), beside(d.source) == p.source, THERE),
    documents,
    "documents_container",
)
known = select(*_KNOWN).where(MINE, d.id.in_(each_of(p.ids)))
in_other_scopes = select(d.id, d.room).where(
    MINE,
    d.id.in_(each_of(p.ids)),
    beside(d.source) == p.source,
    THERE,
    d.room.not_in(["", p.room]),
    d.held_why != "room-vanished",
)
standing_of = select(*standing(d)).where(MINE, d.id.in_(each_of(p.ids)))
find = select(*standing(d)).where(MINE, d.id.in_([p.words, p.lower]))
find_native = hinted(
    select(*standing(d)).where(MINE, d.native.in_([p.words, p.lower])).order_by(d.id),
    documents,
    "documents_native",
)
find_link = hinted(
    select(*standing(d)).where(MINE, d.url == p.words, d.url != "").order_by(d.path, d.id),
    documents,
    "documents_url",
)
facts = select(documents).where(MINE, d.id == p.id)
body_of = (
    select(*body(_of.c, _body.c))
    .join_from(_body, _of, _of.c.number == _body.c.document)
    .where(_of.c.target == p.target, _of.c.id == p.id)
)
count = select(func.count()).select_from(documents).where(MINE, THERE)
count_of = count.where(d.source == p.source)
loaded = count_of.where(d.backfill == p.backfill)
counts_by_room = select(d.source, d.room, func.count()).where(MINE, THERE).group_by(d.source, d.room)
kinds = select(d.kind, func.count()).where(MINE, d.source == p.source, THERE).group_by(d.kind)
next_source = hinted(
    select(d.source).where(MINE, d.source > p.last, THERE).order_by(d.source).limit(ONE),
    documents,
    "documents_kind",
)
_accepted = select(d.id).where(MINE, CONFIRMED, THERE)
confirmed_ids = _accepted.where(d.id > p.last).order_by(d.id).limit(p.chunk)
sampled_ids = _accepted.order_by(func.random()).limit(p.most)
_sent = documents.alias("sent").c
_last_sent = select(func.max(_sent.delta_run)).where(
    _sent.target == p.target,
    _sent.delta_run < p.before,
    _sent.state == "live",
    _sent.fingerprint.is_not(None),
    nothing_waits(_sent),
)
sent_last = (
    select(d.delta_run, d.id, d.fingerprint)
    .where(
        MINE,
        d.delta_run == _last_sent.scalar_subquery(),
        d.state == "live",
        CONFIRMED,
        nothing_waits(d),
    )
    .order_by(d.pushed_at, d.id)
    .limit(p.limit)
)
fingerprints = select(d.id, d.fingerprint, d.title).where(MINE, d.id.in_(each_of(p.ids)))
audiences_in = select(audiences).where(
    audiences.c.digest.in_(
        select(d.audience)
        .distinct()
        .where(MINE, d.source == p.source, d.room == p.room, d.audience.is_not(None), THERE)
    )
)
audience_of = (
    select(audiences.c.identities, audiences.c.public)
    .select_from(documents)
    .join(audiences, audiences.c.digest == d.audience)
    .where(MINE, d.id == p.id)
)
_standing = d.state.in_(["live", "held"])
rooms_of = hinted(
    select(d.id)
    .where(MINE, beside(d.source) == p.source, d.container == "", CONFIRMED, _standing)
    .order_by(d.id),
    documents,
    "documents_container",
)
marker = rooms_of.limit(1)
_placed = (
    select(d.id, func.row_number().over(partition_by=d.room, order_by=d.id).label("place"))
    .where(MINE, d.source == p.source, CONFIRMED, _standing)
    .subquery("placed")
)
carriers = select(_placed.c.id).where(_placed.c.place <= p.each).order_by(_placed.c.place, _placed.c.id)
confirmed = count.where(d.source == p.source, CONFIRMED)
accepted_at = select(d.id, d.pushed_run, d.pushed_at).where(
    MINE, d.id.in_(each_of(p.ids)), CONFIRMED, nothing_waits(d)
)
accepted = (
    select(func.count()).select_from(documents).where(MINE, d.source == p.source, d.session_run == p.run)
)
unheard = select(d.id).where(
    MINE,
    d.source == p.source,
    THERE,
    d.redo_after >= p.until,
    d.redo_after > d.pushed_at + p.settle,
    d.lost != literal(b"", LargeBinary),
)
"""What went unanswered is noted with the moment of that, and what was accepted with its own; a removal is no push."""
not_accepted = count.where(d.session_run != p.run)
unaccepted = (
    select(*standing(_of.c), *body(_of.c, _body.c))
    .join_from(_of, _body, _body.c.document == _of.c.number)
    .where(
        _of.c.target == p.target,
        _of.c.source == p.source,
        _of.c.session_run != p.run,
        _of.c.state != "removed",
        after(_of.c),
    )
    .order_by(_of.c.path, _of.c.id)
    .limit(p.chunk)
)
