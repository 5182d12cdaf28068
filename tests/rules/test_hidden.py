"""What a person hides stays out of the search, whatever runs, moves, fails or is lost, until it is shown again."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.ledger.orders import Order, OrderKind
from connector.plan.item import Mode
from connector.wiring.ordering import carry_out
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import files_of, lists, plain_world, small_world, when


def order(near: Neighbourhood, native: str, kind: OrderKind = OrderKind.HIDE, **more: object) -> Order:
    """Write an order down, as the commands do."""
    with near.app().ledger() as ledger:
        now = near.clock()
        one = Order(
            id=f"O{now}", target="intranet", kind=kind, subject=f"ix-{native}", who="kari", at=now, **more
        )  # type: ignore[arg-type]
        ledger.orders("intranet").write(one)
        near.app().orders_file().merge(ledger)
    return one


async def hide(near: Neighbourhood, native: str) -> Order:
    """Hide something while no run works."""
    one, app = order(near, native), near.app()
    assert await carry_out(app, "intranet", app.options("intranet", Mode.DELTA))
    return one


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
