"""Rules 1, 5, 6 and 8 when somebody sets the clock: what was noted by a wrong one neither lasts for ever nor ends too early."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.errors import LeaseHeld
from connector.sandbox.faults import LATE, LIST_200, RESET_BEFORE, Fault, Status
from connector.sandbox.interact_rows import Refusal
from connector.status.health import tell_ready
from tests import ledgers
from tests.neighbourhood import Neighbourhood
from tests.people.estate import address, estate, sees
from tests.rules.ground import (
    BEGIN,
    END,
    FEW,
    ONLY_FEW,
    PUSH,
    ask_ledger,
    audience_of,
    authorities_of,
    break_all,
    break_once,
    calls,
    plain_world,
    small_world,
)

DAY, YEAR = 86_400, 365 * 86_400


@pytest.mark.parametrize("mend", [True, False], ids=["set right", "stays wrong"])
async def test_a_clock_that_is_set_ahead_expires_no_audience_at_once(tmp_path: Path, mend: bool) -> None:
    async with estate(tmp_path, "item") as (near, small):
        await near.run("full")
        break_all(near, authorities_of(small.section), LIST_200)
        near.clock.pass_seconds(900)
        await near.run("delta")
        near.clock.pass_seconds(9 * DAY)
        await near.run("delta")
        assert not near.intranet.deletions
        if mend:
            near.clock.now -= 9 * DAY
            for _ in range(3):
                near.clock.pass_seconds(900)
                await near.run("delta")
            assert not near.intranet.deletions
        else:
            near.clock.pass_seconds(900)
            await near.run("delta")
            assert {one.id for one in near.intranet.deletions} == {f"ix-{small.section}"}


@pytest.mark.parametrize("mend", [True, False], ids=["set right", "stays wrong"])
async def test_a_clock_that_is_set_ahead_takes_nothing_from_whom_nobody_may_ask_for(
    tmp_path: Path, mend: bool
) -> None:
    async with estate(tmp_path, "item", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.set_authorities(small.section, FEW)
        await near.run("full")
        before = sees(near, "ola")
        assert before
        break_all(near, f"GET */people/{address('ola')}*", Status(403))
        near.clock.pass_seconds(900)
        await near.run("delta")
        near.clock.pass_seconds(9 * DAY)
        await near.run("delta")
        assert sees(near, "ola") == before
        if mend:
            near.clock.now -= 9 * DAY
        near.clock.pass_seconds(900)
        await near.run("delta")
        assert sees(near, "ola") == (before if mend else set())


@pytest.mark.parametrize(
    ("by", "then"), [(-30 * DAY, "late"), (-DAY, "lost"), (DAY, "late"), (30 * DAY, "lost"), (DAY, "lost")]
)
async def test_a_late_wide_push_has_not_the_last_word_whatever_the_clock_does(
    tmp_path: Path, by: int, then: str
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.clock.pass_seconds(1_000)
        near.rooms.rename(small.report, "changed.txt")
        near.wire.add(Fault(PUSH, LATE))
        await near.run("delta")
        near.clock.now += by
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("delta")
        if by > 0:
            await near.run("delta")
        if then == "late":
            await near.wire.run_late()
        for _ in range(4):
            near.clock.pass_seconds(900)
            report = await near.run("delta")
        assert audience_of(near, small.report) == [ONLY_FEW], report.reasons
        assert report.outcome == "succeeded", report.reasons
        near.wire.clear()
        near.clock.pass_seconds(900)
        await near.run("delta")
        assert not calls(near, "docs/addupdate"), "it is repeated twice, and then never again"


@ledgers.IN_A_FILE
@pytest.mark.parametrize("ahead", [61, DAY, YEAR])
async def test_a_lease_that_a_wrong_clock_wrote_lasts_no_longer_than_any(tmp_path: Path, ahead: int) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        until = near.clock.now + ahead
        ask_ledger(near, f"UPDATE leases SET reach='elsewhere', expires_at={until}")
        with pytest.raises(LeaseHeld, match="40 s more"):
            await near.run("delta")
        near.clock.pass_seconds(60)
        assert (await near.run("delta")).outcome == "succeeded"


@pytest.mark.parametrize("call", [BEGIN, END])
@pytest.mark.parametrize("ahead", [DAY, 30 * DAY, YEAR])
async def test_an_unanswered_call_of_a_session_settles_though_it_is_dated_ahead(
    tmp_path: Path, call: str, ahead: int
) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        near.clock.now += ahead
        break_once(near, call, Status(503) if call == BEGIN else RESET_BEFORE)
        await near.run("full")
        near.clock.now -= ahead
        near.wire.clear()
        report = await near.run("full")
        assert not report.session.ended, "it may still take effect"
        near.clock.pass_seconds(200)
        report = await near.run("full")
        assert report.session.ended, report.reasons


async def test_a_good_run_of_next_year_makes_no_target_ready_for_a_year(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        near.clock.now += YEAR
        await near.run("full")
        near.clock.now -= YEAR
        near.intranet.api_key = "another-key"
        for _ in range(2):
            await near.run("delta")
            near.clock.pass_seconds(25 * 3_600)
        app = near.app()
        with app.ledger() as ledger:
            ready, told = tell_ready(app, ledger, now=near.clock())
        assert not ready, told


async def test_quarantine_that_a_wrong_clock_filled_is_tried_again_in_its_usual_time(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.clock.now += YEAR
        near.rooms.rename(small.report, "new.txt")
        near.intranet.switches.refuse = [Refusal(f"ix-{small.report}")]
        await near.run("delta")
        near.clock.now -= YEAR
        near.intranet.switches.refuse = []
        await near.run("delta")
        assert near.document(small.report)["Title"] != "new.txt", "not at once: its pause begins now"
        near.clock.pass_seconds(301)
        report = await near.run("delta")
        assert near.document(small.report)["Title"] == "new.txt", report.reasons


async def test_removals_of_next_year_count_for_a_day_only(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=30) as (near, roots):
        near.values["safety.max_deletes"] = 1
        await near.run("full")
        await remove_one(near, roots["alpha"], ahead=YEAR)
        assert len(near.intranet.deletions) == 1
        await remove_one(near, roots["alpha"])
        assert len(near.intranet.deletions) == 1, "one of today, and one that counts as of today"
        near.clock.pass_seconds(DAY + 1)
        report = await near.run("delta")
        await near.run("delta", approve=report.run_id)
        assert len(near.intranet.deletions) == 2


async def remove_one(near: Neighbourhood, root: str, *, ahead: int = 0) -> None:
    """Take one file out of the source, and run while the clock is ahead."""
    near.rooms.remove(next(item.id for item in near.rooms.items() if item.parent_id == root))
    near.clock.now += ahead
    await near.run("delta")
    near.clock.now -= ahead
