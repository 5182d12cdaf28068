"""Rules 6 and 7: others altogether see a place, and what it held has left it: they never find that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from connector.sandbox.faults import RESET_BEFORE, Call, Fault, Status
from tests.estates import Small
from tests.neighbourhood import Neighbourhood
from tests.people.estate import ALL, FEW, address, estate, sees
from tests.rules.ground import break_all, children_of, when

ONLY_PER = [("user", address("per"))]


def watch(near: Neighbourhood, person: str) -> set[str]:
    """Gather what a person finds at any call from now on."""
    found: set[str] = set()

    def look(call: Call) -> bool:
        found.update(sees(near, person))
        return False

    near.wire.faults.insert(0, Fault(look, RESET_BEFORE, times=None))
    return found


def children_listed(call: Call) -> bool:
    """Whether a container is listed: the crawl has begun."""
    return call.path.endswith("/children")


def inside_of(near: Neighbourhood, root: str) -> set[str]:
    """What a room holds, without the room itself."""
    return {one.id for one in near.rooms._items.values() if near.rooms.root_of(one).id == root} - {root}


def one_of(items: set[str]) -> Callable[[Call], bool]:
    """The calls that ask for one of these by itself."""
    return lambda call: call.path.rpartition("/content/")[2] in items


async def _moved_to_a_closed_room(near: Neighbourhood, small: Small) -> None:
    """The plan goes to the tunnel, which per alone sees; its old room is for others than before."""
    near.rooms.set_authorities(small.tunnel, ONLY_PER)
    near.rooms.set_authorities(small.bridge, ALL)
    await near.run("full")
    assert f"ix-{small.plan}" in sees(near, "kari")
    near.rooms.move(small.plan, small.tunnel)
    for one in (small.bridge, small.drawings):
        near.rooms.set_authorities(one, FEW)


@pytest.mark.parametrize("mode", ["delta", "full"])
@pytest.mark.parametrize("wrong_room", [404, 200])
@pytest.mark.parametrize("permissions", ["room", "folder"])
async def test_who_sees_the_room_now_never_finds_what_left_it_for_a_closed_one(
    tmp_path: Path, permissions: str, wrong_room: int, mode: str
) -> None:
    async with estate(tmp_path, permissions) as (near, small):
        near.rooms.quirks.wrong_room_status = wrong_room
        await _moved_to_a_closed_room(near, small)
        found = watch(near, "ola")
        await near.run(mode)
        assert f"ix-{small.plan}" not in found
        assert f"ix-{small.drawings}" in sees(near, "ola"), "what stayed is exchanged"
        assert f"ix-{small.drawings}" not in sees(near, "kari")
        assert f"ix-{small.plan}" not in sees(near, "kari")
        assert f"ix-{small.plan}" in sees(near, "per")
        report = await near.run(mode)
        assert (report.outcome, f"ix-{small.plan}" in found) == ("succeeded", False)


@pytest.mark.parametrize("permissions", ["room", "folder"])
async def test_neither_do_they_find_what_stands_in_a_folder_that_left_it(
    tmp_path: Path, permissions: str
) -> None:
    async with estate(tmp_path, permissions) as (near, small):
        near.rooms.set_authorities(small.tunnel, ONLY_PER)
        near.rooms.set_authorities(small.bridge, ALL)
        await near.run("full")
        moved = {f"ix-{small.drawings}", f"ix-{small.plan}"}
        assert moved <= sees(near, "kari")
        near.rooms.move(small.drawings, small.tunnel)
        near.rooms.set_authorities(small.bridge, FEW)
        found = watch(near, "ola")
        await near.run("delta")
        assert not moved & found
        assert f"ix-{small.bridge}" in found


@pytest.mark.parametrize("permissions", ["room", "folder"])
async def test_nor_where_the_crawl_does_not_come_to_the_closed_room(tmp_path: Path, permissions: str) -> None:
    async with estate(tmp_path, permissions) as (near, small):
        await _moved_to_a_closed_room(near, small)
        found = watch(near, "ola")
        down = break_all(near, children_of(small.tunnel), Status(503))
        for _ in range(3):
            await near.run("delta")
        near.wire.faults.remove(down)
        assert f"ix-{small.drawings}" in sees(near, "ola")
        await near.run("delta")
        assert f"ix-{small.plan}" not in found
        assert f"ix-{small.plan}" in sees(near, "per")
        assert f"ix-{small.plan}" not in sees(near, "kari")


@pytest.mark.parametrize("permissions", ["room", "folder"])
@pytest.mark.parametrize(
    "where", ["to a room that the account lost", "nowhere, and more than may be removed"]
)
async def test_what_is_on_hold_since_it_was_met_nowhere_is_lost_by_its_former_readers(
    tmp_path: Path, where: str, permissions: str
) -> None:
    async with estate(tmp_path, permissions, safety__max_deletes=1) as (near, small):
        near.rooms.set_authorities(small.bridge, ALL)
        await near.run("full")
        gone = {small.plan, small.photo}
        assert {f"ix-{one}" for one in gone} <= sees(near, "kari")
        if where.startswith("to"):
            near.rooms.hide_room(small.tunnel, 404)
            for one in gone:
                near.rooms.move(one, small.tunnel)
        else:
            for one in gone:
                near.rooms.remove(one)
        for one in (small.bridge, small.drawings):
            near.rooms.set_authorities(one, FEW)
        for _ in range(2):
            report = await near.run("delta")
        assert {f"ix-{one}" for one in gone} <= near.found(), "on hold, until somebody decides"
        assert report.outcome in ("braked", "withheld")
        assert not {f"ix-{one}" for one in gone} & sees(near, "kari")


@pytest.mark.parametrize("status", [403, 404, 429, 503])
async def test_no_narrowing_waits_for_items_that_do_not_answer_for_themselves(
    tmp_path: Path, status: int
) -> None:
    """They stand in their lists as before."""
    async with estate(tmp_path, "room") as (near, small):
        near.rooms.set_authorities(small.bridge, ALL)
        await near.run("full")
        near.rooms.set_authorities(small.bridge, FEW)
        inside = inside_of(near, small.bridge)
        break_all(near, one_of(inside), Status(status))
        left: list[set[str]] = []
        when(
            near,
            children_listed,
            lambda: left.append({f"ix-{one}" for one in inside} & sees(near, "kari")),
        )
        await near.run("delta")
        if status != 404:
            assert left == [set()], "before the crawl"
        assert not {f"ix-{one}" for one in inside} & sees(near, "kari"), (
            "what left its room is met by the crawl"
        )
        assert f"ix-{small.drawings}" in sees(near, "ola")


async def test_a_source_that_answers_no_question_is_not_asked_them_all(tmp_path: Path) -> None:
    """Of 100 at once; 300 items that wait for a silent host each would make the narrowings wait."""
    async with estate(tmp_path, "room") as (near, small):
        for number in range(300):
            near.rooms.add_file(small.drawings, f"{number}.txt", content=b"x")
        near.rooms.set_authorities(small.bridge, ALL)
        await near.run("full")
        near.rooms.set_authorities(small.bridge, FEW)
        single, first = one_of(inside_of(near, small.bridge)), len(near.wire.calls)
        asked: list[int] = []
        break_all(near, single, Status(503))
        when(near, children_listed, lambda: asked.append(sum(map(single, near.wire.calls[first:]))))
        await near.run("delta")
        assert 0 < asked[0] <= 100
