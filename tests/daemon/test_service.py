"""The daemon between the sandbox's neighbours: what is due, signals, progress, settings, and the end of it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import httpx
import pytest
from apscheduler.triggers.base import BaseTrigger

from connector.app import App
from connector.daemon.logs import set_up as set_up_logs
from connector.daemon.progress import Patience
from connector.daemon.schedule import make_trigger
from connector.daemon.service import CANCEL_S, GRACE_S, Pace, Service
from connector.daemon.supervisor import Supervisor
from connector.daemon.timetable import Timetable
from connector.daemon.trigger import Trigger
from connector.engine.one_process import Here
from connector.errors import ConnectorError, LedgerAway
from connector.ledger.catalogue import Wanted
from connector.machine import streams
from connector.machine.lock import only_here
from connector.plan.item import Mode
from connector.ports.engine import Work
from connector.sandbox.faults import RESET_BEFORE, Fault, Silence
from connector.status.server import DRAIN_S
from tests.neighbourhood import Neighbourhood, write_settings
from tests.patience import IN_VAIN_S

NEVER = Patience(without_answer_s=1e9)
PUSHES = "PUT *docs/addupdate"


class Ears(Supervisor):
    """A supervisor that remembers what it was told."""

    def __init__(self) -> None:
        super().__init__({"WATCHDOG_USEC": "60000"})
        self.heard: list[str] = []

    def tell(self, *lines: str) -> None:
        self.heard += lines


def make_service(near: Neighbourhood, **more: Any) -> Service:
    pace = Pace(patience=more.pop("patience", NEVER), beat_s=0.02, jitter_s=0)
    return Service(more.pop("load", near.app), clock=near.clock, pace=pace, **more)


@asynccontextmanager
async def serving(service: Service) -> AsyncIterator[None]:
    task = asyncio.create_task(service.serve())
    try:
        await until(lambda: bool(service.address) or task.done())
        yield
    finally:
        service.stop()
        await task


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that happens in another task; a test that waits in vain fails."""
    async with asyncio.timeout(IN_VAIN_S):
        while not true():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.005)


def history(near: Neighbourhood) -> list[tuple[str, str]]:
    """Modes and outcomes, the oldest first."""
    with near.app().ledger() as ledger:
        return [(run.mode, run.outcome or "running") for run in reversed(ledger.runs("intranet").recent(50))]


def ended(service: Service, near: Neighbourhood, count: int) -> Callable[[], bool]:
    """Whether so many runs ended, and the service waits for the next one."""

    def look() -> bool:
        lane = service._lanes["intranet"]
        return lane.run is None and lane.wanted is None and len(history(near)) >= count

    return look


# -- what is due ----------------------------------------------------------------------------------


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
    near.values["schedule.full"] = ""
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
    near.values["schedule.delta"] = ""
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
    monkeypatch.setattr("connector.daemon.people_lane.make_trigger", lambda *_, **__: AtOnce(3))
    async with serving(make_service(near)):
        await until(lambda: [one for one in logs if one["event"] == "people.turn"] != [])
    assert len(history(near)) == 1, "a turn is no run"


async def test_a_clock_that_was_set_plans_every_schedule_anew(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, logs: list[Any]
) -> None:
    await near.run("full")
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


async def test_a_service_waits_at_its_start_for_a_database_that_is_away_but_not_for_ever(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, logs: list[Any]
) -> None:
    monkeypatch.setattr("connector.daemon.service.AWAY_AGAIN_S", 0.0)
    opened, away = App.ledger, [LedgerAway("it starts")] * 2

    def ledger(app: App) -> Any:
        if away:
            raise away.pop()
        return opened(app)

    monkeypatch.setattr(App, "ledger", ledger)
    async with serving(make_service(near)):
        assert [one["event"] for one in logs][:2] == ["ledger.unusable"] * 2
    monkeypatch.setattr("connector.daemon.service.AWAY_S", 0.0)
    away.append(LedgerAway("it does not start"))
    with pytest.raises(LedgerAway):
        await make_service(near).serve()


