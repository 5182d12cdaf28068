"""A server whose administrator set limits for the ledger's user, or gave him few rights."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from connector.errors import LedgerAway, LedgerError
from connector.ledger.database import trouble_with
from connector.ledger.store import Ledger
from connector.text.opening import open_texts
from tests.ledger.cluster import Cluster
from tests.ledger.pooler import pooler
from tests.ledger_pushes import NOW, make_push, push

psycopg = pytest.importorskip("psycopg", reason="a ledger on PostgreSQL needs psycopg (the extra `cluster`)")
from connector.engine.queue import DbosQueue, engine_for  # noqa: E402 - needs psycopg
from connector.machine.postgresql import network_of, reach  # noqa: E402 - needs psycopg

numbers = itertools.count(1)


def user_of(url: str, *told: str) -> str:
    """
    Make a user of a database; says its URL with him.

    Args:
        told: what is said of him, after ALTER ROLE, or of what he may, after GRANT.
    """
    name = f"user{next(numbers)}"
    with closing(psycopg.connect(url, autocommit=True)) as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN")
        for one in told:
            admin.execute(
                f"GRANT {one} TO {name}" if one.startswith(("ALL", "SELECT")) else f"ALTER ROLE {name} {one}"
            )
    return url.replace("postgres@", f"{name}@")


@pytest.mark.parametrize(
    "limit",
    [
        "SET statement_timeout='100ms'",
        "SET idle_session_timeout='100ms'",
        "SET client_encoding='LATIN1'",
        "SET default_transaction_isolation='serializable'",
    ],
)
def test_limits_that_were_set_for_its_user_end_no_run(cluster: Cluster, limit: str) -> None:
    url = cluster.new_database(empty=True)
    his = user_of(url, "SUPERUSER", limit)
    with closing(Ledger(his, now=NOW)) as ledger, closing(reach(url)) as clock:
        clock.execute("SELECT pg_sleep(0.2)")  # while the ledger has nothing to do
        push(ledger.documents("intranet"), make_push("ix-Ж"))
        assert list(ledger.documents("intranet").known(["ix-Ж"])) == ["ix-Ж"]
    with closing(reach(his)) as long:
        long.execute("SELECT pg_sleep(0.2)")
        assert long.execute("SHOW transaction_isolation").fetchone() == ("read committed",)
    engine = engine_for(his)
    with engine.connect() as queue:
        told = [
            queue.exec_driver_sql(f"SHOW {one}").scalar()
            for one in ("statement_timeout", "idle_session_timeout")
        ]
    engine.dispose()
    assert told == ["0", "0"]


def read_it(url: str) -> None:
    Ledger(url, now=NOW).close()


def write_it(url: str) -> None:
    with closing(Ledger(url, now=NOW)) as ledger:
        ledger.runs("intranet").take_lease(now=NOW)


@pytest.mark.parametrize(
    ("there", "told", "use"),
    [
        (False, (), read_it),
        (False, ("SET search_path=''",), read_it),
        (True, (), read_it),
        (True, ("SELECT ON ALL TABLES IN SCHEMA public",), write_it),
    ],
    ids=["may make no table", "sees no schema", "may read no table", "may write no table"],
)
def test_whoever_may_not_use_the_ledger_is_told_what_his_user_lacks(
    cluster: Cluster, there: bool, told: tuple[str, ...], use: Callable[[str], None]
) -> None:
    url = cluster.new_database(empty=not there)
    with closing(Ledger(url, now=NOW)) if there else closing(psycopg.connect(url)):
        his = user_of(url, *told)
    with pytest.raises(
        LedgerError, match=r"user of ledger\.url may not use the ledger in .*Make him the owner"
    ):
        use(his)


def test_of_several_hosts_the_one_that_takes_what_is_written_is_meant(cluster: Cluster) -> None:
    """After a failover the first of them may be back as a standby, which tells everything and takes nothing."""
    assert network_of("postgresql://a,b/c")["target_session_attrs"] == "read-write"
    assert "target_session_attrs" not in network_of("postgresql://a,b/c?target_session_attrs=primary")
    his = user_of(cluster.new_database(), "SET default_transaction_read_only=on")
    with pytest.raises(LedgerError, match=r"session is read-only\. .* as a standby does: name the server"):
        read_it(his)


@pytest.mark.parametrize("parts", [True, False], ids=["by transaction", "by session"])
def test_a_pooler_that_lends_sessions_by_the_transaction_is_refused_in_words(
    cluster: Cluster, parts: bool
) -> None:
    url = cluster.new_database()
    place = Path(cluster.socket_file)
    with TemporaryDirectory() as folder, pooler(str(place), Path(folder), parts=parts):
        through = url.replace(str(place.parent), folder)
        if not parts:
            write_it(through)
            return
        with pytest.raises(
            LedgerError, match=r"pooler that gives each transaction another session .* ledger\.url"
        ):
            read_it(through)
        assert "transaction mode" in trouble_with(through), "so `check` says"


def test_a_server_that_lets_in_nobody_more_counts_as_away(cluster: Cluster) -> None:
    his = user_of(cluster.new_database(), "CONNECTION LIMIT 0")
    with pytest.raises(LedgerAway, match=r"too many connections .*\. Let it take more connections"):
        read_it(his)
    with (
        closing(DbosQueue(engine_for(his))) as queue,
        pytest.raises(LedgerAway, match=r"queue .* Let it take more connections"),
    ):
        queue.waiting()
    # of which a worker begins the run anew, as of the ledger: both stand there
    with (
        pytest.raises(LedgerAway, match=r"text cache .* too many connections .*\. Let it take more"),
        open_texts(Path(), 1, shared=his),
    ):
        pass


@pytest.mark.parametrize("use", ["ledger", "queue", "texts"])
def test_a_connection_of_which_the_driver_alone_can_tell_that_it_broke_counts_as_away(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, use: str
) -> None:
    """It breaks while an answer is read: what is raised has no number of the server's, and no class but that of all."""
    url = cluster.new_database()

    def breaks(*_: object, **__: object) -> object:
        raise psycopg.DatabaseError("server closed the connection unexpectedly")

    with ExitStack() as uses:
        ledger = uses.enter_context(closing(Ledger(url, now=NOW)))
        engine = engine_for(url)
        uses.callback(engine.dispose)
        queue = uses.enter_context(closing(DbosQueue(engine)))
        texts = uses.enter_context(open_texts(Path(), 1, shared=url))
        asked: dict[str, Callable[[], object]] = {
            "ledger": lambda: ledger.runs("intranet").take_lease(now=NOW),
            "queue": queue.waiting,
            "texts": lambda: texts.find_text("a" * 64, "pdf"),
        }
        with monkeypatch.context() as broken:
            broken.setattr(psycopg.Connection, "execute", breaks)
            broken.setattr(psycopg.Cursor, "execute", breaks)
            with pytest.raises(LedgerAway, match="database runs"):
                asked[use]()


