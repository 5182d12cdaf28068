"""
The documents of rooms and of their items, with the settings' own words put into them. PURE.

Source: design of documents in docs/interaxo.md; numeric fields are hundredths (Interaxo API, Defining number fields).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import msgspec

from connector.document.audience import NOBODY
from connector.document.clean import compose
from connector.document.document import Document, Facet
from connector.document.ids import child_path
from connector.document.labels import SUMMARY, beginning, one_line, short
from connector.document.overrides import compile_overrides
from connector.sources.interaxo.fields import read_fields
from connector.sources.interaxo.kinds import KIND_WORDS, kind_of
from connector.sources.interaxo.leniency import usable
from connector.sources.interaxo.links import link_of, web_link
from connector.sources.interaxo.members import ids_in
from connector.sources.interaxo.places import Found, RoomInfo, RoomRow, Row
from connector.sources.interaxo.views import ATTRIBUTES, extension_of, title_of, view_of
from connector.sources.interaxo.wire import CONTAINERS, Item, parse_time
from connector.text.html import html_to_text

NO_FIELDS: Mapping[str, Any] = MappingProxyType({})
NOTHING_FOUND = Found()
"""Of an item that has no file, or whose file was not read."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Plain values of the settings that decide about documents."""

    source: str
    prefix: str
    web_url: str
    historical: bool
    rooms: tuple[str, ...]
    public_rooms: tuple[str, ...]
    overrides: dict[str, dict[str, Any]]
    """Per kind: type, title, summary, keywords, best_bets, facets, exclude."""
    reading: tuple[str, ...] = ()
    """What decides about texts: whether files and comments are read, and by which extractor with which limits."""


class Parts(msgspec.Struct, gc=False):
    """What depends on an item's kind, while it is gathered."""

    url: str
    facets: list[Facet]
    keywords: list[str]
    text: str
    """The file's, or that of an entry's main document, until the item's own is added."""
    summary: str = ""
    fields: Mapping[str, Any] = NO_FIELDS
    """An entry's, as templates name them."""
    for_settings: Sequence[tuple[str, Facet]] = ()
    """Facets that settings choose from."""


class Documents:
    """
    Makes documents by the rules.

    Raises:
        SettingsError: names the template that is wrong.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.overrides = compile_overrides(rules.source, rules.overrides, ATTRIBUTES)

    def _link(self, room: RoomInfo, native: str) -> str:
        return link_of(self._rules.web_url, room.community, room.slug, native)

    def of_room(self, row: RoomRow) -> Document:
        """Make the document of a room."""
        room, root = row.room, row.root
        description = html_to_text(room.description)
        document = Document(
            id=row.place.id,
            type_name="Interaxo room",
            title=room.name,
            url=self._link(room, room.root),
            summary=description,
            author=row.author,
            created=parse_time(root.created),
            modified=parse_time(root.last_modified),
            facets=(*room.facets, Facet("Kind", "Room")),
            crumbs=row.place.crumbs[:-1],
            keywords=" ".join([room.slug, room.root]),
            text=description,
            audience=row.place.audience or NOBODY,
            path=row.place.path,
            is_parent=True,
        )
        override = self.overrides.get("room")
        if override is None:
            return document
        view = view_of("room", root, row.place, row.author, name=room.name, fields={})
        return override.apply(view, document, ())

    def of_item(self, row: Row, found: Found | None = None) -> Document:
        """
        Make the document of an item.

        Args:
            found: what was read of the file, or of an entry's main document.

        Raises:
            RecordInvalid: a template of the settings fails for this item.
        """
        item, place = row.item, row.place
        kind, title = kind_of(item, place), title_of(item, place)
        found = found or NOTHING_FOUND
        override = self.overrides.get(kind)
        parts = self._parts(row, kind, title, found.text, settings_choose=override is not None)
        document = Document(
            id=row.id,
            type_name=f"Interaxo {kind}",
            title=title,
            url=parts.url,
            summary=parts.summary,
            author=row.author,
            created=parse_time(item.created),
            modified=parse_time(item.last_modified),
            facets=tuple(parts.facets),
            crumbs=place.crumbs,
            keywords=" ".join(parts.keywords),
            text=parts.text,
            text_missing=found.missing,
            text_key="" if kind == "entry" or row.comments else found.key,
            provisional=found.provisional,
            trouble=found.why,
            audience=row.audience or NOBODY,
            path=child_path(place.path, row.id),
            is_parent=item.type in CONTAINERS,
        )
        if override is None:
            return document
        view = view_of(kind, item, place, row.author, name=title, fields=parts.fields)
        return override.apply(view, document, parts.for_settings)

    def _parts(self, row: Row, kind: str, title: str, text: str, *, settings_choose: bool) -> Parts:
        """Gather what depends on an item's kind."""
        item, room = row.item, row.place.room
        parts = Parts(
            self._link(room, item.id),
            [*room.facets, _kind_facet(kind if kind == "attachment" else item.type)],
            [item.id],
            text,
        )
        if kind == "entry":
            _add_entry(parts, item, title, settings_choose=settings_choose)
        elif item.instruction:
            # where a listing has it; the vendor lists it among what can be searched for only
            told = html_to_text(item.instruction)
            parts.summary = beginning(told, SUMMARY)
            parts.text = compose(told)
        elif kind in {"file", "attachment"}:
            _add_file(parts, item)
        elif item.type == "external-link":
            parts.url = web_link(item.url) or parts.url
            parts.summary = item.url or ""
        elif item.type == "internal-link" and item.destination and usable(item.destination):
            parts.url = self._link(room, item.destination)
        if row.comments:
            parts.text = f"{parts.text}\n{row.comments}" if parts.text else row.comments
        return parts


@lru_cache(maxsize=100)
def _kind_facet(kind: str) -> Facet:
    return Facet("Kind", KIND_WORDS.get(kind, kind))


def _add_entry(parts: Parts, item: Item, title: str, *, settings_choose: bool) -> None:
    """
    An entry is its fields.

    Args:
        settings_choose: which fields become facets is not for us to say.
    """
    written = item.fields or []
    if item.step is not None and item.step.name:
        parts.facets.append(Facet("Step", item.step.name))
    read, parts.fields, lines, rich = read_fields(written)
    if settings_choose:
        parts.for_settings = read
    else:
        parts.facets += [facet for _, facet in read]
    parts.text = "\n".join([*map(compose, lines), *([parts.text] if parts.text else [])])
    parts.summary = beginning(rich, SUMMARY) if rich else short("; ".join(lines), SUMMARY)
    parts.keywords += [
        str(field.content) for field in written if field.type == "auto-number" and field.content
    ]
    parts.keywords += ids_in(written)
    name = one_line(item.name or "")
    if name and name != title:
        parts.keywords.append(name)


def _add_file(parts: Parts, item: Item) -> None:
    """A file is told by its kind and version, and by how its text begins."""
    extension = extension_of(item.name or "")
    if extension:
        parts.facets.append(Facet("File type", extension.upper()))
    if item.version:
        parts.facets.append(Facet("Version", item.version))
    parts.summary = beginning(parts.text, SUMMARY)
