"""A service over a small room, and the events that it logs."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
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
