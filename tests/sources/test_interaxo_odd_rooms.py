"""Odd rooms, communities and lists of readers of Interaxo cost themselves only."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connector.sandbox.faults import HTML_200, Call, Fault, How, Instead, Status
from connector.sandbox.interaxo import InteraxoWorld
from tests.combinations import every_other
from tests.estates import EVERYONE
from tests.neighbourhood import Neighbourhood
from tests.people.estate import COMMUNITY, address, estate, sees
from tests.rules.ground import FEW, ONLY_FEW, audience_of, break_all, live_gone, small_world
from tests.sources.interaxo_odd import page


def room_row(world: InteraxoWorld, root: str, **changes: Any) -> dict[str, Any]:
    room = world.rooms[root]
    return {"id": room.id, "name": room.name, "content": {"root_id": root}, **changes}


@pytest.mark.parametrize(
    "odd",
    [
        {"content": None}, {"content": {}}, {"content": {"root_id": ""}}, {"content": {"root_id": None}}, {"content": "r"},
        {"id": ""}, {"id": None},
    ],
    ids=str,
)  # fmt: skip
async def test_a_room_without_what_decides_is_named_and_the_others_go_on(
    tmp_path: Path, odd: dict[str, Any]
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.add_file(small.tunnel, "new.txt", content=b"new")
        rows = [room_row(near.rooms, small.bridge, **odd), room_row(near.rooms, small.tunnel), None]

        def first_page(call: Call) -> bool:
            return call.path.endswith("/rooms") and "skip" not in call.query

        break_all(near, first_page, Instead(page(*[row for row in rows if row is not None])))
        report = await near.run("delta")
        assert report.outcome == "withheld"
        assert any("cannot be read" in error for error in report.sources["interaxo"].errors)
        assert not report.documents.held
        assert not live_gone(near)
        assert near.found() == near.expected()


def shown(near: Neighbourhood) -> dict[str, dict[str, Any]]:
    """Every document as it is in the intranet, without the connector's notes beside it."""
    return {
        key: {name: value for name, value in one.document.items() if name != "SynchroniseState"}
        for key, one in near.intranet.documents.items()
    }


DEEP = [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]
ODD_DECORATIONS: list[tuple[str, Any]] = [
    *[("name", odd) for odd in (5, [], {"en": "Bridge"}, DEEP)],
    *[("description", odd) for odd in (True, [], {"html": "x"}, DEEP)],
    *[("workspace", odd) for odd in (5, "w", [], {}, {"id": 5}, {"id": "w", "name": 5})],
    *[("metadata", odd) for odd in (5, [], {"k": 5}, {"k": {"label": 5}}, {"k": {"value": DEEP}})],
]


def give_rows(near: Neighbourhood, ending: str, *rows: dict[str, Any]) -> None:
    """Have a list of the host be these rows from now on."""
    break_all(
        near, lambda call: call.path.endswith(ending) and "skip" not in call.query, Instead(page(*rows))
    )


@pytest.mark.parametrize(("field", "odd"), ODD_DECORATIONS, ids=str)
async def test_a_room_with_an_odd_decoration_is_read_without_it_and_named_once(
    tmp_path: Path, field: str, odd: Any
) -> None:
    async with small_world(tmp_path) as (near, small):
        sound = {"description": "About it", "workspace": {"id": "w", "name": "Works"}}
        rows = [
            room_row(near.rooms, small.bridge, **{**sound, field: odd}),
            room_row(near.rooms, small.tunnel),
        ]
        give_rows(near, "/rooms", *rows)
        for mode in ("full", "delta"):
            report = await near.run(mode)
            assert report.outcome == "succeeded", report.reasons
            assert near.found() == near.expected()
            (told,) = [one for one in report.reasons if "example-corp/bridge" in one]
            assert field in told
            near.rooms.set_authorities(small.bridge, FEW)
        assert audience_of(near, small.plan) == [ONLY_FEW], "whoever loses a right loses it"
        title = near.document(small.bridge)["Title"]
        assert title == ("bridge" if field == "name" else "The Bridge")
        near.wire.clear()
        report = await near.run("delta")
        assert (report.outcome, report.reasons) == ("succeeded", [])
        assert near.document(small.bridge)["Title"] == "The Bridge"
        assert not live_gone(near)


