"""
The reports that were made for sessions. There is no list of all: each session is asked for its own.

A full run asks for every session. A delta asks for those whose reports may have changed: new and changed sessions, those
that the audit trail names, those that lacked a report last time, and a share of the rest that are done or had one in turn; of all others the rows of
last time stand for the list. Within one run no session is asked for twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any, cast

import msgspec

from connector.errors import (
    BROKEN_OFF,
    ConnectorError,
    ListingIncomplete,
    RecordGone,
    RecordHidden,
    RecordInvalid,
    SourceRefused,
    SourceUnavailable,
)
from connector.ports.source import SourceNotes
from connector.sources.itr import wire
from connector.sources.itr.account import quote_key
from connector.sources.itr.audit_trail import AuditHints
from connector.sources.itr.detail_rotation import DetailRotation
from connector.sources.itr.kinds import CLIENT, GENERATED_REPORTS, Place
from connector.sources.itr.listing import Listing, Lists, is_nameless, key_of
from connector.sources.itr.records import Records, answered_in
from connector.sources.itr.wire import ZERO, GeneratedReport, Record, Session, Unreadable
from connector.sources.itr.words import DONE

NOTE = "reports"
IN_VAIN = 20
"""So many sessions in a row that cannot be asked: then it is not they, and no other is asked."""
_pack = msgspec.msgpack.Encoder().encode
NO_ROWS = _pack([])
_unpack = msgspec.msgpack.Decoder(list[GeneratedReport]).decode

Reports = tuple[list[Record | Unreadable], Session | Unreadable]
"""The reports of one session."""


class ReportLists:
    """
    The reports of one account's sessions in one run.

    Args:
        records: of the same account. Fields of reports that the settings name are not kept, so that with them every session is asked for in
            every run, and what was kept stands in for a session that cannot be asked only.
        forgotten: which of some records a person had erased, by their keys.
    """

    def __init__(
        self,
        lists: Lists,
        notes: SourceNotes,
        hints: AuditHints,
        records: Records,
        turns: DetailRotation,
        forgotten: Callable[[Collection[str]], Collection[str]],
    ) -> None:
        self._lists = lists
        self._notes = notes
        self._hints = hints
        self._records = records
        self._names = records.names(GENERATED_REPORTS)
        self._turns = turns
        self._forgotten = forgotten
        self.in_turn = 0
        """Sessions of this run that were asked for because it was their turn."""
        self._sessions: dict[str, str] = {}
        """Of new reports the key of the session that listed them, in this run."""
        self._odd: dict[str, str] = {}
        """By session why a row of its list is left out in this run."""

    def forget(self) -> None:
        """Begin a run."""
        self.in_turn = 0
        self._sessions.clear()
        self._odd.clear()

    async def of_all(self, sessions: Listing) -> AsyncIterator[Reports]:
        """
        List the reports of every session that has any; of one that cannot be asked, as they were listed last.

        Raises:
            ListingIncomplete: after all that could be listed: one could not be asked, or no sign that ITR's database was well to the end.
            SourceUnavailable, SourceRefused, RecordHidden: after all that was listed last: many in a row could not.
        """
        unasked, in_a_row = "", 0
        in_vain: ConnectorError | None = None
        for page in sessions.pages():
            for session in page:
                rows = None
                if in_vain is None:
                    try:
                        rows = await self._of(session)
                        in_a_row = 0
                    except BROKEN_OFF as error:
                        in_a_row += 1
                        in_vain = error if in_a_row >= IN_VAIN else None
                        unasked = (
                            unasked
                            or f"the reports of the session {key_of(session)} cannot be listed: {error}"
                        )
                if rows is None:  # its list is not needed to tell who manages it now
                    rows = self._kept(key_of(session), b"")[0] or []
                if odd := self._odd.get(key_of(session)):
                    rows = [*rows, wire.nameless(odd)]
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
            await asyncio.sleep(0)  # a page of sessions that need no call is worked on without a pause
        if in_vain is not None:
            raise in_vain
        if unasked:
            raise ListingIncomplete(unasked)
        if not await self._lists.is_well(CLIENT):
            raise ListingIncomplete("ITR's lists of reports ended, but nothing shows that its database works")

    async def _of(self, session: Record | Unreadable) -> list[Record | Unreadable]:
        key = key_of(session)
        mark = session.row.digest() if isinstance(session, Record) else session.digest
        kept, changed, run = self._kept(key, mark)
        if kept is not None and run == self._turns.reading.run and not self._names:
            return kept
        if isinstance(session, Record) and not self._names and not self._turns.reading.thorough:
            done = cast(Session, session.row).status in DONE
            in_turn = bool(kept is not None and self._turns.due(key) and (done or kept))
            if not (in_turn or changed or self._hints.of(key)):
                return kept or []
            self.in_turn += in_turn
        rows = await self._own_of(key, await self._ask(key), kept or [])
        plain: list[Any] = [row.row for row in rows if isinstance(row, Record)]
        if len(plain) == len(rows):
            lacks = {row.row.key for row in kept or () if isinstance(row, Record)} - {
                row.key for row in plain
            }
            # a right may have kept it from the list: without a mark the session is asked again by the next run
            forgotten = self._forgotten([row.key for row in plain]) if plain else ()
            told = [row for row in plain if row.key not in forgotten]
            again = lacks or key in self._odd or len(told) < len(plain)
            self._notes.put(NOTE, key, _pack(told), mark=b"" if again else mark, run=self._turns.reading.run)
        return rows

    async def _own_of(
        self, session: str, rows: list[Record | Unreadable], kept: list[Record | Unreadable]
    ) -> list[Record | Unreadable]:
        """
        Leave out the rows of a session under the id of another row, or of a report of another session: such a one may be any that was listed
        here before, so that these stand in for what is lacking.
        """
        by_key = {key_of(row): row for row in rows}
        several = {key_of(row) for row in rows if row != by_key[key_of(row)]} - {""}
        before = {key_of(row) for row in kept}
        own: list[Record | Unreadable] = [row for row in rows if is_nameless(row)]
        for key, row in by_key.items():
            if not key:
                continue
            if key in several:
                self._odd[session] = f"the id {key}, which several rows have, is not theirs"
            elif _session_in(row) not in {session, str(ZERO)} or not (
                key in before or await self._is_of(session, key)
            ):
                self._odd[session] = (
                    f"the id {key} in the session {session} is that of a report of another session"
                )
            else:
                own.append(row)
        if session in self._odd:
            listed = {key_of(row) for row in own}
            own += [row for row in kept if key_of(row) not in listed]
        return own

    async def _is_of(self, session: str, key: str) -> bool:
        """Whether a report is of the session that lists it: where another one had it, its own answer decides."""
        place = Place(kind=GENERATED_REPORTS, database=CLIENT)
        first, before = self._sessions.setdefault(key, session), self._records.answered(place, key)
        if first == session and before in {None, session}:
            return True
        try:
            report = cast(GeneratedReport, (await self._records.read(place, key, session)).row)
        except (RecordGone, RecordHidden, RecordInvalid, SourceUnavailable, SourceRefused):
            return False
        if str(report.linked_object_id) != session:
            return False
        self._sessions[key] = session
        for former in {first, before or session} - {session}:
            self._take_from(former, key)
        return True

    def _take_from(self, session: str, key: str) -> None:
        """A report is of another session by now: what is kept of this one tells of it no more, and it is asked again."""
        note = self._notes.get(NOTE, session)
        rows = [] if note is None else _unpack(note.value)
        if any(row.key == key for row in rows):
            self._notes.put(NOTE, session, _pack([row for row in rows if row.key != key]))

    async def one(self, key: str) -> Record | Unreadable | None:
        """
        Ask for a report in the list of the session in whose place it answered last, at this moment.

        Raises:
            ListingIncomplete, SourceUnavailable, SourceRefused, RecordHidden: no answer, or one with a row without a key: it may be this one.
        """
        session = self._records.answered(Place(kind=GENERATED_REPORTS, database=CLIENT), key)
        rows = await self._ask(session) if session else []
        if nameless := next(filter(is_nameless, rows), None):
            raise ListingIncomplete(f"the session {session} lists a report without an id: {nameless.problem}")
        return next((row for row in rows if key_of(row) == key), None)

    async def _ask(self, session: str) -> list[Record | Unreadable]:
        path = f"/generatedreports/{quote_key(session)}"
        return await self._lists.at_once(path, "/generatedreports", GeneratedReport, self._names)

    def drop(self, session: str) -> None:
        """Keep no titles of the reports of a session that seems to be gone; if it comes back it is asked."""
        _drop(self._notes, session)

    def _kept(self, key: str, mark: bytes) -> tuple[list[Record | Unreadable] | None, bool, int]:
        """The rows of last time, whether the session has changed since, and the run that read them."""
        note = self._notes.get(NOTE, key)
        if note is None:
            return None, True, -1
        return [Record(row) for row in _unpack(note.value)], note.mark != mark, note.run


def erase(notes: SourceNotes, key: str) -> None:
    """Keep no titles of the reports of the session in whose place a report answered: it is asked for the others again."""
    if session := answered_in(notes, Place(kind=GENERATED_REPORTS, database=CLIENT), key):
        _drop(notes, session)


def _drop(notes: SourceNotes, session: str) -> None:
    note = notes.get(NOTE, session)
    if note is not None and note.value != NO_ROWS:
        notes.put(NOTE, session, NO_ROWS)


def _session_in(row: Record | Unreadable) -> str:
    """The session that a row of a report names, zeros where it names none."""
    report = row.row if isinstance(row, Record) else row.as_far_as_told(GeneratedReport)
    return str(cast(GeneratedReport, report).linked_object_id)
