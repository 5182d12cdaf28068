"""Lists of workflow steps: an entry is shown to those of its step, within those of its folder."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from connector.sandbox.faults import HTML_200, LIST_200, How, Instead, Status
from connector.sandbox.interaxo_items import Step
from tests.estates import Small
from tests.neighbourhood import Neighbourhood
from tests.people.estate import ALL, ALL_AND_FEW, FEW, PEOPLE, estate, may_see, sees
from tests.rules.ground import authorities_of, break_all

MODES = pytest.mark.parametrize("mode", ["folder", "item"])
UNKNOWN: dict[str, How] = {
    "empty": LIST_200,
    "html": HTML_200,
    "403": Status(403),
    "503": Status(503),
    "hundred": Instead(
        msgspec.json.encode([{"type": "user", "id": f"u{n}", "name": "U"} for n in range(100)])
    ),
}


def step_of(near: Neighbourhood, small: Small, name: str) -> str:
    """The id of a step of the workflow folder."""
    return next(step.id for step in near.rooms._items[small.reviews].steps if step.name == name)


def assert_all_see_what_they_may(near: Neighbourhood) -> None:
    for person in PEOPLE:
        assert sees(near, person) == may_see(near, person), person


@MODES
@pytest.mark.parametrize("listed", [True, False], ids=["told", "404"])
async def test_entries_of_a_closed_step_are_found_by_those_of_the_step(
    tmp_path: Path, mode: str, listed: bool
) -> None:
    async with estate(tmp_path, mode) as (near, small):
        near.rooms.quirks.authorities_on_steps = listed
        near.rooms.set_authorities(small.reviews, ALL_AND_FEW)
        near.rooms.set_step_authorities(small.reviews, "Published", FEW)
        paper = near.rooms.add_file(small.current, "paper.txt", content=b"x")
        open_entry = near.rooms.add_entry(small.reviews, "open", {"Name": "open"}, step="New")
        await near.run("full")
        assert {f"ix-{small.current}", f"ix-{paper}"} <= sees(near, "ola")
        assert not {f"ix-{small.current}", f"ix-{paper}"} & sees(near, "kari")
        assert f"ix-{open_entry}" in sees(near, "kari")
        assert_all_see_what_they_may(near)


@MODES
async def test_step_that_is_closed_or_opened_shows_in_the_next_delta(tmp_path: Path, mode: str) -> None:
    async with estate(tmp_path, mode) as (near, small):
        near.rooms.quirks.authorities_on_steps = True
        near.rooms.set_authorities(small.reviews, ALL_AND_FEW)
        paper = near.rooms.add_file(small.current, "paper.txt", content=b"x")
        await near.run("full")
        assert f"ix-{paper}" in sees(near, "kari")
        for authorities in (FEW, ALL_AND_FEW, ALL, None):
            near.rooms.set_step_authorities(small.reviews, "Published", authorities)
            await near.run("delta")
            assert_all_see_what_they_may(near)


async def test_only_the_step_is_asked_when_its_list_changes(tmp_path: Path) -> None:
    async with estate(tmp_path, "folder", sources__interaxo__audience_share=0.001) as (near, small):
        near.rooms.quirks.authorities_on_steps = True
        near.rooms.set_authorities(small.reviews, ALL_AND_FEW)
        await near.run("full")
        await near.run("delta")
        near.rooms.set_step_authorities(small.reviews, "Published", FEW)
        near.wire.clear()
        await near.run("delta")
        asked = [call.path.split("/")[-3] for call in near.wire.calls if "mentionable" in call.path]
        assert step_of(near, small, "Published") in asked
        assert small.current not in asked
        assert f"ix-{small.current}" not in sees(near, "kari")


@MODES
async def test_entry_that_moves_to_another_step_takes_its_audience(tmp_path: Path, mode: str) -> None:
    async with estate(tmp_path, mode) as (near, small):
        near.rooms.quirks.authorities_on_steps = True
        near.rooms.set_authorities(small.reviews, ALL_AND_FEW)
        near.rooms.set_step_authorities(small.reviews, "Published", FEW)
        near.rooms.set_step_authorities(small.reviews, "New", ALL)
        await near.run("full")
        for step in ("New", "Published"):
            near.rooms.move_step(small.current, step)
            await near.run("delta")
            assert_all_see_what_they_may(near)


@pytest.mark.parametrize("how", UNKNOWN)
async def test_unknown_list_of_a_step_keeps_the_known_and_parks_the_new(tmp_path: Path, how: str) -> None:
    async with estate(tmp_path, "folder") as (near, small):
        near.rooms.quirks.authorities_on_steps = True
        near.rooms.set_authorities(small.reviews, ALL_AND_FEW)
        near.rooms.set_step_authorities(small.reviews, "Published", FEW)
        await near.run("full")
        break_all(near, authorities_of(step_of(near, small, "Published")), UNKNOWN[how])
        new = near.rooms.add_entry(small.reviews, "new", {"Name": "new"}, step="Published")
        for mode in ("delta", "full"):
            near.clock.pass_seconds(90_000)
            report = await near.run(mode)
            assert f"ix-{small.current}" in sees(near, "ola")
            assert f"ix-{small.current}" not in sees(near, "kari")
            # a full run asks every entry by itself, so it can do without the list of the step
            assert report.outcome == ("withheld" if mode == "delta" else "succeeded"), report.reasons
            assert (f"ix-{new}" in near.found()) == (mode == "full")
        near.wire.clear()
        near.clock.pass_seconds(90_000)
        await near.run("delta")
        assert_all_see_what_they_may(near)


async def test_step_is_no_wider_than_its_folder(tmp_path: Path) -> None:
    async with estate(tmp_path, "folder", sources__interaxo__audience_share=0.001) as (near, small):
        near.rooms.quirks.authorities_on_steps = True
        near.rooms.set_authorities(small.reviews, ALL_AND_FEW)
        await near.run("full")
        near.rooms.set_authorities(small.reviews, FEW)
        near.rooms.set_step_authorities(small.reviews, "Published", ALL_AND_FEW)
        await near.run("delta")
        assert f"ix-{small.current}" not in sees(near, "kari")


def add_step(near: Neighbourhood, small: Small, name: str, *, historical: bool = False) -> None:
    """Add a step to the workflow folder, of which nothing of the folder's own row tells."""
    near.rooms._items[small.reviews].steps.append(
        Step(name, id=f"00000000-0000-4000-8000-{len(name):012}", historical=historical)
    )


