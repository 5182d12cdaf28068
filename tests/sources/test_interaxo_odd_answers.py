"""An item whose own answer cannot be read costs itself only: what stands in it is found, and nothing is removed by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connector.sandbox.faults import Instead
from connector.sandbox.interaxo_objects import Writer
from tests.combinations import in_turn
from tests.neighbourhood import Neighbourhood
from tests.people.estate import estate
from tests.rules.ground import ONLY_FEW, audience_of, break_all, list_under_wrong_id, live_gone, small_world

ODD: list[dict[str, Any]] = [
    {"name": ["x"]},
    {"created": -1},
    {"last_modified": {}},
    {"url": 5},
    {"mime_type": True},
    {"parent_id": 5},
]


def answer_oddly(near: Neighbourhood, native: str, odd: dict[str, Any]) -> None:
    """Have the call for one item itself answer with some odd values, from now on."""
    world = near.rooms
    item = world._items[native]
    root = world.root_of(item)
    assert root is not None
    told = Writer(world).write_item(item, world.rooms[root.id], world.path_of(item), listed=False)
    break_all(near, f"GET *content/{native}", Instead(json.dumps(told | odd).encode()))


@pytest.mark.parametrize(
    ("permissions", "odd"),
    in_turn(("room", "item"), [*ODD, {"features": 2.5}, {"fields": -1}, {"steps": [5]}]),
    ids=str,
)
async def test_a_room_whose_root_answers_oddly_is_read_all_the_same(
    tmp_path: Path, permissions: str, odd: dict[str, Any]
) -> None:
    async with estate(tmp_path, permissions) as (near, small):
        answer_oddly(near, small.bridge, odd)
        report = await near.run("full")
        assert near.expected() - near.found() == {f"ix-{small.bridge}"}
        assert report.outcome == "quarantined", report.reasons
        assert any("The Bridge" in reason for reason in report.reasons) or report.documents.quarantined == 1
        with near.app().ledger() as ledger:
            (parked,) = ledger.quarantine("intranet").parked()
        assert (parked.id, parked.title) == (f"ix-{small.bridge}", "The Bridge")
        near.wire.clear()
        assert (await near.run("full")).outcome == "succeeded"
        assert near.found() == near.expected()


async def test_a_room_whose_root_answers_oddly_stays_and_is_kept_up_to_date(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        answer_oddly(near, small.bridge, {"name": 5})
        near.rooms.add_file(small.details, "new.txt", content=b"new")
        near.rooms.set_authorities(small.bridge, [("group", "few")])
        for mode in ("delta", "full", "delta"):
            report = await near.run(mode)
            assert near.found() == near.expected(), report.reasons
            assert audience_of(near, small.plan) == [ONLY_FEW]
        assert not live_gone(near)


@pytest.mark.parametrize("folder", ["rfis", "reviews"])
@pytest.mark.parametrize("odd", ODD, ids=str)
async def test_a_folder_that_tells_its_definitions_and_something_odd_is_listed(
    tmp_path: Path, folder: str, odd: dict[str, Any]
) -> None:
    async with estate(tmp_path, "item") as (near, small):
        answer_oddly(near, getattr(small, folder), odd)
        report = await near.run("full")
        assert near.found() == near.expected()
        assert report.outcome == "succeeded", report.reasons


@pytest.mark.parametrize(
    "odd", [{"steps": [5]}, {"steps": "x"}, {"fields": [{"entry_title": 2.5}]}, {"id": "another"}], ids=str
)
async def test_a_folder_whose_definitions_cannot_be_read_is_named_and_shows_nothing_historical(
    tmp_path: Path, odd: dict[str, Any]
) -> None:
    async with estate(tmp_path, "item") as (near, small):
        answer_oddly(near, small.reviews, odd)
        report = await near.run("full")
        assert near.expected() - near.found() == {f"ix-{small.current}"}
        assert near.found() <= near.expected()
        assert report.outcome == "withheld"
        assert any(small.reviews in error for error in report.sources["interaxo"].errors)


@pytest.mark.parametrize("odd", ODD, ids=str)
async def test_what_stands_in_an_entry_that_answers_oddly_is_found(
    tmp_path: Path, odd: dict[str, Any]
) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.quirks.entries_list_fields = False
        answer_oddly(near, small.rfi, odd)
        report = await near.run("full")
        assert near.expected() - near.found() == {f"ix-{small.rfi}"}
        assert report.outcome == "quarantined", report.reasons


@pytest.mark.parametrize("permissions", ["room", "folder", "item"])
async def test_a_row_under_the_id_of_another_room_touches_nothing_of_that_room(
    tmp_path: Path, permissions: str
) -> None:
    async with estate(tmp_path, permissions) as (near, small):
        await near.run("full")
        before = dict(near.document(small.tunnel))
        list_under_wrong_id(near, small.bridge, small.drawings, small.tunnel)
        for mode in ("delta", "full", "delta"):
            report = await near.run(mode)
            assert report.outcome == "withheld"
            assert near.document(small.tunnel)["Title"] == before["Title"]
            assert near.document(small.tunnel)["ExternalIdentities"] == before["ExternalIdentities"]
            near.clock.pass_seconds(400)
        assert near.found() == near.expected()
        near.wire.clear()
        for _ in range(2):
            report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert near.found() == near.expected()
