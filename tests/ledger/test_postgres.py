"""A ledger on PostgreSQL: its schema, its statements, and what several machines at once may do."""

from __future__ import annotations

import os
import re
import select
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from connector.errors import LeaseHeld, LeaseLost, LedgerAway, LedgerError
from connector.ledger import tables
from connector.ledger.database import MIGRATIONS, connect, revisions
from connector.ledger.engines.statement_files import statements_in
from connector.ledger.runs import Runs
from connector.ledger.statements.compiling import OF_ONE
from connector.ledger.store import Ledger
from connector.ledger.titles import fold
from connector.ledger.upgrade import upgrade_postgres
from connector.wiring.offline import Offline
from tests.builders import make_settings
from tests.ledger.cluster import Cluster
from tests.ledger.looked_up import COUNTED, LOOKED_UP, MANY, VALUES, filled, put_on_hold
from tests.ledger_pushes import NOW, make_push, push

psycopg = pytest.importorskip("psycopg", reason="a ledger on PostgreSQL needs psycopg (the extra `cluster`)")
from connector.ledger.engines import postgres_connection  # noqa: E402
from connector.ledger.engines.postgres import Postgres  # noqa: E402 - needs psycopg
from connector.ledger.engines.postgres_connection import SAMPLE  # noqa: E402

ROUNDS = 1_000 if os.environ.get("CONNECTOR_SOAK") else 100


@pytest.fixture
def url(cluster: Cluster) -> str:
    return cluster.new_database()


@pytest.fixture
def database(url: str) -> Iterator[Postgres]:
    one = Postgres(url)
    yield one
    one.close()


def test_every_statement_is_read_with_the_types_of_what_it_is_handed(database: Postgres) -> None:
    for name, statement in statements_in("postgres.sql").items():
        order: list[str] = []

        def number(found: re.Match[str], order: list[str] = order) -> str:
            if found[1] not in order:
                order.append(found[1])
            return f"${order.index(found[1]) + 1}"

        text = re.sub(r"%\((\w+)\)[sb]", number, statement.sql).replace("%%", "%")
        assert set(order) == {*statement.common, *(["rows"] if statement.rows else []), *statement.bulk}, name
        database.driver.execute(f"PREPARE tried AS {text}")
        database.driver.execute("DEALLOCATE tried")


@pytest.mark.parametrize("way", ["all", "write"])
def test_a_process_that_freezes_within_a_transaction_keeps_no_lock_for_longer_than_it_may_be_silent(
    database: Postgres, way: str
) -> None:
    (told,) = database.driver.execute("SHOW idle_in_transaction_session_timeout").fetchone()
    assert told == "20s"
    database.driver.execute("SET idle_in_transaction_session_timeout='1ms'")

    def stand_still() -> None:
        with database.at_once():
            if way == "all":
                database.all("upkeep.name", {})
            else:  # its answer is not waited for
                database.write("intents.settle", {"target": "intranet", "intent": 1})
            gone = select.poll()
            gone.register(database.driver.fileno(), select.POLLRDHUP)
            assert gone.poll(8_000), "the server has enough, and hangs up"
            database.all("upkeep.name", {})

    with pytest.raises(LedgerError, match="cannot be used"):
        stand_still()


@pytest.mark.parametrize("way", ["at once", "step by step"])
def test_a_ledger_has_the_tables_of_the_code_with_text_in_the_order_of_bytes(
    cluster: Cluster, tmp_path: Path, way: str
) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import create_engine

    url = cluster.new_database(empty=True)
    if way == "step by step":
        first_release = shutil.copytree(MIGRATIONS, tmp_path / "migrations")
        for later in sorted((first_release / "versions").glob("m*.py"))[1:]:
            later.unlink()
        with psycopg.connect(url) as driver:
            upgrade_postgres(driver, first_release)
    connect(url).close()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        opts: dict[str, Any] = {
            "compare_type": True,
            "include_object": lambda _, name, *_more: OF_ONE.get(name, "postgresql") == "postgresql",
        }
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, tables.SQLModel.metadata) == []
        assert context.get_current_revision() == revisions()[-1]
    engine.dispose()
    database = Postgres(url)
    partial = database.driver.execute(
        "SELECT indexname FROM pg_indexes WHERE tablename='documents' AND indexdef LIKE '%WHERE%'"
    ).fetchall()
    assert {name for (name,) in partial} == {
        *("documents_missing", "documents_redo", "documents_held"),
        *("documents_url", "documents_state", "documents_without_text"),
        *("documents_waiting", "documents_by_deltas"),
    }
    others = database.driver.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema='public'"
        " AND data_type='character varying' AND collation_name IS DISTINCT FROM 'C' AND table_name!='alembic_version'"
    ).fetchall()
    assert others == []
    database.close()


