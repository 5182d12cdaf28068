"""Rules 6 and 7: what was read last of who may see a document holds until it is read anew, whatever came between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector.sandbox.faults import Call, Status
from connector.sandbox.interaxo_items import IDENTITY
from tests.neighbourhood import Neighbourhood
from tests.people.estate import COMMUNITY, address, estate, sees
from tests.rules.ground import (
    ALL,
    ALL_AND_FEW,
    FEW,
    ONLY_FEW,
    PUSH,
    audience_of,
    authorities_of,
    break_all,
    files_of,
    plain_world,
    small_world,
)

DAY = 86_400


def reads_lists(call: Call) -> bool:
    return call.path.endswith("/mentionable-authorities")


@pytest.mark.parametrize("permissions", ["room", "item"])
async def test_what_was_read_and_not_sent_is_sent_though_it_cannot_be_read_again(
    tmp_path: Path, permissions: str
) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["sources.interaxo.permissions"] = permissions
        for native in (small.tunnel, small.report):
            near.rooms.set_authorities(native, ALL_AND_FEW)
        await near.run("full")
        for native in (small.tunnel, small.report):
            near.rooms.set_authorities(native, FEW)
        break_all(near, PUSH, Status(503))
        assert (await near.run("delta")).outcome == "failed"
        near.wire.clear()
        break_all(near, reads_lists, Status(503))
        near.clock.pass_seconds(1_000)
        await near.run("delta")
        assert audience_of(near, small.report) == audience_of(near, small.tunnel) == [ONLY_FEW]
        near.wire.clear()
        for native in (small.tunnel, small.report):
            near.rooms.set_authorities(native, ALL_AND_FEW)
        assert (await near.run("delta")).outcome == "succeeded"
        break_all(near, reads_lists, Status(503))
        await near.run("delta")
        assert audience_of(near, small.report) == [ALL, ONLY_FEW], "what was sent is not sent again"


async def test_what_was_read_and_not_sent_counts_no_more_once_it_is_read_otherwise(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.set_authorities(small.tunnel, ALL_AND_FEW)
        await near.run("full")
        near.rooms.set_authorities(small.tunnel, FEW)
        break_all(near, PUSH, Status(503))
        await near.run("delta")
        near.wire.clear()
        near.rooms.set_authorities(small.tunnel, ALL_AND_FEW)
        near.clock.pass_seconds(1_000)
        await near.run("delta")
        break_all(near, reads_lists, Status(503))
        await near.run("delta")
        assert audience_of(near, small.report) == [ALL, ONLY_FEW]


async def test_a_run_of_another_room_sends_what_was_read_and_not_sent(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.set_authorities(small.tunnel, ALL_AND_FEW)
        await near.run("full")
        near.rooms.set_authorities(small.tunnel, FEW)
        break_all(near, PUSH, Status(503))
        await near.run("delta")
        near.wire.clear()
        near.clock.pass_seconds(1_000)
        await near.run("backfill", rooms=("bridge",))
        assert audience_of(near, small.report) == [ONLY_FEW]


async def test_a_move_into_a_closed_room_that_got_no_answer_is_sent_though_that_room_cannot_be_read(
    tmp_path: Path,
) -> None:
    async with plain_world(tmp_path, hall=2, vault=1) as (near, roots):
        near.rooms.set_authorities(roots["hall"], ALL_AND_FEW)
        near.rooms.set_authorities(roots["vault"], FEW)
        await near.run("full")
        moved = files_of(near, roots["hall"])[0]
        near.rooms.move(moved, roots["vault"])
        break_all(near, PUSH, Status(503))
        await near.run("delta")
        assert audience_of(near, moved) == [ALL, ONLY_FEW]
        near.wire.clear()
        break_all(near, authorities_of(roots["vault"]), Status(503))
        near.clock.pass_seconds(1_000)
        await near.run("delta")
        assert audience_of(near, moved) == [ONLY_FEW]


async def test_who_joins_a_group_finds_nothing_that_it_was_read_to_have_lost(tmp_path: Path) -> None:
    """A turn of people between runs, after a run that could not send the fewer people who may see a room."""
    async with estate(tmp_path, "room") as (near, small):
        near.rooms.set_authorities(small.tunnel, ALL_AND_FEW)
        await near.run("full")
        near.rooms.set_authorities(small.tunnel, [("group", "all")])
        break_all(near, PUSH, Status(503))
        await near.run("delta")
        near.wire.clear()
        near.rooms.add_person(COMMUNITY, address("per"), "Per", address("per"), groups=["few"])
        near.rooms.add_person(COMMUNITY, address("kari"), "Kari", address("kari"), groups=[])
        near.clock.pass_seconds(2 * 3_600)
        await near.app().take_turn("intranet")
        assert not sees(near, "per")
        assert not sees(near, "kari"), "what is lost does not wait"
        await near.run("delta")
        near.rooms.add_person(COMMUNITY, address("ola"), "Ola", address("ola"), groups=["all"])
        near.clock.pass_seconds(2 * 3_600)
        await near.app().take_turn("intranet")
        assert f"ix-{small.report}" in sees(near, "ola")


@pytest.mark.parametrize("permissions", ["room", "item"])
@pytest.mark.parametrize("list_of_readers", ["unknown for too long", "names nobody else"])
async def test_a_room_that_is_no_longer_named_is_closed_though_its_documents_wait_for_a_decision(
    tmp_path: Path, list_of_readers: str, permissions: str
) -> None:
    async with plain_world(tmp_path, hall=20) as (near, roots):
        near.values["sources.interaxo.permissions"] = permissions
        near.values["sources.interaxo.public_rooms"] = ["hall"]
        await near.run("full")
        if list_of_readers == "unknown for too long":
            break_all(near, reads_lists, Status(403))
            for _ in range(3):
                near.clock.pass_seconds(4 * DAY)
                report = await near.run("delta")
            assert report.outcome == "braked"
        for item in near.rooms.items():
            near.rooms.set_authorities(item.id, [("user", IDENTITY)])
        assert near.document(roots["hall"])["IsPublic"]
        near.values["sources.interaxo.public_rooms"] = []
        await near.run("delta")
        assert not [one for one in near.found() if near.intranet.documents[one].document["IsPublic"]]
        assert audience_of(near, roots["hall"]) == [ALL], "whom it names besides keep it"
        assert (await near.run("delta")).outcome == "braked"


async def test_a_room_that_is_no_longer_named_is_narrowed_at_once_to_whom_its_list_names(
    tmp_path: Path,
) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["sources.interaxo.public_rooms"] = ["tunnel"]
        near.rooms.set_authorities(small.tunnel, ALL_AND_FEW)
        await near.run("full")
        near.values["sources.interaxo.public_rooms"] = []
        near.rooms.set_authorities(small.tunnel, FEW)
        break_all(near, lambda call: call.path.endswith("/children"), Status(503))
        await near.run("delta")
        assert not near.document(small.report)["IsPublic"]
        assert audience_of(near, small.report) == [ONLY_FEW]


def never_answered(near: Neighbourhood, native: str) -> None:
    """The intranet names neither success nor failure for whole batches with one document."""
    push = near.intranet.push_documents

    def answer(batch: list[dict[str, Any]]) -> dict[str, Any]:
        if any(one["GloballyUniqueId"] == f"ix-{native}" for one in batch):
            return {"HasErrors": False, "Errors": [], "AddedUpdated": []}
        return push(batch)

    near.intranet.push_documents = answer  # type: ignore[method-assign, assignment]


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_a_document_about_which_nothing_is_answered_holds_up_no_other(
    tmp_path: Path, mode: str
) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["targets.intranet.batch_documents"] = 100
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        await near.run("full")
        near.rooms.set_authorities(small.bridge, FEW)
        new = near.rooms.add_file(small.tunnel, "new.txt", content=b"new")
        never_answered(near, small.plan)
        tunnel = {f"ix-{one}" for one in (small.tunnel, small.report)}
        for _ in range(2):
            near.clock.pass_seconds(1_000)
            report = await near.run(mode)
            assert report.outcome == "failed"
            kari = near.intranet.visible_to("kari@example.com")
            assert kari == tunnel | {f"ix-{small.plan}"}, "only that one waits for its answer"
        near.values["targets.intranet.batch_documents"] = 1
        near.clock.pass_seconds(1_000)
        report = await near.run(mode)
        assert near.intranet.visible_to("kari@example.com") == tunnel | {f"ix-{new}"}
        assert near.found() == near.expected() - {f"ix-{small.plan}"}, report.reasons
        del near.intranet.push_documents
        near.clock.pass_seconds(DAY)
        await near.run(mode)
        near.clock.pass_seconds(DAY)
        report = await near.run(mode)
        assert near.found() == near.expected(), report.reasons


async def test_runs_without_an_answer_that_are_days_apart_take_nothing_out(tmp_path: Path) -> None:
    """Where runs are that rare the intranet may have been away each time: it says nothing of the document."""
    async with small_world(tmp_path) as (near, small):
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        await near.run("full")
        near.rooms.set_authorities(small.bridge, FEW)
        never_answered(near, small.plan)
        for _ in range(4):
            near.clock.pass_seconds(2 * DAY)
            assert (await near.run()).outcome == "failed"
        assert near.found() == near.expected()
