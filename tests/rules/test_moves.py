"""Rules 1 and 3: moves between rooms, whatever else fails at the same moment."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from connector.sandbox.faults import Instead, Status
from connector.sandbox.interaxo_items import IDENTITY
from tests.rules.ground import (
    ALL,
    ALL_AND_FEW,
    FEW,
    ONLY_FEW,
    PUSH,
    audience_of,
    authorities_of,
    break_all,
    children_of,
    files_of,
    lists,
    live_gone,
    plain_world,
    small_world,
    when,
)


@pytest.mark.parametrize(("mode", "wrong_room"), [("delta", 404), ("full", 404), ("full", 200)])
async def test_item_moved_behind_the_crawl_stays(tmp_path: Path, mode: str, wrong_room: int) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.quirks.wrong_room_status = wrong_room
        await near.run("full")
        when(near, lists(small.tunnel), lambda: near.rooms.move(small.report, small.drawings))
        await near.run(mode)
        assert not live_gone(near)
        assert near.found() == near.expected()
        near.clock.pass_seconds(200)
        report = await near.run(mode)
        assert not live_gone(near)
        assert near.found() == near.expected()
        assert report.outcome == "succeeded", report.reasons


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_item_that_an_earlier_run_found_gone_may_move_behind_the_crawl_as_any_other(
    tmp_path: Path, mode: str
) -> None:
    async with plain_world(tmp_path, alpha=3, beta=3, gamma=3) as (near, roots):
        await near.run("full")
        item = files_of(near, roots["alpha"])[0]
        near.rooms.hide_room(roots["gamma"], 404)
        near.rooms.move(item, roots["gamma"])
        report = await near.run("delta")
        assert report.outcome == "withheld", "gone from its room; gamma cannot be asked"
        near.rooms.unhide_room(roots["gamma"])
        when(near, lists(roots["gamma"]), lambda: near.rooms.move(item, roots["beta"]))
        near.clock.pass_seconds(1_000)
        report = await near.run(mode)
        assert not live_gone(near), report.reasons
        assert near.found() == near.expected()


async def test_item_moved_behind_the_crawl_belongs_to_its_new_room(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.set_authorities(small.bridge, FEW)
        await near.run("full")
        when(near, lists(small.tunnel), lambda: near.rooms.move(small.report, small.drawings))
        await near.run("delta")
        assert audience_of(near, small.report) == [ONLY_FEW]
        near.wire.clear()
        break_all(near, children_of(small.drawings), Status(503))
        await near.run("delta")
        assert audience_of(near, small.report) == [ONLY_FEW]


@pytest.mark.parametrize("down", ["listing", "room"])
async def test_item_moved_to_a_room_that_cannot_be_read_stays(tmp_path: Path, down: str) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.move(small.report, small.drawings)
        match = children_of(small.bridge) if down == "listing" else "GET */rooms/bridge/*"
        break_all(near, match, Status(503))
        for mode in ("delta", "delta", "full", "delta"):
            near.clock.pass_seconds(3_700)
            report = await near.run(mode)
            assert not live_gone(near), report.reasons
        near.wire.clear()
        await near.run("delta")
        assert near.found() == near.expected()


@pytest.mark.parametrize("mode", ["delta", "full"])
@pytest.mark.parametrize("amid", ["before it is opened", "after it was listed"])
async def test_item_moved_to_a_room_that_gets_another_short_name_amid_the_run_stays(
    tmp_path: Path, mode: str, amid: str
) -> None:
    """The room that it came to answers 404 to everything under the name that the run knows."""
    async with small_world(tmp_path) as (near, small):
        await near.run("full")

        def rename() -> None:
            near.rooms.rename_room(small.bridge, slug="brygga")

        def move() -> None:
            near.rooms.move(small.report, small.drawings)

        if amid == "before it is opened":
            move()
            when(near, lambda call: call.path.endswith(f"/content/{small.bridge}"), rename)
        else:
            when(near, lists(small.tunnel), lambda: (move(), rename()))
        report = await near.run(mode)
        assert not live_gone(near), report.reasons
        near.clock.pass_seconds(200)
        report = await near.run(mode)
        assert report.outcome == "succeeded", report.reasons
        assert not live_gone(near)
        assert near.found() == near.expected()


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_item_moved_to_a_room_that_is_made_amid_the_run_stays(tmp_path: Path, mode: str) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")

        def move_out() -> None:
            annex = near.rooms.add_room("example-corp", "annex", "Annex", authorities=[("group", "all")])
            near.rooms.move(small.report, annex)

        when(near, lists(small.tunnel), move_out)
        report = await near.run(mode)
        assert not live_gone(near)
        assert report.outcome == "withheld"
        assert any("example-corp/annex" in reason for reason in report.reasons)
        near.clock.pass_seconds(1_000)
        report = await near.run(mode)
        assert not live_gone(near)
        assert near.found() == near.expected()
        assert report.outcome == "succeeded", report.reasons


async def test_item_that_was_a_suspect_before_is_found_where_it_was_moved_to(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.hide(small.report, 403)
        await near.run("delta")

        def move() -> None:
            near.rooms.unhide(small.report)
            near.rooms.move(small.report, small.drawings)

        when(near, lists(small.tunnel), move)
        await near.run("delta")
        assert not live_gone(near)


async def test_attachment_moved_out_of_an_entry_that_became_historical_stays(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        attachment = near.rooms.add_file(small.current, "b.txt", content=b"b")
        await near.run("full")
        near.rooms.move(attachment, small.tunnel)
        near.rooms.move_step(small.current, "Superseded")
        break_all(near, children_of(small.tunnel), Status(503))
        await near.run("delta")
        assert f"ix-{attachment}" not in live_gone(near)


async def test_entry_that_became_historical_goes_with_its_attachments(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        attachment = near.rooms.add_file(small.current, "b.txt", content=b"b")
        await near.run("full")
        near.rooms.move_step(small.current, "Superseded")
        report = await near.run("delta")
        assert near.found() == near.expected()
        gone = [deletion.id for deletion in near.intranet.deletions]
        assert gone == [f"ix-{attachment}", f"ix-{small.current}"]
        assert report.outcome == "succeeded", report.reasons


@pytest.mark.parametrize("wrong_room", [404, 200])
@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_what_moves_into_another_room_below_something_left_out_goes(
    tmp_path: Path, mode: str, wrong_room: int
) -> None:
    """Whether the room where it stood shows it still does not matter: that where it stands tells that it is left out."""
    async with small_world(tmp_path) as (near, small):
        near.rooms.quirks.wrong_room_status = wrong_room
        entry = near.rooms.add_entry(small.reviews, "old", step="Superseded")
        await near.run("full")
        near.rooms.move(small.report, entry)
        for _ in range(2):
            near.clock.pass_seconds(1_000)
            report = await near.run(mode)
        assert f"ix-{small.report}" not in near.found()
        assert near.found() == near.expected()
        assert report.outcome == "succeeded", report.reasons


async def test_deleted_parent_leaves_the_child_that_moved_out(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.move(small.section, small.tunnel)
        near.rooms.remove(small.details)
        near.intranet.switches.cascade_on_delete = True
        await near.run("delta")
        assert near.found() == near.expected()
        assert not live_gone(near)


async def test_parent_stays_while_its_moved_child_is_not_confirmed_elsewhere(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.move(small.section, small.tunnel)
        near.rooms.remove(small.details)
        near.intranet.switches.cascade_on_delete = True
        near.wire.clear()
        break_all(near, PUSH, Status(503))
        report = await near.run("delta")
        assert not live_gone(near), report.reasons
        assert f"ix-{small.details}" in near.found()
        near.wire.clear()
        near.clock.pass_seconds(200)
        await near.run("delta")
        assert near.found() == near.expected()
        assert not live_gone(near)


async def test_children_are_deleted_before_their_parents(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.values["targets.intranet.batch_documents"] = 1
        near.rooms.remove(small.drawings)
        await near.run("delta")
        gone = [deletion.id for deletion in near.intranet.deletions]
        assert gone.index(f"ix-{small.section}") < gone.index(f"ix-{small.details}")
        assert gone[-1] == f"ix-{small.drawings}"


async def test_moved_item_does_not_show_more_than_its_new_room_did(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        assert audience_of(near, small.plan) == [ALL]
        near.rooms.move(small.plan, small.tunnel)
        break_all(near, authorities_of(small.tunnel), Status(503))
        await near.run("delta")
        assert not near.intranet.can_see("kari@example.com", f"ix-{small.plan}")
        assert f"ix-{small.plan}" in near.found()


@pytest.mark.parametrize("what", ["file", "folder"])
async def test_what_is_removed_from_a_folder_that_moved_to_another_room_goes(
    tmp_path: Path, what: str
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.move(small.drawings, small.tunnel)
        near.rooms.remove(small.plan if what == "file" else small.details)
        for _ in range(3):
            report = await near.run("delta")
        assert near.found() == near.expected(), report.reasons
        assert report.outcome == "succeeded", report.reasons


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_what_moves_from_an_opened_room_into_a_closed_one_is_shown_as_the_closed_one_tells(
    tmp_path: Path, mode: str
) -> None:
    """Between their listings: who was to see it where it was met first must not see it at the end of the run."""
    async with plain_world(tmp_path, hall=2, vault=1) as (near, roots):
        for root in roots.values():
            near.rooms.set_authorities(root, FEW)
        await near.run("full")
        near.rooms.set_authorities(roots["hall"], ALL_AND_FEW)
        moving, staying = files_of(near, roots["hall"])
        when(near, lists(roots["vault"]), lambda: near.rooms.move(moving, roots["vault"]))
        await near.run(mode)
        assert audience_of(near, moving) == [ONLY_FEW]
        assert audience_of(near, staying) == [ALL, ONLY_FEW]


async def test_what_moves_on_from_a_room_of_nobody_is_shown_as_its_new_room_tells(tmp_path: Path) -> None:
    async with plain_world(tmp_path, hall=2, shut=0, vault=1) as (near, roots):
        await near.run("full")
        moving = files_of(near, roots["hall"])[0]
        near.rooms.set_authorities(roots["shut"], [("user", IDENTITY)])
        near.rooms.move(moving, roots["shut"])
        when(near, lists(roots["vault"]), lambda: near.rooms.move(moving, roots["vault"]))
        await near.run("delta")
        assert audience_of(near, moving) == [ALL]


@pytest.mark.parametrize("permissions", ["room", "item"])
async def test_what_another_room_lists_too_stays_where_its_own_row_tells_that_it_stands(
    tmp_path: Path, permissions: str
) -> None:
    """Neither those who see that room find it, nor does nobody since that room tells no list of it; what moved there is found there."""
    async with plain_world(tmp_path, hall=1, vault=1) as (near, roots):
        near.values["sources.interaxo.permissions"] = permissions
        near.rooms.set_authorities(roots["hall"], FEW)
        await near.run("full")
        (one,) = files_of(near, roots["hall"])
        row = {"type": "file", "id": one, "parent_id": roots["hall"], "name": "hall 0.txt"}
        break_all(near, children_of(roots["vault"]), Instead(msgspec.json.encode([row])))
        for mode in ("delta", "full"):
            await near.run(mode)
            assert audience_of(near, one) == [ONLY_FEW]
        near.wire.clear()
        near.rooms.move(one, roots["vault"])
        await near.run("delta")
        assert audience_of(near, one) == [ALL]


@pytest.mark.parametrize("status", [503, 403])
async def test_what_moved_to_where_its_list_cannot_be_read_keeps_its_readers_and_tells_them_nothing_new(
    tmp_path: Path, status: int
) -> None:
    """None of them could see its new room, which says nothing of what has a list of its own: that is no proof that they lost it."""
    async with plain_world(tmp_path, hall=1, vault=1) as (near, roots):
        near.values["sources.interaxo.permissions"] = "item"
        (one,) = files_of(near, roots["hall"])
        near.rooms.set_authorities(one, FEW)
        await near.run("full")
        break_all(near, authorities_of(one), Status(status))
        near.rooms.move(one, roots["vault"])
        near.rooms.rename(one, "renamed.txt")
        for mode in ("delta", "full", "delta"):
            await near.run(mode)
            assert audience_of(near, one) == [ONLY_FEW]
            assert near.document(one)["Title"] == "hall 0.txt"
        near.wire.clear()
        await near.run("delta")
        assert audience_of(near, one) == [ONLY_FEW]
        assert near.document(one)["Title"] == "renamed.txt"


async def test_what_another_room_lists_first_stands_where_its_own_row_tells_once_that_is_read(
    tmp_path: Path,
) -> None:
    async with plain_world(tmp_path, hall=1, vault=1) as (near, roots):
        near.rooms.set_authorities(roots["hall"], FEW)
        rows = [
            {"type": "file", "id": one, "parent_id": roots[room], "name": f"{room} 0.txt"}
            for room in ("hall", "vault")
            for one in files_of(near, roots[room])
        ]
        break_all(near, children_of(roots["vault"]), Instead(msgspec.json.encode(rows)))
        unread = break_all(near, children_of(roots["hall"]), Status(503))
        await near.run("full")
        near.wire.faults.remove(unread)
        for mode in ("delta", "delta", "full", "delta"):
            await near.run(mode)
            assert audience_of(near, files_of(near, roots["hall"])[0]) == [ONLY_FEW], mode


async def test_what_moved_into_a_closed_folder_of_its_room_tells_its_readers_nothing_new_while_its_list_cannot_be_read(
    tmp_path: Path,
) -> None:
    async with plain_world(tmp_path, hall=1) as (near, roots):
        near.values["sources.interaxo.permissions"] = "item"
        closed = near.rooms.add_folder(roots["hall"], "Closed")
        near.rooms.set_authorities(closed, FEW)
        (one,) = files_of(near, roots["hall"])
        await near.run("full")
        break_all(near, authorities_of(one), Status(503))
        near.rooms.move(one, closed)
        near.rooms.rename(one, "renamed.txt")
        for mode in ("delta", "full", "delta"):
            await near.run(mode)
            assert audience_of(near, one) == [ALL]
            assert near.document(one)["Title"] == "hall 0.txt"
        near.wire.clear()
        await near.run("delta")
        assert near.document(one)["Title"] == "renamed.txt"
