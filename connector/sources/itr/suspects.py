"""Asks for one record that its list lacks: what its own answer proves, and what it leaves to a person or to a later run."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from connector.errors import BROKEN_OFF, ListingIncomplete, RecordGone, RecordHidden, RecordInvalid
from connector.ports.source import Verdict
from connector.sources.itr.absence import Absences
from connector.sources.itr.entries import Entries
from connector.sources.itr.kinds import CLIENT, GENERATED_REPORTS, SESSIONS, Place
from connector.sources.itr.listing import key_of
from connector.sources.itr.not_found_proof import Doubt, NotFoundProof
from connector.sources.itr.records import Records
from connector.sources.itr.rows import Rows
from connector.sources.itr.same_answer import Told
from connector.sources.itr.wire import GeneratedReport, Record, Row, Session, Unreadable

LATER = "if a complete listing an hour after the first one lacks it as well, you are asked"
LISTED = "ITR answers 404 for it, but lists it; if the list of the next run lacks it as well, that decides"
UNSEEN = "ITR answers 404 for it, but its list shows nothing around it that somebody else manages, so this one may only be hidden"


class Suspects:
    """The suspects of one source."""

    def __init__(
        self,
        records: Records,
        rows: Rows,
        absences: Absences,
        proof: NotFoundProof,
        entries: Entries,
    ) -> None:
        self._records = records
        self._rows = rows
        self._by_key: dict[str, dict[str, Record | Unreadable]] = {}
        self._listed: dict[str, set[bytes]] = {}
        """By kind, the 16 bytes of all keys of this run's list."""
        self._absences = absences
        self._proof = proof
        self._entries = entries

    def forget(self) -> None:
        """Begin a run."""
        self._by_key.clear()
        self._listed.clear()

    async def ask(self, place: Place, scope_key: str, native: str) -> Verdict:
        """
        Ask for one record.

        A record whose own answer can prove something (`Place.proves_itself`) is gone if it answers 404, had answered 200 to this account
        before, a witness confirms it (`not_found_proof`), and the list, asked for that one, lacks it; where rights filter, this run's list
        has to lack it, too, and one answer of it beside what somebody else manages (`same_answer`). If the 404 proves nothing, the record waits until two complete listings an hour apart lack it; it is not asked for again before, and then a person
        decides.

        A record that is served from a cache, or stands in the master database, is looked up in its list instead: it is there while
        the list holds it, also where the settings leave it out. It is gone after two complete listings an hour apart lack it and the
        list, asked for its key, has no row at this moment either. If the list holds nothing at all any more, a person decides.
        """
        if not place.proves_itself:
            return await self._look_in_list(place, scope_key, native)
        linked = self._records.answered(place, native)
        if place.kind is GENERATED_REPORTS and not linked:
            return self._doubt(scope_key, native, "the session that it was made for is not known")
        if self._absences.waits(scope_key, native) and (
            linked is None or not await self._proof.is_possible(place.kind)
        ):
            return Verdict(absent=True, unsure=f"ITR answered 404 for it, which proves nothing; {LATER}")
        try:
            record = await self._records.read(place, native, linked or "")
        except RecordGone:
            return await self._judge_404(place, scope_key, native, was_there=linked is not None)
        except (RecordHidden, RecordInvalid) as error:
            return Verdict(unsure=str(error))
        try:
            session = await self._session_of(record.row)
            listed = await self._entries.listed(record, place, scope_key, session)
        except (RecordGone, RecordHidden, RecordInvalid) as error:
            return Verdict(unsure=f"the source has it, but not what it belongs to: {error}")
        return Verdict(listed=listed, names_repeat=True)

    async def _look_in_list(self, place: Place, scope_key: str, native: str) -> Verdict:
        """Ask the list about what proves nothing by its own answer."""
        if not self._absences.lasts(scope_key, native):
            row = await self._in_list(place, scope_key, native)
            if row is None:
                return Verdict(
                    pending=True, unsure="a second complete listing, an hour after the first, decides"
                )
            return await self._still_there(row, place, scope_key)
        if self._absences.all_gone(scope_key):
            return Verdict(absent=True, lasting=True, unsure="its list holds nothing at all any more")
        try:
            row = await self._rows.one(place, native)
        except (ListingIncomplete, RecordHidden) as error:
            return Verdict(unsure=str(error))
        if row is None:
            return Verdict(gone=True)
        self._absences.saw(scope_key, native)
        return await self._still_there(row, place, scope_key)

    async def _still_there(self, row: Record | Unreadable, place: Place, scope_key: str) -> Verdict:
        if isinstance(row, Unreadable):
            return Verdict(unsure=f"its row cannot be read: {row.problem}")
        return Verdict(listed=await self._entries.listed(row, place, scope_key, None), names_repeat=True)

    async def _judge_404(self, place: Place, scope_key: str, native: str, *, was_there: bool) -> Verdict:
        """
        Say what a record's own 404 proves.

        Args:
            was_there: this account had a 200 for it.
        """
        if not was_there:
            return self._doubt(
                scope_key, native, "ITR answers 404 for it, but it never answered 200 to this account"
            )
        doubt = await self._proof.doubt(place.kind)
        if doubt is None and place.kind.own_objects and await self._is_listed(place, native):
            return Verdict(unsure=LISTED)
        if doubt is None and place.kind.own_objects:
            return await self._judge_by_list(place, scope_key, native)
        if doubt is None:
            return await self._judge_by_row(place, native)
        words = f"ITR answers 404 for it, but {doubt.value}"
        return Verdict(unsure=words) if doubt is Doubt.NEW_RIGHTS else self._doubt(scope_key, native, words)

    async def _judge_by_list(self, place: Place, scope_key: str, native: str) -> Verdict:
        """Say what a 404 proves where rights filter: that, and the list with others' records, may be of processes that know other rights."""
        try:
            told = await self._proof.same_answer.tells(place.kind, native)
        except (ListingIncomplete, RecordHidden) as error:
            return Verdict(unsure=str(error))
        if told is Told.NOTHING:
            return self._doubt(scope_key, native, UNSEEN)
        return Verdict(gone=True) if told is Told.LACKS else Verdict(unsure=LISTED)

    async def _judge_by_row(self, place: Place, native: str) -> Verdict:
        """Say what a 404 proves where rights do not filter: nothing, while the list has the record when it is asked for that one."""
        try:
            row = await self._rows.one(place, native)
        except (ListingIncomplete, RecordHidden) as error:
            return Verdict(unsure=str(error))
        return Verdict(gone=True) if row is None else Verdict(unsure=LISTED)

    async def _is_listed(self, place: Place, native: str) -> bool:
        """
        Whether this run's list of a kind holds a record that answers 404.

        Each process of the server keeps rights for a while of its own (observed): one may hide what the others, and so the witness, show.
        """
        if place.kind.name not in self._listed:
            keys: set[bytes] = set()
            try:
                async for rows, _ in self._rows.pages(place):
                    keys.update(UUID(key_of(row)).bytes for row in rows)
            except BROKEN_OFF:
                return False
            self._listed[place.kind.name] = keys
        return UUID(native).bytes in self._listed[place.kind.name]

    async def _in_list(self, place: Place, scope: str, native: str) -> Record | Unreadable | None:
        """The row of a record in its list, where that can be read to its end."""
        if scope not in self._by_key:
            found: dict[str, Record | Unreadable] = {}
            try:
                async for rows, _ in self._rows.pages(place):
                    found.update((key_of(row), row) for row in rows)
            except (ListingIncomplete, RecordHidden):
                return None
            self._by_key[scope] = found
        return self._by_key[scope].get(native)

    def _doubt(self, scope: str, native: str, words: str) -> Verdict:
        """Say of what is absent without proof how it goes on."""
        if self._absences.lasts(scope, native):
            return Verdict(absent=True, lasting=True, unsure=words)
        return Verdict(absent=True, unsure=f"{words}; {LATER}")

    async def _session_of(self, row: Row) -> Session | None:
        """The session that a generated report was made for; None for everything else."""
        if not isinstance(row, GeneratedReport):
            return None
        sessions = Place(kind=SESSIONS, database=CLIENT)
        return cast(Session, (await self._records.read(sessions, str(row.linked_object_id), "")).row)
