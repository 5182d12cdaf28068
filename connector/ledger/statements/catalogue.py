"""Lists of documents for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Float,
    Integer,
    and_,
    bindparam,
    cast,
    column,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    table,
    text,
    tuple_,
    union,
    union_all,
)
from sqlalchemy.dialects import postgresql

from connector.ledger.catalogue import QUARANTINED, Row
from connector.ledger.statements.documents import MINE, THERE, after, d, documents
from connector.ledger.statements.expressions import (
    ONE,
    TABLES,
    Rows,
    batch,
    beside,
    each_of,
    has_letters,
    hinted,
    p,
    typed,
)

_of, _quarantine = documents.alias("d"), TABLES["quarantine"].alias("q")
_q = _quarantine.c
_bodies, _rooms = TABLES["bodies"].c, TABLES["rooms"].c
_LISTED = (*Row.__struct_fields__, "path", "native")
_PARKED = {"parked": "reason", "parked_why": "message", "parked_told": "told"}


def _columns(**values: Any) -> list[Any]:
    return [values[name].label(name) for name in _LISTED]


_live = (
    select(
        *_columns(
            **{name: _of.c[name] for name in _LISTED if not name.startswith("parked")},
            **{name: func.coalesce(_q[column], "") for name, column in _PARKED.items()},
        )
    )
    .select_from(_of)
    .outerjoin(_quarantine, and_(_q.target == _of.c.target, _q.id == _of.c.id))
    .where(_of.c.target == p.target, _of.c.state != "removed")
)
_empty = dict.fromkeys(("kind", "held_why", "held_note", "without_text", "url", "path"), literal(""))
_never = select(
    *_columns(
        **{name: _q[name] for name in ("id", "title", "source", "room", "native")},
        **_empty,
        state=literal(QUARANTINED),
        pushed_at=literal(0.0, Float),
        kept=false(),
        **{name: _q[column] for name, column in _PARKED.items()},
    )
).where(
    _q.target == p.target,
    ~exists().where(_of.c.target == _q.target, _of.c.id == _q.id, _of.c.state != "removed"),
)
"""In quarantine, and never in the intranet."""


def _if_asked(name: str, meant: Any) -> Any:
    return or_(typed(name, str) == "", meant)


def _like(column: Any, name: str) -> Any:
    return has_letters(column, typed(name, str))  # that is folded already


def narrowed(of: Any, reason: Any) -> list[Any]:
    """
    What people may narrow any list of documents by, in the search or out of it.

    Args:
        reason: whether a row has the reason that is asked for.
    """
    return [  # what leaves out most comes first
        _if_asked("word", or_(_like(of.title, "part"), of.id == p.word, of.native == p.word)),
        _if_asked("ending", _like(of.title, "ending")),
        _if_asked("source", of.source == p.source),
        _if_asked("kind", of.kind == p.kind),
        _if_asked("reason", reason),
        or_(typed("any_room", bool), of.room.in_(each_of(p.rooms))),
    ]


def _wanted(of: Any) -> list[Any]:
    return [
        *narrowed(of, or_(of.without_text == p.reason, of.held_why == p.reason, of.parked == p.reason)),
        _if_asked("state", of.state == p.state),
        or_(typed("with_any_text", bool), of.without_text != ""),
        or_(typed("parked_or_not", bool), of.parked != ""),
    ]


def _walk(part: Any) -> Any:
    of = part.subquery("listed").c
    return (
        select(*(of[name] for name in Row.__struct_fields__), of.path)
        .where(*_wanted(of))
        .order_by(of.path, of.id)
        .limit(p.limit)
    )


walk_live = _walk(_live.where(after(_of.c)))
walk_never = _walk(_never.where(typed("path", str) == "", _q.id > p.last))

# -- pages: so many documents in an order that an index has, and which of them fit --------------------


def _told_of(of: Any) -> list[Any]:
    """What a list tells of a document."""
    return [of[name].label(f"told_{name}") for name in Row.__struct_fields__]


class _Columns(dict[str, Any]):
    """Columns by their names, or as attributes."""

    __getattr__ = dict.__getitem__


_OF_DOCUMENTS = [d[name] for name in (*(one for one in _LISTED if one not in _PARKED), "target")]


def _looked_at(looked: Any, *, downwards: bool = True, last: Any = None) -> Any:
    """
    Look at so many documents: what is told of each that fits, and its place (`at_0` ...) in the order in which they are chosen.

    Args:
        looked: the documents, with their places.
        last: the place of the last, which is told of in any case, so that it is known how far they go; None: all are told of.
    """
    c = looked.subquery("looked").c
    places = [one for one in c if one.name.startswith("at_")]
    if last is None:
        return _tell(c, places, c.id.table, false(), downwards=downwards)
    found, is_last = with_last(c.id.table, places, last)
    return _tell(c, places, found, is_last, downwards=downwards, only_these=True)


def with_last(found: Any, places: Sequence[Any], last: Any) -> tuple[Any, Any]:
    """Whether each is the last."""
    there = last.subquery("furthest")
    joined = found.outerjoin(there, and_(*(one == there.c[one.name] for one in places)))
    return joined, there.c.at_0.is_not(None)


def _tell(
    c: Any,
    places: Sequence[Any],
    found: Any,
    is_last: Any,
    *,
    downwards: bool = True,
    only_these: bool = False,
) -> Any:
    """Tell of documents, or only of those that fit and the last."""
    of = _Columns({name: c[name] for name in _LISTED if name not in _PARKED})
    of |= {name: func.coalesce(_q[column], "") for name, column in _PARKED.items()}
    # what is named by its id is told first, by itself
    other = or_(~typed("named", bool), and_(c.id != p.word, c.native != p.word))
    fits = [*_wanted(of), c.target == p.target, c.state != "removed", other]
    return (
        select(and_(*fits).label("fits"), is_last.label("is_last"), *_told_of(of), *places)
        .select_from(found.outerjoin(_quarantine, and_(_q.target == c.target, _q.id == c.id)))
        .where(*(or_(is_last, one) for one in fits) if only_these else ())
        .order_by(*(one.desc() if downwards else one for one in places))
    )


def _in_order_of(index: str, *columns: Any, downwards: bool = True, more: Any = ()) -> Any:
    """Choose documents beyond a place in an order; its values are handed over as `at_0` ..."""
    places = [one.label(f"at_{at}") for at, one in enumerate(columns)]
    here = [bindparam(f"at_{at}", type_=one.type) for at, one in enumerate(columns)]
    beyond: Any = tuple_(*columns) if len(columns) > 1 else columns[0]
    there: Any = tuple_(*here) if len(columns) > 1 else here[0]
    chosen = hinted(
        select(*_OF_DOCUMENTS, *places)
        .where(MINE, *more, beyond < there if downwards else beyond > there)
        .order_by(*(one.desc() if downwards else one for one in columns)),
        documents,
        index,
    )
    return chosen.limit(p.many)


def _by_index(index: str, *columns: Any, downwards: bool = True, more: Any = ()) -> Any:
    """Look at documents beyond a place in the order of an index."""
    chosen = _in_order_of(index, *columns, downwards=downwards, more=more)
    return _looked_at(chosen, downwards=downwards, last=_last_of(chosen, *columns))


def _last_of(chosen: Any, *columns: Any) -> Any:
    """The place of the last of so many."""
    places = [one.label(f"at_{at}") for at, one in enumerate(columns)]
    return chosen.with_only_columns(*places).limit(ONE).offset(typed("many", int) - 1)


_newest = _in_order_of("documents_newest", d.number)
newest = _by_index("documents_newest", d.number)
in_room = _by_index("documents_room", d.number, more=(d.room == p.here,))
of_kind = _by_index("documents_kind", d.number, more=(d.source == p.of_source, d.kind == p.of_kind))
_in_state = (d.state != "live", d.state == p.of_state)
by_state = _by_index("documents_called", d.number, more=_in_state)
_in_called = _in_order_of("documents_called", d.number, more=_in_state)
_titles = _in_called.with_only_columns(d.title, d.number.label("at_0")).subquery("titles_of")
_found, _is_last = with_last(_titles, [_titles.c.at_0], _last_of(_in_called, d.number))
by_state_called = _tell(
    _of.c, [_titles.c.at_0], _found.join(_of, _of.c.number == _titles.c.at_0), _is_last, only_these=True
).where(or_(_is_last, _like(_titles.c.title, "part")))
"""By words in their titles alone: in a file no document is read that has not got them."""
_lacking = d.without_text != ""
without_text = _by_index(
    "documents_without_text", d.without_text, d.path, d.id, downwards=False, more=(_lacking,)
)
_for_reason = (_lacking, d.without_text == p.reason)
without_text_for = _by_index("documents_without_text", d.path, d.id, downwards=False, more=_for_reason)
_with_id = union(
    select(d.number).where(MINE, d.id == p.word),
    hinted(select(d.number).where(MINE, d.native == p.word), documents, "documents_native"),
)
named = _looked_at(
    select(*_OF_DOCUMENTS, d.number.label("at_0"))
    .where(d.number.in_(_with_id), d.number < typed("at_0", int))
    .order_by(d.number.desc())
    .limit(p.many)
)
"""What has the id that is asked for, ours or the source's."""
_in_file, _due, _upto = (
    table(name, column(key, Integer))
    for name, key in (("titles", "rowid"), ("titles_due", "number"), ("titles_upto", "number"))
)
_lacking_in_file = (
    d.number.in_(select(_due.c.number)),
    d.number > select(_upto.c.number).scalar_subquery(),
)
"""What the index in a file has not got: what is called otherwise since, or came since."""


