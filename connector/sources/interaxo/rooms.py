"""
The rooms of one host, and which of them the settings choose: every community that the identity sees, to the end.

One that cannot be read is named, and costs no other. Source: Interaxo API, Communities and Rooms.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence

from connector.engine.task_group import first_of
from connector.errors import (
    ConnectorError,
    ListingIncomplete,
    RecordGone,
    RecordHidden,
    SourceRefused,
    SourceUnavailable,
)
from connector.ports.source import FoundScope
from connector.sources.interaxo.calls import Calls, quoted
from connector.sources.interaxo.exchanges import COMMUNITIES
from connector.sources.interaxo.globs import Globs
from connector.sources.interaxo.lists import Lists
from connector.sources.interaxo.places import RoomInfo, room_info, scope_of
from connector.sources.interaxo.room_notes import RoomNotes
from connector.sources.interaxo.room_rows import Named, Room, overlooked_in, parse_named, parse_rooms
from connector.sources.interaxo.wire import Unreadable


class Rooms:
    """
    Lists the rooms of one source.

    Args:
        chosen: communities of the settings; empty: all that the identity sees.
        overlooked: is told by name of a community or a room which of its values are left out.
    """

    def __init__(
        self,
        calls: Calls,
        lists: Lists,
        globs: Globs,
        chosen: Sequence[str],
        overlooked: dict[str, Sequence[str]],
        room_notes: RoomNotes,
    ) -> None:
        self.unread: dict[str, str] = {}
        """Communities and rooms that cannot be read, by name, with the reason."""
        self.overlooked = overlooked
        self.idle: list[str] = []
        """What the settings write to choose rooms, and what no room matches."""
        self._calls = calls
        self._lists = lists
        self._globs = globs
        self._chosen = list(chosen)
        self._room_notes = room_notes

    async def all(self) -> tuple[dict[str, str], list[FoundScope]]:
        """
        List every room of the communities that are read, each room once; those of a community while others are listed still.

        Returns:
            Names of the communities, by id, and their rooms.

        Raises:
            SourceRefused: a community that the settings name is not shown. ConnectorError: that of the first, where none of them
                lists its rooms.
        """
        lists: dict[str, asyncio.Task[list[Room | Unreadable] | ConnectorError]] = {}
        try:
            async with asyncio.TaskGroup() as group:

                def met(community: str) -> None:
                    lists[community] = group.create_task(self._list(community))

                names = await self._communities(met)
        except BaseExceptionGroup as errors:
            raise first_of(errors) from None
        return names, self._rooms_of(names, {community: lists[community].result() for community in names})

    def _rooms_of(
        self, names: Mapping[str, str], lists: Mapping[str, list[Room | Unreadable] | ConnectorError]
    ) -> list[FoundScope]:
        found: dict[str, FoundScope] = {}
        failed = [one for one in lists.values() if isinstance(one, ConnectorError)]
        if failed and len(failed) == len(lists):
            raise failed[0]
        for community, rooms in lists.items():
            if isinstance(rooms, ConnectorError):
                self.unread[_named(community)] = f"its rooms cannot be listed: {rooms}"
                continue
            for room in rooms:
                if isinstance(room, Unreadable):
                    self.unread[f"{community}/{room.id}"] = f"this room cannot be read: {room.problem}"
                elif room.content.root_id not in found:
                    if odd := overlooked_in(room):
                        self.overlooked[f"the room {community}/{room.id}"] = odd
                    if _named(community) in self.overlooked:
                        odd = (*odd, "community_name")
                    info = self._room_notes.settled(room_info(community, names[community], room), odd)
                    found[room.content.root_id] = self._found(info)
        infos = [one.scope.origin for one in found.values()]
        self.idle[:] = self._globs.idle([(info.community, info.slug) for info in infos])
        return [*found.values()]

    async def made_since(self, known: Collection[str]) -> list[str]:
        """
        List all rooms once more.

        Args:
            known: roots of the rooms that `all` gave.

        Returns:
            Names of those that are new, and of communities that do not list theirs any more.

        Raises:
            ConnectorError: the communities cannot be listed.
        """
        made: list[str] = []
        rows = await self._list_communities()
        for community in [one.id for one in rows if isinstance(one, Named)]:
            if self._chosen and community not in self._chosen:
                continue
            rooms = await self._list(community)
            if isinstance(rooms, ConnectorError):
                made.append(_named(community))
                continue
            made += [
                f"{community}/{room.id}"
                for room in rooms
                if isinstance(room, Unreadable) or room.content.root_id not in known
            ]
        return [name for name in made if name not in self.unread]

    async def _communities(self, met: Callable[[str], None]) -> dict[str, str]:
        """The names of those that are read; `met` is told of each as it is listed."""
        self.unread.clear()
        self.overlooked.clear()
        names = await self._community_names(met)
        for community in self._chosen:
            if community not in names:
                raise SourceRefused(
                    f"Interaxo does not show the community {community!r} to this client; it shows {', '.join(names) or 'none'}. "
                    f"Check sources.{self._calls.name}.communities, or ask Interaxo's support for the right."
                )
        return {community: names[community] for community in self._chosen or names}

    def makes_public(self, name: str) -> bool:
        """Whether the settings make a room public that is, or was, called so: community/room."""
        community, _, slug = name.rpartition("/")
        return self._globs.make_public(community, slug)

    def _found(self, info: RoomInfo) -> FoundScope:
        return FoundScope(
            scope=scope_of(info),
            included=self._globs.choose(info.community, info.slug),
            public=self._globs.make_public(info.community, info.slug),
            rules=self._globs.digests,
        )

    async def _community_names(self, met: Callable[[str], None]) -> dict[str, str]:
        """Every community that the identity sees, by id; one that cannot be read is named, and costs no other."""
        names: dict[str, str] = {}

        def name(rows: list[Named | Unreadable]) -> None:
            for one in rows:
                if isinstance(one, Unreadable):
                    self.unread[_named(one.id)] = f"it cannot be read: {one.problem}"
                    continue
                if odd := overlooked_in(one):
                    self.overlooked[_named(one.id)] = odd
                names[one.id] = one.name or one.id
                if not self._chosen or one.id in self._chosen:
                    met(one.id)

        await self._list_communities(name)
        return names

    async def _list_communities(
        self, met: Callable[[list[Named | Unreadable]], None] | None = None
    ) -> list[Named | Unreadable]:
        return await self._lists.whole(
            "communities",
            COMMUNITIES,
            lambda reply: self._calls.read(reply, COMMUNITIES, parse_named),
            short_ends=False,
            met=met,
        )

    async def _list(self, community: str) -> list[Room | Unreadable] | ConnectorError:
        """The rooms of one community, or why they cannot be listed."""
        path = f"/v1/{quoted(community)}/rooms"
        try:
            return await self._lists.whole(
                "rooms",
                path,
                lambda reply: self._calls.read(reply, path, parse_rooms),
                short_ends=False,
            )
        except (ListingIncomplete, RecordGone, RecordHidden, SourceRefused, SourceUnavailable) as error:
            return error


def _named(community: str) -> str:
    """How a community is called where it is told of."""
    return f"the community {community}"
