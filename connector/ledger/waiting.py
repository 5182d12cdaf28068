"""What waits for a person's decision: documents and people, by run, reason, room and folder. Reads only; every count is of all."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from connector.ledger.catalogue import AT_ONCE, PAGE, read_place, tell_place
from connector.ledger.part import Part

MOST_ROOMS = 50
"""Rooms that are told one by one, those with the most first."""
MOST_FOLDERS = 2_000
"""Folders of one room that are looked at."""
_START = ("", "", "", "", "")
"""Before the first: its source, room, path, id and kind."""


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

    def removals(self) -> int:
        """Count the documents that seem to go and that nobody decided about."""
        return int(self._one("waiting.removals"))

    def rooms(self) -> list[Room]:
        """Count the documents that wait by room, those with the most first."""
        return [
            Room(source=row[0], key=row[1], name=row[2], count=int(row[3]))
            for row in self._all("waiting.rooms", limit=MOST_ROOMS)
        ]

    def folders(self, source: str, room: str) -> list[Folder]:
        """Count the documents of a room that wait by folder; of a folder that goes as a whole, with all below it."""
        return gather(self._all("waiting.folders", source=source, room=room, limit=MOST_FOLDERS))

    def rows(
        self, *, source: str = "", room: str = "", page: int = 1, after: str = ""
    ) -> tuple[list[Row], str]:
        """
        List what waits, people first, then room by room, parents before what stands in them.

        Args:
            source: with `room`: only of that one; empty: all.
            page: the first is 1; with `after` it is of no account.
            after: `next` of the page before; without it the pages before are passed over.

        Returns:
            One page, and where the next one begins; empty after the last.
        """
        at = max(read_place(after, _START), (source, room, *_START[2:]))
        passed = 0 if after else (page - 1) * PAGE
        while passed:
            found, at = self._beyond(at, source, room, min(passed, AT_ONCE))
            if not at:
                return [], ""
            passed -= len(found)
        found, at = self._beyond(at, source, room, PAGE)
        return [msgspec.convert(list(row[:-1]), Row) for row in found], tell_place(at) if at else ""

    def _beyond(
        self, at: tuple[str, ...], source: str, room: str, most: int
    ) -> tuple[list[Any], tuple[str, ...]]:
        """So many beyond a place, and the place of the last; none where no more follow."""
        asked = {f"at_{one}": value for one, value in enumerate(at)}
        found = [
            row
            for row in self._all("waiting.rows", **asked, many=most + 1)
            if not source or (row[3], row[4]) == (source, room)
        ]
        told = found[:most]
        if len(found) <= most:
            return told, ()
        what, identifier, _, source, room, *_, path = told[-1]
        return told, (source, room, path, identifier, what)


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
