"""
Files whose bytes stand in several places. The hash of a file's bytes is kept with its document, and has no index, which would cost in
every first load: of a room its documents are looked at, of all others every one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_, select

from connector.ledger.duplicates import Place
from connector.ledger.statements.documents import MINE, THERE, d, documents
from connector.ledger.statements.expressions import TABLES, each_of, hinted, p, typed

_bodies = TABLES["bodies"]
_PLACE = Place.__struct_fields__
_MINE = (MINE, THERE, or_(typed("source", str) == "", d.source == p.source))
_many = func.count()


class _Files(NamedTuple):
    """Files that were read, as they are looked at."""

    key: Any
    """The hash of the bytes."""
    of: Any
    """What else is told of each, by name."""
    chosen: Callable[[Any], Any]
    """Chooses them."""


_everywhere = _Files(
    _bodies.c.text_key,
    d,
    lambda told: (
        told.select_from(_bodies)
        .join(documents, d.number == _bodies.c.document)
        .where(*_MINE, _bodies.c.text_key != "")
    ),
)
_key_of = select(_bodies.c.text_key).where(_bodies.c.document == d.number).scalar_subquery()
_here = hinted(
    select(_key_of.label("key"), *(d[name] for name in (*_PLACE, "path"))).where(
        *_MINE, d.room.in_(each_of(p.rooms))
    ),
    documents,
    "documents_room",
).subquery("here")
_in_rooms = _Files(_here.c.key, _here.c, lambda told: told.select_from(_here).where(_here.c.key != ""))
"""From the documents of rooms to their bodies, one by one: a database would rather read all bodies."""


def _several(files: _Files) -> Any:
    found = files.chosen(select(files.key.label("key"), _many.label("many")))
    return found.group_by(files.key).having(_many > 1)


def _groups(files: _Files) -> Any:
    return (
        _several(files)
        .having(or_(_many < p.many, and_(_many == p.many, files.key > p.last)))
        .order_by(_many.desc(), files.key)
        .limit(p.limit)
        .offset(p.skipped)
    )


def _totals(files: _Files) -> Any:
    return select(func.count(), func.coalesce(func.sum(_several(files).subquery("several").c.many), 0))


def _places(files: _Files) -> Any:
    found = files.chosen(select(files.key, *(files.of[name] for name in _PLACE)))
    return found.where(files.key.in_(each_of(p.keys))).order_by(files.key, files.of.path, files.of.id)


groups, groups_in = _groups(_everywhere), _groups(_in_rooms)
totals, totals_in = _totals(_everywhere), _totals(_in_rooms)
places, places_in = _places(_everywhere), _places(_in_rooms)
standing = select(d.id, *(d[name] for name in _PLACE)).where(MINE, THERE, d.id.in_(each_of(p.ids)))
