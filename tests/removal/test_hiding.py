"""What is hidden while it is on its way for the first time leaves the search with the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from connector.ledger.orders import Order, OrderKind
from connector.removal.hiding import Hiding
from tests.builders import audience_of
from tests.desk import NOW, Desk
from tests.push.test_outbox import A, Emptied, make, parcel


@pytest.fixture
def desk() -> Iterator[Desk]:
    one = Desk()
    one.add_room("r1")
    yield one
    one.close()


@pytest.mark.parametrize("kind", [OrderKind.HIDE, OrderKind.FORGET])
async def test_what_is_on_its_way_for_the_first_time_leaves_with_the_rest(
    desk: Desk, kind: OrderKind
) -> None:
    intranet = Emptied()
    outbox = make(desk, intranet)
    hiding = Hiding(desk.work, intranet, desk.books, outbox, desk.tally)  # type: ignore[arg-type]
    await outbox.add(parcel("ix-f1", audience_of(A)))
    flushing = asyncio.create_task(outbox.flush())
    await intranet.called.wait()
    desk.books.orders.write(Order(id="O1", target="intranet", kind=kind, subject="ix-r1", who="kari", at=NOW))
    looking = asyncio.create_task(hiding.look())
    await asyncio.sleep(0)
    intranet.take_effect(intranet.calls[0])
    intranet.reply(intranet.calls[0])
    await asyncio.gather(flushing, looking)
    assert not intranet.audiences
    assert desk.fact("ix-f1", "state") == "removed"
