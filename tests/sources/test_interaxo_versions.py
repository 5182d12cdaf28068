"""The version of an item of Interaxo changes when what is made of it may change, and only then."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from connector.document.document import Document
from connector.sources.interaxo.wire import Item
from tests.builders import AUDIENCE, audience_of
from tests.sources.interaxo_bridge import (
    DEFINITIONS,
    ROOT,
    ROWS,
    below,
    document_of,
    listed_in,
    make_entry,
    make_mapping,
    place_in,
    top_of,
)


def version(item: Item = ROWS["f1"], *folders: Item, **changes: Any) -> bytes:
    """All that decides whether an item is pushed: what is listed of it, and who may see it."""
    mapping = make_mapping(**changes.pop("rules", {}))
    listed = below(mapping, item, *(folders or (ROWS["d1"],)), **changes)
    return listed.version + (listed.audience.digest() if listed.audience else b"unknown")


def renamed(item: Item, name: str) -> Item:
    return msgspec.structs.replace(item, name=name)


@pytest.mark.parametrize(
    "changes",
    [
        {"audience": audience_of("ix:user:a")},
        {"audience": None},
        {"name": "The Bridge II"},
        {"id": "bridge-2"},
        {"workspace": {"id": "x", "name": "Other"}},
        {"metadata": {"project_ref": {"label": "Project", "value": "P-18"}}},
        {"rules": {"web_url": "https://other.example.com/{id}"}},
        {"rules": {"prefix": "iy"}},
        {"rules": {"overrides": {"file": {"type": "Drawing"}}}},
    ],
    ids=lambda change: str(next(iter(change.items())))[:40],
)
def test_a_change_of_what_an_item_inherits_changes_its_version(changes: dict[str, Any]) -> None:
    assert version(**changes) != version()


def test_a_renamed_or_moved_folder_changes_the_versions_below_it_and_no_others() -> None:
    other = renamed(ROWS["d1"], "Plans")
    deep = Item(id="d2", type="simple-folder", name="Details")
    assert version(ROWS["f1"], other) != version()
    assert version(ROWS["f1"], other, deep) != version(ROWS["f1"], ROWS["d1"], deep)
    assert version(ROWS["f1"], deep, ROWS["d1"]) != version(ROWS["f1"], ROWS["d1"], deep)
    assert version(ROWS["d1"], deep) == version(ROWS["d1"], deep)


@pytest.mark.parametrize(
    "room",
    [{"description": "Another"}, {"description": None}],
)
def test_what_only_the_room_shows_changes_only_the_room(room: dict[str, Any]) -> None:
    mapping = make_mapping()
    assert top_of(mapping, **room).version != top_of(mapping).version
    assert version(**room) == version()


def test_the_number_of_children_changes_no_version() -> None:
    mapping = make_mapping()
    grown = msgspec.structs.replace(ROWS["d1"], child_count=99)
    assert below(mapping, grown).version == below(mapping, ROWS["d1"]).version
    assert version(ROWS["f1"], grown) == version()
    assert (
        top_of(mapping, root=msgspec.structs.replace(ROOT, child_count=9)).version == top_of(mapping).version
    )


def test_settings_that_only_choose_rooms_or_leave_out_change_no_version() -> None:
    assert version(rules={"rooms": ("bridge",)}) == version()
    assert version(rules={"historical": True}) == version()
    assert version(rules={"overrides": {"file": {}}}) != b""


def test_a_changed_definition_changes_the_versions_of_its_entries() -> None:
    assert DEFINITIONS.fields
    plain = msgspec.structs.replace(
        DEFINITIONS, fields=[msgspec.structs.replace(one, entry_title=False) for one in DEFINITIONS.fields]
    )
    assert version(make_entry(), plain) != version(make_entry(), DEFINITIONS)


def test_an_authors_new_name_changes_the_version() -> None:
    mapping = make_mapping()
    place = place_in(top_of(mapping))
    assert (
        listed_in(mapping, ROWS["d1"], place, "Kari Hansen").version
        != listed_in(mapping, ROWS["d1"], place, "Kari Nordmann").version
    )


def test_items_with_equal_versions_give_equal_documents() -> None:
    seen: dict[bytes, Document] = {}
    for audience in (AUDIENCE, audience_of("ix:user:a")):
        for name in ("Drawings", "Plans"):
            for _ in range(2):
                mapping = make_mapping()
                folder = renamed(ROWS["d1"], name)
                document = document_of(mapping, ROWS["f1"], folder, audience=audience)
                assert seen.setdefault(version(ROWS["f1"], folder, audience=audience), document) == document
    assert len(seen) == 4