async def test_a_service_that_its_database_takes_in_no_more_is_not_begun_again_and_again_until_nobody_begins_it(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, logs: list[Any]
) -> None:
    """Ten starts within ten minutes, and systemd leaves it. PostgreSQL may have all the connections that it lets in."""

    async def begin(_: Here) -> None:
        raise LedgerAway("too many clients already")

    monkeypatch.setattr(Here, "begin", begin)
    service = make_service(near)
    task = asyncio.create_task(service.serve())
    await until(lambda: any(one["event"] == "ledger.unusable" for one in logs))
    assert not task.done(), "it waits"
    service.stop()
    await asyncio.wait_for(task, IN_VAIN_S)
    monkeypatch.setattr("connector.daemon.service.AWAY_S", 0.0)
    with pytest.raises(LedgerAway):
        await make_service(near).serve()


async def test_a_service_whose_database_goes_away_as_it_begins_goes_on(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, logs: list[Any]
) -> None:
    def catch_up(_: Timetable) -> None:
        raise LedgerAway("too many clients already")

    monkeypatch.setattr(Timetable, "catch_up", catch_up)
    async with serving(make_service(near)):
        assert "ledger.unusable" in {one["event"] for one in logs}


async def test_signals_are_heard_while_it_waits_for_its_database(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, logs: list[Any]
) -> None:
    def ledger(_: App) -> Any:
        raise LedgerAway("it starts")

    monkeypatch.setattr(App, "ledger", ledger)
    service = make_service(near)
    task = asyncio.create_task(service.serve())
    await until(lambda: any(one["event"] == "ledger.unusable" for one in logs))
    os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(task, IN_VAIN_S)
    assert service._hup.is_set(), "the settings would have been read again"
    assert service.address == ""


@pytest.mark.parametrize("broken_before_the_first_run", [True, False])
async def test_a_log_that_nobody_reads_any_more_stops_no_run(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, broken_before_the_first_run: bool
) -> None:
    read, write = os.pipe()
    with os.fdopen(write, "w", encoding="utf-8") as pipe:
        monkeypatch.setattr(sys, "stderr", pipe)
        set_up_logs(style="json", secrets=[])
        if broken_before_the_first_run:
            os.close(read)
        service = make_service(near)
        async with serving(service):
            await until(ended(service, near, 1))
            if not broken_before_the_first_run:
                os.close(read)
            for count in (2, 3):
                service.ask("intranet", Mode.DELTA)
                await until(ended(service, near, count))
        streams.let_go()
    assert [outcome for _, outcome in history(near)] == ["succeeded"] * 3


async def test_a_lane_whose_task_ended_stops_the_watchdog(near: Neighbourhood) -> None:
    service = make_service(near)
    async with serving(service):
        await until(ended(service, near, 1))
        lane = service._lanes["intranet"]
        assert lane.advances()
        assert lane.worker is not None
        lane.worker.cancel()
        await asyncio.wait({lane.worker})
        assert not lane.advances()


# -- its supervisor -------------------------------------------------------------------------------


async def test_the_supervisor_hears_ready_then_progress_then_stopping(near: Neighbourhood) -> None:
    ears = Ears()
    service = make_service(near, supervisor=ears)
    async with serving(service):
        await until(ended(service, near, 1))
        await until(lambda: "WATCHDOG=1" in ears.heard[ears.heard.index("READY=1") :])
    heard = [line for line in ears.heard if not line.startswith("STATUS")]
    assert heard[0] == "READY=1"
    assert "STOPPING=1" in heard
    assert "STATUS=last full run: succeeded" in ears.heard


