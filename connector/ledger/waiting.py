"""What waits for a person's decision: documents and people, by run, reason, room and folder. Reads only; every count is of all."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from connector.ledger.catalogue import PAGE
from connector.ledger.part import Part

MOST_ROOMS = 200
"""Rooms that are told one by one, those with the most first."""
MOST_FOLDERS = 2_000
"""Folders of one room that are looked at."""


class Kind(StrEnum):
    """What it is that waits."""

    REMOVAL = "removal"
    """A document that seems to go."""
    WIDER = "wider"
    """A document that more people would find."""
    UNCONFIRMED = "unconfirmed"
    """A document that an earlier ledger pushed, and that cannot be pushed now."""
    PERSON = "person"
    """A person who would lose what she finds."""


class Count(msgspec.Struct, frozen=True):
    """How many wait since one run, for one reason."""

    run: str
    what: Kind
    why: str
    count: int


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """How many wait in one folder; `whole`: it waits itself, and everything below it is counted with it."""

    id: str
    title: str
    whole: bool
    count: int


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """How many wait in one room."""

    source: str
    key: str
    name: str
    count: int


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One document or person that waits."""

    what: Kind
    id: str
    title: str
    source: str
    room: str
    why: str
    note: str


class Waiting(Part):
    """What waits for a decision, of one target."""

    def counts(self) -> list[Count]:
        """Count what waits, by the run that held it first, the newest first, and by reason."""
        return [Count(row[0], Kind(row[1]), row[2], int(row[3])) for row in self._all("waiting.counts")]

    def rooms(self) -> list[Room]:
        """Count the documents that wait by room, those with the most first."""
        return [
            Room(source=row[0], key=row[1], name=row[2], count=int(row[3]))
            for row in self._all("waiting.rooms", limit=MOST_ROOMS)
        ]

    def folders(self, source: str, room: str) -> list[Folder]:
        """Count the documents of a room that wait by folder; of a folder that goes as a whole, with all below it."""
        return gather(self._all("waiting.folders", source=source, room=room, limit=MOST_FOLDERS))

    def rows(self, *, source: str = "", room: str = "", page: int = 1) -> tuple[list[Row], bool]:
        """
        List what waits, parents before what stands in them.

        Args:
            source: with `room`: only of that one; empty: all, people first.
            page: the first is 1.

        Returns:
            One page, and whether another one follows.
        """
        found = self._all(
            "waiting.rows",
            any_room=not source,
            source=source,
            room=room,
            limit=PAGE + 1,
            skipped=(page - 1) * PAGE,
        )
        rows = [msgspec.convert(list(row), Row) for row in found]
        return rows[:PAGE], len(rows) > PAGE


def gather(found: Any) -> list[Folder]:
    """
    Put together what goes with a folder that goes itself.

    Args:
        found: (id, title, path, the run since when the folder itself waits or 0, count), by path.
    """
    folders: list[Folder] = []
    top = ""
    for identifier, title, path, held, count in found:
        if top and path.startswith(top):
            last = folders[-1]
            folders[-1] = msgspec.structs.replace(last, count=last.count + int(count))
            continue
        top = path if held else ""
        folders.append(Folder(id=identifier, title=title, whole=bool(held), count=int(count)))
    return folders
