"""
Which scopes of a source are walked, and who may see them.

What the settings decide about a room is remembered by its root's id: a rename alone neither includes it nor
makes it public, and neither does the name of a public room make another room public that is called so afterwards. What
is no longer listed or chosen is held by name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence

from connector.access.comparing import Sight
from connector.document.audience import Audience
from connector.engine.task_group import together
from connector.errors import ConnectorError, SourceUnavailable
from connector.ledger.rooms import Room
from connector.plan.context import Books, Run
from connector.plan.findings import Code, HoldReason
from connector.plan.tally import Sheet
from connector.ports.publishing import Publishing
from connector.ports.source import Choosing, FoundScope, Source, Telling

RULES = 8
"""Bytes of the hash of one list of globs."""
PUBLIC_NAME = "public-name"
"""Notes by a room's name: the root that had it when the settings made it public, and the hash of those settings."""


def unread_of(source: Source) -> dict[str, str]:
    """What stands in a source's own lists and could not be read, by name, with the reason."""
    return source.unread if isinstance(source, Telling) else {}


def idle_of(source: Source) -> list[str]:
    """Patterns of the settings that match no scope, each with its key."""
    return source.idle if isinstance(source, Choosing) else []


class Scopes:
    """The scopes of one target's sources in one run."""

    def __init__(self, run: Run, books: Books, sheet: Sheet) -> None:
        self._run = run
        self._documents = books.documents
        self._rooms = books.rooms
        self._notes = books.notes
        self._sheet = sheet
        self._options = run.options
        self._met: set[str] = set()
        """Of the rooms that the run is narrowed to, those that a source has."""
        self._closed: dict[str, list[str]] = {}
        """By source that is read the keys of known rooms that are not walked, whatever the reason, and that no setting makes public."""

    def closed_rooms(self, configured: Collection[str]) -> Iterator[tuple[str, list[str]]]:
        """
        By source the keys of known rooms that are not walked and that no setting makes public: all of a source that they lack.

        Args:
            configured: names of the sources that they have, read in this run or not.
        """
        yield from self._closed.items()
        for name in sorted({*self._documents.sources()} - {*configured}):
            yield name, sorted(self._rooms.all(name))

    def unlisted(self, source: Source) -> list[str]:
        """Names of known rooms that are not listed now, and into which something may have moved."""
        return self._rooms.unlisted(source.name, since=self._run.too_long_ago())

    async def choose(self, source: Source, found: Sequence[FoundScope]) -> list[Sight]:
        """Decide which scopes are walked, and read who may see them; what is no longer chosen is held by name."""
        remembered = self._rooms.all(source.name)
        self._documents.release_source(source.name)
        walked: list[tuple[FoundScope, bool]] = []
        for one in found:
            included, public = self._decide(source.name, one, remembered)
            self._rooms.decide(
                source.name,
                one.scope.key,
                name=one.scope.name,
                included=included,
                public=public,
                rules=one.rules,
            )
            if included:
                self._documents.release_room(source.name, one.scope.key)
                walked.append((one, public))
            elif self._options.may_hold:
                self._documents.hold_room(
                    source.name, one.scope.key, run=self._run.number, why=HoldReason.ROOM_EXCLUDED
                )
        if self._options.may_hold:
            listed = {one.scope.key for one in found}
            vanished = sorted(remembered.keys() - listed)
            unread = bool(unread_of(source))
            self._rooms.miss(source.name, vanished, now=self._run.now(), anew=unread)
            for key in vanished if not unread else ():  # else what cannot be read may be any of them
                self._documents.hold_room(
                    source.name, key, run=self._run.number, why=HoldReason.ROOM_VANISHED
                )
        self._closed[source.name] = self._choose_closed(source, found, walked, remembered)
        self._tell_idle(source, bool(found), bool(walked))
        if self._options.rooms:
            walked = [
                (one, public)
                for one, public in walked
                if one.scope.key in self._options.rooms or one.scope.name in self._options.rooms
            ]
            self._met |= {name for one, _ in walked for name in (one.scope.key, one.scope.name)}
        return await self._read_audiences(source, walked, remembered)

    def _choose_closed(
        self,
        source: Source,
        found: Sequence[FoundScope],
        walked: Sequence[tuple[FoundScope, bool]],
        remembered: dict[str, Room],
    ) -> list[str]:
        """A room that is left out, or not listed, is public as long as the settings name it."""
        if not isinstance(source, Publishing):
            return []
        named = {one.scope.key: one.scope.name for one in found}
        names = {key: named.get(key, room.name) for key, room in remembered.items()}
        left = names.keys() - {one.scope.key for one, _ in walked}
        return sorted(key for key in left if not source.makes_public(names[key]))

    def _tell_idle(self, source: Source, found: bool, walked: bool) -> None:
        """Patterns of the settings that match nothing are told; that they leave nothing at all is no success."""
        if idle := idle_of(source):
            self._sheet.tell(Code.PATTERNS_IDLE, source=source.name, patterns=", ".join(idle), listed=found)
        if found and not walked:
            self._sheet.tell(Code.NOTHING_CHOSEN, source=source.name)

    def tell_unmet(self) -> None:
        """What a run was narrowed to, and no source has."""
        if unmet := [name for name in self._options.rooms if name not in self._met]:
            self._sheet.tell(Code.ROOMS_UNMET, rooms=", ".join(unmet))

    def _decide(self, source: str, one: FoundScope, remembered: dict[str, Room]) -> tuple[bool, bool]:
        """Whether a room is walked, and whether it is public; each list of globs is compared by itself."""
        before = remembered.get(one.scope.key)
        included = one.included
        if (
            included
            and before is not None
            and before.rules is not None
            and not before.included
            and before.rules[:RULES] == one.rules[:RULES]
        ):
            included = False
            self._sheet.tell(Code.RENAMED_INTO_READ, room=one.scope.name)
        return included, one.public and self._is_meant(source, one, remembered)

    def _is_meant(self, source: str, one: FoundScope, remembered: dict[str, Room]) -> bool:
        """Whether it is this very room that the settings make public, and not one that took the name of another since."""
        name, key, rules = one.scope.name, one.scope.key, one.rules[RULES:]
        before = remembered.get(key)
        renamed = (
            before is not None
            and before.rules is not None
            and not before.public
            and before.rules[RULES:] == rules
        )
        notes = self._notes(source)
        note = notes.get(PUBLIC_NAME, name)
        if note is not None:
            taken = note.mark == rules and note.value.decode() != key
        else:  # nobody noted names before
            taken = any(
                other.name == name and other.public and (other.rules or b"")[RULES:] == rules
                for root, other in remembered.items()
                if root != key
            )
        if taken:
            self._sheet.tell(Code.NAME_OF_PUBLIC, room=name)
            return False
        if renamed:
            self._sheet.tell(Code.RENAMED_INTO_PUBLIC, room=name)
            return False
        notes.put(PUBLIC_NAME, name, key.encode(), mark=rules, run=self._run.number)
        return True

    async def _read_audiences(
        self, source: Source, walked: Sequence[tuple[FoundScope, bool]], remembered: dict[str, Room]
    ) -> list[Sight]:
        gate = asyncio.Semaphore(source.concurrency)

        async def read(one: FoundScope, public: bool) -> Sight:
            async with gate:
                return await self._read_audience(source, one, public, remembered.get(one.scope.key))

        return await together(read(one, public) for one, public in walked)

    async def _read_audience(
        self, source: Source, one: FoundScope, public: bool, before: Room | None
    ) -> Sight:
        last = before.audience if before else None
        witnesses = before.witnesses if before else []
        lost_at: float | None = None
        now = self._run.now()
        try:
            audience, witnesses = await source.audience(one.scope, last, witnesses)
        except ConnectorError as error:
            audience = None
            if before is not None and not isinstance(error, SourceUnavailable):
                lost_at = before.audience_at
            self._sheet.tell(Code.AUDIENCE_UNREAD, room=one.scope.name, why=str(error))
        else:
            if audience is None:
                self._sheet.tell(Code.AUDIENCE_UNKNOWN, room=one.scope.name)
                lost_at = before.audience_at if before else None
        if audience is not None:
            audience = Audience(audience.identities, public=public)
            self._rooms.note_audience(source.name, one.scope.key, audience, now=now)
        if (audience is not None or witnesses) and (before is None or before.witnesses != witnesses):
            self._rooms.note_witnesses(source.name, one.scope.key, witnesses)
        return Sight(scope=one.scope, audience=audience, public=public, last=last, lost_at=lost_at)
