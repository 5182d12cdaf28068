"""Rule 2: the one gate before `endsyncsession`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal

import pytest

from connector.sandbox.faults import (
    CUT_JSON,
    HTML_200,
    LATE,
    LIST_200,
    RESET_AFTER,
    RESET_BEFORE,
    Call,
    Fault,
    How,
    Status,
)
from connector.sandbox.interact_rows import Refusal
from connector.target.batches import MOST_SILENT
from tests.people.estate import estate
from tests.rules.ground import (
    BEGIN,
    DELETE,
    END,
    PUSH,
    authorities_of,
    break_all,
    break_once,
    calls,
    children_of,
    files_of,
    live_gone,
    lose_ledger,
    plain_world,
    small_world,
    when,
)

STRAY = {
    "GloballyUniqueId": "stray",
    "DocTypeName": "x",
    "Title": "x",
    "Url": "https://x.example.com",
    "DeletionMode": "Session",
}
"""A document that somebody else sent by the same connector."""


async def test_late_begin_after_the_pushes_costs_nothing(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        near.values["http.attempts"] = 2
        await near.run("full")
        break_once(near, BEGIN, LATE)
        report = await near.run("full")
        assert report.session.opened
        assert not report.session.ended
        assert report.outcome == "withheld"
        await near.wire.run_late()
        report = await near.run("full")
        assert not report.session.opened
        near.clock.pass_seconds(200)
        report = await near.run("full")
        assert report.session.ended
        assert not near.intranet.deletions


async def test_begin_that_arrives_between_the_pushes_costs_nothing(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        near.values["http.attempts"] = 2
        near.values["targets.intranet.batch_documents"] = 3
        await near.run("full")
        break_once(near, BEGIN, LATE)
        arriving: list[asyncio.Task[int]] = []
        pushes = [0]

        def third_push(call: Call) -> bool:
            pushes[0] += call.path.endswith("docs/addupdate")
            return pushes[0] == 3

        when(near, third_push, lambda: arriving.append(asyncio.ensure_future(near.wire.run_late())))
        report = await near.run("full")
        assert await arriving[0] == 1
        assert not report.session.ended
        near.clock.pass_seconds(200)
        report = await near.run("full")
        assert report.session.ended
        assert not near.intranet.deletions


async def test_no_session_begins_while_an_earlier_begin_may_still_arrive(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        break_once(near, BEGIN, LATE)
        report = await near.run("full")
        assert not report.session.opened
        near.clock.pass_seconds(60)
        near.wire.faults.clear()
        report = await near.run("full")
        assert not report.session.opened
        await near.wire.run_late()
        near.clock.pass_seconds(200)
        report = await near.run("full")
        assert report.session.ended
        assert not near.intranet.deletions


async def test_after_all_attempts_the_run_goes_on_without_a_session(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["http.attempts"] = 3
        await near.run("full")
        near.rooms.remove(small.plan)
        near.rooms.rename(small.section, "other.txt")
        near.wire.clear()
        break_all(near, BEGIN, RESET_BEFORE)
        report = await near.run("full")
        assert len(calls(near, "docs/beginsyncsession")) == 3
        assert not calls(near, "docs/endsyncsession")
        assert report.outcome == "withheld"
        assert near.found() == near.expected()
        assert near.document(small.section)["Title"] == "other.txt"


async def test_unanswered_end_is_never_repeated(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["http.attempts"] = 3
        await near.run("full")
        near.rooms.remove(small.site)
        for how in (RESET_AFTER, LATE, Status(503), HTML_200, CUT_JSON):
            near.wire.clear()
            break_all(near, END, how)
            report = await near.run("full")
            assert len(calls(near, "docs/endsyncsession")) == 1
            assert report.outcome == "withheld"
            near.wire.faults.clear()
            report = await near.run("full")
            assert not report.session.opened
            await near.wire.run_late()
            near.clock.pass_seconds(200)
        report = await near.run("full")
        assert report.session.ended
        assert near.found() == near.expected()
        assert not live_gone(near)


@pytest.mark.parametrize("why", ["room", "suspect", "unlisted", "refused", "unanswered", "lost", "held"])
async def test_end_is_withheld(tmp_path: Path, why: str) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        before = near.found()
        near.wire.clear()
        match why:
            case "room":
                break_all(near, children_of(small.tunnel), Status(503))
            case "suspect":
                near.rooms.hide(small.plan, 403)
            # all of them answer for themselves and are pushed, and are suspects all the same
            case "unlisted":
                break_all(near, children_of(small.drawings), LIST_200)
            case "refused":
                near.intranet.switches.refuse = [Refusal("plan.pdf")]
            case "unanswered":  # as it is by now: what got none as it was accepted before goes out again
                near.rooms.rename_room(small.tunnel, name="Renamed")
                near.wire.add(Fault(PUSH, Status(503), times=1 + MOST_SILENT))
            case "lost":
                near.intranet.switches.lose = {f"ix-{small.plan}"}
            case "held":
                near.rooms.hide_room(small.tunnel)
        report = await near.run("full")
        assert report.session.opened
        assert not calls(near, "docs/endsyncsession")
        assert report.outcome == "withheld"
        assert near.found() == before
        assert any("session was not ended" in reason for reason in report.reasons)


@pytest.mark.parametrize("how", [Status(503), LATE, RESET_AFTER])
async def test_what_got_no_answer_and_was_accepted_later_in_the_same_run_withholds_no_end(
    tmp_path: Path, how: How
) -> None:
    """A push that comes late can only keep what it brings, and the end is over by then."""
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        before = near.found()
        near.values["http.attempts"] = 1
        near.wire.clear()
        near.wire.add(Fault(PUSH, how, times=1 + MOST_SILENT if how == Status(503) else 1))
        report = await near.run("full")
        assert report.session.ended
        assert report.outcome == "succeeded", report.reasons
        assert near.found() == before
        await near.wire.run_late()
        assert near.found() == before
        assert (await near.run("full")).outcome == "succeeded"
        assert near.found() == before
        assert not live_gone(near)


async def test_unknown_audience_alone_withholds_no_end(tmp_path: Path) -> None:
    """What lives is pushed as it was, and what was never pushed cannot be swept."""
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        before = near.found()
        near.rooms.add_file(small.tunnel, "new.txt", content=b"n")
        break_all(near, authorities_of(small.tunnel), Status(503))
        report = await near.run("full")
        assert report.session.ended, report.reasons
        assert report.session.reported_removals == 0
        assert near.found() == before


async def test_one_source_that_is_down_withholds_the_end(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        for key, value in list(near.values.items()):
            if key.startswith("sources.interaxo."):
                near.values[key.replace("sources.interaxo", "sources.other")] = value
        near.values["sources.other.id_prefix"] = "ox"
        near.values["sources.other.rooms"] = ["tunnel"]
        report = await near.run("full")
        assert report.session.ended
        before = near.found()
        near.values["sources.other.client_secret"] = "wrong-secret"
        near.wire.clear()
        report = await near.run("full")
        assert report.outcome == "withheld"
        assert not calls(near, "docs/endsyncsession")
        assert near.found() == before
        # its secret is mended, but the setting that names the source is removed: always held
        for key in [key for key in near.values if key.startswith("sources.other.")]:
            del near.values[key]
        for mode in ("delta", "full"):
            report = await near.run(mode)
            assert near.found() == before
            assert {held.id.split("-")[0] for held in report.held} == {"ox"}
            assert report.outcome == "withheld"
        await near.run("delta", approve=report.run_id)
        assert near.found() == near.expected()


async def test_proven_removals_are_done_by_id_when_the_end_is_withheld(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.remove(small.plan)
        break_all(near, children_of(small.tunnel), Status(503))
        await near.run("full")
        assert [d.id for d in near.intranet.deletions] == [f"ix-{small.plan}"]
        assert near.intranet.deletions[0].cause == "delete"


async def test_more_removed_than_predicted_makes_the_next_run_a_full_one(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        near.intranet.push_documents([STRAY])
        report = await near.run("full")
        assert any("unexpected_removals" in reason for reason in report.reasons)
        assert "an earlier ledger" not in str(report.reasons)
        assert near.app().next_mode("intranet") == "full"
        await near.run("full")
        assert near.app().next_mode("intranet") == "delta"


async def test_what_goes_with_the_first_end_after_a_lost_ledger_is_told_as_what_that_one_had_sent(
    tmp_path: Path,
) -> None:
    """As many came meanwhile, so the note, which counts, predicts none of it."""
    async with plain_world(tmp_path, alpha=6) as (near, roots):
        await near.run("full")
        lose_ledger(near)
        for number, gone in enumerate(files_of(near, roots["alpha"])[:2]):
            near.rooms.remove(gone)
            near.rooms.add_file(roots["alpha"], f"new {number}.txt", content=b"new")
        await near.run("full")
        near.clock.pass_seconds(90_000)
        report = await near.run("full")
        assert near.found() == near.expected()
        assert report.reasons == [
            "unexpected_removals: ending the session removed 2 documents, and 0 were predicted: an earlier ledger may have sent what this "
            "one did not know. What the sources have was sent again before. The next run is a full one."
        ]


async def test_a_full_run_that_something_keeps_from_a_good_end_is_not_done_at_every_tick(
    tmp_path: Path,
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.intranet.push_documents([STRAY])
        await near.run("full")
        near.values["safety.max_deletes"] = 0
        near.rooms.remove(small.see)
        assert near.app().next_mode("intranet") == "full"
        assert (await near.run("full")).outcome == "braked"
        assert near.app().next_mode("intranet") == "delta"
        near.clock.pass_seconds(90_000)
        assert near.app().next_mode("intranet") == "full"
        with near.app().ledger() as ledger:  # another one, which took longer than a day
            runs = ledger.runs("intranet")
            begun = runs.start(mode="full", dry_run=False, now=near.clock() - 90_000)
            runs.finish(begun.number, outcome="braked", report="{}", now=near.clock())
        assert near.app().next_mode("intranet") == "delta"


@pytest.mark.parametrize("swept_by", ["flag", "time"])
async def test_an_intranet_with_one_flag_for_documents_and_people_loses_none_of_either(
    tmp_path: Path, swept_by: Literal["flag", "time"]
) -> None:
    """Begun after the documents were pushed, people's session flagged them again, and its end removed every one."""
    begin_people = "PUT *users/beginsyncsession"
    async with small_world(tmp_path) as (near, small):
        near.intranet.switches.one_flag, near.intranet.switches.swept_by = True, swept_by
        near.values["http.attempts"] = 2
        await near.run("full")
        assert (await near.run("full")).session.ended
        assert len(calls(near, "users/endsyncsession")) == 1
        assert not near.intranet.deletions + near.intranet.user_deletions

        break_once(near, begin_people, LATE)
        report = await near.run("full")
        assert not report.session.ended
        assert any("1 begin of the session for people got no answer" in one for one in report.reasons)
        await near.wire.run_late()
        assert not (await near.run("full")).session.opened, "it might have run as late as that"
        near.clock.pass_seconds(200)
        assert (await near.run("full")).session.ended

        near.wire.calls.clear()
        near.values["safety.max_deletes"] = 0
        near.rooms.remove(small.see)
        assert (await near.run("full")).outcome == "braked"
        assert not calls(near, "endsyncsession"), "the end of people's session would take it past the brake"
        assert f"ix-{small.see}" in near.found()
        assert not near.intranet.deletions + near.intranet.user_deletions


