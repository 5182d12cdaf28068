"""Reads single records by their own key, and remembers which of them answered: only then is a 404 a proof."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar
from uuid import UUID

import msgspec

from connector.errors import RecordGone, RecordHidden, RecordInvalid, SourceRefused, SourceUnavailable
from connector.http.exchange import Reply
from connector.http.json_rows import OddValueError
from connector.ports.source import SourceNotes
from connector.sources.itr import wire
from connector.sources.itr.account import Account, quote_key
from connector.sources.itr.exclusions import Exclusions
from connector.sources.itr.kinds import CLIENT, Kind, Place
from connector.sources.itr.list_cache import ListCache
from connector.sources.itr.listed_alone import ListedAlone
from connector.sources.itr.listing import database_headers
from connector.sources.itr.own_answers import check_same, mark_of
from connector.sources.itr.wire import ROWS, ZERO, GeneratedReport, Record, Row

T = TypeVar("T")
NOTE = "answered"


class Records:
    """
    The records of one account.

    Args:
        fields: by kind, what the settings name besides the allow-listed fields.
    """

    def __init__(
        self,
        account: Account,
        notes: SourceNotes,
        fields: Mapping[str, tuple[str, ...]],
        list_cache: ListCache,
    ) -> None:
        self._listed_alone = ListedAlone(notes, list_cache)
        self.exclusions = Exclusions(notes, self.alone)
        self._account = account
        self._notes = notes
        self._fields = fields

    def names(self, kind: Kind) -> tuple[str, ...]:
        """The fields of a kind that the settings name."""
        return self._fields.get(kind.name, ())

    def wanted(self, place: Place) -> bool:
        """Whether documents need the records' own answers; of master batteries office users get none."""
        answers = place.database == CLIENT or place.kind.cached
        return answers and (place.kind.detailed or bool(self.names(place.kind)))

    def answered(self, place: Place, key: str) -> str | None:
        """Key of the session in whose place a record ever answered 200, empty for most kinds; None if it never did."""
        return answered_in(self._notes, place, key)

    def is_known(self, place: Place, key: str) -> bool:
        """Whether a record ever answered; where its own answer proves nothing, whether its list was ever asked for it."""
        if place.proves_itself:
            return self.answered(place, key) is not None
        return self._listed_alone.knows(place, key)

    async def prove(self, place: Place, row: Row, linked: str) -> None:
        """
        Read a record by itself, so that a later 404 can be a proof; again where its list tells another manager, name or state than it did.
        Where its own answer proves nothing, the list is asked for it alone then.

        Args:
            row: of its list.
            linked: for a generated report, the key of its session.

        Raises:
            RecordInvalid: its own answer tells something else.
            RecordGone: it is gone.
            RecordHidden, SourceUnavailable, SourceRefused: it answered before, and does not now.
        """
        if not place.proves_itself:
            await self._listed_alone.prove(place, row)
            return
        key, told = _note_key(place, row.key), mark_of(row)
        note = self._notes.get(NOTE, key)
        if note is not None and note.mark == told:
            return
        if note is not None and not note.mark:  # an earlier release noted that it answered, and not what
            self._notes.put(NOTE, key, note.value, mark=told)
            return
        try:
            own = (await self.read(place, row.key, linked)).row
        except (SourceUnavailable, SourceRefused, RecordHidden, RecordInvalid):
            if note is None:
                return
            raise
        check_same(row, own)
        if mark_of(own) != told and (note := self._notes.get(NOTE, key)) is not None:
            self._notes.put(NOTE, key, note.value, mark=told)  # its own answer does not tell who manages it

    async def confirms(self, place: Place, row: Row, linked: str) -> bool:
        """Whether a record that ever answered tells by itself what its list tells of it; what is not asked for, or never answered, does."""
        if not self.is_known(place, row.key):
            return True
        try:
            await self.prove(place, row, linked)
        except (RecordGone, RecordHidden, RecordInvalid, SourceUnavailable, SourceRefused):
            return False
        return True

    async def read(self, place: Place, key: str, linked: str) -> Record:
        """
        Read one record by its own key.

        Args:
            linked: for a generated report, the key of its session.

        Raises:
            RecordInvalid: it is there, and cannot be read.
            RecordGone, RecordHidden, SourceUnavailable, SourceRefused
        """
        return (await self._read(place, key, linked, lambda _: None))[0]

    async def alone(self, place: Place, key: str, linked: str) -> Record | None:
        """As `read`, None of what never answered, and does not now; where a record's own answer proves nothing, by its list."""
        if not place.proves_itself:
            return await self._listed_alone.read(place, key)
        try:
            return await self.read(place, key, linked)
        except (SourceUnavailable, SourceRefused, RecordHidden, RecordInvalid):
            if self.answered(place, key) is None:
                return None
            raise

    async def manager(self, place: Place, key: str) -> UUID | None:
        """
        Read one record for who manages it, `ZERO` where it says that nobody does; None where it does not say.

        Raises:
            RecordInvalid, RecordGone, RecordHidden, SourceUnavailable, SourceRefused: as `read`.
        """
        return (await self._read(place, key, "", wire.manager_told))[1]

    async def _read(
        self, place: Place, key: str, linked: str, more: Callable[[bytes], T]
    ) -> tuple[Record, T]:
        kind = place.kind
        middle = f"{quote_key(linked)}/" if linked else ""
        path, endpoint = f"/{kind.name}/{middle}{quote_key(key)}", f"/{kind.name}/{{id}}"
        names = self.names(kind)

        def read(reply: Reply) -> tuple[Record, T]:
            try:
                row = wire.parse_row(reply.body, ROWS[kind.name])
            except OddValueError as error:
                raise RecordInvalid(f"ITR's record at {path} cannot be read: {error}") from error
            except msgspec.DecodeError as error:
                raise self._account.answers.not_the_api(path, error) from error
            if row.key != key:
                raise SourceUnavailable(
                    f"{self._account.neighbour.name}: {path} answered with another record ({row.key})"
                )
            try:
                named = tuple(sorted(wire.parse_named(reply.body, names).items()))
                return Record(row, named), more(reply.body)
            except msgspec.DecodeError as error:
                raise RecordInvalid(f"ITR's record at {path} cannot be read: {error}") from error

        answer = await self._account.read(path, endpoint, read, database_headers(place.database))
        row = answer[0].row
        if isinstance(row, GeneratedReport) and row.linked_object_id != ZERO:
            linked = str(row.linked_object_id)  # ITR answers in the place of any session
        note, mark = self._notes.get(NOTE, _note_key(place, key)), mark_of(row)
        if note is None or (note.value, note.mark) != (linked.encode(), mark):
            self._notes.put(NOTE, _note_key(place, key), linked.encode(), mark=mark)
        return answer


def answered_in(notes: SourceNotes, place: Place, key: str) -> str | None:
    """As `Records.answered`, of an account that is not open."""
    note = notes.get(NOTE, _note_key(place, key))
    return None if note is None else note.value.decode()


def _note_key(place: Place, key: str) -> str:
    return f"{place.kind.name}/{place.database}/{key}"
