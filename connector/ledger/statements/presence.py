"""Where documents were listed, which were missing, and which are held: what is said to the ledger, and asked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, case, exists, false, func, literal, null, or_, select, update

from connector.ledger.statements.documents import (
    CONFIRMED,
    MINE,
    THERE,
    after,
    d,
    documents,
    nothing_waits,
    standing,
)
from connector.ledger.statements.expressions import (
    ONE,
    TABLES,
    Rows,
    batch,
    beside,
    each_of,
    hinted,
    p,
    typed,
)

_rooms, _containers, _waiting = TABLES["rooms"].c, TABLES["containers"].c, TABLES["quarantine"].c
_FOR_AUDIENCE = d.held_why.like("audience-%")
_NOT_HELD = {"held_run": null(), "held_why": ""}
_PENDING = d.state.in_(["live", "new"])


def _first(column: Any, run: Any) -> Any:
    return func.coalesce(column, run)


@batch("id", id=str, container=str, room=str, also=str)
def found(r: Rows) -> Any:
    """What was missing or held is there again, apart from what is held for its audience."""
    return (
        update(documents)
        .where(MINE, d.id == r.id)
        .values(
            container=r.container,
            room=r.room,
            missing_run=null(),
            missing_why="",
            noted_run=null(),
            lacked_run=null(),
            gone_run=null(),
            also=case((or_(r.also != "", d.container != r.container), r.also), else_=d.also),
            held_run=case((_FOR_AUDIENCE, d.held_run), else_=null()),
            held_why=case((_FOR_AUDIENCE, d.held_why), else_=""),
            kept=and_(d.kept, _FOR_AUDIENCE),
            state=case((and_(d.state == "held", ~_FOR_AUDIENCE), "live"), else_=d.state),
        )
    )


_missing = {"missing_run": _first(d.missing_run, p.run), "missing_why": p.why, "noted_run": p.run}


_not_elsewhere = and_(
    or_(typed("container", str) == "", d.container == p.container),
    or_(typed("room", str) == "", d.room == p.room),
)


@batch("id", id=str)
def miss(r: Rows) -> Any:
    """A complete listing lacked it."""
    return update(documents).where(MINE, d.id == r.id, _not_elsewhere).values(**_missing)


@batch("id", id=str)
def miss_with_witness(r: Rows) -> Any:
    """A listing that can be relied on lacked it."""
    return (
        update(documents)
        .where(MINE, d.id == r.id, _not_elsewhere)
        .values(**_missing, lacked_run=_first(d.lacked_run, p.run))
    )


@batch("id", id=str)
def gone(r: Rows) -> Any:
    """It is not where it stood."""
    return update(documents).where(MINE, d.id == r.id).values(gone_run=_first(d.gone_run, p.run))


answers = update(documents).where(MINE, d.id == p.id).values(gone_run=null())
_was_lacked = or_(d.lacked_run.is_not(None), d.gone_run.is_not(None))
forget_absences = (
    update(documents)
    .where(MINE, d.source == p.source, d.missing_run.is_not(None), _was_lacked)
    .values(lacked_run=null(), gone_run=null())
)


def below() -> Any:
    """Ids of everything listed below a container."""
    top, child = documents.alias("top"), documents.alias("child")
    found = (
        select(top.c.id)
        .where(top.c.target == p.target, top.c.container == p.container)
        .cte("below", recursive=True)
    )
    found = found.union(
        select(child.c.id)
        .join_from(child, found, child.c.container == found.c.id)
        .where(child.c.target == p.target)
    )
    return select(found.c.id)


miss_below = update(documents).where(MINE, d.id.in_(below()), THERE).values(**_missing)
_complete_rooms = select(_rooms.key).where(
    _rooms.target == p.target, _rooms.source == p.source, _rooms.complete_run == p.run
)
miss_unlisted = (
    update(documents)
    .with_hint("INDEXED BY documents_room", dialect_name="sqlite")
    .where(
        MINE,
        d.source == p.source,
        d.container != "",
        d.state.in_(["live", "new", "held"]),
        d.missing_run.is_(None),
        d.room.in_(_complete_rooms),
        d.container.not_in(
            select(_containers.id).where(
                _containers.target == p.target, _containers.source == p.source, _containers.seen_run == p.run
            )
        ),
    )
    .values(missing_run=p.run, missing_why="absent", noted_run=p.run)
)
any_missing = select(ONE).select_from(documents).where(MINE, d.missing_run.is_not(None)).limit(1)
_is_missing = (MINE, d.source == p.source, d.missing_run.is_not(None), _PENDING, d.room.in_(_complete_rooms))
missing = select(*standing(d)).where(*_is_missing, after(d)).order_by(d.path, d.id).limit(p.chunk)
count_missing = select(func.count()).select_from(documents).where(*_is_missing)
count_missing_again = count_missing.where(d.gone_run < p.run)
siblings = select(d.id, d.title).where(
    MINE,
    d.container == p.container,
    d.kind == p.kind,
    d.id != p.besides,
    d.state == "live",
    d.missing_run.is_(None),
)
path_of = select(d.path).where(MINE, d.id == p.id)
within = select(d.id).where(MINE, d.path > p.path, d.path < p.end, THERE)

# -- holding --------------------------------------------------------------------------------------


@batch("id", id=str, why=str)
def hold(r: Rows) -> Any:
    """Hold it by name; for the loss of all its readers anew, whatever was decided about it for another reason."""
    anew = and_(r.why == literal("audience-lost"), d.held_why != "", ~_FOR_AUDIENCE)
    return (
        update(documents)
        .where(MINE, d.id == r.id)
        .values(
            state="held",
            held_run=case((anew, p.run), else_=_first(d.held_run, p.run)),
            held_why=r.why,
            held_note=p.note,
            kept=and_(d.kept, ~anew),
        )
    )


_held = (MINE, d.held_run.is_not(None), d.state == "held")
release = (
    update(documents)
    .with_hint("INDEXED BY documents_held", dialect_name="sqlite")
    .where(*_held, d.source == p.source, d.held_why == p.why, d.kept == false())
    .values(state="live", **_NOT_HELD, held_note="")
)
hold_below = (
    update(documents)
    .where(MINE, d.id.in_(below()), _PENDING)
    .values(state="held", held_run=_first(d.held_run, p.run), held_why=p.why, held_note="")
)
hold_source = (
    update(documents)
    # of what is held for its audience nobody could decide where no audience is read any more
    .where(MINE, d.source == p.source, or_(_PENDING, and_(d.state == "held", _FOR_AUDIENCE)))
    .values(state="held", held_run=p.run, held_why=p.why, held_note="", kept=False)
)
hold_room = hold_source.where(d.room == p.room)
_as_if_listed = {
    "state": "live",
    **_NOT_HELD,
    "kept": False,
    "missing_run": null(),
    "missing_why": "",
    "noted_run": null(),
    "lacked_run": null(),
    "gone_run": null(),
}
_freed = (
    update(documents)
    .with_hint("INDEXED BY documents_held", dialect_name="sqlite")
    .where(*_held, d.source == p.source)
    .values(**_as_if_listed)
)
release_room = _freed.where(d.room == p.room, d.held_why.like("room-%"))
release_source = _freed.where(d.held_why == "source-removed")
keep = update(documents).where(MINE, d.state == "held", d.held_run <= p.run).values(kept=True)
_held_until = (*_held, d.held_run <= p.run)
held = hinted(
    select(*standing(d)).where(*_held_until).order_by(d.path, d.id).limit(p.limit),
    documents,
    "documents_held",
)
first_held = hinted(
    select(*standing(d))
    # else SQLite does not take the index to be in order
    .where(MINE, d.held_run <= p.run, beside(d.state) == "held")
    .order_by(*(one.desc() for one in (d.held_run, d.held_why, d.state, d.kept, d.number)))
    .limit(p.limit),
    documents,
    "documents_held",
)
count_held = hinted(
    select(func.count()).select_from(documents).where(*_held_until), documents, "documents_held"
)
held_counts = select(d.held_why, d.kept, func.count()).where(*_held).group_by(d.held_why, d.kept)

# -- containers -----------------------------------------------------------------------------------


_TOLD = {"told": bytes, "told_count": int, "told_from": int, "told_to": int}


@batch("id", id=str, source=str, room=str, run=int, proven=bytes, unsteady=bool, **_TOLD)
def see_containers(r: Rows) -> Any:
    """It was listed to the end."""
    return r.upsert(
        TABLES["containers"],
        ["target", "id"],
        {
            "target": p.target,
            "id": r.id,
            "source": r.source,
            "room": r.room,
            "seen_run": r.run,
            "proven": r.proven,
            "unsteady": r.unsteady,
            **{name: getattr(r, name) for name in _TOLD},
        },
        lambda new: {name: new[name] for name in ("room", "seen_run", "proven", "unsteady", *_TOLD)},
    )


_mine = _containers.target == p.target
listings_by_room = (
    select(_containers.room, func.count())
    .where(_mine, _containers.source == p.source, func.length(_containers.proven) > 0)
    .group_by(_containers.room)
)
"""Of what is empty it is only noted that it was met."""
seen_now = select(_containers.id).where(
    _mine, _containers.id.in_(each_of(p.ids)), _containers.seen_run == p.run
)
is_witness = select(ONE).where(
    _mine, _containers.id == p.id, _containers.seen_run == p.run, ~_containers.unsteady
)
is_container = select(
    or_(
        exists().where(_mine, _containers.id == p.id),
        exists().where(MINE, d.container == p.id),
    )
)
_as_it_was_left = and_(
    d.state == "live",
    CONFIRMED,
    d.version != literal(b""),
    nothing_waits(d),
    d.missing_run.is_(None),
    d.also == "",
    ~d.kept,
    d.pushed_run.between(_containers.told_from, _containers.told_to),
    ~exists().where(_waiting.target == d.target, _waiting.id == d.id),
)
_left = (
    select(case((func.count() == func.sum(case((_as_it_was_left, 1), else_=0)), func.count())))
    .select_from(documents)
    .where(
        d.target == _containers.target,
        d.container == _containers.id,
        beside(d.source) == _containers.source,
        THERE,
    )
    .correlate(TABLES["containers"])
)
"""So many documents stand there, where each is as the listing left it; of one container after the other, since joined rows would
have to be sorted to be counted."""
_is_as_it_was_left = and_(
    _containers.source == p.source,
    _containers.told_count > 0,
    _containers.told_count == hinted(_left, documents, "documents_container").scalar_subquery(),
)
told_of = select(
    _containers.id, case((_is_as_it_was_left, _containers.told), else_=null()), _containers.proven
).where(_mine, _containers.id.in_(each_of(p.ids)))
proven_of = select(_containers.id, _containers.proven).where(_mine, _containers.id.in_(each_of(p.ids)))
proven = select(_containers.proven).where(_mine, _containers.id == p.id)
