"""Somebody is forgotten while a run sends her record: nothing that is sent for her comes after the removal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from connector.ledger.orders import About, Order, OrderKind
from connector.ledger.people import Share
from connector.people.granting import Granting, RunGaps
from connector.people.sending import Sending
from connector.ports.matching import key_id, record_id
from connector.ports.target import PeopleResult
from connector.runs.orders import Forgetting
from tests.desk import NOW, SOURCE, Desk

KARI, OLA = "kari@example.com", "ola@example.com"


class Intranet:
    """Answers a push of people only when it is let; its effect comes with the answer."""

    def __init__(self) -> None:
        self.records: dict[str, tuple[str, ...]] = {}
        self.asked, self.let = asyncio.Event(), asyncio.Event()

    async def push_people(
        self, batch: Sequence[tuple[str, str, Sequence[str]]], *, lost: object
    ) -> PeopleResult:
        self.asked.set()
        await self.let.wait()
        self.records |= {one: tuple(identities) for one, _, identities in batch}
        return PeopleResult(accepted=[one for one, *_ in batch], not_found=[], refused={}, unanswered=[])

    async def delete_people(self, ids: Sequence[str], *, lost: object) -> None:
        for one in ids:
            self.records.pop(one, None)


def order(subject: str, *, keys: Sequence[tuple[str, str]] = ()) -> Order:
    told = msgspec.json.encode({"keys": list(keys)}).decode()
    return Order(
        id=f"of {subject}",
        target="intranet",
        kind=OrderKind.FORGET,
        about=About.PERSON,
        subject=subject,
        at=NOW,
        told=told,
    )


@pytest.mark.parametrize("batch", [1, 100])
async def test_who_is_forgotten_while_she_is_sent_is_not_there_afterwards(batch: int) -> None:
    """Her record is on its way, or in the batch after that which is."""
    desk, intranet = Desk(), Intranet()
    desk.begin("full", batch_documents=batch)
    people, orders = desk.books.people, desk.books.orders
    people.note(
        [
            Share(source=SOURCE, key=one, address=one, identities=("ix:group:a",), read_run=desk.run)
            for one in (KARI, OLA)
        ]
    )
    sending = Sending(desk.work, people, intranet, desk.tally)  # type: ignore[arg-type]
    granting = Granting(desk.work, people, sending, desk.tally, is_on_hold=lambda: False)
    giving = asyncio.create_task(granting.give(RunGaps(), whole=True))
    await intranet.asked.wait()
    forgotten = KARI if batch > 1 else OLA
    for one in (order(record_id(forgotten), keys=[(SOURCE, forgotten)]), order(key_id(SOURCE, forgotten))):
        orders.write(one)
    forgetting = Forgetting(desk.work, people, sending)
    erasing = asyncio.create_task(forgetting.forget(orders.about(record_id(forgotten))[0]))
    for _ in range(10):
        await asyncio.sleep(0)
    intranet.let.set()
    await giving
    assert await erasing
    (other,) = {KARI, OLA} - {forgotten}
    assert intranet.records == {record_id(other): ("ix:group:a",)}
    assert people.records([record_id(forgotten)]) == {}
    desk.close()
