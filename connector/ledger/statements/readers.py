"""Who can find what: documents counted by room and audience."""

from __future__ import annotations

from sqlalchemy import and_, case, func, select

from connector.ledger.statements.documents import CONFIRMED, MINE, THERE, audiences, d, documents
from connector.ledger.statements.expressions import hinted, p

_a = audiences.c
_there = and_(MINE, THERE, CONFIRMED)
_of_room = and_(_there, d.source == p.source, d.room == p.room)

_top = d.container == ""
rooms = (
    select(
        d.source,
        d.room,
        func.count(),
        func.count(func.distinct(d.audience)),
        case((func.sum(case((_top, 1), else_=0)) == 1, func.max(case((_top, d.title), else_=""))), else_=""),
    )
    .where(_there)
    .group_by(d.source, d.room)
    .order_by(d.source, d.room)
)
audiences_of = hinted(
    select(d.audience, _a.identities, _a.public, func.count())
    .select_from(documents.join(audiences, _a.digest == d.audience))
    .where(_of_room, d.audience > p.last)
    .group_by(d.audience, _a.identities, _a.public)
    .order_by(d.audience)
    .limit(p.limit),
    documents,
    "documents_room",
)
