"""
Who may see what is in the target already, as it is read now: compared with what the target confirmed, and noted where it is less.

What is noted is sent by `narrowing`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import structlog

from connector.access.audience_updates import AudienceUpdates
from connector.document.audience import NOBODY, Audience
from connector.document.document import Scope
from connector.engine.task_group import together
from connector.errors import ConnectorError
from connector.plan.context import Books, Run
from connector.plan.step import How, narrows
from connector.ports.source import Nested, Seen, Sorted, Source

EXPIRED = "expired"
"""How a document is noted whose audience was unknown for too long."""


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """One scope as its audience was read in this run."""

    scope: Scope
    audience: Audience | None
    public: bool
    """Whether a setting makes it public by name."""
    last: Audience | None = None
    """As an earlier run read it."""
    lost_at: float | None = None
    """When the audience was known last, while the source answers without telling."""


class Comparing:
    """The audiences of one target's documents in one run, as they are read."""

    def __init__(self, run: Run, books: Books, updates: AudienceUpdates) -> None:
        self.closed: set[tuple[str, str]] = set()
        """Source and key of the rooms that no setting makes public."""
        self.bugs: list[Exception] = []
        """What ended the reading of single scopes."""
        self._run = run
        self._documents = books.documents
        self._pending = books.pending_audiences
        self._updates = updates
        self._has_earlier: bool | None = None
        """Whether something that an earlier run read is not confirmed yet; None: nobody has looked."""
        self._log = structlog.get_logger()

    def begin(self) -> None:
        """Begin anew, before anything is held for another reason in this run: of what waits for a decision nothing is kept."""
        if self._has_earlier is None:
            self._has_earlier = self._pending.begin_narrowings()

    async def read(self, walks: Sequence[tuple[Source, Sequence[Sight]]]) -> None:
        """Read what is due of the audiences below the scopes, and note which documents have too wide a one."""
        self.begin()
        for source, sights in walks:
            turns = asyncio.Semaphore(source.concurrency)
            await together(self._read_carefully(source, sight, turns) for sight in sights)

    async def _read_carefully(self, source: Source, sight: Sight, turns: asyncio.Semaphore) -> None:
        """Whatever ends the reading of one scope ends the run, but only after the narrowings of all others were sent (rule 7)."""
        try:
            await self._read_scope(source, sight, turns)
        except Exception as error:  # noqa: BLE001 - raised again by `narrow`
            told = {"why": str(error)} if isinstance(error, ConnectorError) else {"exc_info": error}
            self._log.error("audiences.unread", source=source.name, scope=sight.scope.key, **told)
            self.bugs.append(error)

    async def _read_scope(self, source: Source, sight: Sight, turns: asyncio.Semaphore) -> None:
        async with turns:
            room = sight.scope.key
            had = self._documents.audiences_in(source.name, room)
            try:
                await self._compare_scope(source, sight, had)
            finally:
                if not sight.public:
                    self._close_room(source.name, room, had)
        if sight.audience is not None or sight.lost_at is not None:
            self._pending.release_found(source.name, room)

    async def _compare_scope(self, source: Source, sight: Sight, had: Mapping[bytes, Audience]) -> None:
        room, is_told = sight.scope.key, False
        if isinstance(source, Nested) and source.looks_below:
            if (own := source.scope_id(sight.scope)) is not None:
                self._compare([Seen(id=own, audience=sight.audience, told_at=sight.lost_at)])
            async for told in source.audiences(sight.scope, sight.audience, sight.lost_at):
                is_told = is_told or any(one.most is None for one in told)
                self._compare(self._without_others(source, room, told))
        elif sight.audience is not None:
            if self._has_earlier:
                self._pending.room_read_anew(source.name, room)
            self._compare_room(source.name, room, had, sight.audience)
        if not is_told and sight.audience is None and self._expired(sight.lost_at):
            nobody = self._pending.remember(NOBODY)
            for digest in had.keys() - {nobody}:
                self._pending.narrow_room(source.name, room, digest, audience=nobody, how=EXPIRED)

    def close(self, source: str, rooms: Iterable[str]) -> None:
        """Note what is public still in rooms that are not read, and that no setting makes public any more."""
        for room in rooms if self._pending.has_any_public() else ():
            self._close_room(source, room, self._documents.audiences_in(source, room))

    def _compare(self, told: Sequence[Seen]) -> None:
        """Note of single documents how their confirmed audience differs from what was read."""
        confirmed = self._pending.confirmed([one.id for one in told])
        noted: list[tuple[str, bytes, str]] = []
        unknown: list[tuple[str, bytes, str]] = []
        if self._has_earlier:
            self._pending.read_anew([one.id for one in told if one.audience is not None])
        for one in told:
            digest = confirmed.get(one.id)
            if digest is None:
                continue
            if one.audience is None:
                if self._expired(one.told_at) and digest != NOBODY.digest():
                    unknown.append((one.id, self._pending.remember(NOBODY), EXPIRED))
                elif one.most is not None and (less := self._still(digest, one.most)) is not None:
                    unknown.append((one.id, self._updates.remember(less), How.NARROW))
                continue
            if one.audience.digest() == digest:
                continue
            how = narrows(self._updates.audience(digest), one.audience)
            if how:
                noted.append((one.id, self._updates.remember(one.audience), how))
        self._pending.narrow(noted)
        self._pending.note_unless_narrowed(unknown)

    def _still(self, digest: bytes, most: Audience) -> Audience | None:
        """Who of those that find a document still may; None where all of them may, or nobody would be left: that waits until it is known who does."""
        had = self._updates.audience(digest)
        less = had.common(most)
        return None if less in (had, NOBODY) else less

    def _without_others(self, source: Source, room: str, told: Sequence[Seen]) -> Sequence[Seen]:
        """Leave out what is known as a record of another kind: its own list tells who may see it."""
        if not isinstance(source, Sorted):
            return told
        others = self._documents.in_other_scopes([one.id for one in told], source=source.name, room=room)
        return [one for one in told if one.id not in others]

    def _close_room(self, source: str, room: str, audiences: Mapping[bytes, Audience]) -> None:
        """A room that no setting names any more is not public, whatever becomes of its list; what is noted of it may wait, this may not."""
        self.closed.add((source, room))
        for digest, had in audiences.items():
            if had.public:
                closed = self._updates.remember(Audience(had.identities))
                self._pending.narrow_room(source, room, digest, audience=closed, how=How.NARROW)

    def _compare_room(
        self, source: str, room: str, audiences: Mapping[bytes, Audience], audience: Audience
    ) -> None:
        """The same where every document of a room has the room's audience, or part of it."""
        for digest, had in audiences.items():
            how = narrows(had, audience)
            if how:
                self._pending.narrow_room(
                    source, room, digest, audience=self._updates.remember(audience), how=how
                )

    def _expired(self, told_at: float | None) -> bool:
        """Whether it was surely unknown for too long."""
        return told_at is not None and told_at < self._run.too_long_ago()
