"""The slots of a pool: files have them, and OCR has what is left over and gives it back at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class PoolSlots:
    """
    So many slots. Who takes one waits for nobody but others who took theirs: a lent one is asked back.

    Only for one event loop.
    """

    def __init__(self, count: int) -> None:
        self._slots = asyncio.Semaphore(count)
        self._waiting = 0
        self._lent: list[asyncio.Future[None]] = []
        """What tells each borrower that its slot is wanted back, the latest last."""
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Have a slot; a borrower gives his up where there is none left."""
        self._waiting += 1
        try:
            if self._slots.locked():
                self._ask_back()
            await self._slots.acquire()
        finally:
            self._waiting -= 1
            self._freed.set()  # whoever gives up waiting may have been the last one
        try:
            yield
        finally:
            self._free()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[asyncio.Future[None]]:
        """Borrow a slot once nobody waits for one; what is given is done when it is wanted back."""
        while self._waiting or self._slots.locked():
            self._freed.clear()
            await self._freed.wait()
        await self._slots.acquire()  # at once: it was free, and nothing was waited for since
        wanted_back = asyncio.get_running_loop().create_future()
        self._lent.append(wanted_back)
        try:
            yield wanted_back
        finally:
            if wanted_back in self._lent:
                self._lent.remove(wanted_back)
            wanted_back.cancel()
            self._free()

    def _ask_back(self) -> None:
        if self._lent:
            self._lent.pop().set_result(None)

    def _free(self) -> None:
        self._slots.release()
        self._freed.set()
