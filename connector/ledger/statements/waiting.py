"""What waits for a person's decision: each kind by itself, so that only what is told of it is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Cast, String, and_, bindparam, cast, exists, func, literal, select, tuple_, union_all

from connector.ledger.statements.documents import documents
from connector.ledger.statements.expressions import TABLES, hinted, p
from connector.ledger.waiting import Kind

_runs, _people, _rooms = TABLES["runs"].c, TABLES["people"].c, TABLES["rooms"]
_widenings, _unconfirmed = TABLES["widenings"].alias("w"), TABLES["unconfirmed"].alias("u")
_w, _u, _r = _widenings.c, _unconfirmed.c, _rooms.c
_of, _folder = documents.alias("d"), documents.alias("f")
_NAMES = ("what", "run", "why", "note", "source", "room", "container", "id", "title", "path")
_ORDER = ("source", "room", "path", "id", "what")


def _said(word: str) -> Any:
    """A word that stands for a whole kind."""
    return cast(literal(word), String)


class _Sort:
    """What of one kind waits."""

    def __init__(self, what: Kind, have: Any, where: Sequence[Any], **values: Any) -> None:
        self._values = {**dict.fromkeys(_NAMES, _said("")), **values, "what": _said(what.value)}
        self._have, self._where = have, where

    def told(self, *names: str, more: Sequence[Any] = ()) -> Any:
        """Some of what is told of each."""
        columns = [self._values[name].label(name) for name in names]
        return self._have(select(*columns)).where(*self._where, *more)

    def counted(self, *names: str) -> Any:
        """How many have the same."""
        found = self.told(*names).add_columns(func.count().label("many"))
        each = (self._values[name] for name in names)
        return found.group_by(*(one for one in each if not isinstance(one, Cast)))

    def beyond(self) -> Any:
        """The first so many beyond a place in their order."""
        here = tuple_(*(bindparam(f"at_{at}", type_=String()) for at, _ in enumerate(_ORDER)))
        place = tuple_(*(self._values[name] for name in _ORDER))
        found = self.told(*_NAMES, more=[place > here])
        return found.order_by(*(self._values[name] for name in _ORDER[:-1])).limit(p.many).subquery()


def _places(of: Any) -> dict[str, Any]:
    return {name: of[name] for name in ("source", "room", "container", "id", "title")}


def _removals(index: str, *more: Any) -> _Sort:
    """Documents that seem to go, by an index that has all that is counted of them."""
    return _Sort(
        Kind.REMOVAL,
        lambda chosen: hinted(chosen.select_from(_of), _of, index),
        [_of.c.target == p.target, _of.c.state == "held", ~_of.c.kept, *more],
        run=_of.c.held_run,
        why=_of.c.held_why,
        note=_of.c.held_note,
        path=_of.c.path,
        **_places(_of.c),
    )


_documents = _removals("documents_waiting")
_by_reason = _removals("documents_held", _of.c.held_run.is_not(None))
# of few documents: found by their ids, never by the room or source that is asked for, which may hold all others
_by_id = {**_places(_of.c), **{name: func.coalesce(_of.c[name], "") for name in ("source", "room")}}
_wider = _Sort(
    Kind.WIDER,
    lambda chosen: chosen.select_from(_widenings).join(
        _of, and_(_of.c.target == _w.target, _of.c.id == _w.id)
    ),
    [_w.target == p.target, _w.state == "held", ~_w.kept],
    run=_w.run,
    why=_said("audience-wider"),
    path=_of.c.path,
    **_by_id,
)
_strange = _Sort(
    Kind.UNCONFIRMED,
    lambda chosen: chosen.select_from(_unconfirmed),
    [
        _u.target == p.target,
        _u.there,
        ~_u.kept,
        ~exists().where(_of.c.target == _u.target, _of.c.id == _u.id, _of.c.fingerprint.is_not(None)),
    ],
    run=_u.there_run,
    why=_said("unconfirmed"),
    **_places(_u),
)
_persons = _Sort(
    Kind.PERSON,
    lambda chosen: chosen,
    [_people.target == p.target, _people.held_run.is_not(None), ~_people.kept],
    run=_people.held_run,
    why=_people.held_why,
    id=_people.id,
    title=_people.address,
)
_things = (_documents, _wider, _strange)
_all = (*_things, _persons)

_by_run = union_all(*(one.counted("what", "run", "why") for one in (_by_reason, *_all[1:]))).subquery("h").c
_many = func.sum(_by_run.many)
counts = (
    select(_runs.id, _by_run.what, _by_run.why, _many)
    .where(_runs.number == _by_run.run, _runs.target == p.target)
    .group_by(_runs.number, _runs.id, _by_run.what, _by_run.why)
    .order_by(_runs.number.desc(), _many.desc(), _by_run.why)
)
removals = _documents.told().add_columns(func.count())
_by_room = union_all(*(one.counted("source", "room") for one in _things)).subquery("h").c
_each = select(_by_room.source, _by_room.room, func.sum(_by_room.many).label("many"))
_most = _each.group_by(_by_room.source, _by_room.room)
_m = (
    _most.order_by(func.sum(_by_room.many).desc(), _by_room.source, _by_room.room)
    .limit(p.limit)
    .subquery("m")
    .c
)
rooms = (
    select(_m.source, _m.room, func.coalesce(_r.name, ""), _m.many)
    .select_from(_m.many.table)
    .outerjoin(_rooms, and_(_r.target == p.target, _r.source == _m.source, _r.key == _m.room))
    .order_by(_m.many.desc(), _m.source, _m.room)
)
_here = union_all(*(one.told("source", "room", "container") for one in _things)).subquery("h").c
folders = (
    select(
        _here.container,
        func.coalesce(_folder.c.title, ""),
        func.coalesce(_folder.c.path, ""),
        func.coalesce(_folder.c.held_run, 0),
        func.count(),
    )
    .select_from(_here.container.table)
    .outerjoin(_folder, and_(_folder.c.target == p.target, _folder.c.id == _here.container))
    .where(_here.source == p.source, _here.room == p.room)
    .group_by(_here.container, _folder.c.title, _folder.c.path, _folder.c.held_run)
    .order_by(func.coalesce(_folder.c.path, ""), _here.container)
    .limit(p.limit)
)
_found = union_all(*(select(one.beyond()) for one in _all)).subquery("h").c
rows = (
    select(*(_found[name] for name in ("what", "id", "title", "source", "room", "why", "note", "path")))
    .order_by(*(_found[name] for name in _ORDER))
    .limit(p.many)
)
