"""Rooms of one run that several services do together: seats, shards, and what is on its way to the target."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, and_, case, delete, exists, func, literal, not_, null, or_, select, update

from connector.ledger.statements.expressions import ONE, TABLES, Rows, batch, each_of, p, typed

_seats, _shards, _under_way, _met = (TABLES[name] for name in ("seats", "shards", "under_way", "met"))
_s, _h, _u, _m = _seats.c, _shards.c, _under_way.c, _met.c
_lease = TABLES["leases"].c
_member = TABLES["members"].c
_seats_of_run = (_s.target == p.target, _s.run == p.run, _s.source == p.source)
_seat = (*_seats_of_run, _s.number == p.seat)
_mine = (*_seat, _s.fence == p.fence)
_open = _s.state != literal("closed")
_rooms = (_h.target == p.target, _h.run == p.run, _h.source == p.source)
_walking = _h.state == literal("walking")
_is_waiting = exists(select(ONE).where(*_rooms, _h.state == literal("waiting")))

clear_seats = delete(_seats).where(_s.target == p.target)
"""Nothing of an earlier run is written any more: it waits for whoever writes under a seat, and there is none afterwards."""
clear_shards = delete(_shards).where(_h.target == p.target)
clear_under_way = delete(_under_way).where(_u.target == p.target)
clear_met = delete(_met).where(_m.target == p.target)


@batch("seat", seat=int)
def open_seat(r: Rows) -> Any:
    """Make a seat."""
    told: dict[str, Any] = {
        "fence": 0,
        "member": "",
        "host": "",
        "state": "waiting",
        "stop": False,
        "told": "",
    }
    return r.upsert(
        _seats,
        ["target", "run", "source", "number"],
        {
            "target": p.target,
            "run": p.run,
            "source": p.source,
            "number": r.seat,
            **{name: literal(value) for name, value in told.items()},
            "lease": typed("lease", int),
            "terms": typed("terms", str),
        },
        None,
    )


@batch("room", room=str, place=int, sight=str)
def open_shard(r: Rows) -> Any:
    """A room that is to be walked."""
    return r.upsert(
        _shards,
        ["target", "run", "source", "room"],
        {
            "target": p.target,
            "run": p.run,
            "source": p.source,
            "room": r.room,
            "place": r.place,
            "sight": r.sight,
            "state": literal("waiting"),
            "seat": null(),
            "taken": literal(0),
            "result": literal(""),
        },
        None,
    )


# -- seats ----------------------------------------------------------------------------------------

forget_seats = delete(_seats).where(*_seats_of_run)
"""A source is not shared, or by others than was expected."""


def _lives(r: Rows) -> Any:
    return exists(
        select(ONE).where(_lease.target == p.target, _lease.fence == _s.lease, _lease.expires_at > r.now)
    )


@batch()
def expected(r: Rows) -> Any:
    """What a seat is about, empty where the run does not know it yet; no row where the run, or the seat, is over."""
    return select(_s.terms).where(*_seat, _open, _lives(r))


_works = exists(select(ONE).where(_member.id == p.member, _member.state == literal("working")))
look_at_seat = (
    select(_s.state, _s.fence, _s.lease, _s.terms, _s.told)
    .where(*_seat, _open, _works)
    .with_for_update(of=_seats)
)
"""To take it: who stood still, and was given up, would take it from whoever has it by now, and end itself then."""
take_seat = (
    update(_seats)
    .where(*_seat, _open)
    .values(fence=_s.fence + 1, member=p.member, host=p.host, state=literal("walking"))
)
_of_run = exists(select(ONE).where(_lease.target == p.target, _lease.fence == p.lease))
still = select(ONE).where(*_mine, _open, _of_run).with_for_update(read=True, of=_seats)
"""Whether a seat is still the same one's, which it stays until the transaction ends, and its run the one that has the lease."""
tell = update(_seats).where(*_mine, _open).values(told=p.told).returning(_s.stop, _is_waiting)
leave_seat = (
    update(_seats).where(*_mine, _open).values(state=literal("left"), told=p.told).returning(_s.fence)
)
vacate = (
    update(_seats).where(*_seat, _open, _s.fence == p.fence).values(fence=_s.fence + 1, state=literal("left"))
)
stop = update(_seats).where(*_seats_of_run).values(stop=literal(True))
close = update(_seats).where(*_seats_of_run).values(fence=_s.fence + 1, state=literal("closed"))

_holders = _seats.alias("holders")
_o = _holders.c
_is_made = exists(
    select(ONE).where(
        _o.target == _s.target,
        _o.run == _s.run,
        _o.source == _s.source,
        _o.number == _s.given_to,
        _o.fence == _s.given_fence,
        _o.state == literal("walking"),
    )
)
_is_given = and_(_s.state == literal("closed"), _s.given_to.is_not(None))
spare = (
    select(_s.number)
    .where(
        *_seats_of_run,
        or_(_s.state.in_([literal("waiting"), literal("left")]), and_(_is_given, not_(_is_made))),
        not_(_is_waiting),
    )
    .order_by(_s.number)
    .with_for_update(of=_seats, skip_locked=True)
)
"""Seats whose calls nobody makes, and that nobody need take, since no room waits; none that is being taken now."""


