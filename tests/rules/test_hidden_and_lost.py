"""What a person hides is shown by no ledger that is lost or put back, and brakes nothing where one is."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from connector.ledger.taken_out_counts import taken_since
from connector.sandbox.faults import RESET_BEFORE
from tests.rules.ground import (
    break_all,
    copy_ledger,
    files_of,
    lists,
    lose_ledger,
    plain_world,
    restore_ledger,
    when,
)
from tests.rules.hiding import below, hide, order


@pytest.mark.parametrize("how", ["lost", "restored", "rebuilt"])
async def test_a_ledger_that_is_lost_restored_or_rebuilt_shows_nothing_again(
    tmp_path: Path, how: str
) -> None:
    async with plain_world(tmp_path, alpha=30, beta=30) as (near, roots):
        await near.run("full")
        copy_ledger(near, tmp_path / "copy.db")
        await hide(near, roots["alpha"])
        beta = near.found()
        await near.run("delta")
        if how == "lost":
            lose_ledger(near)
        elif how == "restored":
            restore_ledger(near, tmp_path / "copy.db")
        else:
            await near.app().rebuild("intranet")
        assert near.found() == beta
        for mode in ("full", "full", "full"):
            near.clock.pass_seconds(4_000)
            report = await near.run(mode)
            assert near.found() == beta
        assert report.outcome == "succeeded", report.reasons
        assert report.session.ended


async def test_what_was_hidden_in_a_run_that_ended_early_keeps_no_session_open(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=30, beta=30) as (near, roots):
        near.values["targets.intranet.batch_documents"] = 5
        await near.run("full")
        when(near, lists(roots["beta"]), lambda: order(near, roots["alpha"]))
        # once it removed them, nothing more arrives: the note of its room still counts them
        break_all(near, lambda call: "addupdate" in call.path and bool(near.intranet.deletions), RESET_BEFORE)
        assert (await near.run("full")).outcome == "failed"
        near.wire.clear()
        near.clock.pass_seconds(1_000)
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert report.session.ended
        assert not below(near, roots["alpha"])


@pytest.mark.parametrize("how", ["lost", "restored", "not hidden by us"])
async def test_a_ledger_that_is_lost_before_a_note_was_written_brakes_nothing_for_what_people_hid(
    tmp_path: Path, how: str
) -> None:
    async with plain_world(tmp_path, alpha=40, beta=30) as (near, roots):
        await near.run("full")
        copy_ledger(near, tmp_path / "copy.db")
        if how == "not hidden by us":
            for one in files_of(near, roots["alpha"]):
                near.rooms.remove(one)
        else:
            await hide(near, roots["alpha"])
        if how == "restored":
            restore_ledger(near, tmp_path / "copy.db")
        else:
            lose_ledger(near)
        reports = []
        for _ in range(3):
            near.clock.pass_seconds(4_000)
            reports.append(await near.run("full"))
        if how == "not hidden by us":
            assert reports[1].outcome == "braked"
            return
        assert [one.outcome for one in reports[1:]] == ["succeeded"] * 2, reports[1].reasons
        assert reports[2].session.ended
        near.clock.pass_seconds(4_000)
        lose_ledger(near)
        for one in files_of(near, roots["beta"]):
            near.rooms.remove(one)
        near.clock.pass_seconds(4_000)
        await near.run("full")
        assert (await near.run("full")).outcome == "braked", "what a note does not count is not subtracted"


@pytest.mark.parametrize("hides", ["before the run", "while it runs"])
async def test_a_ledger_that_is_lost_after_a_run_that_ended_early_brakes_nothing_for_what_people_hid(
    tmp_path: Path, hides: str
) -> None:
    """Some notes were written in the very run in which people hid something: before that, or after it."""
    async with plain_world(tmp_path, alpha=60, beta=30) as (near, roots):
        near.values["targets.intranet.batch_documents"] = 5
        await near.run("full")
        if hides == "before the run":
            await hide(near, roots["beta"])
            batches = count()
            break_all(near, lambda call: "addupdate" in call.path and next(batches) > 3, RESET_BEFORE)
        else:
            when(near, lists(roots["beta"]), lambda: order(near, roots["beta"]))
            # it fails amid the removals, or after them: the notes of this run and of earlier ones count them all
            break_all(
                near, lambda call: "addupdate" in call.path and bool(near.intranet.deletions), RESET_BEFORE
            )
        assert (await near.run("full")).outcome == "failed"
        near.wire.clear()
        lose_ledger(near)
        for _ in range(2):
            near.clock.pass_seconds(4_000)
            report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert report.session.ended
        assert not below(near, roots["beta"])


@pytest.mark.parametrize("answers", ["all of it", "the first batch only"])
async def test_a_note_that_left_out_what_people_hid_hides_no_removals_once_the_ledger_is_lost(
    tmp_path: Path, answers: str
) -> None:
    """A run removes what was hidden, or a part of it; its notes are written without that; it fails, and the ledger is lost."""
    async with plain_world(tmp_path, alpha=40, beta=30) as (near, roots):
        near.values["targets.intranet.batch_documents"] = 5
        await near.run("full")
        order(near, roots["alpha"])
        if answers != "all of it":
            removals = count()
            break_all(
                near, lambda call: call.path.endswith("docs/delete") and next(removals) > 0, RESET_BEFORE
            )
        batches = count()
        break_all(near, lambda call: "addupdate" in call.path and next(batches) > 3, RESET_BEFORE)
        assert (await near.run("full")).outcome == "failed"
        near.wire.clear()
        lose_ledger(near)
        beta = files_of(near, roots["beta"])
        for one in beta:
            near.rooms.remove(one)
        outcomes = []
        for _ in range(3):
            near.clock.pass_seconds(4_000)
            outcomes.append((await near.run("full")).outcome)
        still = near.found() & {f"ix-{one}" for one in beta}
        assert (len(still), outcomes[1]) == (30, "braked"), outcomes


async def test_notes_that_are_written_without_what_people_hid_leave_nothing_to_explain(
    tmp_path: Path,
) -> None:
    """Neither in the next run, nor by the order, which a file beside the ledger keeps."""
    async with plain_world(tmp_path, alpha=40, beta=30) as (near, roots):
        await near.run("full")
        order(near, files_of(near, roots["alpha"])[0])
        assert (await near.run("full")).outcome == "succeeded"
        with near.app().ledger() as ledger:
            number = ledger.browse("intranet").last_number()
            documents = ledger.documents("intranet")
            assert documents.hidden_after_run("interaxo", number) == 0
            (standing,) = ledger.orders("intranet").standing()
            assert taken_since([standing], "interaxo", ledger=ledger.id, run=0) == 0
            async with near.app().target("intranet", ledger) as target:
                noted = await target.state(f"ix-{roots['beta']}")
            assert (noted.count, noted.run) == (documents.confirmed("interaxo"), number)
        mark = near.intranet.mark()
        await near.run("delta")
        assert not near.intranet.pushed_since(mark), "the notes are right"
