"""What every test shares: logs are quiet unless a test sets them up itself; no test fails because a machine is slow."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

from connector.secrets import hiding
from tests import ledgers

settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """Keep the events of runs out of the output of tests."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()
    hiding.forget()


@pytest.fixture(scope="session", autouse=True)
def ledgers_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Start the database in which the ledgers of this session stand, where they do."""
    if not ledgers.ON_POSTGRES:
        yield
        return
    from tests.ledger.cluster import start

    with start(tmp_path_factory) as one:
        ledgers.cluster = one
        yield


@pytest.fixture(autouse=True)
def ledgers_of_one_test() -> Iterator[None]:
    """Empty the databases that a test used."""
    yield
    ledgers.let_go()
