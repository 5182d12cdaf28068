"""What runs remember of rooms: how they were told last, which are read item by item, and whose root has no list of who may see it."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from connector.ports.source import SourceNotes
from connector.sources.interaxo.places import RoomInfo, as_told_last, read_room, write_room

TOLD = "room"
"""Kind of the notes that tell how rooms were told last, by their roots."""


class RoomNotes:
    """
    Rooms with closed corners, and roots without lists.

    Args:
        permissions: the setting; "item" makes every room one that is read item by item.
    """

    def __init__(self, permissions: str, notes: SourceNotes) -> None:
        self.permissions = permissions
        self._notes = notes
        self._found: dict[str, bool] = {}

    def open(self) -> None:
        """A new run."""
        self._found.clear()

    def settled(self, info: RoomInfo, overlooked: Collection[str]) -> RoomInfo:
        """
        A room with the values that cannot be read now as they were told last: what stands in it is not to be sent anew for them.

        Args:
            overlooked: fields of the room whose values cannot be read.
        """
        note = self._notes.get(TOLD, info.root)
        if overlooked and note is not None:
            info = as_told_last(info, _last(note.value) or info, overlooked)
        text = write_room(info).encode()
        if note is None or note.value != text:
            self._notes.put(TOLD, info.root, text)
        return info

    def by_item(self, info: RoomInfo) -> bool:
        """Whether a room is read item by item: by setting, or because it has closed corners."""
        if self.permissions == "item":
            return True
        if info.root not in self._found:
            self._found[info.root] = self._notes.get("item-by-item", info.root) is not None
        return self._found[info.root]

    def found(self, info: RoomInfo, *, run: int) -> None:
        """A closed corner was found in a room."""
        self._found[info.root] = True
        self._notes.put("item-by-item", info.root, b"1", run=run)

    def root_listless(self, info: RoomInfo) -> bool:
        """Whether a room's root had no list of its own when it was asked last."""
        note = self._notes.get("root-without-list", info.root)
        return note is not None and bool(note.value)

    def note_root(self, info: RoomInfo, *, listless: bool, run: int) -> None:
        """Note whether a room's root has a list of its own."""
        if listless != self.root_listless(info):
            self._notes.put("root-without-list", info.root, b"1" if listless else b"", run=run)


def _last(told: bytes) -> RoomInfo | None:
    try:
        return read_room(told.decode())
    except msgspec.DecodeError:
        return None  # another release wrote it