def _newest_of(number: Any, *has: Any) -> Any:
    """The newest documents of one part of a file, no more than are asked for of all parts together."""
    chosen = select(number.label("number")).where(*has, number < typed("at_0", int))
    return select(chosen.order_by(number.desc()).limit(p.many).subquery().c.number)


def _titled(r: Rows, *columns: Any, whole: Any = ()) -> Any:
    """
    Choose documents by their titles, the newest first.

    Args:
        whole: what is asked of them; documents that the index has not got yet are looked at for it.
    """
    every: Any
    if r.one_machine:
        has = text("titles MATCH :match").bindparams(bindparam("match"))
        rowid = _in_file.c.rowid
        every = union_all(
            _newest_of(rowid, has, rowid.not_in(select(_due.c.number))),
            *(_newest_of(d.number, one, *whole) for one in _lacking_in_file),
        ).subquery("every_one")
    else:
        piecewise = func.pieces(func.folded(d.title)).op("@@")(cast(typed("match", str), postgresql.TSQUERY))
        # by that index, whatever the statistics say: it is asked only for what is not frequent
        every = select(d.number).where(MINE, piecewise, d.number < typed("at_0", int)).cte("every_one")
        every = every.prefix_with("MATERIALIZED", dialect="postgresql")
    found = select(every.c.number).order_by(every.c.number.desc()).limit(p.many).subquery("found")
    return select(*columns).select_from(found.join(documents, d.number == found.c.number)).where(*whole)


