"""
What a ledger that was put back still holds of what was forgotten since its copy was made: erased again.

The order to forget is read back from the file beside the ledger; what it erased then stands in the copy. A person is erased at
once, a document once the target was told again to remove it: until then its row says what there is to remove.
"""

from __future__ import annotations

import msgspec

from connector.ledger.orders import About, Order, OrderKind
from connector.ledger.part import EVERYTHING
from connector.ledger.store import Ledger
from connector.ports.matching import key_id

AGAIN = "again"
"""Stands with an order whose document is to be erased again."""


def read_back(ledger: Ledger, order: Order, told: str) -> Order:
    """
    An order that this ledger did not know, as it is to be written down: to be carried out again.

    Args:
        told: what of it outlived the other ledger.
    """
    if order.kind is OrderKind.FORGET:
        if order.about is About.PERSON:
            _erase_person(ledger, order)
        else:
            told = msgspec.json.encode({**msgspec.json.decode(told), AGAIN: True}).decode()
    return msgspec.structs.replace(order, done_at=None, told=told)


def erase_again(ledger: Ledger, order: Order) -> None:
    """Erase a document, and what stood below it, where the target was told again to remove it."""
    told = msgspec.json.decode(order.told, type=dict[str, object])
    if order.done_at is None or AGAIN not in told:
        return
    orders, erasing = ledger.orders(order.target), ledger.erasing(order.target)
    ids = [one.id for one in orders.of(order.subject, limit=EVERYTHING)]
    erasing.documents(erasing.traces(ids))
    del told[AGAIN]
    orders.done(order.id, now=order.done_at, told=told)


def _erase_person(ledger: Ledger, order: Order) -> None:
    people = ledger.people(order.target)
    record = people.records([order.subject]).get(order.subject)
    addresses = [record.address] if record is not None else []
    keys = {(one.source, one.key) for address in addresses for one in people.shares(address)}
    # somebody without an address has no record: an order names her by a hash of what a source calls her
    keys.update(one for one in people.everybody() if key_id(*one) == order.subject)
    if addresses or keys:
        ledger.erasing(order.target).person(order.subject, addresses, sorted(keys))
