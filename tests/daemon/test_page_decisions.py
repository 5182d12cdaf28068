"""What people decide on the status page is carried out by the service, at once or by the next run that can."""

from __future__ import annotations

from typing import Any

from connector.daemon.lane import Decided
from connector.machine.lock import only_here
from connector.plan.item import Mode
from connector.plan.options import Decision
from connector.plan.report import Report
from tests.daemon.serving import ended, history, make_service, serving, until
from tests.neighbourhood import Neighbourhood


async def braked(near: Neighbourhood) -> Report:
    """A run that removes nothing before somebody decides: a folder is gone."""
    await near.run("full")
    near.values["safety.max_deletes"] = 0
    near.rooms.remove(next(item.id for item in near.rooms.items() if item.name == "Site"))
    report = await near.run("delta")
    assert report.outcome == "braked"
    return report


async def test_what_is_decided_on_the_page_is_carried_out_at_once_and_says_by_whom(
    near: Neighbourhood,
) -> None:
    held = await braked(near)
    before = len(near.found())
    service = make_service(near)
    async with serving(service):
        decided = Decided(service._lanes)
        for _ in range(2):
            await decided.take("intranet", Decision(approve=held.run_id, by="Kari"))
        assert len(decided.waiting("intranet")) == 1
        await until(lambda: not decided.waiting("intranet"))
    assert len(near.found()) < before
    with near.app().ledger() as ledger:
        reports = [run.report for run in ledger.browse("intranet").runs()]
    assert {"approved": held.run_id, "by": "Kari"} in [one.get("decided") for one in reports]


async def test_a_decision_outlives_a_service_that_is_killed_before_a_run_carries_it_out(
    near: Neighbourhood,
) -> None:
    held = await braked(near)
    before = len(near.found())
    async with near.app().target("intranet") as target:
        key = target.key
    killed = make_service(near)
    async with serving(killed):
        with only_here(key):  # nobody carries it out here
            await Decided(killed._lanes).take("intranet", Decision(approve=held.run_id, by="Kari"))
            killed.stop()
            await until(lambda: all(lane.run is None for lane in killed._lanes.values()))
    assert len(near.found()) == before
    service = make_service(near)
    async with serving(service):
        await until(lambda: len(near.found()) < before)
        await until(lambda: not Decided(service._lanes).waiting("intranet"))
    with near.app().ledger() as ledger:
        reports = [run.report for run in ledger.browse("intranet").runs()]
    assert {"approved": held.run_id, "by": "Kari"} in [one.get("decided") for one in reports]


async def test_a_decision_waits_while_another_run_is_at_work(near: Neighbourhood, logs: list[Any]) -> None:
    run = await near.run("full")
    async with near.app().target("intranet") as target:
        key = target.key
    service = make_service(near)
    async with serving(service):
        await until(ended(service, near, 1))
        decided = Decided(service._lanes)
        with only_here(key):
            await decided.take("intranet", Decision(keep=run.run_id))
            await until(lambda: any(one["event"] == "run.skipped" for one in logs))
        assert len(decided.waiting("intranet")) == 1
        service.ask("intranet", Mode.DELTA)
        await until(lambda: not decided.waiting("intranet"))


async def test_a_decision_waits_for_a_run_that_can_carry_it_out(near: Neighbourhood) -> None:
    held = await braked(near)
    before, key = len(near.found()), near.intranet.api_key
    near.intranet.api_key = "another-key-of-tests"
    service = make_service(near)
    async with serving(service):
        decided = Decided(service._lanes)
        await decided.take("intranet", Decision(approve=held.run_id, by="Kari"))
        await until(lambda: ("delta", "failed") in history(near))
        await until(ended(service, near, len(history(near))))
        assert decided.waiting("intranet") == (Decision(approve=held.run_id, by="Kari"),)
        near.intranet.api_key = key
        service.ask("intranet", Mode.DELTA)
        await until(lambda: not decided.waiting("intranet"))
    assert len(near.found()) < before


async def test_a_decision_that_no_run_can_carry_out_is_given_up(near: Neighbourhood) -> None:
    await near.run("full")
    service = make_service(near)
    async with serving(service):
        decided = Decided(service._lanes)
        await decided.take("intranet", Decision(approve="01NONE"))
        await until(lambda: not decided.waiting("intranet"))
    assert ("delta", "failed") in history(near)