@pytest.fixture(scope="module")
def full(cluster: Cluster) -> Iterator[Postgres]:
    """A ledger with so many documents that PostgreSQL would look at all of them only for want of an index."""
    database = Postgres(cluster.new_database())
    for statement in (SAMPLE, *filled()):
        database.driver.execute(statement)
    yield database
    database.close()


# the history of removals is read as a whole where PostgreSQL thinks that most of it is there again
@pytest.mark.parametrize("name", [one for one in LOOKED_UP if one != "history.removed"])
def test_what_people_look_up_looks_at_nothing_else_in_a_database(full: Postgres, name: str) -> None:
    statement = statements_in("postgres.sql")[name]
    values = {one: VALUES.get(one, "") for one in statement.common}
    if name in {"catalogue.without_text", "catalogue.without_text_for", "catalogue.parked"}:
        values["at_0"] = ""
    if name == "orders.page":  # words are looked for in all that is hidden
        values["word"] = ""
    plan = [line for (line,) in full.driver.execute(f"EXPLAIN {statement.sql}", values)]
    assert not [line for line in plan if re.search(rf"Seq Scan on ({MANY})\b", line)], "\n".join(plan)


@pytest.fixture(scope="module")
def waiting(cluster: Cluster) -> Iterator[Postgres]:
    """The same, and a part of it waits."""
    database = Postgres(cluster.new_database())
    for statement in (SAMPLE, *filled(), *put_on_hold()):
        database.driver.execute(statement)
    yield database
    database.close()


@pytest.mark.parametrize("name", COUNTED)
def test_what_waits_is_counted_in_a_database_without_reading_it(waiting: Postgres, name: str) -> None:
    statement = statements_in("postgres.sql")[name]
    values = {one: VALUES.get(one, "") for one in statement.common}
    plan = [line for (line,) in waiting.driver.execute(f"EXPLAIN {statement.sql}", values)]
    assert [line for line in plan if f"Index Only Scan using {COUNTED[name]} " in line], "\n".join(plan)


@pytest.mark.parametrize("around", ["", "Å", "Ж", "åж"])
def test_a_database_folds_letters_as_the_search_does(database: Postgres, around: str) -> None:
    titles = [f"{around}{chr(first)}a B{chr(first + 1)}" for first in range(32, 0x2000, 2)]
    (found,) = database.driver.execute(
        "SELECT array_agg(folded(title) ORDER BY n) FROM unnest(%s::text[]) WITH ORDINALITY AS r(title, n)",
        [titles],
    ).fetchone()
    assert found == [fold(title) for title in titles]


