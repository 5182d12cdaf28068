"""The workers of one walk: so many for each call that its source makes at once, and more as soon as it makes more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from connector.engine.task_group import first_of

FOR_EACH_CALL = 2
"""One waits for an answer while another works on its page."""


class Hands:
    """Of one source."""

    def __init__(self, calls: int) -> None:
        """
        Args:
            calls: at once.
        """
        self.turns = asyncio.Semaphore(calls)
        """Documents that are made at the same time, over all containers."""
        self._at_work = asyncio.Semaphore(calls * FOR_EACH_CALL)
        self._most = calls

    def may_become(self, calls: int) -> None:
        """The source may come to make so many calls at once: to be said before any work."""
        self._most = max(self._most, calls)

    def take_more(self, calls: int) -> None:
        """The source makes so many more calls at once from now on."""
        for _ in range(calls):
            self.turns.release()
        for _ in range(calls * FOR_EACH_CALL):
            self._at_work.release()

    async def work(self, work: Callable[[], Awaitable[None]]) -> None:
        """
        Have all of them work, each until it finds nothing left.

        Raises:
            What the first of them raises.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._most * FOR_EACH_CALL):
                    group.create_task(self._work(work))
        except BaseExceptionGroup as errors:
            raise first_of(errors) from errors

    async def _work(self, work: Callable[[], Awaitable[None]]) -> None:
        async with self._at_work:
            await work()
