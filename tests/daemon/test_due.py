"""What is due: at a start after a stop, by a schedule, by a clock that was set; one run at a time."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import Any

import pytest
from apscheduler.triggers.base import BaseTrigger

from connector.daemon.schedule import make_trigger
from connector.daemon.trigger import Trigger
from connector.engine.one_process import Here
from connector.machine.lock import only_here
from connector.plan.item import Mode
from connector.ports.engine import Work
from connector.sandbox.faults import RESET_BEFORE, Call, Fault, Held, Silence
from tests.daemon.serving import ended, history, make_service, next_full_of, serving, until
from tests.neighbourhood import Neighbourhood


async def test_the_first_run_is_a_full_one(near: Neighbourhood) -> None:
    service = make_service(near)
    async with serving(service):
        await until(ended(service, near, 1))
    assert history(near) == [("full", "succeeded")]
    assert near.found() == near.expected()


async def test_a_backfill_does_not_stand_for_the_first_full_run(near: Neighbourhood) -> None:
    await near.run("backfill")
    service = make_service(near)
    async with serving(service):
        await until(ended(service, near, 2))
    assert history(near) == [("backfill", "succeeded"), ("full", "succeeded")]


async def test_nothing_is_due_after_a_short_stop(near: Neighbourhood) -> None:
    near.clock.now -= near.clock.now % 900 - 10  # just after a quarter
    await near.run("full")
    near.clock.pass_seconds(60)
    service = make_service(near)
    async with serving(service):
        assert service._lanes["intranet"].wanted is None
    assert history(near) == [("full", "succeeded")]


async def test_a_delta_missed_while_down_is_done_at_the_start(near: Neighbourhood) -> None:
    await near.run("full")
    near.clock.pass_seconds(1_000)
    service = make_service(near)
    async with serving(service):
        await until(ended(service, near, 2))
    assert history(near)[1:] == [("delta", "succeeded")]


async def test_a_full_run_missed_while_down_is_done_at_the_start(near: Neighbourhood) -> None:
    await near.run("full")
    near.clock.pass_seconds(8 * 86_400)
    service = make_service(near)
    async with serving(service):
        await until(ended(service, near, 2))
    assert history(near)[1:] == [("full", "succeeded")]


async def test_what_is_due_twice_is_done_once(near: Neighbourhood) -> None:
    await near.run("full")
    service = make_service(near)
    async with serving(service):
        await until(ended(service, near, 1))
        before = len(history(near))
        for mode in (Mode.DELTA, Mode.FULL, Mode.FULL, Mode.DELTA):
            service.ask("intranet", mode)
        await until(ended(service, near, before + 1))
    assert history(near)[before:] == [("full", "succeeded")]


async def test_after_unexpected_removals_the_next_run_is_full(near: Neighbourhood) -> None:
    await near.run("full")
    with near.app().ledger() as ledger:
        run = ledger.runs("intranet").start(mode="full", dry_run=False, now=near.clock())
        ledger.runs("intranet").finish(
            run.number,
            outcome="succeeded",
            report="{}",
            next_mode="full",
            now=near.clock(),
        )
    service = make_service(near)
    async with serving(service):
        service.ask("intranet", Mode.DELTA)
        await until(ended(service, near, 3))
    assert history(near)[2][0] == "full"


async def test_a_failed_full_run_leaves_room_for_deltas(near: Neighbourhood) -> None:
    near.wire.add(Fault("* /v1/communities", RESET_BEFORE, times=None))
    service = make_service(near)
    async with serving(service):
        await until(ended(service, near, 1))
        near.wire.clear()
        service.ask("intranet", Mode.DELTA)
        await until(ended(service, near, 2))
    assert history(near) == [("full", "failed"), ("delta", "succeeded")]


async def test_a_full_run_that_failed_after_hours_is_done_again_an_hour_after_its_end(
    near: Neighbourhood,
) -> None:
    """Else a disk that is too small for it, say, has the source listed around the clock, and no delta between two of them."""
    await near.run("full")
    near.clock.pass_seconds(8 * 86_400)

    def fails_after_hours(call: Call) -> bool:
        near.clock.pass_seconds(3 * 3_600)
        return True

    near.wire.add(
        Fault(lambda call: "/communities" in call.path and fails_after_hours(call), RESET_BEFORE, times=None)
    )
    app = near.app()
    service = make_service(near, load=lambda: app)
    async with serving(service):
        await until(lambda: "intranet" in service._due.put_off)
        near.wire.clear()
        assert next_full_of(near) == service._due.put_off["intranet"] // 1 > near.clock() + 3_500
        service.ask("intranet", Mode.DELTA)
        await until(ended(service, near, 3))
        near.clock.pass_seconds(3_601)
        await until(ended(service, near, 4))
    assert history(near)[1:] == [("full", "failed"), ("delta", "succeeded"), ("full", "succeeded")]


async def test_two_schedules_never_meet_and_a_full_run_waits(near: Neighbourhood, logs: list[Any]) -> None:
    await near.run("full")
    near.wire.add(Fault("* /v1/communities", Silence(), times=None))
    near.values["http.timeout_s"] = 3
    service = make_service(near)
    async with serving(service):
        service.ask("intranet", Mode.DELTA)
        await until(
            lambda: service._lanes["intranet"].run is not None and "running" in dict(history(near)).values()
        )
        service.ask("intranet", Mode.DELTA)
        service.ask("intranet", Mode.FULL)
        assert len(history(near)) == 2
        assert service._lanes["intranet"].wanted is Mode.FULL
    assert [one["why"] for one in logs if one["event"] == "run.skipped"] == ["another run is under way"]


async def test_a_run_elsewhere_makes_a_due_run_skipped_and_said(near: Neighbourhood, logs: list[Any]) -> None:
    async with near.app().target("intranet") as target:
        key = target.key
    with only_here(key):
        service = make_service(near)
        async with serving(service):
            await until(lambda: any(one["event"] == "run.skipped" for one in logs))
    assert history(near) == []


class AtOnce(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Fires a few times as soon as the scheduler asks: a cron field that matches now, so that no test waits for a minute."""

    def __init__(self, times: int) -> None:
        self.left = times

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime | None:
        self.left -= 1
        return now if self.left >= 0 else None


