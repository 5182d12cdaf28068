"""
Until when calls may take: like `asyncio.timeout`, at a quarter of its price, and moved for free.

A source is read in thousands of short calls, and each byte of a long one moves its end: instead of a timer for each call
one timer looks at all of them, a few times within the shortest wait.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from connector.http.exchange import TimedOut

TOO_SLOW = "no data came, or it came too slowly"


class Deadlines:
    """
    The calls of one transport.

    Args:
        wait_s: the shortest wait; ends are kept to a fifth of it, or to a second.
    """

    def __init__(self, wait_s: float) -> None:
        self._pause_s = min(1.0, wait_s / 5)
        self._calls: set[Deadline] = set()
        self._timer: asyncio.TimerHandle | None = None

    def within(self, seconds: float) -> Deadline:
        """A call that has to end within so many seconds from now."""
        return Deadline(self, seconds)

    def add(self, call: Deadline) -> None:
        """Look at a call from now on."""
        self._calls.add(call)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._pause_s, self._look)

    def remove(self, call: Deadline) -> None:
        """A call ended."""
        self._calls.discard(call)

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for call in self._calls:
            if call.end <= now:
                call.expire()
        self._timer = loop.call_later(self._pause_s, self._look) if self._calls else None


class Deadline:
    """
    One call; `end` may be moved while it runs.

    Raises:
        TimedOut: at the end of its `with`.
    """

    __slots__ = ("_all", "_cancelling", "_expired", "_seconds", "_task", "end")

    def __init__(self, calls: Deadlines, seconds: float) -> None:
        self._all = calls
        self._seconds = seconds
        self._expired = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self.end = task.get_loop().time() + self._seconds
        self._all.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._all.remove(self)
        # as asyncio.timeout does it: who is cancelled by somebody else as well stays cancelled
        if self._expired and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimedOut(TOO_SLOW) from error

    def expire(self) -> None:
        """Cancel the call, once."""
        if not self._expired:
            self._expired = True
            self._task.cancel()
