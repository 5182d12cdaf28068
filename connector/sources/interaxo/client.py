"""
Reads Interaxo: rooms, their trees, details, authors, audiences. GET only, and one POST to the token URL.

Anything else is impossible: `Neighbour` makes declared exchanges only. Source: https://api.interaxo.com and
docs/interaxo.md, which tells what was observed where the vendor is silent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence

import msgspec

from connector.document.audience import Audience
from connector.document.document import Container, Document, Listed, Scope, document_id, place_read
from connector.engine.together import together
from connector.errors import (
    RecordGone,
    RecordInvalid,
    SourceRefused,
    SourceUnavailable,
)
from connector.http.exchange import Dated, Party
from connector.http.transports import Transport
from connector.ports.source import (
    FoundScope,
    Grant,
    Page,
    PersonRead,
    Reading,
    Seen,
    Traffic,
    Verdict,
)
from connector.sources.interaxo import wire
from connector.sources.interaxo.addresses import hosts_of
from connector.sources.interaxo.calls import Access, Calls, quoted
from connector.sources.interaxo.comments import Comments
from connector.sources.interaxo.downloads import API, SIGNED, Allowed, Downloads
from connector.sources.interaxo.exchanges import (
    EXCHANGES,
    READS_COMMENTS,
    READS_FILES,
    READS_MAIN_DOCUMENTS,
    signed_downloads,
)
from connector.sources.interaxo.files import Files
from connector.sources.interaxo.lists import Lists
from connector.sources.interaxo.mapping import RoomMapping
from connector.sources.interaxo.people import Directory
from connector.sources.interaxo.places import RoomInfo, RoomRow
from connector.sources.interaxo.profiles import Profiles
from connector.sources.interaxo.rights import Rights
from connector.sources.interaxo.room_audience import Readers, RoomAudience
from connector.sources.interaxo.rotation import Rotation
from connector.sources.interaxo.settings import InteraxoPart
from connector.sources.interaxo.suspects import Suspects
from connector.sources.interaxo.tree import Tree
from connector.sources.interaxo.wire import Item, Named, Room, Unreadable
from connector.sources.kind import Surroundings

SMALL = 1_000_000
"""Bytes of a file that is downloaded to see whether files come at all."""
LOOKED_INTO = 10
"""Folders that are listed to find one."""


class Interaxo:
    """One Interaxo host as a source. Implements `connector.ports.Source`."""

    def __init__(
        self,
        client: Transport,
        *,
        mapping: RoomMapping,
        part: InteraxoPart,
        around: Surroundings,
    ) -> None:
        notes, texts, clock = around.notes, around.texts, around.clock
        content, main_documents = part.content, part.main_document_text
        permissions, identities, share = part.permissions, part.identities, part.audience_share
        self.name = mapping.rules.source
        self.address = place_read(part.base_url, part.client_id.get_secret_value())
        self.concurrency = part.concurrency
        self.share = share
        self.unread: dict[str, str] = {}
        self.idle: list[str] = []
        self._mapping = mapping
        self._communities = list(part.communities)
        self._asked_before = 0
        self._rotation = Rotation(share)
        self._calls = Calls(
            client,
            source=self.name,
            access=Access(
                base_url=part.base_url,
                token_url=part.token_url,
                audience=part.audience,
                client_id=part.client_id.get_secret_value(),
                client_secret=part.client_secret.get_secret_value(),
            ),
            exchanges=(
                *EXCHANGES,
                *(READS_FILES if content and part.download != SIGNED else ()),
                *(READS_MAIN_DOCUMENTS if main_documents else ()),
                *(READS_COMMENTS if part.comments else ()),
            ),
            manner=msgspec.structs.replace(around.manner, calls_per_s=part.calls_per_s),
        )
        self.neighbour, self.issuer = self._calls.neighbour, self._calls.issuer
        hosts = hosts_of(part.base_url, part.web_url, part.content_hosts)
        self._parties = [
            self.neighbour.party,
            self.issuer.party,
            *(signed_downloads(self.name, part.base_url, hosts) if content and part.download != API else ()),
        ]
        self._lists = Lists(self._calls, notes)
        self._profiles = Profiles(self._calls, self._lists, notes, self._rotation)
        self._directory = Directory(
            source=self.name,
            notes=notes,
            fixed=identities,
            file=around.people_file,
            profile=self._profiles.profile,
            groups=self._profiles.groups,
            together=together,
        )
        self._profiles.read = self._directory.profiles
        self._readers = Readers(self._calls, self._directory, source=self.name)
        self._rights = Rights(
            prefix=mapping.rules.prefix,
            permissions=permissions,
            grants=around.grants,
            notes=notes,
            ask=self._readers.of,
            list_all=self._lists.all_children,
            turns=self._rotation.turns,
            clock=clock,
        )
        self._room_audience = RoomAudience(
            self._readers, self._lists, self._rights, permissions=permissions, identities=identities
        )
        self._tree = Tree(
            self._calls,
            self._lists,
            notes,
            mapping,
            self._rights,
            self._directory,
            self._profiles,
            Comments(self._calls, self._lists, notes, self._directory, self._rotation)
            if part.comments
            else None,
            self._rotation,
            main_documents=main_documents and content and texts is not None,
        )
        self._suspects = Suspects(self._calls, mapping, self._rights, self._tree)
        self._downloads = Downloads(
            client,
            self._calls,
            notes,
            Allowed(way=part.download, hosts=hosts, max_file_bytes=around.max_file_bytes),
        )
        self._files = (
            Files(
                self._calls,
                texts,
                self._downloads,
                notes,
                main_documents=main_documents,
                note_main=self._tree.note_main,
                covers=self._rights.covers,
            )
            if content and texts is not None
            else None
        )

    @property
    def mapping_hash(self) -> bytes:
        """Hash of the code and the settings that make documents of items."""
        return self._mapping.digest

    @property
    def left_out_rules(self) -> bytes:
        """Hash of the settings that decide which listed items are left out."""
        return self._mapping.left_out_rules

    async def open(self, reading: Reading) -> None:
        """Sign in; forget what an earlier run asked."""
        self._rotation.open(reading)
        self._profiles.open()
        self._suspects.open()
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

    def dated(self) -> list[Dated]:
        """What the clocks of Interaxo and of its sign-in said last."""
        return [self.neighbour.dated, self.issuer.dated]

    def traffic(self) -> Traffic:
        """What was asked since `open`."""
        reread = self._rotation.reread + self._rights.reread + self._room_audience.reread
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
        self._suspects.rooms = []
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
                self._suspects.rooms.append((scope, info))
                found.append(
                    FoundScope(
                        scope=scope,
                        included=self._mapping.chosen(community, room.id),
                        public=public,
                        rules=self._mapping.globs,
                    )
                )
        self.idle = self._mapping.idle_globs(
            [(info.community, info.slug) for _, info in self._suspects.rooms]
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
        author = await self._profiles.author(info.community, root.created_by)
        self._directory.meet_in(info.community, [root])
        self._suspects.audiences[info.root] = audience
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
        if not self._rotation.reading.thorough:
            self._rotation.reread += self._requests() - before
        return found

    # -- the tree -----------------------------------------------------------------------------

    def children(self, container: Container, *, proven: bytes | None) -> AsyncIterator[Page]:
        """List a folder or an entry to its end."""
        return self._tree.children(container, proven=proven)

    async def ask(self, native: str, scope_key: str, ancestor: str, elsewhere: Collection[str]) -> Verdict:
        """Ask for one item that its listing lacks: in its room, then where it may have been moved to."""
        return await self._suspects.ask(native, scope_key, ancestor, elsewhere)

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

    def _requests(self) -> int:
        return self._calls.requests + self._downloads.requests
