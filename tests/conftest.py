"""What every test shares: logs are quiet unless a test sets them up itself; no test fails because a machine is slow."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

from connector.secrets import hiding

settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """Keep the events of runs out of the output of tests."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()
    hiding.forget()
