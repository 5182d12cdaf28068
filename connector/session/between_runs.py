"""What works on a target between its runs (an order, people's turn, a comparison), under the lease that a run would have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from connector.engine.task_group import begun
from connector.errors import LeaseLost, LedgerError
from connector.ledger.before_restore import put_back_at
from connector.ledger.runs import Runs
from connector.ledger.store import Ledger
from connector.machine.cached_check import CachedCheck
from connector.plan.context import Run
from connector.plan.options import Options
from connector.ports.target import Target

BEAT_S = 10.0
"""How often a lease is renewed: one that is not is free after `leases.LEASE_S`."""
ASKED_S = 1.0
"""What changes anything in the intranet goes out no later than this after the ledger said that the target is still ours."""


@asynccontextmanager
async def leased(runs: Runs, *, clock: Callable[[], float]) -> AsyncIterator[Callable[[], None]]:
    """
    Hold the lease of a target while the work inside goes on, however long that is.

    Yields:
        What renews it now; raises LeaseLost where another run took over.

    Raises:
        LeaseHeld: a run works on the target.
    """
    with runs.leased(now=clock()) as fence:

        def renew() -> None:
            runs.renew_lease(fence, now=clock())

        async with begun(_beat(renew)):
            yield renew


@asynccontextmanager
async def between_runs(
    ledger: Ledger, target: Target, options: Options, *, clock: Callable[[], float]
) -> AsyncIterator[Run]:
    """
    Hold the lease of a target, as what is no run: what it holds and removes belongs to the next one.

    Yields:
        A run with the number and id of the last one; 0 and empty before the first.

    Raises:
        LeaseHeld: a run works on the target.
    """
    runs = ledger.runs(target.name)
    async with leased(runs, clock=clock) as renew:
        target.look_first(CachedCheck(renew, for_s=ASKED_S))
        # of a run, or a turn of people, that died: another one of either kind may come before the next run does
        ledger.people(target.name).lose_open(until=clock() + options.settle_s)
        ledger.documents(target.name).lose_open_intents(settle_s=options.settle_s)
        last = runs.last()
        number = last.number if last is not None else 0
        yield Run(
            number=number,
            id=last.id if last is not None else "",
            target=target.name,
            ledger=ledger.id,
            options=options,
            started=clock(),
            before=last.started_at if last is not None else None,
            put_back_at=put_back_at(ledger.notes(""), target.name, now=clock()),
            next=number + 1,
            now=clock,
            still_ours=renew,
        )


async def _beat(renew: Callable[[], None]) -> None:
    """Renew until the lease is lost, which whoever works under it learns when it asks."""
    while True:
        await asyncio.sleep(BEAT_S)
        try:
            renew()
        except LeaseLost:
            return
        except LedgerError:  # for now, perhaps: the next beat may reach it in time
            continue
