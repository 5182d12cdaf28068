"""Audiences of folders, entries and files: who may see, sees, and nobody else."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest

from connector.sandbox.faults import Fault, Instead, Status
from tests.combinations import pairs
from tests.people.estate import ALL, ALL_AND_FEW, COMMUNITY, FEW, PEOPLE, address, estate, may_see, sees
from tests.rules.ground import authorities_of, break_all, break_once


async def test_closed_folder_is_found_by_those_who_may_see_it(tmp_path: Path) -> None:
    async with estate(tmp_path, "folder") as (near, small):
        near.rooms.set_authorities(small.details, FEW)
        await near.run("full")
        assert f"ix-{small.section}" in sees(near, "ola")
        assert f"ix-{small.section}" not in sees(near, "kari")
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person), person


async def test_narrowed_folder_is_closed_in_the_next_delta_without_any_download(tmp_path: Path) -> None:
    async with estate(tmp_path, "folder", sources__interaxo__content=True) as (near, small):
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        await near.run("full")
        near.rooms.set_authorities(small.drawings, FEW)
        before = near.wire.calls.copy()
        await near.run("delta")
        assert sees(near, "kari") == may_see(near, "kari")
        assert not [call for call in near.wire.calls[len(before) :] if call.path.endswith("/content")]


@pytest.mark.parametrize("how", [Status(503), Status(403), Instead(b"[]")])
@pytest.mark.parametrize(("first", "then"), [("delta", "full"), ("full", "full"), ("full", "delta")])
async def test_what_follows_a_folder_is_closed_with_it_also_while_its_own_list_cannot_be_read(
    tmp_path: Path, first: str, then: str, how: Status | Instead
) -> None:
    async with estate(tmp_path, "folder", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        await near.run(first)
        assert f"ix-{small.plan}" in sees(near, "kari")
        near.rooms.set_authorities(small.drawings, FEW)
        near.wire.add(Fault(f"GET *{small.plan}/comments/mentionable-authorities", how, times=None))
        await near.run(then)
        assert f"ix-{small.plan}" not in sees(near, "kari")
        assert f"ix-{small.plan}" in sees(near, "ola")


async def test_narrowing_that_dies_in_the_middle_is_finished_by_the_next_run(tmp_path: Path) -> None:
    async with estate(tmp_path, "folder") as (near, small):
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        near.values["targets.intranet.batch_documents"] = 2
        await near.run("full")
        near.rooms.set_authorities(small.drawings, FEW)
        pushes = 0
        for call in range(1, 60):
            near.wire.break_at(len(near.wire.calls) + call, Status(503))
            report = await near.run("delta")
            near.wire.clear()
            pushes += report.push.requests
            if report.outcome == "succeeded":
                break
            near.rooms.set_authorities(small.drawings, ALL_AND_FEW if call % 2 else FEW)
        near.rooms.set_authorities(small.drawings, FEW)
        near.clock.pass_seconds(300)
        await near.run("delta")
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person), person


async def test_closed_file_is_told_by_the_full_run_and_its_room_is_read_item_by_item_from_then_on(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path, "folder") as (near, small):
        await near.run("full")
        near.rooms.set_authorities(small.plan, FEW)
        await near.run("full")
        assert sees(near, "kari") == may_see(near, "kari")
        near.rooms.set_authorities(small.photo, FEW)
        await near.run("delta")
        assert sees(near, "kari") == may_see(near, "kari")
        assert sees(near, "ola") == may_see(near, "ola")


async def test_rotation_reaches_every_file(tmp_path: Path) -> None:
    async with estate(tmp_path, "folder", sources__interaxo__audience_share=0.25) as (near, small):
        await near.run("full")
        near.rooms.set_authorities(small.report, FEW)
        for _ in range(4):
            await near.run("delta")
        assert sees(near, "kari") == may_see(near, "kari")
        assert sees(near, "ola") == may_see(near, "ola")


@pytest.mark.parametrize("runs_before", [0, 1])
@pytest.mark.parametrize("between", ["a dry run", "a run of another target", "a run without the source"])
async def test_rotation_reaches_every_file_whatever_runs_lie_between(
    tmp_path: Path, between: str, runs_before: int
) -> None:
    """Half of the files never had their turn where every other run was one of another intranet, or a dry one."""
    async with estate(tmp_path, "folder", sources__interaxo__audience_share=0.5) as (near, small):

        async def something_else() -> None:
            if between == "a dry run":
                await near.run("delta", dry_run=True)
            elif between == "a run of another target":
                with near.app().ledger() as ledger:
                    run = ledger.runs("extranet").start(mode="delta", dry_run=False, now=near.clock())
                    ledger.runs("extranet").finish(run.number, outcome="failed", report="", now=near.clock())
            else:
                down = break_all(near, "POST *token", Status(503))
                assert (await near.run("delta")).outcome == "failed"
                near.wire.faults.remove(down)

        for _ in range(runs_before):
            await something_else()
        await near.run("full")
        near.rooms.set_authorities(small.report, FEW)
        for _ in range(2):
            await something_else()
            await near.run("delta")
        assert sees(near, "kari") == may_see(near, "kari")
        assert sees(near, "ola") == may_see(near, "ola")


async def test_items_without_change_are_asked_for_on_the_rotation_only(tmp_path: Path) -> None:
    async with estate(tmp_path, "folder") as (near, _small):
        await near.run("full")
        before = len(near.wire.calls)
        await near.run("delta")
        asked = [call for call in near.wire.calls[before:] if "mentionable" in call.path]
        folders = 2 + 4  # two roots, and the folders below them
        steps = 2
        assert len(asked) <= folders + steps + 4


async def test_item_mode_follows_every_item_in_the_next_delta(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.set_authorities(small.photo, FEW)
        await near.run("full")
        near.rooms.set_authorities(small.photo, ALL)
        near.rooms.set_authorities(small.site, FEW)
        await near.run("delta")
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person), person


@pytest.mark.parametrize("refusal", [404, 422])
async def test_folder_without_a_list_takes_what_its_items_have_in_common(
    tmp_path: Path, refusal: int
) -> None:
    async with estate(tmp_path, "folder") as (near, small):
        near.rooms.quirks.authorities_on_simple_folders = False
        near.rooms.quirks.authorities_on_links = False
        near.rooms.quirks.authorities_refusal = refusal
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        near.rooms.set_authorities(small.details, FEW)
        await near.run("full")
        assert f"ix-{small.section}" in sees(near, "ola")
        assert not {f"ix-{small.section}", f"ix-{small.details}"} & sees(near, "kari")
        near.rooms.set_authorities(small.details, ALL_AND_FEW)
        await near.run("delta")
        assert f"ix-{small.section}" in sees(near, "kari")
        near.rooms.set_authorities(small.details, ALL)
        await near.run("delta")
        assert f"ix-{small.section}" not in sees(near, "ola")


async def test_unreadable_list_of_a_folder_keeps_the_known_and_parks_the_new(tmp_path: Path) -> None:
    async with estate(tmp_path, "folder") as (near, small):
        near.rooms.set_authorities(small.details, FEW)
        await near.run("full")
        near.rooms.set_authorities(small.details, None)
        near.rooms.set_authorities(small.rfis, None)
        new = near.rooms.add_entry(small.rfis, "new", {"Title": "new"})
        report = await near.run("delta")
        assert f"ix-{small.rfi}" in sees(near, "kari")
        assert f"ix-{new}" not in near.found()
        assert report.documents.quarantined == 1
        near.rooms.set_authorities(small.rfis, ALL)
        await near.run("delta")
        assert f"ix-{new}" in sees(near, "kari")


async def test_moved_file_takes_the_audience_of_its_new_place(tmp_path: Path) -> None:
    async with estate(tmp_path, "folder") as (near, small):
        near.rooms.set_authorities(small.details, FEW)
        await near.run("full")
        near.rooms.move(small.plan, small.details)
        near.rooms.move(small.section, small.drawings)
        await near.run("delta")
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person), person


@pytest.mark.parametrize(("mode", "listed", "seed"), pairs(("folder", "item"), (True, False), range(2)))
async def test_nobody_ever_finds_what_the_source_does_not_show(
    tmp_path: Path, mode: str, listed: bool, seed: int
) -> None:
    chance = random.Random(seed)
    lists = [ALL, FEW, ALL_AND_FEW, [("user", "per@example.com"), *FEW]]
    async with estate(tmp_path, mode, safety__max_delete_ratio=1.0, safety__max_deletes=1000) as (
        near,
        _small,
    ):
        near.rooms.quirks.authorities_on_simple_folders = listed
        await near.run("full")
        items = [item.id for item in near.rooms.items()]
        for _ in range(6):
            for item in chance.sample(items, 3):
                if chance.random() < 0.6:
                    near.rooms.set_authorities(item, chance.choice(lists))
                elif item not in set(near.rooms.rooms):
                    near.rooms.inherit_authorities(item)
            await near.run("delta")
            if mode == "item" and listed:
                for person in PEOPLE:
                    assert sees(near, person) <= may_see(near, person)
            await near.run("full")
            for person in PEOPLE:
                # a folder without a list is shown to those whom all its items are shown to
                folders = {f"ix-{item.id}" for item in near.rooms.items() if item.type == "simple-folder"}
                unlisted = set() if listed else folders
                assert sees(near, person) - unlisted <= may_see(near, person), person
                if listed:
                    assert sees(near, person) == may_see(near, person), person


@pytest.mark.parametrize("permissions", ["item", "folder"])
@pytest.mark.parametrize("mode", ["delta", "full"])
@pytest.mark.parametrize("listed", [True, False])
async def test_all_below_a_folder_that_moved_to_another_room_is_shown_as_its_new_room_tells(
    tmp_path: Path, permissions: str, mode: str, listed: bool
) -> None:
    async with estate(tmp_path, permissions) as (near, small):
        near.rooms.quirks.authorities_on_simple_folders = listed
        near.rooms.quirks.authorities_refusal = 404
        near.rooms.set_authorities(small.tunnel, FEW)
        near.rooms.set_authorities(small.report, FEW)
        inner = near.rooms.add_folder(small.details, "Inner")
        closed = near.rooms.add_file(inner, "closed.txt", content=b"x")
        near.rooms.set_authorities(inner, FEW)
        await near.run("full")
        near.rooms.move(small.drawings, small.tunnel)
        near.rooms.set_authorities(inner, [("user", "per@example.com")])
        report = await near.run(mode)
        assert not listed or report.outcome == "succeeded", report.reasons
        # a folder without a list is shown to those whom all its items are shown to
        folders = {f"ix-{item.id}" for item in near.rooms.items() if item.type == "simple-folder"}
        unlisted = set() if listed else folders
        for person in PEOPLE:
            assert sees(near, person) - unlisted == may_see(near, person) - unlisted, person
        assert f"ix-{closed}" in sees(near, "per")
        assert not unlisted & sees(near, "kari") - {f"ix-{small.bridge}"}


@pytest.mark.parametrize("permissions", ["item", "folder"])
@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_all_below_what_moved_into_a_new_folder_without_a_list_is_shown_as_its_new_room_tells(
    tmp_path: Path, permissions: str, mode: str
) -> None:
    """What stands in such a folder is asked for when the folder is met, before it is listed; what stands below that was asked for in the room it left."""
    async with estate(tmp_path, permissions) as (near, small):
        near.rooms.quirks.authorities_on_simple_folders = False
        near.rooms.set_authorities(small.report, FEW)
        near.rooms.set_authorities(small.rfi, ALL)
        await near.run("full")
        assert f"ix-{small.rfi}" in sees(near, "kari")
        near.rooms.move(small.rfis, near.rooms.add_folder(small.tunnel, "new"))
        for native in (small.rfis, small.rfi):
            near.rooms.set_authorities(native, FEW)
        await near.run(mode)
        assert f"ix-{small.rfi}" in sees(near, "ola")
        assert f"ix-{small.rfi}" not in sees(near, "kari")


@pytest.mark.parametrize("permissions", ["folder", "item"])
async def test_a_folder_that_another_room_lists_is_not_shown_to_that_room_while_it_has_no_list_there(
    tmp_path: Path, permissions: str
) -> None:
    """What followed a closed folder does not follow whatever lists it: a 404 says no more of it there than elsewhere."""
    async with estate(tmp_path, permissions) as (near, small):
        near.rooms.set_authorities(small.drawings, FEW)
        await near.run("full")
        row = {"type": "simple-folder", "id": small.details, "parent_id": small.tunnel, "name": "Plans"}
        near.wire.add(Fault(f"GET *content/{small.tunnel}/children", Instead(msgspec.json.encode([row]))))
        for _ in range(2):
            await near.run("delta")
            assert f"ix-{small.details}" not in sees(near, "kari")
        await near.run("full")
        assert f"ix-{small.details}" in sees(near, "ola")
        assert sees(near, "kari") == may_see(near, "kari")


@pytest.mark.parametrize("mode", ["delta", "full"])
@pytest.mark.parametrize("how", [404, 422])
async def test_a_list_that_is_missing_for_once_shows_nothing_to_more_people_or_to_nobody(
    tmp_path: Path, mode: str, how: int
) -> None:
    """What a folder's items have in common, or its room's list, takes the place of a list that nobody told, not of one that was."""
    async with estate(tmp_path, "item") as (near, small):
        empty = near.rooms.add_folder(small.drawings, "empty")
        links = near.rooms.add_folder(small.drawings, "links")
        near.rooms.add_external_link(links, "inner", url="https://example.com/inner")
        mixed = near.rooms.add_folder(small.drawings, "mixed")
        for name, who in (("a", ALL), ("b", FEW)):
            near.rooms.set_authorities(near.rooms.add_file(mixed, name, content=b"x"), who)
        closed = (empty, links, small.details, small.site)
        for native in closed:
            near.rooms.set_authorities(native, FEW)
        await near.run("full")
        before = {person: sees(near, person) for person in PEOPLE}
        for native in (*closed, mixed, small.drawings):
            break_once(near, authorities_of(native), Status(how))
        await near.run(mode)
        assert {person: sees(near, person) for person in PEOPLE} == before
        near.rooms.set_authorities(empty, ALL)
        await near.run("delta")
        assert f"ix-{empty}" in sees(near, "kari")


async def test_a_list_that_is_missing_for_good_is_believed_and_shows_nothing_to_more_people(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path, "folder") as (near, small):
        near.rooms.set_authorities(small.site, FEW)
        near.rooms.set_authorities(small.details, ALL_AND_FEW)
        for item in near.rooms.items():
            if item.parent_id == small.details:
                near.rooms.set_authorities(item.id, FEW)
        await near.run("full")
        assert f"ix-{small.details}" in sees(near, "kari")
        for native in (small.details, small.site):
            break_all(near, authorities_of(native), Status(404))
        for _ in range(3):
            await near.run("full")
        assert f"ix-{small.details}" not in sees(near, "kari"), "what its items have in common is less"
        assert f"ix-{small.details}" in sees(near, "ola")
        assert f"ix-{small.site}" not in sees(near, "kari")


@pytest.mark.parametrize("away", ["room", "folder"])
async def test_lists_are_not_taken_for_gone_while_their_room_or_folder_answers_404(
    tmp_path: Path, away: str
) -> None:
    """The room is listed all the time; once it answers again, the next delta shows the folder to its readers, and not to those of what was closed in it."""
    async with estate(tmp_path, "folder", sources__interaxo__audience_share=0.0001) as (near, small):
        folder = near.rooms.add_folder(small.drawings, "one file")
        file = near.rooms.add_file(folder, "closed", content=b"x")
        await near.run("full")
        assert f"ix-{folder}" in sees(near, "kari")
        slug = near.rooms.rooms[small.bridge].id
        below = "*" if away == "room" else f"content/{folder}*"
        gone = break_all(near, f"GET *rooms/{slug}/{below}", Status(404))
        for _ in range(3):
            await near.run("delta")
        near.wire.faults.remove(gone)
        near.rooms.set_authorities(file, FEW)
        await near.run("delta")
        assert f"ix-{folder}" in sees(near, "kari")
        await near.run("full")
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person), person


@pytest.mark.parametrize("permissions", ["folder", "item"])
async def test_a_folder_that_became_a_room_is_not_shown_to_readers_of_the_folder_it_stood_in(
    tmp_path: Path, permissions: str
) -> None:
    """Not while its room cannot be read, either."""
    async with estate(tmp_path, permissions) as (near, small):
        await near.run("full")
        assert f"ix-{small.details}" in sees(near, "kari")
        folder = near.rooms._items[small.details]
        near.rooms._items[small.drawings].children.remove(folder.id)
        folder.parent_id, folder.authorities = None, FEW
        near.rooms._open_room(COMMUNITY, "details", "Details", folder.id, ("main", "Main"), "", None)
        await near.run("delta")
        assert f"ix-{small.details}" not in sees(near, "kari")
        near.rooms.hide_room(folder.id, 404)
        for _ in range(3):
            await near.run("delta")
            assert f"ix-{small.details}" not in sees(near, "kari")
            assert f"ix-{small.section}" not in sees(near, "kari")


async def test_a_folder_without_a_list_is_unknown_while_one_of_its_items_is(tmp_path: Path) -> None:
    async with estate(tmp_path, "folder") as (near, small):
        break_all(near, authorities_of(small.details), Status(404))
        near.rooms.set_authorities(small.section, FEW)
        refused = break_all(near, authorities_of(small.section), Status(403))
        await near.run("full")
        assert f"ix-{small.details}" not in near.found()
        assert f"ix-{small.plan}" in sees(near, "kari")
        near.wire.faults.remove(refused)
        await near.run("delta")
        assert f"ix-{small.details}" not in sees(near, "kari")


@pytest.mark.parametrize("permissions", ["room", "folder"])
async def test_a_room_whose_list_is_missing_for_once_stays_as_it_is(tmp_path: Path, permissions: str) -> None:
    async with estate(tmp_path, permissions) as (near, small):
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        await near.run("full")
        before = {person: sees(near, person) for person in PEOPLE}
        near.rooms.set_authorities(small.plan, FEW)
        if permissions == "folder":
            before["kari"].remove(f"ix-{small.plan}")
        break_once(near, authorities_of(small.bridge), Status(404))
        await near.run("full")
        assert {person: sees(near, person) for person in PEOPLE} == before
        break_all(near, authorities_of(small.bridge), Status(404))
        await near.run("full")
        await near.run("full")
        assert f"ix-{small.bridge}" not in sees(near, "kari"), "the next run believes it"


@pytest.mark.parametrize("status", [503, 404])
async def test_a_link_whose_list_was_not_answered_in_a_full_run_is_asked_for_again_by_the_next_delta(
    tmp_path: Path, status: int
) -> None:
    async with estate(tmp_path, "folder") as (near, small):
        await near.run("full")
        new = near.rooms.add_external_link(small.drawings, "New", url="https://example.com/new")
        of_links = tuple(f"{link}/comments/mentionable-authorities" for link in (new, small.site))
        silent = break_all(near, lambda call: call.path.endswith(of_links), Status(status))
        await near.run("full")
        near.wire.faults.remove(silent)
        near.rooms.set_authorities(small.drawings, FEW)
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons
        for link in (new, small.site):
            assert near.intranet.can_see(address("ola"), f"ix-{link}")
            assert not near.intranet.can_see(address("kari"), f"ix-{link}")


@pytest.mark.parametrize("refusal", [404, 422])
async def test_a_new_link_in_a_folder_without_a_list_is_found_after_the_next_delta(
    tmp_path: Path, refusal: int
) -> None:
    async with estate(tmp_path, "folder") as (near, small):
        near.rooms.quirks.authorities_on_simple_folders = False
        near.rooms.quirks.authorities_on_links = False
        near.rooms.quirks.authorities_refusal = refusal
        await near.run("full")
        new = near.rooms.add_external_link(small.drawings, "New", url="https://example.com/new")
        asked = len(near.wire.calls)
        for _ in range(2):
            report = await near.run("delta")
            assert report.outcome == "succeeded", report.reasons
            assert sees(near, "kari") == may_see(near, "kari")
        of_links = [
            call
            for call in near.wire.calls[asked:]
            if call.path.endswith(f"{new}/comments/mentionable-authorities")
        ]
        assert len(of_links) == 1