@batch("number", number=int)
def give(r: Rows) -> Any:
    """Nobody takes a seat any more: whoever has this one makes its calls."""
    return (
        update(_seats)
        .where(*_seats_of_run, _s.number == r.number)
        .values(state=literal("closed"), given_to=p.seat, given_fence=p.fence)
    )


seats = select(_s.number, _s.state, _s.fence, _s.member, _s.told).where(*_seats_of_run).order_by(_s.number)


lease = select(_lease.fence).where(_lease.target == p.target)


@batch()
def lease_left(r: Rows) -> Any:
    """How long the lease of a run lasts, in seconds; no row where another one has it."""
    return select(_lease.expires_at - r.now).where(_lease.target == p.target, _lease.fence == p.lease)


# -- rooms ----------------------------------------------------------------------------------------

_next = (
    select(_h.room)
    # what a seat left to others comes to nobody by the same connection again
    .where(*_rooms, _h.state == literal("waiting"), or_(_h.seat.is_(None), _h.seat != p.seat))
    .order_by(case((_h.place % typed("seats", int) == p.seat, 0), else_=1), _h.place)
    .limit(1)
    .with_for_update(skip_locked=True)
    .scalar_subquery()
)
take_next = (
    update(_shards)
    .where(*_rooms, _h.room == _next)
    .values(state=literal("walking"), seat=p.seat, taken=_h.taken + 1)
    .returning(_h.room, _h.sight, _h.taken)
)
begun = select(_h.room).where(*_rooms, _walking, _h.seat == p.seat).order_by(_h.place)
take_again = (
    update(_shards)
    .where(*_rooms, _h.room == p.room, _walking, _h.seat == p.seat)
    .values(taken=_h.taken + 1)
    .returning(_h.room, _h.sight, _h.taken)
)
put_back = (
    update(_shards)
    .where(*_rooms, _walking, _h.seat == p.seat)
    .values(state=literal("waiting"), seat=null(), taken=_h.taken - 1)
)

leave_to_others = (
    update(_shards)
    .where(*_rooms, _h.room == p.room, _walking, _h.seat == p.seat)
    .values(state=literal("waiting"))
)
"""A room that could not be read by the connection of a seat: that it was begun counts, and who has that seat does not begin it again."""
return_rooms = (
    update(_shards).where(*_rooms, _walking, _h.seat == p.seat).values(state=literal("waiting"), seat=null())
)
"""The same of whoever is gone: that a room was begun counts, since it may be the cause."""


@batch("room", room=str, state=str, result=str)
def end_shard(r: Rows) -> Any:
    """A room is walked to its end, or given up."""
    return update(_shards).where(*_rooms, _h.room == r.room, _walking).values(state=r.state, result=r.result)


states = select(_h.state, func.count(type_=Integer)).where(*_rooms).group_by(_h.state)
results = select(_h.room, _h.state, _h.result).where(*_rooms).order_by(_h.place)


@batch()
def everyone(r: Rows) -> Any:
    """The seats of a run that is alive: what a dead one left stands there until the next one begins."""
    return (
        select(_s.source, _s.host, _s.state)
        .where(_s.target == p.target, _open, _s.terms != literal(""), _lives(r))
        .order_by(_s.source, _s.number)
    )


every_state = (
    select(_h.source, _h.state, func.count(type_=Integer))
    .where(_h.target == p.target)
    .group_by(_h.source, _h.state)
)


# -- what is on its way ---------------------------------------------------------------------------


@batch("id", id=str)
def claim(r: Rows) -> Any:
    """Let nobody else push a document until the answer is written down; nothing where somebody else does."""
    return r.upsert(
        _under_way,
        ["target", "id"],
        {
            "target": p.target,
            "id": r.id,
            **{name: typed(name, int) for name in ("intent", "run")},
            "source": typed("source", str),
            "seat": typed("seat", int),
        },
        None,
    )


let_go = delete(_under_way).where(_u.target == p.target, _u.id.in_(each_of(p.ids)), _u.intent == p.intent)
"""By their ids: nothing else of them is looked up, and an index of intents would cost more than it saved."""


@batch("intent", intent=int)
def forget_claims(r: Rows) -> Any:
    """Of intents of which nobody knows any more which documents they are about."""
    return delete(_under_way).where(_u.target == p.target, _u.intent == r.intent)


sent = (
    select(_u.intent)
    .distinct()
    .where(_u.target == p.target, _u.run == p.run, _u.source == p.source, _u.seat == p.seat)
)
_of_source = (_u.target == p.target, _u.run == p.run, _u.source == p.source)
all_sent = select(_u.intent).distinct().where(*_of_source)
forget_sent = delete(_under_way).where(*_of_source)


# -- people ---------------------------------------------------------------------------------------


@batch("key", key=str)
def meet(r: Rows) -> Any:
    """Somebody was met."""
    return r.upsert(
        _met,
        ["target", "run", "source", "key"],
        {"target": p.target, "run": p.run, "source": typed("source", str), "key": r.key},
        None,
    )


met = select(_m.key).where(_m.target == p.target, _m.run == p.run, _m.source == p.source)
