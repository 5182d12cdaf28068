"""Keeps calls within a rate: so many a second for each endpoint, with a pause after trouble."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable

Sleep = Callable[[float], Awaitable[None]]


class RateLimit:
    """
    Lets calls of one endpoint start so that no second holds more than allowed.

    ITR counts per endpoint and token in windows of one second (observed: 20, and 1 for a few).

    Args:
        calls_per_s: of one endpoint; below 1 means one call in more than a second.
        now: a clock that only goes forward, in seconds.
    """

    def __init__(self, calls_per_s: float, *, sleep: Sleep, now: Callable[[], float]) -> None:
        self._burst = max(1, int(calls_per_s))
        self._window_s = self._burst / calls_per_s
        self._sleep = sleep
        self._now = now
        self._starts: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=self._burst))
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def wait(self, endpoint: str) -> None:
        """Wait until one more call of an endpoint may start."""
        async with self._locks[endpoint]:
            starts = self._starts[endpoint]
            if len(starts) == self._burst:
                over = starts[0] + self._window_s - self._now()
                if over > 0:
                    await self._sleep(over)
            starts.append(self._now())
