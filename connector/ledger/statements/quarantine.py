"""What could not be fetched, mapped or accepted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, delete, func, literal, select, update

from connector.ledger.quarantine import FIRST_DELAY_S, LONGEST_DELAY_S, Parked
from connector.ledger.statements.expressions import TABLES, Rows, batch, hinted, p

_quarantine = TABLES["quarantine"]
_q = _quarantine.c
_mine = _q.target == p.target
_all = select(*(_q[name] for name in Parked.__struct_fields__)).where(_mine)


def pause_after(attempts: Any) -> Any:
    """Seconds until the next try: twice as many after each, from the first delay to the longest."""
    steps = []
    number, pause = 1, FIRST_DELAY_S
    while pause < LONGEST_DELAY_S:
        steps.append((attempts <= number, pause))
        number, pause = number + 1, pause * 2
    return case(*steps, else_=LONGEST_DELAY_S)


@batch("id", id=str)
def park(r: Rows) -> Any:
    """It failed, or failed again."""
    told = ("room", "title", "reason", "message", "told", "version")
    return r.upsert(
        _quarantine,
        ["target", "id"],
        {
            "target": p.target,
            "id": r.id,
            "source": p.source,
            "native": p.native,
            **{name: getattr(p, name) for name in told},
            "first_seen": p.now,
            "last_seen": p.now,
            "attempts": literal(1),
            "next_try": p.then,
        },
        lambda new: {
            **{name: new[name] for name in told},
            "last_seen": new.last_seen,
            "attempts": _q.attempts + 1,
            "next_try": new.last_seen + pause_after(_q.attempts + 1),
        },
    )


waiting = select(_q.id, _q.version).where(_mine, _q.next_try > p.now)
parked = _all.order_by(_q.first_seen, _q.id)
_why = (_q.message, _q.reason, _q.told)
groups = (
    select(*_why, func.count())
    .where(_mine)
    .group_by(*_why)
    .order_by(func.count().desc(), *_why)
    .limit(p.limit)
)
_by_reason = (_q.reason, _q.first_seen, _q.id)
first_of = hinted(
    _all.where(_q.reason == p.reason, _q.message == p.message, _q.told == p.told)
    .order_by(*_by_reason)
    .limit(p.limit),
    _quarantine,
    "quarantine_reason",
)
_other = _quarantine.alias("o")
_most = (
    select(_other.c.reason)
    .where(_other.c.target == p.target)
    .group_by(_other.c.reason)
    .order_by(func.count().desc(), _other.c.reason)
    .limit(1)
    .scalar_subquery()
)
_oldest = hinted(
    select(*_why).where(_mine, _q.reason == _most).order_by(*_by_reason).limit(p.limit),
    _quarantine,
    "quarantine_reason",
)
_o = _oldest.subquery("oldest").c
commonest = (
    select(_o.message, _o.reason, _o.told, func.count())
    .group_by(_o.message, _o.reason, _o.told)
    .order_by(func.count().desc(), _o.message, _o.told)
    .limit(1)
)
"""Of the most frequent reason: the most frequent of the oldest."""
get = _all.where(_q.id == p.id)
count = select(func.count()).select_from(_quarantine).where(_mine)
retry = update(_quarantine).where(_mine).values(next_try=0.0)
drop = delete(_quarantine).where(_mine)


@batch("id", id=str)
def retry_one(r: Rows) -> Any:
    """Due at the next run."""
    return retry.where(_q.id == r.id)


@batch("id", id=str)
def drop_one(r: Rows) -> Any:
    """Not to be tried again."""
    return drop.where(_q.id == r.id)


@batch("id", id=str)
def see(r: Rows) -> Any:
    """It was listed, and its time has not come."""
    return update(_quarantine).where(_mine, _q.id == r.id).values(last_seen=p.now)


@batch("room", room=str)
def settle(r: Rows) -> Any:
    """What a complete listing no longer shows, or shows as it was accepted before."""
    return drop.where(_q.source == p.source, _q.room == r.room, _q.last_seen < p.since)
