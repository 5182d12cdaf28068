"""A service over a small room, and the events that it logs."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from apscheduler.triggers.base import BaseTrigger
from structlog.testing import capture_logs

from tests.estates import furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave the logging of this process as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


class InAYear(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """A schedule that fires after every test."""

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        return now + timedelta(days=365)


@pytest.fixture(autouse=True)
def no_schedule_fires(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test has a run more since a quarter of an hour began amid it; what is due by a test's own clock is asked for all the same."""
    monkeypatch.setattr("connector.daemon.timetable.make_trigger", lambda *_, **__: InAYear())


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    """Every event, from here on."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    with capture_logs() as events:
        yield events


@pytest.fixture
async def near(tmp_path: Path) -> AsyncIterator[Neighbourhood]:
    async with neighbourhood(tmp_path, furnish_small) as one:
        one.values["service.listen"] = "127.0.0.1:0"
        one.values["schedule.delta"] = "*/15 * * * *"
        yield one
