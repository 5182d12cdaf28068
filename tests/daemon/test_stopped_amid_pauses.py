"""A service that is told to stop while a host has it wait: the wait ends at once, nothing is lost, and the run is owed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from connector.daemon import service as daemon
from connector.sandbox.faults import Fault, Status
from tests.daemon.serving import ended, history, make_service, serving, until
from tests.neighbourhood import Neighbourhood
from tests.patience import IN_VAIN_S

FULL = Status(429, retry_after=25)


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("* /v1/communities", FULL),
        ("PUT *docs/addupdate", FULL),
        ("* *docs/beginsyncsession", FULL),
    ],
)
async def test_a_pause_that_a_host_asks_for_ends_at_once_where_the_service_is_told_to_stop(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, call: str, answer: Status, logs: list[Any]
) -> None:
    """It took all of the 12 seconds that a run has to end."""
    monkeypatch.setattr(daemon, "GRACE_S", 10 * IN_VAIN_S)
    near.values["http.attempts"] = 5
    fault = near.wire.add(Fault(call, answer, times=None))
    task = asyncio.create_task((service := make_service(near)).serve())
    await until(lambda: fault.hits > 0)
    service.stop()
    await asyncio.wait_for(task, IN_VAIN_S)
    assert history(near) == [("full", "cancelled")]
    assert not [one for one in logs if one["event"].endswith(".bug")]
    near.wire.clear()
    async with serving(again := make_service(near)):
        await until(ended(again, near, 2))
    assert history(near)[1:] == [("full", "succeeded")]


async def test_people_whose_turn_waits_for_a_host_are_left_to_the_next_run_where_the_service_is_told_to_stop(
    near: Neighbourhood,
) -> None:
    await near.run("full")
    near.values["http.attempts"] = 5
    fault = near.wire.add(Fault("*", FULL, times=None))
    assert await near.app().stopped_by(lambda: fault.hits > 0).take_turn("intranet") is None
