"""
Reads Interaxo: rooms, their trees, details, authors, audiences. GET only, and one POST to the token URL.

Anything else is impossible: `Neighbour` makes declared exchanges only. Source: https://api.interaxo.com and
docs/interaxo.md, which tells what was observed where the vendor is silent.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import TypeVar

import msgspec

from connector.audience import Audience
from connector.document import Container, Document, Listed, Scope, digest, document_id, place_read
from connector.errors import (
    ListingIncomplete,
    RecordGone,
    RecordHidden,
    RecordInvalid,
    SourceRefused,
    SourceUnavailable,
)
from connector.http import NotedPauses, Observer, Party, Reply, Transport
from connector.ports import (
    FoundScope,
    Grant,
    Page,
    PersonRead,
    Reading,
    Seen,
    SourceGrants,
    SourceNotes,
    Traffic,
    Verdict,
)
from connector.sources.interaxo import wire
from connector.sources.interaxo.addresses import hosts_of
from connector.sources.interaxo.calls import Calls, OddAnswer, quoted, room_path
from connector.sources.interaxo.downloads import API, SIGNED, Downloads
from connector.sources.interaxo.exchanges import (
    EXCHANGES,
    READS_COMMENTS,
    READS_FILES,
    READS_MAIN_DOCUMENTS,
    signed_downloads,
)
from connector.sources.interaxo.files import Files
from connector.sources.interaxo.leniency import usable
from connector.sources.interaxo.lists import CHILDREN, WITHOUT_ID, Lists, pages
from connector.sources.interaxo.mapping import RoomMapping, defines, may_have_comments, needs_detail
from connector.sources.interaxo.people import Directory
from connector.sources.interaxo.places import Place, RoomInfo, RoomRow
from connector.sources.interaxo.rights import Rights
from connector.sources.interaxo.room_audience import Readers, RoomAudience
from connector.sources.interaxo.wire import Authority, Comment, Item, Named, Person, Room, Unreadable
from connector.text.html import html_to_text
from connector.text.service import TextService
from connector.together import together

T = TypeVar("T")
MAIN_DOCUMENT = "main-document"
SMALL = 1_000_000
"""Bytes of a file that is downloaded to see whether files come at all."""
LOOKED_INTO = 10
"""Folders that are listed to find one."""
NAMELESS = "(a row without an id)"


class Interaxo:
    """One Interaxo host as a source. Implements `connector.ports.Source`."""

    def __init__(
        self,
        client: Transport,
        *,
        mapping: RoomMapping,
        notes: SourceNotes,
        grants: SourceGrants,
        clock: Callable[[], float],
        people_file: Mapping[str, str],
        base_url: str,
        token_url: str,
        audience: str,
        client_id: str,
        client_secret: str,
        communities: Sequence[str],
        permissions: str,
        identities: Sequence[str],
        texts: TextService | None,
        content: bool,
        comments: bool,
        main_documents: bool,
        download: str,
        content_hosts: Sequence[str],
        max_file_bytes: int,
        share: float,
        concurrency: int,
        attempts: int,
        backoff_max_s: float,
        calls_per_s: float = 0.0,
        observer: Observer | None = None,
    ) -> None:
        self.name = mapping.rules.source
        self.address = place_read(base_url, client_id)
        self.concurrency = concurrency
        self._mapping = mapping
        self._notes = notes
        self._communities = list(communities)
        self.share = share
        self._turns = max(1, round(1 / share))
        self._rights = Rights(
            prefix=mapping.rules.prefix,
            permissions=permissions,
            grants=grants,
            notes=notes,
            ask=self._readers_of,
            list_all=self._list_all,
            turns=self._turns,
            clock=clock,
        )
        self._directory = Directory(
            source=self.name,
            notes=notes,
            fixed=identities,
            file=people_file,
            profile=self._profile,
            groups=self._groups_of,
            together=together,
        )
        self._comments = comments
        self._main_documents = main_documents and content and texts is not None
        self._calls = Calls(
            client,
            source=self.name,
            base_url=base_url,
            token_url=token_url,
            audience=audience,
            client_id=client_id,
            client_secret=client_secret,
            exchanges=(
                *EXCHANGES,
                *(READS_FILES if content and download != SIGNED else ()),
                *(READS_MAIN_DOCUMENTS if main_documents else ()),
                *(READS_COMMENTS if comments else ()),
            ),
            attempts=attempts,
            backoff_max_s=backoff_max_s,
            observer=observer,
            calls_per_s=calls_per_s,
            pauses=NotedPauses(notes),
            clock=clock,
        )
        self.neighbour, self.issuer = self._calls.neighbour, self._calls.issuer
        hosts = hosts_of(base_url, mapping.rules.web_url, content_hosts)
        self._parties = [
            self.neighbour.party,
            self.issuer.party,
            *(signed_downloads(self.name, base_url, hosts) if content and download != API else ()),
        ]
        self._lists = Lists(self._calls, notes)
        self._readers = Readers(self._calls, self._directory, source=self.name)
        self._room_audience = RoomAudience(
            self._readers, self._lists, self._rights, permissions=permissions, identities=identities
        )
        self.unread: dict[str, str] = {}
        self._downloads = Downloads(
            client,
            self._calls,
            notes,
            way=download,
            hosts=hosts,
            max_file_bytes=max_file_bytes,
            calls_per_s=calls_per_s,
            observer=observer,
        )
        self._files = (
            Files(
                self._calls,
                texts,
                self._downloads,
                notes,
                main_documents=main_documents,
                note_main=self._note_main,
                covers=self._rights.covers,
            )
            if content and texts is not None
            else None
        )
        self._reading = Reading(run=0, thorough=True)
        self._names: dict[tuple[str, str], str] = {}
        self._asking: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._audiences: dict[str, Audience | None] = {}
        self._reread = 0
        self._asked_before = 0
        self._scopes: list[tuple[Scope, RoomInfo]] = []
        self._standing: dict[str, bool] = {}
        self._silent: set[str] = set()
        """Roots of rooms that gave no answer about an item in this run."""

    @property
    def left_out_rules(self) -> bytes:
        """Hash of the settings that decide which listed items are left out."""
        return self._mapping.left_out_rules

    async def open(self, reading: Reading) -> None:
        """Sign in; forget what an earlier run asked."""
        self._reading = reading
        self._names.clear()
        self._asking.clear()
        self._audiences.clear()
        self._standing.clear()
        self._silent.clear()
        self._reread = 0
        self._rights.open(reading)
        self._directory.open(reading)
        self._asked_before = self._requests()
        self.neighbour.tally.exhausted = 0
        self._lists.open(reading)
        self._room_audience.open(reading)
        self._downloads.open(reading)
        await self._calls.sign_in(stale="")

    async def close(self) -> None:
        """Forget the token; there is nothing to sign out of in this grant."""
        self._calls.forget_token()

    def exchanges(self) -> list[Party]:
        """Interaxo, its sign-in, and the hosts of signed addresses."""
        return self._parties

    def traffic(self) -> Traffic:
        """What was asked since `open`."""
        reread = self._reread + self._rights.reread + self._room_audience.reread
        return Traffic(requests=self._requests() - self._asked_before, reread=reread, bytes_sent=0)

    # -- rooms --------------------------------------------------------------------------------

    async def scopes(self) -> list[FoundScope]:
        """List every room of every community, to the end."""
        self.unread.clear()
        names = await self._community_names()
        wanted = self._communities or list(names)
        for community in wanted:
            if community not in names:
                raise SourceRefused(
                    f"Interaxo does not show the community {community!r} to this client; it shows {', '.join(names) or 'none'}. "
                    f"Check sources.{self.name}.communities, or ask Interaxo's support for the right."
                )
        self._directory.meet_file(wanted)
        found: list[FoundScope] = []
        self._scopes = []
        seen: set[str] = set()
        lists = await together(self._rooms_of(community) for community in wanted)
        for community, rooms in zip(wanted, lists, strict=True):
            for room in rooms:
                if isinstance(room, Unreadable):
                    self.unread[f"{community}/{room.id}"] = f"this room cannot be read: {room.problem}"
                    continue
                if room.content.root_id in seen:
                    continue
                seen.add(room.content.root_id)
                public = self._mapping.public(community, room.id)
                info = self._mapping.room_info(community, names[community], room, public=public)
                scope = Scope(key=info.root, name=f"{community}/{room.id}", origin=info)
                self._scopes.append((scope, info))
                found.append(
                    FoundScope(
                        scope=scope,
                        included=self._mapping.chosen(community, room.id),
                        public=public,
                        rules=self._mapping.globs,
                    )
                )
        return found

    async def _community_names(self) -> dict[str, str]:
        """Every community that the identity sees, by id; one that cannot be read is named, and costs no other."""
        path = "/v1/communities"
        found: list[Named | Unreadable] = await self._lists.whole(
            "communities",
            path,
            lambda reply: self._calls.read_list(reply, path, wire.parse_named),
            short_ends=False,
        )
        names = {}
        for one in found:
            if isinstance(one, Unreadable):
                self.unread[f"the community {one.id}"] = f"it cannot be read: {one.problem}"
            else:
                names[one.id] = one.name or one.id
        return names

    async def _rooms_of(self, community: str) -> list[Room | Unreadable]:
        path = f"/v1/{quoted(community)}/rooms"
        return await self._lists.whole(
            "rooms",
            path,
            lambda reply: self._calls.read_list(reply, path, wire.parse_rooms),
            short_ends=False,
        )

    def scope_id(self, scope: Scope) -> str | None:
        """Id of a room's document."""
        return document_id(self._mapping.rules.prefix, scope.key)

    async def top(self, scope: Scope, audience: Audience | None, *, public: bool) -> Listed:
        """Read a room's root folder: the room and its root are one document."""
        info: RoomInfo = scope.origin
        root = await self._calls.item(info, info.root)
        author = await self._author(info.community, root.created_by)
        self._directory.meet_in(info.community, [root])
        self._audiences[info.root] = audience
        listless = self._rights.place_listless(info)
        return self._mapping.room_listed(scope, info, root, audience, author, listless=listless)

    async def audience(
        self, scope: Scope, last: Audience | None, witnesses: Sequence[str]
    ) -> tuple[Audience | None, list[str]]:
        """Who may see a room: by setting, or as its root says, or as the items below it have in common."""
        return await self._room_audience.read(scope.origin, last, witnesses)

    def keep_names(self) -> dict[str, str]:
        """Keep from now on how identities are called; what was met is in what is returned."""
        self._readers.names = {}
        return self._readers.names

    @property
    def looks_below(self) -> bool:
        """Whether more is read than the audiences of rooms."""
        return self._rights.below

    async def _readers_of(self, info: RoomInfo, native: str) -> Audience | None:
        return await self._readers.of(info, native)

    async def audiences(
        self, scope: Scope, audience: Audience | None, lost_at: float | None
    ) -> AsyncIterator[list[Seen]]:
        """Re-read who may see what stands below a room, as far as it is due; parents first."""
        async for told in self._rights.audiences(scope.origin, audience, lost_at):
            yield told

    def doubt(self) -> None:
        """The ledger is older than the intranet: ask anew for everything that earlier runs were told of single items."""
        self._rights.doubt()

    def own_lists(self, natives: Sequence[str]) -> dict[str, Audience]:
        """The lists that containers have of their own, as told last."""
        return self._rights.own_lists(natives)

    def changed_lists(self) -> list[Grant]:
        """Containers whose own list is another one than the breadcrumbs below them were made by."""
        return self._rights.changed_lists()

    def breadcrumbs_made(self, grants: Sequence[Grant]) -> None:
        """The breadcrumbs below these containers were made by these lists."""
        self._rights.breadcrumbs_made(grants)

    # -- people -------------------------------------------------------------------------------

    @property
    def doubts_absence(self) -> bool:
        """Each person is asked for alone, and one answer is all there is."""
        return False

    def renew_people(self) -> None:
        """What was read of people in this run is out of date: whoever is asked for next is read anew."""
        self._directory.profiles.clear()

    def people_met(self) -> set[str]:
        """Keys (`community/id`) of everybody that this run has met so far."""
        return set(self._directory.met)

    async def people(self, keys: Sequence[str]) -> list[PersonRead]:
        """Ask for people; whoever could not be asked for is missing from the answer."""
        before = self._requests()
        found = await self._directory.people(keys)
        if not self._reading.thorough:
            self._reread += self._requests() - before
        return found

    async def _profile(self, community: str, person: str) -> Person:
        path = f"/v1/{quoted(community)}/people/{quoted(person)}"
        return await self._calls.get(path, lambda reply: self._calls.read(reply, path, Person), vital=False)

    async def _groups_of(self, community: str, person: str) -> list[Authority]:
        """
        A person's groups, to the end.

        Raises:
            SourceUnavailable: one of them cannot be read, so that it is not known which they are.
        """
        path = f"/v1/{quoted(community)}/people/{quoted(person)}/groups"
        found = await self._lists.whole(
            "groups", path, lambda reply: self._calls.read_list(reply, path, wire.parse_authorities)
        )
        groups = [one for one in found if isinstance(one, Authority)]
        if len(groups) < len(found):
            raise SourceUnavailable(f"{self.neighbour.name}: {path} names a group that cannot be read")
        return groups

    # -- the tree -----------------------------------------------------------------------------

    async def children(self, container: Container, *, proven: bytes | None) -> AsyncIterator[Page]:
        """
        List a folder or an entry to its end.

        A page ends the listing when it is empty, or when it is shorter than the largest page this host ever gave
        and the rows reach `child_count`; the very listing whose end was proven before needs no second proof.
        """
        place: Place = container.origin
        if defines(place.type):
            place = await self._defined(place)
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
            listed = await self._ready(container.scope, page.new, place)
            marks += [row.version for row in listed]
            proof = digest(marks)
            expected = container.expected
            reached = expected is not None and page.seen >= expected
            ended = (
                not page.given
                or (reached and page.given < self._lists.largest(CHILDREN))
                or (reached and not self._reading.thorough and proof == proven)
            )
            self._lists.learn(CHILDREN, page.given)
            repeated = given > page.seen
            short = ended and expected is not None and page.seen < expected
            yield Page(rows=listed, proof=proof if ended else b"", unsteady=repeated or short)
            if ended:
                return

    async def try_file(self, scope: Scope) -> dict[str, str]:
        """
        Download one small file of a room in each way that the settings allow, and keep nothing of it.

        Returns:
            By way, why it did not come; empty: it did. Nothing at all where no small file stands near the root.
        """
        info: RoomInfo = scope.origin
        folders = [info.root]
        for _ in range(LOOKED_INTO):
            if not folders:
                break
            rows = await self._lists.children(info, folders.pop(0), 0)
            items = [row for row in rows if isinstance(row, Item)]
            small = [row for row in items if row.type == "file" and (row.file_size or SMALL + 1) <= SMALL]
            if small:
                return await self._downloads.try_each(info, small[0])
            folders += [row.id for row in items if row.type in wire.CONTAINERS and row.child_count != 0]
        return {}

    @property
    def side_by_side(self) -> bool:
        """Whether making a document may wait for long, so that several are made at once."""
        return self._files is not None

    def link(self, scope: Scope, listed: Listed) -> str:
        """The address of an item in the document library of its room."""
        return self._mapping.link(scope.origin, listed.native)

    async def document(self, listed: Listed) -> Document:
        """Map an item; but for the text of files, everything that its document needs came with the listing."""
        origin = listed.origin
        if isinstance(origin, Unreadable) and origin.gone:
            raise RecordGone(origin.problem)
        if isinstance(origin, Unreadable) and origin.passing:
            raise SourceUnavailable(origin.problem)
        if isinstance(origin, Unreadable):
            raise RecordInvalid(f"Interaxo's answer about this item cannot be read: {origin.problem}")
        if isinstance(origin, RoomRow):
            return self._mapping.room_document(origin)
        return self._mapping.item_document(
            origin, await self._files.text(origin) if self._files is not None else None
        )

    async def _comments_or_not(self, info: RoomInfo, item: Item) -> str | Unreadable:
        """An item's comments; trouble with them costs that item only, and what stands in it is listed all the same."""
        try:
            return await self._read_comments(info, item)
        except RecordInvalid as error:
            mark = digest([item.digest(), "comments"])
            return Unreadable(item.id, str(error), mark, name=item.name or "")
        except (SourceRefused, SourceUnavailable, ListingIncomplete) as error:
            mark = digest([item.digest(), "comments"])
            return Unreadable(item.id, str(error), mark, passing=True, name=item.name or "")

    async def _read_comments(self, info: RoomInfo, item: Item) -> str:
        """
        An item's comments as plain text; kept, and read again when the row changes, in full runs, and on a rotation.

        Nothing tells which items have comments or when they change (docs/interaxo.md).
        """
        mark = item.digest()
        note = self._notes.get("comments", item.id)
        due = self._due(item.id)
        if note is not None and note[1] == mark and not self._reading.thorough and not due:
            return note[0].decode()
        if note is not None and note[1] == mark and not self._reading.thorough:
            self._reread += 1
        path = f"{room_path(info)}/content/{quoted(item.id)}/comments"

        def read(reply: Reply) -> list[Comment | Unreadable]:
            if reply.status == 422:
                return []  # this kind of item has no comments
            return self._calls.read_list(reply, path, wire.parse_comments)

        try:
            found = await self._lists.whole("comments", path, read, more={"format": "html"}, vital=False)
        except (RecordGone, RecordHidden):
            found = []
        comments = [one for one in found if isinstance(one, Comment)]
        if len(comments) < len(found):
            raise RecordInvalid("one of its comments cannot be read")
        for one in comments:
            self._directory.meet(info.community, one.created_by)
        lines = [html_to_text(one.content or "") for one in comments]
        text = "\n".join(line for line in lines if line)
        self._notes.put("comments", item.id, text.encode(), mark=mark, run=self._reading.run)
        return text

    async def _defined(self, place: Place) -> Place:
        """Add what an active folder says about its entries: fields, steps, and who may see each step."""
        definitions = await self._definitions(place)
        place = self._mapping.with_definitions(place, definitions)
        steps = await self._rights.steps(place, [step.id for step in definitions.steps or () if step.id])
        return msgspec.structs.replace(place, steps=steps) if steps else place

    async def _list_all(self, info: RoomInfo, native: str) -> list[Item]:
        """List a folder ahead of its turn, to its empty page."""
        found: list[Item] = []
        async for page in pages(lambda skip: self._lists.children(info, native, skip), native):
            found += [row for row in page.new if isinstance(row, Item)]
        return found

    async def _ready(self, scope: Scope, rows: Sequence[Item | Unreadable], place: Place) -> list[Listed]:
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
            and (community, row.created_by.id) not in self._names
        }
        if unknown:
            await together(self._author(community, one) for one in unknown.values())
        self._directory.meet_in(community, [row for row in rows if isinstance(row, Item)])
        items = [one for row in rows if (one := row.rest if isinstance(row, Unreadable) else row) is not None]
        grants = await self._rights.of_rows(
            place, [row for row in items if not self._mapping.superseded(row, place)]
        )
        remarks: dict[str, str | Unreadable] = {}
        if self._comments:
            spoken = [row for row in rows if isinstance(row, Item) and may_have_comments(row)]
            texts = await together(self._comments_or_not(place.room, row) for row in spoken)
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
            author = self._names.get((place.room.community, row.created_by.id), "")
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

    def _note_main(self, entry: str, document: str) -> None:
        """Remember an entry's main document: when fewer people may see that, the entry is mapped again."""
        note = self._notes.get(MAIN_DOCUMENT, entry)
        if (note[0].decode() if note is not None else "") != document:
            self._notes.put(MAIN_DOCUMENT, entry, document.encode(), run=self._reading.run)

    # -- details ------------------------------------------------------------------------------

    async def _definitions(self, place: Place) -> Item:
        """The fields and steps of an active folder; kept, and read again in full runs and on a rotation."""
        note = self._notes.get("definitions", place.native)
        due = self._due(place.native)
        if note is not None and not self._reading.thorough and not due and note[1] == place.row:
            return wire.parse_item(note[0])
        if note is not None and due:
            self._reread += 1
        try:
            item = await self._calls.item(place.room, place.native)
        except RecordGone as error:
            raise RecordGone(f"The folder {place.native} is gone: {error}") from error
        kept = Item(id=item.id, type=item.type, fields=item.fields, steps=item.steps, features=item.features)
        self._notes.put(
            "definitions", place.native, msgspec.json.encode(kept), mark=place.row, run=self._reading.run
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
        due = self._due(row.id)
        if note is not None and note[1] == mark and not self._reading.thorough and not due:
            return wire.parse_item(note[0])
        if note is not None and note[1] == mark and due:
            self._reread += 1
        item = await self._calls.item(info, row.id)
        item = msgspec.structs.replace(item, child_count=row.child_count, fields=item.fields or [])
        self._notes.put("detail", row.id, msgspec.json.encode(item), mark=mark, run=self._reading.run)
        return item

    async def _author(self, community: str, who: Authority | None) -> str:
        """A person's name, from the row, from the notes, or by the people call; empty when it cannot be told."""
        if who is None or not usable(who.id):
            return ""
        key = (community, who.id)
        if key in self._names:
            return self._names[key]
        if who.type == "group" or who.name:
            self._names[key] = who.name or ""
            return self._names[key]
        async with self._asking[key]:  # several pages name the same author at once: one of them asks
            if key not in self._names:
                self._names[key] = await self._name_of(community, who.id)
        return self._names[key]

    async def _name_of(self, community: str, person: str) -> str:
        key = f"{community}/{person}"
        note = self._notes.get("person", key)
        due = self._due(key)
        if note is not None and not self._reading.thorough and not due:
            return note[0].decode()
        if note is not None and not self._reading.thorough:
            self._reread += 1
        return await self._person(community, person, note[0].decode() if note else "")

    async def _person(self, community: str, person: str, last: str) -> str:
        try:
            found = await self._profile(community, person)
        except (RecordGone, RecordHidden):
            name = ""
        except (SourceUnavailable, SourceRefused):
            return last
        else:
            name = found.name or ""
            self._directory.profiles[community, person] = found
        self._notes.put("person", f"{community}/{person}", name.encode(), run=self._reading.run)
        return name

    # -- suspects -----------------------------------------------------------------------------

    async def ask(self, native: str, scope_key: str, ancestor: str, elsewhere: Collection[str]) -> Verdict:
        """Ask for one item that its listing lacks: in its room, then where it may have been moved to."""
        home = next((pair for pair in self._scopes if pair[0].key == scope_key), None)
        if home is None:
            moved, untold = await self._found_elsewhere(native, elsewhere, "")
            return moved or Verdict(unsure="its room is not listed", untold=untold)
        scope, info = home
        try:
            return await self._found(scope, info, native)
        except RecordGone:
            pass
        except (RecordHidden, SourceRefused) as error:
            return Verdict(unsure=str(error))
        for standing in dict.fromkeys((info.root, ancestor)):
            if not await self._stands(info, standing):
                return Verdict(
                    unsure=f"its {'room' if standing == info.root else 'folder'} does not answer for itself"
                )
        moved, untold = await self._found_elsewhere(native, elsewhere, info.root)
        return moved or Verdict(gone=True, untold=untold)

    async def _found_elsewhere(
        self, native: str, elsewhere: Collection[str], home: str
    ) -> tuple[Verdict | None, tuple[str, ...]]:
        """
        Ask for an item in the other rooms where it may have been moved to, in whichever community.

        Returns:
            What the room says that has it, None when none does; and the rooms that do not tell. A room that gave no
            answer is not asked again in this run.
        """
        untold: list[str] = []
        for scope, info in self._scopes:
            if info.root not in elsewhere or info.root == home:
                continue
            if info.root in self._silent:
                untold.append(scope.name)
                continue
            try:
                return await self._found(scope, info, native), ()
            except RecordGone:
                continue
            except (RecordHidden, SourceRefused):
                untold.append(scope.name)
            except SourceUnavailable:
                self._silent.add(info.root)
                untold.append(scope.name)
        return None, tuple(untold)

    async def _found(self, scope: Scope, info: RoomInfo, native: str) -> Verdict:
        """
        Read one item and the folders above it, and make it ready to be pushed.

        Raises:
            RecordGone: it is not there.
        """
        item = await self._calls.item(info, native)
        try:
            place = await self._place_of(info, item)
        except (RecordGone, RecordHidden) as error:
            return Verdict(unsure=f"it answers, but what it stands in does not: {error}")
        if place is None:
            return Verdict(unsure="it answers, but stands in another tree")
        if isinstance(place, str):
            listed = Listed(
                id=document_id(self._mapping.rules.prefix, item.id),
                native=item.id,
                kind=item.type,
                name=item.name or "",
                version=b"",
                audience=None,
                left_out=f"what it stands in is left out ({place})",
            )
        else:
            listed = (await self._ready(scope, [item], place))[0]
        return Verdict(
            listed=listed, room=info.root, container=place.id if isinstance(place, Place) else None
        )

    async def _place_of(self, info: RoomInfo, item: Item) -> Place | str | None:
        """
        Climb from an item to the root of its room, and walk back down.

        Returns:
            Where it stands; why something above it is left out; None when the root is never met.
        """
        above: list[Item] = []
        at = item
        for _ in range(100):
            if at.id == info.root:
                break
            if at.parent_id is None or not usable(at.parent_id):
                return None
            at = await self._calls.item(info, at.parent_id)
            above.append(at)
        else:
            return None
        scope = Scope(key=info.root, name=info.slug, origin=info)
        root = above[-1] if above else at
        listed = self._mapping.room_listed(
            scope,
            info,
            root,
            self._audiences.get(info.root),
            "",
            listless=self._rights.place_listless(info),
        )
        place: Place | None = listed.container.origin if listed.container else None
        for folder in reversed(above[:-1]):
            if place is None:
                return None
            if defines(place.type):
                place = await self._defined(place)
            inner = (await self._ready(scope, [folder], place))[0]
            if inner.left_out:
                return inner.left_out
            place = inner.container.origin if inner.container else None
        if place is not None and defines(place.type):
            place = await self._defined(place)
        return place

    async def _stands(self, info: RoomInfo, native: str) -> bool:
        """Whether an item answers 200 for itself; asked once a run."""
        if native not in self._standing:
            try:
                await self._calls.item(info, native)
            except OddAnswer:
                self._standing[native] = True
            except (RecordGone, RecordHidden, SourceRefused):
                self._standing[native] = False
            else:
                self._standing[native] = True
        return self._standing[native]

    # -- calls --------------------------------------------------------------------------------

    def _due(self, key: str) -> bool:
        """Whether a detail's turn has come: each once in `1 / audience_share` runs."""
        return int.from_bytes(digest([key], 4), "big") % self._turns == self._reading.run % self._turns

    def _requests(self) -> int:
        return self._calls.requests + self._downloads.requests


def _told_apart(row: Item | Unreadable, place: Place) -> Item | Unreadable:
    """A row without an id is named after what it stands in."""
    if isinstance(row, Unreadable) and row.id.startswith(WITHOUT_ID):
        return msgspec.structs.replace(row, id=f"{place.native} {row.id}", name=row.name or NAMELESS)
    return row
