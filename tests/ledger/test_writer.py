"""Batches are written beside the walk: in their order, under the same lease, and whoever asks meanwhile is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from connector.errors import LeaseLost
from connector.ledger.documents import Documents
from connector.ledger.part import Database
from connector.ledger.store import Ledger
from tests.ledger.cluster import Cluster
from tests.ledger_pushes import LIFE, NOW, make_push, push

TARGET = "intranet"
FIRST = make_push("ix-f1")
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


@pytest.fixture
def shared(cluster: Cluster) -> Iterator[str]:
    """URL of a ledger on PostgreSQL that has one document."""
    url = cluster.new_database()
    one = Ledger(url, now=NOW)
    push(one.documents(TARGET), FIRST)
    one.close()
    yield url
    cluster.drop(url)


@contextmanager
def locked(url: str) -> Iterator[psycopg.Connection]:
    """Somebody else has the row of that document in hand."""
    with psycopg.connect(url) as other:
        other.execute("SELECT 1 FROM documents FOR UPDATE")
        yield other
        other.rollback()


def confirm(database: Database, *names: str, title: str = "Another title") -> None:
    """Write a batch, as the outbox does."""
    documents = Documents(database, TARGET)
    with documents.at_once():
        documents.confirm_pushes(
            [make_push(one, title=title) for one in names], **LIFE, now=NOW, settle_s=1.0
        )


def title_of(ledger: Ledger, name: str = "ix-f1") -> str:
    facts = ledger.documents(TARGET).facts(name)
    return "" if facts is None else str(facts["title"])


async def until_it_waits(url: str) -> None:
    """Until the thread waits for the lock of somebody else."""
    await asyncio.sleep(0)  # what is begun is handed in
    with psycopg.connect(url, autocommit=True) as beholder:
        while beholder.execute(WAITING).fetchone() == (0,):
            pass


async def test_what_is_handed_in_first_is_written_first(ledger: Ledger) -> None:
    done: list[int] = []
    await asyncio.gather(*(ledger.writer.write(lambda _, n=n: done.append(n)) for n in range(50)))  # type: ignore[misc]
    assert done == list(range(50))


async def test_a_file_is_written_on_the_spot() -> None:
    ledger = Ledger("sqlite://", now=NOW)
    work = ledger.writer.write(lambda database: confirm(database, "ix-f1"))
    with pytest.raises(StopIteration):
        work.send(None)
    assert title_of(ledger) == "Another title"
    ledger.close()


async def test_whoever_asks_meanwhile_is_answered(shared: str) -> None:
    ledger = Ledger(shared, now=NOW)
    with locked(shared):
        writing = asyncio.create_task(ledger.writer.write(lambda database: confirm(database, "ix-f1")))
        await until_it_waits(shared)
        assert title_of(ledger) == FIRST.rendered.title
    await writing
    assert title_of(ledger) == "Another title"
    ledger.close()


async def test_what_was_asked_ahead_is_asked_anew(ledger: Ledger) -> None:
    before = ledger.documents(TARGET).writes
    await ledger.writer.write(lambda database: confirm(database, "ix-f1"))
    assert ledger.documents(TARGET).writes > before


async def test_whoever_is_cancelled_ends_once_it_is_written(shared: str) -> None:
    ledger = Ledger(shared, now=NOW)
    with locked(shared):
        writing = asyncio.create_task(ledger.writer.write(lambda database: confirm(database, "ix-f1")))
        await until_it_waits(shared)
        for _ in range(3):
            writing.cancel()
            await asyncio.sleep(0)
            assert not writing.done()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert title_of(ledger) == "Another title"
    ledger.close()


async def test_the_ledger_is_closed_once_it_is_written(shared: str) -> None:
    ledger = Ledger(shared, now=NOW)
    writing = asyncio.create_task(ledger.writer.write(lambda database: confirm(database, "ix-f1")))
    await asyncio.sleep(0)  # it is handed in
    ledger.close()
    await writing
    later = Ledger(shared, now=NOW)
    assert title_of(later) == "Another title"
    later.close()


async def test_whoever_lost_the_lease_writes_by_neither_connection(
    shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = Ledger(shared, now=NOW), Ledger(shared, now=NOW)
    await old.writer.write(lambda database: confirm(database, "ix-f2"))
    fence = old.runs(TARGET).take_lease(now=NOW)  # after the connection was opened
    await old.writer.write(lambda database: confirm(database, "ix-f3"))
    with psycopg.connect(shared, autocommit=True) as driver:
        driver.execute("UPDATE leases SET expires_at=0")
    assert new.runs(TARGET).take_lease(now=NOW) == fence + 1
    with pytest.raises(LeaseLost):
        await old.writer.write(lambda database: confirm(database, "ix-f1"))
    assert [title_of(new, one) for one in ("ix-f1", "ix-f2", "ix-f3")] == [
        FIRST.rendered.title,
        "Another title",
        "Another title",
    ]
    for one in (old, new):
        one.close()
