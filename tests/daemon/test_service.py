"""The daemon between the sandbox's neighbours: its start, its supervisor, what answers beside a run, and the end of it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

import httpx
import pytest

from connector.daemon.logs import set_up as set_up_logs
from connector.daemon.progress import Patience
from connector.daemon.service import CANCEL_S, GRACE_S
from connector.daemon.supervisor import Supervisor
from connector.errors import ConnectorError
from connector.ledger.catalogue import Wanted
from connector.machine import streams
from connector.pages.server import DRAIN_S
from connector.plan.item import Mode
from connector.sandbox.faults import Fault, Silence, Status
from connector.status.target_status import tell_status
from tests.daemon.serving import NEVER, ended, history, make_service, serving, until
from tests.neighbourhood import Neighbourhood, write_settings
from tests.patience import IN_VAIN_S

PUSHES = "PUT *docs/addupdate"


class Ears(Supervisor):
    """A supervisor that remembers what it was told."""

    def __init__(self) -> None:
        super().__init__({"WATCHDOG_USEC": "60000"})
        self.heard: list[str] = []

    def tell(self, *lines: str) -> None:
        self.heard += lines


# -- what stops no run, and what stops the watchdog -----------------------------------------------


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
    with near.app().ledger() as ledger:
        _, was_ended = ledger.browse("intranet").runs(limit=2)
    assert [
        one["code"] for one in was_ended.report["findings"] if one["code"] in {"stalled", "cancelled"}
    ] == ["stalled"]
    (why,) = [one for one in was_ended.report["reasons"] if "stood still" in one]
    assert stalled["why"] in why


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
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from connector.cli import main
from connector.daemon import service
service.GRACE_S = 1.0
ThreadPoolExecutor(1).submit(Event().wait)
raise SystemExit(main())
"""
"""
The program, with less patience for what is under way when it shall end. A thread of it waits for ever, as one of the queue does that
writes down what is done in a database that is away.
"""


async def test_page_and_status_name_the_host_that_takes_no_calls_for_now(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run stood for ten minutes, and nothing but its log said why."""
    monkeypatch.setattr("connector.daemon.progress.TURNED_AWAY_S", 0.0)
    near.values["http.attempts"] = 5
    fault = near.wire.add(Fault("* /v1/communities", Status(429, retry_after=1), times=None))
    service = make_service(near)
    async with serving(service):
        await until(lambda: fault.hits > 1)
        async with httpx.AsyncClient(base_url=service.address, timeout=IN_VAIN_S) as client:
            page = " ".join((await client.get("/?part=live")).text.split())
        assert "127.0.0.1 answers that there are too many calls: they are made again for ten minutes" in page

        def told() -> str:
            with near.app().ledger() as ledger:
                return str(
                    tell_status(near.app(), ledger, now=near.clock())["targets"]["intranet"]["waits_for"]
                )

        await until(lambda: told() == "127.0.0.1 answers that there are too many calls")
        near.wire.faults.remove(fault)
        await until(ended(service, near, 1))
        assert told() == "", "no run is under way"
    assert history(near) == [("full", "succeeded")]


async def test_the_process_ends_with_0_within_20_seconds_even_when_a_call_or_a_thread_hangs(
    near: Neighbourhood,
) -> None:
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