@pytest.mark.parametrize(
    "how", [Status(503), Status(400), Status(401), HTML_200, LATE], ids=["503", "400", "401", "page", "late"]
)
async def test_with_one_flag_the_end_of_documents_takes_nobody_whose_record_was_not_taken(
    tmp_path: Path, how: How
) -> None:
    """Every document was accepted, nobody's record was: the documents' end removed them all, and nobody found anything."""
    async with estate(tmp_path, "item") as (near, small):
        near.intranet.switches.one_flag = True
        for _ in range(2):
            await near.run("full")
        everybody = set(near.intranet.users)
        near.rooms.remove(small.see)
        down = break_all(near, "PUT *users/addupdate", how)
        for _ in range(2):
            near.clock.pass_seconds(200)
            report = await near.run("full")
            assert set(near.intranet.users) == everybody, report.reasons
            assert report.session.opened
            assert not report.session.ended
        assert near.found() == near.expected(), "what is gone by proof goes all the same"
        near.wire.faults.remove(down)
        await near.wire.run_late()
        near.clock.pass_seconds(200)
        await near.run("delta")
        near.clock.pass_seconds(200)
        assert (await near.run("full")).session.ended
        assert set(near.intranet.users) == everybody


@pytest.mark.parametrize("first", ["delta", "full"])
async def test_with_one_flag_a_lost_ledger_that_cannot_ask_for_anybody_takes_nobody(
    tmp_path: Path, first: str
) -> None:
    async with estate(tmp_path, "item") as (near, _):
        near.intranet.switches.one_flag = True
        for _ in range(2):
            await near.run("full")
        everybody = set(near.intranet.users)
        lose_ledger(near)
        silent = break_all(
            near, lambda call: "/people/" in call.path and "-me-" not in call.path, Status(503)
        )
        for mode in (first, "full", "full"):
            near.clock.pass_seconds(200)
            report = await near.run(mode)
            assert set(near.intranet.users) == everybody, report.reasons
        near.wire.faults.remove(silent)
        for _ in range(2):
            near.clock.pass_seconds(200)
            report = await near.run("full")
        assert report.session.ended
        assert set(near.intranet.users) == everybody


