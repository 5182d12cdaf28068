"""Lets long work in the event loop yield now and then, so that everything else in the loop goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
LONG_TEXT = 100_000
"""Characters of rich text that are read before the loop goes on, a tenth of a second of the worst: a page has hundreds of texts."""


class LoopYield:
    """
    Lets the loop pass once so much was worked on since it did.

    Args:
        after: amount of work, such as characters, between two passes; a larger piece of it is done beside the loop.
    """

    def __init__(self, after: int) -> None:
        self._after = after
        self._worked = 0
        self._beside = asyncio.Lock()
        """One piece at a time: several threads would take all of the processor from the loop."""

    async def do(self, work: Callable[[], T], amount: int) -> T:
        """
        Do a piece of work.

        Args:
            work: in a thread where it is a large piece.
        """
        if amount >= self._after:
            async with self._beside:
                return await asyncio.to_thread(work)
        self._worked += amount
        if self._worked >= self._after:
            self._worked = amount
            await asyncio.sleep(0)
        return work()