@pytest.mark.parametrize(("times", "runs"), [(1, 1), (5, 1)])
async def test_a_schedule_that_fires_makes_a_run(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, times: int, runs: int
) -> None:
    await near.run("full")
    near.values["schedule.full"] = near.values["people.every"] = ""
    asked: list[tuple[str, str, float]] = []

    def trigger(cron: str, timezone: str, *, jitter_s: float) -> AtOnce:
        asked.append((cron, timezone, jitter_s))
        return AtOnce(times)

    monkeypatch.setattr("connector.daemon.timetable.make_trigger", trigger)
    service = make_service(near)
    async with serving(service):
        await until(ended(service, near, 1 + runs))
    assert asked == [("*/15 * * * *", "UTC", 0)]
    assert history(near)[1:] == [("delta", "succeeded")] * runs


async def test_the_full_schedule_makes_a_full_run(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    await near.run("full")
    near.values["schedule.delta"] = near.values["people.every"] = ""
    monkeypatch.setattr("connector.daemon.timetable.make_trigger", lambda *_, **__: AtOnce(1))
    service = make_service(near)
    async with serving(service):
        await until(ended(service, near, 2))
    assert history(near)[1:] == [("full", "succeeded")]


async def test_people_have_their_turn_between_runs(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, logs: list[Any]
) -> None:
    await near.run("full")
    near.values["schedule.full"] = near.values["schedule.delta"] = ""
    monkeypatch.setattr("connector.daemon.timetable.make_trigger", lambda *_, **__: AtOnce(3))
    async with serving(make_service(near)):
        await until(lambda: [one for one in logs if one["event"] == "people.turn"] != [])
    assert len(history(near)) == 1, "a turn is no run"


async def test_a_clock_that_was_set_plans_every_schedule_anew(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, logs: list[Any]
) -> None:
    await near.run("full")
    near.values["people.every"] = ""
    planned: list[str] = []

    def trigger(cron: str, timezone: str, *, jitter_s: float) -> Trigger:
        planned.append(cron)
        return make_trigger(cron, timezone, jitter_s=jitter_s)

    monkeypatch.setattr("connector.daemon.timetable.make_trigger", trigger)
    ahead = 0.0
    service = make_service(near, wall=lambda: time.time() + ahead)
    async with serving(service):
        ahead = -86_400.0
        await until(lambda: len(planned) == 4)
    assert [one["seconds"] for one in logs if one["event"] == "clock.jumped"] == [-86_400]


async def test_what_is_due_is_named_by_the_clock_of_the_ledger_whatever_the_machines_own_says(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Work] = []
    monkeypatch.setattr(Here, "ask", lambda _, work: asked.append(work))
    service = make_service(near, wall=lambda: near.clock() + 3_600)
    await service.timetable.fire("intranet", Mode.DELTA)
    assert near.clock() - 900 < asked[0].at <= near.clock()


@pytest.mark.parametrize(("due_s", "count"), [(-5, 1), (5, 2)])
async def test_a_full_run_that_is_due_together_with_a_delta_is_done_once(
    near: Neighbourhood, logs: list[Any], due_s: float, count: int
) -> None:
    """
    The delta finds that a full run is due and is one; the firing of the full run, some seconds later, had all sources listed once more.

    Args:
        due_s: when it was due, beside the moment when the full run began.
    """
    service, release = make_service(near), asyncio.Event()
    near.wire.add(Fault("PUT *docs/addupdate", Held(release)))
    async with serving(service):
        lane = service._lanes["intranet"]
        await until(lambda: lane.doing is not None and lane.run is not None)
        near.clock.pass_seconds(10)
        service._engine.ask(Work(Mode.FULL.value, "intranet", near.clock() - 10 + due_s))
        release.set()
        await until(ended(service, near, count))
    assert [one for one in history(near) if one[0] == "full"] == [("full", "succeeded")] * count
    skipped = [one for one in logs if one["event"] == "run.skipped"]
    assert len(skipped) == 2 - count
