"""Rule 4: the brake, approving and keeping."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.sandbox.faults import RESET_AFTER, Status
from connector.sandbox.interaxo_items import IDENTITY
from tests.rules.ground import (
    ALL,
    END,
    FEW,
    ONLY_FEW,
    audience_of,
    break_all,
    break_once,
    children_of,
    files_of,
    lists,
    live_gone,
    lose_ledger,
    plain_world,
    small_world,
    when,
)
from tests.rules.test_unnamed_source import FILES, forget_second, name_second, of_second, two_sources


async def test_slow_bleeding_meets_the_brake(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=60) as (near, roots):
        await near.run("full")
        outcomes = []
        for _ in range(6):
            for native in files_of(near, roots["alpha"])[:4]:
                near.rooms.remove(native)
            near.clock.pass_seconds(3_600)
            outcomes.append((await near.run("delta")).outcome)
        assert len(near.intranet.deletions) == 8
        assert outcomes == ["succeeded", "succeeded", "braked", "braked", "braked", "braked"]


async def test_held_removals_do_not_block_a_new_small_one(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=60) as (near, roots):
        await near.run("full")
        for native in files_of(near, roots["alpha"])[:20]:
            near.rooms.remove(native)
        await near.run("delta")
        near.rooms.remove(files_of(near, roots["alpha"])[0])
        report = await near.run("delta")
        assert len(near.intranet.deletions) == 1
        assert report.outcome == "braked"
        assert report.documents.held == 20


async def test_brake_is_released_after_a_day(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=60) as (near, roots):
        await near.run("full")
        for _ in range(3):
            for native in files_of(near, roots["alpha"])[:8]:
                near.rooms.remove(native)
            near.clock.pass_seconds(90_000)
            assert (await near.run("delta")).outcome == "succeeded"
        assert near.found() == near.expected()


async def test_braked_run_removes_none_and_pushes_all(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=30) as (near, roots):
        await near.run("full")
        for native in files_of(near, roots["alpha"])[:12]:
            near.rooms.remove(native)
        new = near.rooms.add_file(roots["alpha"], "new.txt", content=b"n")
        report = await near.run("full")
        assert report.outcome == "braked"
        assert not near.intranet.deletions
        assert f"ix-{new}" in near.found()


async def test_approval_removes_what_the_run_named_minus_what_came_back(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=30) as (near, roots):
        await near.run("full")
        gone = files_of(near, roots["alpha"])[:12]
        for native in gone:
            near.rooms.hide(native)
        braked = await near.run("delta")
        near.rooms.unhide(gone[0])
        later = files_of(near, roots["alpha"])[5]
        near.rooms.remove(later)
        report = await near.run("delta", approve=braked.run_id)
        assert report.outcome == "succeeded", report.reasons
        assert near.found() == near.expected()
        assert not live_gone(near)
        report = await near.run("delta", approve=braked.run_id)
        assert report.outcome == "succeeded"
        assert not live_gone(near)


async def test_approved_removals_do_not_count_for_the_day(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=60) as (near, roots):
        await near.run("full")
        for native in files_of(near, roots["alpha"])[:20]:
            near.rooms.remove(native)
        braked = await near.run("delta")
        await near.run("delta", approve=braked.run_id)
        for native in files_of(near, roots["alpha"])[:3]:
            near.rooms.remove(native)
        report = await near.run("delta")
        assert report.outcome == "succeeded"
        assert near.found() == near.expected()


async def test_kept_documents_change_no_outcome_and_withhold_an_end(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=30) as (near, roots):
        await near.run("full")
        before = near.found()
        for native in files_of(near, roots["alpha"])[:12]:
            near.rooms.remove(native)
        braked = await near.run("delta")
        report = await near.run("delta", keep=braked.run_id)
        assert report.outcome == "succeeded"
        report = await near.run("delta")
        assert report.outcome == "succeeded"
        report = await near.run("full")
        assert not report.session.ended
        assert near.found() == before


@pytest.mark.parametrize("decided", ["keep", "approve"])
async def test_what_was_kept_and_loses_its_readers_is_decided_about_once_more_and_then_counts_no_more(
    tmp_path: Path, decided: str
) -> None:
    async with plain_world(tmp_path, alpha=60, omega=60) as (near, roots):
        await near.run("full")
        missing = files_of(near, roots["alpha"])[:30]
        for native in missing:
            near.rooms.remove(native)
        report = await near.run("delta")
        report = await near.run("delta", keep=report.run_id)
        assert report.outcome == "succeeded", report.reasons
        near.rooms.set_authorities(roots["alpha"], [("user", IDENTITY)])
        report = await near.run("delta")
        assert report.outcome == "braked"
        assert {one.code for one in report.held} == {"audience-lost"}, "the reason is another one"
        for native in missing:
            assert audience_of(near, native), "nobody decided about that"
        report = await near.run("delta", **{decided: report.run_id})
        assert report.outcome == "succeeded", report.reasons
        for _ in range(2):
            near.rooms.remove(files_of(near, roots["omega"])[0])
            report = await near.run("delta")
            assert report.outcome == "succeeded", report.reasons
        if decided == "keep":
            assert live_gone(near) == set()
            near.rooms.set_authorities(roots["alpha"], [("group", "all")])
            report = await near.run("delta")
            report = await near.run("delta")
            assert report.outcome == "braked", "it is missing all the same"
            assert {one.code for one in report.held} == {"brake"}
            assert len(report.held) == 30
        else:
            assert not {f"ix-{native}" for native in missing} & near.found()


async def test_dry_run_cannot_be_approved(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=30) as (near, roots):
        await near.run("full")
        before = near.found()
        for native in files_of(near, roots["alpha"])[:12]:
            near.rooms.remove(native)
        dry = await near.run("delta", dry_run=True)
        report = await near.run("delta", approve=dry.run_id)
        assert report.outcome == "failed"
        assert "dry run" in " ".join(report.reasons)
        assert near.found() == before


async def test_excluded_room_is_held_and_approved(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        before = near.found()
        near.values["sources.interaxo.rooms"] = ["*", "!tunnel"]
        for mode in ("delta", "full"):
            report = await near.run(mode)
            assert near.found() == before
            assert {held.id for held in report.held} == {f"ix-{small.tunnel}", f"ix-{small.report}"}
        await near.run("delta", approve=report.run_id)
        assert near.found() == near.expected() - {f"ix-{small.tunnel}", f"ix-{small.report}"}


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("how", ["removed", "left out"])
async def test_what_lost_its_readers_can_be_approved_although_its_room_is_no_longer_read(
    tmp_path: Path, how: str, kept: bool
) -> None:
    """No list of such a room is read: an approval did nothing, and its former readers found it for ever."""
    async with small_world(tmp_path) as (near, small):
        near.values["safety.max_deletes"] = 1
        tunnel = {f"ix-{small.tunnel}", f"ix-{small.report}"}
        await near.run("full")
        near.rooms.set_authorities(small.tunnel, [("user", IDENTITY)])
        report = await near.run("delta")
        assert {(one.id, one.code) for one in report.held} == {(one, "audience-lost") for one in tunnel}
        if kept:
            await near.run("delta", keep=report.run_id)
        if how == "removed":
            near.rooms.remove_room(small.tunnel)
        else:
            near.values["sources.interaxo.rooms"] = ["*", "!tunnel"]
        again = await near.run("delta", approve=report.run_id)
        why = "room-vanished" if how == "removed" else "room-excluded"
        assert {(one.id, one.code) for one in again.held} == {(one, why) for one in tunnel}
        assert again.outcome == "withheld", again.reasons
        assert tunnel <= near.found()
        assert (await near.run("delta", keep=again.run_id)).outcome == "succeeded"
        assert (await near.run("delta")).outcome == "succeeded"
        await near.run("delta", approve=again.run_id)
        assert not tunnel & near.found()
        report = await near.run("full")
        assert (report.outcome, report.session.ended) == ("succeeded", True), report.reasons


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_what_lost_its_readers_is_weighed_anew_where_its_room_is_read_again(
    tmp_path: Path, mode: str
) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["safety.max_deletes"] = 1
        await near.run("full")
        near.rooms.set_authorities(small.tunnel, [("user", IDENTITY)])
        await near.run("delta")
        near.values["sources.interaxo.rooms"] = ["*", "!tunnel"]
        await near.run("delta")
        near.values["sources.interaxo.rooms"] = ["*"]
        report = await near.run(mode)
        assert {one.code for one in report.held} == {"audience-lost"}
        assert audience_of(near, small.report) == [ALL]
        near.rooms.set_authorities(small.tunnel, FEW)
        report = await near.run(mode)
        assert (report.outcome, audience_of(near, small.report)) == ("succeeded", [ONLY_FEW]), report.reasons


async def test_room_included_again_is_released_before_the_approval(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        near.values["sources.interaxo.rooms"] = ["*", "!tunnel"]
        held = await near.run("delta")
        near.values["sources.interaxo.rooms"] = ["*"]
        await near.run("delta", approve=held.run_id)
        assert near.found() == near.expected()
        assert not near.intranet.deletions


async def test_what_came_back_into_a_room_that_is_excluded_since_waits_for_a_decision_about_that(
    tmp_path: Path,
) -> None:
    async with plain_world(tmp_path, alpha=30, beta=3) as (near, roots):
        await near.run("full")
        gone = files_of(near, roots["alpha"])[:12]
        for native in gone:
            near.rooms.hide(native)
        braked = await near.run("delta")
        for native in gone:
            near.rooms.unhide(native)
        near.values["sources.interaxo.rooms"] = ["*", "!alpha"]
        report = await near.run("delta", approve=braked.run_id)
        assert not live_gone(near)
        assert {one.code for one in report.held} == {"room-excluded"}
        await near.run("delta", approve=report.run_id)
        assert near.found() == {f"ix-{one}" for one in (roots["beta"], *files_of(near, roots["beta"]))}


@pytest.mark.parametrize("kept", [False, True])
async def test_a_source_that_is_named_again_holds_nothing_any_more(tmp_path: Path, kept: bool) -> None:
    async with two_sources(tmp_path) as near:
        await near.run("full")
        forget_second(near)
        held = await near.run("delta")
        if kept:
            await near.run("delta", keep=held.run_id)
        near.rooms.remove(next(one.id for one in near.rooms.items() if one.name == "two 3.txt"))
        name_second(near)
        near.clock.pass_seconds(1_000)
        report = await near.run("delta")
        assert (report.outcome, of_second(near)) == ("succeeded", FILES), report.reasons
        near.clock.pass_seconds(1_000)
        assert (await near.run("full")).session.ended


async def test_excluded_folder_can_be_approved_with_all_below_it(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.values["sources.interaxo.mapping.folder.exclude"] = "{{ item.name == 'Details' }}"
        held = await near.run("delta")
        assert {one.id for one in held.held} == {f"ix-{small.details}", f"ix-{small.section}"}
        report = await near.run("delta", approve=held.run_id)
        assert near.found() == near.expected() - {f"ix-{small.details}", f"ix-{small.section}"}, (
            report.reasons
        )


async def test_historical_entries_can_be_approved_with_their_attachments(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        near.values["sources.interaxo.historical"] = True
        await near.run("full")
        near.values["sources.interaxo.historical"] = False
        held = await near.run("delta")
        await near.run("delta", approve=held.run_id)
        assert near.found() == near.expected()


async def test_approval_of_a_vanished_room_spares_what_moved_out_of_it(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.move(small.report, small.drawings)
        near.rooms.hide_room(small.tunnel)
        break_all(near, children_of(small.drawings), Status(503))
        held = await near.run("delta")
        near.wire.clear()
        await near.run("delta", approve=held.run_id)
        assert f"ix-{small.report}" not in live_gone(near)


async def test_approval_while_the_source_is_down_removes_nothing(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=30) as (near, roots):
        await near.run("full")
        before = near.found()
        for native in files_of(near, roots["alpha"])[:12]:
            near.rooms.hide(native)
        braked = await near.run("delta")
        break_all(near, "GET *content/*", Status(503))
        await near.run("delta", approve=braked.run_id)
        assert near.found() == before


async def test_item_that_comes_back_in_the_middle_of_an_approval_is_found_again(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=30) as (near, roots):
        await near.run("full")
        gone = files_of(near, roots["alpha"])[:12]
        for native in gone:
            near.rooms.hide(native)
        braked = await near.run("delta")

        def come_back() -> None:
            for native in gone:
                near.rooms.unhide(native)

        when(near, lists(roots["alpha"]), come_back)
        await near.run("delta", approve=braked.run_id)
        assert near.found() == near.expected()


async def test_what_a_sessions_end_removed_counts_for_the_day(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=60) as (near, roots):
        await near.run("full")
        for native in files_of(near, roots["alpha"])[:8]:
            near.rooms.remove(native)
        lose_ledger(near)
        await near.run("full")
        ended = await near.run("full")
        assert ended.session.reported_removals == 8, ended.reasons
        for native in files_of(near, roots["alpha"])[:8]:
            near.rooms.remove(native)
        assert (await near.run("delta")).outcome == "braked"
        assert len(near.intranet.deletions) == 8
        near.clock.pass_seconds(90_000)
        assert (await near.run("delta")).outcome == "braked"  # held: a person decides
        near.rooms.remove(files_of(near, roots["alpha"])[0])
        await near.run("delta")
        assert len(near.intranet.deletions) == 9


async def test_what_an_unanswered_end_may_have_removed_counts_for_the_day(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=60) as (near, roots):
        await near.run("full")
        for native in files_of(near, roots["alpha"])[:8]:
            near.rooms.remove(native)
        lose_ledger(near)
        await near.run("full")
        break_once(near, END, RESET_AFTER)
        await near.run("full")
        assert len(near.intranet.deletions) == 8
        for native in files_of(near, roots["alpha"])[:8]:
            near.rooms.remove(native)
        assert (await near.run("delta")).outcome == "braked"


async def test_end_that_a_person_approved_does_not_count_for_the_day(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=60) as (near, roots):
        await near.run("full")
        for native in files_of(near, roots["alpha"])[:20]:
            near.rooms.remove(native)
        lose_ledger(near)
        await near.run("full")
        braked = await near.run("full")
        assert braked.outcome == "braked", braked.reasons
        ended = await near.run("full", approve=braked.run_id)
        assert ended.session.reported_removals == 20, ended.reasons
        near.rooms.remove(files_of(near, roots["alpha"])[0])
        assert (await near.run("delta")).outcome == "succeeded"


async def test_emptied_documents_count_for_the_day_as_removed_ones_do(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=40) as (near, roots):
        near.values["sources.interaxo.permissions"] = "item"
        near.rooms.quirks.authorities_on_simple_folders = False
        folder = near.rooms.add_folder(roots["alpha"], "parts")
        parts = [near.rooms.add_folder(folder, f"part {n}") for n in range(8)]
        for part in parts:
            for name in ("one", "two"):
                near.rooms.add_file(part, f"{name}.txt", content=b"x")
        await near.run("full")
        for part in parts:
            one, two = files_of(near, part)
            near.rooms.set_authorities(one, [("user", "one@example.com")])
            near.rooms.set_authorities(two, [("user", "two@example.com")])
        await near.run("delta")
        emptied = [
            key for key, row in near.intranet.documents.items() if not row.document["ExternalIdentities"]
        ]
        assert len(emptied) >= 8, "folders whose items have nobody in common are seen by nobody"
        assert len(emptied) <= 10
        for native in files_of(near, roots["alpha"])[:6]:
            near.rooms.remove(native)
        assert (await near.run("delta")).outcome == "braked"
        assert not near.intranet.deletions
