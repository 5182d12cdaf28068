"""The room of a bridge: its rows and an entry, and what a mapping makes of them."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from connector.document.audience import Audience
from connector.document.document import Container, Document, Listed, Scope
from connector.sources.interaxo import places
from connector.sources.interaxo.documents import Rules
from connector.sources.interaxo.mapping import RoomMapping
from connector.sources.interaxo.places import Place, RoomInfo, Row, room_info
from connector.sources.interaxo.room_rows import Room
from connector.sources.interaxo.wire import Item, parse_item, parse_items
from tests.builders import AUDIENCE, sample

WEB = "https://ix.example.com/{community}/{room}/documentLibrary/{id}"
ENTRY: dict[str, Any] = json.loads(sample("interaxo/entry.json"))
ROWS = {row.id: row for row in parse_items(sample("interaxo/children.json")) if isinstance(row, Item)}
ROOT = Item(id="root", type="simple-folder", name="The Bridge", child_count=4, created="2026-01-02T03:04:05Z")
SCOPE = Scope(key="root", name="example-corp/bridge")
DEFINITIONS = ROWS["a1"]


def make_rules(**changes: Any) -> Rules:
    values: dict[str, Any] = {
        "source": "interaxo",
        "prefix": "ix",
        "web_url": WEB,
        "historical": False,
        "rooms": ("*",),
        "public_rooms": (),
        "overrides": {},
    }
    return Rules(**{**values, **changes})


def make_mapping(**changes: Any) -> RoomMapping:
    return RoomMapping(make_rules(**changes))


def make_room(mapping: RoomMapping, **changes: Any) -> RoomInfo:
    values = {
        "id": "bridge",
        "name": "The Bridge",
        "description": "<p>Over the <b>sound</b></p>",
        "content": {"root_id": "root"},
        "workspace": {"id": "infra", "name": "Infrastructure"},
        "metadata": {"project_ref": {"label": "Project", "value": "P-17"}, "empty": {"label": "Empty", "value": ""}},
    }  # fmt: skip
    from_wire = json.dumps({**values, **changes}).encode()
    return room_info("example-corp", "Example Corp", msgspec.json.decode(from_wire, type=Room))


def top_of(
    mapping: RoomMapping, audience: Audience | None = AUDIENCE, root: Item = ROOT, **room: Any
) -> Listed:
    return mapping.room_listed(SCOPE, make_room(mapping, **room), root, audience, "Kari Nordmann")


def place_in(listed: Listed) -> Place:
    assert isinstance(listed.container, Container)
    return places.place_in(listed.container)


def listed_in(mapping: RoomMapping, item: Item, place: Place, author: str) -> Listed:
    """An item that is seen by whoever sees the container that it stands in."""
    return mapping.listed(SCOPE, item, place, author, audience=place.audience)


def below(mapping: RoomMapping, item: Item, *folders: Item, **top: Any) -> Listed:
    """An item as listed in a folder of the room, with what its active folder defines."""
    place = place_in(top_of(mapping, **top))
    for folder in folders:
        place = place_in(listed_in(mapping, folder, place, ""))
        if folder.type in {"active-folder", "workflow-folder"}:
            place = mapping.with_definitions(place, folder)
    return listed_in(mapping, item, place, "Kari Nordmann")


def document_of(mapping: RoomMapping, item: Item, *folders: Item, **top: Any) -> Document:
    row = below(mapping, item, *folders, **top).origin
    assert isinstance(row, Row)
    return mapping.documents.of_item(row)


def make_entry(**changes: Any) -> Item:
    return parse_item(json.dumps({**ENTRY, **changes}).encode())


def facets_of(document: Document) -> dict[str, list[object]]:
    told: dict[str, list[object]] = {}
    for facet in document.facets:
        told.setdefault(facet.name, []).append(facet.value)
    return told
