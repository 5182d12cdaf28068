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
from connector.sources.itr.listing import PAGE, Lists, readable
from connector.sources.itr.wire import Audit

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
        """
        Read what came since the last time; whatever goes wrong, there are no hints then.

        Oldest first, and without a proof of the end: what a cut page lacks comes the next time.
        """
        note = self._notes.get(NOTE, "since")
        since = note[0].decode() if note else _stamp(self._clock() - OVERLAP_S)
        newest, number, more = since, 0, True
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
                    newest = max(newest, audit.create_date)
                    if audit.session_id is not None:
                        session = str(audit.session_id)
                        self._changed[session] = max(self._changed.get(session, ""), audit.create_date)
                number, more = number + 1, len(rows[CLIENT]) >= PAGE
        except (SourceUnavailable, SourceRefused, ListingIncomplete, RecordHidden, RecordGone):
            self._changed.clear()
            return
        self._notes.put(NOTE, "since", newest.encode(), run=run)


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
