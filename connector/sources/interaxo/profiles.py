"""What Interaxo says of one person: a profile, a name, the groups. Source: Interaxo API, Users."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from connector.errors import RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.ports.source import SourceNotes
from connector.sources.interaxo import wire
from connector.sources.interaxo.calls import Calls, quoted
from connector.sources.interaxo.leniency import usable
from connector.sources.interaxo.lists import Lists
from connector.sources.interaxo.people import ME, PERSON, person_key
from connector.sources.interaxo.room_rows import Person, name_of, overlooked_in, parse_person
from connector.sources.interaxo.rotation import Rotation
from connector.sources.interaxo.wire import Authority


class Profiles:
    """Asks for people, one at a time; what was read in this run is not asked for again."""

    def __init__(
        self,
        calls: Calls,
        lists: Lists,
        notes: SourceNotes,
        rotation: Rotation,
        overlooked: dict[str, Sequence[str]],
    ) -> None:
        """
        Args:
            overlooked: is told whose profile has values that are left out, and which.
        """
        self.read: dict[tuple[str, str], Person] = {}
        """Of this run, by community and id."""
        self._calls = calls
        self._lists = lists
        self._notes = notes
        self._rotation = rotation
        self._names: dict[tuple[str, str], str] = {}
        self._overlooked = overlooked
        self._asking: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    def open(self) -> None:
        """A new run."""
        self.read.clear()
        self._names.clear()
        self._asking.clear()

    async def profile(self, community: str, person: str) -> Person:
        """
        Ask for a person's profile.

        Raises:
            SourceUnavailable: it is somebody else's, whose address would get what this person may see.
        """
        path = f"/v1/{quoted(community)}/people/{quoted(person)}"
        found = await self._calls.get(
            path, lambda reply: self._calls.read(reply, path, parse_person), vital=False
        )
        if person != ME and found.id.casefold() != person.casefold():
            raise SourceUnavailable(
                f"{self._calls.neighbour.name}: {path} answered with another person ({found.id})"
            )
        if odd := overlooked_in(found):
            self._overlooked[f"the profile of {person}"] = odd
        return found

    async def groups(self, community: str, person: str) -> list[Authority]:
        """
        A person's groups, to the end.

        Raises:
            SourceUnavailable: one of them cannot be read, or is said to be no group, so that it is not known which they are.
        """
        path = f"/v1/{quoted(community)}/people/{quoted(person)}/groups"
        found = await self._lists.whole(
            "groups", path, lambda reply: self._calls.read(reply, path, wire.parse_authorities)
        )
        groups = [one for one in found if isinstance(one, Authority) and one.type in {"", "group"}]
        if len(groups) < len(found):
            raise SourceUnavailable(f"{self._calls.neighbour.name}: {path} names a group that cannot be read")
        return groups

    def name(self, community: str, person: str) -> str:
        """A person's name, as far as this run has met it."""
        return self._names.get((community, person), "")

    def knows(self, community: str, person: str) -> bool:
        """Whether this run has met a person's name, or that there is none."""
        return (community, person) in self._names

    def told(self, community: str, who: Authority) -> str | None:
        """A usable person's name, from the row or from the notes; None where it is to be asked for in this run."""
        key = (community, who.id)
        if key not in self._names:
            if who.type == "group" or who.name:
                self._names[key] = who.name or ""
            elif (
                note := self._notes.get(PERSON, person_key(community, who.id))
            ) is None or not self._is_good(note.run, person_key(community, who.id)):
                return None
            else:
                self._names[key] = note.value.decode()
        return self._names[key]

    def _is_good(self, read_run: int, key: str) -> bool:
        """Whether a noted name need not be asked for: it was told in this run, wherever that was, or is not due in this one."""
        reading = self._rotation.reading
        return read_run == reading.run or not (reading.thorough or self._rotation.due(key))

    async def author(self, community: str, who: Authority | None) -> str:
        """A person's name, from the row, from the notes, or by the people call; empty when it cannot be told."""
        if who is None or not usable(who.id):
            return ""
        key = (community, who.id)
        if (name := self.told(community, who)) is not None:
            return name
        async with self._asking[key]:  # several pages name the same author at once: one of them asks
            if key not in self._names:
                self._names[key] = await self._name_of(community, who.id)
        return self._names[key]

    async def _name_of(self, community: str, person: str) -> str:
        key = person_key(community, person)
        note = self._notes.get(PERSON, key)
        if note is not None and not self._rotation.reading.thorough:
            self._rotation.reread += 1
        return await self._person(community, person, note.value.decode() if note else "")

    async def _person(self, community: str, person: str, last: str) -> str:
        try:
            found = await self.profile(community, person)
        except (RecordGone, RecordHidden):
            name = ""
        except (SourceUnavailable, SourceRefused):
            return last
        else:
            name = name_of(found, last)
            self.read[community, person] = found
        self._notes.put(PERSON, person_key(community, person), name.encode(), run=self._rotation.reading.run)
        return name
