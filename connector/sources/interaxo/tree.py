"""
What stands in a room: listings to their end, and their rows made ready to be planned, with all that only other calls tell.

Source: Interaxo API, Content; docs/interaxo.md.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec

from connector.document.audience import Audience
from connector.document.document import Container, Listed, Scope, digest
from connector.engine.together import together
from connector.errors import (
    ListingIncomplete,
    RecordGone,
    RecordHidden,
    SourceRefused,
    SourceUnavailable,
)
from connector.ports.source import Page, SourceNotes
from connector.sources.interaxo import wire
from connector.sources.interaxo.calls import Calls, OddAnswer
from connector.sources.interaxo.comments import Comments
from connector.sources.interaxo.kinds import defines, may_have_comments, needs_detail
from connector.sources.interaxo.leniency import usable
from connector.sources.interaxo.lists import CHILDREN, WITHOUT_ID, Lists, pages
from connector.sources.interaxo.mapping import RoomMapping
from connector.sources.interaxo.people import Directory
from connector.sources.interaxo.places import Place, RoomInfo
from connector.sources.interaxo.profiles import Profiles
from connector.sources.interaxo.rights import Rights
from connector.sources.interaxo.rotation import Rotation
from connector.sources.interaxo.wire import Item, Unreadable

MAIN_DOCUMENT = "main-document"
NAMELESS = "(a row without an id)"


class Tree:
    """The rooms' content of one source."""

    def __init__(
        self,
        calls: Calls,
        lists: Lists,
        notes: SourceNotes,
        mapping: RoomMapping,
        rights: Rights,
        directory: Directory,
        profiles: Profiles,
        comments: Comments | None,
        rotation: Rotation,
        *,
        main_documents: bool,
    ) -> None:
        self._calls = calls
        self._lists = lists
        self._notes = notes
        self._mapping = mapping
        self._rights = rights
        self._directory = directory
        self._profiles = profiles
        self._comments = comments
        """None: they are not read."""
        self._rotation = rotation
        self._main_documents = main_documents

    async def children(self, container: Container, *, proven: bytes | None) -> AsyncIterator[Page]:
        """
        List a folder or an entry to its end.

        A page ends the listing when it is empty, or when it is shorter than the largest page this host ever gave
        and the rows reach `child_count`; the very listing whose end was proven before needs no second proof.
        """
        place: Place = container.origin
        if defines(place.type):
            place = await self.defined(place)
        marks: list[bytes] = []
        given = 0

        async def ask(skip: int) -> list[Item | Unreadable]:
            try:
                return await self._lists.children(place.room, container.native, skip)
            except RecordGone as error:
                await self._calls.item(place.room, container.native)  # gone itself: it says so once more
                raise ListingIncomplete(f"Interaxo has the folder, but not its listing: {error}") from error

        async for page in pages(ask, f"{container.native} in {container.scope.name}"):
            given += page.given
            listed = await self.ready(container.scope, page.new, place)
            marks += [row.version for row in listed]
            proof = digest(marks)
            expected = container.expected
            reached = expected is not None and page.seen >= expected
            ended = (
                not page.given
                or (reached and page.given < self._lists.largest(CHILDREN))
                or (reached and not self._rotation.reading.thorough and proof == proven)
            )
            self._lists.learn(CHILDREN, page.given)
            repeated = given > page.seen
            short = ended and expected is not None and page.seen < expected
            yield Page(rows=listed, proof=proof if ended else b"", unsteady=repeated or short)
            if ended:
                return

    async def defined(self, place: Place) -> Place:
        """Add what an active folder says about its entries: fields, steps, and who may see each step."""
        definitions = await self._definitions(place)
        place = self._mapping.with_definitions(place, definitions)
        steps = await self._rights.steps(place, [step.id for step in definitions.steps or () if step.id])
        return msgspec.structs.replace(place, steps=steps) if steps else place

    async def ready(self, scope: Scope, rows: Sequence[Item | Unreadable], place: Place) -> list[Listed]:
        """Add details and authors to the rows of a page."""
        wanting = [row for row in rows if isinstance(row, Item) and needs_detail(row)]
        if wanting:
            details = await together(self._detail_or_not(place.room, row) for row in wanting)
            complete = {row.id: detail for row, detail in zip(wanting, details, strict=True)}
            rows = [complete.get(row.id, row) for row in rows]
        rows = [_told_apart(row, place) for row in rows]
        community = place.room.community
        unknown = {
            row.created_by.id: row.created_by
            for row in rows
            if isinstance(row, Item)
            and row.created_by is not None
            and usable(row.created_by.id)
            and not self._profiles.knows(community, row.created_by.id)
        }
        if unknown:
            await together(self._profiles.author(community, one) for one in unknown.values())
        self._directory.meet_in(community, [row for row in rows if isinstance(row, Item)])
        items = [one for row in rows if (one := row.rest if isinstance(row, Unreadable) else row) is not None]
        grants = await self._rights.of_rows(
            place, [row for row in items if not self._mapping.superseded(row, place)]
        )
        remarks: dict[str, str | Unreadable] = {}
        if self._comments is not None:
            spoken = [row for row in rows if isinstance(row, Item) and may_have_comments(row)]
            texts = await together(self._comments.read(place.room, row) for row in spoken)
            remarks = {row.id: text for row, text in zip(spoken, texts, strict=True)}
        shown = {row.id: self._rights.shown(place, grants.get(row.id)) for row in rows}
        silent = self._silent_entries(place.room, items, {native: one for native, (one, _) in shown.items()})
        return [
            self._listed(
                scope,
                row,
                place,
                shown[row.id],
                remarks.get(row.id, ""),
                silent=row.id in silent,
                own=self._rights.own_list(grants.get(row.id), shown[row.id][0]),
            )
            for row in rows
        ]

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
        if isinstance(row, Unreadable) and row.rest is None and self._rights.below:
            audience = None  # nobody can be asked who may see it
        words = remarks if isinstance(remarks, str) else ""
        listed = self._mapping.listed(
            scope, row, place, author, words, audience=audience, listless=listless, silent=silent, own=own
        )
        if isinstance(remarks, str) or listed.left_out:
            return listed
        return msgspec.structs.replace(listed, version=remarks.digest, origin=remarks)

    def _silent_entries(
        self, info: RoomInfo, items: Sequence[Item], shown: Mapping[str, Audience | None]
    ) -> set[str]:
        """Entries that may not tell the words of their main document, as far as that is known: some may not see it."""
        if not self._main_documents or not self._rights.below:
            return set()
        mains: dict[str, str] = {}
        for item in items:
            if item.type == "entry" and item.child_count:
                note = self._notes.get(MAIN_DOCUMENT, item.id)
                if note is not None and note[0]:
                    mains[item.id] = note[0].decode()
        return mains.keys() - self._rights.covered(info, mains, shown) if mains else set()

    def note_main(self, entry: str, document: str) -> None:
        """Remember an entry's main document: when fewer people may see that, the entry is mapped again."""
        note = self._notes.get(MAIN_DOCUMENT, entry)
        if (note[0].decode() if note is not None else "") != document:
            self._notes.put(MAIN_DOCUMENT, entry, document.encode(), run=self._rotation.reading.run)

    # -- details ------------------------------------------------------------------------------

    async def _definitions(self, place: Place) -> Item:
        """The fields and steps of an active folder; kept, and read again in full runs and on a rotation."""
        note = self._notes.get("definitions", place.native)
        due = self._rotation.due(place.native)
        if note is not None and not self._rotation.reading.thorough and not due and note[1] == place.row:
            return wire.parse_item(note[0])
        if note is not None and due:
            self._rotation.reread += 1
        try:
            item = await self._calls.item(place.room, place.native)
        except RecordGone as error:
            raise RecordGone(f"The folder {place.native} is gone: {error}") from error
        kept = Item(id=item.id, type=item.type, fields=item.fields, steps=item.steps, features=item.features)
        self._notes.put(
            "definitions",
            place.native,
            msgspec.json.encode(kept),
            mark=place.row,
            run=self._rotation.reading.run,
        )
        return kept

    async def _detail_or_not(self, info: RoomInfo, row: Item) -> Item | Unreadable:
        """One entry's details; trouble with it is its own, and keeps no other out."""
        try:
            return await self._detail(info, row)
        except OddAnswer as error:
            return Unreadable(row.id, str(error), row.digest(), name=row.name or "")
        except RecordGone as error:
            return Unreadable(row.id, str(error), row.digest(), gone=True, name=row.name or "")
        except (RecordHidden, SourceRefused, SourceUnavailable) as error:
            return Unreadable(row.id, str(error), row.digest(), passing=True, name=row.name or "")

    async def _detail(self, info: RoomInfo, row: Item) -> Item:
        """One entry whose listing leaves its fields out; kept until its row changes."""
        mark = row.digest()
        note = self._notes.get("detail", row.id)
        due = self._rotation.due(row.id)
        if note is not None and note[1] == mark and not self._rotation.reading.thorough and not due:
            return wire.parse_item(note[0])
        if note is not None and note[1] == mark and due:
            self._rotation.reread += 1
        item = await self._calls.item(info, row.id)
        item = msgspec.structs.replace(item, child_count=row.child_count, fields=item.fields or [])
        self._notes.put(
            "detail", row.id, msgspec.json.encode(item), mark=mark, run=self._rotation.reading.run
        )
        return item


def _told_apart(row: Item | Unreadable, place: Place) -> Item | Unreadable:
    """A row without an id is named after what it stands in."""
    if isinstance(row, Unreadable) and row.id.startswith(WITHOUT_ID):
        return msgspec.structs.replace(row, id=f"{place.native} {row.id}", name=row.name or NAMELESS)
    return row
