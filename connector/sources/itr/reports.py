"""
The reports that were made for sessions. There is no list of all: each session is asked for its own.

A full run asks for every session. A delta asks for those whose reports may have changed: new and changed sessions, those
that the audit trail names, those that lacked a report last time, and a share of the rest that are done or had one in turn; of all others the rows of
last time stand for the list. Within one run no session is asked for twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import msgspec

from connector.errors import (
    ConnectorError,
    ListingIncomplete,
    RecordHidden,
    SourceRefused,
    SourceUnavailable,
)
from connector.ports.source import SourceNotes
from connector.sources.itr import wire
from connector.sources.itr.account import quote_key
from connector.sources.itr.audit_trail import AuditHints
from connector.sources.itr.detail_rotation import DetailRotation
from connector.sources.itr.kinds import CLIENT
from connector.sources.itr.listing import Listing, Lists, key_of
from connector.sources.itr.wire import GeneratedReport, Record, Session, Unreadable
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
        names: fields that the settings name; they are not kept, so that with them every session is asked for in every run, and
            what was kept stands in for a session that cannot be asked only.
    """

    def __init__(
        self,
        lists: Lists,
        notes: SourceNotes,
        hints: AuditHints,
        names: tuple[str, ...],
        turns: DetailRotation,
    ) -> None:
        self._lists = lists
        self._notes = notes
        self._hints = hints
        self._names = names
        self._turns = turns
        self.in_turn = 0
        """Sessions of this run that were asked for because it was their turn."""

    def forget(self) -> None:
        """Begin a run."""
        self.in_turn = 0

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
                    except (SourceUnavailable, SourceRefused, RecordHidden, ListingIncomplete) as error:
                        in_a_row += 1
                        in_vain = error if in_a_row >= IN_VAIN else None
                        unasked = (
                            unasked
                            or f"the reports of the session {key_of(session)} cannot be listed: {error}"
                        )
                if rows is None:  # its list is not needed to tell who manages it now
                    rows = self._kept(key_of(session), b"")[0] or []
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
        rows = await self._lists.at_once(
            f"/generatedreports/{quote_key(key)}", "/generatedreports", GeneratedReport, self._names
        )
        plain: list[Any] = [row.row for row in rows if isinstance(row, Record)]
        if len(plain) == len(rows):
            lacks = {row.row.key for row in kept or () if isinstance(row, Record)} - {
                row.key for row in plain
            }
            # a right may have kept it from the list: without a mark the session is asked again by the next run
            self._notes.put(NOTE, key, _pack(plain), mark=b"" if lacks else mark, run=self._turns.reading.run)
        return rows

    def drop(self, session: str) -> None:
        """Keep no titles of the reports of a session that seems to be gone; if it comes back it is asked."""
        note = self._notes.get(NOTE, session)
        if note is not None and note.value != NO_ROWS:
            self._notes.put(NOTE, session, NO_ROWS)

    def _kept(self, key: str, mark: bytes) -> tuple[list[Record | Unreadable] | None, bool, int]:
        """The rows of last time, whether the session has changed since, and the run that read them."""
        note = self._notes.get(NOTE, key)
        if note is None:
            return None, True, -1
        return [Record(row) for row in _unpack(note.value)], note.mark != mark, note.run
