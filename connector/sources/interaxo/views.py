"""An item as people and templates see it: its title, and what `item` has in the mapping settings. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from connector.document.labels import one_line
from connector.sources.interaxo.fields import NOTHING, words_of
from connector.sources.interaxo.places import Place
from connector.sources.interaxo.wire import Field, Item, parse_time

ATTRIBUTES = frozenset(
    {
        "id", "kind", "type", "name", "number", "author", "created", "modified", "step", "fields", "version", "extension",
        "mime_type", "size", "url", "room", "community", "workspace", "folders", "metadata",
    }
)  # fmt: skip
"""What a template may ask of `item`; the settings reference explains each."""
LIKE_A_NAME = frozenset({"name", "namn", "navn", "title", "titel", "tittel"})


def title_of(item: Item, place: Place) -> str:
    """
    The name that a person knows an item by; never empty.

    An entry's title is the field that its folder marks as such; whether its name says the same is not
    documented, so the name comes next; then a field that is called like a name (live registers name their
    drawings in NAMN), its number, any field of text, and at last its id.
    """
    fields = item.fields if item.type == "entry" else None
    if not fields:
        return one_line(item.name or "") or item.id
    return (
        _first_words(field for field in fields if field.id in place.titles)
        or one_line(item.name or "")
        or _first_words(field for field in fields if one_line(field.name).casefold() in LIKE_A_NAME)
        or _first_words(field for field in fields if field.type == "auto-number")
        or _first_words(field for field in fields if field.type == "string")
        or item.id
    )


def view_of(
    kind: str, item: Item, place: Place, author: str, *, name: str, fields: Mapping[str, Any]
) -> dict[str, Any]:
    """What a template sees."""
    numbers = [
        str(field.content) for field in item.fields or () if field.type == "auto-number" and field.content
    ]
    return {
        "id": item.id,
        "kind": kind,
        "type": item.type,
        "name": name,
        "number": numbers[0] if numbers else "",
        "author": author,
        "created": parse_time(item.created),
        "modified": parse_time(item.last_modified),
        "step": one_line(item.step.name) if item.step else "",
        "fields": fields,
        "version": item.version or "",
        "extension": extension_of(item.name or ""),
        "mime_type": item.mime_type or "",
        "size": item.file_size,
        "url": item.url or "",
        "room": place.room.name,
        "community": place.room.community_name,
        "workspace": place.room.workspace,
        "folders": list(place.folders),
        "metadata": dict(place.room.metadata),
    }


def extension_of(name: str) -> str:
    """The ending of a file's name, in lower case; empty where it has none that is one."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem and 0 < len(extension) <= 8 and extension.isalnum() else ""


def _first_words(fields: Iterable[Field]) -> str:
    """What the first filled of some fields says."""
    for field in fields:
        said = one_line(", ".join([word for word in words_of(field) if word not in NOTHING]))
        if said:
            return said
    return ""
