"""
Who may see what below a room: lists of folders, steps, entries and files, asked for by setting and on a rotation.

    room, fixed   nothing is asked below the root
    folder        every folder and step; of entries and files a rotating share, and all of them in full runs
    item          everything, in every run

An entry or file whose list equals that of what it stands in inherits: it follows its folder at once. One
with a list of its own is asked again as soon as its folder's list changes. When a list of its own lacks
somebody who may see the folder, the room has closed corners and is read item by item from then on. A simple
folder or step without a list (404, 422) has closed corners as well, as far as anybody can tell: everything
in it is read by itself. Source: Interaxo API, Mentionable authorities; that the list says who may see an
item is an inference (docs/interaxo.md, docs/audiences.md).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence

import msgspec

from connector.document.audience import Audience, common_of
from connector.document.ids import document_id
from connector.engine.task_group import together
from connector.ports.grants import Grant, SourceGrants
from connector.ports.source import Reading, Seen, SourceNotes
from connector.sources.interaxo.inheritance import (
    LACKED,
    MAY_LACK_A_LIST,
    SIMPLE,
    STEP,
    Inherited,
    at_most,
    covers,
    derived,
    effective,
    followed,
    follows,
    own_list,
    stood_elsewhere,
    tell_together,
)
from connector.sources.interaxo.places import Place, RoomInfo
from connector.sources.interaxo.reader_list_schedule import ReaderListSchedule
from connector.sources.interaxo.reader_lists import CONTAINERS_AT_ONCE, ReaderLists
from connector.sources.interaxo.room_notes import RoomNotes
from connector.sources.interaxo.rotation import Rotation
from connector.sources.interaxo.wire import CONTAINERS, Item

BELOW = frozenset({"folder", "item"})
"""The choices of `permissions` that look below a room's root."""
PROBES = 2
"""Items of a folder without a list that are asked in every run: when one changed, all of it is asked."""


