"""
The documents of rooms and of their items, with the settings' own words put into them. PURE.

Source: design of documents in docs/interaxo.md; numeric fields are hundredths (Interaxo API, Defining number fields).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from connector.document.audience import NOBODY
from connector.document.clean import compose
from connector.document.document import Document, Facet
from connector.document.ids import child_path
from connector.document.labels import beginning, one_line, short
from connector.document.overrides import compile_override
from connector.sources.interaxo.fields import read_fields
from connector.sources.interaxo.kinds import KIND_WORDS, kind_of
from connector.sources.interaxo.links import link_of, web_link
from connector.sources.interaxo.members import ids_in
from connector.sources.interaxo.places import Found, Place, RoomInfo, RoomRow, Row
from connector.sources.interaxo.views import ATTRIBUTES, extension_of, title_of, view_of
from connector.sources.interaxo.wire import CONTAINERS, Item, parse_time
from connector.text.html import html_to_text

SUMMARY = 400
"""Characters of a summary made of an entry's text."""


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


class Documents:
    """
    Makes documents by the rules.

    Raises:
        SettingsError: names the template that is wrong.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.overrides = {
            kind: compile_override(f"sources.{rules.source}.mapping.{kind}", values, ATTRIBUTES)
            for kind, values in rules.overrides.items()
            if values
        }

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
        kind = kind_of(item, place)
        found = found or Found()
        text = found.text
        facets = [*place.room.facets, _kind_facet(kind if kind == "attachment" else item.type)]
        summary = ""
        keywords = [item.id]
        fields: dict[str, Any] = {}
        override = self.overrides.get(kind)
        for_settings: list[tuple[str, Facet]] = []
        """Facets that settings choose from."""
        title = title_of(item, place)
        url = self._link(place.room, item.id)
        if kind == "entry":
            if item.step is not None and item.step.name:
                facets.append(Facet("Step", item.step.name))
            read, fields, lines, rich = read_fields(item.fields or [])
            if override is not None:
                for_settings = read
            else:
                facets += [facet for _, facet in read]
            text = "\n".join([*map(compose, lines), *([text] if text else [])])
            summary = beginning(rich, SUMMARY) if rich else short("; ".join(lines), SUMMARY)
            keywords += [
                str(field.content)
                for field in item.fields or []
                if field.type == "auto-number" and field.content
            ]
            keywords += ids_in(item.fields or [])
            name = one_line(item.name or "")
            if name and name != title:
                keywords.append(name)
        elif item.instruction:
            # where a listing has it; the vendor lists it among what can be searched for only
            told = html_to_text(item.instruction)
            summary = beginning(told, SUMMARY)
            text = compose(told)
        elif kind in {"file", "attachment"}:
            extension = extension_of(item.name or "")
            if extension:
                facets.append(Facet("File type", extension.upper()))
            if item.version:
                facets.append(Facet("Version", item.version))
            summary = beginning(text, SUMMARY)
        elif item.type == "external-link":
            url = web_link(item.url) or url
            summary = item.url or ""
        elif item.type == "internal-link" and item.destination:
            url = self._link(place.room, item.destination)
        if row.comments:
            text = f"{text}\n{row.comments}" if text else row.comments
        document = Document(
            id=row.id,
            type_name=f"Interaxo {kind}",
            title=title,
            url=url,
            summary=summary,
            author=row.author,
            created=parse_time(item.created),
            modified=parse_time(item.last_modified),
            facets=tuple(facets),
            crumbs=place.crumbs,
            keywords=" ".join(keywords),
            text=text,
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
        view = view_of(kind, item, place, row.author, name=title, fields=fields)
        return override.apply(view, document, for_settings)

    def view(
        self, kind: str, item: Item, place: Place, author: str, *, name: str, fields: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What a template sees; nothing where the settings have none for this kind."""
        return view_of(kind, item, place, author, name=name, fields=fields) if kind in self.overrides else {}


@lru_cache(maxsize=100)
def _kind_facet(kind: str) -> Facet:
    return Facet("Kind", KIND_WORDS.get(kind, kind))
