"""One pool of readers for all who read at a time: runs, and the night's OCR beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from connector.text.workers import ExtractionPool


class SharedPool:
    """
    Opened with the first who reads and closed with the last, so that the memory of all readers is bounded as a whole.

    Only for one event loop.
    """

    def __init__(self, make: Callable[[], ExtractionPool]) -> None:
        self._make = make
        self._pool: ExtractionPool | None = None
        self._users = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[ExtractionPool]:
        """Read with it."""
        self._pool = self._pool or self._make()
        pool = self._pool
        self._users += 1
        try:
            yield pool
        finally:
            self._users -= 1
            if not self._users:
                self._pool = None
                await pool.aclose()
