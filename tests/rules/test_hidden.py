"""What a person hides stays out of the search, whatever runs, moves or fails, until it is shown again."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from connector.commands.orders import see_through
from connector.errors import ConnectorError
from connector.ledger.orders import Order, OrderKind
from connector.plan.item import Mode
from connector.sandbox.faults import RESET_AFTER, Fault, How, Latency, Status
from connector.wiring.orders import carry_out, carry_out_waiting
from tests.neighbourhood import neighbourhood
from tests.people.test_killed import dies
from tests.rules.ground import (
    DELETE,
    PUSH,
    break_all,
    files_of,
    ledger_file,
    lists,
    plain_world,
    small_world,
    when,
)
from tests.rules.hiding import below, hide, order, show, within
from tests.sources.itr_company import itr_company


async def test_whoever_has_another_intranet_in_the_settings_leaves_what_is_hidden_to_whom_the_ledger_speaks_of(
    tmp_path: Path,
) -> None:
    """Another machine with one ledger, say: each looks now and then what waits."""
    async with small_world(tmp_path) as (near, small), neighbourhood(tmp_path / "other") as elsewhere:
        await near.run("full")
        one = order(near, small.report)
        here = near.values
        there = {name: value for name, value in elsewhere.values.items() if name.startswith("targets.")}
        near.values = {**here, **there}
        app = near.app()
        with pytest.raises(ConnectorError, match="another intranet"):
            await carry_out(app, "intranet", app.options("intranet", Mode.DELTA))
        near.values = here
        app = near.app()
        await carry_out_waiting(app, lambda target: app.options(target, Mode.DELTA))
        assert f"ix-{small.report}" not in near.found()
        with near.app().ledger() as ledger:
            done = ledger.orders("intranet").get(one.id)
            assert done is not None
            assert done.done_at is not None


@pytest.mark.parametrize("mode", ["delta", "full", "backfill"])
async def test_a_hidden_document_stays_out_of_every_run(tmp_path: Path, mode: str) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        await hide(near, small.report)
        assert near.found() == near.expected() - {f"ix-{small.report}"}
        near.wire.clear()
        report = await near.run(mode)
        assert near.found() == near.expected() - {f"ix-{small.report}"}
        assert report.outcome == "succeeded", report.reasons
        assert report.session.ended == (mode == "full")


async def test_a_full_run_that_may_not_take_out_what_is_hidden_ends_there_and_leaves_nothing_begun(
    tmp_path: Path,
) -> None:
    """It comes before anything else: the slice that such a run compares was made, and then asked by nobody."""
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        order(near, small.report)
        near.wire.clear()
        near.wire.add(Fault(DELETE, Status(403), times=None))
        report = await near.run("full")
        assert report.outcome == "failed"
        assert not [call for call in near.wire.calls if "state" in call.path], "nothing was asked for"
        near.wire.clear()
        assert (await near.run("full")).outcome == "succeeded"
        assert near.found() == near.expected() - {f"ix-{small.report}"}


async def test_all_below_a_hidden_container_goes_and_a_new_item_in_it_stays_out(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=30, beta=30) as (near, roots):
        await near.run("full")
        await hide(near, roots["alpha"])
        beta = {f"ix-{one}" for one in [roots["beta"], *files_of(near, roots["beta"])]}
        assert near.found() == beta
        near.rooms.add_file(roots["alpha"], "new.txt", content=b"x")
        for mode in ("delta", "full"):
            report = await near.run(mode)
            assert near.found() == beta
            assert report.outcome == "succeeded", report.reasons
        assert report.session.ended
        assert report.session.reported_removals == 0


async def test_what_a_run_that_died_sent_for_the_first_time_leaves_with_the_folder_that_is_hidden(
    tmp_path: Path,
) -> None:
    """No ledger had a row of it yet, only that it was about to be sent."""
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        new = f"ix-{near.rooms.add_file(small.details, 'new.txt', content=b'x')}"
        assert await dies(near, "delta", "docs/addupdate", RESET_AFTER)
        assert new in near.found()
        await hide(near, small.details)
        assert new not in near.found()


async def test_an_order_that_comes_while_a_run_works_is_carried_out_between_two_batches(
    tmp_path: Path,
) -> None:
    async with plain_world(tmp_path, alpha=30, beta=30) as (near, roots):
        await near.run("full")
        when(near, lists(roots["beta"]), lambda: order(near, roots["alpha"]))
        report = await near.run("full")
        beta = {f"ix-{one}" for one in [roots["beta"], *files_of(near, roots["beta"])]}
        assert near.found() == beta
        assert report.session.ended, report.reasons
        assert report.session.reported_removals == 0
        assert report.outcome == "succeeded", report.reasons
        with near.app().ledger() as ledger:
            assert not ledger.orders("intranet").waiting()


async def test_what_moves_below_a_hidden_container_is_hidden_and_what_moves_out_is_shown(
    tmp_path: Path,
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        await hide(near, small.details)
        hidden = {f"ix-{small.details}", f"ix-{small.section}"}
        assert near.found() == near.expected() - hidden
        near.rooms.move(small.plan, small.details)
        report = await near.run("delta")
        assert near.found() == near.expected() - hidden - {f"ix-{small.plan}"}
        assert report.outcome == "succeeded", report.reasons
        near.rooms.move(small.section, small.drawings)
        near.rooms.move(small.plan, small.drawings)
        await near.run("delta")
        assert near.found() == near.expected() - {f"ix-{small.details}"}


async def test_a_date_that_came_by_two_readings_of_the_clock_shows_it_again(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        order(near, small.plan, until=near.clock() + 1_000)
        await near.run("delta")
        assert f"ix-{small.plan}" not in near.found()
        near.clock.pass_seconds(1_000)
        await near.run("delta")
        assert f"ix-{small.plan}" not in near.found(), "only one reading of the clock is past it"
        await near.run("delta")
        assert near.found() == near.expected()


@pytest.mark.parametrize("mode", ["delta", "full", "backfill"])
async def test_an_order_whose_command_was_killed_is_carried_out_by_the_next_run(
    tmp_path: Path, mode: str
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        order(near, small.drawings)
        await near.run(mode)
        assert not below(near, small.drawings)
        assert near.found()


@pytest.mark.parametrize("how", [Status(503), RESET_AFTER])
async def test_what_the_intranet_did_not_answer_for_stays_an_order_and_keeps_the_gate_shut(
    tmp_path: Path, how: How
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        fault = break_all(near, DELETE, how)
        one, app = order(near, small.drawings), near.app()
        assert await carry_out(app, "intranet", app.options("intranet", Mode.DELTA))
        report = await near.run("full")
        assert report.outcome == "withheld", "it says that removals went unanswered"
        with near.app().ledger() as ledger:
            assert [waits.id for waits in ledger.orders("intranet").waiting()] == [one.id]
        near.wire.faults.remove(fault)
        near.clock.pass_seconds(1_000)
        await near.run("full")
        near.clock.pass_seconds(1_000)
        report = await near.run("full")
        assert not below(near, small.drawings)
        assert report.outcome == "succeeded", report.reasons


async def test_a_late_push_of_a_killed_run_shows_nothing_hidden(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.rename(small.plan, "another plan.pdf")
        break_all(near, PUSH, RESET_AFTER)
        await near.run("delta")
        near.wire.clear()
        await hide(near, small.plan)
        for _ in range(3):
            near.clock.pass_seconds(200)
            await near.run("delta")
            assert f"ix-{small.plan}" not in near.found()


async def test_hidden_documents_never_count_for_the_brake(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=30, beta=30) as (near, roots):
        await near.run("full")
        await hide(near, roots["alpha"])
        for native in files_of(near, roots["beta"])[:3]:
            near.rooms.remove(native)
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons
        assert report.documents.deleted == 3


async def test_a_dry_run_foretells_no_push_of_what_is_hidden_and_changes_nothing(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        await hide(near, small.plan)
        before = near.found()
        report = await near.run("full", dry_run=True)
        assert not [change for change in report.changes if change.id == f"ix-{small.plan}"]
        order(near, small.report)
        report = await near.run("delta", dry_run=True)
        assert [(change.id, change.code) for change in report.changes] == [(f"ix-{small.report}", "hidden")]
        assert near.found() == before


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_moves_is_hidden_and_shown_by_where_it_stands(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        folders = [small.drawings, small.details, small.bridge, small.tunnel]
        things = [small.plan, small.section, small.report, small.details]
        orders: dict[str, Order] = {}
        for _ in range(8):
            deed, thing = chance.choice(["move", "move", "hide", "show", "add"]), chance.choice(things)
            if deed == "move" and (to := chance.choice(folders)) != thing:
                near.rooms.move(thing, to)
            elif deed == "hide":
                native = chance.choice([*things, small.drawings])
                orders[native] = await hide(near, native)
            elif deed == "show" and orders:
                native = chance.choice(sorted(orders))
                del orders[native]
                show(near, native)
            elif deed == "add":
                near.rooms.add_file(chance.choice(folders), "new.txt", content=b"x")
            report = await near.run(chance.choice(["delta", "delta", "full"]))
            hidden = {one for native in orders for one in within(near, native)}
            assert near.found() == near.expected() - hidden, (deed, thing, report.reasons)
            assert report.outcome == "succeeded", report.reasons


async def test_a_command_waits_for_the_run_that_has_the_lease(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with plain_world(tmp_path, alpha=12, beta=12) as (near, roots):
        await near.run("full")
        under_way = asyncio.Event()
        near.wire.add(Fault("GET *content/*", Latency(0.6), times=4))
        when(near, lambda call: "content/" in call.path, under_way.set)
        running = asyncio.create_task(near.run("full"))
        await under_way.wait()
        one = order(near, roots["alpha"])
        seen = await see_through(near.app(), "intranet", one)
        assert seen.order.done_at is not None
        assert (
            "within 10 seconds, or within a minute if a service that worked for it has just died"
            in capsys.readouterr().err
        )
        assert not below(near, roots["alpha"])
        report = await running
        assert report.outcome == "succeeded", report.reasons
        assert not below(near, roots["alpha"])


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_a_dry_run_is_right_about_moves(tmp_path: Path, mode: str) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.move(small.plan, small.details)
        near.rooms.move(small.section, small.drawings)
        dry = await near.run(mode, dry_run=True)
        real = await near.run(mode)
        assert (dry.outcome, dry.documents.updated, dry.documents.suspect) == (
            "succeeded",
            real.documents.updated,
            0,
        )
        assert len({change.id for change in dry.changes}) == len(dry.changes)
        assert not dry.held


async def test_titles_of_what_was_removed_leave_the_history_when_it_is_cleared(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.rename(small.plan, "a very telling title.pdf")
        await near.run("full")
        await near.run("full", dry_run=True)
        near.rooms.hide(small.report, 403)
        await near.run("delta")  # something is missing: later runs refer to this one
        near.rooms.remove(small.plan)
        await near.run("delta")
        await hide(near, small.section)
        show(near, small.section)
        near.rooms.unhide(small.report)
        await near.run("full")  # the notes of all sources are written since the removal
        near.rooms.hide(small.report, 403)
        await near.run("delta")
        near.clock.pass_seconds(100 * 86_400)
        await near.run("full")
        with near.app().ledger() as ledger:
            cleared = ledger.prune(before=near.clock() - 90 * 86_400)
            near.app().orders_file().merge(ledger)
        assert cleared["orders"] == 1
        told = b"".join(file.read_bytes() for file in ledger_file(near).parent.glob("*"))
        assert b"very telling" not in told


async def test_what_is_forgotten_while_a_run_works_is_not_named_by_its_report(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        title = near.document(small.plan)["Title"]
        near.rooms.rename(small.plan, f"new {title}")
        when(near, lists(small.tunnel), lambda: order(near, small.plan, OrderKind.FORGET))
        report = await near.run("full")
        with near.app().ledger() as ledger:
            run = ledger.runs("intranet").get(report.run_id)
        assert run is not None
        assert title not in (run.report or "")
        assert f"ix-{small.plan}" not in near.found()


async def test_a_record_of_itr_is_hidden_as_any_document(tmp_path: Path) -> None:
    async with itr_company(tmp_path) as company:
        await company.run("full")
        before = company.found()
        one = sorted(before)[0]
        with company.app().ledger() as ledger:
            now = company.clock()
            ledger.orders("intranet").write(
                Order(id="O1", target="intranet", kind=OrderKind.HIDE, subject=one, at=now)
            )
        for mode in ("delta", "full", "full"):
            company.clock.pass_seconds(4_000)
            report = await company.run(mode)
            assert company.found() == before - {one}
        assert report.outcome == "succeeded", report.reasons
        assert report.session.ended
