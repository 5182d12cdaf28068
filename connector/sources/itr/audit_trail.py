"""
Learns from the audit trail which sessions changed without their row; a hint only, never needed.

The trail has rows for saved sessions and their tests, and none for anything else (read in the vendor's code).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from connector.document.durations import HOUR_S
from connector.errors import ListingIncomplete, RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.ports.source import SourceNotes
from connector.sources.itr import wire
from connector.sources.itr.kinds import CLIENT
from connector.sources.itr.listing import PAGE, Lists, key_of, readable
from connector.sources.itr.wire import Audit

NOTE = "audit"
PLAIN = re.compile(r"[-+:.TZ0-9]+")
OVERLAP_S = HOUR_S
"""How far back the first look goes."""


class AuditHints:
    """The sessions that the audit trail names since it was last read."""

    def __init__(self, lists: Lists, notes: SourceNotes, clock: Callable[[], float]) -> None:
        self._lists = lists
        self._notes = notes
        self._clock = clock
        self._changed: dict[str, str] = {}

    def forget(self) -> None:
        """Begin a run."""
        self._changed.clear()

    def of(self, session: str) -> str:
        """When a session changed last, as far as the trail was read; empty for all others."""
        return self._changed.get(session, "")

    async def read(self, *, run: int) -> None:
        """
        Read what came since the last time; whatever goes wrong, there are no hints then.

        Oldest first, and without a proof of the end: what a cut page lacks comes the next time.
        """
        note = self._notes.get(NOTE, "since")
        now = self._clock()
        before = _sendable(note.value.decode()) if note else None
        # a moment that lies in the future would let nothing be read any more
        begin = min(before.timestamp(), now) if before else now - OVERLAP_S
        since = note.value.decode() if note and before and begin < now else _stamp(begin)
        newest, number, more = since, 0, True
        seen: set[str] = set()
        try:
            while more:
                rows = await self._lists.page(
                    "/audittrail",
                    Audit,
                    (CLIENT,),
                    number=number,
                    where=f"CreateDate>={since}",
                    sort="CreateDate,ID",
                )
                for row in readable(rows[CLIENT]):
                    audit = cast(Audit, row)
                    at = _sendable(audit.create_date)
                    if at is not None and at.timestamp() <= now:
                        newest = max(newest, audit.create_date)
                    if audit.session_id is not None:
                        session = str(audit.session_id)
                        self._changed[session] = max(self._changed.get(session, ""), audit.create_date)
                fresh = {key_of(row) for row in rows[CLIENT]} - seen
                seen |= fresh
                # a page that was there before comes again and again: the trail has no end
                number, more = number + 1, bool(fresh) and len(rows[CLIENT]) >= PAGE
        except (SourceUnavailable, SourceRefused, ListingIncomplete, RecordHidden, RecordGone):
            self._changed.clear()
            return
        self._notes.put(NOTE, "since", newest.encode(), run=run)


def _sendable(value: str) -> datetime | None:
    """Read a time that can go back in a filter as it is."""
    return wire.moment(value) if PLAIN.fullmatch(value) else None


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
