"""What matches nothing is said, and is no success: globs of the settings, rooms of a backfill; and what a run's end counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.commands.inspection import inspect
from connector.plan.item import Mode
from connector.status.runs import tell_run
from tests.rules.ground import ask_ledger, files_of, plain_world


@pytest.mark.parametrize("mode", ["delta", "full", "backfill"])
async def test_globs_that_match_no_room_are_no_success(tmp_path: Path, mode: str) -> None:
    async with plain_world(tmp_path, alpha=2) as (near, _):
        near.values["sources.interaxo.rooms"] = ["Alpa*"]
        report = await near.run(mode)
        assert report.outcome == "withheld"
        assert any("rooms: Alpa*" in reason for reason in report.reasons)
        assert any("choose nothing" in reason for reason in report.reasons)


async def test_one_glob_of_several_that_matches_nothing_is_said(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=2) as (near, _):
        near.values["sources.interaxo.rooms"] = ["alpha", "Bridge*", "!old-*"]
        report = await near.run("full")
        assert report.outcome == "succeeded"
        assert [reason for reason in report.reasons if "no room" in reason] == [
            "sources.interaxo has patterns that match no room (rooms: Bridge*). List the rooms: connector check"
        ]


async def test_a_source_that_lists_no_room_is_not_told_to_mend_its_patterns(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=2) as (near, roots):
        await near.run("full")
        near.rooms.remove_room(roots["alpha"])
        reasons = (await near.run("delta")).reasons
        assert (
            "interaxo lists no room at all. Ask whoever gives its account the rooms, then: connector check"
            in reasons
        )
        assert not any("patterns" in one for one in reasons)
        told = (await inspect(near.app(), now=near.clock()))["sources"]["interaxo"]["message"]
        assert told.startswith(
            "Nothing is listed there, so nothing new would be found: ask whoever gives its account rights."
        )


@pytest.mark.parametrize(
    ("rooms", "outcome"), [(["nope/nope"], "withheld"), (["example-corp/alpha"], "succeeded")]
)
async def test_a_backfill_of_a_room_that_nobody_has_is_no_success(
    tmp_path: Path, rooms: list[str], outcome: str
) -> None:
    async with plain_world(tmp_path, alpha=2) as (near, _):
        report = await near.run("backfill", rooms=rooms)
        assert report.outcome == outcome
        assert any("nope/nope" in reason for reason in report.reasons) is (outcome == "withheld")


async def test_the_list_of_runs_counts_what_the_end_of_a_session_removed(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=30) as (near, roots):
        await near.run("full")
        gone = files_of(near, roots["alpha"])[:3]
        ask_ledger(near, f"DELETE FROM documents WHERE native IN ('{gone[0]}', '{gone[1]}', '{gone[2]}')")
        for native in gone:
            near.rooms.remove(native)
        near.clock.pass_seconds(1_000)
        report = await near.run("full")
        assert (report.documents.deleted, report.session.reported_removals) == (0, 3)
        app = near.app()
        with app.ledger() as ledger:
            run = ledger.runs("intranet").get(report.run_id)
            assert run is not None
            assert tell_run(run)["removed"] == 3
        assert app.next_mode("intranet") is Mode.DELTA


async def test_a_document_titled_like_a_reason_forces_no_full_run(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=30) as (near, roots):
        await near.run("full")
        for native in files_of(near, roots["alpha"])[:12]:
            near.rooms.rename(native, "unexpected_removals: a report.txt")
        await near.run("delta")
        for native in files_of(near, roots["alpha"])[:12]:
            near.rooms.remove(native)
        near.clock.pass_seconds(1_000)
        report = await near.run("delta")
        assert report.outcome == "braked"
        assert "unexpected_removals" in report.as_text()
        assert near.app().next_mode("intranet") is Mode.DELTA


async def test_a_source_that_cannot_be_signed_in_to_counts_as_one_that_was_not_read(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=2) as (near, _):
        await near.run("full")
        mine = "sources.interaxo."
        near.values |= {
            f"sources.other.{key.removeprefix(mine)}": one
            for key, one in near.values.items()
            if key.startswith(mine)
        } | {"sources.other.id_prefix": "ot", "sources.other.client_secret": "expired"}
        report = await near.run("full")
        assert any("1 source was not read to the end" in one for one in report.reasons), report.reasons
