"""An intranet that tells late of what it took: its word that something is not there removes nothing that lives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from connector.plan.findings import Code
from connector.sandbox.faults import EMPTY_200
from tests import ledgers
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import authorities_of, break_all, live_gone, plain_world

HOUR_S = 3_600.0


def tell_late(near: Neighbourhood) -> None:
    """From now on docs/state knows nothing that was sent."""

    def nothing(_: str) -> dict[str, Any]:
        return {"DocExists": False, "DateLastUpdated": None, "SynchroniseState": None}

    near.intranet.document_state = nothing  # type: ignore[method-assign]


def tell_again(near: Neighbourhood) -> None:
    del near.intranet.document_state


async def test_a_full_run_that_takes_the_intranet_for_emptied_ends_no_session_without_what_it_sent_just_now(
    tmp_path: Path,
) -> None:
    """Who may see it cannot be read then, so it is not sent again."""
    async with plain_world(tmp_path, alpha=3, beta=2) as (near, roots):
        await near.run("full")
        tell_late(near)
        break_all(near, authorities_of(roots["alpha"]), EMPTY_200)
        for _ in range(2):
            near.clock.pass_seconds(HOUR_S / 3)
            report = await near.run("full")
            assert Code.INTRANET_EMPTIED in report.codes
            assert not report.session.ended
            assert not live_gone(near)
        tell_again(near)
        near.wire.clear()
        report = await near.run("full")
        assert report.session.ended, report.reasons
        assert near.found() == near.expected()


async def test_what_an_intranet_still_has_not_after_an_hour_keeps_no_session_open(tmp_path: Path) -> None:
    """It was emptied; the first of the two full runs was told so before that hour was over."""
    async with plain_world(tmp_path, alpha=3, beta=2) as (near, roots):
        await near.run("full")
        near.intranet.documents.clear()
        break_all(near, authorities_of(roots["alpha"]), EMPTY_200)
        assert not (await near.run("full")).session.ended
        near.clock.pass_seconds(2 * HOUR_S)
        report = await near.run("full")
        assert report.session.ended, report.reasons
        near.wire.clear()
        await near.run("full")
        assert near.found() == near.expected()


@ledgers.IN_A_FILE
async def test_a_ledger_that_is_lost_right_after_the_first_load_removes_nothing_where_the_intranet_tells_late(
    tmp_path: Path,
) -> None:
    """No note of the former ledger is met then; that there was one tells what this machine noted beside it."""
    async with plain_world(tmp_path, alpha=3, beta=2) as (near, roots):
        await near.run("full")
        for file in (tmp_path / "var").glob("ledger.db*"):
            file.unlink()
        tell_late(near)
        break_all(near, authorities_of(roots["alpha"]), EMPTY_200)
        for _ in range(2):
            near.clock.pass_seconds(HOUR_S / 3)
            report = await near.run("full")
            assert not report.session.ended
            assert not live_gone(near)
        tell_again(near)
        near.wire.clear()
        near.clock.pass_seconds(HOUR_S)
        report = await near.run("full")
        assert report.session.ended, report.reasons
        assert near.found() == near.expected()


@ledgers.IN_A_FILE
async def test_a_clock_that_is_set_back_after_a_ledger_was_lost_keeps_no_session_from_its_end(
    tmp_path: Path,
) -> None:
    async with plain_world(tmp_path, alpha=3, beta=2) as (near, _):
        await near.run("full")
        for file in (tmp_path / "var").glob("ledger.db*"):
            file.unlink()
        tell_late(near)
        for passed_s in (0.0, -24 * HOUR_S):
            near.clock.pass_seconds(passed_s)
            report = await near.run("full")
            assert not report.session.ended
        near.clock.pass_seconds(2 * HOUR_S)
        report = await near.run("full")
        assert report.session.ended, report.reasons
