"""Showing more people more: last, and not too much at once without approval; losing everybody is a removal."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.sandbox.faults import RESET_AFTER, RESET_BEFORE, Reset, Status
from connector.sandbox.interact_rows import Refusal
from connector.sandbox.interaxo_items import IDENTITY
from tests.people.estate import ALL, ALL_AND_FEW, FEW, PEOPLE, estate, may_see, sees
from tests.rules.ground import PUSH, authorities_of, break_all, break_once, children_of


async def test_too_much_widening_is_held_until_it_is_approved(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", safety__max_widened=3) as (near, small):
        await near.run("full")
        kari = sees(near, "kari")
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        near.rooms.rename(small.plan, "new name.pdf")
        report = await near.run("delta")
        assert report.outcome == "braked"
        assert report.exit_code == 4
        assert near.document(small.plan)["Title"] == "new name.pdf"
        assert f"ix-{small.plan}" not in sees(near, "ola")
        assert sees(near, "kari") == kari
        assert {one.id for one in report.held} >= {f"ix-{small.plan}", f"ix-{small.bridge}"}
        again = await near.run("delta")
        assert again.outcome == "braked"
        approved = await near.run("delta", approve=report.run_id)
        assert approved.outcome == "succeeded", approved.reasons
        assert sees(near, "ola") == may_see(near, "ola")
        assert (await near.run("delta")).documents.updated == 0


async def test_approval_is_bound_to_the_audience_that_was_seen(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", safety__max_widened=3) as (near, small):
        near.rooms.set_authorities(small.bridge, FEW)
        await near.run("full")
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        report = await near.run("delta")
        near.rooms.set_authorities(small.bridge, [*ALL_AND_FEW, ("user", "per@example.com")])
        other = await near.run("delta", approve=report.run_id)
        assert other.outcome == "braked"
        assert f"ix-{small.plan}" not in sees(near, "kari")
        assert f"ix-{small.plan}" not in sees(near, "per")


async def test_kept_widening_changes_no_outcome_and_no_audience(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", safety__max_widened=3) as (near, small):
        await near.run("full")
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        report = await near.run("delta")
        kept = await near.run("delta", keep=report.run_id)
        assert kept.outcome == "succeeded", kept.reasons
        assert (await near.run("full")).outcome == "succeeded"
        assert f"ix-{small.plan}" not in sees(near, "ola")


async def test_widening_that_was_taken_back_is_no_longer_held(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", safety__max_widened=3) as (near, small):
        await near.run("full")
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        await near.run("delta")
        near.rooms.set_authorities(small.bridge, ALL)
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons
        assert report.documents.held == 0


async def test_wider_audiences_go_out_after_everything_else(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, small):
        await near.run("full")
        near.rooms.set_authorities(small.tunnel, ALL_AND_FEW)
        near.rooms.rename(small.plan, "renamed.pdf")
        mark = near.intranet.mark()
        await near.run("delta")
        pushed = near.intranet.pushed_since(mark)
        assert pushed[0] == f"ix-{small.plan}"
        assert set(pushed[1:]) == {f"ix-{small.tunnel}", f"ix-{small.report}"}


async def test_exchanged_audience_beyond_the_guard_counts_as_removal_and_is_braked(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", safety__max_widened=3) as (near, small):
        await near.run("full")
        kari, ola = sees(near, "kari"), sees(near, "ola")
        near.rooms.set_authorities(small.bridge, FEW)
        report = await near.run("delta")
        assert report.outcome == "braked"
        assert sees(near, "kari") == kari
        assert sees(near, "ola") == ola
        assert not near.intranet.deletions
        again = await near.run("full")
        assert again.outcome == "braked"
        assert sees(near, "kari") == kari
        near.rooms.set_authorities(small.bridge, ALL)
        assert (await near.run("full")).outcome == "succeeded"


@pytest.mark.parametrize("mode", ["delta", "full"])
@pytest.mark.parametrize("kept", [False, True])
async def test_what_is_on_hold_since_nobody_may_see_it_goes_to_whoever_may_see_it_from_then_on(
    tmp_path: Path, mode: str, kept: bool
) -> None:
    """Its former readers found it until somebody decided; where that was to keep it, for ever, whoever may see it by now."""
    async with estate(tmp_path, "room", safety__max_deletes=2) as (near, small):
        await near.run("full")
        kari = sees(near, "kari")
        near.rooms.set_authorities(small.bridge, [("user", IDENTITY)])
        braked = await near.run("delta")
        assert (braked.outcome, sees(near, "kari")) == ("braked", kari)
        if kept:
            assert (await near.run("delta", keep=braked.run_id)).outcome == "succeeded"
            assert sees(near, "kari") == kari
        near.rooms.set_authorities(small.bridge, FEW)
        report = await near.run(mode)
        assert report.outcome == "succeeded", report.reasons
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person), person


async def test_what_is_on_hold_is_closed_to_some_of_its_readers_although_its_rooms_list_cannot_be_read(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path, "item", safety__max_deletes=0) as (near, small):
        near.rooms.set_authorities(small.plan, ALL_AND_FEW)
        await near.run("full")
        near.rooms.set_authorities(small.plan, [("user", IDENTITY)])
        braked = await near.run("delta")
        assert [(one.id, one.code) for one in braked.held] == [(f"ix-{small.plan}", "audience-lost")]
        near.rooms.set_authorities(small.plan, FEW)
        break_all(near, authorities_of(small.bridge), Status(503))
        break_all(near, children_of(small.drawings), Status(503))  # no listing meets it
        await near.run("delta")
        assert f"ix-{small.plan}" in sees(near, "ola") - sees(near, "kari")


@pytest.mark.parametrize("kept", [False, True])
async def test_what_is_on_hold_and_moves_to_another_room_is_found_by_those_who_may_see_that(
    tmp_path: Path, kept: bool
) -> None:
    async with estate(tmp_path, "room", safety__max_deletes=2) as (near, small):
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        near.rooms.set_authorities(small.bridge, [("user", IDENTITY)])
        braked = await near.run("delta")
        if kept:
            await near.run("delta", keep=braked.run_id)
        near.rooms.move(small.plan, small.tunnel)
        await near.run("delta")
        assert f"ix-{small.plan}" in sees(near, "ola") - sees(near, "kari")
        assert f"ix-{small.section}" in sees(near, "kari")
        await near.run("full")
        assert f"ix-{small.plan}" in sees(near, "ola") - sees(near, "kari")
        assert f"ix-{small.plan}" not in {one.id for one in (await near.run("delta")).held}


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_an_approved_folder_loses_its_readers_although_something_below_it_keeps_some_of_them(
    tmp_path: Path, mode: str
) -> None:
    async with estate(tmp_path, "folder", safety__max_widened=0, safety__max_deletes=0) as (near, small):
        near.rooms.set_authorities(small.section, ALL_AND_FEW)
        near.rooms.set_authorities(small.photo, ALL)
        await near.run("full")
        near.rooms.set_authorities(small.drawings, FEW)
        braked = await near.run("delta")
        assert (braked.outcome, f"ix-{small.drawings}" in sees(near, "kari")) == ("braked", True)
        near.values["safety.max_widened"] = 500
        report = await near.run(mode, approve=braked.run_id)
        assert "live-below" not in report.codes, report.reasons
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person), person
        report = await near.run(mode)
        assert report.outcome == "succeeded", report.reasons


async def test_few_exchanged_audiences_go_out_at_once(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, small):
        await near.run("full")
        near.rooms.set_authorities(small.bridge, FEW)
        assert (await near.run("delta")).outcome == "succeeded"
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person), person


async def test_unanswered_widening_is_taken_back_with_the_list(tmp_path: Path) -> None:
    async with estate(tmp_path, "folder") as (near, small):
        await near.run("full")
        near.rooms.set_authorities(small.details, ALL_AND_FEW)
        near.wire.break_at(len(near.wire.calls) + 200, RESET_AFTER)
        await near.run("delta")
        near.wire.clear()
        near.rooms.set_authorities(small.details, ALL)
        await near.run("delta")
        assert sees(near, "ola") == may_see(near, "ola")


async def test_audience_change_pushes_text_from_what_is_kept(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", sources__interaxo__content=True) as (near, small):
        await near.run("full")
        words = near.document(small.section)["FileContents"]
        assert words
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        before = len(near.wire.calls)
        await near.run("delta")
        assert near.document(small.section)["FileContents"] == words
        assert not [call for call in near.wire.calls[before:] if call.path.endswith("/content")]


@pytest.mark.parametrize("how", [Status(500), Status(403)], ids=["unavailable", "refused"])
@pytest.mark.parametrize("permissions", ["item", "room"])
async def test_more_people_find_a_changed_document_only_once_it_is_read(
    tmp_path: Path, permissions: str, how: Status
) -> None:
    async with estate(tmp_path, permissions, sources__interaxo__content=True) as (near, small):
        opened = small.plan if permissions == "item" else small.bridge
        if permissions == "item":
            near.rooms.set_authorities(small.plan, ALL)
        await near.run("full")
        before = near.document(small.plan)["FileContents"]
        near.rooms.new_version(small.plan, b"without the salaries")
        near.rooms.set_authorities(opened, ALL_AND_FEW)
        broken = break_all(near, f"GET */files/{small.plan}/content", how)
        for mode in ("delta", "full", "delta"):
            await near.run(mode)
            assert broken.hits
            assert near.document(small.plan)["FileContents"] == before, "nothing else was read"
            assert f"ix-{small.plan}" in sees(near, "kari"), "who found it goes on finding it"
            assert f"ix-{small.plan}" not in sees(near, "ola"), "what was in it before was not for her"
        near.wire.clear()
        near.clock.pass_seconds(90_000)
        await near.run("full")
        assert near.document(small.plan)["FileContents"] == "without the salaries"
        assert sees(near, "ola") == may_see(near, "ola")


async def test_more_people_find_a_changed_document_only_once_the_intranet_accepted_it(tmp_path: Path) -> None:
    async with estate(tmp_path, "item", sources__interaxo__content=True) as (near, small):
        near.rooms.set_authorities(small.plan, ALL)
        await near.run("full")
        before = near.document(small.plan)["FileContents"]
        near.rooms.new_version(small.plan, b"without the salaries", name="odd.pdf")
        near.rooms.set_authorities(small.plan, ALL_AND_FEW)
        near.intranet.switches.refuse = [Refusal("odd.pdf")]
        for mode in ("delta", "delta", "full"):
            await near.run(mode)
            assert near.document(small.plan)["FileContents"] == before
            assert f"ix-{small.plan}" in sees(near, "kari")
            assert f"ix-{small.plan}" not in sees(near, "ola")
        near.intranet.switches.refuse = []
        near.clock.pass_seconds(90_000)
        await near.run("delta")
        assert near.document(small.plan)["FileContents"] == "without the salaries"
        assert sees(near, "ola") == may_see(near, "ola")


@pytest.mark.parametrize("how", [RESET_BEFORE, RESET_AFTER], ids=["lost", "unanswered"])
async def test_more_people_do_not_find_a_changed_document_of_which_the_intranet_did_not_confirm_what_it_is_now(
    tmp_path: Path, how: Reset
) -> None:
    async with estate(tmp_path, "item", sources__interaxo__content=True) as (near, small):
        near.rooms.set_authorities(small.plan, ALL)
        await near.run("full")
        near.rooms.new_version(small.plan, b"without the salaries")
        near.rooms.set_authorities(small.plan, ALL_AND_FEW)
        break_once(near, PUSH, how)
        await near.run("delta")
        assert f"ix-{small.plan}" in sees(near, "kari")
        assert f"ix-{small.plan}" not in sees(near, "ola"), "what was in it before was not for her"
        near.clock.pass_seconds(200)
        await near.run("delta")
        assert near.document(small.plan)["FileContents"] == "without the salaries"
        assert sees(near, "ola") == may_see(near, "ola")
