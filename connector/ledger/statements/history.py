"""What was removed, as people look it up."""

from __future__ import annotations

from sqlalchemy import and_, exists, func, or_, select, union

from connector.ledger.statements.catalogue import narrowed, with_last
from connector.ledger.statements.documents import MINE, THERE, d
from connector.ledger.statements.expressions import ONE, TABLES, each_of, hinted, in_small, p, typed

_removals, _runs = TABLES["removals"], TABLES["runs"]
_hidden_ones = TABLES["hidden"]
_hidden = _hidden_ones.c
_r = _removals.c
_told = (
    *(_r[name] for name in ("number", "id", "title", "source", "kind", "room", "path")),
    func.coalesce(_runs.c.id, ""),
    *(_r[name] for name in ("at", "why", "code", "approved")),
)
_every = select(*_told).select_from(_removals.outerjoin(_runs, _runs.c.number == _r.run)).where(_r.id != "")
_all = _every.where(_r.target == p.target)
_by_person = "hidden"
removed_in = hinted(
    _all.where(_r.run == p.run, _r.code != _by_person).order_by(_r.path, _r.number).limit(p.limit),
    _removals,
    "removals_run",
)
_newer = _removals.alias("newer")
_last_of_each = (
    ~exists().where(_newer.c.target == _r.target, _newer.c.id == _r.id, _newer.c.number > _r.number),
    ~exists().where(MINE, d.id == _r.id, THERE),
    ~exists().where(_hidden.target == p.target, _hidden.id == _r.id),
)
_newest = (
    hinted(select(_r.number).where(_r.target == p.target, _r.number < p.before), _removals, "removals_newest")
    .order_by(_r.number.desc())
    .limit(p.many)
)
_looked = _newest.with_only_columns(_r.number.label("at_0")).subquery("looked")
_furthest = _newest.with_only_columns(_r.number.label("at_0")).limit(ONE).offset(typed("many", int) - 1)
_so_many, _is_last = with_last(_looked, [_looked.c.at_0], _furthest)
_fits = (*narrowed(_r, _r.code == p.reason), _r.id != "", *_last_of_each)
removed = (
    select(*_told, and_(*_fits).label("fits"), _is_last.label("is_last"))
    .select_from(
        _so_many.join(_removals, _r.number == _looked.c.at_0).outerjoin(_runs, _runs.c.number == _r.run)
    )
    .where(*(or_(_is_last, one) for one in _fits))
    .order_by(_looked.c.at_0.desc())
)
"""Of so many, those that fit; and the last, so that it is known how far they go."""
_asked = union(
    *(
        hinted(select(_r.number).where(_r.target == p.target, asked), _removals, index)
        for index, asked in (
            ("removals_id", _r.id == p.word),
            ("removals_native", _r.native.in_([p.word, p.words])),
            ("removals_title", func.lower(_r.title) == in_small(typed("words", str))),
        )
    )
)
last = _every.where(_r.number.in_(_asked)).order_by(_r.number.desc()).limit(1)
names = union(
    select(d.id, d.title).where(MINE, d.id.in_(each_of(p.ids))),
    hinted(
        select(_hidden.id, _hidden.title).where(_hidden.target == p.target, _hidden.id.in_(each_of(p.ids))),
        _hidden_ones,
        "sqlite_autoindex_hidden_1",
    ),
    select(_r.id, _r.title).where(_r.target == p.target, _r.id.in_(each_of(p.ids))),
)
