"""What `hide`, `unhide` and `forget` have in common: who orders, which document is meant, and how an order is carried out."""

from __future__ import annotations

import asyncio
import getpass
import os
import time
from typing import Annotated

import msgspec
import typer

from connector.app import App
from connector.commands.arguments import read_date
from connector.errors import ConnectorError, LeaseHeld, LedgerAway, SettingsError
from connector.ledger.orders import Hidden, Order, OrderKind
from connector.ledger.rows import Standing
from connector.ledger.store import Ledger
from connector.plan import order_words
from connector.plan.item import Mode
from connector.status.document_lookup import look_up_documents
from connector.wiring.orders import carry_out

WAIT_S = 60.0
"""So long a command waits for the run that is to carry its order out; it should be done within 10 s."""
LOOK_S = 0.5
UNDER_WAY = (
    "A run is under way and carries this out within 10 seconds, or within a minute if a service that worked for it has just died. "
    "Please wait."
)
AWAY = "The database of the ledger does not answer. The order is written down; it is carried out as soon as that is back. Please wait."

Who = Annotated[
    str,
    typer.Option("--as", metavar="NAME", help="Who orders it; by default the user who is signed in here."),
]
Because = Annotated[str, typer.Option("--because", metavar="TEXT", help="Why; this is kept with the order.")]
Until = Annotated[
    str, typer.Option("--until", metavar="DATE", help="When it is shown again, such as 2026-12-24.")
]


class Fits(Exception):
    """Several documents fit what was asked for: none was touched."""

    def __init__(self, found: list[Standing]) -> None:
        super().__init__(len(found))
        self.found = found


def whoever(name: str) -> str:
    """Who gives an order: the named person, else who is signed in on this machine."""
    if name.strip():
        return name.strip()
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def end_of_hiding(words: str, zone: str, *, now: float) -> float | None:
    """
    Read until when something is hidden; None where nobody says.

    Raises:
        SettingsError: it is no date, or not in the future.
    """
    if not words:
        return None
    at = read_date(words, zone, option="--until")
    if at <= now:
        raise SettingsError("--until", f"{words} is not in the future")
    return at


def meant(ledger: Ledger, target: str, asked: str) -> Standing | None:
    """
    The one document that is meant; None where nothing fits.

    Raises:
        Fits: several do.
    """
    found = look_up_documents(ledger, target, asked)
    if len(found) > 1:
        raise Fits(found)
    return found[0] if found else None


def out_already(ledger: Ledger, target: str, asked: str, *, argument: str) -> Hidden | None:
    """
    The one document that is meant of those that are hidden, or forgotten, already; None where nothing fits.

    Args:
        argument: that names it.

    Raises:
        SettingsError: several fit.
    """
    found = {one.id: one for one in ledger.orders(target).find(asked)}
    if len(found) > 1:
        raise SettingsError(argument, order_words.several_hidden(sorted(found)))
    return next(iter(found.values()), None)


class Seen(msgspec.Struct, frozen=True):
    """An order that was seen through, as it is then."""

    order: Order
    why: str = ""
    """Why it is not carried out, as far as the intranet said."""
    instead: Order | None = None
    """The later order about the same by which it ended before it was carried out."""

    @property
    def replaced(self) -> str:
        """Say which order counts instead of it; empty where it counts itself."""
        later = self.instead
        return order_words.was_replaced(later.called, later.who, later.kind) if later else ""


async def see_through(app: App, target: str, order: Order) -> Seen:
    """
    Carry an order out, or wait until the run that has the lease did; a ledger whose database is away is waited for as well.

    Raises:
        ConnectorError: the intranet refuses, or the ledger cannot be used; the order stands.
    """
    told: set[str] = set()
    away: LedgerAway | None = None
    seen, over = Seen(order), time.monotonic() + WAIT_S
    for _ in range(int(WAIT_S / LOOK_S)):
        try:
            seen, away = await _try_once(app, target, order, told), None
        except LedgerAway as error:
            away = error
            _say_once(AWAY, told)
        except ConnectorError as error:
            raise _left(order, error) from error
        order = seen.order
        is_over = order.done_at is not None or order.ended_at is not None or bool(seen.why)
        if (away is None and is_over) or time.monotonic() > over:
            break
        await asyncio.sleep(LOOK_S)
    if away is not None:
        raise _left(order, away) from away
    return seen


async def _try_once(app: App, target: str, order: Order, told: set[str]) -> Seen:
    """Carry it out where no run does; says how it stands then."""
    why, instead = "", None
    try:
        why = await carry_out(app, target, app.options(target, Mode.DELTA))
    except LeaseHeld:
        _say_once(UNDER_WAY, told)
    with app.ledger() as ledger:
        order = ledger.orders(target).get(order.id) or order
        if order.done_at is None and order.ended_by:
            instead = ledger.orders(target).get(order.ended_by)
    return Seen(order, why, instead)


def _say_once(words: str, told: set[str]) -> None:
    if words not in told:
        told.add(words)
        typer.echo(words, err=True)


def _left(order: Order, error: ConnectorError) -> ConnectorError:
    """Why it is not carried out, with what becomes of it and what is still to be typed."""
    if order.kind is OrderKind.FORGET:
        return ConnectorError(order_words.not_forgotten_yet(order.subject, str(error)))
    return ConnectorError(order_words.left_to_the_next_run(str(error)))


def done_with(order: Order) -> int:
    """How many documents an order took out of the search, as whoever carried it out said."""
    told = msgspec.json.decode(order.told, type=dict[str, object])
    count = told.get("hidden", 0)
    return count if isinstance(count, int) else 0