@pytest.mark.parametrize(("field", "odd"), every_other(ODD_DECORATIONS), ids=str)
async def test_a_decoration_that_cannot_be_read_for_a_time_sends_nothing_anew(
    tmp_path: Path, field: str, odd: Any
) -> None:
    async with small_world(tmp_path) as (near, small):
        sound = {
            "description": "About it",
            "workspace": {"id": "w", "name": "Works"},
            "metadata": {"b": {"value": "B"}, "a": {"label": "Phase", "value": "Design"}},
        }
        tunnel = room_row(near.rooms, small.tunnel)
        give_rows(near, "/rooms", room_row(near.rooms, small.bridge, **sound), tunnel)
        assert (await near.run("full")).outcome == "succeeded"
        before = shown(near)
        near.wire.clear()
        give_rows(near, "/rooms", room_row(near.rooms, small.bridge, **{**sound, field: odd}), tunnel)
        for _ in range(2):
            report = await near.run("delta")
            assert (report.outcome, report.documents.updated) == ("succeeded", 0), report.reasons
            assert any(field in one for one in report.reasons if "example-corp/bridge" in one)
        renamed = {**sound, "name": "The Old Bridge", "description": "All about it"}
        near.wire.clear()
        give_rows(near, "/rooms", room_row(near.rooms, small.bridge, **{**renamed, field: odd}), tunnel)
        assert (await near.run("delta")).outcome == "succeeded"
        title = near.document(small.bridge)["Title"]
        assert title == ("The Bridge" if field == "name" else "The Old Bridge"), (
            "the others are as they are now"
        )
        near.wire.clear()
        give_rows(near, "/rooms", room_row(near.rooms, small.bridge, **sound), tunnel)
        assert (await near.run("delta")).outcome == "succeeded"
        assert shown(near) == before


