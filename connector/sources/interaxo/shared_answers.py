"""What was answered in one run, and when it was asked for: whoever waits for the same answer shares it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Generic, TypeVar

from connector.errors import ConnectorError

T = TypeVar("T")


class SharedAnswers(Generic[T]):
    """The answers of one run, by key: each counts for whoever needs one that was asked for after a moment which it names."""

    def __init__(self) -> None:
        self._moments = count(1)
        self._last: dict[str, tuple[int, T | ConnectorError]] = {}
        """The moment at which it was asked for, and what was answered, or raised."""
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def open(self) -> None:
        """A new run."""
        self._last.clear()
        self._asking.clear()

    def moment(self) -> int:
        """Now; later than every moment before."""
        return next(self._moments)

    async def after(self, since: int, key: str, ask: Callable[[], Awaitable[T]]) -> T:
        """
        The answer to a question that was asked after a moment; by somebody else, where he did.

        Raises:
            ConnectorError: as `ask` did.
        """
        async with self._asking[key]:
            asked, answer = self._last.get(key, (0, None))
            if answer is None or asked <= since:
                asked = self.moment()
                try:
                    answer = await ask()
                except ConnectorError as error:
                    answer = error
                self._last[key] = (asked, answer)
        if isinstance(answer, ConnectorError):
            raise answer
        return answer
