"""
People in the fields of an entry, by their names. PURE. Source: Interaxo API, Defining member fields.

A group carries its name, a person often only an id (observed): the name is asked for, as an author's is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec

from connector.sources.interaxo.fields import MANY
from connector.sources.interaxo.leniency import usable
from connector.sources.interaxo.wire import Authority, Field, Item

MEMBER = "member"


def nameless_in(rows: Sequence[object]) -> Iterator[Authority]:
    """The people in the fields of some rows whose names are not told there, the first MANY of each row."""
    for row in rows:
        if isinstance(row, Item) and row.fields:
            for one in islice(filter(_lacks_name, people_in(row.fields)), MANY):
                yield Authority(id=one["id"], type="user")


def ids_in(fields: Sequence[Field]) -> list[str]:
    """Ids of the people in some fields, the first MANY: they are found by these, too."""
    return [one["id"] for one in islice(people_in(fields), MANY)]


def with_names(row: Item, name_of: Callable[[str], str]) -> Item:
    """
    Put names beside the people in a row's fields.

    Args:
        name_of: a person's name by id; empty where it cannot be told: then the id stands for it.
    """
    fields = row.fields or []
    if MEMBER not in [field.type for field in fields]:
        return row
    named = [_named(field, name_of) if field.type == MEMBER else field for field in fields]
    return msgspec.structs.replace(row, fields=named)


def _named(field: Field, name_of: Callable[[str], str]) -> Field:
    value = field.content
    told: list[Any] = []
    has_people = False
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict) and _is_person(one):
            has_people = True
            if _lacks_name(one) and (name := name_of(one["id"])):
                told.append({**one, "name": name})
                continue
        told.append(one)
    if not has_people:
        return field
    return msgspec.structs.replace(
        field, value=told if isinstance(value, list) else told[0], value_colon=None
    )


def people_in(fields: Iterable[Field]) -> Iterator[dict[str, Any]]:
    """Everybody whom some fields for people hold, as they stand there; groups are not people."""
    for field in fields:
        if field.type == MEMBER:
            value = field.content
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict) and _is_person(one):
                    yield one


def _is_person(one: dict[str, Any]) -> bool:
    key = one.get("id")
    return isinstance(key, str) and usable(key) and one.get("type") != "group"


def _lacks_name(one: dict[str, Any]) -> bool:
    return not one.get("name")
