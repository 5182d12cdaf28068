"""
Who can find what: a target's documents counted by room and audience. Reads only; nothing a run decides by.

Rooms are counted in one statement, the audiences of a room in pages: memory stays the same for any number of documents. Each page
reads the documents of one room, about a second per million.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from connector.document.audience import Audience
from connector.ledger.part import CHUNK, Part
from connector.ledger.rows import read_audience


class RoomCount(msgspec.Struct, frozen=True, kw_only=True):
    """The confirmed documents of one room."""

    source: str
    room: str
    documents: int
    audiences: int
    """How many different ones they have."""
    title: str
    """Of the room's own document; empty where it has none."""


class Readers(Part):
    """Who can find what of one target."""

    def rooms(self) -> list[RoomCount]:
        """Count the confirmed documents of each room."""
        return [
            RoomCount(source=source, room=room, documents=many, audiences=audiences, title=title)
            for source, room, many, audiences, title in self._all("readers.rooms")
        ]

    def audiences_of(self, source: str, room: str) -> Iterator[tuple[Audience, int]]:
        """Walk the audiences of a room, and how many documents have each."""
        last: Any = b""
        while rows := self._all("readers.audiences_of", source=source, room=room, last=last, limit=CHUNK):
            for _, identities, public, many in rows:
                yield read_audience(identities, public), many
            last = rows[-1][0]
