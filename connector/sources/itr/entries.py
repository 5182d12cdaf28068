"""Rows made ready to be planned: with the names that they refer to, and who may see each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from heapq import nsmallest

import msgspec

from connector.document.audience import Audience
from connector.document.document import Document, Listed
from connector.engine.loop_yield import LONG_TEXT, LoopYield
from connector.errors import RecordInvalid
from connector.ports.source import Page
from connector.sources.itr.absence import Absences
from connector.sources.itr.account import Account
from connector.sources.itr.details import Details
from connector.sources.itr.directory import Directory
from connector.sources.itr.kinds import KINDS, Place
from connector.sources.itr.listing import Listing, is_nameless, key_of
from connector.sources.itr.mapping import Entry, RecordMapping, written_in
from connector.sources.itr.parts import Detail
from connector.sources.itr.people import Office
from connector.sources.itr.wire import Record, Session, Unreadable

CONSIDERED = 500
"""Records of a list among which the first that the settings do not leave out are looked for."""


class Entries:
    """Makes rows of one source ready."""

    def __init__(
        self,
        account: Account,
        mapping: RecordMapping,
        directory: Directory,
        office: Office,
        absences: Absences,
        details: Details,
    ) -> None:
        self._account = account
        self._mapping = mapping
        self._directory = directory
        self._office = office
        self._absences = absences
        self._details = details
        self._audiences: dict[str, Audience | None] = {}
        self._loop_yield = LoopYield(LONG_TEXT)

    def forget(self) -> None:
        """Begin a run."""
        self._audiences.clear()

    def show(self, scope: str, audience: Audience | None) -> None:
        """Say who may see a kind of record at most."""
        self._audiences[scope] = audience

    async def page(
        self,
        records: Sequence[Record | Unreadable],
        place: Place,
        scope: str,
        session: Session | Unreadable | None,
    ) -> Page:
        """Add to the rows of a page the names they refer to."""
        rows = []
        for record in records:
            if is_nameless(record):
                continue
            self._absences.saw(scope, key_of(record))
            if isinstance(record, Unreadable):
                audience = self._office.audience_of(record, session, self._audiences.get(scope))
                rows.append(self._mapping.unreadable(record, place.kind.name, place.database, audience))
            else:
                assert not isinstance(session, Unreadable)
                rows.append(await self.listed(record, place, scope, session))
        return Page(rows=rows)

    async def listed(self, record: Record, place: Place, scope: str, session: Session | None) -> Listed:
        related = await self._directory.related(record.row, session)
        entry = Entry(
            kind=place.kind.name,
            database=place.database,
            record=record,
            related=related,
            company=self._account.company_name,
            audience=self._office.audience_of(record.row, session, self._audiences.get(scope)),
        )
        make = partial(self._mapping.listed, entry, extra=await self._details.marks(place, record.row.key))
        listed = await self._loop_yield.do(make, written_in(entry, Detail()))
        if self._mapping.excludes(place.kind.name) and not await self._details.decides_so(
            place, record, partial(self._mapping.left_out, entry), rules=self._mapping.left_out_rules
        ):
            doubted = msgspec.structs.replace(entry, doubted=True)
            return msgspec.structs.replace(listed, left_out="", origin=doubted)
        if listed.left_out and not await self._details.confirms(place, record.row, session):
            return msgspec.structs.replace(listed, left_out="")  # it is told why when its document is made
        return listed

    async def document(self, entry: Entry) -> Document:
        """
        Fetch what a row does not tell, and map.

        Raises:
            RecordInvalid: it cannot be mapped. RecordGone: it is gone meanwhile. SourceUnavailable: later.
        """
        if entry.doubted:
            raise RecordInvalid(
                "ITR's list tells something else of this record than ITR does when it is asked for it, so that the settings would, or would not, "
                "leave it out"
            )
        place = Place(kind=KINDS[entry.kind], database=entry.database)
        detail = await self._details.of(place, entry.record.row, entry.related.session)
        make = partial(self._mapping.document, entry, detail)
        return await self._loop_yield.do(make, written_in(entry, detail))

    async def first_of(self, listing: Listing, place: Place, scope: str, most: int) -> list[str]:
        """Ids of the first documents of a list, without what the settings leave out."""
        by_id: dict[str, Record | Unreadable] = {}
        for rows in listing.pages():
            ids = {self._mapping.id_of(key_of(row), place.database): row for row in rows}
            by_id = dict(nsmallest(CONSIDERED, {**by_id, **ids}.items(), key=_first))
        found: list[str] = []
        for identifier, row in by_id.items():
            if len(found) < most and isinstance(row, Record):
                listed = await self.listed(row, place, scope, None)
                if not listed.left_out:
                    found.append(identifier)
        return found


def _first(item: tuple[str, object]) -> str:
    return item[0]