@batch()
def titled(r: Rows) -> Any:
    """Those whose titles have all pieces of what is asked for."""
    return _looked_at(_titled(r, *_OF_DOCUMENTS, d.number.label("at_0")))


@batch()
def called(r: Rows) -> Any:
    """Ids of those with a whole title."""
    mine = beside(d.target) == p.target
    return _titled(r, d.id, whole=(func.folded(d.title) == typed("words", str),)).where(mine)


_probed = _newest.subquery("probed").c
_some = (
    select(ONE)
    .select_from(_probed.id.table)
    .where(_if_asked("ending", _like(_probed.title, "ending")), _like(_probed.title, "part"))
    .limit(p.enough)
    .subquery("some")
)
frequent = select(func.count()).select_from(_some)
"""How many of the newest have the words in their titles, as far as it matters."""

_parked_of: Any = _Columns(
    {
        "id": _q.id,
        "title": func.coalesce(func.nullif(_q.title, ""), _of.c.title, ""),
        "native": _q.native,
        **{name: func.coalesce(_of.c[name], _q[name]) for name in ("source", "room")},
        **{name: func.coalesce(_of.c[name], "") for name in _empty},
        "state": func.coalesce(_of.c.state, QUARANTINED),
        "pushed_at": func.coalesce(_of.c.pushed_at, 0.0),
        "kept": func.coalesce(_of.c.kept, false()),
        **{name: _q[column] for name, column in _PARKED.items()},
    }
)
_told_already = or_(_parked_of.without_text == p.besides, _parked_of.held_why == p.besides)
_called = [
    _if_asked("word", or_(_like(_q.title, "part"), _q.id == p.word, _q.native == p.word)),
    _if_asked("ending", _like(_q.title, "ending")),
]
parked = hinted(
    select(literal(1).label("fits"), false().label("is_last"), *_told_of(_parked_of), _q.id.label("at_0"))
    .select_from(_quarantine)
    .outerjoin(_of, and_(_of.c.target == _q.target, _of.c.id == _q.id, _of.c.state != "removed"))
    .where(
        _q.target == p.target,
        _q.id > typed("at_0", str),
        # first, since few have the words: of the others nothing else is looked up
        or_(_q.title == "", and_(*_called)),
        or_(typed("all_parked", bool), _of.c.id.is_(None)),
        or_(typed("besides", str) == "", ~_told_already),
        *_wanted(_parked_of),
    )
    .order_by(_q.id)
    .limit(p.many),
    _quarantine,
    "quarantine_called",
)
"""What is in quarantine, or only what is in nothing else; it is called there as its source calls it now."""

