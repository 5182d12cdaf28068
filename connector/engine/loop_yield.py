"""Lets long work in the event loop yield now and then, so that everything else in the loop goes on."""

from __future__ import annotations

import asyncio


class LoopYield:
    """
    Lets the loop pass once so much was worked on since it did.

    Args:
        after: amount of work, such as characters, between two passes; a piece of it that is larger has one behind it.
    """

    def __init__(self, after: int) -> None:
        self._after = after
        self._worked = 0

    async def worked(self, amount: int) -> None:
        """So much more was worked on."""
        self._worked += amount
        if self._worked >= self._after:
            self._worked = 0
            await asyncio.sleep(0)
