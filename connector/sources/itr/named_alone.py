"""
Whether a list calls a record, asked for it alone, what its pages do, where the documents of others tell its name.

Pages that were put together wrongly, or come late, call one candidate or group what another one is called, and a session would tell
that to whoever finds the session. What is called otherwise than before is asked about, and so is whatever a document that was known before
names for the first time; a new document's first name counts, and so does every name in the first run that tells names of a kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple
from uuid import UUID

from connector.document.ids import digest
from connector.errors import BROKEN_OFF
from connector.ports.source import SourceNotes
from connector.sources.itr.kinds import Kind
from connector.sources.itr.list_cache import ListCache
from connector.sources.itr.wire import Record, Unreadable

NOTE = "called"
MARK = 8
"""Bytes of a hash; nobody is named there."""


class Named(NamedTuple):
    """A record that the document of another one names."""

    kind: Kind
    key: UUID
    name: str
    """As the pages of its list tell it."""
    name_in: Callable[[Record | Unreadable], str]
    """What a row calls it."""


class NamedAlone:
    """The names that runs told of other records."""

    def __init__(self, notes: SourceNotes, list_cache: ListCache) -> None:
        self._notes = notes
        self._list_cache = list_cache
        self._otherwise: set[str] = set()
        """What is called otherwise when it is asked for alone, in this run."""
        self._firsts: dict[str, bool] = {}
        """By kind, whether no run before this one noted that it told names of it: each one would have to be asked about."""

    def forget(self) -> None:
        """Begin a run."""
        self._otherwise.clear()
        self._firsts.clear()

    async def confirms(self, named: Iterable[Named], *, of_new: bool) -> bool:
        """
        Whether all of them are called so; without an answer, what is called otherwise than before is not.

        Args:
            of_new: whether the document that names them was not known before.
        """
        for one in named:
            key, mark = f"{one.kind.name}/{one.key}", digest([one.name], MARK)
            note = self._notes.get(NOTE, key)
            if note is not None and note.mark == mark:
                continue
            believed = note is None and (self._is_first(one.kind) or of_new)
            if key in self._otherwise or not (believed or await self._is_called_so(one)):
                self._otherwise.add(key)
                return False
            self._notes.put(NOTE, key, b"", mark=mark)
        return True

    def _is_first(self, kind: Kind) -> bool:
        if kind.name not in self._firsts:
            self._firsts[kind.name] = self._notes.get(NOTE, kind.name) is None
            self._notes.put(NOTE, kind.name, b"")
        return self._firsts[kind.name]

    async def _is_called_so(self, one: Named) -> bool:
        try:
            for database in one.kind.databases:
                row = await self._list_cache.one(one.kind, database, str(one.key))
                if row is not None:
                    return one.name_in(row) == one.name
        except BROKEN_OFF:
            return False
        return not one.name
