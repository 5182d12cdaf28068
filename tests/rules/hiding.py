"""What a person hides and shows again, and what is below it."""

from __future__ import annotations

from typing import Any

from connector.app import App
from connector.commands.forget import _document, _forget, _person
from connector.ledger.orders import Order, OrderKind
from connector.plan.item import Mode
from connector.wiring.orders import carry_out
from tests.neighbourhood import Neighbourhood


def order(near: Neighbourhood, native: str, kind: OrderKind = OrderKind.HIDE, **more: object) -> Order:
    """Write an order down, as the commands do."""
    with near.app().ledger() as ledger:
        now = near.clock()
        wanted: dict[str, Any] = {"subject": f"ix-{native}", **more}
        one = Order(id=f"O{now}", target="intranet", kind=kind, who="kari", at=now, **wanted)
        ledger.orders("intranet").write(one)
        near.app().orders_file().merge(ledger)
    return one


def show(near: Neighbourhood, native: str) -> None:
    """Show something again, as the command does."""
    with near.app().ledger() as ledger:
        orders = ledger.orders("intranet")
        for one in orders.about(f"ix-{native}"):
            orders.end(one.id, now=near.clock())
        orders.drop_of(f"ix-{native}")
        near.app().orders_file().merge(ledger)


async def hide(near: Neighbourhood, native: str) -> Order:
    """Hide something while no run works."""
    one, app = order(near, native), near.app()
    assert await carry_out(app, "intranet", app.options("intranet", Mode.DELTA)) == ""
    return one


async def forget(app: App, what: str, target: str = "intranet") -> dict[str, Any]:
    """Forget a document or a person, as the command does; gives the certificate."""
    now = app.now()
    blank = Order(id=f"O{now}", target=target, kind=OrderKind.FORGET, subject="", who="kari", at=now)
    with app.ledger() as ledger:
        subject = _document(ledger, blank, what, yes=True) or _person(app, ledger, blank, what, yes=True)
    assert subject is not None
    return await _forget(app, target, subject)


def within(near: Neighbourhood, native: str) -> set[str]:
    """Ids of an item and of everything below it in its source."""
    items = list(near.rooms.items())
    found = {native}
    while more := {item.id for item in items if item.parent_id in found} - found:
        found |= more
    return {f"ix-{one}" for one in found}


def below(near: Neighbourhood, native: str) -> set[str]:
    """What the intranet has of an item and of everything below it."""
    return near.found() & within(near, native)
