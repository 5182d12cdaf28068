"""Rules 1, 4 and 5: a ledger that was lost or restored, and what it may not cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.sandbox.faults import LIST_200, How, Status
from tests.people.estate import estate
from tests.rules.ground import (
    ALL,
    ALL_AND_FEW,
    FEW,
    ask_ledger,
    authorities_of,
    break_all,
    children_of,
    copy_ledger,
    files_of,
    live_gone,
    lose_ledger,
    plain_world,
    restore_ledger,
    small_world,
)


@pytest.mark.parametrize("hidden", ["alpha", "omega"])
async def test_lost_ledger_does_not_blind_the_brake_to_a_lost_room(tmp_path: Path, hidden: str) -> None:
    async with plain_world(tmp_path, alpha=15, omega=15) as (near, roots):
        await near.run("full")
        before = near.found()
        near.rooms.hide_room(roots[hidden])
        lose_ledger(near)
        report = await near.run("full")
        assert near.found() == before
        assert report.outcome == "braked", report.reasons


async def test_brake_of_a_lost_ledger_stays_until_somebody_decides(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=15, middle=15, omega=15) as (near, roots):
        await near.run("full")
        before = near.found()
        # the room that carries the count stays readable: that is the easier case
        carrier = min(roots, key=lambda slug: roots[slug])
        near.rooms.hide_room(roots[next(slug for slug in roots if slug != carrier)])
        for slug in list(roots):
            if slug != carrier and near.rooms.rooms[roots[slug]].hidden is None:
                near.rooms.rename_room(roots[slug], slug=f"zz-{slug}")
        near.rooms.rename_room(roots[carrier], slug="aa")
        await near.run("delta")
        near.rooms.unhide_room(next(root for root in roots.values() if near.rooms.rooms[root].hidden))
        await near.run("full")
        assert near.found() == before
        near.rooms.hide_room(next(root for slug, root in roots.items() if slug != carrier))
        lose_ledger(near)
        for _ in range(4):
            report = await near.run("full")
            assert near.found() == before, report.reasons
            assert report.outcome == "braked", report.reasons


@pytest.mark.parametrize("what", ["rooms", "communities"])
async def test_lost_ledger_and_an_empty_list_of_rooms_remove_nothing(tmp_path: Path, what: str) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        before = near.found()
        lose_ledger(near)
        break_all(near, f"GET *{what}", LIST_200)
        await near.run("full")
        assert near.found() == before


@pytest.mark.parametrize("lie", [LIST_200, Status(404)])
async def test_lost_ledger_and_a_lying_listing_remove_nothing(tmp_path: Path, lie: How) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        before = near.found()
        lose_ledger(near)
        break_all(near, children_of(small.drawings), lie)
        await near.run("full")
        assert not live_gone(near)
        assert near.found() == before


async def test_restored_older_ledger_takes_everything_as_new(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        copy_ledger(near, tmp_path / "backup.db")
        near.rooms.edit_entry(small.rfi, {"Title": "Which nuts?"})
        await near.run("full")
        restore_ledger(near, tmp_path / "backup.db")
        near.rooms.edit_entry(small.rfi, {"Title": "Which bolts?"})
        mark = near.intranet.mark()
        report = await near.run("delta")
        assert set(near.intranet.pushed_since(mark)) == near.expected()
        assert any("different or newer ledger" in reason for reason in report.reasons)
        assert not live_gone(near)


async def test_emptied_intranet_gets_everything_again(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        near.intranet.documents.clear()
        await near.run("delta")
        assert near.found() == near.expected()


async def test_an_approval_of_something_else_lifts_no_note(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=15, omega=15) as (near, roots):
        await near.run("full")
        before = near.found()
        lose_ledger(near)
        # nothing of the room, not even its own document, comes into the new ledger
        fault = break_all(near, f"GET *content/{roots['omega']}*", Status(503))
        unread = await near.run("full")
        assert unread.outcome == "withheld"
        near.wire.faults.remove(fault)
        near.rooms.hide_room(roots["omega"])
        report = await near.run("full", approve=unread.run_id)
        assert not report.session.ended
        assert near.found() == before


@pytest.mark.parametrize("mode", ["delta", "full", "backfill"])
async def test_audience_that_only_an_old_ledger_remembers_opens_nothing(tmp_path: Path, mode: str) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        await near.run("full")
        copy_ledger(near, tmp_path / "backup.db")
        near.rooms.set_authorities(small.bridge, FEW)
        await near.run("full")
        tunnel = {f"ix-{small.tunnel}", f"ix-{small.report}"}
        assert near.intranet.visible_to("kari@example.com") == tunnel
        restore_ledger(near, tmp_path / "backup.db")
        fault = break_all(near, authorities_of(small.bridge), LIST_200)
        before = near.found()
        for run in (mode, "full", "delta"):
            near.clock.pass_seconds(200)
            await near.run(run)
            assert near.intranet.visible_to("kari@example.com") == tunnel, run
            assert near.found() == before
        near.wire.faults.remove(fault)
        near.clock.pass_seconds(90_000)
        await near.run("delta")
        await near.run("full")
        assert near.found() == near.expected()
        assert near.intranet.visible_to("kari@example.com") == tunnel
        assert near.intranet.visible_to("ola@example.com") == near.expected() - tunnel


@pytest.mark.parametrize("met", ["before the backup", "after the backup"])
@pytest.mark.parametrize("stopped", [False, True])
async def test_lists_of_single_files_are_asked_for_anew_after_a_restore(
    tmp_path: Path, met: str, stopped: bool
) -> None:
    async with estate(tmp_path, "folder") as (near, small):
        near.intranet.seed_person("kari@example.com", "Kari", [ALL])
        near.values["sources.interaxo.audience_share"] = 0.001
        await near.run("full")
        closed = small.section
        if met == "before the backup":
            copy_ledger(near, tmp_path / "copy.db")
        near.clock.pass_seconds(1_000)
        if met == "after the backup":
            copy_ledger(near, tmp_path / "copy.db")
            closed = near.rooms.add_file(small.details, "new.txt", content=b"new")
        near.rooms.set_authorities(closed, FEW)
        await near.run("full")
        assert not near.intranet.can_see("kari@example.com", f"ix-{closed}")
        restore_ledger(near, tmp_path / "copy.db")
        near.clock.pass_seconds(1_000)
        if stopped:
            break_all(near, children_of(small.details), Status(503))
            break_all(near, authorities_of(closed), Status(503))
            await near.run("delta")
            assert not near.intranet.can_see("kari@example.com", f"ix-{closed}")
            near.wire.clear()
            near.clock.pass_seconds(1_000)
        report = await near.run("delta")
        assert not near.intranet.can_see("kari@example.com", f"ix-{closed}"), report.reasons


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_a_breadcrumb_that_changes_brings_no_audience_back_that_only_an_old_ledger_remembers(
    tmp_path: Path, mode: str
) -> None:
    """What loses the name of a closed folder goes out with the readers whom it has: after a restore nobody knows these."""
    async with estate(tmp_path, "folder") as (near, small):
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        await near.run("full")
        copy_ledger(near, tmp_path / "backup.db")
        near.rooms.set_authorities(small.bridge, FEW)
        near.rooms.set_authorities(small.photo, FEW)
        await near.run("full")
        before = near.intranet.visible_to("kari@example.com")
        assert f"ix-{small.photo}" not in before
        restore_ledger(near, tmp_path / "backup.db")
        break_all(near, authorities_of(small.photo), Status(503))
        for _ in range(2):
            await near.run(mode)
            assert near.intranet.visible_to("kari@example.com") <= before
        near.wire.clear()
        await near.run(mode)
        assert f"ix-{small.photo}" in near.intranet.visible_to("ola@example.com")


async def test_a_brake_that_only_a_note_pulls_says_how_and_is_decided_once(tmp_path: Path) -> None:
    """A small source whose note is as a run left it that could not write it anew: approved, the note is written in a delta, too."""
    async with plain_world(tmp_path, alpha=11, beta=9) as (near, roots):
        await near.run("full")
        for one in files_of(near, roots["alpha"]):
            near.rooms.remove(one)
        braked = await near.run("delta")
        assert braked.outcome == "braked"
        before = {root: near.intranet.documents[f"ix-{root}"].state for root in roots.values()}
        await near.run("delta", approve=braked.run_id)
        for root, state in before.items():
            near.intranet.documents[f"ix-{root}"].state = state
        ask_ledger(near, "UPDATE ledger SET id='another'")  # as `ledger restore` does
        near.clock.pass_seconds(4_000)
        await near.run("full")
        near.clock.pass_seconds(4_000)
        braked = await near.run("full")
        assert braked.outcome == "braked"
        assert f"connector sync --approve {braked.run_id}" in " ".join(braked.reasons)
        await near.run("delta", approve=braked.run_id)
        near.clock.pass_seconds(4_000)
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert report.session.ended
