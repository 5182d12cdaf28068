"""The lease that lets one run at a time write to a target."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Float, and_, exists, literal, not_, or_, select, update

from connector.ledger.statements.expressions import TABLES, Rows, batch, least, p, typed

_leases = TABLES["leases"]
_l = _leases.c
_mine = _l.target == p.target
_seats = TABLES["seats"].c
_left_fence = typed("left", int)
_is_walked_for = exists(
    select(literal(1)).where(
        _seats.target == p.target, _seats.lease == _left_fence, _seats.state == "walking"
    )
)
_left = and_(_l.fence == _left_fence, _l.holder == p.holder, _l.reach == p.reach)
"""Whether it is the one that the asker itself could not give back: nothing is done under it any more, but for rooms that others walk."""


@batch()
def take(r: Rows) -> Any:
    """
    Become the one writer, in one statement: two that ask at once get it one after the other, or not.

    A holder within the reach of the asker's own lock is dead, where all are on one machine; else only time tells, or the asker
    was the holder.
    """
    free = _l.expires_at <= r.now
    table = r.upsert(
        _leases,
        ["target"],
        {
            "target": p.target,
            "fence": literal(1),
            "holder": p.holder,
            "host": p.host,
            "reach": p.reach,
            "expires_at": r.now + typed("lasts", float),
        },
        lambda new: {
            "fence": _l.fence + 1,
            **{name: new[name] for name in ("holder", "host", "reach", "expires_at")},
        },
        where=or_(free, _l.reach == p.reach if r.one_machine else and_(_left, not_(_is_walked_for))),
    )
    return table.returning(_l.fence)


@batch()
def shorten(r: Rows) -> Any:
    """What a clock that was ahead wrote lasts as long as any lease, from now on."""
    return (
        update(_leases)
        .where(_mine)
        .values(expires_at=least(_l.expires_at, r.now + typed("lasts", float)))
        .returning(_l.holder, _l.host, _l.expires_at - r.now)
    )


@batch()
def end_soon(r: Rows) -> Any:
    """What the asker itself could not give back lasts as long as those who walk rooms for it take to notice."""
    return (
        update(_leases)
        .where(_mine, _left)
        .values(expires_at=least(_l.expires_at, r.now + typed("lasts", float)))
    )


@batch()
def held(r: Rows) -> Any:
    """Every lease that is not over, whosever it is."""
    return select(_l.target, _l.holder, _l.host, _l.expires_at - r.now).where(_l.expires_at > r.now)


@batch()
def lasting(r: Rows) -> Any:
    """The same, with the reach of the holder's lock; empty where the holders of a ledger may be on several machines."""
    return select(_l.target, _l.reach if r.one_machine else literal("")).where(_l.expires_at > r.now)


still = select(literal(1)).where(_mine, _l.fence == p.fence).with_for_update(read=True)
"""Whether a lease is still the same; it stays so until the transaction ends."""


@batch()
def renew(r: Rows) -> Any:
    """The run is alive."""
    return update(_leases).where(_mine, _l.fence == p.fence).values(expires_at=r.now + typed("lasts", float))


free = update(_leases).where(_mine, _l.fence == p.fence).values(expires_at=literal(0.0, Float))
