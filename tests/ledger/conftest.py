"""The databases in which a ledger may stand: what every ledger does is tested in each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector.ledger.store import Ledger
from tests.ledger.cluster import Cluster, start
from tests.ledger_pushes import NOW


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A server of PostgreSQL of this session's own."""
    with start(tmp_path_factory) as one:
        yield one


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Of a new ledger."""
    if request.param == "sqlite":
        return "sqlite://"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.new_database()


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    """A new ledger."""
    one = Ledger(url, now=NOW)
    yield one
    one.close()
