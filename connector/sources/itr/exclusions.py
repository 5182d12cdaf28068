"""
Which records an `exclude` of the settings left out last, by what their lists tell.

Pages that were put together wrongly, or come late, give to one record what another one has: by that it would be left out, and go, or be let in.
Where a list decides otherwise than before, the record is asked for alone. The first decision is believed, and what leaves out a record
that never answered by itself: nothing else ever tells of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from connector.errors import RecordGone, RecordHidden, RecordInvalid, SourceRefused, SourceUnavailable
from connector.ports.source import SourceNotes
from connector.sources.itr.kinds import Place
from connector.sources.itr.wire import Record

NOTE = "exclusions"
Decide = Callable[[Record], str]
"""Says why a record is left out; empty: it is not."""


class Exclusions:
    """
    What runs noted of one source.

    Args:
        ask: for one record alone, by its key and, of a generated report, that of its session; None: it never answered.
    """

    def __init__(
        self, notes: SourceNotes, ask: Callable[[Place, str, str], Awaitable[Record | None]]
    ) -> None:
        self._notes = notes
        self._ask = ask

    async def confirms(
        self, place: Place, record: Record, linked: str, decide: Decide, *, rules: bytes
    ) -> bool:
        """
        Whether a record by itself is left out, or is not, as by its list.

        Args:
            linked: for a generated report, the key of its session.
            rules: a hash of those of the settings; what was decided by others says nothing.
        """
        key, left_out = f"{place.kind.name}/{place.database}/{record.row.key}", decide(record)
        note = self._notes.get(NOTE, key)
        before = note.value.decode() if note is not None and note.mark == rules else None
        if before == left_out:
            return True
        if before is not None:
            try:
                alone = await self._ask(place, record.row.key, linked)
            except (RecordGone, RecordHidden, RecordInvalid, SourceUnavailable, SourceRefused):
                return False
            if (not left_out) if alone is None else (decide(alone) != left_out):
                return False
        self._notes.put(NOTE, key, left_out.encode(), mark=rules)
        return True
