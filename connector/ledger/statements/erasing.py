"""What is erased of documents and people that are to be forgotten."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, literal, or_, select, union_all, update

from connector.ledger.statements.documents import MINE, d, documents
from connector.ledger.statements.expressions import ONE, TABLES, Batch, Rows, batch, ends_with, p

_bodies, _removals, _hidden, _orders = (TABLES[name] for name in ("bodies", "removals", "hidden", "orders"))
_notes, _persons, _people, _lost = (
    TABLES[name] for name in ("notes", "persons", "people", "people_removals")
)
_b, _r, _h, _n = _bodies.c, _removals.c, _hidden.c, _notes.c
_audiences, _changes = TABLES["audiences"], TABLES["audience_changes"].c
_nothing = literal("")

traces = union_all(
    select(d.id, d.source, d.native, d.title, _b.text_key)
    .select_from(documents.outerjoin(_bodies, _b.document == d.number))
    .where(MINE, d.id == p.id),
    select(_h.id, _h.source, _h.native, _h.title, _nothing).where(_h.target == p.target, _h.id == p.id),
    select(_r.id, _r.source, _r.native, _r.title, _nothing).where(_r.target == p.target, _r.id == p.id),
)
text_is_used = select(ONE).select_from(_bodies).where(_b.text_key == p.key).limit(1)


def _by_id(make: Any) -> Batch:
    return Batch(make, ["id"], {"id": str})


rows = _by_id(
    lambda r: (
        update(documents).where(MINE, d.id == r.id, d.state == "removed").values(title="", url="", native="")
    )
)
history = _by_id(
    lambda r: (
        update(_removals)
        .where(_r.target == p.target, _r.id == r.id, or_(_r.title != "", _r.native != ""))
        .values(title="", native="")
    )
)
hidden = _by_id(
    lambda r: (
        update(_hidden)
        .where(_h.target == p.target, _h.id == r.id, _h.title != "")
        .values(title="", url="", native="")
    )
)
orders = _by_id(
    lambda r: (
        update(_orders)
        .where(_orders.c.target == p.target, _orders.c.subject == r.id, _orders.c.title != "")
        .values(title="")
    )
)


changes = _by_id(
    lambda r: delete(TABLES["audience_changes"]).where(_changes.target == p.target, _changes.id == r.id)
)
identities = _by_id(
    lambda r: delete(_audiences).where(
        _audiences.c.digest.in_(
            union_all(
                *(
                    select(one).where(
                        _changes.target == p.target, _changes.kind == "person", _changes.id == r.id
                    )
                    for one in (_changes.before, _changes.after)
                )
            )
        ),
        _audiences.c.digest.not_in(select(documents.c.audience).where(documents.c.audience.is_not(None))),
    )
)
"""What a person carried, as far as no document is shown to just that."""


@batch("source", "key", source=str, key=str)
def notes(r: Rows) -> Any:
    """What a source remembered of it."""
    return delete(_notes).where(_n.source == r.source, _n.key == r.key)


@batch("source", "key", source=str, key=str, ending=str)
def names(r: Rows) -> Any:
    """What a source remembered of a person."""
    return delete(_notes).where(_n.source == r.source, or_(_n.key == r.key, ends_with(_n.key, r.ending)))


@batch("source", "key", source=str, key=str)
def shares(r: Rows) -> Any:
    """What a source said of a person."""
    return delete(_persons).where(
        _persons.c.target == p.target, _persons.c.source == r.source, _persons.c.key == r.key
    )


records = _by_id(
    lambda r: delete(_people).where(
        _people.c.target == p.target, _people.c.id == r.id, _people.c.redo_after.is_(None)
    )
)
addresses = _by_id(
    lambda r: update(_people).where(_people.c.target == p.target, _people.c.id == r.id).values(address="")
)
"""Of records that are to be removed once more."""
lost = select(ONE).where(_lost.c.target == p.target, _lost.c.id == p.id, _lost.c.address != "").limit(1)
people_history = _by_id(
    lambda r: update(_lost).where(_lost.c.target == p.target, _lost.c.id == r.id).values(address="")
)
