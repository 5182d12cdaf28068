"""The rows of a kind of record to their end; generated reports session by session, since there is no list of all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

from connector.errors import ListingIncomplete
from connector.sources.itr import wire
from connector.sources.itr.account import quote_key
from connector.sources.itr.kinds import CLIENT, GENERATED_REPORTS, SESSIONS, Place
from connector.sources.itr.listing import Lists, key_of
from connector.sources.itr.records import Records
from connector.sources.itr.shelf import Shelf
from connector.sources.itr.wire import GeneratedReport, Record, Session, Unreadable


class Rows:
    """The rows of one source."""

    def __init__(self, shelf: Shelf, lists: Lists, records: Records) -> None:
        self._shelf = shelf
        self._lists = lists
        self._records = records

    async def pages(
        self, place: Place
    ) -> AsyncIterator[tuple[list[Record | Unreadable], Session | Unreadable | None]]:
        """Read the rows of a kind to their end; reports with the session they were made for."""
        if place.kind is GENERATED_REPORTS:
            async for rows, session in self.of_sessions():
                yield rows, session
            return
        for rows in (await self._shelf.read(place.kind, place.database)).pages():
            yield rows, None

    async def of_sessions(self) -> AsyncIterator[tuple[list[Record | Unreadable], Session | Unreadable]]:
        """List the reports of every session: there is no list of all."""
        names = self._records.names(GENERATED_REPORTS)
        sessions = await self._shelf.read(SESSIONS, CLIENT)
        for page in sessions.pages():
            for session in page:
                path = f"/generatedreports/{quote_key(key_of(session))}"
                rows = await self._lists.at_once(path, "/generatedreports", GeneratedReport, names)
                if not rows:
                    continue
                if isinstance(session, Unreadable):
                    why = f"the session it was made for cannot be read: {session.problem}"
                    yield (
                        [wire.unreadable(row.row, why) if isinstance(row, Record) else row for row in rows],
                        session,
                    )
                else:
                    yield rows, cast(Session, session.row)
        check_names(Place(kind=SESSIONS, database=CLIENT), sessions.nameless)
        if not await self._lists.is_well(CLIENT):
            raise ListingIncomplete("ITR's lists of reports ended without a sign that its database is well")


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
