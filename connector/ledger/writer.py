"""
Writes what becomes of batches beside the walk, which goes on meanwhile.

A server takes some 10 ms to write a batch of 100 documents, and whoever asks it something through the same connection waits
for that. So batches go through a connection of their own, in a thread of their own, one after the other as they are handed
in. A file is written on the spot: it has one writer at a time, and whoever reads it waits for nobody.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeVar

from connector.ledger.part import Database
from connector.ledger.trouble import again_if_undone

T = TypeVar("T")
SWITCH_S = 0.001
"""How long a thread that has its answer waits for one that computes; Python's own is 5 ms."""


class Writer:
    """Writes to one ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._beside: Database | None = None
        """The connection of the thread; the ledger's own where it needs no other."""
        self._thread: ThreadPoolExecutor | None = None

    async def write(self, work: Callable[[Database], T]) -> T:
        """
        Write something; what was handed in before is written before.

        Whoever is cancelled meanwhile ends only when it is over: afterwards the ledger tells what became of it.

        Args:
            work: is handed the connection through which it writes, and touches nothing else that changes: it is done again
                where it was undone since two were in each other's way.

        Raises:
            LedgerError: the ledger does not answer. LeaseLost: what it was written under is somebody else's now.
        """
        if self._beside is None:
            self._beside = self._database.beside()
        beside = self._beside
        if beside is self._database:
            return work(beside)
        if self._thread is None:
            sys.setswitchinterval(SWITCH_S)
            self._thread = ThreadPoolExecutor(1, "ledger-writer")
        before = beside.writes
        done = asyncio.get_running_loop().run_in_executor(
            self._thread, again_if_undone, partial(work, beside)
        )
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            while not done.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait({done})
            with suppress(Exception):
                done.result()  # of interest to nobody who is left
            raise
        finally:
            self._database.writes += beside.writes - before  # what was asked ahead may be another now

    def close(self) -> None:
        """Wait until what was begun is over, and let go of the connection."""
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)
        if self._beside is not None and self._beside is not self._database:
            self._beside.close()
