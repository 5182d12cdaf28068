"""How a PostgreSQL server is reached: whoever of ours connects, a cut is noticed and a frozen process keeps no lock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector.errors import LeaseHeld
from connector.wiring.opening import Opening
from tests.builders import make_settings
from tests.ledger.cluster import Cluster
from tests.ledger.conftest import cluster  # noqa: F401 - a fixture

pytest.importorskip("psycopg", reason="needs psycopg (the extra `cluster`)")
from connector.engine.queue import engine_for
from connector.ledger.engines.postgres import Postgres
from connector.machine.postgresql import NETWORK, network_of
from connector.text.shared_texts import PostgresTexts


def ledger_of(url: str) -> Any:
    return Postgres(url).driver


def texts_of(url: str) -> Any:
    return PostgresTexts(url)._database


def queue_of(url: str) -> Any:
    return engine_for(url).raw_connection().driver_connection


@pytest.mark.parametrize("connect", [ledger_of, texts_of, queue_of])
def test_a_process_that_stops_within_a_transaction_keeps_no_lock(
    cluster: Cluster,  # noqa: F811 - the fixture
    connect: Any,
) -> None:
    with connect(cluster.new_database()) as connection:
        assert connection.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("20s",)
        told = connection.info.get_parameters()
        assert {name: told[name] for name in NETWORK} == {name: str(value) for name, value in NETWORK.items()}


def test_what_the_url_says_of_the_network_counts() -> None:
    assert network_of("postgresql://host/db") == NETWORK
    assert network_of("postgresql://host/db?connect_timeout=2") == {
        name: value for name, value in NETWORK.items() if name != "connect_timeout"
    }


SAME = [
    "postgresql://connector@db/ledger",
    "postgresql://other:secret@db:5432/ledger?sslmode=require",
    "postgresql:///ledger?host=db&connect_timeout=3",
]
OTHERS = [
    "postgresql:///ledger?host=/run/one",
    "postgresql:///ledger?host=/run/two",
    "postgresql:///ledger?host=/run/two&port=5433",
    "postgresql://db:5433/ledger",
    "postgresql://db/another",
]


def lock(folder: Path, url: str) -> Any:
    return Opening(make_settings(folder, ledger__url=url)).lock(str(folder))


@pytest.mark.parametrize("url", SAME)
def test_who_has_the_same_ledger_is_passed_by_however_its_url_says_so(tmp_path: Path, url: str) -> None:
    with lock(tmp_path, SAME[0]), lock(tmp_path, url):
        pass


@pytest.mark.parametrize("url", OTHERS)
def test_who_has_another_ledger_for_the_same_target_is_kept_out(tmp_path: Path, url: str) -> None:
    for other in {*OTHERS, SAME[0]} - {url}:
        with lock(tmp_path, url), pytest.raises(LeaseHeld), lock(tmp_path, other):
            pass
