"""Rules 5 and 1: late calls, killed runs, and dry runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.plan.options import Watch
from connector.sandbox.faults import LATE, RESET_AFTER, RESET_BEFORE, Status
from tests.estates import Small
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import (
    DELETE,
    PUSH,
    as_it_died,
    break_all,
    break_once,
    copy_at_death,
    files_of,
    live_gone,
    plain_world,
    small_world,
    tables,
    when,
)
from tests.rules.hiding import hide


def edit(near: Neighbourhood, small: Small) -> None:
    near.rooms.rename(small.drawings, "Drawings of the bridge")
    near.rooms.remove(small.site)
    near.rooms.add_file(small.details, "new.txt", content=b"new")
    near.rooms.move(small.section, small.drawings)
    near.rooms.edit_entry(small.rfi, {"Title": "Which nuts?"})
    near.rooms.set_authorities(small.tunnel, [("group", "all"), ("group", "few")])


async def test_late_push_after_newer_content_is_put_right(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.rename(small.plan, "second.pdf")
        break_once(near, PUSH, LATE)
        report = await near.run("delta")
        assert report.outcome == "withheld"
        near.rooms.rename(small.plan, "third.pdf")
        await near.run("delta")
        await near.wire.run_late()
        assert near.document(small.plan)["Title"] == "second.pdf"
        near.clock.pass_seconds(200)
        await near.run("delta")
        assert near.document(small.plan)["Title"] == "third.pdf"


@pytest.mark.parametrize("call", [PUSH, DELETE])
async def test_call_of_a_killed_run_that_arrives_late_is_put_right(tmp_path: Path, call: str) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        if call == PUSH:
            near.rooms.rename(small.plan, "second.pdf")
        else:
            near.rooms.hide(small.plan)
        ending = call.removeprefix("PUT *")
        when(near, lambda one: one.path.endswith(ending), lambda: copy_at_death(near, tmp_path / "killed.db"))
        break_once(near, call, LATE)
        await near.run("delta")
        as_it_died(near, tmp_path / "killed.db")
        near.wire.faults.clear()
        near.rooms.unhide(small.plan)
        near.rooms.rename(small.plan, "third.pdf")
        await near.run("delta")
        assert await near.wire.run_late() == 1
        near.clock.pass_seconds(200)
        await near.run("delta")
        assert near.found() == near.expected()
        assert near.document(small.plan)["Title"] == "third.pdf"


async def test_late_push_within_the_attempts_of_one_run_is_put_right(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["http.attempts"] = 2
        await near.run("full")
        near.rooms.rename(small.plan, "second.pdf")
        break_once(near, PUSH, LATE)
        await near.run("delta")
        near.rooms.rename(small.plan, "third.pdf")
        await near.run("delta")
        await near.wire.run_late()
        near.clock.pass_seconds(200)
        await near.run("delta")
        assert near.document(small.plan)["Title"] == "third.pdf"


async def test_late_push_of_a_deleted_document_is_taken_back(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.rename(small.plan, "second.pdf")
        break_once(near, PUSH, LATE)
        await near.run("delta")
        near.rooms.remove(small.plan)
        await near.run("delta")
        assert near.found() == near.expected()
        await near.wire.run_late()
        assert f"ix-{small.plan}" in near.found()
        near.clock.pass_seconds(200)
        await near.run("delta")
        assert near.found() == near.expected()


@pytest.mark.parametrize("then", ["changed", "narrowed", "removed", "hidden"])
async def test_late_push_of_what_was_accepted_since_as_it_was_sent_is_put_right(
    tmp_path: Path, then: str
) -> None:
    """It brings nothing new as long as the document stays so."""
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.rename(small.plan, "second.pdf")
        break_once(near, PUSH, LATE)
        await near.run("delta")
        await near.run("delta")
        assert near.document(small.plan)["Title"] == "second.pdf"
        match then:
            case "changed":
                near.rooms.rename(small.plan, "third.pdf")
            case "narrowed":
                near.rooms.set_authorities(small.bridge, [("group", "few")])
            case "removed":
                near.rooms.remove(small.plan)
            case _:
                await hide(near, small.plan)
        await near.run("delta")
        found, document = near.found(), near.intranet.documents.get(f"ix-{small.plan}")
        before = None if document is None else dict(document.document)
        assert await near.wire.run_late() == 1
        for _ in range(2):
            near.clock.pass_seconds(200)
            await near.run("delta")
        assert near.found() == found
        if before is not None:
            after = near.document(small.plan)
            assert {after[one] == before[one] for one in ("Title", "ExternalIdentities")} == {True}


async def test_late_delete_of_a_document_that_came_back_is_put_right(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.hide(small.plan)
        break_once(near, DELETE, LATE)
        await near.run("delta")
        near.rooms.unhide(small.plan)
        await near.run("delta")
        await near.wire.run_late()
        assert f"ix-{small.plan}" not in near.found()
        near.clock.pass_seconds(200)
        await near.run("delta")
        assert near.found() == near.expected()


async def test_late_repeat_of_a_delete_is_put_right_too(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["http.attempts"] = 2
        await near.run("full")
        near.rooms.hide(small.plan)
        break_once(near, DELETE, RESET_AFTER)
        await near.run("delta")
        near.clock.pass_seconds(200)
        near.values["http.attempts"] = 1
        break_once(near, DELETE, LATE)  # the repeat that follows a lost call gets lost as well
        await near.run("delta")
        near.rooms.unhide(small.plan)
        await near.run("delta")
        await near.wire.run_late()
        for _ in range(2):
            near.clock.pass_seconds(200)
            await near.run("delta")
        assert near.found() == near.expected()


@pytest.mark.parametrize("repeat", [1, 2])
async def test_late_attempt_of_a_repeated_delete_that_was_answered_is_put_right_too(
    tmp_path: Path, repeat: int
) -> None:
    """The last repeat forgot the document, so that nothing told of its own attempt without an answer."""
    async with small_world(tmp_path) as (near, small):
        near.values["http.attempts"], near.values["http.backoff_max_s"] = 2, 0.01
        await near.run("full")
        near.rooms.hide(small.plan)
        break_once(near, DELETE, RESET_AFTER)
        for _ in range(repeat):
            await near.run("delta")
            near.clock.pass_seconds(200)
        break_once(near, DELETE, LATE)
        await near.run("delta")
        near.rooms.unhide(small.plan)
        await near.run("delta")
        near.rooms.rename(small.section, "later.txt")
        await near.run("delta")  # what is there of it tells that no backup was put back
        assert await near.wire.run_late() == 1
        assert f"ix-{small.plan}" not in near.found()
        for _ in range(2):
            near.clock.pass_seconds(200)
            await near.run("delta")
        assert near.found() == near.expected()


async def test_unanswered_repeat_of_a_delete_does_not_fail_the_run(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["http.attempts"] = 2
        await near.run("full")
        near.rooms.hide(small.plan)
        break_once(near, DELETE, RESET_AFTER)
        await near.run("delta")
        near.clock.pass_seconds(200)
        break_all(near, DELETE, Status(503))
        near.rooms.rename(small.section, "other.txt")
        await near.run("delta")
        assert near.document(small.section)["Title"] == "other.txt"


@pytest.mark.parametrize("mode", ["delta", "full", "backfill"])
async def test_run_killed_at_any_call_costs_no_live_document(tmp_path: Path, mode: str) -> None:
    """The ledger as it stands at every ninth call is what the next process finds; nothing sent later arrives."""
    async with small_world(tmp_path / "count") as (near, small):
        await near.run("backfill")
        edit(near, small)
        near.wire.clear()
        await near.run(mode)
        total = len(near.wire.calls)
    for n in range(2, total + 1, 9):
        async with small_world(tmp_path / str(n)) as (near, small):
            await near.run("backfill")
            edit(near, small)
            near.wire.clear()
            copy = tmp_path / f"{n}.db"

            def dead(call: object, n: int = n, near: Neighbourhood = near, copy: Path = copy) -> bool:
                if getattr(call, "number", 0) == n:
                    copy_at_death(near, copy)
                return bool(getattr(call, "number", 0) >= n)

            break_all(near, dead, RESET_BEFORE)
            await near.run(mode)
            assert not live_gone(near), n
            as_it_died(near, copy)
            near.wire.clear()
            await near.run(mode)
            assert not live_gone(near), n
            near.clock.pass_seconds(200)
            report = await near.run("full")
            assert near.found() == near.expected(), n
            assert not live_gone(near), n
            assert report.outcome == "succeeded", (n, report.reasons)


@pytest.mark.parametrize("mode", ["delta", "backfill"])
async def test_killed_run_repeats_nothing_confirmed(tmp_path: Path, mode: str) -> None:
    # more than the batches that may wait for their turn can hold
    async with plain_world(tmp_path, alpha=120) as (near, _):
        near.values["targets.intranet.concurrency"] = 1
        pushed = [0]

        def count(accepted: int) -> None:
            pushed[0] += accepted

        report = await near.run(mode, Watch(pushed=count, stopping=lambda: pushed[0] >= 20))
        assert report.outcome == "cancelled"
        first = set(near.intranet.pushed_since(0))
        mark = near.intranet.mark()
        await near.run(mode)
        second = set(near.intranet.pushed_since(mark))
        rooms = {key for key in near.found() if near.intranet.documents[key].document["IsParent"]}
        assert len(first) >= 20
        assert not (first & second) - rooms
        assert near.found() == near.expected()


async def test_finished_backfill_begins_anew_and_restart_repeats(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=4) as (near, _):
        await near.run("backfill")
        mark = near.intranet.mark()
        await near.run("backfill", restart=True)
        assert set(near.intranet.pushed_since(mark)) == near.expected()


async def test_dry_run_writes_nothing_anywhere(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=30) as (near, roots):
        near.values["safety.max_deletes"] = 8
        await near.run("full")
        for native in files_of(near, roots["alpha"])[:3]:
            near.rooms.remove(native)
        near.rooms.add_file(roots["alpha"], "new.txt", content=b"n")
        near.rooms.set_authorities(roots["alpha"], [("group", "few")])
        before = tables(near)
        documents = {key: row.pushed_count for key, row in near.intranet.documents.items()}
        for mode in ("delta", "full", "backfill"):
            near.wire.clear()
            report = await near.run(mode, dry_run=True)
            assert not [
                call for call in near.wire.calls if call.server == "interact" and call.method != "GET"
            ]
            assert report.changes
        after = tables(near)
        assert {name for name in before if before[name] != after[name]} <= {"runs"}
        assert all(row[before_dry()] for row in after["runs"] if row not in before["runs"])
        assert documents == {key: row.pushed_count for key, row in near.intranet.documents.items()}
        report = await near.run("delta", dry_run=True)
        assert {change.change for change in report.changes} >= {"add", "delete"}


def before_dry() -> int:
    """Which column of `runs` says that a run was a rehearsal."""
    return 4


async def test_clock_that_jumps_back_costs_nothing(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.remove(small.site)
        near.clock.pass_seconds(-7_200)
        await near.run("delta")
        near.rooms.rename(small.plan, "second.pdf")
        break_once(near, PUSH, RESET_AFTER)
        await near.run("delta")
        near.clock.pass_seconds(-86_400)
        await near.run("full")
        near.clock.pass_seconds(200_000)
        report = await near.run("full")
        assert near.found() == near.expected()
        assert not live_gone(near)
        assert report.outcome == "succeeded", report.reasons


async def test_a_push_that_may_have_arrived_before_the_key_was_refused_is_remembered(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=1) as (near, roots):
        near.values["http.attempts"], near.values["http.backoff_max_s"] = 2, 0.01
        await near.run("full")
        new = near.rooms.add_file(roots["alpha"], "new.txt", content=b"new")
        break_once(near, "PUT *docs/addupdate", RESET_AFTER)
        break_once(near, "PUT *docs/addupdate", Status(401))
        report = await near.run("delta")
        assert report.outcome == "failed", report.reasons
        assert f"ix-{new}" in near.found(), "the first attempt had its effect"
        near.rooms.remove(new)
        near.wire.clear()
        for _ in range(2):
            near.clock.pass_seconds(3_700)
            await near.run("delta")
        assert near.found() == near.expected(), "nobody else would ever remove it"
