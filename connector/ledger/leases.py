"""The lease that lets one run at a time write to a target."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from connector.errors import LeaseHeld, LedgerError, LedgerLocked
from connector.ledger.part import Database, Part
from connector.ledger.trouble import lease_lost
from connector.machine.lock import reach_of_lock

LEASE_S = 40.0
"""A dead holder's lease is free after this many seconds."""
SOON_S = 5.0
"""Within so long whoever walks rooms for a run notices, each second, that its lease ends, and has no call under way then."""
_left: dict[str, int] = {}
"""
Fences of leases that this process could not give back when its work under them was over, by target: its ledger was away.

A process has one ledger, which it opens for each run anew: what it left behind there stands here.
"""


def refuse_while_held(database: Database, *, now: float, done: str, do: str) -> None:
    """
    Refuse to do something with a whole ledger while a run works with it, on whichever machine.

    Args:
        done, do: what is refused, in words, such as "copied" and "copy".

    Raises:
        LeaseHeld: a run writes the ledger, or died less than a lease ago.
    """
    for target, holder, host, left in database.all("leases.held", {"now": now}):
        raise LeaseHeld(
            f"A run ({holder} on {host}) works on the target {target}, so the ledger was not {done}: its lease lasts "
            f"{left:.0f} s more unless it is renewed. Stop the service everywhere, and {do} then."
        )


class Leases(Part):
    """The lease of one target."""

    def take_lease(self, *, now: float) -> int:
        """
        Become the one writer of the target; the caller holds the machine's lock already.

        A holder within the reach of that lock is therefore dead; any other may live until its lease ends. Host names
        are for people only: containers may share one. What this process itself could not give back it need not wait for, once
        nobody walks rooms for it any more.

        Returns:
            The fencing number, to be shown before every removal and before the end of a session.

        Raises:
            LeaseHeld: a run beyond the reach of the lock holds it and may be alive.
        """
        try:
            return self._take_lease(now)
        except LedgerLocked:  # a frozen holder stood within a transaction, and is cut off
            return self._take_lease(now)

    def _take_lease(self, now: float) -> int:
        target = self._own["target"]
        own = {"holder": f"process {os.getpid()}", "reach": reach_of_lock(), "left": _left.get(target, 0)}
        with self.at_once():
            fence = self._one("leases.take", **own, now=now, lasts=LEASE_S, host=socket.gethostname())
            if fence is not None:
                self._database.hold(target, "leases.still", {**self._own, "fence": int(fence)})
                return int(fence)
            if own["left"]:
                self._run("leases.end_soon", **own, now=now, lasts=SOON_S)
            ((holder, host, left),) = self._all("leases.shorten", now=now, lasts=LEASE_S)
        raise LeaseHeld(
            f"Another run ({holder} on {host}) works on this target; its lease lasts {left:.0f} s more "
            "unless it renews it. Wait for it, or stop it there."
        )

    @contextmanager
    def leased(self, *, now: float) -> Iterator[int]:
        """Have the lease while the work inside goes on, as `take_lease`, and give it back however that ends."""
        fence = self.take_lease(now=now)
        try:
            yield fence
        finally:
            self.free_lease(fence)

    def schema(self) -> str | None:
        """Which schema the ledger has now: another release may bring it to its own while a run works."""
        return self._database.revision()

    def renew_lease(self, fence: int, *, now: float) -> None:
        """
        Say that the run is alive.

        Raises:
            LeaseLost: another run took over.
        """
        if self._run("leases.renew", fence=fence, now=now, lasts=LEASE_S) != 1:
            raise lease_lost()

    def let_go(self) -> None:
        """Nothing more is sent under the lease: what is still written tells of the run alone, whoever has the target now."""
        self._database.let_go(self._own["target"])

    def free_lease(self, fence: int) -> None:
        """
        Give the lease back; the fence stays, so that it never repeats.

        Raises:
            LedgerError: the ledger does not answer. This process takes the lease again all the same.
        """
        self.let_go()
        try:
            self._run("leases.free", fence=fence)
        except LedgerError:
            _left[self._own["target"]] = fence
            raise
