"""People's records in the target, what they lost, and who is held."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, case, delete, exists, func, literal, null, or_, select, update

from connector.ledger.rows import Record
from connector.ledger.statements.expressions import (
    TABLES,
    Rows,
    batch,
    each_of,
    elements_of,
    greatest,
    p,
    typed,
)

_people, _removals, _persons = TABLES["people"], TABLES["people_removals"], TABLES["persons"]
_r, _l = _people.c, _removals.c
_share = _persons.alias("p")
_s = _share.c
_mine = _r.target == p.target
_hers = and_(_s.target == _r.target, _s.address == _r.address)
_as_told = (
    select(and_(func.count() == 1, func.min(_s.read_run) >= 0, func.max(_s.identities) == _r.may))
    .where(_hers, _s.identities != "[]")
    .scalar_subquery()
)
_all = select(*(_r[name] for name in Record.__struct_fields__)).where(_mine)
_page = _all.where(_r.id > p.last).order_by(_r.id).limit(p.chunk)
_held = _r.held_run.is_not(None)
_changed = or_(_held, ~_as_told)
_count = select(func.count()).select_from(_people).where(_mine)
NEW = {"session_run": 0, "held_why": "", "kept": False, "refused": 0}

records = _all.where(_r.id.in_(each_of(p.ids)))
pages = _page
pages_held = _page.where(_held)
pages_changed = _page.where(_changed)
standing = _count.where(_r.may != "[]")
_other = elements_of(_r.may)
_asked = and_(_hers, _s.read_run == p.run, func.coalesce(_s.told_at, 0.0) >= typed("since", float))
asked_with_something_to_lose = _count.where(
    exists().where(_asked),
    exists(select(_other).where(_other.not_like("%:user:%"))),
)
_beginning = typed("beginning", str)
asked_in = _count.where(
    exists().where(_asked, _s.source == p.source),
    exists(select(_other).where(func.substr(_other, 1, func.length(_beginning)) == _beginning)),
)


@batch("id", id=str, address=str, may=str)
def intend(r: Rows) -> Any:
    """Until it is confirmed, the target may have the old and the new."""
    return r.upsert(
        _people,
        ["target", "id"],
        {
            "target": p.target,
            "id": r.id,
            "address": r.address,
            "sent": null(),
            "may": r.may,
            "found": literal(True),
            **{name: literal(value) for name, value in NEW.items()},
        },
        lambda new: {"address": new.address, "sent": null(), "may": new.may},
    )


@batch("id", id=str, sent=str, may=str)
def confirm(r: Rows) -> Any:
    """What the target took; after a lost attempt it is done once more later, and until then the target may have all that was sent."""
    redo = typed("redo", float)
    is_clear = and_(redo.is_(None), or_(_r.redo_after.is_(None), _r.redo_after <= p.now))
    return (
        update(_people)
        .where(_mine, _r.id == r.id)
        .values(
            sent=r.sent,
            may=case((is_clear, r.may), else_=_r.may),
            found=p.found,
            session_run=p.session_run,
            redo_after=func.coalesce(redo, case((_r.redo_after <= p.now, null()), else_=_r.redo_after)),
            refused=0,
        )
    )


@batch("id", id=str)
def intend_removal(r: Rows) -> Any:
    """Until it is confirmed, the target may have it or not."""
    return update(_people).where(_mine, _r.id == r.id).values(sent=null())


@batch("id", id=str, sent=str)
def still_there(r: Rows) -> Any:
    """The target refused to remove it."""
    return update(_people).where(_mine, _r.id == r.id).values(sent=r.sent)


@batch("id", id=str)
def refuse(r: Rows) -> Any:
    """The target refused it once more."""
    return update(_people).where(_mine, _r.id == r.id).values(refused=_r.refused + 1)


@batch("id", id=str)
def lose(r: Rows) -> Any:
    """A call about it has no answer."""
    return update(_people).where(_mine, _r.id == r.id).values(sent=null(), redo_after=p.until)


lose_open = (
    update(_people)
    .where(_mine, _r.sent.is_(None), _r.redo_after.is_(None), _r.may != "[]")
    .values(redo_after=p.until)
)
doubt_shares = (
    update(_persons)
    .where(_persons.c.target == p.target, _persons.c.read_run != p.run)
    .values(read_run=p.doubtful)
)
doubt_shares_of = doubt_shares.where(_persons.c.source.in_(each_of(p.sources)))
doubt = update(_people).where(_mine).values(sent=null(), session_run=0)


@batch("id", id=str, may=str)
def have_again(r: Rows) -> Any:
    """The target may have what it had before."""
    return update(_people).where(_mine, _r.id == r.id).values(sent=null(), may=r.may)


@batch()
def doubt_removals(r: Rows) -> Any:
    """Whoever was removed from a run on may still be there."""
    chosen = (
        select(
            _l.target,
            _l.id,
            func.min(_l.address).label("address"),
            null().label("sent"),
            typed("may", str).label("may"),
            literal(True).label("found"),
            *(literal(value).label(name) for name, value in NEW.items()),
        )
        .where(_l.target == p.target, _l.run >= p.since, _l.whole)
        .group_by(_l.target, _l.id)
    )
    return r.upsert_from(
        _people, ["target", "id"], chosen, lambda new: {"may": new.may, "found": True}, where=_r.may == "[]"
    )


@batch("id", id=str)
def drop(r: Rows) -> Any:
    """The target has removed it, and no lost call can bring it back."""
    return delete(_people).where(_mine, _r.id == r.id, or_(_r.redo_after.is_(None), _r.redo_after <= p.now))


@batch("id", id=str)
def remove(r: Rows) -> Any:
    """The target has removed it, and a lost call may still bring it back, or remove a newer one."""
    redo = greatest(func.coalesce(_r.redo_after, 0.0), func.coalesce(typed("redo", float), 0.0))
    return (
        update(_people)
        .where(_mine, _r.id == r.id)
        .values(sent=null(), may="[]", redo_after=redo, held_run=null(), held_why="", kept=False)
    )


due_again = (
    select(_r.id)
    .where(_mine, _r.may == "[]", _r.redo_after.is_not(None), _r.redo_after <= p.now)
    .order_by(_r.id)
)
forget_settled = delete(_people).where(
    _mine,
    _r.may == "[]",
    _r.redo_after.is_(None),
    ~exists().where(_hers, _s.identities != "[]"),
)
not_accepted = _count.where(_r.session_run != p.run, _r.may != "[]")
accepted = _count.where(_r.sent.is_not(None), _r.found)
accepted_in = accepted.where(_r.session_run == p.run)
any_session = select(_r.session_run).where(_mine, _r.session_run > 0).limit(1)

# -- what was lost, and who is held ---------------------------------------------------------------


@batch(id=str, address=str, whole=bool, approved=bool, why=str)
def count_lost(r: Rows) -> Any:
    """Let the brake count her."""
    told = ("id", "address", "whole", "approved", "why")
    return r.insert(
        _removals,
        {"target": p.target, **{name: getattr(r, name) for name in told}, "run": p.run, "at": p.now},
    )


_lost = select(func.count()).select_from(_removals).where(_l.target == p.target)
lost_since = _lost.where(_l.at >= p.since, ~_l.approved)
removed_after_run = _lost.where(_l.run > p.run, _l.whole)


@batch("id", id=str, why=str)
def hold(r: Rows) -> Any:
    """Who is held already stays held since then."""
    return (
        update(_people)
        .where(_mine, _r.id == r.id)
        .values(held_run=func.coalesce(_r.held_run, p.run), held_why=r.why)
    )


@batch("id", id=str)
def release(r: Rows) -> Any:
    """She is not held any more."""
    return update(_people).where(_mine, _r.id == r.id).values(held_run=null(), held_why="", kept=False)


keep = update(_people).where(_mine, _held, _r.held_run <= p.run).values(kept=True)
held_counts = select(_r.held_why, _r.kept, func.count()).where(_mine, _held).group_by(_r.held_why, _r.kept)
held = _all.where(_held, _r.held_run <= p.run).order_by(_r.address).limit(p.limit)
count_held = _count.where(_held, _r.held_run <= p.run)
unknown = select(_r.address).where(_mine, ~_r.found, _r.sent.is_not(None)).order_by(_r.address).limit(p.limit)