def test_of_two_that_ask_at_once_one_gets_the_lease(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.ledger.leases.reach_of_lock", lambda: "the same")
    ledgers = [Ledger(url, now=NOW) for _ in range(2)]
    starting = threading.Barrier(2)
    taken: list[list[int]] = [[] for _ in range(ROUNDS)]

    def take(runs: list[Runs]) -> None:
        for number, one in enumerate(runs):
            starting.wait()
            try:
                taken[number].append(one.take_lease(now=NOW))
            except LeaseHeld:
                continue

    threads = [
        threading.Thread(target=take, args=([ledger.runs(f"target-{n}") for n in range(ROUNDS)],))
        for ledger in ledgers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == [[1]] * ROUNDS
    for ledger in ledgers:
        ledger.close()


def test_the_clock_of_the_database_tells_whether_a_lease_is_over(url: str, database: Postgres) -> None:
    ledger = Ledger(url, now=NOW)
    runs = ledger.runs("intranet")
    assert runs.take_lease(now=0.0) == 1
    with pytest.raises(LeaseHeld, match=r"its lease lasts (40|39) s more"):
        runs.take_lease(now=9e9)
    database.driver.execute("UPDATE leases SET expires_at=extract(epoch from clock_timestamp())-1")
    assert runs.take_lease(now=0.0) == 2
    ledger.close()


def test_whoever_lost_the_lease_writes_nothing_down_that_would_be_sent(url: str, database: Postgres) -> None:
    old, new = Ledger(url, now=NOW), Ledger(url, now=NOW)
    before = old.runs("intranet").take_lease(now=NOW)
    old.documents("intranet").intend_pushes([make_push("ix-f1")], run=1, now=NOW)
    database.driver.execute("UPDATE leases SET expires_at=0")
    assert new.runs("intranet").take_lease(now=NOW) == before + 1  # the first was frozen, and goes on now
    for documents in (old.documents("intranet"), old.documents("intranet")):
        with pytest.raises(LeaseLost):
            documents.intend_pushes([make_push("ix-f2")], run=1, now=NOW)
        with pytest.raises(LeaseLost):
            push(documents, make_push("ix-f1"))
    assert new.documents("intranet").lose_open_intents(settle_s=100) == 1
    assert set(new.documents("intranet").known(["ix-f1", "ix-f2"])) == {"ix-f1"}
    old.runs("intranet").free_lease(before)
    # it was not the old one's to give back
    new.documents("intranet").intend_pushes([make_push("ix-f3")], run=2, now=NOW)
    for ledger in (old, new):
        ledger.close()


@pytest.mark.parametrize("first", [True, False], ids=["the first", "the last"])
def test_of_what_is_written_at_once_nothing_stands_where_one_of_it_fails(
    database: Postgres, first: bool
) -> None:
    """Its answers are not waited for, one after the other: a failure in the middle is told all the same."""
    note = {"source": "s", "kind": "k", "value": b"v", "mark": b"", "read_run": 0}
    odd, good = {**note, "value": None}, note
    database.write_each("notes.put", [{"key": "before"}], good)

    def write() -> None:
        with database.at_once():
            for number, one in enumerate([odd, good, good] if first else [good, good, odd]):
                database.write_each("notes.put", [{"key": str(number)}], one)

    for _ in range(2):
        with pytest.raises(psycopg.errors.NotNullViolation):
            write()
        rows = database.driver.execute("SELECT key FROM notes").fetchall()
        assert rows == [("before",)]
    with database.at_once():
        database.write_each("notes.put", [{"key": "after"}], good)
        assert database.run("intents.settle", {"target": "intranet", "intent": 1}) == 0
    assert database.driver.execute("SELECT count(*) FROM notes").fetchone() == (2,)


def test_a_lease_is_not_taken_over_in_the_middle_of_what_is_written_at_once(
    url: str, database: Postgres
) -> None:
    old, new = Ledger(url, now=NOW), Ledger(url, now=NOW)
    old.runs("intranet").take_lease(now=NOW)
    database.driver.execute("UPDATE leases SET expires_at=0")
    taken: list[int] = []
    taking = threading.Thread(target=lambda: taken.append(new.runs("intranet").take_lease(now=NOW)))
    with old.documents("intranet").at_once():
        old.documents("intranet").known(["ix-f1"])  # an answer: the server has looked at the lease
        taking.start()
        while not database.driver.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
            assert taking.is_alive(), f"it waited for nobody: {taken}"
        assert not taken
        old.documents("intranet").intend_pushes([make_push("ix-f1")], run=1, now=NOW)
    taking.join()
    assert taken == [2]
    assert new.documents("intranet").lose_open_intents(settle_s=100) == 1
    for ledger in (old, new):
        ledger.close()


def test_a_young_ledger_is_counted_once_and_not_again_for_a_few_documents(
    url: str, database: Postgres
) -> None:
    for _ in range(2):
        ledger = Ledger(url, now=NOW)
        for n in range(8):
            push(ledger.documents("intranet"), make_push(f"ix-{n}"))
        ledger.close()
    counted = "SELECT analyze_count FROM pg_stat_user_tables WHERE relname='documents'"
    assert database.driver.execute(counted).fetchone() == (1,)


@pytest.mark.parametrize(("lately_s", "times"), [(3_600.0, 1), (0.0, 4)])
def test_what_another_connection_counted_lately_is_not_counted_again(
    url: str, database: Postgres, monkeypatch: pytest.MonkeyPatch, lately_s: float, times: int
) -> None:
    monkeypatch.setattr(postgres_connection, "LATELY_S", lately_s)
    monkeypatch.setattr(postgres_connection, "MUCH", 1)
    for _ in range(2):
        ledger = Ledger(url, now=NOW)
        for n in range(8):
            push(ledger.documents("intranet"), make_push(f"ix-{n}"))
        ledger.close()
    counted = "SELECT analyze_count FROM pg_stat_user_tables WHERE relname='documents'"
    assert database.driver.execute(counted).fetchone() == (times,)


def test_what_the_server_counts_for_plans_is_a_small_sample(database: Postgres) -> None:
    for statement in filled():
        if "INSERT" in statement:
            database.driver.execute(statement)
    database.count_rows()
    spans = (
        "SELECT max(cardinality(histogram_bounds::text::text[])) FROM pg_stats WHERE tablename='documents'"
    )
    assert database.driver.execute(spans).fetchone() == (11,)


def test_what_is_said_twice_of_one_document_is_said_in_its_order(url: str) -> None:
    ledger = Ledger(url, now=NOW)
    documents = ledger.documents("intranet")
    push(documents, make_push("ix-f2"), make_push("ix-f1"))
    documents.found(
        [("ix-f1", "ix-d2", "r1", ""), ("ix-f2", "ix-d2", "r1", ""), ("ix-f1", "ix-d3", "r1", "ix-d2")]
    )
    places = documents.known(["ix-f1", "ix-f2"])
    assert (places["ix-f1"].container, places["ix-f1"].also, places["ix-f2"].container) == (
        "ix-d3",
        "ix-d2",
        "ix-d2",
    )
    ledger.close()


def test_what_fails_inside_of_a_transaction_leaves_nothing(database: Postgres) -> None:
    def fail() -> None:
        with database.at_once():
            database.each(
                "notes.put",
                [{"key": "first"}],
                {"source": "", "kind": "n", "value": b"v", "mark": b"", "read_run": 0},
            )
            database.each(
                "notes.put",
                [{"key": None}],
                {"source": "", "kind": "n", "value": b"v", "mark": b"", "read_run": 0},
            )

    with pytest.raises(psycopg.errors.NotNullViolation):
        fail()
    assert database.all("notes.get", {"source": "", "kind": "n", "key": "first"}) == []
    database.each(
        "notes.put", [{"key": "k"}], {"source": "", "kind": "n", "value": b"v", "mark": b"", "read_run": 0}
    )
    assert database.all("notes.get", {"source": "", "kind": "n", "key": "k"}) == [(b"v", b"", 0)]


def test_a_server_that_goes_away_amid_a_look_at_the_schema_is_told_in_words(
    url: str, database: Postgres
) -> None:
    """A run looks at each beat, and `check` after it has connected: neither is a bug of ours."""
    with closing(Postgres(url)) as other:
        other.driver.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname=current_database() AND pid != pg_backend_pid()"
        )
    with pytest.raises(LedgerAway, match="terminating connection"):
        database.revision()


def test_a_server_that_is_not_there_is_told_without_who_logs_in() -> None:
    with pytest.raises(
        LedgerError, match=r"The ledger in postgresql://127\.0\.0\.1:1/db cannot be used"
    ) as caught:
        connect("postgresql://someone:hidden-word@127.0.0.1:1/db?connect_timeout=2")
    assert "hidden-word" not in str(caught.value)


@pytest.mark.parametrize(
    "login", ["someone:hidden/word", "someone:hidden@word", "someone:hidden?word", "someone:hidden%word"]
)
def test_a_url_that_cannot_be_read_is_told_without_what_may_be_a_password(login: str) -> None:
    with pytest.raises(LedgerError, match=r"ledger\.url|cannot be used") as caught:
        connect(f"postgresql://{login}@127.0.0.1:1/db?connect_timeout=2")
    assert "hidden" not in str(caught.value)
    assert "word" not in str(caught.value).partition("a name or a password")[0]


def test_who_shares_a_ledger_is_known_to_verbs_until_it_is_not_heard_of(url: str) -> None:
    app = Offline(make_settings(ledger__url=url))
    assert not app.services.are_working()
    with app.ledger() as ledger:
        ledger.members().join("one", "host", "runs-1", now=NOW)
        assert app.services.are_working()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE members SET seen_at=seen_at-61")
    assert not app.services.are_working(), "it died, and nobody was there to say so"


def test_without_its_driver_it_is_said_what_brings_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(LedgerError, match="the extra `cluster`"):
        connect(url)
