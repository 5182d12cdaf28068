"""The lists of who may see single items: asked for, with what an answer means, or that there is none. A folder without a list is seen as its items are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from connector.document.audience import Audience, common_of
from connector.engine.batched import batched
from connector.engine.task_group import together
from connector.errors import (
    ListingIncomplete,
    RecordGone,
    RecordHidden,
    SourceRefused,
    SourceUnavailable,
)
from connector.ports.grants import Grant, SourceGrants
from connector.sources.interaxo.inheritance import (
    MAY_LACK_A_LIST,
    MISSED,
    SIMPLE,
    STEP,
    Inherited,
    derived,
    has_corner,
    stood_elsewhere,
    tell_together,
    unasked,
    without_list,
)
from connector.sources.interaxo.places import RoomInfo
from connector.sources.interaxo.room_notes import RoomNotes
from connector.sources.interaxo.wire import CONTAINERS, LINKS, Item

AT_ONCE = 16
"""Items of one container that are asked for side by side."""
CONTAINERS_AT_ONCE = 64
DEEPEST = 16
"""Folders without a list, one in another, that are looked into for one."""
Ask = Callable[[RoomInfo, str], Awaitable[Audience | None]]
ListAll = Callable[[RoomInfo, str], Awaitable[list[Item]]]
Stands = Callable[[RoomInfo, str], Awaitable[bool]]


class ReaderLists:
    """Asks for the lists of single items."""

    def __init__(
        self,
        ask: Ask,
        list_all: ListAll,
        stands: Stands,
        *,
        grants: SourceGrants,
        room_notes: RoomNotes,
        clock: Callable[[], float],
    ) -> None:
        """
        Args:
            stands: says whether an item answers for itself.
        """
        self._ask_list = ask
        self._list_all = list_all
        self._stands = stands
        self._grants = grants
        self._room_notes = room_notes
        self._clock = clock
        self._run = 0

    def open(self, run: int) -> None:
        """A new run."""
        self._run = run

    async def all(self, info: RoomInfo, rows: Sequence[Grant], at: Inherited) -> list[Grant]:
        """Ask for items of one container, and remember the answers."""
        if not rows:
            return []
        told: list[Grant] = []
        for batch in batched(rows, AT_ONCE):
            told += await together(self._one(info, row, at.of(row.step)) for row in batch)
        self._grants.put(told)
        return told

    async def _one(self, info: RoomInfo, row: Grant, at: Inherited) -> Grant:
        run, now = self._run, self._clock()
        try:
            told = await self._ask_list(info, row.native)
        except RecordGone:
            if row.kind in MAY_LACK_A_LIST:
                if row.trouble == MISSED and not await self._is_there(info, row):
                    return msgspec.structs.replace(row, asked_run=run)
                return without_list(row, run=run, now=now)
            told = None
        except (RecordHidden, SourceRefused):
            told = None
        except SourceUnavailable:
            return msgspec.structs.replace(row, trouble="unanswered", asked_run=run)
        if told is None:
            return msgspec.structs.replace(
                row, trouble="unknown", asked_run=run, told_at=min(row.told_at or now, now)
            )
        if self._room_notes.permissions == "folder" and has_corner(row, told, at):
            self._room_notes.found(info, run=run)
        return msgspec.structs.replace(
            row, told=told, listless=False, trouble="", inherited=at.digest, asked_run=run, told_at=now
        )

    async def _is_there(self, info: RoomInfo, row: Grant) -> bool:
        """Whether an item whose list is not there is there itself: while its room, or a folder, answers 404 to everything, that tells of no list."""
        return await self._stands(info, row.parent if row.kind == STEP else row.native)

    def doubt_below(self, moved: Sequence[str]) -> None:
        """
        What stands below containers that moved is asked for when it is listed there, whatever was answered in this run.

        The room that it left answers 404 for it, which says nothing of its list.
        """
        left = list(moved)
        while left:
            taken, left = left[:CONTAINERS_AT_ONCE], left[CONTAINERS_AT_ONCE:]
            rows = [row for below in self._grants.below_all(taken).values() for row in below]
            self._grants.put([unasked(row) for row in rows])
            # what is in circles comes back to where it began
            left += [row.native for row in rows if row.kind in CONTAINERS and row.native not in moved]

    async def derive(
        self, info: RoomInfo, folder: Grant, at: Inherited, above: frozenset[str] = frozenset()
    ) -> Grant:
        """
        A folder without a list, met before what stands in it: its items are asked for now, and not again when they are listed.

        Args:
            above: folders without a list in which it stands: one that it lists goes in circles.
        """
        inside = Inherited(native=folder.native, audience=at.audience, listless=True)
        try:
            items = await self._list_all(info, folder.native)
        except (ListingIncomplete, RecordGone, RecordHidden, SourceRefused, SourceUnavailable):
            unread = msgspec.structs.replace(folder, trouble="unanswered")
            self._grants.put([unread])
            return unread
        above |= {folder.native}
        fresh = [
            Grant(native=one.id, parent=folder.native, kind=one.type, step="")
            for one in items
            if one.type not in LINKS and one.id not in {*above, at.native, info.root}
        ]
        kept = self._grants.get([one.native for one in fresh])
        self.doubt_below([native for native, was in kept.items() if stood_elsewhere(was, folder.native)])
        rows = await self.all(info, fresh, inside)
        lists, unsure = tell_together(rows)
        if not lists and len(above) <= DEEPEST:
            for row in rows:
                if row.listless and row.kind in SIMPLE:
                    inner = await self.derive(info, row, inside, above)
                    unsure = unsure or bool(inner.trouble)
                    lists += [inner.told] if inner.told is not None else []
        folder = derived(folder, common_of(lists), unsure=unsure)
        self._grants.put([folder])
        return folder
