"""What is hidden, by whom and why, as plain values. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connector.ledger.orders import About, Hidden, Order, OrderKind
from connector.ledger.store import Ledger
from connector.plan import order_words
from connector.plan.hidden_roots import HiddenRoots
from connector.plan.report import stamp

if TYPE_CHECKING:
    from connector.wiring.orders import Shown


def tell_hidden(ledger: Ledger, target: str) -> dict[str, Any]:
    """
    Every document that an order keeps out of the search, the newest order first, and how many stand below each; of people who are
    forgotten those with whom that is not done yet.
    """
    orders = ledger.orders(target)
    counts = orders.count()
    holding = [
        one
        for one in orders.holding()
        if one.about is About.DOCUMENT or one.done_at is None or one.is_to_erase
    ]
    return {
        "hidden": [
            {**tell_order(one), "documents": counts.get(one.subject, 0), **_place(orders.hidden(one.subject))}
            for one in reversed(holding)
        ],
        "documents": sum(counts.values()),
    }


def left_of_orders(ledger: Ledger, target: str) -> dict[str, Any]:
    """How many orders nobody has carried out, and how many erasures are not finished here."""
    standing = ledger.orders(target).standing()
    return {
        "ordered": sum(one.done_at is None for one in standing),
        "to_erase": sum(one.is_to_erase for one in standing),
    }


def tell_order(order: Order) -> dict[str, Any]:
    """One order: what it names, who gave it and when, why, until when, whether it was carried out, and whether something is to be erased."""
    return {
        "order": order.id,
        "id": order.subject,
        "title": order.title,
        "kind": order.kind.value,
        "about": order.about.value,
        "by": order.who,
        "since": stamp(order.at),
        "because": order.because or None,
        "until": stamp(order.until) if order.until is not None else None,
        "carried_out": order.done_at is not None,
        "to_erase": order.is_to_erase,
        "words": say_order(order),
    }


def say_order(order: Order) -> str:
    """Say who keeps something out of the search, since when, why, and until when."""
    return order_words.kept_out(
        forgotten=order.kind is OrderKind.FORGET,
        who=order.who,
        since=stamp(order.at),
        because=order.because,
        until=stamp(order.until) if order.until is not None else "",
    )


def why_hidden(ledger: Ledger, target: str, identifier: str, path: str) -> dict[str, Any] | None:
    """The order that keeps a document out of the search: its own, or of what it stands in; None: it is not hidden."""
    orders = ledger.orders(target)
    holding = {one.subject: one for one in orders.holding()}
    hidden = orders.hidden(identifier)
    root = HiddenRoots(holding).root_of(path or f"/{identifier}/") or (
        hidden.root if hidden is not None else ""
    )
    order = holding.get(root)
    if order is None:
        return None
    return {**tell_order(order), "itself": root == identifier}


def tell_shown(ledger: Ledger, order: Order, shown: Shown) -> dict[str, Any]:
    """What came of an order to show something again; `still_hidden_by`: the order about a container above it, as `why_hidden` tells it."""
    above = why_hidden(ledger, order.target, order.subject, shown.path)
    return {
        "documents": shown.documents,
        "still_hidden_by": above,
        "words": order_words.was_shown(order.called, shown.documents, above=above["id"] if above else ""),
    }


def _place(hidden: Hidden | None) -> dict[str, Any]:
    if hidden is None:
        return {"source": None, "link": None, "listed": False}
    return {"source": hidden.source or None, "link": hidden.url or None, "listed": True}
