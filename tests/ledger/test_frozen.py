"""A process that freezes within a transaction keeps its locks for 20 s, wherever in it that is; then they are anybody's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import pytest

from connector.errors import LeaseLost, LedgerAway, LedgerLocked
from connector.ledger.runs import Runs
from connector.ledger.store import Ledger
from tests.ledger.cluster import Cluster
from tests.ledger_pushes import NOW

psycopg = pytest.importorskip("psycopg", reason="a ledger on PostgreSQL needs psycopg (the extra `cluster`)")
from connector.ledger.engines.postgres import Postgres  # noqa: E402 - needs psycopg
from connector.ledger.engines.postgres_connection import HOLDS_S  # noqa: E402 - needs psycopg
from connector.machine.postgresql import FROZEN_S, LOCKED_S, end_who_stands_still  # noqa: E402 - needs psycopg


@pytest.fixture
def url(cluster: Cluster) -> Iterator[str]:
    one = cluster.new_database()
    yield one
    cluster.drop(one)


@pytest.fixture
def database(url: str) -> Iterator[Postgres]:
    one = Postgres(url)
    yield one
    one.close()


NOTE = {"source": "s", "kind": "k", "value": b"v", "mark": b"", "read_run": 0}
STEPS: dict[str, Callable[[Postgres], object]] = {
    "nothing": lambda _: None,
    "what is not waited for": lambda one: one.write("intents.settle", {"target": "intranet", "intent": 1}),
    "what is not waited for, and large": lambda one: one.write_each(
        "notes.put", [{"key": "k"}], {**NOTE, "value": b"v" * 500_000}
    ),
    "an answer": lambda one: one.all("notes.get", {"source": "s", "kind": "k", "key": "k"}),
    "a number of rows": lambda one: one.run("intents.settle", {"target": "intranet", "intent": 1}),
    "names": lambda one: one.named("documents.facts", {"target": "intranet", "id": "ix-f1"}),
    "an answer, and what is not": lambda one: (STEPS["an answer"](one), STEPS["what is not waited for"](one)),
}


def until_it_is_cut_off(database: Postgres, pid: int) -> None:
    """Until the server has ended a connection; within 10 s, by its own clock."""
    there = "SELECT clock_timestamp() - query_start FROM pg_stat_activity WHERE pid = %s"
    while (found := database.driver.execute(there, [pid]).fetchone()) is not None:
        assert found[0].total_seconds() < 10, "it keeps its locks"


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("commits", [False, True], ids=["amid it", "before it is committed"])
def test_a_process_that_freezes_within_a_transaction_keeps_no_lock(
    url: str,
    database: Postgres,
    monkeypatch: pytest.MonkeyPatch,
    step: Callable[[Postgres], object],
    commits: bool,
) -> None:
    old = Ledger(url, now=NOW)
    frozen = old._database
    assert isinstance(frozen, Postgres)
    old.runs("intranet").take_lease(now=NOW)
    frozen.driver.execute("SET idle_in_transaction_session_timeout='100ms'")
    pid, send = frozen.driver.info.backend_pid, frozen._send

    def freeze_before(sql: str, values: Mapping[str, Any]) -> object:
        if sql == "COMMIT":
            until_it_is_cut_off(database, pid)
        return send(sql, values)

    def write() -> None:
        with frozen.at_once():
            step(frozen)
            if commits:
                monkeypatch.setattr(frozen, "_send", freeze_before)
            else:
                until_it_is_cut_off(database, pid)

    with closing(old), pytest.raises(LedgerAway):
        write()
    database.driver.execute("UPDATE leases SET expires_at=0")
    database.driver.execute("SET lock_timeout='1s'")
    assert Runs(database, "intranet").take_lease(now=NOW) == 2


def test_whoever_waits_for_one_that_froze_outlasts_it(database: Postgres) -> None:
    """Else a run would fail for what the server is about to end."""
    assert FROZEN_S < LOCKED_S
    lasting = database.driver.execute("SELECT extract(epoch from current_setting('lock_timeout')::interval)")
    assert lasting.fetchone() == (LOCKED_S,)


def test_whoever_stands_still_with_a_lock_all_the_same_is_ended_by_whoever_waits_for_it(
    url: str, database: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.machine.postgresql.FROZEN_S", 0)
    old = Ledger(url, now=NOW)
    old.runs("intranet").take_lease(now=NOW)
    database.driver.execute("UPDATE leases SET expires_at=0; SET lock_timeout='10ms'")
    runs = Runs(database, "intranet")
    with closing(old):
        with closing(psycopg.connect(url)) as frozen:
            frozen.execute("SELECT 1 FROM leases FOR UPDATE")
            assert runs.take_lease(now=NOW) == 2
        with closing(psycopg.connect(url)) as frozen:
            frozen.execute("SELECT 1 FROM leases FOR UPDATE")
            with pytest.raises(LedgerLocked, match="if it stood still, it is cut off now"):
                runs.free_lease(2)
            runs.free_lease(2)


ENDLESS = b"SELECT repeat('x', 1000), generate_series(1, 10000000)"


@contextmanager
def amid_a_long_answer(database: Postgres, url: str, lock: str) -> Iterator[Any]:
    """A process that freezes while it is told much more than it has room for."""
    with closing(psycopg.connect(url)) as frozen:
        frozen.execute(lock)
        frozen.pgconn.send_query(ENDLESS)
        frozen.pgconn.flush()
        waits = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event = 'ClientWrite'"
        while not database.driver.execute(waits, [frozen.info.backend_pid]).fetchone():
            pass
        yield frozen


@pytest.mark.parametrize("lock", ["SELECT 1 FROM leases FOR UPDATE", "LOCK TABLE leases IN SHARE MODE"])
def test_whoever_freezes_amid_a_long_answer_keeps_no_lock(
    url: str, database: Postgres, monkeypatch: pytest.MonkeyPatch, lock: str
) -> None:
    monkeypatch.setattr("connector.machine.postgresql.FROZEN_S", 0)
    with closing(Ledger(url, now=NOW)) as old:
        old.runs("intranet").take_lease(now=NOW)
    database.driver.execute("UPDATE leases SET expires_at=0; SET lock_timeout='10ms'")
    with amid_a_long_answer(database, url, lock):
        assert Runs(database, "intranet").take_lease(now=NOW) == 2


def test_whoever_only_reads_a_long_answer_goes_on(
    url: str, database: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.machine.postgresql.FROZEN_S", 0)
    there = "SELECT 1 FROM pg_stat_activity WHERE pid = %s"
    with amid_a_long_answer(database, url, "SELECT 1 FROM leases") as reading:
        end_who_stands_still(url)
        assert database.driver.execute(there, [reading.info.backend_pid]).fetchone()


def test_a_process_that_stood_still_writes_not_even_a_statement_alone_for_what_another_one_has(
    url: str, database: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [0.0]
    monkeypatch.setattr("connector.ledger.engines.postgres_connection.uptime", lambda: seconds[0])
    with closing(Ledger(url, now=NOW)) as old, closing(Ledger(url, now=NOW)) as new:
        old.runs("intranet").take_lease(now=NOW)
        old.documents("intranet").answers("ix-f1")
        database.driver.execute("UPDATE leases SET expires_at=0")
        new.runs("intranet").take_lease(now=NOW)
        seconds[0] += HOLDS_S + 1
        for _ in range(2):
            with pytest.raises(LeaseLost):
                old.documents("intranet").answers("ix-f1")
        new.documents("intranet").answers("ix-f1")
