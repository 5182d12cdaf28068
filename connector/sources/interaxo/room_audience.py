"""
Who may see a room, and any item: as the list of who can be mentioned on it says (an inference; docs/interaxo.md).

A room whose root has no list takes what up to twenty items below it have in common, and that is only ever narrowed.
Source: Interaxo API, List all mentionable users and groups.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from connector.document.audience import (
    NOBODY,
    Audience,
    common_of,
    group_identity,
    make_audience,
    user_identity,
)
from connector.engine.loop_yield import LoopYield
from connector.errors import RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.http.exchange import Reply
from connector.ports.source import Reading
from connector.sources.interaxo import wire
from connector.sources.interaxo.calls import Calls, NotAccepted, quoted, room_path
from connector.sources.interaxo.lists import Lists
from connector.sources.interaxo.people import Directory
from connector.sources.interaxo.places import RoomInfo
from connector.sources.interaxo.rights import Rights
from connector.sources.interaxo.spellings import AT_ONCE
from connector.sources.interaxo.wire import Authority, Unreadable

AUTHORITIES = 1_000
DEFAULT_AUTHORITIES = 100
"""What the host gives without a limit: a list of exactly this length may be cut off, too."""
KINDS = frozenset({"user", "group"})
WITNESSES = 20
WITNESS_LISTINGS = 10


class Readers:
    """Reads who may see one item."""

    def __init__(self, calls: Calls, directory: Directory, *, source: str) -> None:
        self._calls = calls
        self._directory = directory
        self._source = source
        self._loop_yield = LoopYield(AT_ONCE)
        self.names: dict[str, str] | None = None
        """How identities are called, where somebody wants to know: `check` does, runs do not."""

    async def of(self, info: RoomInfo, native: str) -> Audience | None:
        """
        Read who can be mentioned on an item: taken for who may see it (an inference; docs/interaxo.md).

        Returns:
            None when the list may be cut off, is empty (the connector itself can see the item), holds
            two ids that only case tells apart, or somebody who cannot be read.

        Raises:
            RecordGone: 404 or 422: this item has no list of its own.
        """
        path = f"{room_path(info)}/content/{quoted(native)}/comments/mentionable-authorities"

        def read(reply: Reply) -> list[Authority | Unreadable]:
            if reply.status == 422:
                raise RecordGone(f"Interaxo keeps no list of people for {native}")
            return self._calls.read(reply, path, wire.parse_authorities)

        async def ask(skip: int) -> list[Authority | Unreadable]:
            more = {"skip": skip} if skip else {}
            return await self._calls.get(path, read, {"limit": AUTHORITIES, **more})

        listed = await _to_the_end(ask)
        authorities = [one for one in listed or () if isinstance(one, Authority) and one.type in KINDS]
        for one in authorities:
            self._directory.meet(info.community, one)
        if not listed or len(authorities) < len(listed):
            return None
        by_identity: dict[str, str] = {}
        for one in authorities:
            if one.type == "group":
                identity, native = (
                    group_identity(self._source, info.community, one.id),
                    f"{info.community}/{one.id}",
                )
            else:
                identity, native = user_identity(self._source, one.id), one.id
            if not await self._loop_yield.do(partial(self._directory.one_spelling, identity, native), 1):
                return None
            by_identity[identity] = one.id
            if self.names is not None and one.name:
                self.names[identity] = one.name
        if len(authorities) == 1 and await self._directory.is_me(info.community, authorities[0]):
            return NOBODY  # an account that is shown itself alone: as a removal, it passes the brake
        return make_audience(by_identity)


class RoomAudience:
    """Who may see the rooms of one source: by setting, or as their roots say, or as the items below them have in common."""

    def __init__(
        self, readers: Readers, lists: Lists, rights: Rights, *, permissions: str, identities: Sequence[str]
    ) -> None:
        self.reread = 0
        self._readers = readers
        self._lists = lists
        self._rights = rights
        self._permissions = permissions
        self._identities = list(identities)
        self._reading = Reading(run=0, thorough=True)

    def open(self, reading: Reading) -> None:
        """A new run."""
        self._reading = reading
        self.reread = 0

    async def read(
        self, info: RoomInfo, last: Audience | None, witnesses: Sequence[str]
    ) -> tuple[Audience | None, list[str]]:
        """
        Read who may see a room.

        Args:
            last: as read before.
            witnesses: the items it was put together from before.

        Returns:
            The audience, None when it is unknown; and the witnesses.
        """
        if self._permissions == "fixed":
            if self._reading.thorough:
                await self._meet_authorities(info)
            return make_audience(self._identities), []
        try:
            audience = await self._readers.of(info, info.root)
        except RecordGone:
            self._rights.root_listless(info, listless=True)
            return await self._from_witnesses(info, last, list(witnesses))
        self._rights.root_listless(info, listless=False)
        return audience, []

    async def _meet_authorities(self, info: RoomInfo) -> None:
        """With fixed identities nothing hangs on the room's list but whom it names."""
        with contextlib.suppress(RecordGone, RecordHidden, SourceRefused, SourceUnavailable):
            await self._readers.of(info, info.root)

    async def _from_witnesses(
        self, info: RoomInfo, last: Audience | None, witnesses: list[str]
    ) -> tuple[Audience | None, list[str]]:
        """Put a room's audience together from up to twenty items below it, that have lists of their own."""
        if witnesses and last is not None:
            ask = witnesses if self._reading.thorough or self._rights.doubtful else self._turn_of(witnesses)
            self.reread += len(ask)
            lists = await self._lists_of(info, ask)
            if lists:
                return common_of([last, *lists]), witnesses
        found = await self._find_witnesses(info)
        lists = await self._lists_of(info, found)
        if not lists:
            return None, found
        if last is None:
            return common_of(lists), found
        if not witnesses:
            return None, found  # a list that is missing for once says nothing; the next run believes it
        # witnesses of before that are gone: others confirm what was known, or narrow it; that it is nobody all at once is
        # not believed
        narrowed = common_of([last, *lists])
        return (narrowed if narrowed is not None and narrowed.identities else None), found

    def _turn_of(self, witnesses: list[str]) -> list[str]:
        """Two witnesses in every delta, each in its turn."""
        first = self._reading.turn * 2 % len(witnesses)
        return (witnesses + witnesses)[first : first + min(2, len(witnesses))]

    async def _lists_of(self, info: RoomInfo, witnesses: Sequence[str]) -> list[Audience | None]:
        """The lists of those witnesses that answer; one that is gone says nothing, one that is refused is unknown."""
        lists: list[Audience | None] = []
        for witness in witnesses:
            try:
                lists.append(await self._readers.of(info, witness))
            except RecordGone:
                continue
            except RecordHidden:
                lists.append(None)
        return lists

    async def _find_witnesses(self, info: RoomInfo) -> list[str]:
        """Look for items with lists of their own, from the root downwards, with a few listings at most."""
        found: list[str] = []
        folders = [info.root]
        for _ in range(WITNESS_LISTINGS):
            if not folders or len(found) >= WITNESSES:
                break
            rows = await self._lists.children(info, folders.pop(0), 0)
            for row in rows:
                if isinstance(row, Unreadable):
                    continue
                if row.type in {"simple-folder", "folder"}:
                    folders.append(row.id)
                elif row.type not in wire.LINKS:
                    found.append(row.id)
        return found[:WITNESSES]


async def _to_the_end(
    ask: Callable[[int], Awaitable[list[Authority | Unreadable]]],
) -> list[Authority | Unreadable] | None:
    """
    Read a list of people; None where it may be cut off.

    It has no documented `skip`: where its length makes one suspicious, it is asked whether there are more. A host that
    then gives the same again knows no `skip`, and a list as long as the limits may be cut off.
    """
    first = await ask(0)
    found = {_who(one): one for one in first}
    given = len(first)
    while given and given % DEFAULT_AUTHORITIES == 0:
        try:
            rows = await ask(given)
        except (NotAccepted, RecordGone, RecordHidden):
            return None if given in {AUTHORITIES, DEFAULT_AUTHORITIES} else list(found.values())
        fresh = {_who(one): one for one in rows if _who(one) not in found}
        if rows and not fresh:
            return None if given in {AUTHORITIES, DEFAULT_AUTHORITIES} else list(found.values())
        if not rows:
            break
        found |= fresh
        given += len(rows)
    return None if len(first) > AUTHORITIES else list(found.values())


def _who(one: Authority | Unreadable) -> tuple[str, str]:
    return ("", one.id) if isinstance(one, Unreadable) else (one.type, one.id)
