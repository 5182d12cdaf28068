"""What waits for a person's decision."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, exists, func, literal, select, union_all

from connector.ledger.statements.documents import documents
from connector.ledger.statements.words import TABLES, p, typed
from connector.ledger.waiting import Kind

_runs, _people, _rooms = TABLES["runs"].c, TABLES["people"].c, TABLES["rooms"]
_widenings, _unconfirmed = TABLES["widenings"].alias("w"), TABLES["unconfirmed"].alias("u")
_w, _u, _r = _widenings.c, _unconfirmed.c, _rooms.c
_of, _folder = documents.alias("d"), documents.alias("f")
_NAMES = ("what", "run", "why", "note", "source", "room", "container", "id", "title", "path")


def _row(what: Kind, **values: Any) -> Any:
    told = {"what": literal(what.value), **dict.fromkeys(_NAMES[1:], literal("")), **values}
    return select(*(told[name].label(name) for name in _NAMES))


def _places(of: Any) -> dict[str, Any]:
    return {name: of[name] for name in ("source", "room", "container", "id", "title")}


_documents = (
    _row(
        Kind.REMOVAL,
        run=_of.c.held_run,
        why=_of.c.held_why,
        note=_of.c.held_note,
        path=_of.c.path,
        **_places(_of.c),
    )
    .with_hint(_of, "INDEXED BY documents_held", "sqlite")
    .where(_of.c.target == p.target, _of.c.held_run.is_not(None), _of.c.state == "held", ~_of.c.kept)
)
# of few documents: found by their ids, never by the room or source that is asked for, which may hold all others
_by_id = {**_places(_of.c), **{name: func.coalesce(_of.c[name], "") for name in ("source", "room")}}
_wider = (
    _row(Kind.WIDER, run=_w.run, why=literal("audience-wider"), path=_of.c.path, **_by_id)
    .select_from(_widenings)
    .join(_of, and_(_of.c.target == _w.target, _of.c.id == _w.id))
    .where(_w.target == p.target, _w.state == "held", ~_w.kept)
)
_strange = _row(Kind.UNCONFIRMED, run=_u.there_run, why=literal("unconfirmed"), **_places(_u)).where(
    _u.target == p.target,
    _u.there,
    ~_u.kept,
    ~exists().where(_of.c.target == _u.target, _of.c.id == _u.id, _of.c.fingerprint.is_not(None)),
)
_persons = _row(
    Kind.PERSON, run=_people.held_run, why=_people.held_why, id=_people.id, title=_people.address
).where(_people.target == p.target, _people.held_run.is_not(None), ~_people.kept)

_all = union_all(_documents, _wider, _strange, _persons).subquery("h").c
counts = (
    select(_runs.id, _all.what, _all.why, func.count())
    .where(_runs.number == _all.run, _runs.target == p.target)
    .group_by(_runs.number, _runs.id, _all.what, _all.why)
    .order_by(_runs.number.desc(), func.count().desc(), _all.why)
)
_things = union_all(_documents, _wider, _strange).subquery("h").c
_in_room = and_(_r.target == p.target, _r.source == _things.source, _r.key == _things.room)
rooms = (
    select(_things.source, _things.room, func.coalesce(_r.name, ""), func.count())
    .select_from(_things.id.table)
    .outerjoin(_rooms, _in_room)
    .group_by(_things.source, _things.room, _r.name)
    .order_by(func.count().desc(), _things.source, _things.room)
    .limit(p.limit)
)
folders = (
    select(
        _things.container,
        func.coalesce(_folder.c.title, ""),
        func.coalesce(_folder.c.path, ""),
        func.coalesce(_folder.c.held_run, 0),
        func.count(),
    )
    .select_from(_things.id.table)
    .outerjoin(_folder, and_(_folder.c.target == p.target, _folder.c.id == _things.container))
    .where(_things.source == p.source, _things.room == p.room)
    .group_by(_things.container, _folder.c.title, _folder.c.path, _folder.c.held_run)
    .order_by(func.coalesce(_folder.c.path, ""), _things.container)
    .limit(p.limit)
)
rows = (
    select(*(_all[name] for name in ("what", "id", "title", "source", "room", "why", "note")))
    .where(
        typed("any_room", bool) | and_(_all.source == p.source, _all.room == p.room),
    )
    .order_by(_all.path, _all.id)
    .limit(p.limit)
    .offset(p.skipped)
)
