"""The outbox over a ledger on PostgreSQL, where a batch is written down while other things happen."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from connector.errors import LedgerAway
from connector.ledger.orders import Order, OrderKind
from connector.removal.hiding import Hiding
from tests.builders import audience_of
from tests.desk import NOW, Desk
from tests.ledger.cluster import Cluster
from tests.push.passive_intranet import A, Emptied, Intranet, make, push_of

OF_WHO_WAITS = "pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture
def shared(postgresql: Cluster) -> Iterator[str]:
    url = postgresql.new_database()
    yield url
    postgresql.drop(url)


@pytest.fixture
def desk(shared: str) -> Iterator[Desk]:
    one = Desk(shared)
    one.add_room("r1")
    yield one
    one.close()


@contextmanager
def locked(url: str, table: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url) as other:
        other.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield other
        other.rollback()


async def until_it_waits(url: str) -> None:
    """Until what is handed in waits for the lock of somebody else."""
    for _ in range(9):
        await asyncio.sleep(0)
    with psycopg.connect(url, autocommit=True) as beholder:
        while beholder.execute(f"SELECT count(*) FROM {OF_WHO_WAITS}").fetchone() == (0,):
            pass


def fail(url: str) -> None:
    """The server ends the statement that waits."""
    with psycopg.connect(url, autocommit=True) as beholder:
        beholder.execute(f"SELECT pg_cancel_backend(pid) FROM {OF_WHO_WAITS}")


async def ends_or_sends(work: asyncio.Task[None], intranet: Intranet) -> None:
    called = asyncio.create_task(intranet.called.wait())
    await asyncio.wait({work, called}, return_when="FIRST_COMPLETED")
    called.cancel()


async def test_what_is_abandoned_while_it_is_intended_is_not_sent(desk: Desk, shared: str) -> None:
    intranet = Intranet()
    outbox = make(desk, intranet, batch_documents=1, concurrency=1)
    with locked(shared, "intents"):
        await outbox.add(push_of("ix-f1", audience_of(A)))
        await outbox.add(push_of("ix-f2", audience_of(A)))
        await until_it_waits(shared)
        abandoned = asyncio.create_task(outbox.abandon())
        await asyncio.sleep(0)
    await ends_or_sends(abandoned, intranet)
    assert not intranet.calls
    assert outbox.in_hand() == {"ix-f1", "ix-f2"}
    assert not desk.documents.lose_open_intents(settle_s=1.0)


async def test_nothing_is_sent_after_what_could_not_be_written_before_it(desk: Desk, shared: str) -> None:
    """A child would be in the intranet whose parent nobody sent."""
    intranet = Intranet()
    outbox = make(desk, intranet, batch_documents=1, concurrency=2)
    with locked(shared, "intents"):
        await outbox.add(push_of("ix-f1", audience_of(A)))
        await outbox.add(push_of("ix-f2", audience_of(A)))
        flushing = asyncio.create_task(outbox.flush())
        await until_it_waits(shared)
        fail(shared)
    await ends_or_sends(flushing, intranet)
    assert not intranet.calls
    with pytest.raises(LedgerAway):
        await flushing
    assert not desk.documents.lose_open_intents(settle_s=1.0)


async def test_what_is_hidden_while_it_is_intended_is_not_sent(desk: Desk, shared: str) -> None:
    intranet = Intranet()
    outbox = make(desk, intranet, batch_documents=2, concurrency=1)
    with locked(shared, "intents"):
        for name in ("ix-f1", "ix-f2", "ix-f3", "ix-f4"):
            await outbox.add(push_of(name, audience_of(A)))
        flushing = asyncio.create_task(outbox.flush())
        await until_it_waits(shared)
        outbox.hidden_barrier.hidden_roots.become(["ix-f1", "ix-f3", "ix-f4"], forgotten=())
        settling = asyncio.create_task(outbox.hidden_barrier.settled())
    await intranet.called.wait()
    assert [call.ids for call in intranet.calls] == [{"ix-f2"}]
    await settling
    await asyncio.gather(flushing, intranet.play(random.Random(1), flushing))
    assert set(intranet.audiences) == {"ix-f2"}
    assert {one.id for one in desk.books.orders.to_remove(limit=9)} == {"ix-f1", "ix-f3", "ix-f4"}
    assert not desk.documents.lose_open_intents(settle_s=1.0)


async def test_what_is_hidden_whole_while_it_is_intended_is_not_sent(desk: Desk, shared: str) -> None:
    intranet = Intranet()
    outbox = make(desk, intranet, batch_documents=2, concurrency=1)
    with locked(shared, "intents"):
        await outbox.add(push_of("ix-f1", audience_of(A)))
        flushing = asyncio.create_task(outbox.flush())
        await until_it_waits(shared)
        outbox.hidden_barrier.hidden_roots.become(["ix-r1"], forgotten=())
    await ends_or_sends(flushing, intranet)
    assert not intranet.calls
    await flushing
    assert not desk.documents.lose_open_intents(settle_s=1.0)


async def test_an_audience_is_known_to_be_kept_once_it_is(desk: Desk, shared: str) -> None:
    outbox, audience = make(desk, Intranet()), audience_of(A)
    with locked(shared, "intents"):
        writing = asyncio.create_task(outbox.recording.write_down(None, [push_of("ix-f1", audience)]))
        await until_it_waits(shared)
        fail(shared)
        with pytest.raises(LedgerAway):
            await writing
    await outbox.recording.write_down(None, [push_of("ix-f2", audience)])
    assert desk.books.pending_audiences.audience(audience.digest()) == audience


async def test_what_is_hidden_while_it_is_adopted_leaves_the_search(desk: Desk, shared: str) -> None:
    intranet = Emptied()
    outbox = make(desk, intranet, adopt=True)
    hiding = Hiding(desk.work, intranet, desk.books, outbox, desk.tally)  # type: ignore[arg-type]
    there = push_of("ix-f1", audience_of(A))
    intranet.put(there)
    with locked(shared, "documents"):
        adopting = asyncio.create_task(outbox.add(there))
        await until_it_waits(shared)
        desk.books.orders.write(
            Order(id="O1", target="intranet", kind=OrderKind.HIDE, subject="ix-r1", who="kari", at=NOW)
        )
        looking = asyncio.create_task(hiding.look())
        await asyncio.sleep(0)
    await asyncio.gather(adopting, looking)
    assert not intranet.audiences
