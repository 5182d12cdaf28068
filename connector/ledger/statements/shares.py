"""What sources say of people."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, case, delete, func, literal, null, or_, select, tuple_, update

from connector.ledger.rows import Share
from connector.ledger.shares import NOT_SINCE
from connector.ledger.statements.expressions import (
    TABLES,
    Rows,
    batch,
    each_of,
    ends_with,
    hinted,
    least,
    p,
    typed,
)

_persons, _people = TABLES["persons"], TABLES["people"].c
_p = _persons.c
_mine = _p.target == p.target
_of_source = and_(_mine, _p.source == p.source)
_wanted = and_(_mine, _p.address != "", _p.identities != "[]")
_all = select(*(_p[name] for name in Share.__struct_fields__)).where(_mine).order_by(_p.source, _p.key)
_oldest = func.coalesce(_p.asked_at, 0.0)
_longest = select(_p.key).where(_of_source).order_by(_oldest, _p.read_run, _p.key).limit(p.limit)
_words = typed("words", str)

identities = select(_p.identities).where(_mine)
known = _all.where(_p.source == p.source, _p.key.in_(each_of(p.keys)))
count = select(func.count()).select_from(_persons).where(_of_source)
everybody = (
    select(_p.source, _p.key)
    .where(_mine, tuple_(_p.source, _p.key) > tuple_(typed("source", str), typed("key", str)))
    .order_by(_p.source, _p.key)
    .limit(p.chunk)
)
longest_ago = _longest
longest_unasked = _longest.where(_p.asked_run != p.run)
unasked_in = (
    select(_p.key).where(_of_source, _p.asked_run != p.run, _p.key.in_(each_of(p.keys))).order_by(_p.key)
)
asked_in_vain = (
    select(func.count()).select_from(_persons).where(_mine, _p.asked_run == p.run, _p.read_run != p.run)
)
unasked_since = (
    select(_p.key)
    .where(_of_source, or_(_p.asked_at.is_(None), _p.asked_at <= p.before, _p.asked_at > p.now))
    .order_by(_oldest, _p.key)
)
_named = _p.address.in_(each_of(p.addresses))
keys_of = hinted(
    select(_p.source, _p.key).where(_mine, _named).order_by(_p.source, _p.key), _persons, "persons_address"
)
not_yet_sure = select(_p.key).where(_of_source, _p.read_run == NOT_SINCE).order_by(_p.key)

_given_up = and_(_mine, _p.read_run == NOT_SINCE, _p.source.not_in(each_of(p.sources)))
given_up = (
    select(_p.source, func.count())
    .where(_given_up, _p.identities != "[]")
    .group_by(_p.source)
    .order_by(_p.source)
)
drop_given_up = delete(_persons).where(_given_up)


@batch("source", "key", source=str, key=str, address=str, identities=str, read_run=int, told_at=float)
def note(r: Rows) -> Any:
    """What a source says of her; whoever is silent keeps the address by which she was found."""
    return r.upsert(
        _persons,
        ["target", "source", "key"],
        {
            "target": p.target,
            **{name: getattr(r, name) for name in Share.__struct_fields__},
            "asked_at": null(),
            "asked_run": literal(0),
        },
        lambda new: {
            "address": case((and_(new.identities == "[]", new.address == ""), _p.address), else_=new.address),
            **{name: new[name] for name in ("identities", "read_run", "told_at")},
        },
    )


@batch("key", key=str)
def asked(r: Rows) -> Any:
    """She was asked for, whatever the answer; an earlier release did not say when it had heard of her."""
    now = typed("now", float)
    return (
        update(_persons)
        .where(_of_source, _p.key == r.key)
        .values(asked_at=now, asked_run=p.run, told_at=least(func.coalesce(_p.told_at, now), now))
    )


shares = _all.where(
    or_(
        _p.address == _words,
        _p.key == _words,
        ends_with(func.lower(_p.key), literal("/").concat(_words)),
        _words.in_(each_of(_p.identities)),
    )
)
named = hinted(_all.where(_named), _persons, "persons_address")
addresses = (
    select(_p.address).distinct().where(_wanted, _p.address > p.last).order_by(_p.address).limit(p.chunk)
)
page_of_addresses = (
    select(_p.address, func.count(), func.max(_p.identities), func.min(_p.read_run))
    .where(_wanted, _p.address > p.last)
    .group_by(_p.address)
    .order_by(_p.address)
    .limit(p.chunk)
)
_settled = (
    _people.target == p.target,
    _people.found,
    _people.redo_after.is_(None),
    _people.held_run.is_(None),
)
sent = select(_people.id, _people.sent).where(*_settled, _people.id.in_(each_of(p.ids)))
_several = (
    select(_p.address)
    .where(_wanted)
    .group_by(_p.address, _p.source)
    .having(and_(func.count() > 1, func.max(_p.read_run) == p.run, func.min(_p.read_run) != p.run))
    .subquery("several")
)
shared_addresses = select(_several.c.address).distinct().order_by(_several.c.address)
oldest_told = select(func.min(_p.told_at)).where(_mine, _p.identities != "[]", _p.told_at.is_not(None))
