"""What was removed, as people look it up."""

from __future__ import annotations

from sqlalchemy import exists, func, select, union

from connector.ledger.statements.catalogue import narrowed
from connector.ledger.statements.documents import MINE, THERE, d
from connector.ledger.statements.words import ONE, TABLES, each_of, hinted, p, typed

_removals, _runs = TABLES["removals"], TABLES["runs"]
_hidden_ones = TABLES["hidden"]
_hidden = _hidden_ones.c
_r = _removals.c
_mine = (_r.target == p.target, _r.id != "")
_every = (
    select(
        *(_r[name] for name in ("number", "id", "title", "source", "kind", "room", "path")),
        func.coalesce(_runs.c.id, ""),
        *(_r[name] for name in ("at", "why", "code", "approved")),
    )
    .select_from(_removals.outerjoin(_runs, _runs.c.number == _r.run))
    .where(_r.id != "")
)
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
_wanted = narrowed(_r, _r.code == p.reason)
removed = hinted(
    _all.where(*_last_of_each, *_wanted, _r.number < p.before).order_by(_r.number.desc()).limit(p.limit),
    _removals,
    "removals_newest",
)
_first = select(ONE).where(*_mine, *_last_of_each, *_wanted).limit(p.limit).subquery("first")
count = select(func.count()).select_from(_first)
_asked = union(
    *(
        hinted(select(_r.number).where(_r.target == p.target, asked), _removals, index)
        for index, asked in (
            ("removals_id", _r.id == p.word),
            ("removals_native", _r.native.in_([p.word, p.words])),
            ("removals_title", func.lower(_r.title) == func.lower(typed("words", str))),
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
