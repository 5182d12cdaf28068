"""
The clock of a service: this machine's own, unless machines share a ledger and it is far from that of its database.

Moments that one machine notes are compared with now by another one: until when a call may still take effect, when a session was begun.
If their clocks were an hour apart, the other one would not wait at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable

FAR_S = 5.0
"""Clocks that are set over the network are milliseconds apart; whoever is asked may answer late."""


def uptime() -> float:
    """Seconds that pass, whoever sets a clock, and also while the machine, or this process, stands still."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class SharedClock:
    """Tells the time, in seconds since 1970."""

    def __init__(
        self, wall: Callable[[], float] = time.time, *, uptime: Callable[[], float] = uptime
    ) -> None:
        """
        Args:
            uptime: seconds that pass, whoever sets a clock.
        """
        self._wall = wall
        self._uptime = uptime
        self._read: tuple[float, float] | None = None
        """The time when it was compared last, and the uptime then; None: nobody shares it."""
        self.ahead_s = 0.0
        """How far this machine's own clock is ahead of what it tells."""

    def __call__(self) -> float:
        if self._read is None:
            return self._wall()
        at, since = self._read
        return at + self._uptime() - since

    def compare(self, ask: Callable[[], float]) -> None:
        """
        Go by the database's clock from here on, where this machine's own is far from it.

        Args:
            ask: what it is by the database's, in seconds since 1970.
        """
        before = self._wall()
        told = ask()
        now, since = self._wall(), self._uptime()
        is_near = before - FAR_S <= told <= now + FAR_S
        self._read = (now if is_near else told + (now - before) / 2), since
        was_near, self.ahead_s = not self.ahead_s, 0.0 if is_near else now - told
        if was_near and not is_near:
            import structlog  # verbs that only tell load no log

            structlog.get_logger().warning("clock.differs", seconds=round(self.ahead_s))
