"""
Groups for rooms, folders and items, people in several of them, and two sources whose ids are the same.

Whatever happens, no push shows anything to anybody outside the list that was read last; who may see, sees
after one delta (`room`, `fixed`), within as many as the share takes (`folder`), and at once after a full run.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connector.sandbox.faults import (
    HTML_200,
    LIST_200,
    RESET_AFTER,
    RESET_BEFORE,
    Call,
    Fault,
    How,
    Instead,
    Status,
)
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.run import open_sandbox
from tests.combinations import in_turn
from tests.neighbourhood import Neighbourhood
from tests.people.estate import COMMUNITY, address

GROUPS = ("bridge", "tunnel", "steel", "board")
MEMBERS = {
    "interaxo": {"anna": ["bridge"], "bo": ["bridge", "steel"], "cia": ["tunnel", "board"], "dag": []},
    "other": {"anna": ["tunnel"], "bo": [], "cia": ["bridge", "steel", "board"], "dag": ["tunnel"]},
}
"""The same people and groups in both sources, and other memberships."""
PREFIX = {"interaxo": "ix", "other": "ox"}
Edit = tuple[str, str, list[tuple[str, str]]]
"""A source, the name of an item in it, and who may see it from now on."""
MODES = pytest.mark.parametrize("mode", ["room", "folder", "item", "fixed"])
UNREADABLE: dict[str, How] = {
    "empty": LIST_200,
    "html": HTML_200,
    "403": Status(403),
    "404": Status(404),
    "503": Status(503),
    "hundred": Instead(
        msgspec.json.encode(
            [{"type": "group", "id": f"g{n}", "name": "G"} for n in range(99)]
            + [{"type": "group", "id": "tunnel", "name": "T"}]
        )
    ),
}


def furnish(world: InteraxoWorld, source: str) -> None:
    """Two rooms; a folder, an active folder, an entry and files with lists of their own."""
    world.add_community(COMMUNITY, "Example Corp")
    for group in GROUPS:
        world.add_group(COMMUNITY, group, group.title())
    bridge = world.add_room(
        COMMUNITY, "bridge", "Bridge", authorities=[("group", "bridge"), ("group", "board")]
    )
    tunnel = world.add_room(
        COMMUNITY, "tunnel", "Tunnel", authorities=[("group", "tunnel"), ("group", "board")]
    )
    steel = world.add_folder(bridge, "Steel")
    world.set_authorities(steel, [("group", "steel"), ("group", "board")])
    world.add_file(steel, "steel.txt", content=b"steel")
    secret = world.add_file(steel, "board.txt", content=b"board")
    world.set_authorities(secret, [("group", "board")])
    drawings = world.add_folder(bridge, "Drawings")
    world.add_file(drawings, "open.txt", content=b"open")
    rfis = world.add_active_folder(tunnel, "RFIs", fields=[])
    entry = world.add_entry(rfis, "one", {})
    world.add_file(entry, "photo.txt", content=b"photo")
    named = world.add_entry(rfis, "named", {})
    world.set_authorities(named, [("user", address("dag")), ("group", "board")])
    for person, groups in MEMBERS[source].items():
        world.add_person(COMMUNITY, address(person), person, address(person), groups=groups)
        world.add_file(drawings, f"{person}.txt", content=b"x", author=address(person))


class Both(Neighbourhood):
    """One intranet, two sources."""

    worlds: dict[str, InteraxoWorld]
    mode: str

    def item(self, source: str, name: str) -> str:
        """The native id of an item by its name."""
        return next(item.id for item in self.worlds[source].items() if item.name == name)

    def wanted(self) -> set[str]:
        """Ids of everything in both sources."""
        return {
            f"{PREFIX[source]}-{item.id}" for source, world in self.worlds.items() for item in world.items()
        }

    def may_see(self, person: str) -> set[str]:
        """What both sources show a person, as far as the choice of permissions goes."""
        found = set()
        for source, world in self.worlds.items():
            groups = world.people[COMMUNITY, address(person)].groups
            mine = {("user", address(person)), *(("group", group) for group in groups)}
            for item in world.items():
                told = world.item(item.room).authorities if self.mode == "room" else item.authorities
                if self.mode == "fixed" or mine & set(told):
                    found.add(f"{PREFIX[source]}-{item.id}")
        return found

    def sees(self, person: str) -> set[str]:
        """What a person finds."""
        return self.intranet.visible_to(address(person))

    def nobody_sees_more(self) -> None:
        """Nobody finds what the source does not show; nothing is public."""
        for person in MEMBERS["interaxo"]:
            assert self.sees(person) <= self.may_see(person), person
        assert not any(row.document["IsPublic"] for row in self.intranet.documents.values())

    def all_see_what_they_may(self) -> None:
        """Search and source agree for everybody."""
        for person in MEMBERS["interaxo"]:
            assert self.sees(person) == self.may_see(person), person
        assert not any(row.document["IsPublic"] for row in self.intranet.documents.values())


@asynccontextmanager
async def both(folder: Path, mode: str, *, share: float = 1.0) -> AsyncIterator[Both]:
    """Start two simulated Interaxos that know nothing of each other."""
    async with (
        open_sandbox(lambda world: furnish(world, "interaxo")) as one,
        open_sandbox(lambda world: furnish(world, "other")) as two,
    ):
        near = Both(folder, one)
        near.mode = mode
        near.worlds = {"interaxo": one.interaxo, "other": two.interaxo}
        foreign = {key: value for key, value in two.settings().items() if key.startswith("sources.")}
        near.values |= {
            key.replace("sources.interaxo", "sources.other"): value for key, value in foreign.items()
        }
        for source, prefix in PREFIX.items():
            near.values |= {
                f"sources.{source}.kind": "interaxo",
                f"sources.{source}.id_prefix": prefix,
                f"sources.{source}.web_url": "https://ix.example.com/{community}/{room}/documentLibrary/{id}",
                f"sources.{source}.permissions": mode,
                f"sources.{source}.content": False,
                f"sources.{source}.audience_share": share,
                **({f"sources.{source}.identities": [f"{source}:group:all/all"]} if mode == "fixed" else {}),
            }
        yield near


@MODES
async def test_groups_of_one_source_open_nothing_in_the_other(tmp_path: Path, mode: str) -> None:
    async with both(tmp_path, mode) as near:
        one, two = ({item.id for item in world.items()} for world in near.worlds.values())
        assert one == two, "the worlds are of no use here unless their ids are the same"
        await near.run("full")
        assert near.found() == near.wanted()
        near.all_see_what_they_may()
        if mode != "fixed":
            steel = near.item("interaxo", "steel.txt")
            assert f"ix-{steel}" in near.sees("bo")
            assert (f"ox-{steel}" in near.sees("bo")) == (
                mode == "room" and "bridge" in MEMBERS["other"]["bo"]
            )


async def test_what_is_shown_to_a_group_of_another_source_makes_nobody_a_member_of_it(tmp_path: Path) -> None:
    async with both(tmp_path, "room") as near:
        near.values |= {
            "sources.other.permissions": "fixed",
            "sources.other.identities": [f"interaxo:group:{COMMUNITY}/board"],
        }

        def each_sees_her_own() -> None:
            for person, groups in MEMBERS["interaxo"].items():
                seen = near.sees(person)
                assert {one for one in seen if one.startswith("ix-")} <= near.may_see(person), person
                assert any(one.startswith("ox-") for one in seen) == ("board" in groups), person

        for mode in ("full", "delta"):
            await near.run(mode)
            each_sees_her_own()
        near.clock.pass_seconds(1000)
        assert await near.app().take_turn("intranet") is not None
        each_sees_her_own()
        # what the settings name no more stands there until somebody decides
        for key in [key for key in near.values if key.startswith("sources.interaxo.")]:
            del near.values[key]
        for mode in ("delta", "full"):
            await near.run(mode)
            assert any(one.startswith("ix-") for one in near.found())
            each_sees_her_own()


def edits(near: Both) -> list[Edit]:
    """Changes of one list each: of a room, a folder, an active folder, an entry and a file; wider and narrower."""
    return [
        ("interaxo", "Steel", [("group", "steel"), ("group", "bridge"), ("group", "board")]),
        ("interaxo", "Steel", [("group", "board")]),
        ("other", "RFIs", [("group", "board")]),
        ("other", "RFIs", [("group", "tunnel"), ("group", "board")]),
        ("interaxo", "Bridge", [("group", "board")]),
        ("interaxo", "Bridge", [("group", "bridge"), ("group", "tunnel"), ("group", "board")]),
        ("other", "named", [("group", "tunnel")]),
        ("interaxo", "board.txt", [("group", "steel"), ("group", "board")]),
    ]


def at_once(changes: list[Edit]) -> Iterator[list[Edit]]:
    """The same in their order, as many together as are of different places."""
    together: list[Edit] = []
    for change in changes:
        if any(change[:2] == other[:2] for other in together):
            yield together
            together = []
        together.append(change)
    yield together


@MODES
async def test_one_delta_shows_every_change(tmp_path: Path, mode: str) -> None:
    async with both(tmp_path, mode) as near:
        await near.run("full")
        for source, name, authorities in edits(near):
            near.worlds[source].set_authorities(near.item(source, name), authorities)
            report = await near.run("delta")
            assert report.outcome == "succeeded", (name, report.reasons)
            near.all_see_what_they_may()


@pytest.mark.parametrize("mode", ["folder", "item"])
async def test_a_share_shows_every_change_in_as_many_deltas_and_a_full_run_at_once(
    tmp_path: Path, mode: str
) -> None:
    async with both(tmp_path, mode, share=0.25) as near:
        await near.run("full")
        for together in at_once(edits(near)):
            for source, name, authorities in together:
                near.worlds[source].set_authorities(near.item(source, name), authorities)
            for _ in range(4):
                await near.run("delta")
            near.all_see_what_they_may()
        near.worlds["interaxo"].set_authorities(near.item("interaxo", "open.txt"), [("group", "steel")])
        await near.run("full")
        near.all_see_what_they_may()


@MODES
async def test_who_joins_and_leaves_groups_of_both_sources_sees_what_the_union_allows(
    tmp_path: Path, mode: str
) -> None:
    async with both(tmp_path, mode) as near:
        await near.run("full")
        for source, groups in (
            ("other", ["steel"]),
            ("interaxo", []),
            ("other", []),
            ("interaxo", ["board"]),
        ):
            near.worlds[source].add_person(COMMUNITY, address("anna"), "anna", address("anna"), groups=groups)
            await near.run("delta")
            near.all_see_what_they_may()


@pytest.mark.parametrize(
    ("mode", "how"),
    [*in_turn(("room", "folder", "item"), UNREADABLE), *product(("folder", "item"), ("empty", "404"))],
)
async def test_unreadable_list_opens_nothing(tmp_path: Path, mode: str, how: str) -> None:
    async with both(tmp_path, mode) as near:
        await near.run("full")
        before = {person: near.sees(person) for person in MEMBERS["interaxo"]}
        world = near.worlds["interaxo"]
        for name in ("Tunnel", "RFIs", "named"):
            native = near.item("interaxo", name)
            near.wire.add(
                Fault(f"GET *content/{native}/comments/mentionable-authorities", UNREADABLE[how], times=None)
            )
        # everything changes while the lists that matter cannot be read
        for name in ("named", "one"):
            world.rename(near.item("interaxo", name), name)
        world.add_entry(near.item("interaxo", "RFIs"), "new", {})
        for run in ("delta", "full", "delta"):
            near.clock.pass_seconds(3_600)
            await near.run(run)
            for person, found in before.items():
                assert near.sees(person) <= found | near.may_see(person), (person, run)
            near.nobody_sees_more()
        assert {i for i in before["cia"] if i.startswith("ix-")} <= near.sees("cia"), "nobody loses anything"
        near.wire.faults.clear()
        near.clock.pass_seconds(90_000)
        await near.run("delta")
        near.all_see_what_they_may()


@pytest.mark.parametrize(
    ("mode", "answered"), [("room", True), ("folder", True), ("folder", False), ("item", False)]
)
async def test_narrowing_that_dies_at_any_call_opens_nothing_and_is_finished_by_the_next_run(
    tmp_path: Path, mode: str, answered: bool
) -> None:
    async with both(tmp_path, mode) as near:
        near.values["targets.intranet.batch_documents"] = 2
        shown: list[str] = []
        push = near.intranet.push_documents
        wide = [("group", group) for group in GROUPS]
        narrow = [("group", "board")]
        places = [("interaxo", "Bridge"), ("interaxo", "Steel"), ("other", "RFIs"), ("other", "Tunnel")]

        def watched(documents: Any) -> dict[str, Any]:
            for one in documents:
                stands = near.intranet.documents.get(one["GloballyUniqueId"])
                had = set(stands.document["ExternalIdentities"]) if stands else set()
                shown.extend(sorted(set(one["ExternalIdentities"]) - had))
            return push(documents)

        for source, name in places:
            near.worlds[source].set_authorities(near.item(source, name), wide)
        await near.run("full")
        setattr(near.intranet, "push_documents", watched)  # noqa: B010
        died = 0
        for call in range(1, 60):
            for source, name in places:
                near.worlds[source].set_authorities(near.item(source, name), narrow)
            if not await dies_at_write(near, call, answered=answered):
                break
            died += 1
            assert not shown, "a run that only narrows shows nobody anything new"
            near.clock.pass_seconds(200)
            await near.run("delta")
            assert not shown
            near.all_see_what_they_may()
            for source, name in places:
                near.worlds[source].set_authorities(near.item(source, name), wide)
            near.clock.pass_seconds(200)
            await near.run("delta")
            near.all_see_what_they_may()
            shown.clear()
        assert died >= 3


async def dies_at_write(near: Both, number: int, *, answered: bool) -> bool:
    """Kill a delta at its n-th call to the intranet that writes; False when it ends before."""
    writes = 0
    task: asyncio.Task[Any] = asyncio.ensure_future(near.run("delta"))
    loop = asyncio.get_running_loop()

    def strike(call: Call) -> bool:
        nonlocal writes
        writes += call.method == "PUT"
        if writes != number or call.method != "PUT":
            return False
        loop.call_soon(task.cancel)
        return True

    fault = near.wire.add(Fault(strike, RESET_AFTER if answered else RESET_BEFORE))
    try:
        await task
    except asyncio.CancelledError:
        return True
    finally:
        near.wire.faults.remove(fault)
    return False
