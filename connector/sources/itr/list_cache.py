"""
The lists that a run has read: each once, for all who need it (names, audiences, people, documents).

A list is read in steps under its own lock, and no lock is held between two steps, so that whoever waits for a
long one can stop. A delta trusts a list that holds the very rows of one whose end was proven in an earlier run.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import msgspec

from connector.errors import ListingIncomplete
from connector.ports.source import SourceNotes
from connector.sources.itr.kinds import Kind
from connector.sources.itr.listing import Listing, Lists, Managed, Proof, key_of
from connector.sources.itr.wire import ROWS, Record, Unreadable

NOTE = "proven"


class _Reading:
    """One list of all its databases, while it is read and after."""

    def __init__(self, listings: dict[str, Listing], steps: AsyncIterator[None]) -> None:
        self.listings = listings
        self.steps = steps
        self.ended = False
        self.lock = asyncio.Lock()


class ListCache:
    """
    The lists of one account in one run.

    Args:
        fields: by kind, what the settings name besides the allow-listed fields.
        clock: seconds by a clock that nobody sets.
    """

    def __init__(
        self,
        lists: Lists,
        notes: SourceNotes,
        fields: Mapping[str, tuple[str, ...]],
        clock: Callable[[], float],
    ) -> None:
        self._lists = lists
        self._notes = notes
        self._fields = fields
        self._clock = clock
        self._trusting = False
        self._readings: dict[str, _Reading] = {}

    def forget(self, *, trusting: bool) -> None:
        """
        Begin a run.

        Args:
            trusting: whether a list that is as it was when its end was proven needs no further proof.
        """
        self._trusting = trusting
        self._readings.clear()
        self._lists.forget()

    def names(self, kind: Kind) -> tuple[str, ...]:
        """What the settings name of a kind besides the allow-listed fields."""
        return self._fields.get(kind.name, ())

    def renew(self, kind: Kind) -> None:
        """A list that was read is out of date: whoever asks next reads it anew."""
        if self.is_read(kind):
            del self._readings[kind.name]

    def is_read(self, kind: Kind) -> bool:
        """Whether a list was read to its end."""
        reading = self._readings.get(kind.name)
        return reading is not None and reading.ended

    async def step(self, kind: Kind) -> None:
        """
        Make one more call towards the end of a list.

        Raises:
            ListingIncomplete, SourceUnavailable, SourceRefused, RecordHidden: it broke off; whoever asks next begins anew.
        """
        reading = self._readings.get(kind.name)
        if reading is None:
            reading = self._readings[kind.name] = self._begin(kind)
        async with reading.lock:
            if reading.ended:
                return
            whole = False
            try:
                await anext(reading.steps)
                whole = True
            except StopAsyncIteration:
                reading.ended = whole = True
                for database, listing in reading.listings.items():
                    self._remember(kind, database, listing)
            finally:
                if not whole:  # cut off, also by a cancellation: what was read is never taken for the list
                    reading.ended = True
                    if self._readings.get(kind.name) is reading:
                        del self._readings[kind.name]

    async def read(self, kind: Kind, database: str) -> Listing:
        """
        Give a list of one database, read to its end.

        Raises:
            ListingIncomplete, SourceUnavailable, SourceRefused, RecordHidden: its end is not known.
        """
        while not self.is_read(kind):
            await self.step(kind)
        listing = self._readings[kind.name].listings[database]
        if listing.trouble is not None:
            raise listing.trouble
        return listing

    async def prove(self, kind: Kind, database: str) -> Listing:
        """
        Give a list of one database whose end was proven in this very run.

        Raises:
            ListingIncomplete, SourceUnavailable, SourceRefused, RecordHidden: it cannot be.
        """
        listing = await self.read(kind, database)
        async with self._readings[kind.name].lock:
            if not listing.proven:
                path, names = f"/{kind.name}", self.names(kind)
                async for _ in self._lists.prove(path, ROWS[kind.name], database, listing, names=names):
                    pass
                self._remember(kind, database, listing)
        return listing

    async def one(self, kind: Kind, database: str, key: str) -> Record | Unreadable | None:
        """
        Ask a list for one row by its key, at this moment: listings of pages that shift may miss it, each by another accident.

        Raises:
            ListingIncomplete, SourceUnavailable, SourceRefused, RecordHidden: no answer, or one that is of another record: it may be this one.
        """
        names, row, path = self.names(kind), ROWS[kind.name], f"/{kind.name}"
        rows = (await self._lists.page(path, row, (database,), names=names, where=f"ID={key}"))[database]
        if not rows:
            await self._lists.check_lacks(path, row, database, key)
        elif key not in map(key_of, rows):
            raise ListingIncomplete(
                f"ITR's list {path} was asked for one record, and gives it under another id ({key_of(rows[0]) or 'none'})"
            )
        return next((one for one in rows if key_of(one) == key), None)

    async def managed(self, kind: Kind, where: str, sort: str) -> list[Managed]:
        """Ask the company's list at this moment for one page, and who manages its rows; raises as `one`."""
        return await self._lists.managed(kind.name, where, sort)

    def _begin(self, kind: Kind) -> _Reading:
        began = self._clock()
        row = ROWS[kind.name]
        listings = {database: Listing(row, began=began) for database in kind.databases}
        trusted = {
            database: proof
            for database in kind.databases
            if self._trusting and (proof := self._recall(kind, database)) is not None
        }
        names = self.names(kind)
        return _Reading(
            listings, self._lists.read(f"/{kind.name}", row, listings, names=names, trusted=trusted)
        )

    # -- what earlier runs proved -------------------------------------------------------------

    def _recall(self, kind: Kind, database: str) -> Proof | None:
        note = self._notes.get(NOTE, f"{kind.name}/{database}")
        return None if note is None else msgspec.msgpack.decode(note.value, type=Proof)

    def _remember(self, kind: Kind, database: str, listing: Listing) -> None:
        if listing.proven and listing.proof != self._recall(kind, database):
            self._notes.put(NOTE, f"{kind.name}/{database}", msgspec.msgpack.encode(listing.proof))
