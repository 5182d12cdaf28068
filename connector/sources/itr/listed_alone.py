"""
Whether a list, asked for one record alone, tells of it what its pages do, where the record's own answer proves nothing.

Pages that were put together wrongly, or come late, call archived what is in use: settings may leave that out, and its document would go.
The first that is told of a record is believed.
"""

from __future__ import annotations

from connector.errors import BROKEN_OFF, RecordInvalid, SourceUnavailable
from connector.ports.source import SourceNotes
from connector.sources.itr.kinds import Place
from connector.sources.itr.list_cache import ListCache
from connector.sources.itr.own_answers import check_same, mark_of
from connector.sources.itr.wire import Record, Row

NOTE = "listed"


class ListedAlone:
    """What runs noted of such records."""

    def __init__(self, notes: SourceNotes, list_cache: ListCache) -> None:
        self._notes = notes
        self._list_cache = list_cache

    def knows(self, place: Place, key: str) -> bool:
        """Whether anything was told of a record before."""
        return self._notes.get(NOTE, _note_key(place, key)) is not None

    async def prove(self, place: Place, row: Row) -> None:
        """
        Ask the list for one record where it tells another manager, name or state of it than it did.

        Raises:
            RecordInvalid: it tells something else then, or nothing. SourceUnavailable: it does not answer.
        """
        key, told = _note_key(place, row.key), mark_of(row)
        note = self._notes.get(NOTE, key)
        if note is not None and note.mark == told:
            return
        if note is not None:
            check_same(row, (await self.read(place, row.key)).row)
        self._notes.put(NOTE, key, b"", mark=told)

    async def read(self, place: Place, key: str) -> Record:
        """
        Read one record by its list.

        Raises:
            RecordInvalid: it is not there, or cannot be read. SourceUnavailable: there is no answer.
        """
        try:
            alone = await self._list_cache.one(place.kind, place.database, key)
        except BROKEN_OFF as error:
            raise SourceUnavailable(str(error)) from error
        if not isinstance(alone, Record):
            raise RecordInvalid("ITR's list does not tell of this record alone what its pages do")
        return alone


def _note_key(place: Place, key: str) -> str:
    return f"{place.kind.name}/{place.database}/{key}"