async def test_what_is_sound_of_odd_metadata_stays(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        metadata = {"a": {"label": "Phase", "value": "Design"}, "b": 5, "c": {"label": 7, "value": "C"}}
        give_rows(
            near,
            "/rooms",
            room_row(near.rooms, small.bridge, metadata=metadata),
            room_row(near.rooms, small.tunnel),
        )
        assert (await near.run("full")).outcome == "succeeded"
        facets = {one["Name"]: one["TextValue"] for one in near.document(small.plan)["Taxonomy"]}
        assert (facets["Phase"], facets["c"]) == ("Design", "C")


@pytest.mark.parametrize("odd", [5, [], {}, True, ["x"]], ids=str)
async def test_a_community_with_an_odd_name_is_read_by_its_id(tmp_path: Path, odd: Any) -> None:
    async with small_world(tmp_path) as (near, _):
        give_rows(near, "/communities", {"id": "example-corp", "name": odd})
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert near.found() == near.expected()
        (told,) = [one for one in report.reasons if "example-corp" in one]
        assert "name" in told


@pytest.mark.parametrize("odd", [5, [], {}, True, ["x"]], ids=str)
async def test_a_community_whose_name_cannot_be_read_for_a_time_keeps_it(tmp_path: Path, odd: Any) -> None:
    async with small_world(tmp_path) as (near, _):
        assert (await near.run("full")).outcome == "succeeded"
        give_rows(near, "/communities", {"id": "example-corp", "name": odd})
        report = await near.run("delta")
        assert (report.outcome, report.documents.updated) == ("succeeded", 0), report.reasons
        assert [one for one in report.reasons if "example-corp" in one]
        near.wire.clear()
        report = await near.run("delta")
        assert (report.outcome, report.documents.updated) == ("succeeded", 0), report.reasons


@pytest.mark.parametrize("odd", [5, [], {}, True, ["x"]], ids=str)
async def test_a_person_with_an_odd_name_keeps_no_right_that_she_lost(tmp_path: Path, odd: Any) -> None:
    async with estate(tmp_path, "room") as (near, _):
        assert (await near.run("full")).outcome == "succeeded"
        kari = address("kari")
        assert sees(near, "kari")
        profile = json.dumps({"id": kari, "name": odd, "email": kari}).encode()
        break_all(near, f"GET *people/{kari}", Instead(profile))
        near.rooms.people[COMMUNITY, kari] = replace(near.rooms.people[COMMUNITY, kari], groups=())
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert not sees(near, "kari")
        (told,) = [one for one in report.reasons if kari in one]
        assert "name" in told


@pytest.mark.parametrize("odd", [5, [], {}, True, ["x"]], ids=str)
async def test_an_author_whose_name_cannot_be_read_for_a_time_keeps_it(tmp_path: Path, odd: Any) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.add_person("example-corp", "eva", "Eva Lund", "eva@example.com")
        near.rooms.add_file(small.tunnel, "by Eva.txt", content=b"x", author="eva")
        await near.run("full")
        before = shown(near)
        assert "Eva Lund" in str(before)
        profile = json.dumps({"id": "eva", "name": odd, "email": "eva@example.com"}).encode()
        break_all(near, "GET *people/eva", Instead(profile))
        for mode in ("full", "delta"):
            report = await near.run(mode)
            assert report.outcome == "succeeded", report.reasons
            assert shown(near) == before
        near.wire.clear()
        report = await near.run("full")
        assert (report.outcome, report.reasons) == ("succeeded", [])
        assert shown(near) == before


async def test_an_odd_community_costs_no_other(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        body = page({"id": 5}, {"id": "example-corp", "name": "Example Corp"}, {"id": ""})
        near.wire.add(Fault("GET */communities", Instead(body)))
        report = await near.run("full")
        assert near.found() == near.expected()
        assert report.outcome == "withheld"
        assert len(report.sources["interaxo"].errors) == 2


@pytest.mark.parametrize("how", [Status(403), Status(404), Status(500), HTML_200], ids=str)
async def test_a_community_whose_rooms_cannot_be_listed_is_named_and_the_others_go_on(
    tmp_path: Path, how: How
) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.add_community("other.no", "Other")
        near.rooms.add_group("other.no", "all", "All")
        other = near.rooms.add_room("other.no", "quay", "Quay", authorities=EVERYONE)
        moves = near.rooms.add_file(small.tunnel, "moves.txt", content=b"x")
        near.rooms.add_file(other, "stays.txt", content=b"x")
        await near.run("full")
        before = near.found()
        break_all(near, "GET */other.no/rooms", how)
        near.rooms.add_file(small.tunnel, "new.txt", content=b"new")
        near.rooms.set_authorities(small.bridge, FEW)
        near.rooms.move(moves, other)
        for mode in ("delta", "full"):
            report = await near.run(mode)
            assert report.outcome == "withheld"
            assert [error for error in report.sources["interaxo"].errors if "the community other.no" in error]
            assert before <= near.found() == near.expected(), "also what moved there, and what stands there"
            assert audience_of(near, small.plan) == [ONLY_FEW], "who loses a room elsewhere loses it now"
            near.clock.pass_seconds(200)
        near.wire.clear()
        assert (await near.run("delta")).outcome == "succeeded"
        assert near.found() == near.expected()


async def test_where_no_community_lists_its_rooms_the_source_is_not_read(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        before = near.found()
        break_all(near, "GET */rooms", Status(403))
        report = await near.run("full")
        assert (report.outcome, near.found()) == ("failed", before)
        assert any("403" in error for error in report.sources["interaxo"].errors)


@pytest.mark.parametrize(
    "odd",
    [
        {"id": None, "type": "user"},
        {"id": "", "type": "group"},
        {"id": "all"},
        {"id": "all", "type": 5},
        None,
    ],
)
async def test_a_list_of_readers_with_an_odd_row_is_unknown_and_narrows_nothing(
    tmp_path: Path, odd: Any
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.clock.pass_seconds(1_000)
        body = json.dumps([{"type": "group", "id": "few"}, odd]).encode()
        break_all(near, f"GET *content/{small.tunnel}/comments/mentionable-authorities", Instead(body))
        report = await near.run("delta")
        assert report.outcome == "withheld"
        assert near.document(small.report)["ExternalIdentities"] == ["interaxo:group:example-corp/all"]
