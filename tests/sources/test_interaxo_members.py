"""People in the fields of an entry stand by their names, as authors do, and are found by their ids, too."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connector.sandbox.faults import Fault, Status
from connector.sources.interaxo.members import ids_in, nameless_in, with_names
from connector.sources.interaxo.people import Directory
from connector.sources.interaxo.wire import Field, Item
from tests.rules.ground import small_world
from tests.sources.notes_in_memory import NotesInMemory

KARI = {"id": "kari", "type": "user"}
GROUP = {"id": "g1", "type": "group", "name": "Group A"}


def entry(value: Any) -> Item:
    return Item(id="e", type="entry", fields=[Field(id="f", type="member", name="Ansvarlig", value=value)])


def test_a_person_without_a_name_gets_one_and_a_group_keeps_its_own() -> None:
    named = with_names(entry([KARI, GROUP]), {"kari": "Kari Nordmann"}.__getitem__)
    assert named.fields
    assert named.fields[0].content == [{**KARI, "name": "Kari Nordmann"}, GROUP]


def test_a_name_that_cannot_be_told_leaves_the_id() -> None:
    assert with_names(entry(KARI), lambda _: "") == entry(KARI)


def test_odd_values_name_nobody() -> None:
    for value in (None, "kari", 7, [None, 7, {"id": 7}, {"id": ""}, {"id": "a/b", "type": "group"}], {}):
        assert list(nameless_in([entry(value)])) == []
        assert ids_in(entry(value).fields or []) == []


def test_who_is_asked_for_is_who_has_no_name() -> None:
    row = entry([KARI, GROUP, {"id": "ola", "type": "user", "name": "Ola"}])
    assert [one.id for one in nameless_in([row])] == ["kari"]
    assert ids_in(row.fields or []) == ["kari", "ola"]


@pytest.mark.parametrize("value", [[KARI, GROUP, {"id": " ola"}], KARI], ids=["a list", "alone"])
def test_who_stands_in_a_field_is_asked_for(value: Any) -> None:
    asks = SimpleNamespace(profile=None, groups=None)
    directory = Directory(source="ix", notes=NotesInMemory(), fixed=(), file={}, asks=asks)
    directory.meet_in("corp", [entry(value)])
    assert directory.met == {"corp/kari"}


def facet(document: dict[str, Any], name: str) -> list[Any]:
    return [one["TextValue"] for one in document["Taxonomy"] if one["Name"] == name]


async def test_somebody_in_a_field_is_found_by_name_and_by_id(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        found = near.document(small.rfi)
        assert facet(found, "Responsible") == ["Kari Nordmann", "All participants"]
        assert "Responsible: Kari Nordmann, All participants" in found["FileContents"]
        assert "kari@example.com" in found["Keywords"]


async def test_a_name_that_cannot_be_asked_for_costs_nothing_but_itself(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.wire.add(Fault("GET */people/*", Status(404), times=None))
        await near.run("full")
        assert facet(near.document(small.rfi), "Responsible") == ["kari@example.com", "All participants"]
