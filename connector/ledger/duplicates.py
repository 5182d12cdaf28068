"""
Files whose bytes stand in several places, as far as files are read: the hash of what was read is kept with each document.

Reads only, and looks at every document of what is asked for: whoever asks for all of them reads what was found last
(`status/duplicates.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from connector.ledger.catalogue import read_place, tell_place
from connector.ledger.part import EVERYTHING, Part, as_json

PAGE = 20
"""Files of one page."""
_GROUPS = ("duplicates.groups", "duplicates.groups_in")
_PLACES = ("duplicates.places", "duplicates.places_in")
_TOTALS = ("duplicates.totals", "duplicates.totals_in")
"""Everywhere, and in rooms."""


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
        (where, only), (many, last) = _where(source, rooms), read_place(after, (EVERYTHING, ""))
        skipped = 0 if after else (page - 1) * PAGE
        rows = self._all(_GROUPS[only], **where, many=many, last=last, limit=PAGE + 1, skipped=skipped)
        following = tell_place([int(rows[PAGE - 1][1]), rows[PAGE - 1][0]]) if len(rows) > PAGE else ""
        return self._with_places([row[0] for row in rows[:PAGE]], where, only), following

    def first(self, source: str, most: int) -> list[Duplicate]:
        """So many of them, those in the most places first."""
        (where, only), start = _where(source, ()), {"many": EVERYTHING, "last": "", "skipped": 0}
        rows = self._all("duplicates.groups", **where, **start, limit=most)
        return self._with_places([row[0] for row in rows], where, only)

    def standing(self, ids: Sequence[str]) -> dict[str, Place]:
        """Those of some documents that are in the search still, by id."""
        rows = self._all("duplicates.standing", ids=as_json(ids))
        return {row[0]: Place(**dict(zip(Place.__struct_fields__, row[1:], strict=True))) for row in rows}

    def _with_places(self, keys: Sequence[str], where: dict[str, Any], only: bool) -> list[Duplicate]:
        places: dict[str, list[Place]] = {key: [] for key in keys}
        for key, *row in self._all(_PLACES[only], **where, keys=as_json(keys)) if keys else ():
            places[key].append(Place(**dict(zip(Place.__struct_fields__, row, strict=True))))
        return [Duplicate(content=key, places=found) for key, found in places.items()]

    def totals(self, source: str, rooms: Sequence[str]) -> tuple[int, int]:
        """How many files stand in several places, and in how many together."""
        where, only = _where(source, rooms)
        ((files, documents),) = self._all(_TOTALS[only], **where)
        return int(files), int(documents)

    def walk(self, source: str, rooms: Sequence[str]) -> Iterator[Duplicate]:
        """All of them, a page at a time."""
        found, following = self.page(source, rooms)
        yield from found
        while following:
            found, following = self.page(source, rooms, after=following)
            yield from found


def _where(source: str, rooms: Sequence[str]) -> tuple[dict[str, Any], bool]:
    """What is asked for, and whether it is looked for in rooms only."""
    return {"source": source, "rooms": as_json(rooms)}, bool(rooms)
