"""
The lease by which one run alone writes to its target, renewed while the run works, and the clock that its moments are read by.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from connector.errors import LedgerNewer
from connector.ledger.store import Ledger
from connector.machine.boot_clock import SinceBoot
from connector.session.between_runs import BEAT_S


class RunLease:
    """The lease of one run; a dry run has none."""

    def __init__(
        self,
        ledger: Ledger,
        target: str,
        *,
        clock: Callable[[], float],
        steady: Callable[[], SinceBoot | None],
        settle_s: float,
    ) -> None:
        self._runs = ledger.runs(target)
        self._clock_changes = ledger.clock_changes()
        self._clock = clock
        self._steady = steady
        self._settle_s = settle_s
        self._fence = 0
        self._schema: str | None = None

    async def beat(self) -> None:
        """Renew the lease; ends only by losing it, or the schema that the run's statements are for."""
        while True:
            await asyncio.sleep(BEAT_S)
            self.still_ours()
            self.must_be_of_our_release()
            self.look_at_the_clock(only_if_set=True)

    def look_at_the_clock(self, *, only_if_set: bool = False) -> None:
        """What was noted by a clock that was set meanwhile moves with it; what lies in the future counts as now."""
        jump = self._clock_changes.adjust(
            now=self._clock(), steady=self._steady(), settle_s=self._settle_s, only_if_set=only_if_set
        )
        if jump:
            structlog.get_logger().warning("clock.set", seconds=round(jump))

    def still_ours(self) -> None:
        """
        Raises:
            LeaseLost: another run took over.
        """
        self._runs.renew_lease(self._fence, now=self._clock())

    def must_be_of_our_release(self) -> None:
        """
        Raises:
            LedgerNewer: a newer release migrated the ledger meanwhile.
        """
        if (schema := self._runs.schema()) != self._schema:
            raise LedgerNewer(
                f"A newer release brought the ledger to its schema ({schema}) while this run worked, so the run ended here; what it "
                "confirmed stays. That release does the next one. Upgrade this machine, too"
            )

    def let_go(self) -> None:
        """Nothing more is sent: what is still written tells of this run alone."""
        self._runs.let_go()

    @contextmanager
    def held(self) -> Iterator[None]:
        """
        Be the one writer of the target while the work inside goes on, and give the lease back however that ends.

        Raises:
            LeaseHeld: another run works on it.
        """
        with self._runs.leased(now=self._clock()) as self._fence:
            self._schema = self._runs.schema()
            yield
