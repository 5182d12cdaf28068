"""
Files whose bytes stand in several places, as far as files are read: the hash of what was read is kept with each document.

Reads only, and looks at every document; nothing asks for it but a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from connector.ledger.catalogue import read_place, tell_place
from connector.ledger.part import EVERYTHING, Part, as_json

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

    def page(
        self, source: str, rooms: Sequence[str], *, page: int = 1, after: str = ""
    ) -> tuple[list[Duplicate], str]:
        """
        Find them, those in the most places first; says where the next page begins, empty after the last.

        Args:
            source, rooms: only there; empty: anywhere.
            page: the first is 1; with `after` it is of no account.
            after: where the page before said that this one begins.
        """
        where, (many, last) = _where(source, rooms), read_place(after, (EVERYTHING, ""))
        skipped = 0 if after else (page - 1) * PAGE
        rows = self._all("duplicates.groups", **where, many=many, last=last, limit=PAGE + 1, skipped=skipped)
        keys = [row[0] for row in rows[:PAGE]]
        places: dict[str, list[Place]] = {key: [] for key in keys}
        for key, *row in self._all("duplicates.places", **where, keys=as_json(keys)) if keys else ():
            places[key].append(Place(**dict(zip(Place.__struct_fields__, row, strict=True))))
        following = tell_place([int(rows[PAGE - 1][1]), keys[-1]]) if len(rows) > PAGE else ""
        return [Duplicate(content=key, places=found) for key, found in places.items()], following

    def totals(self, source: str, rooms: Sequence[str]) -> tuple[int, int]:
        """How many files stand in several places, and in how many together."""
        ((files, documents),) = self._all("duplicates.totals", **_where(source, rooms))
        return int(files), int(documents)

    def walk(self, source: str, rooms: Sequence[str]) -> Iterator[Duplicate]:
        """All of them, a page at a time."""
        found, following = self.page(source, rooms)
        yield from found
        while following:
            found, following = self.page(source, rooms, after=following)
            yield from found


def _where(source: str, rooms: Sequence[str]) -> dict[str, object]:
    return {"source": source, "any_room": not rooms, "rooms": as_json(rooms)}
