"""What only an item's own answer tells: fields and steps of an active folder, fields of an entry; kept until they are due."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from connector.errors import RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.ports.source import SourceNotes
from connector.sources.interaxo import wire
from connector.sources.interaxo.calls import Calls, OddAnswer
from connector.sources.interaxo.places import Place, RoomInfo
from connector.sources.interaxo.rotation import Rotation
from connector.sources.interaxo.wire import Field, Item, Step, Unreadable


class Defined(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a folder tells of its entries: all that is asked of its own answer, whatever else is odd in that."""

    id: str
    type: str
    fields: list[Field] | None = None
    steps: list[Step] | None = None
    features: list[str] | None = None


def parse_definitions(data: bytes) -> Item:
    """
    Read what a folder tells of its entries, and nothing else of it.

    Raises:
        msgspec.DecodeError: that cannot be read.
    """
    return wire.parse_item(msgspec.json.encode(wire.parse_value(data, Defined)))


class Details:
    """Details of one source's items, read again in full runs and on a rotation."""

    def __init__(self, calls: Calls, notes: SourceNotes, rotation: Rotation) -> None:
        self._calls = calls
        self._notes = notes
        self._rotation = rotation

    @property
    def thorough(self) -> bool:
        """Whether everything is read again in this run."""
        return self._rotation.reading.thorough

    async def item(self, info: RoomInfo, native: str) -> Item:
        """
        Ask for one item itself.

        Raises:
            RecordGone: it is gone.
        """
        return await self._calls.item(info, native)

    async def stands(self, info: RoomInfo, native: str) -> bool:
        """Whether an item answers for itself; one that cannot be read is there."""
        try:
            await self._calls.item(info, native)
        except OddAnswer:
            return True
        except (RecordGone, RecordHidden, SourceRefused, SourceUnavailable):
            return False
        return True

    async def definitions(self, place: Place, met: Collection[str] = ()) -> Item:
        """
        The fields and steps of an active folder; kept, and read again in full runs and on a rotation.

        Args:
            met: steps in which entries stand: one of which what is kept does not tell is new, so that it is out of date. One that
                the folder itself does not tell is kept by its id, and not asked for again because of that.
        """
        note = self._notes.get("definitions", place.native)
        if note is not None and self._rotation.holds(note, place.row, place.native):
            kept = wire.parse_item(note.value)
            if not _untold(kept, met):
                return kept
        try:
            item = await self._calls.item(place.room, place.native, parse_definitions)
        except RecordGone as error:
            raise RecordGone(f"The folder {place.native} is gone: {error}") from error
        steps = [*(item.steps or ()), *(Step(id=one) for one in _untold(item, met))]
        kept = Item(id=item.id, type=item.type, fields=item.fields, steps=steps, features=item.features)
        self._notes.put(
            "definitions",
            place.native,
            msgspec.json.encode(kept),
            mark=place.row,
            run=self._rotation.reading.run,
        )
        return kept

    async def of_entry(self, info: RoomInfo, row: Item) -> Item | Unreadable:
        """One entry's details; trouble with it is its own, and keeps no other out."""
        try:
            return await self._detail(info, row)
        except OddAnswer as error:
            return Unreadable(row.id, str(error), row.digest(), name=row.name or "", rest=row)
        except RecordGone as error:
            return Unreadable(row.id, str(error), row.digest(), gone=True, name=row.name or "")
        except (RecordHidden, SourceRefused, SourceUnavailable) as error:
            return Unreadable(row.id, str(error), row.digest(), passing=True, name=row.name or "", rest=row)

    async def _detail(self, info: RoomInfo, row: Item) -> Item:
        """One entry whose listing leaves its fields out; kept until its row changes."""
        mark = row.digest()
        note = self._notes.get("detail", row.id)
        if note is not None and self._rotation.holds(note, mark, row.id):
            return _as_listed(wire.parse_item(note.value), row)
        item = await self._calls.item(info, row.id)
        item = _as_listed(msgspec.structs.replace(item, fields=item.fields or []), row)
        self._notes.put(
            "detail", row.id, msgspec.json.encode(item), mark=mark, run=self._rotation.reading.run
        )
        return item


def _as_listed(item: Item, row: Item) -> Item:
    """An entry's details, with what its row tells of now: the number of its attachments, and who owns or edited it, change without a sign."""
    return msgspec.structs.replace(
        item,
        child_count=row.child_count,
        last_modified_by=row.last_modified_by or item.last_modified_by,
        owner=row.owner or item.owner,
    )


def _untold(definitions: Item, met: Collection[str]) -> list[str]:
    """Steps that were met and are not among those of a folder."""
    return sorted({*met} - {step.id for step in definitions.steps or ()})