@MODES
@pytest.mark.parametrize("listed", [True, False], ids=["told", "404"])
async def test_entries_of_a_closed_step_that_is_new_are_found_by_those_of_the_step(
    tmp_path: Path, mode: str, listed: bool
) -> None:
    async with estate(tmp_path, mode, sources__interaxo__audience_share=0.001) as (near, small):
        near.rooms.quirks.authorities_on_steps = listed
        near.rooms.set_authorities(small.reviews, ALL_AND_FEW)
        await near.run("full")
        await near.run("delta")
        add_step(near, small, "Internal")
        near.rooms.set_step_authorities(small.reviews, "Internal", FEW)
        new = near.rooms.add_entry(small.reviews, "new", {"Name": "new"}, step="Internal")
        near.rooms.move_step(small.current, "Internal")
        for _ in range(2):
            await near.run("delta")
            assert_all_see_what_they_may(near)
            assert {f"ix-{new}", f"ix-{small.current}"} <= sees(near, "ola")


@pytest.mark.parametrize("mode", ["room", "folder", "item"])
async def test_entries_of_a_historical_step_that_is_new_are_left_out(tmp_path: Path, mode: str) -> None:
    async with estate(tmp_path, mode, sources__interaxo__audience_share=0.001) as (near, small):
        await near.run("full")
        await near.run("delta")
        add_step(near, small, "Old", historical=True)
        near.rooms.add_entry(small.reviews, "older", {"Name": "older"}, step="Old")
        near.rooms.move_step(small.current, "Old")
        await near.run("delta")
        assert near.found() == near.expected()
        assert f"ix-{small.current}" not in near.found()


@pytest.mark.parametrize("mode", ["room", "folder"])
async def test_a_step_that_its_folder_never_tells_is_asked_for_once(tmp_path: Path, mode: str) -> None:
    """The folder's answer lacks a step in which entries stand: who may see that step is asked, and the folder no more because of it."""
    async with estate(tmp_path, mode, sources__interaxo__audience_share=0.001) as (near, small):
        near.rooms.quirks.authorities_on_steps = True
        near.rooms.set_authorities(small.reviews, ALL_AND_FEW)
        near.rooms.set_step_authorities(small.reviews, "Published", FEW)
        told = {"id": small.reviews, "type": "workflow-folder", "name": "Reviews", "parent_id": small.bridge}
        break_all(near, f"GET *content/{small.reviews}", Instead(msgspec.json.encode(told)))
        await near.run("full")
        await near.run("delta")
        near.wire.calls.clear()
        near.rooms.rename(small.current, "edited")
        await near.run("delta")
        assert not [call for call in near.wire.calls if call.path.endswith(f"/content/{small.reviews}")]
        assert near.document(small.current)["Title"] == "edited"
        assert (f"ix-{small.current}" in sees(near, "kari")) == (mode == "room")


@pytest.mark.parametrize("mode", ["folder", "item"])
@pytest.mark.parametrize(
    "quirks",
    [{"authorities_on_steps": True}, {"authorities_on_simple_folders": False}],
    ids=["steps", "folders"],
)
async def test_in_a_public_room_what_lacks_nobody_of_it_stays_public_whoever_tells_lists(
    tmp_path: Path, mode: str, quirks: dict[str, bool]
) -> None:
    async with estate(tmp_path, mode, sources__interaxo__public_rooms=["bridge"]) as (near, small):
        for name, value in quirks.items():
            setattr(near.rooms.quirks, name, value)
        near.rooms.set_step_authorities(small.reviews, "New", FEW)
        closed = near.rooms.add_entry(small.reviews, "closed", {"Name": "closed"}, step="New")
        paper = near.rooms.add_file(small.current, "paper.txt", content=b"x")
        for _ in range(2):
            await near.run("full")
        public = {
            native
            for native in (small.current, paper, small.section, small.plan)
            if near.document(native)["IsPublic"]
        }
        assert public == {small.current, paper, small.section, small.plan}
        assert not near.document(closed)["IsPublic"]
