"""What every test shares: logs are quiet unless a test sets them up itself; no test fails because a machine is slow."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
import uvloop
from hypothesis import HealthCheck, settings

from connector.secrets import hiding
from tests import kept_connections, ledgers, memory, short_cuts
from tests.broken_servers import Broken

if TYPE_CHECKING:
    from tests.desk import Desk
    from tests.ledger.cluster import Cluster
    from tests.office import Office

settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")


def pytest_configure() -> None:
    """
    Have the folders of tests in memory, unless somebody wants them elsewhere (--basetemp, or the same variables).

    Tests run on uvloop, as the program does itself (`event_loop.run_program`); a run takes a tenth less of the processor there.
    """
    if memory.has_room():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory.MEMORY))
        os.environ.setdefault("TMPDIR", str(memory.MEMORY))  # a disk takes 2 ms to remove one that is empty
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    gc.disable()  # until all is collected that stays to the end


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: a quarter of the time a test waits for a process that it started, or for a database."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_finish() -> None:
    """
    Take the connector's variables out of this process, whose children would read them: switches of tests, which are read by now, and settings.

    Half a million objects of thousands of tests are not looked through for garbage again and again.
    """
    for name in [name for name in os.environ if name.upper().startswith("CONNECTOR_")]:
        del os.environ[name]
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)  # a run makes thousands of objects that outlive the usual 700
    gc.enable()


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """Keep the events of runs out of the output of tests."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()
    hiding.forget()


@pytest.fixture(autouse=True)
def servers_work() -> Iterator[Broken]:
    """Fail a test whose own server breaks: its 500 would look like one of the system that it plays."""
    log, broken = logging.getLogger("uvicorn.error"), Broken()
    log.addHandler(broken)
    yield broken
    log.removeHandler(broken)
    assert not broken.told


@pytest.fixture(scope="session", autouse=True)
def short_cuts_of_tests() -> Iterator[None]:
    """Leave out what decides nothing; tests/ledger and tests/machine do without."""
    with pytest.MonkeyPatch.context() as patch:
        short_cuts.take(patch)
        yield


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """The command line beside the sandbox's systems, with a settings file that names them."""
    from tests.office import Office  # loads the sandbox, which most tests need not

    one = Office(tmp_path)
    with one.server as urls:
        one.write_settings(urls)
        yield one
        one.end()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A server of PostgreSQL: one for all that this process tests."""
    from tests.ledger.cluster import start

    with start() as one:
        yield one


@pytest.fixture(scope="session", autouse=True)
def ledgers_of_tests(request: pytest.FixtureRequest) -> None:
    """Start the database in which the ledgers of this session stand, where they do."""
    if ledgers.ON_POSTGRES:
        ledgers.cluster = request.getfixturevalue("postgresql")


@pytest.fixture(autouse=True)
def ledgers_of_one_test() -> Iterator[None]:
    """Close the files, and empty the databases, that a test used."""
    yield
    kept_connections.let_go()
    ledgers.let_go()


@pytest.fixture
def blank_desk() -> Iterator[Desk]:
    """A run that begins, and its ledger, which knows nothing."""
    from tests.desk import Desk  # loads what runs do, which most tests need not

    one = Desk()
    yield one
    one.close()


@pytest.fixture
def desk(blank_desk: Desk) -> Desk:
    """The same, and the ledger knows a room with nothing in it."""
    blank_desk.add_room("r1")
    return blank_desk
