"""What people ordered, and what is hidden by it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    and_,
    delete,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    tuple_,
    union,
    update,
)

from connector.ledger.orders import KEEPS_OUT, About, Hidden, Order
from connector.ledger.rows import DESCRIBED
from connector.ledger.statements.catalogue import narrowed
from connector.ledger.statements.documents import CONFIRMED, MINE, THERE, d, documents
from connector.ledger.statements.expressions import (
    ONE,
    TABLES,
    Rows,
    batch,
    each_of,
    hinted,
    in_small,
    p,
    typed,
)

_orders, _hidden = TABLES["orders"], TABLES["hidden"]
_o, _h = _orders.c, _hidden.c
_mine, _out = _o.target == p.target, _h.target == p.target
_every = select(*(_o[name] for name in Order.__struct_fields__)).where(_mine)
_each = select(*(_h[name] for name in Hidden.__struct_fields__)).where(_out)
_ORDER = {
    **dict.fromkeys(("id", "kind", "about", "subject", "title", "who", "because", "told", "ended_by"), str),
    **dict.fromkeys(("at", "until", "done_at", "ended_at"), float),
}
_STANDS = DESCRIBED[1:]


@batch("id", **_ORDER)
def write(r: Rows) -> Any:
    """One that is known already learns only that it was ended."""
    return r.upsert(
        _orders,
        ["id"],
        {"target": p.target, **{name: getattr(r, name) for name in _ORDER}},
        lambda new: {
            "ended_at": func.coalesce(_o.ended_at, new.ended_at),
            "ended_by": func.coalesce(func.nullif(_o.ended_by, ""), new.ended_by),
        },
    )


standing = _every.where(_o.ended_at.is_(None)).order_by(_o.number)
forgotten = select(_o.subject).where(_mine, _o.about == "person", _o.kind == "forget", _o.ended_at.is_(None))
get = _every.where(_o.id == p.id)
all = _every.order_by(_o.number)
about = _every.where(_o.subject == p.subject).order_by(_o.number.desc())
done = update(_orders).where(_mine, _o.id == p.id).values(done_at=p.now, told=p.told)
note = update(_orders).where(_mine, _o.id == p.id).values(told=p.told)
end = update(_orders).where(_mine, _o.id == p.id, _o.ended_at.is_(None)).values(ended_at=p.now, ended_by=p.by)

# -- what is hidden -------------------------------------------------------------------------------

count_within = select(func.count()).select_from(documents).where(MINE, THERE, d.path > p.path, d.path < p.end)


def _to_leave(new: Any) -> dict[str, Any]:
    """A row that stands already is of the newest order, and is to be removed again."""
    return {**{name: new[name] for name in ("root", *_STANDS)}, "gone": new.gone}


@batch("id", id=str, title=str)
def enter_root(r: Rows) -> Any:
    """What an order names, whether the ledger has a document of it or not."""
    nothing = {name: literal("") for name in _STANDS}
    values = {
        "target": p.target,
        "id": r.id,
        "root": r.id,
        **nothing,
        "title": r.title,
        "at": p.now,
        "gone": literal(False),
    }
    return r.upsert(_hidden, ["target", "id"], values, lambda new: {"root": new.root, "gone": new.gone})


def _entered(r: Rows, *where: Any) -> Any:
    chosen = select(
        d.target,
        d.id,
        r.root.label("root"),
        *(d[name] for name in _STANDS),
        typed("now", float).label("at"),
        false().label("gone"),
    ).where(MINE, THERE, *where)
    return r.upsert_from(_hidden, ["target", "id"], chosen, _to_leave)


@batch("root", root=str)
def enter_within(r: Rows) -> Any:
    """Everything whose confirmed path runs through it, and itself."""
    return _entered(r, d.path >= p.path, d.path < p.end)


@batch("root", root=str)
def enter_below(r: Rows) -> Any:
    """Everything that was listed in it, or below it, whether it was ever confirmed or not, and itself."""
    child = documents.alias("child")
    top = documents.alias("top")  # what a batch hands over is compared otherwise than what stands in a table
    below = (
        select(top.c.container.label("id"))
        .where(top.c.target == p.target, top.c.container == r.root)
        .cte("below", recursive=True)
    )
    below = below.union(
        select(child.c.id)
        .join_from(child, below, child.c.container == below.c.id)
        .where(child.c.target == p.target)
    )
    return _entered(r, or_(d.id == r.root, d.id.in_(select(below.c.id))))


@batch(
    "id",
    **dict.fromkeys(("id", "root", *_STANDS), str),
    at=float,
)
def meet(r: Rows) -> Any:
    """The target has it no more once it was removed, unless the ledger has a document of it again."""
    there = exists().where(MINE, d.id == r.id, THERE)
    values = {
        "target": p.target,
        **{name: getattr(r, name) for name in ("id", "root", *_STANDS, "at")},
        "gone": literal(False),
    }
    return r.upsert(
        _hidden,
        ["target", "id"],
        values,
        lambda new: {
            **{name: new[name] for name in ("root", *_STANDS)},
            "gone": and_(_h.gone, ~there),
        },
    )


met_before = _each.where(_h.id.in_(each_of(p.ids)))
_asked = union(
    *(
        hinted(select(_h.id).where(_out, asked), _hidden, index)
        for index, asked in (
            ("sqlite_autoindex_hidden_1", _h.id == p.lower),
            ("hidden_native", _h.native.in_([p.words, p.lower])),
            ("hidden_url", and_(_h.url == p.words, _h.url != "")),
            ("hidden_title", func.lower(_h.title) == in_small(typed("words", str))),
        )
    )
)
find = hinted(_each.where(_h.id.in_(_asked)), _hidden, "sqlite_autoindex_hidden_1")
to_remove = (
    _each.where(~_h.gone, _h.id.not_in(each_of(p.besides))).order_by(_h.path.desc(), _h.id).limit(p.limit)
)
to_take = (
    select(_h.source, func.count())
    .join_from(_hidden, documents, and_(MINE, d.id == _h.id))
    .where(_out, _h.root == p.root, ~_h.gone, CONFIRMED)
    .group_by(_h.source)
)
"""Of what an order is still to remove, what the target has by what it confirmed, by source."""
listed_in = select(_h.id, _h.path).where(_out, _h.container == p.container)
doubt = update(_hidden).where(_out).values(gone=False)


@batch("id", id=str)
def removed(r: Rows) -> Any:
    """The target answered."""
    return update(_hidden).where(_out, _h.id == r.id).values(gone=true())


@batch("id", id=str, path=str, beyond=str)
def drop(r: Rows) -> Any:
    """It, and what stood below it; what is still to be removed stays."""
    within = and_(_h.path > r.path, _h.path < r.beyond)
    return delete(_hidden).where(_out, _h.gone, or_(_h.id == r.id, within))


@batch("id", id=str, path=str)
def let_out(r: Rows) -> Any:
    """What is still to be removed from where it stood when it was entered."""
    return delete(_hidden).where(_out, not_(_h.gone), _h.id == r.id, _h.path == r.path)


drop_shown = delete(_hidden).where(_out, _h.gone, _h.id.in_(select(d.id).where(MINE, CONFIRMED, THERE)))
drop_of = delete(_hidden).where(_out, _h.root == p.root)
_keeping = select(_o.subject).where(
    _mine, _o.ended_at.is_(None), _o.about == About.DOCUMENT.value, _o.kind.in_(sorted(KEEPS_OUT))
)
drop_unordered = delete(_hidden).where(_out, _h.root.not_in(_keeping))
"""A walk noted it by an order that had ended meanwhile, or a backup that was put back tells of such an order."""
_by_these = _keeping.where(_o.kind.in_(each_of(p.kinds)))
kept_out = union(
    select(_h.id).where(_out, _h.id.in_(each_of(p.ids)), _h.root.in_(_by_these)),
    _by_these.where(_o.subject.in_(each_of(p.ids))),
)
"""Of some documents those that are out by orders of some kinds, or are to leave: an order that nobody has carried out yet counts."""
_named = narrowed(_h, p.reason == "hidden")
_beyond = tuple_(_h.path, _h.id) > tuple_(typed("path", str), typed("last", str))
page = hinted(_each.where(*_named, _beyond).order_by(_h.path, _h.id).limit(p.limit), _hidden, "hidden_called")
_first = hinted(select(ONE).where(_out, *_named).limit(p.limit), _hidden, "hidden_called").subquery("first")
count_named = select(func.count()).select_from(_first)
count = select(_h.root, func.count()).where(_out).group_by(_h.root)
of = _each.where(_h.root == p.root).order_by(_h.path, _h.id).limit(p.limit)
everywhere = select(*(_o[name] for name in Order.__struct_fields__)).order_by(_o.number)
