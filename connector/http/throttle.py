"""
How many calls may be under way, and how fast they may follow each other: halved when the neighbour says too many.

Both come back slowly, by what goes well. Without a rate of our own and without a word of the neighbour it costs nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

SLOWEST_GAP_S = 10.0
"""Between the starts of two calls, at the most."""
GAP_SHRINKS = 0.985
"""What a call that goes well makes of the gap: 46 of them double the rate."""
LOOKS_BACK_S = 10.0
LENT_LOOK_S = 0.05
"""Until another look whether calls that were under way have ended."""


class Throttle:
    """
    The calls to one neighbour.

    Args:
        calls_per_s: 0: no limit of ours.
        now: a clock that only goes forward, in seconds.
    """

    def __init__(
        self,
        calls_per_s: float = 0.0,
        *,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._whole_gap_s = 1 / calls_per_s if calls_per_s else 0.0
        self.gap_s = self._least_gap_s = self._whole_gap_s
        """Seconds between the starts of two calls."""
        self._at_once: float | None = None
        """None: as many as there are."""
        self._most = 1
        self._lent: int | None = None
        """No more than this, while others make the rest of the calls."""
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._next_start = 0.0
        self._slowed_at = float("-inf")
        self._counted_from = float("-inf")
        self._counted = 0
        self._now = now
        self._sleep = sleep

    @property
    def at_once(self) -> int | None:
        """Calls that may be under way now; None: no limit."""
        return None if self._at_once is None else max(1, int(self._at_once))

    async def enter(self) -> None:
        """Wait until one more call may start."""
        while self._is_full():
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            try:
                await waiter
            except BaseException:
                if waiter.done() and not waiter.cancelled():
                    self._wake()  # it was our turn; it is the next one's now
                raise
            finally:
                if waiter in self._waiting:
                    self._waiting.remove(waiter)
        self._running += 1
        if self.gap_s:
            now = self._now()
            start = max(now, self._next_start)
            self._next_start = start + self.gap_s
            if start > now:
                try:
                    await self._sleep(start - now)
                except BaseException:
                    self.leave()
                    raise

    def _is_full(self) -> bool:
        if self._lent is not None and self._running >= self._lent:
            return True
        return self._at_once is not None and self._running >= max(1, int(self._at_once))

    async def lend(self, left: int, share: float) -> None:
        """
        Let no more than so many calls be under way, since others make the rest; waits until no more are.

        Args:
            share: of the calls in a second that are left, above 0.
        """
        self._lent = left
        self._least_gap_s = self._whole_gap_s / share
        self.gap_s = max(self.gap_s, self._least_gap_s)
        while self._running > left:
            await self._sleep(LENT_LOOK_S)

    def take_back(self) -> None:
        """Others make none any more."""
        self._lent = None
        self._be_as_fast_as_allowed()
        self._wake_all()

    def speed_up(self, times: float) -> None:
        """Let so many times as many calls follow each other in a second; nothing is lent."""
        self._whole_gap_s /= times
        self._be_as_fast_as_allowed()

    def _be_as_fast_as_allowed(self) -> None:
        if self.gap_s <= self._least_gap_s:  # else the neighbour asked for more
            self.gap_s = self._whole_gap_s
        self._least_gap_s = self._whole_gap_s

    def leave(self) -> None:
        """A call ended."""
        self._running -= 1
        if self._waiting:
            self._wake()

    def count(self, now: float) -> None:
        """A call starts: what the rate is measured by."""
        if now - self._counted_from > LOOKS_BACK_S:
            self._counted_from, self._counted = now, 0
        self._counted += 1

    def went_well(self) -> None:
        """A call was answered: come back a little."""
        if self._at_once is not None:
            self._at_once += 1 / self._at_once
            if self._at_once >= self._most:
                self._at_once = None
                self._wake_all()
            elif self._waiting:
                self._wake()
        if self.gap_s > self._least_gap_s:
            shrunk = self.gap_s * GAP_SHRINKS
            self.gap_s = max(shrunk, self._least_gap_s) if shrunk > 0.002 else self._least_gap_s

    def slow_down(self, started: float) -> bool:
        """
        Halve the calls at once and per second.

        Args:
            started: when the call that was turned away began; one that began before the last halving says nothing new.

        Returns:
            Whether anything was halved.
        """
        if started < self._slowed_at:
            return False
        now = self._now()
        self._slowed_at = now
        before = self._running if self._at_once is None else int(self._at_once)
        self._most = max(before, 1) if self._at_once is None else self._most
        self._at_once = max(1.0, before / 2)
        passed = max(now - self._counted_from, 0.1)
        rate = self._counted / passed
        halved = 2 / rate if rate else 0.0
        self.gap_s = min(max(halved, 2 * self.gap_s), SLOWEST_GAP_S)
        return True

    def _wake(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _wake_all(self) -> None:
        while self._waiting:
            self._wake()
