"""
Whether the room or folder in which an item answered 404 still answers itself. Only then is the 404 a proof that the item is gone.

It has to answer after the 404: an earlier answer says nothing of a room that lost its short name since, or of a host that began to
answer 404 to everything.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from itertools import count

from connector.errors import RecordGone, RecordHidden, SourceRefused, SourceUnavailable


class ParentCheck:
    """What answered for itself in one run, and when; whoever waits for the same answer shares it."""

    def __init__(self) -> None:
        self._moments = count(1)
        self._stood: dict[str, int] = {}
        """By key, the moment at which it was asked last and answered."""
        self._fallen: set[str] = set()
        """Keys that did not answer; they are not asked again in this run."""
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def open(self) -> None:
        """A new run."""
        self._stood.clear()
        self._fallen.clear()
        self._asking.clear()

    def moment(self) -> int:
        """Now; later than every moment before."""
        return next(self._moments)

    async def holds(self, key: str, since: int, ask: Callable[[], Awaitable[object]]) -> bool:
        """
        Whether something answers for itself, asked after a moment.

        Args:
            ask: raises what a source raises where it does not.
        """
        async with self._asking[key]:
            if key not in self._fallen and self._stood.get(key, 0) <= since:
                asked = self.moment()
                try:
                    await ask()
                except (RecordGone, RecordHidden, SourceRefused, SourceUnavailable):
                    self._fallen.add(key)
                else:
                    self._stood[key] = asked
            return key not in self._fallen