async def test_stop_signal_ends_no_session_and_removes_nothing(tmp_path: Path) -> None:
    from connector.plan.options import Watch

    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.remove(small.plan)
        before = near.found()
        near.wire.clear()
        seen = [0]

        def count(items: int) -> None:
            seen[0] += items

        report = await near.run("full", Watch(seen=count, stopping=lambda: seen[0] > 4))
        assert report.outcome == "cancelled"
        assert not calls(near, "docs/endsyncsession")
        assert near.found() == before


async def test_deletion_mode_is_always_sent(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        assert {row.document["DeletionMode"] for row in near.intranet.documents.values()} == {"Session"}
        near.values["targets.intranet.sessions"] = False
        near.rooms.remove(small.plan)
        near.wire.clear()
        await near.run("full")
        assert {row.document["DeletionMode"] for row in near.intranet.documents.values()} == {"Explicit"}
        assert not [call for call in near.wire.calls if call.path.endswith("docs/beginsyncsession")]
        assert near.found() == near.expected()
        assert len(calls(near, "docs/delete")) == 1


async def test_removals_of_full_runs_count_for_the_brake_of_the_day(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=30) as (near, roots):
        await near.run("full")
        near.values["safety.max_deletes"] = 8
        for native in files_of(near, roots["alpha"])[:6]:
            near.rooms.remove(native)
        await near.run("full")
        for native in files_of(near, roots["alpha"])[:6]:
            near.rooms.remove(native)
        report = await near.run("full")
        assert report.outcome == "braked"
        assert len(near.intranet.deletions) == 6


async def test_deletion_that_is_lost_is_told(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.remove(small.plan)
        break_once(near, DELETE, RESET_AFTER)
        report = await near.run("full")
        assert report.outcome == "withheld"
        near.wire.clear()
        near.clock.pass_seconds(200)
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert near.found() == near.expected()


async def test_first_run_by_hand_is_a_delta_that_removes_nothing_and_says_what_it_left(
    tmp_path: Path,
) -> None:
    async with small_world(tmp_path) as (near, _):
        assert near.app().next_mode("intranet") == "delta"
        stray = {
            "GloballyUniqueId": "stray",
            "DocTypeName": "x",
            "Title": "x",
            "Url": "https://x.example.com",
        }
        near.intranet.push_documents([stray | {"DeletionMode": "Session"}])
        words = "No full run was done yet"
        report = await near.run("delta")
        assert report.outcome == "succeeded"
        assert any(words in reason for reason in report.reasons)
        assert near.found() == near.expected() | {"stray"}
        assert not report.session.opened
        await near.run("full")
        report = await near.run("delta")
        assert not any(words in reason for reason in report.reasons)


@pytest.mark.parametrize("how", [RESET_AFTER, Status(503), LATE])
async def test_what_is_gone_is_not_sent_again_where_its_removal_got_no_answer(
    tmp_path: Path, how: How
) -> None:
    """A full run sends what could not be sent anew as it was accepted last; what it was about to remove came back with that."""
    async with plain_world(tmp_path, alpha=15) as (near, roots):
        await near.run("full")
        gone = files_of(near, roots["alpha"])[:2]
        for one in gone:
            near.rooms.remove(one)
        near.clock.pass_seconds(1_000)
        break_once(near, DELETE, how)
        mark = near.intranet.mark()
        report = await near.run("full")
        assert not {f"ix-{one}" for one in gone} & set(near.intranet.pushed_since(mark))
        assert report.outcome == "withheld"
        assert not report.session.ended
        await near.wire.run_late()
        near.clock.pass_seconds(1_000)
        report = await near.run("full")
        assert report.session.ended
        assert near.found() == near.expected()
