"""
Learns from the audit trail which sessions changed without their row; a hint only, never needed.

The trail has rows for saved sessions and their tests, and none for anything else (read in the vendor's code).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from connector.errors import ListingIncomplete, RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.ports import SourceNotes
from connector.sources.itr.kinds import CLIENT
from connector.sources.itr.listing import Lists
from connector.sources.itr.wire import Audit, Unreadable

NOTE = "audit"
OVERLAP_S = 3_600.0
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
        """Read what came since the last time; whatever goes wrong, there are no hints then."""
        note = self._notes.get(NOTE, "since")
        since = note[0].decode() if note else _stamp(self._clock() - OVERLAP_S)
        newest = since
        try:
            async for page in self._lists.pages("/audittrail", Audit, CLIENT, where=f"CreateDate>={since}"):
                for record in page:
                    if isinstance(record, Unreadable):
                        continue
                    row = cast(Audit, record.row)
                    newest = max(newest, row.create_date)
                    if row.session_id is not None:
                        session = str(row.session_id)
                        self._changed[session] = max(self._changed.get(session, ""), row.create_date)
        except (SourceUnavailable, SourceRefused, ListingIncomplete, RecordHidden, RecordGone):
            self._changed.clear()
            return
        self._notes.put(NOTE, "since", newest.encode(), run=run)


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
