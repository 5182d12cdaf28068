"""A service that serves within a test, and what is waited for beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from connector.daemon.executor import ServiceExecutor
from connector.daemon.lane import Lane
from connector.daemon.progress import Patience, Progress
from connector.daemon.service import NEWS_S, Pace, Service
from connector.status.target_status import tell_target
from tests.neighbourhood import Neighbourhood
from tests.patience import IN_VAIN_S

NEVER = Patience(without_answer_s=1e9)


def make_service(near: Neighbourhood, **more: Any) -> Service:
    pace = Pace(
        patience=more.pop("patience", NEVER), beat_s=0.02, jitter_s=0, news_s=more.pop("news_s", NEWS_S)
    )
    return Service(more.pop("load", near.app), clock=near.clock, pace=pace, **more)


def lane_by_itself(service: Service, near: Neighbourhood) -> tuple[Lane, ServiceExecutor]:
    """The lane of the intranet, and what hands it its work, of a service that does not serve."""
    service._gates.open.set()
    lane = Lane(
        "intranet",
        Progress(NEVER, lambda: 0.0),
        near.app,
        service._due,
        service._gates,
        service._listeners,
    )
    lanes = {"intranet": lane}
    return lane, ServiceExecutor(near.app, lanes, service._ocr, service._gates, service._seats)


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


def next_full_of(near: Neighbourhood) -> float:
    """When `status` and the page say that the next full run begins, in seconds since 1970."""
    app = near.app()
    with app.ledger() as ledger:
        at = tell_target(app, ledger, "intranet", now=near.clock())["next_runs"]["full"]
    return datetime.fromisoformat(at).timestamp()


def ended(service: Service, near: Neighbourhood, count: int) -> Callable[[], bool]:
    """Whether so many runs ended, and the service waits for the next one."""

    def look() -> bool:
        lane = service._lanes["intranet"]
        return lane.run is None and lane.wanted is None and len(history(near)) >= count

    return look
