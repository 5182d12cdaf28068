"""What works on a target outlasts whatever keeps it from beginning a run: else no run would begin any more, and nobody would be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connector.daemon.decisions import PageDecisions
from connector.daemon.lost_end import LostEnd
from connector.plan.item import Mode
from tests import ledgers
from tests.daemon.serving import ended, history, make_service, serving, until
from tests.neighbourhood import Neighbourhood


def no_threads(monkeypatch: pytest.MonkeyPatch, of: type, name: str) -> Callable[[], None]:
    """Have something of each lane fail as where no thread is left (a limit of tasks); gives what ends that."""
    really, is_over = getattr(of, name), list[bool]()

    async def fail(*given: Any, **named: Any) -> Any:
        if not is_over:
            raise RuntimeError("can't start new thread")
        return await really(*given, **named)

    monkeypatch.setattr(of, name, fail)
    return lambda: is_over.append(True)


@ledgers.IN_A_FILE
@pytest.mark.parametrize(("of", "name"), [(PageDecisions, "take_up"), (LostEnd, "write")])
async def test_a_lane_that_could_not_begin_a_run_does_it_when_one_is_asked_for_next(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, logs: list[Any], of: type, name: str
) -> None:
    def failed() -> int:
        return len([one for one in logs if one["event"] == "run.failed" and "ulimit -u" in one["error"]])

    assert (await near.run("full")).outcome == "succeeded"
    end = no_threads(monkeypatch, of, name)
    service = make_service(near)
    async with serving(service):
        before = failed()
        service.ask("intranet", Mode.FULL)
        await until(lambda: failed() > before)
        assert service._lanes["intranet"].advances()
        end()
        service.ask("intranet", Mode.DELTA)
        await until(ended(service, near, 2))
    assert history(near)[1] == ("full", "succeeded"), "what was asked for first"
