"""Who works with the ledger, and what was taken from whom: on the clock of the database, which all of them share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, delete, func, literal, select, update

from connector.ledger.statements.expressions import TABLES, Rows, batch, p, typed

_members = TABLES["members"]
_takeovers = TABLES["takeovers"]
_m = _members.c
_t = _takeovers.c
_working = _m.state == literal("working")


@batch()
def join(r: Rows) -> Any:
    """A service begins."""
    return r.insert(
        _members,
        {
            "id": typed("id", str),
            "host": typed("host", str),
            "version": typed("version", str),
            "state": literal("working"),
            "started_at": r.now,
            "seen_at": r.now,
            "doing": literal("[]"),
            "waiting": literal(0),
        },
    )


@batch()
def beat(r: Rows) -> Any:
    """It is alive; no row where others gave it up."""
    return (
        update(_members)
        .where(_m.id == p.id, _working)
        .values(seen_at=r.now, doing=p.doing, waiting=p.waiting)
    )


@batch()
def leave(r: Rows) -> Any:
    """It ended by itself."""
    return (
        update(_members)
        .where(_m.id == p.id, _working)
        .values(seen_at=r.now, state=literal("left"), doing=literal("[]"))
    )


give_up = (
    update(_members)
    .where(_m.id == p.id, _working, _m.seen_at == typed("at", float))
    .values(state=literal("silent"))
    .returning(_m.host)
)
"""It was not heard of for too long; nothing where it beat since."""


@batch()
def alone(r: Rows) -> Any:
    """Be the one that looks after the others, until the transaction ends; false where somebody is at it."""
    if r.one_machine:
        return select(literal(True))
    return select(func.pg_try_advisory_xact_lock(typed("lock", int)))


working = select(_m.id, _m.version, _m.seen_at).where(_working).order_by(_m.started_at, _m.id)
left = select(_m.id).where(_m.state == literal("left"))


@batch()
def everyone(r: Rows) -> Any:
    """Every member that is known: the ones that work, then the others, the newest first."""
    return select(_m.id, _m.host, _m.state, _m.started_at, r.now - _m.seen_at, _m.doing, _m.waiting).order_by(
        _m.state.desc(), _m.started_at.desc(), _m.id
    )


@batch()
def take(r: Rows) -> Any:
    """Note that work was taken from a member; nothing where it is noted."""
    return r.upsert(
        _takeovers,
        ["work", "member"],
        {"work": typed("work", str), "member": typed("member", str), "at": r.now},
        None,
    )


taken = select(func.count(type_=Integer)).select_from(_takeovers).where(_t.work == p.work)


@batch()
def takeovers(r: Rows) -> Any:
    """What was taken since so many seconds, the newest first."""
    return (
        select(_t.work, _t.member, _m.host, _t.at)
        .select_from(_takeovers.outerjoin(_members, _m.id == _t.member))
        .where(_t.at >= r.now - typed("since", float))
        .order_by(_t.at.desc())
        .limit(typed("most", int))
    )


@batch()
def forget(r: Rows) -> Any:
    """Members that are gone for so long are forgotten."""
    return delete(_members).where(~_working, _m.seen_at < r.now - typed("after", float))


@batch()
def forget_takeovers(r: Rows) -> Any:
    """And so is what was taken of them."""
    return delete(_takeovers).where(_t.at < r.now - typed("after", float))
