"""What people ordered, carried out: in a run beside its other work, or between runs, under the lease of the target."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec

from connector.errors import ConnectorError
from connector.ledger.orders import Order
from connector.ledger.people import Lost, People
from connector.ledger.store import Ledger
from connector.people.sending import Sending
from connector.plan.context import Run, open_books
from connector.plan.options import Options
from connector.plan.tally import Tally
from connector.ports.target import Target
from connector.push.outbox import Outbox
from connector.removal.hiding import Beside, Hiding
from connector.session.between_runs import between_runs
from connector.session.known_addresses import KnownIntranet

_SILENT = "the intranet did not answer"


class Forgetting:
    """Takes a person's record out of the target of one run."""

    def __init__(self, run: Run, people: People, sending: Sending) -> None:
        """
        Args:
            sending: by which all others push people in this run.
        """
        self._run = run
        self._people = people
        self._sending = sending

    async def forget(self, order: Order) -> bool:
        """
        Remove her record, whether the ledger has it or not; says whether the target did.

        Raises:
            LeaseLost: before it is removed. TargetRefused: a person must act.
        """
        keys = msgspec.json.decode(order.told, type=_Told).keys
        self._people.forget_shares(keys)
        gone = Lost(id=order.subject, address="", whole=True, approved=True, why="forgotten")
        # what is on its way for her is answered: from now on nothing is sent for her
        async with self._sending.turn:
            return not any(await self._sending.remove([gone], run=self._run.effects))


class _Told(msgspec.Struct, frozen=True):
    keys: list[tuple[str, str]] = []
    """Source and its own key of her, until they are erased."""


def _open_orders(run: Run, target: Target, ledger: Ledger, sending: Sending, sheet: Tally) -> Hiding:
    """Make the orders of one target ready to be carried out between runs."""
    # of a run that died: it names rooms and people, and nobody walks for it any more
    ledger.shards(target.name).clear()
    books = open_books(ledger, target.name)
    beside = Beside(forget=Forgetting(run, books.people, sending).forget)
    return Hiding(run, target, books, Outbox(run, target, books, sheet), sheet, beside)


async def carry_out_between_runs(
    ledger: Ledger, target: Target, options: Options, *, clock: Callable[[], float]
) -> str:
    """
    Carry out what waits between runs, under the lease of the target.

    Returns:
        Why the target did not do all of it, in its own words; empty where it did.

    Raises:
        LeaseHeld: something else works on the target; it carries the orders out itself. TargetRefused: a person must act.
        ConnectorError: the settings name another intranet than the one that the ledger speaks of: what is hidden stands in that one.
    """
    if KnownIntranet(ledger.notes(""), target.name).is_elsewhere(target.key):
        raise ConnectorError(
            f"The settings of this machine name another intranet under targets.{target.name} than the one to which the last run sent, "
            "so nothing is taken out of it from here."
        )
    async with between_runs(ledger, target, options, clock=clock) as run:
        sheet = Tally()
        hiding = _open_orders(
            run, target, ledger, Sending(run, ledger.people(target.name), target, sheet), sheet
        )
        await hiding.look()
    if not hiding.silent:
        return ""
    return next((str(one.values["why"]) for one in sheet.findings if "why" in one.values), _SILENT)


@asynccontextmanager
async def attended(
    ledger: Ledger, target: Target, run: Run, sending: Sending | None = None
) -> AsyncIterator[None]:
    """
    Carry out what is ordered while other work goes on between runs, under the lease that it has.

    Args:
        sending: by which that work pushes people; None: it pushes none.

    Raises:
        TargetRefused: a person must act; once the work inside is done.
    """
    if KnownIntranet(ledger.notes(""), target.name).is_elsewhere(target.key):
        yield  # what is hidden stands in another one
        return
    sheet = Tally()
    sending = sending or Sending(run, ledger.people(target.name), target, sheet)
    async with _open_orders(run, target, ledger, sending, sheet).attended(first=False):
        yield
