"""What is to be shown to other people than before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    LargeBinary,
    and_,
    case,
    delete,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)

from connector.document.audience import NOBODY
from connector.ledger.statements.documents import (
    MINE,
    THERE,
    after,
    body,
    d,
    documents,
    nothing_waits,
    standing,
)
from connector.ledger.statements.expressions import ONE, TABLES, Rows, batch, each_of, elements_of, p
from connector.ledger.statements.presence import below as listed_below

_narrowings, _widenings, _audiences = TABLES["narrowings"], TABLES["widenings"], TABLES["audiences"]
_quarantine, _rooms = TABLES["quarantine"].c, TABLES["rooms"].c
_parked = TABLES["quarantine"].alias("q")
_n, _w = _narrowings.c, _widenings.c
_of = documents.alias("d")
_HELD_AS_LOST = and_(_of.c.state == "held", _of.c.held_why == "audience-lost")
_NO_AUDIENCE = ("empty", "expired", "replace")
_FEWER = ("narrow", "replace", "empty")
_UNSENT = (
    _of.c.target == _n.target,
    _of.c.id == _n.id,
    _of.c.audience != _n.audience,
    _of.c.audience != literal(NOBODY.digest()),  # nobody is left who could lose it
    _of.c.state != "removed",
    ~and_(_of.c.state == "held", _of.c.held_why.like("audience-%")),
)

begin_narrowings = delete(_narrowings).where(
    _n.target == p.target,
    or_(_n.how.not_in(_FEWER), ~exists().where(*_UNSENT, _of.c.fingerprint.is_not(None))),
)
drop_narrowings = delete(_narrowings).where(_n.target == p.target, _n.id.in_(each_of(p.ids)))
drop_narrowings_in = delete(_narrowings).where(
    _n.target == p.target, _n.id.in_(select(d.id).where(MINE, d.source == p.source, d.room == p.room))
)
confirmed = select(d.id, d.audience).where(MINE, d.id.in_(each_of(p.ids)), d.audience.is_not(None), THERE)
audience = select(_audiences.c.identities, _audiences.c.public).where(_audiences.c.digest == p.digest)


def _narrowing(r: Rows) -> dict[str, Any]:
    return {"target": p.target, "id": r.id, "audience": r.audience, "how": r.how}


@batch("id", id=str, audience=bytes, how=str)
def narrow(r: Rows) -> Any:
    """It is to be sent with the audience that was read."""
    return r.upsert(
        _narrowings, ["target", "id"], _narrowing(r), lambda new: {"audience": new.audience, "how": new.how}
    )


def _met(r: Rows) -> Any:
    """It stands where it was met, or stood before: no other listing has found it elsewhere since."""
    stands = d.container.in_([r.container, r.before]), d.room.in_([r.room, r.room_before])
    return and_(MINE, d.id == r.id, *stands)


MET = {"container": str, "before": str, "room": str, "room_before": str}


@batch("id", id=str, audience=bytes, how=str, **MET)
def narrow_met(r: Rows) -> Any:
    """The same, unless it was met in another place since."""
    chosen = select(*(one.label(name) for name, one in _narrowing(r).items())).where(_met(r))
    return r.upsert_from(
        _narrowings, ["target", "id"], chosen, lambda new: {"audience": new.audience, "how": new.how}
    )


@batch("id", id=str, audience=bytes)
def have_again(r: Rows) -> Any:
    """The target has it as it was before: with this audience, and other contents than were confirmed last."""
    return (
        update(documents)
        .where(MINE, d.id == r.id, d.state.in_(["live", "held"]))
        .values(audience=r.audience, fingerprint=literal(b"again", LargeBinary), version=null())
    )


@batch("id", id=str, audience=bytes, how=str)
def note_names(r: Rows) -> Any:
    """Its breadcrumb is to change; a narrowing changes it, too."""
    return r.upsert(_narrowings, ["target", "id"], _narrowing(r), None)


@batch()
def narrow_room(r: Rows) -> Any:
    """Every document of a room that has one audience."""
    new = r.insert(
        _narrowings,
        {"target": d.target, "id": d.id, "audience": p.audience, "how": p.how},
        MINE,
        d.source == p.source,
        d.room == p.room,
        d.audience == p.had,
        THERE,
    )
    return new.on_conflict_do_nothing(index_elements=["target", "id"])


_has, _gets = _audiences.alias("h"), _audiences.alias("w")
containers = union_all(
    select(_of.c.id, _of.c.native, func.coalesce(_gets.c.public, _has.c.public, false()))
    .select_from(
        _of.outerjoin(_has, _has.c.digest == _of.c.audience)
        .outerjoin(_narrowings, and_(_n.target == _of.c.target, _n.id == _of.c.id))
        .outerjoin(_gets, _gets.c.digest == _n.audience)
    )
    .where(_of.c.target == p.target, _of.c.id.in_(each_of(p.ids))),
    select(_parked.c.id, _parked.c.native, false()).where(
        _parked.c.target == p.target,
        _parked.c.id.in_(each_of(p.ids)),
        ~exists().where(MINE, d.id == _parked.c.id),
    ),
)
closing = (
    select(_of.c.native)
    .select_from(
        _narrowings.join(_of, and_(_of.c.target == _n.target, _of.c.id == _n.id))
        .join(_has, _has.c.digest == _of.c.audience)
        .join(_gets, _gets.c.digest == _n.audience)
    )
    .where(_n.target == p.target, _of.c.source == p.source, _has.c.public, ~_gets.c.public)
)
paths_of = union_all(
    select(d.id, d.path).where(MINE, d.source == p.source, d.native.in_(each_of(p.natives)), d.path != ""),
    select(d.container, d.path).where(
        MINE,
        d.container.in_(
            select(_parked.c.id).where(
                _parked.c.target == p.target,
                _parked.c.source == p.source,
                _parked.c.native.in_(each_of(p.natives)),
            )
        ),
        d.path != "",
    ),
)
"""Of some containers; of what was never sent, the places of what stands directly in it."""
_body = TABLES["bodies"].alias("b")


def _page(*which: Any) -> Any:
    """The next documents that are, or may be, in the target as they were accepted last, in the order of their paths."""
    return (
        select(*standing(_of.c), _of.c.audience, *body(_of.c, _body.c))
        .join_from(_of, _body, _body.c.document == _of.c.number)
        .where(_of.c.target == p.target, _of.c.path > p.last, *which, _of.c.state != "removed")
        .order_by(_of.c.path)
        .limit(p.chunk)
    )


below = _page(_of.c.path < p.end, _of.c.audience.is_not(None))
_named = elements_of(_audiences.c.identities)
_naming = exists(select(_named).where(_named.in_(each_of(p.identities))))
any_naming = select(ONE).select_from(_audiences).where(_naming).limit(1)
naming = _page(_of.c.source == p.source, _of.c.audience.in_(select(_audiences.c.digest).where(_naming)))


def _with(noted: Any) -> Any:
    """A noted document and the note."""
    return noted.join(_of, and_(_of.c.target == noted.c.target, _of.c.id == noted.c.id))


_noted = _narrowings.alias("n")
_wider = _widenings.alias("n")
_counted = (
    select(_noted.c.how, _of.c.source, _of.c.room)
    .select_from(_with(_noted))
    .where(_noted.c.target == p.target, ~_HELD_AS_LOST)
    .order_by(_noted.c.id)  # else SQLite begins with all documents of the target
    .subquery("counted")
)
count_narrowings = select(*_counted.c, func.count()).group_by(*_counted.c)


def _walk(noted: Any, *which: Any) -> Any:
    had, wanted = _audiences.alias("h"), _audiences.alias("w")
    return (
        select(
            *standing(_of.c),
            *body(_of.c, _body.c),
            had.c.identities,
            had.c.public,
            wanted.c.identities,
            wanted.c.public,
        )
        .select_from(
            _with(noted)
            .outerjoin(_body, _body.c.document == _of.c.number)
            .join(had, had.c.digest == _of.c.audience)
            .join(wanted, wanted.c.digest == noted.c.audience)
        )
        .where(noted.c.target == p.target, *which, _of.c.state != "removed", after(_of.c))
        .order_by(_of.c.path, _of.c.id)
        .limit(p.chunk)
    )


any_public = select(ONE).select_from(_audiences).where(_audiences.c.public).limit(1)
any_narrowing = select(ONE).select_from(_narrowings).where(_n.target == p.target).limit(1)
any_widening = select(ONE).select_from(_widenings).where(_w.target == p.target).limit(1)
narrowings = _walk(_noted, _noted.c.how == p.how, ~_HELD_AS_LOST)
forget_names = delete(_narrowings).where(
    _n.target == p.target, _n.id.in_(each_of(p.ids)), _n.how == "gains-name"
)
unclear = _walk(
    _wider,
    _of.c.redo_after.is_not(None),
    _of.c.state.in_(["live", "held"]),
    or_(_of.c.lost.is_(None), and_(_of.c.lost != literal(b""), _of.c.lost != _of.c.fingerprint)),
    # what fewer people may see since was sent to these already: what it has may be wider
    or_(
        _HELD_AS_LOST,
        ~exists().where(_n.target == _of.c.target, _n.id == _of.c.id, _n.how.in_(_FEWER)),
    ),
)
refused = _walk(
    _noted,
    _noted.c.how != "expired",
    _noted.c.audience != _of.c.audience,
    ~_HELD_AS_LOST,
    or_(nothing_waits(_of.c), _of.c.redo_after <= p.now),
    exists().where(
        _quarantine.target == _of.c.target, _quarantine.id == _of.c.id, _quarantine.reason == "refused"
    ),
)
widenings = _walk(
    _wider,
    _wider.c.seen_run == p.run,
    _wider.c.state.in_(["pending", "approved"]),
    # another one (what was listed could not be read, was refused, or got no answer) is not what more people may see
    _of.c.version == _wider.c.version,
)
still_public = _walk(
    _noted,
    _noted.c.how.in_(_NO_AUDIENCE),
    _of.c.audience.in_(select(_audiences.c.digest).where(_audiences.c.public)),
)
_before, _after = _audiences.alias("h"), _audiences.alias("w")
unsent = (
    select(_before.c.identities, _before.c.public, _after.c.identities, _after.c.public)
    .distinct()
    .select_from(
        _narrowings.join(_of, and_(*_UNSENT))
        .join(_before, _before.c.digest == _of.c.audience)
        .join(_after, _after.c.digest == _n.audience)
    )
    .where(
        _n.target == p.target,
        _n.how.in_(_FEWER),
        ~exists().where(
            _quarantine.target == _n.target, _quarantine.id == _n.id, _quarantine.reason == "refused"
        ),
    )
)
empties = (
    select(_noted.c.id, _noted.c.audience)
    .select_from(_with(_noted))
    .where(
        _noted.c.target == p.target,
        _noted.c.how == p.how,
        or_(
            _of.c.state.in_(["live", "new"]),
            and_(_of.c.state == "held", _of.c.held_why.not_like("audience-%")),
        ),
    )
    .order_by(_noted.c.id)
)
emptied = (
    # by their ids, since there are mostly none
    select(_of.c.source, _of.c.room, func.count())
    .with_hint(_of, "INDEXED BY sqlite_autoindex_documents_1", "sqlite")
    .where(
        _of.c.target == p.target,
        _of.c.id.in_(select(_n.id).where(_n.target == p.target, _n.how == "empty")),
        exists().where(
            _noted.c.target == _of.c.target, _noted.c.id == _of.c.id, _noted.c.audience != _of.c.audience
        ),
        _of.c.state != "removed",
        ~_HELD_AS_LOST,
    )
    .group_by(_of.c.source, _of.c.room)
)
_let_go = {"state": "live", "held_run": null(), "held_why": "", "kept": False}
_held = (MINE, d.held_run.is_not(None), d.state == "held")
release_accepted = (
    update(documents)
    .with_hint("INDEXED BY documents_held", dialect_name="sqlite")
    .where(
        *_held,
        d.held_why == "audience-refused",
        exists().where(_n.target == d.target, _n.id == d.id),
        d.id.not_in(each_of(p.refused)),
    )
    .values(**_let_go)
)
lists_of_held = (
    select(_of.c.held_note, _noted.c.audience)
    .distinct()
    .select_from(_with(_noted))
    .with_hint(_of, "INDEXED BY documents_held", "sqlite")
    .where(
        _of.c.target == p.target,
        _of.c.held_run.is_not(None),
        _HELD_AS_LOST,
        _noted.c.how.in_(_FEWER),
    )
)
release_of_list = (
    update(documents)
    .with_hint("INDEXED BY documents_held", dialect_name="sqlite")
    .where(
        *_held,
        d.held_why == "audience-lost",
        d.held_note == p.note,
        exists().where(_n.target == d.target, _n.id == d.id, _n.audience == p.audience, _n.how.in_(_FEWER)),
    )
    .values(**_let_go)
)
lost = select(ONE).where(_n.target == p.target, _n.id == p.id, _n.how.in_(_NO_AUDIENCE))
release_found = (
    update(documents)
    .with_hint("INDEXED BY documents_held", dialect_name="sqlite")
    .where(
        *_held,
        d.source == p.source,
        d.room == p.room,
        d.held_why.like("audience-%"),
        d.id.not_in(
            select(_n.id).where(
                _n.target == p.target, or_(_n.how.in_(_NO_AUDIENCE), d.held_why == "audience-refused")
            )
        ),
    )
    .values(**_let_go)
)

# -- widenings ------------------------------------------------------------------------------------


def _widening(r: Rows, version: Any) -> dict[str, Any]:
    return {
        "target": p.target,
        "id": r.id,
        "audience": r.audience,
        "version": version,
        "run": p.run,
        "seen_run": p.run,
        "state": literal("pending"),
        "kept": literal(False),
    }


def _wider_still(new: Any) -> dict[str, Any]:
    """What was decided counts for the same audience only."""
    same = _w.audience == new.audience
    return {
        "seen_run": new.seen_run,
        "run": case((same, _w.run), else_=new.run),
        "state": case((same, _w.state), else_="pending"),
        "kept": case((same, _w.kept), else_=false()),
        "audience": new.audience,
        "version": new.version,
    }


@batch("id", id=str, audience=bytes)
def widen(r: Rows) -> Any:
    """More people may see it as the target has it."""
    accepted = select(d.version).where(MINE, d.id == r.id).scalar_subquery()
    return r.upsert(_widenings, ["target", "id"], _widening(r, accepted), _wider_still)


@batch("id", id=str, audience=bytes, version=bytes, **MET)
def widen_met(r: Rows) -> Any:
    """More people may see it in one version, unless it was met in another place since."""
    chosen = select(*(one.label(name) for name, one in _widening(r, r.version).items())).where(_met(r))
    return r.upsert_from(_widenings, ["target", "id"], chosen, _wider_still)


take_back_widenings = (
    update(_widenings)
    .where(_w.target == p.target, _w.id.in_(each_of(p.ids)), _w.seen_run == p.run)
    .values(seen_run=0)
)
take_back_emptied = delete(_narrowings).where(
    _n.target == p.target, _n.id.in_(each_of(p.ids)), _n.how == "empty"
)
take_back_widenings_below = (
    update(_widenings)
    .where(_w.target == p.target, _w.seen_run == p.run, _w.id.in_(listed_below()))
    .values(seen_run=0)
)
take_back_emptied_below = delete(_narrowings).where(
    _n.target == p.target, _n.how == "empty", _n.id.in_(listed_below())
)
drop_widenings = delete(_widenings).where(
    _w.target == p.target,
    or_(
        and_(
            _w.seen_run < p.run,
            exists()
            .select_from(_of)
            .where(
                _of.c.target == _w.target,
                _of.c.id == _w.id,
                _rooms.target == _of.c.target,
                _rooms.source == _of.c.source,
                _rooms.key == _of.c.room,
                _rooms.complete_run == p.run,
            ),
        ),
        ~exists().where(_of.c.target == _w.target, _of.c.id == _w.id, _of.c.state != "removed"),
    ),
)
_fresh = (
    _w.target == p.target,
    _w.seen_run == p.run,
    _w.state == "pending",
    exists().where(_of.c.target == _w.target, _of.c.id == _w.id, _of.c.version == _w.version),
)
fresh_widenings = select(func.count()).select_from(_widenings).where(*_fresh)
hold_widenings = update(_widenings).where(*_fresh).values(state="held")
forget_narrowed_before = delete(_narrowings).where(
    _n.target == p.target,
    exists()
    .select_from(_widenings.join(_of, and_(_of.c.target == _w.target, _of.c.id == _w.id)))
    .where(_w.target == _n.target, _w.id == _n.id, _of.c.audience == _w.audience),
)
forget_widenings = delete(_widenings).where(
    _w.target == p.target,
    exists().where(_of.c.target == _w.target, _of.c.id == _w.id, _of.c.audience == _w.audience),
)
_held_wider = (_w.target == p.target, _w.state == "held")
approve = update(_widenings).where(*_held_wider, _w.run <= p.run).values(state="approved")
keep = update(_widenings).where(*_held_wider, _w.run <= p.run).values(kept=True)
_wide = _widenings.alias("w")
held = (
    select(_wide.c.id, _of.c.title, _wide.c.kept)
    .select_from(_with(_wide))
    .where(_wide.c.target == p.target, _wide.c.state == "held", _wide.c.run <= p.run)
    .order_by(_wide.c.id)
    .limit(p.limit)
)
count_held = select(func.count()).select_from(_widenings).where(*_held_wider, _w.run <= p.run)
held_counts = select(func.count(), func.coalesce(func.sum(case((_w.kept, 0), else_=1)), 0)).where(
    *_held_wider
)
waiting = select(_w.audience, _w.state, _w.kept, _w.run).where(_w.target == p.target, _w.id == p.id)
