"""
What stands in a room: listings to their end, and their rows made ready to be planned, with all that only other calls tell.

Source: Interaxo API, Content; docs/interaxo.md.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple

import msgspec

from connector.document.audience import Audience
from connector.document.document import Container, Listed, Scope
from connector.document.ids import digest, document_id
from connector.engine.batched import batched
from connector.engine.loop_yield import LONG_TEXT, LoopYield
from connector.engine.task_group import together
from connector.errors import (
    ListingIncomplete,
    RecordGone,
)
from connector.ports.source import Below, Page, Same
from connector.sources.interaxo.comments import Comments
from connector.sources.interaxo.details import Details
from connector.sources.interaxo.fields import written_in
from connector.sources.interaxo.kinds import defines, may_have_comments, needs_detail
from connector.sources.interaxo.leniency import usable
from connector.sources.interaxo.lists import CHILDREN, WITHOUT_ID, Lists, Pages
from connector.sources.interaxo.main_documents import MainDocuments, version_of
from connector.sources.interaxo.mapping import RoomMapping
from connector.sources.interaxo.members import nameless_in, with_names
from connector.sources.interaxo.people import Directory
from connector.sources.interaxo.places import Place, RoomInfo, place_in
from connector.sources.interaxo.profiles import Profiles
from connector.sources.interaxo.recognition import Block, Recognition, blocks_of, page_of, proof_of
from connector.sources.interaxo.rights import Rights
from connector.sources.interaxo.wire import CONTAINERS, Item, Unreadable

NAMELESS = "(a row without an id)"
ASKED_AT_ONCE = 100
"""People who are looked up, one by one, before the loop goes on: a row may name thousands."""


class Authors(NamedTuple):
    """Who wrote what, and what is known of them."""

    directory: Directory
    profiles: Profiles


class Asked(NamedTuple):
    """What is asked of items besides; None: the settings do not want it."""

    comments: Comments | None
    mains: MainDocuments | None


class Tree:
    """The rooms' content of one source."""

    def __init__(
        self,
        lists: Lists,
        details: Details,
        mapping: RoomMapping,
        rights: Rights,
        authors: Authors,
        *,
        asked: Asked,
    ) -> None:
        self._lists = lists
        self._details = details
        self._mapping = mapping
        self._rights = rights
        self._directory, self._profiles = authors
        self._asked = asked
        self._loop_yield = LoopYield(LONG_TEXT)
        self._left: set[str] = set()
        """Roots of rooms that stopped to answer amid their walk."""

    def open(self) -> None:
        """A new run."""
        self._left.clear()

    async def children(self, container: Container, *, proven: bytes | None) -> AsyncIterator[Page]:
        """
        List a folder or an entry to its end.

        A page ends the listing when it is empty, or when it is shorter than the largest page this host ever gave
        and the rows reach `child_count`; the very listing whose end was proven before needs no second proof.
        """
        place = place_in(container)
        self._must_answer(place.room)
        if defines(place.type):
            place = await self.defined(place)
        recognition = self._recognition(place)
        versions: list[bytes] = []
        told = iter(container.told)
        given = 0
        mains = self._asked.mains if place.type == "entry" else None
        versions_listed: dict[str, str] = {}

        async def ask(skip: int) -> list[Item | Unreadable]:
            try:
                return await self._lists.children(place.room, container.native, skip)
            except RecordGone as error:
                await self._is_gone(place.room, container.native)
                raise ListingIncomplete(
                    f"Interaxo has the folder but does not list its content: {error}"
                ) from error

        async for page in Pages(ask, f"{container.native} in {container.scope.name}"):
            given += page.given
            if mains is not None:
                versions_listed |= {
                    row.id: version_of(row) if isinstance(row, Item) else "" for row in page.new
                }
            blocks = blocks_of(
                [self._no_other_room(row, place) for row in page.new], next(told, b""), recognition
            )
            known = [row for block in blocks if block.versions for row in block.rows]
            fresh = [block for block in blocks if not block.versions]
            listed = await self._fresh(fresh, container.scope, place, recognition)
            versions += [block.versions for block in blocks]
            expected = container.expected
            proof = proof_of(versions, expected)
            reached = expected is not None and page.seen >= expected
            ended = (
                not page.given
                or (reached and page.given < self._lists.largest(CHILDREN))
                or (reached and not self._details.thorough and proof == proven)
            )
            self._lists.learn(CHILDREN, page.given)
            repeated = given > page.seen
            short = ended and expected is not None and page.seen < expected
            yield Page(
                rows=listed,
                proof=proof if ended else b"",
                unsteady=repeated or short,
                mark=page_of(blocks),
                same=self._same(container.scope, known, place) if known else None,
                outdated=ended and mains is not None and mains.changed(container.native, versions_listed),
            )
            if ended:
                if mains is not None:
                    mains.note_listed(container.native, versions_listed)
                return

    async def _is_gone(self, room: RoomInfo, native: str) -> None:
        """
        Ask for a container that answered 404 to its listing.

        Raises:
            RecordGone: it is gone itself, and its room is not.
            ListingIncomplete: its room answers no more, as one that has another short name by now: it is asked for nothing else in this run.
        """
        try:
            await self._details.item(room, native)
        except RecordGone:
            try:
                await self._details.item(room, room.root)
            except RecordGone:
                self._left.add(room.root)
            self._must_answer(room)
            raise

    def _must_answer(self, room: RoomInfo) -> None:
        if room.root in self._left:
            raise ListingIncomplete(
                f"Interaxo stopped to answer for the room {room.community}/{room.slug} amid its walk; it may have another short name by now"
            )

    async def _fresh(
        self, blocks: Sequence[Block], scope: Scope, place: Place, recognition: Recognition | None
    ) -> list[Listed]:
        """Make the rows of blocks ready that are not those of last time, and say by what they are recognised next time."""
        if not blocks:
            return []
        fresh = [row for block in blocks for row in block.rows]
        listed = await self.ready(scope, fresh, place)
        rows, mains = iter(listed), self._asked.mains
        hidden = (
            mains.hidden_in(row for row in fresh if isinstance(row, Item)) if mains and recognition else ()
        )
        for block in blocks:
            block.versions = digest([row.version for row in islice(rows, len(block.rows))])
            if recognition is not None and not any(row.id in hidden for row in block.rows):
                block.mark = block.mark or recognition.of(block.rows)  # by now every author has a name
        return listed

    def _recognition(self, place: Place) -> Recognition | None:
        """By what rows are recognised; None where more than themselves and their place tells what becomes of them."""
        if self._rights.below or self._asked.comments is not None:
            return None
        name_of = partial(self._profiles.told, place.room.community)
        return Recognition(place, self._mapping.left_out_rules, name_of)

    def _same(self, scope: Scope, rows: Sequence[Item | Unreadable], place: Place) -> Same:
        """Rows that were told before: who is named in them is met, and what stands in them can be listed."""
        items = [row for row in rows if isinstance(row, Item)]
        self._directory.meet_in(place.room.community, items)
        prefix = self._mapping.rules.prefix
        return Same(
            count=len(items),
            ids=lambda: [document_id(prefix, row.id) for row in items],
            below=[
                Below(
                    id=document_id(prefix, row.id),
                    expected=row.child_count,
                    make=partial(self._container, scope, row, place),
                )
                for row in items
                if row.type in CONTAINERS
            ],
        )

    def _container(self, scope: Scope, row: Item, place: Place) -> Container:
        """Of a row that was told before: none that settings leave out is."""
        audience, listless = self._rights.shown(place, None)
        return self._mapping.container(scope, row, place, audience=audience, listless=listless)

    async def defined(self, place: Place, met: Collection[str] = ()) -> Place:
        """
        Add what an active folder says about its entries: fields, steps, and who may see each step.

        Args:
            met: steps in which entries stand that were listed.
        """
        definitions = await self._details.definitions(place, met)
        place = self._mapping.with_definitions(place, definitions)
        steps = await self._rights.steps(place, [step.id for step in definitions.steps or () if step.id])
        return msgspec.structs.replace(place, steps=steps) if steps else place

    async def ready(self, scope: Scope, rows: Sequence[Item | Unreadable], place: Place) -> list[Listed]:
        """Add details and authors to the rows of a page."""
        rows = [_told_apart(row, place) for row in await self._completed(place.room, rows)]
        items = [one for row in rows if (one := row.rest if isinstance(row, Unreadable) else row) is not None]
        place = await self._with_steps_met(place, items)
        rows = await self._with_authors(place.room.community, rows)
        grants = await self._rights.of_rows(
            place, [row for row in items if not self._mapping.superseded(row, place)]
        )
        remarks = await self._remarks(place.room, rows)
        shown = {row.id: self._rights.shown(place, grants.get(row.id)) for row in rows}
        silent = self._silent_entries(place.room, items, shown)
        listed: list[Listed] = []
        for row in rows:
            make = partial(
                self._listed,
                scope,
                row,
                place,
                shown[row.id],
                remarks.get(row.id, ""),
                silent=row.id in silent,
                own=self._rights.own_list(grants.get(row.id), shown[row.id][0]),
            )
            if self._mapping.reads_to_list and isinstance(row, Item):
                listed.append(await self._loop_yield.do(make, written_in(row)))
            else:
                listed.append(make())
        return listed

    def _no_other_room(self, row: Item | Unreadable, place: Place) -> Item | Unreadable:
        """A row under the id of another room is none of that room: it would take the place of its document, and its readers."""
        if row.id not in self._rights.roots or row.id == place.room.root:
            return row
        problem = "its id is that of another room"
        return Unreadable(f"{WITHOUT_ID}-{row.id}", problem, digest([problem, row.id]), name=row.name or "")

    async def _completed(
        self, room: RoomInfo, rows: Sequence[Item | Unreadable]
    ) -> Sequence[Item | Unreadable]:
        """The rows, with what a listing leaves out of entries."""
        wanting = [row for row in rows if isinstance(row, Item) and needs_detail(row)]
        if not wanting:
            return rows
        details = await together(self._details.of_entry(room, row) for row in wanting)
        complete = {row.id: detail for row, detail in zip(wanting, details, strict=True)}
        return [complete.get(row.id, row) for row in rows]

    async def _with_steps_met(self, place: Place, items: Sequence[Item]) -> Place:
        """Who may see a step that is new, and whether what stands there is superseded, tells the folder itself."""
        met = {one.step.id for one in items if one.step is not None and one.step.id}
        return await self.defined(place, met) if defines(place.type) and not met <= place.named else place

    async def _with_authors(
        self, community: str, rows: Sequence[Item | Unreadable]
    ) -> Sequence[Item | Unreadable]:
        """Meet everybody who is named in some rows, and give a name to those who have none there."""
        unknown = {
            row.created_by.id: row.created_by
            for row in rows
            if isinstance(row, Item)
            and row.created_by is not None
            and usable(row.created_by.id)
            and not self._profiles.knows(community, row.created_by.id)
        }
        nameless = list(nameless_in(rows))
        unknown |= {one.id: one for one in nameless if not self._profiles.knows(community, one.id)}
        for some in batched(unknown.values(), ASKED_AT_ONCE):
            await together(self._profiles.author(community, one) for one in some)
        if nameless:
            name = partial(self._profiles.name, community)
            rows = [with_names(row, name) if isinstance(row, Item) else row for row in rows]
        self._directory.meet_in(community, [row for row in rows if isinstance(row, Item)])
        return rows

    async def _remarks(
        self, room: RoomInfo, rows: Sequence[Item | Unreadable]
    ) -> dict[str, str | Unreadable]:
        """What people remarked on some items, by id, or why that cannot be read; empty where nobody asks for it."""
        comments = self._asked.comments
        if comments is None:
            return {}
        spoken = [row for row in rows if isinstance(row, Item) and may_have_comments(row)]
        texts = await together(comments.read(room, row) for row in spoken)
        return {row.id: text for row, text in zip(spoken, texts, strict=True)}

    def _silent_entries(
        self, room: RoomInfo, items: Sequence[Item], shown: Mapping[str, tuple[Audience | None, bool]]
    ) -> set[str]:
        """Entries that may not tell the words of their main document: some who see them may not see it."""
        mains = self._asked.mains
        if mains is None:
            return set()
        return mains.silent_entries(
            room, items, {native: audience for native, (audience, _) in shown.items()}
        )

    def _listed(
        self,
        scope: Scope,
        row: Item | Unreadable,
        place: Place,
        shown: tuple[Audience | None, bool],
        remarks: str | Unreadable,
        *,
        silent: bool,
        own: Audience | None,
    ) -> Listed:
        author = ""
        if isinstance(row, Item) and row.created_by is not None:
            author = self._profiles.name(place.room.community, row.created_by.id)
        audience, listless = shown
        words = remarks if isinstance(remarks, str) else ""
        listed = self._mapping.listed(
            scope, row, place, author, words, audience=audience, listless=listless, silent=silent, own=own
        )
        if isinstance(remarks, str) or listed.left_out:
            return listed
        return msgspec.structs.replace(listed, version=remarks.digest, origin=remarks)


def _told_apart(row: Item | Unreadable, place: Place) -> Item | Unreadable:
    """A row without an id is named after what it stands in."""
    if isinstance(row, Unreadable) and row.id.startswith(WITHOUT_ID):
        return msgspec.structs.replace(row, id=f"{place.native} {row.id}", name=row.name or NAMELESS)
    return row