class Rights:
    """The rights below the rooms of one source."""

    def __init__(
        self,
        room_notes: RoomNotes,
        reader_lists: ReaderLists,
        *,
        prefix: str,
        grants: SourceGrants,
        notes: SourceNotes,
        rotation: Rotation,
    ) -> None:
        self.roots: frozenset[str] = frozenset()
        """Of all rooms, as far as this run has listed them itself."""
        self.reread = 0
        self._permissions = room_notes.permissions
        self._room_notes = room_notes
        self._reader_lists = reader_lists
        self._prefix = prefix
        self._grants = grants
        self._schedule = ReaderListSchedule(room_notes, notes, rotation)

    def meet_rooms(self, roots: Collection[str]) -> None:
        """
        Know the roots of all rooms.

        What was listed as a folder before, and is a room by now, stands in none any more, also once its room cannot be read.
        """
        self.roots = frozenset(roots)
        if self.below:
            placed = [row for row in self._grants.get(sorted(roots)).values() if row.parent]
            self._grants.put([msgspec.structs.replace(row, parent="") for row in placed])

    @property
    def below(self) -> bool:
        """Whether anything below a room's root has an audience of its own."""
        return self._permissions in BELOW

    def open(self, reading: Reading) -> None:
        """A new run."""
        self._schedule.open()
        if self.below and self._schedule.was_unasked:
            # runs that asked for nothing below rooms noted of nothing that it moved
            self._grants.leave_former_places()
            self._schedule.doubt()
        self._schedule.note_asking(below=self.below)
        self._room_notes.open()
        self._reader_lists.open(reading.run)
        self.reread = 0

    def doubt(self) -> None:
        """What was told before this run may be out of date: it is asked for once more."""
        self._schedule.doubt()

    @property
    def doubtful(self) -> bool:
        """Whether what was told before this run may be out of date."""
        return self._schedule.doubtful

    # -- what earlier runs met ----------------------------------------------------------------

    async def audiences(
        self, info: RoomInfo, audience: Audience | None, lost_at: float | None
    ) -> AsyncIterator[list[Seen]]:
        """Re-read what is due below a room and tell who may see each item, parents first."""
        if not self.below:
            return
        stack = [
            Inherited(
                native=info.root,
                audience=audience,
                listless=self._room_notes.root_listless(info),
                lost_at=lost_at,
            )
        ]
        while stack:
            taken = [stack.pop() for _ in range(min(CONTAINERS_AT_ONCE, len(stack)))]
            rows = self._grants.below_all([one.native for one in taken])
            for told, deeper in await together(self._settle(info, one, rows[one.native]) for one in taken):
                if told:
                    yield told
                stack += deeper

    async def _settle(
        self, info: RoomInfo, at: Inherited, rows: list[Grant]
    ) -> tuple[list[Seen], list[Inherited]]:
        """Re-read what stands directly in one container; a folder without a list is as wide as what stands in it."""
        rows = self._below(info, rows)
        steps = await self._renew(info, [row for row in rows if row.kind == STEP], at)
        at = msgspec.structs.replace(at, steps={row.native: row for row in steps})
        rows = await self._renew(info, [row for row in rows if row.kind != STEP], at)
        told: list[Seen] = []
        deeper: list[Inherited] = []
        for row in rows:
            inherited = at.of(row.step)
            if row.kind in SIMPLE and (row.listless or row.trouble == LACKED):
                row = await self._derive(info, row, inherited)
            by_item = self._room_notes.by_item(info)
            audience = effective(row, inherited, by_item=by_item)
            most = at_most(row, inherited, by_item=by_item) if audience is None else None
            lost = row.told_at if row.trouble == "unknown" else None if row.trouble else inherited.lost_at
            told.append(
                Seen(id=document_id(self._prefix, row.native), audience=audience, told_at=lost, most=most)
            )
            if row.kind in CONTAINERS:
                deeper.append(
                    Inherited(
                        native=row.native,
                        audience=audience,
                        listless=row.listless,
                        lost_at=lost if audience is None else None,
                    )
                )
        return told, deeper

    async def _renew(self, info: RoomInfo, rows: list[Grant], at: Inherited) -> list[Grant]:
        """Ask again for what is due among the items of a container; all of them when a probe changed."""
        due = [row for row in rows if self._schedule.is_due(info, row, at.of(row.step))]
        fresh = {row.native: row for row in await self._reader_lists.all(info, due, at)}
        probed: dict[str, list[Grant]] = {}
        for row in rows:
            if at.of(row.step).listless and row.kind not in MAY_LACK_A_LIST:
                probed.setdefault(row.step, []).append(row)
        for group in probed.values():
            left = [row for row in group if row.native not in fresh]
            probes = {row.native: row for row in await self._reader_lists.all(info, left[:PROBES], at)}
            fresh |= probes
            before = {row.native: row.told for row in group}
            if any(row.told != before[row.native] for row in probes.values()):
                rest = [row for row in left if row.native not in probes]
                fresh |= {row.native: row for row in await self._reader_lists.all(info, rest, at)}
        self.reread += len(fresh)
        return [fresh.get(row.native, row) for row in rows]

    async def _derive(self, info: RoomInfo, folder: Grant, at: Inherited) -> Grant:
        """A folder without a list: what the lists of the items directly in it have in common."""
        inside = Inherited(native=folder.native, audience=at.audience, listless=True)
        rows = await self._renew(info, self._below(info, self._grants.below(folder.native)), inside)
        common, unsure = await self._common(info, rows)
        after = derived(folder, common, unsure=unsure)
        if after.told != folder.told:
            self._grants.put([msgspec.structs.replace(after, trouble=folder.trouble)])
        return after

    async def _common(self, info: RoomInfo, rows: Sequence[Grant]) -> tuple[Audience | None, bool]:
        """What the items in a folder have in common; and whether one of them is not known."""
        lists, unsure = tell_together(rows)
        if not lists:  # nothing in it has a list: what its folders hold tells
            for row in rows:
                if row.listless and row.kind in SIMPLE:
                    inside = Inherited(native=row.native, audience=None, listless=True)
                    held = await self._renew(info, self._below(info, self._grants.below(row.native)), inside)
                    common, dark = await self._common(info, held)
                    unsure = unsure or dark
                    lists += [common] if common is not None else []
        return common_of(lists), unsure

    def _below(self, info: RoomInfo, rows: list[Grant]) -> list[Grant]:
        """What stands below a container; never the root of a room, which a folder may have listed: there would be no end to its own."""
        return [row for row in rows if row.native != info.root and row.native not in self.roots]

    # -- what a listing shows -----------------------------------------------------------------

    async def of_rows(self, place: Place, rows: Sequence[Item]) -> dict[str, Grant]:
        """Find, or ask for, the grants of listed items; what the place stands in itself goes in circles, and is not asked for below it."""
        if not self.below or not rows:
            return {}
        rows = [row for row in rows if f"/{document_id(self._prefix, row.id)}/" not in place.path]
        info, at = place.room, _inherited(place)
        kept = self._grants.get([row.id for row in rows])
        now: dict[str, Grant] = {}
        asked: list[Grant] = []
        noted: list[Grant] = []
        for row in rows:
            step = row.step.id if row.step is not None else ""
            grant = kept.get(row.id)
            if grant is None or (grant.parent, grant.step, grant.kind) != (place.native, step, row.type):
                moved = _placed(grant or Grant(native=row.id, parent="", kind=""), place, row.type, step)
                if self._schedule.is_wanted(info, moved, at.of(step), moved_from=grant):
                    # until it is told so, it does not follow this place as it did the former one: a 404 may say that it is not here at all
                    asked.append(msgspec.structs.replace(moved, inherited=None))
                else:
                    noted.append(moved)
                    now[row.id] = moved
            elif self._schedule.is_due(info, grant, at.of(step)):
                asked.append(grant)
            else:
                now[row.id] = grant
        self._grants.put(noted)
        self._reader_lists.doubt_below(_moved(kept, place))
        now |= {row.native: row for row in await self._reader_lists.all(info, asked, at)}
        for native, grant in now.items():
            new = grant.told is None and grant.asked_run == self._schedule.run
            if new and grant.listless and grant.kind in SIMPLE:
                now[native] = await self._reader_lists.derive(info, grant, at)
        return now

    async def steps(self, place: Place, steps: Sequence[str]) -> dict[str, Grant]:
        """Find, or ask for, the lists of a workflow folder's steps."""
        if not self.below or not steps:
            return {}
        kept = self._grants.get(steps)
        new = [kept.get(one) or Grant(native=one, parent=place.native, kind=STEP) for one in steps]
        new = [one for one in new if not one.asked_run]
        at = Inherited(native=place.native, audience=place.audience)
        return kept | {row.native: row for row in await self._reader_lists.all(place.room, new, at)}

    def shown(self, place: Place, grant: Grant | None) -> tuple[Audience | None, bool]:
        """Who may see a listed item; and whether what stands in it is asked for by itself. Of what nobody was asked for that is unknown."""
        if not self.below:
            return place.audience, False
        if grant is None:
            return None, False
        by_item = self._room_notes.by_item(place.room)
        audience = effective(grant, _inherited(place).of(grant.step), by_item=by_item)
        return audience, grant.listless and grant.kind in SIMPLE

    async def covers(self, info: RoomInfo, inner: Item, entry: Item, audience: Audience | None) -> bool:
        """Whether everybody who may see an entry may see an item in it, too; no, as long as that is not known."""
        if not self.below:
            return True
        if audience is None:
            return False
        at = Inherited(native=entry.id, audience=audience)
        grant = self._grants.get([inner.id]).get(inner.id)
        if grant is None or grant.parent != entry.id:
            grant = Grant(native=inner.id, parent=entry.id, kind=inner.type)
        if grant.told is None or grant.trouble or self._schedule.is_due(info, grant, at):
            grant = (await self._reader_lists.all(info, [grant], at))[0]
        return covers(grant, at, by_item=self._room_notes.by_item(info))

    def covered(
        self, info: RoomInfo, inner: Mapping[str, str], shown: Mapping[str, Audience | None]
    ) -> set[str]:
        """
        Of some entries, those whose main documents may be seen by all who may see the entry, as told last.

        Args:
            inner: native ids of the main documents, by entry.
            shown: who may see each entry.
        """
        if not self.below:
            return set(inner)
        grants = self._grants.get(list(inner.values()))
        return {
            entry
            for entry, document in inner.items()
            if (grant := grants.get(document)) is not None
            and grant.parent == entry
            and (audience := shown.get(entry)) is not None
            and covers(
                grant, Inherited(native=entry, audience=audience), by_item=self._room_notes.by_item(info)
            )
        }

    # -- the lists of containers ----------------------------------------------------------------

    def own_list(self, grant: Grant | None, effective: Audience | None) -> Audience | None:
        """
        The list that a listed container has of its own, where anything below a room's root is asked for.

        Of what follows a place whose list nobody tells now, the list that both had last counts.
        """
        if not self.below:
            return None
        return own_list(grant, effective if effective is not None or grant is None else grant.told)

    def own_lists(self, natives: Sequence[str]) -> dict[str, Audience]:
        """The same for some containers, as told last."""
        grants = self._grants.get(natives)
        above = self._above([one for one in grants.values() if follows(one)])
        return {
            native: own
            for native, grant in grants.items()
            if self.below and (own := own_list(grant, followed(grant, above))) is not None
        }

    def _above(self, grants: Sequence[Grant]) -> dict[str, Grant]:
        return self._grants.get(sorted({one for grant in grants for one in (grant.parent, grant.step)}))

    def changed_lists(self) -> list[Grant]:
        """Containers and steps whose own list is another one than the breadcrumbs below them were made by, and the steps' folders."""
        changed = self._grants.changed(sorted({*CONTAINERS, STEP})) if self.below else []
        return [*changed, *self._above([one for one in changed if one.kind == STEP]).values()]

    def breadcrumbs_made(self, grants: Sequence[Grant]) -> None:
        """The breadcrumbs below these containers were made by these lists."""
        self._grants.made(grants)

    def root_listless(self, info: RoomInfo, *, listless: bool) -> None:
        """Note whether a room's root has a list of its own."""
        if self.below:
            self._room_notes.note_root(info, listless=listless, run=self._schedule.run)

    def place_listless(self, info: RoomInfo) -> bool:
        """Whether what stands directly in a room's root is asked for by itself."""
        return self.below and self._room_notes.root_listless(info)


def _inherited(place: Place) -> Inherited:
    return Inherited(native=place.native, audience=place.audience, listless=place.listless, steps=place.steps)


def _placed(grant: Grant, place: Place, kind: str, step: str) -> Grant:
    """What is known of an item that nobody asked for at its place yet."""
    return msgspec.structs.replace(grant, parent=place.native, kind=kind, step=step, asked_run=0)


def _moved(kept: Mapping[str, Grant], place: Place) -> list[str]:
    """Which containers stood elsewhere before."""
    return [native for native, was in kept.items() if stood_elsewhere(was, place.native)]
