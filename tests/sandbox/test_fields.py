"""Ids of fields: as the live API has them in the sample estate, and whatever they are, everything else keeps its own."""

from __future__ import annotations

import uuid
from collections import Counter

import pytest

from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_items import FieldDefinition
from connector.sandbox.sample import furnish


def definitions(world: InteraxoWorld) -> list[FieldDefinition]:
    return [one for item in world._items.values() for one in item.definitions]


def test_fields_of_the_sample_have_ids_as_the_live_api_has_them() -> None:
    world = InteraxoWorld()
    furnish(world)
    found = definitions(world)
    for one in found:
        if one.type == "list":
            assert one.id.startswith("phentry:list")
        else:
            assert str(uuid.UUID(one.id)) == one.id
    ids = Counter(one.id for one in found)
    assert {one.id for one in found if ids[one.id] > 1} <= {one.id for one in found if one.type == "list"}
    assert any(count > 1 for count in ids.values()), (
        "a list of a template has one id in every folder made of it"
    )
    for item in world._items.values():
        assert len({one.id for one in item.definitions}) == len(item.definitions)


@pytest.mark.parametrize("live", [True, False])
def test_other_ids_are_the_same_whatever_fields_have(live: bool) -> None:
    worlds = []
    for as_live in (live, False):
        world = InteraxoWorld()
        world.live_fields = as_live
        world.add_community("c", "C")
        root = world.add_room("c", "r", "R")
        fields = [FieldDefinition("Title", entry_title=True), FieldDefinition("Kind", "list", options=("a",))]
        folder = world.add_active_folder(root, "F", fields=fields)
        world.add_entry(folder, "E", values={"Title": "E", "Kind": ["a"]})
        worlds.append([item.id for item in world.items()])
    assert worlds[0] == worlds[1]
