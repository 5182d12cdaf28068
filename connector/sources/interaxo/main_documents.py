"""Which attachment is an entry's main document, and whether its words may be told to all who may see the entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connector.document.audience import Audience
from connector.ports.source import SourceNotes
from connector.sources.interaxo.places import RoomInfo
from connector.sources.interaxo.rights import Rights
from connector.sources.interaxo.rotation import Rotation
from connector.sources.interaxo.wire import Item

KIND = "main-document"
"""Of the notes that name it, by entry."""


class MainDocuments:
    """The main documents of one source's entries, as far as they are asked for."""

    def __init__(self, notes: SourceNotes, rights: Rights, rotation: Rotation) -> None:
        self._notes = notes
        self._rights = rights
        self._rotation = rotation

    def note(self, entry: str, document: str) -> None:
        """Remember an entry's main document: when fewer people may see that, the entry is mapped again."""
        note = self._notes.get(KIND, entry)
        if (note.value.decode() if note is not None else "") != document:
            self._notes.put(KIND, entry, document.encode(), run=self._rotation.reading.run)

    async def covered(self, info: RoomInfo, main: Item, entry: Item, audience: Audience | None) -> bool:
        """Whether everybody who may see an entry may see its main document; no, as long as that is not known."""
        return await self._rights.covers(info, main, entry, audience)

    def silent_entries(
        self, info: RoomInfo, items: Sequence[Item], shown: Mapping[str, Audience | None]
    ) -> set[str]:
        """Entries that may not tell the words of their main document, as far as that is known: some may not see it."""
        if not self._rights.below:
            return set()
        mains: dict[str, str] = {}
        for item in items:
            if item.type == "entry" and item.child_count:
                note = self._notes.get(KIND, item.id)
                if note is not None and note.value:
                    mains[item.id] = note.value.decode()
        return mains.keys() - self._rights.covered(info, mains, shown) if mains else set()
