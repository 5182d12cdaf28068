"""What people order: written down, and carried out while no run works on the target; a run does so itself."""

from __future__ import annotations

from connector.errors import ConnectorError
from connector.ledger.orders import Order, OrderKind
from connector.ledger.runs import make_run_id
from connector.ledger.store import Ledger
from connector.plan.options import Options
from connector.runs import ordering
from connector.wiring.opening import Opening


def new_id(now: float) -> str:
    """Name an order."""
    return make_run_id(now)


def write(ledger: Ledger, order: Order) -> None:
    """
    Write an order down, before anything is done; an earlier one about the same ends with it.

    Raises:
        ConnectorError: what it is about is forgotten, and stays so.
    """
    orders = ledger.orders(order.target)
    with orders.at_once():
        for one in orders.about(order.subject):
            if one.ended_at is None and one.kind is OrderKind.FORGET and order.kind is not OrderKind.FORGET:
                raise ConnectorError(
                    f"{order.subject} is forgotten, by an order of {one.who}: it stays out of the search, and cannot be hidden or shown"
                )
            if one.ended_at is None:
                orders.end(one.id, now=order.at, by=order.id)
        orders.write(order)


async def carry_out(opening: Opening, target_name: str, options: Options) -> bool:
    """
    Carry out what waits; False where the intranet did not answer for all of it.

    Raises:
        LeaseHeld: a run works on the target; it does so itself, between two batches.
        TargetRefused: a person must act.
    """
    with opening.ledger() as ledger:
        async with opening.target(target_name, ledger) as target:
            with opening.lock(target.key):
                return await ordering.carry_out(ledger, target, options, clock=opening.clock)
