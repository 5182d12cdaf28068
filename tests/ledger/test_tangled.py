"""Two connections that write some of the same documents: neither waits for the other for ever, and what a server undoes for it is written again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any

import msgspec
import psycopg
import pytest

from connector.document.audience import Audience
from connector.errors import LedgerTangled
from connector.ledger import trouble
from connector.ledger.documents import Documents
from connector.ledger.engines.postgres import Postgres
from connector.ledger.store import Ledger
from connector.ledger.trouble import TRIES
from connector.plan.context import open_books
from connector.runs.parts import settle_unanswered
from tests.ledger.cluster import Cluster
from tests.ledger_pushes import LIFE, NOW, make_push, push

TARGET = "intranet"
NAMES = ["ix-a", "ix-b", "ix-c", "ix-d"]
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)
PUSHES = [
    msgspec.structs.replace(make_push(name), present=name in {"ix-a", "ix-c"})
    for name in ("ix-b", "ix-a", "ix-d", "ix-c")
]
"""Half of them are said in another statement: the second and the fourth first."""


@pytest.fixture
def url(cluster: Cluster) -> Iterator[str]:
    one = cluster.new_database()
    yield one
    cluster.drop(one)


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    one = Ledger(url, now=NOW)
    push(one.documents(TARGET), *map(make_push, NAMES))
    yield one
    one.close()


def until_it_waits(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as beholder:
        while beholder.execute(WAITING).fetchone() == (0,):
            pass


def meanwhile(work: Callable[[], object]) -> threading.Thread:
    one = threading.Thread(target=work)
    one.start()
    return one


def test_a_batch_of_which_several_things_are_said_waits_for_nobody_who_waits_for_it(
    ledger: Ledger, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = ledger._database.beside()
    assert isinstance(beside, Postgres)
    database = ledger._database
    assert isinstance(database, Postgres)
    send, others = beside._send, list[threading.Thread]()
    answer, answers = database._answer, list[str]()
    found = [(name, "ix-d2", "r1", "") for name in NAMES]

    def send_and_let_another_write(sql: str, values: Mapping[str, Any]) -> Any:
        done = send(sql, values)
        if sql.startswith("INSERT INTO documents") and not others:
            assert beside._pipe is not None
            beside._pipe.sync()  # the server has done it
            others.append(meanwhile(lambda: ledger.documents(TARGET).found(found)))
            until_it_waits(url)
        return done

    def count(sql: str, values: Mapping[str, Any]) -> Any:
        answers.append(sql)
        return answer(sql, values)

    monkeypatch.setattr(beside, "_send", send_and_let_another_write)
    monkeypatch.setattr(database, "_answer", count)
    with closing(beside):
        Documents(beside, TARGET).confirm_pushes(PUSHES, **LIFE, now=NOW, settle_s=1.0)
        others[0].join()
        assert len(answers) == 1, "nothing had to be undone"
        facts = [ledger.documents(TARGET).facts(name) for name in NAMES]
        assert [one and one["container"] for one in facts] == ["ix-d2"] * 4


class Other:
    """Somebody whom the server never undoes, and who holds one document and then wants another one."""

    def __init__(self, url: str) -> None:
        self.driver = psycopg.connect(url)
        self.driver.execute("SET deadlock_timeout='1h'")
        self.waits: threading.Thread | None = None

    def hold(self, name: str) -> None:
        self.driver.execute("SELECT 1 FROM documents WHERE id=%s FOR UPDATE", [name])

    def close(self) -> None:
        if self.waits is not None:
            self.waits.join()
        self.driver.close()

    def want(self, name: str) -> None:
        self.waits = meanwhile(lambda: (self.hold(name), self.driver.rollback()))


def entangle(one: Postgres, url: str, monkeypatch: pytest.MonkeyPatch, times: int) -> list[Other]:
    """So often whoever writes has a document that somebody else wants, who has one that is to be written next."""
    send, others = one._send, list[Other]()

    def send_when_entangled(sql: str, values: Mapping[str, Any]) -> Any:
        if "the last of two" in sql and len(others) < times:
            other = Other(url)
            others.append(other)
            other.hold("ix-b")
            other.want("ix-a")
            until_it_waits(url)
        return send(sql, values)

    def until_the_other_is_through(_seconds: float) -> None:
        waits = others[-1].waits
        assert waits is not None
        waits.join()

    monkeypatch.setattr(one, "_send", send_when_entangled)
    monkeypatch.setattr(trouble.time, "sleep", until_the_other_is_through)
    return others


def write_two(one: Any) -> None:
    first = "UPDATE documents SET missing_why='first' WHERE id='ix-a'"
    last = "UPDATE documents SET missing_why='the last of two' WHERE id='ix-b'"
    with one.at_once():
        for sql in (first, last):
            one._send(sql, {})
            one._pipe.sync()


async def test_what_the_server_undid_is_written_again_by_the_writer(
    ledger: Ledger, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ledger.writer.write(lambda _: None)
    beside = ledger.writer._beside
    assert isinstance(beside, Postgres)
    others = entangle(beside, url, monkeypatch, TRIES - 1)
    await ledger.writer.write(write_two)
    assert len(others) == TRIES - 1
    facts = [ledger.documents(TARGET).facts(name) for name in ("ix-a", "ix-b")]
    assert [one and one["missing_why"] for one in facts] == ["first", "the last of two"]
    for other in others:
        other.close()


async def test_what_is_undone_time_and_again_is_told_in_words(
    ledger: Ledger, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ledger.writer.write(lambda _: None)
    beside = ledger.writer._beside
    assert isinstance(beside, Postgres)
    others = entangle(beside, url, monkeypatch, TRIES)
    with pytest.raises(LedgerTangled, match="in each other's way"):
        await ledger.writer.write(write_two)
    for other in others:
        other.close()


def test_a_statement_alone_is_sent_again(ledger: Ledger, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = ledger._database
    assert isinstance(database, Postgres)
    other, answer, sent = Other(url), database._answer, list[str]()

    def answer_when_entangled(sql: str, values: Mapping[str, Any]) -> Any:
        sent.append(sql)
        if len(sent) > 1:
            return answer(sql, values)
        # it takes the first, and waits for the second, of somebody who wants the first by then
        other.hold("ix-b")
        begun = meanwhile(lambda: (until_it_waits(url), other.want("ix-a")))
        try:
            return answer(sql, values)
        finally:
            begun.join()

    monkeypatch.setattr(database, "_answer", answer_when_entangled)
    ledger.documents(TARGET).found([(name, "ix-d2", "r1", "") for name in NAMES])
    assert len(sent) == 2
    facts = [ledger.documents(TARGET).facts(name) for name in NAMES]
    assert [one and one["container"] for one in facts] == ["ix-d2"] * 4
    other.close()


@pytest.mark.parametrize("statement", ["pending_audiences.take_back_emptied", "intents.settle"])
def test_what_is_written_together_by_whoever_walks_is_written_again(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    database, audience = ledger._database, Audience(("x",))
    assert isinstance(database, Postgres)
    books = open_books(ledger, TARGET)
    books.pending_audiences.remember(audience)
    books.pending_audiences.widen([(name, audience.digest()) for name in NAMES], run=1)
    intent = books.documents.intend_pushes(PUSHES, run=1, now=NOW)
    sql, undone = database._kept[statement].sql, list[str]()

    def undo_once(send: Callable[..., Any]) -> Callable[..., Any]:
        def sent(this: str, values: Mapping[str, Any]) -> Any:
            if this == sql and not undone:
                undone.append(this)
                raise psycopg.errors.DeadlockDetected("deadlock detected")
            return send(this, values)

        return sent

    for name in ("_send", "_answer"):
        monkeypatch.setattr(database, name, undo_once(getattr(database, name)))
    books.pending_audiences.take_back(NAMES, run=1)
    assert settle_unanswered(books, [intent], settle_s=1.0) == len(PUSHES)
    assert undone
    assert not list(books.pending_audiences.widenings(run=1))
    facts = [books.documents.facts(name) for name in NAMES]
    assert all(one and one["redo_after"] for one in facts)


def test_a_number_that_is_taken_is_a_race_and_any_other_key_is_a_bug(ledger: Ledger) -> None:
    database = ledger._database
    assert isinstance(database, Postgres)
    with pytest.raises(LedgerTangled), database.at_once():
        database.driver.execute("INSERT INTO documents SELECT * FROM documents")
    ledger.notes("").put("kind", "key", b"")
    with pytest.raises(psycopg.errors.UniqueViolation), database.at_once():
        database.driver.execute("INSERT INTO notes SELECT * FROM notes")
