"""The rows of a kind of record to their end; generated reports session by session, since there is no list of all."""

from __future__ import annotations

from collections.abc import AsyncIterator

from connector.errors import ListingIncomplete
from connector.sources.itr.kinds import CLIENT, GENERATED_REPORTS, SESSIONS, Place
from connector.sources.itr.list_cache import ListCache
from connector.sources.itr.reports import ReportLists, Reports
from connector.sources.itr.wire import Record, Session, Unreadable


class Rows:
    """The rows of one source."""

    def __init__(self, list_cache: ListCache, reports: ReportLists) -> None:
        self._list_cache = list_cache
        self._reports = reports

    async def pages(
        self, place: Place
    ) -> AsyncIterator[tuple[list[Record | Unreadable], Session | Unreadable | None]]:
        """Read the rows of a kind to their end; reports with the session they were made for."""
        if place.kind is GENERATED_REPORTS:
            async for rows, session in self.of_sessions():
                yield rows, session
            return
        for rows in (await self._list_cache.read(place.kind, place.database)).pages():
            yield rows, None

    async def one(self, place: Place, key: str) -> Record | Unreadable | None:
        """Ask a list for one row by its key, at this moment; for a report that of the session that it was made for."""
        if place.kind is GENERATED_REPORTS:
            return await self._reports.one(key)
        return await self._list_cache.one(place.kind, place.database, key)

    async def of_sessions(self) -> AsyncIterator[Reports]:
        """List the reports of every session: there is no list of all."""
        sessions = await self._list_cache.read(SESSIONS, CLIENT)
        async for one in self._reports.of_all(sessions):
            yield one
        check_names(Place(kind=SESSIONS, database=CLIENT), sessions.nameless)


def check_names(place: Place, nameless: str) -> None:
    """
    Raises:
        ListingIncomplete: a list holds a row without a key.
    """
    if nameless:
        raise ListingIncomplete(
            f"ITR's list of {place.kind.plural.lower()} holds a row without a key, which may be any that seems to be missing: "
            f"{nameless}"
        )
