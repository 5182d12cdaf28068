"""
How many documents an order took out of the target, and whether the notes beside rooms still count them.

It stands with the order, in the ledger and in `hidden.json`: after the loss of a ledger a note that was written before the
order still counts what a person hid, and nothing else tells so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from connector.ledger.orders import Order


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """Part of what is told of an order."""

    took: dict[str, int] = {}
    """By source: documents that no note was written without yet."""
    took_in: int = 0
    """The run to which their removal belongs."""
    ledger: str = ""
    """Id of the ledger that counted so."""


def read_taken(order: Order) -> Taken:
    """What an order took."""
    return msgspec.json.decode(order.told, type=Taken)


def only_taken(told: str) -> str:
    """What of it outlives the ledger that told it."""
    taken = msgspec.json.decode(told, type=Taken)
    return msgspec.json.encode(taken).decode() if taken.took else "{}"


def with_taken(told: str, took: Mapping[str, int], *, run: int, ledger: str) -> dict[str, object]:
    """What is told of an order that took so many more documents, by source."""
    before = msgspec.json.decode(told, type=dict[str, object])
    if not took:
        return before
    taken = msgspec.json.decode(told, type=Taken)
    earlier = taken.took if taken.ledger == ledger else {}
    both = {name: earlier.get(name, 0) + took.get(name, 0) for name in {*earlier, *took}}
    return {**before, "took": both, "took_in": run, "ledger": ledger}


def without_taken(told: str, source: str) -> dict[str, object] | None:
    """The same once a note was written without them; None where it says nothing of that source."""
    taken = msgspec.json.decode(told, type=Taken)
    if source not in taken.took:
        return None
    before = msgspec.json.decode(told, type=dict[str, object])
    return {**before, "took": {name: count for name, count in taken.took.items() if name != source}}


def taken_since(orders: Iterable[Order], source: str, *, ledger: str, run: int) -> int:
    """
    How many documents of a source a note still counts although people had them hidden.

    Args:
        ledger: that wrote the note.
        run: in which it did.
    """
    found = [read_taken(one) for one in orders]
    return sum(one.took.get(source, 0) for one in found if one.ledger == ledger and one.took_in > run)
