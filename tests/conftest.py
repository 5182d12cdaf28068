"""What every test shares: logs are quiet unless a test sets them up itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from connector import hiding


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """Keep the events of runs out of the output of tests."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()
    hiding.forget()
