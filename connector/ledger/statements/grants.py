"""What a source told about who may see its items."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, case, func, select, update

from connector.ledger.statements.documents import d, documents
from connector.ledger.statements.expressions import TABLES, Rows, batch, each_of, p

_grants = TABLES["grants"]
_g = _grants.c
COLUMNS = (
    *(
        "native",
        "parent",
        "kind",
        "step",
        "identities",
        "listless",
        "trouble",
        "inherited",
        "asked_run",
        "told_at",
    ),
)
_mine = _g.source == p.source
_all = select(*(_g[name] for name in COLUMNS)).where(_mine)


def _own(of: Any) -> Any:
    """The list by which breadcrumbs are made: an item without one of its own leaves them as they are."""
    return case((of.listless, ""), else_=func.coalesce(of.identities, ""))


get = _all.where(_g.native.in_(each_of(p.natives)))
below_all = _all.where(_g.parent.in_(each_of(p.parents))).order_by(_g.native)
below = _all.where(_g.parent == p.parent).order_by(_g.native)
changed = _all.where(_g.kind.in_(each_of(p.kinds)), _g.rendered != _own(_g))

_at = _grants.alias("g")
_in = documents.alias("c")
leave_former_places = (
    update(_grants)
    .where(
        _mine,
        _g.native.in_(
            select(d.native)
            .join_from(documents, _in, and_(_in.c.target == d.target, _in.c.id == d.container))
            .join(_at, and_(_at.c.source == d.source, _at.c.native == d.native))
            .where(d.source == p.source, _at.c.parent != _in.c.native)
        ),
    )
    .values(parent="")
)


@batch("native", native=str, own=str)
def made(r: Rows) -> Any:
    """The breadcrumbs below it were made by this list."""
    return update(_grants).where(_mine, _g.native == r.native).values(rendered=r.own)


@batch(
    "native",
    native=str,
    parent=str,
    kind=str,
    step=str,
    identities=str,
    listless=bool,
    trouble=str,
    inherited=bytes,
    asked_run=int,
    told_at=float,
)
def put(r: Rows) -> Any:
    """What was told."""
    return r.upsert(
        _grants,
        ["source", "native"],
        {"source": p.source, **{name: getattr(r, name) for name in COLUMNS}, "rendered": _own(r)},
        lambda new: {name: new[name] for name in COLUMNS if name != "native"},
    )
