"""Something that a person hid may be found again: the same for `connector unhide` and for the button on a document's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from connector.ledger.orders import Order
from connector.ledger.store import Ledger
from connector.plan import order_words
from connector.status.hidden import why_hidden
from connector.wiring.orders import write


class ShownAgain(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    documents: int
    """How many were kept out by it: the next run sends them."""
    above: Mapping[str, Any] | None
    """The order about a container above it by which it stays hidden (`why_hidden`); None: there is none."""
    words: str


def show_again(ledger: Ledger, order: Order) -> ShownAgain:
    """
    Write an order down by which something is no longer kept out, and carry it out, inside `open_to_order`.

    Args:
        order: of kind UNHIDE, done and ended as it is written.

    Raises:
        ConnectorError: it is forgotten, and stays so.
    """
    orders = ledger.orders(order.target)
    hidden = orders.hidden(order.subject)
    write(ledger, order)
    count = orders.drop_of(order.subject)
    above = why_hidden(ledger, order.target, order.subject, hidden.path if hidden is not None else "")
    words = order_words.was_shown(order.title or order.subject, count, above=above["id"] if above else "")
    return ShownAgain(documents=count, above=above, words=words)
