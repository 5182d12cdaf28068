"""What people order: written down, and carried out while no run works on the target; a run does so itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from connector.errors import ConnectorError, LeaseHeld
from connector.ledger.orders import Order, OrderKind
from connector.ledger.runs import make_run_id
from connector.ledger.store import Ledger
from connector.plan import order_words
from connector.plan.options import Options
from connector.runs.orders import carry_out_between_runs
from connector.wiring.offline import Offline
from connector.wiring.opening import Opening


@contextlib.contextmanager
def open_to_order(app: Offline) -> Iterator[Ledger]:
    """
    Open the ledger for whoever orders something: it knows what is ordered in the file beside it, and both know what is written inside.

    Only then is anything done about it, so that neither a lost ledger nor one that is put back shows what was hidden.

    Raises:
        LedgerError: one of them cannot be read or written.
    """
    with app.ledger() as ledger:
        app.orders_file().merge(ledger)
        yield ledger
        app.orders_file().merge(ledger)


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
                raise ConnectorError(order_words.is_forgotten(order.subject, one.who))
            if one.ended_at is None:
                orders.end(one.id, now=order.at, by=order.id)
        orders.write(order)


def lifting(one: Order, *, who: str, because: str, now: float) -> Order:
    """The order by which what another one keeps out may come back: done, and ended, as it is written."""
    return msgspec.structs.replace(
        one,
        id=new_id(now),
        kind=OrderKind.UNHIDE,
        who=who,
        at=now,
        because=because,
        until=None,
        told="{}",
        done_at=now,
        ended_at=now,
    )


class Shown(NamedTuple):
    """What was hidden until now."""

    documents: int
    """How many were kept out with it: the next run sends them."""
    path: str
    """Where it stands; empty: no run met it while it was hidden."""


def show_again(ledger: Ledger, order: Order) -> Shown:
    """
    Write an order down by which something is no longer kept out, and carry it out, inside `open_to_order`.

    Args:
        order: as `lifting` makes it.

    Raises:
        ConnectorError: it is forgotten, and stays so.
    """
    orders = ledger.orders(order.target)
    hidden = orders.hidden(order.subject)
    write(ledger, order)
    return Shown(orders.drop_of(order.subject), hidden.path if hidden is not None else "")


async def carry_out(
    opening: Opening, target_name: str, options: Options, *, a_person_waits: bool = True
) -> str:
    """
    Carry out what waits; gives why the intranet did not do all of it, empty where it did.

    Args:
        a_person_waits: it is asked although it asked runs to leave it alone for a while.

    Raises:
        LeaseHeld: a run works on the target; it does so itself, between two batches.
        TargetRefused: a person must act.
    """
    with opening.ledger() as ledger:
        async with opening.target(target_name, None if a_person_waits else ledger) as target:
            with opening.lock(target.key):
                opening.notice_restore(ledger)
                try:
                    return await carry_out_between_runs(ledger, target, options, clock=opening.clock)
                finally:
                    opening.keep_beside(ledger)


async def carry_out_waiting(opening: Opening, options: Callable[[str], Options]) -> None:
    """
    Carry out what was ordered and left: its command was killed, or the intranet did not answer it.

    A run that works meanwhile does so itself.

    Args:
        options: of a run into a target.

    Raises:
        ConnectorError: the ledger cannot be used, or a person must act.
    """
    for target in await asyncio.to_thread(_waiting, opening):
        with contextlib.suppress(LeaseHeld):
            await carry_out(opening, target, options(target), a_person_waits=False)


def _waiting(opening: Opening) -> list[str]:
    """Targets with orders that wait; ledger and files are made the same on the way."""
    with opening.ledger() as ledger:
        opening.keep_beside(ledger)
        return [name for name in opening.settings.targets if ledger.orders(name).waiting()]


def know_hidden(app: Offline, ledger: Ledger, target: str) -> str:
    """
    Let a ledger that is played with know what is kept out of a target; nothing of the real one changes.

    Returns:
        Why that is not known, in words; empty where it is.

    Raises:
        LedgerError: the file of orders cannot be read.
    """
    app.orders_file().merge(ledger, keep=False)
    if trouble := app.ledger_trouble():
        return trouble
    if not app.has_ledger():
        return ""
    with app.ledger() as here:
        for order in here.orders(target).all():
            ledger.orders(target).write(msgspec.structs.replace(order, done_at=None, told="{}"))
    return ""
