"""
Files whose bytes stand in several places, as far as files are read: the hash of what was read is kept with each document.

Reads only, and looks at every document; nothing asks for it but a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from connector.ledger.part import Part, as_json

PAGE = 20
"""Files of one page."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One of the places."""

    id: str
    title: str
    source: str
    room: str
    url: str


class Duplicate(msgspec.Struct, frozen=True, kw_only=True):
    """One file, and where it stands."""

    content: str
    """Hash of its bytes."""
    places: list[Place]


class Duplicates(Part):
    """The files of one target that stand in several places."""

    def page(self, source: str, rooms: Sequence[str], *, page: int = 1) -> tuple[list[Duplicate], bool]:
        """
        Find them, those in the most places first; says whether another page follows.

        Args:
            source, rooms: only there; empty: anywhere.
        """
        where = _where(source, rooms)
        rows = self._all("duplicates.groups", **where, limit=PAGE + 1, skipped=(page - 1) * PAGE)
        keys = [row[0] for row in rows[:PAGE]]
        places: dict[str, list[Place]] = {key: [] for key in keys}
        for key, *row in self._all("duplicates.places", **where, keys=as_json(keys)) if keys else ():
            places[key].append(Place(**dict(zip(Place.__struct_fields__, row, strict=True))))
        return [Duplicate(content=key, places=found) for key, found in places.items()], len(rows) > PAGE

    def totals(self, source: str, rooms: Sequence[str]) -> tuple[int, int]:
        """How many files stand in several places, and in how many together."""
        ((files, documents),) = self._all("duplicates.totals", **_where(source, rooms))
        return int(files), int(documents)

    def walk(self, source: str, rooms: Sequence[str]) -> Iterator[Duplicate]:
        """All of them, a page at a time."""
        page, more = 1, True
        while more:
            found, more = self.page(source, rooms, page=page)
            yield from found
            page += 1


def _where(source: str, rooms: Sequence[str]) -> dict[str, object]:
    return {"source": source, "any_room": not rooms, "rooms": as_json(rooms)}
