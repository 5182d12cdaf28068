"""How large rooms are, and how they are parted among those who walk them: as many for each, and about as much to do. PURE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from connector.engine.batched import batched

LARGEST = 1.5
"""The largest room may hold so much more than the part of each."""
ROOMS_OF_A_SEAT = 4
"""Where nobody knows how large rooms are: so many for each make up for one that is large."""
DOCUMENTS_OF_A_LISTING = 25
"""So many documents take as long as one listing: 0.2 ms each, beside a call of 100 ms of which twenty are under way."""


class RoomSizes(msgspec.Struct, frozen=True):
    """What was in the rooms of one source before a walk, by key; nothing is known of a new one."""

    documents: Mapping[str, int]
    listings: Mapping[str, int]

    def to_walk(self, room: str) -> float:
        """How much there is to do for a room, in listings."""
        return self.listings.get(room, 0) + self.documents.get(room, 0) / DOCUMENTS_OF_A_LISTING

    def are_even(self, rooms: Sequence[str], seats: int) -> bool:
        """Whether no room is so large that whoever walks it, with a part of the calls, is the last one by far."""
        known = [self.documents.get(room, 0) for room in rooms]
        if not sum(known):
            return len(rooms) >= ROOMS_OF_A_SEAT * seats
        return max(known) * seats <= LARGEST * sum(known)

    def in_even_parts(self, rooms: Sequence[str], seats: int) -> list[tuple[int, str]]:
        """
        Part rooms: in each round every seat gets one, and the largest goes to whoever has the least so far.

        Returns:
            Each room with its place; those of a seat are at every so many-th place, from its own number on, the largest first.
        """
        parts = [0.0] * seats
        placed: list[tuple[int, str]] = []
        largest_first = sorted(rooms, key=self.to_walk, reverse=True)
        for number, some in enumerate(batched(largest_first, seats)):
            least_first = sorted(range(seats), key=parts.__getitem__)
            for seat, room in zip(least_first, some, strict=False):
                parts[seat] += self.to_walk(room)
                placed.append((number * seats + seat, room))
        return sorted(placed)
