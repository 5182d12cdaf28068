"""
Single items asked for by themselves: whether one that its listing lacks is gone, stands elsewhere, or cannot be told.

A 404 is proof only while the room and the nearest listed folder answer; see docs/safety.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress

from connector.document.audience import Audience
from connector.document.document import Listed, Scope
from connector.document.ids import document_id
from connector.errors import RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.ports.source import Verdict
from connector.sources.interaxo.calls import Calls, OddAnswer
from connector.sources.interaxo.kinds import defines
from connector.sources.interaxo.leniency import usable
from connector.sources.interaxo.mapping import RoomMapping
from connector.sources.interaxo.parent_check import ParentCheck
from connector.sources.interaxo.places import Place, RoomInfo, place_in
from connector.sources.interaxo.rights import Rights
from connector.sources.interaxo.shared_answers import SharedAnswers
from connector.sources.interaxo.tree import Tree
from connector.sources.interaxo.wire import Item

DEEPEST = 100
"""Folders, one in another, above an item."""
UNKNOWN_ROOMS = "a room that was made since"
MadeSince = Callable[[Collection[str]], Awaitable[list[str]]]


class Suspects:
    """Asks for what a listing lacks."""

    def __init__(
        self, calls: Calls, mapping: RoomMapping, rights: Rights, tree: Tree, made_since: MadeSince
    ) -> None:
        """
        Args:
            made_since: says which rooms there are besides some, by their roots.
        """
        self.rooms: list[tuple[Scope, RoomInfo]] = []
        """As they are listed in this run."""
        self.audiences: dict[str, Audience | None] = {}
        """Of the rooms that were walked, by root."""
        self._calls = calls
        self._mapping = mapping
        self._rights = rights
        self._tree = tree
        self._made_since = made_since
        self._made: list[str] = []
        """Names of rooms that were made since those of this run were listed, as far as somebody looked."""
        self._parent_check = ParentCheck()
        self._folders = SharedAnswers[Item]()
        """What is climbed: a hundred items of one folder ask for what is above them a few times."""
        self._silent: set[str] = set()
        """Roots of rooms that gave no answer about an item in this run."""

    def open(self) -> None:
        """A new run."""
        self.audiences.clear()
        self._made = []
        self._parent_check.open()
        self._folders.open()
        self._silent.clear()

    async def ask(self, native: str, scope_key: str, ancestor: str, elsewhere: Collection[str]) -> Verdict:
        """Ask for one item that its listing lacks: in its room, then where it may have been moved to."""
        home = next((pair for pair in self.rooms if pair[0].key == scope_key), None)
        if home is None:
            moved, untold = await self._found_elsewhere(native, elsewhere, "")
            return moved or Verdict(unsure="its room is not listed", untold=untold)
        scope, info = home
        try:
            found = await self._found(scope, info, native)
        except RecordGone:
            pass
        except (RecordHidden, SourceRefused) as error:
            return Verdict(unsure=str(error))
        else:
            # some hosts show an item whatever room is asked: the one in which it stands tells more
            there = (await self._found_elsewhere(native, elsewhere, info.root))[0] if found.moved else None
            return there or found
        since = self._parent_check.moment()
        for standing in dict.fromkeys((info.root, ancestor)):
            if not await self._stands(info, standing, since):
                return Verdict(
                    unsure=f"its {'room' if standing == info.root else 'folder'} does not answer for itself"
                )
        moved, untold = await self._found_elsewhere(native, elsewhere, info.root)
        if moved is not None:
            return moved
        are_all_rooms = await self._parent_check.holds(
            "rooms", self._parent_check.moment(), self._look_for_rooms
        )
        return Verdict(gone=True, untold=untold if are_all_rooms else (*untold, *self._made))

    async def _found_elsewhere(
        self, native: str, elsewhere: Collection[str], home: str
    ) -> tuple[Verdict | None, tuple[str, ...]]:
        """
        Ask for an item in the other rooms where it may have been moved to, in whichever community.

        Returns:
            What the room says that has it, or else one that shows it and where it does not stand, None when none does; and the rooms
            that do not tell: one that does not answer for itself either says nothing by a 404 (it has another short name by now).
            One that gave no answer is not asked again in this run.
        """
        untold: list[str] = []
        shown: Verdict | None = None
        for scope, info in self.rooms:
            if info.root not in elsewhere or info.root == home:
                continue
            if info.root in self._silent:
                untold.append(scope.name)
                continue
            try:
                found = await self._found(scope, info, native)
                if not found.moved:
                    return found, ()
                shown = found
            except RecordGone:
                if not await self._stands(info, info.root, self._parent_check.moment()):
                    self._silent.add(info.root)
                    untold.append(scope.name)
            except (RecordHidden, SourceRefused):
                untold.append(scope.name)
            except SourceUnavailable:
                self._silent.add(info.root)
                untold.append(scope.name)
        return shown, tuple(untold)

    async def _look_for_rooms(self) -> None:
        """
        See whether there are still no other rooms than those that were listed: an item may have moved into one that was made since.

        Raises:
            SourceUnavailable: there are, or nobody can tell.
        """
        self._made = [UNKNOWN_ROOMS]  # where the next call gets no answer
        made = await self._made_since({scope.key for scope, _ in self.rooms})
        self._made = made
        if made:
            raise SourceUnavailable(f"There are rooms that were not listed: {', '.join(made)}")

    async def _found(self, scope: Scope, info: RoomInfo, native: str) -> Verdict:
        """
        Read one item and the folders above it, and make it ready to be pushed.

        Raises:
            RecordGone: it is not there.
        """
        try:
            item = await self._calls.item(info, native)
        except OddAnswer as error:
            return Verdict(unsure=str(error))
        try:
            place = await self._place_of(info, item)
        except (RecordGone, RecordHidden, SourceRefused, SourceUnavailable) as error:
            return Verdict(unsure=f"the source has it, but not the folder it is in: {error}")
        if place is None:
            return Verdict(unsure="the source has it, but under another room", moved=True)
        if isinstance(place, str):
            listed = Listed(
                id=document_id(self._mapping.rules.prefix, item.id),
                native=item.id,
                kind=item.type,
                name=item.name or "",
                version=b"",
                audience=None,
                left_out=f"the folder it is in is left out ({place})",
            )
        else:
            listed = (await self._tree.ready(scope, [item], place))[0]
        return Verdict(
            listed=listed, room=info.root, container=place.id if isinstance(place, Place) else None
        )

    async def _place_of(self, info: RoomInfo, item: Item) -> Place | str | None:
        """
        Climb from an item to the root of its room, and walk back down.

        Returns:
            Where it stands; why something above it is left out; None when the root is never met.
        """
        since = self._folders.moment()  # of folders that moved before the item answered nothing older counts
        above: list[Item] = []
        at, met = item, {item.id}
        for _ in range(DEEPEST):
            if at.id == info.root:
                break
            if at.parent_id is None or not usable(at.parent_id) or at.parent_id in met:
                return None
            met.add(at.parent_id)
            at = await self._folder(info, at.parent_id, since)
            above.append(at)
        else:
            return None
        scope = Scope(key=info.root, name=info.slug, origin=info)
        root = above[-1] if above else at
        listed = self._mapping.room_listed(
            scope,
            info,
            root,
            self.audiences.get(info.root),
            "",
            listless=self._rights.place_listless(info),
        )
        place = place_in(listed.container) if listed.container else None
        for folder in reversed(above[:-1]):
            if place is None:
                return None
            if defines(place.type):
                place = await self._tree.defined(place)
            inner = (await self._tree.ready(scope, [folder], place))[0]
            if inner.left_out:
                return inner.left_out
            place = place_in(inner.container) if inner.container else None
        if place is not None and defines(place.type):
            place = await self._tree.defined(place)
        return place

    async def _folder(self, info: RoomInfo, native: str, since: int) -> Item:
        """Read a folder above an item, or take what it answered to somebody who asked for it after a moment."""
        return await self._folders.after(
            since, f"{info.root}/{native}", lambda: self._calls.item(info, native)
        )

    async def _stands(self, info: RoomInfo, native: str, since: int) -> bool:
        """Whether an item answers for itself; one that cannot be read is there."""

        async def ask() -> None:
            with suppress(OddAnswer):
                await self._calls.item(info, native)

        return await self._parent_check.holds(f"{info.root}/{native}", since, ask)