FAILS = """
CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{words}' USING ERRCODE='{code}'; END $$;
CREATE TRIGGER fails BEFORE INSERT OR UPDATE ON documents FOR EACH ROW EXECUTE FUNCTION fails()
"""


@pytest.mark.parametrize(
    ("code", "words", "step"),
    [
        ("53100", "could not extend file: No space left on device", "Free some space on its disk"),
        ("58030", "could not write block 5: No space left on device", "Free some space on its disk"),
        ("53200", "out of memory", "has no memory left"),
        ("53300", "sorry, too many clients already", "max_connections"),
        ("57014", "canceling statement due to user request", "the log of that server says who"),
        ("25006", "cannot execute UPDATE in a read-only transaction", "name the server that does"),
        ("58030", "could not read block 5: Input/output error", "have it mended"),
        ("XX001", "invalid page in block 5 of relation base/5/16384", "have it mended"),
        ("XX002", "index contains unexpected zero page at block 3", "have it mended"),
        ("57P03", "the database system is shutting down", "Check ledger.url and that the database runs"),
    ],
)
def test_what_the_server_refuses_is_told_with_what_helps_and_is_over_once_it_is(
    cluster: Cluster, code: str, words: str, step: str
) -> None:
    """Of each it said that somebody should look whether the database runs; of a damaged file that the connector has a bug."""
    url = cluster.new_database()
    with closing(Ledger(url, now=NOW)) as ledger, closing(psycopg.connect(url, autocommit=True)) as admin:
        admin.execute(FAILS.format(code=code, words=words))
        with pytest.raises(LedgerAway) as told:
            push(ledger.documents("intranet"), make_push("ix-1"))
        assert words in str(told.value)
        assert step in str(told.value)
        admin.execute("DROP TRIGGER fails ON documents")
        push(ledger.documents("intranet"), make_push("ix-1"))
        assert list(ledger.documents("intranet").known(["ix-1"])) == ["ix-1"], "by the same connection"
