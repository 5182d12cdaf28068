"""The databases in which a ledger may stand: what every ledger does is tested in each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector.ledger.documents import Documents
from connector.ledger.quarantine import Quarantine
from connector.ledger.runs import Runs
from connector.ledger.store import Ledger
from tests import short_cuts
from tests.ledger.cluster import Cluster
from tests.ledger_pushes import NOW


@pytest.fixture(scope="session")
def cluster(postgresql: Cluster) -> Cluster:
    """The server of this session; whoever imports this gets the same one."""
    return postgresql


@pytest.fixture(autouse=True)
def as_in_every_connector(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other than in tests of runs."""
    short_cuts.leave(monkeypatch)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Of a new ledger."""
    if request.param == "sqlite":
        yield "sqlite://"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    one = cluster.new_database()
    yield one
    cluster.drop(one)


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    """A new ledger."""
    one = Ledger(url, now=NOW)
    yield one
    one.close()


@pytest.fixture
def documents(ledger: Ledger) -> Documents:
    return ledger.documents("intranet")


@pytest.fixture
def runs(ledger: Ledger) -> Runs:
    return ledger.runs("intranet")


@pytest.fixture
def quarantine(ledger: Ledger) -> Quarantine:
    return ledger.quarantine("intranet")