async def test_a_stalled_run_is_dumped_and_ended(near: Neighbourhood, logs: list[Any]) -> None:
    near.wire.add(Fault(PUSHES, Silence(), times=None))
    near.values["http.timeout_s"] = 2  # a cancelled run still waits for the calls in hand
    service = make_service(near, patience=Patience(without_answer_s=0.2))
    async with serving(service):
        await until(ended(service, near, 1))
        await until(lambda: any(one["event"] == "run.cancelled" for one in logs))
        near.wire.clear()
        service.progress["intranet"].patience = NEVER
        service.ask("intranet", Mode.FULL)
        await until(ended(service, near, 2))
    assert history(near) == [("full", "cancelled"), ("full", "succeeded")]
    stalled = next(one for one in logs if one["event"] == "run.stalled")
    assert any("steps.py" in stack for stack in stalled["tasks"])


async def test_a_run_that_cannot_even_be_cancelled_stops_the_watchdog(near: Neighbourhood) -> None:
    service = make_service(near)
    async with serving(service):
        await until(ended(service, near, 1))
        lane = service._lanes["intranet"]
        lane.cancelled_at = time.monotonic() - 301
        assert not lane.advances()


# -- the end --------------------------------------------------------------------------------------


async def test_the_batch_in_hand_is_finished_at_the_end(near: Neighbourhood) -> None:
    service = make_service(near)
    task = asyncio.create_task(service.serve())
    await until(lambda: any(call.path.endswith("addupdate") for call in near.wire.calls))
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(task, 20)
    with near.app().ledger() as ledger:
        confirmed = {row.id for row in ledger.catalogue("intranet").walk(Wanted(state="live"))}
    assert near.found() == confirmed
    assert history(near)[0][1] in {"cancelled", "succeeded"}


async def test_an_address_in_use_is_told_in_words(near: Neighbourhood) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        near.values["service.listen"] = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ConnectorError, match=r"service\.listen"):
            await make_service(near).serve()


async def test_health_and_metrics_answer_beside_a_run(near: Neighbourhood) -> None:
    service = make_service(near)
    async with (
        serving(service),
        httpx.AsyncClient(verify=False, base_url=service.address, timeout=IN_VAIN_S) as client,
    ):
        await until(ended(service, near, 1))
        assert (await client.get("/health/live")).status_code == 200
        ready = await client.get("/health/ready")
        assert ready.status_code == 200
        numbers = (await client.get("/metrics")).text
        assert (
            'interact_connector_runs_total{mode="full",outcome="succeeded",target="intranet"} 1.0' in numbers
        )
        near.clock.pass_seconds(25 * 3_600)
        assert (await client.get("/health/ready")).status_code == 503


IMPATIENT = """
from connector.cli import main
from connector.daemon import service
service.GRACE_S = 1.0
raise SystemExit(main())
"""
"""The program, with less patience for what is under way when it shall end; it waits for nothing else."""


async def test_the_process_ends_with_0_within_20_seconds_even_when_a_call_hangs(near: Neighbourhood) -> None:
    near.wire.add(Fault(PUSHES, Silence(), times=None))
    file = await asyncio.to_thread(write_settings, near)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", IMPATIENT, "--settings", str(file), "serve", stderr=subprocess.PIPE
    )
    try:
        await until(lambda: any(call.path.endswith("addupdate") for call in near.wire.calls))
        process.send_signal(signal.SIGTERM)
        _, told = await asyncio.wait_for(process.communicate(), IN_VAIN_S)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    assert process.returncode == 0, told.decode()
    assert b"service.stopped" in told
    assert GRACE_S + CANCEL_S + DRAIN_S < 20 - 3, "and seconds are left to close what is open"


async def test_wrong_settings_end_the_process_with_2(near: Neighbourhood) -> None:
    near.values["schedule.delta"] = "often"
    file = await asyncio.to_thread(write_settings, near)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "connector", "--settings", str(file), "serve", stderr=subprocess.PIPE
    )
    _, told = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 2
    assert b"schedule.delta" in told
