"""How a neighbour is called, whoever it is: tries and pauses, a limit of ours, clocks, and who hears of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from connector.errors import Stopped
from connector.http.exchange import Observer

Sleep = Callable[[float], Awaitable[None]]
LOOK_S = 0.2
"""How often whoever waits looks whether it is to stop."""


class PauseStore(Protocol):
    """Remembers between runs until when a host asked to be left alone; moments in seconds since 1970."""

    def until(self, host: str) -> float:
        """Until when; 0: it did not ask."""
        ...

    def keep(self, host: str, until: float) -> None:
        """Remember it."""
        ...


class NoPauseStore:
    """No run remembers a pause for the next one."""

    def until(self, host: str) -> float:
        """Nobody asked for any."""
        return 0.0

    def keep(self, host: str, until: float) -> None:
        """Nothing is kept."""


async def wait_it_out(seconds: float) -> None:
    """Pause, whatever happens meanwhile."""
    await asyncio.sleep(seconds)


def sleep_until(stopping: Callable[[], bool]) -> Sleep:
    """
    Make a pause between calls that ends at once where the work is to stop: a host may ask for minutes, and a service has seconds to end.

    The pause raises `Stopped` then: whoever waits has no call in hand.
    """

    async def sleep(seconds: float) -> None:
        over = time.monotonic() + seconds
        while not stopping():
            left = over - time.monotonic()
            await asyncio.sleep(max(0.0, min(left, LOOK_S)))
            if left <= LOOK_S:
                return
        raise Stopped

    return sleep


class CallPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How a neighbour is called."""

    attempts: int
    """Of calls that are safe to repeat."""
    backoff_max_s: float
    least_pause_s: float = 0.0
    calls_per_s: float = 0.0
    """0: no limit of ours."""
    pauses: PauseStore = NoPauseStore()
    """Where a pause that is longer than `backoff_max_s` is kept for the next run."""
    observer: Observer | None = None
    clock: Callable[[], float] = time.time
    """Of the wall, in seconds since 1970."""
    now: Callable[[], float] = time.monotonic
    """Goes only forward, in seconds."""
    sleep: Sleep = wait_it_out