# -- what there is -----------------------------------------------------------------------------------

_kinds = select(d.source, d.kind).order_by(d.source, d.kind).limit(p.limit)
next_kind = hinted(
    _kinds.where(MINE, d.source == p.of_source, d.kind > p.of_kind), documents, "documents_kind"
)
next_source = hinted(_kinds.where(MINE, d.source > p.of_source), documents, "documents_kind")
"""Each with its first kind. Of both at once SQLite would look at all that are of the kind before."""
reasons_in = hinted(
    select(d.without_text, func.count().label("many"))
    .where(MINE, THERE, d.without_text != "", d.room.in_(each_of(p.rooms)))
    .group_by(d.without_text)
    .order_by(func.count().desc(), d.without_text),
    documents,
    "documents_room",
)
count_in = hinted(
    select(func.count())
    .select_from(documents)
    .where(MINE, d.room.in_(each_of(p.rooms)), d.state.in_(each_of(p.states))),
    documents,
    "documents_room",
)
never_sent = select(func.count()).select_from(_never.subquery("never"))
_audiences = TABLES["audiences"].c
unseen = select(func.count()).where(
    MINE,
    THERE,
    d.room.in_(each_of(p.rooms)),
    d.audience == _audiences.digest,
    ~_audiences.public,
    _audiences.identities == "[]",
)
"""What is in the intranet and nobody may see."""
folders = select(d.id, _bodies.body).where(MINE, d.id.in_(each_of(p.ids)), _bodies.document == d.number)
rooms_called = union(
    select(_rooms.key).where(
        _rooms.target == p.target, or_(_rooms.key == p.word, func.folded(_rooms.name) == p.lower)
    ),
    select(d.room).where(MINE, d.container == "", d.id == p.lower),
)
