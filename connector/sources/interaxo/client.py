"""
Reads Interaxo: rooms, their trees, details, authors, audiences. GET only, and one POST to the token URL.

Anything else is impossible: `Neighbour` makes declared exchanges only. Source: https://api.interaxo.com and
docs/interaxo.md, which tells what was observed where the vendor is silent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from functools import partial
from pathlib import Path

import msgspec

from connector.document.audience import Audience
from connector.document.document import Container, Document, Listed, Scope
from connector.document.ids import document_id, place_read
from connector.engine.loop_yield import LONG_TEXT, LoopYield
from connector.errors import (
    RecordGone,
    RecordInvalid,
    SourceUnavailable,
)
from connector.http.exchange import Dated, Party, Tally
from connector.http.transport import GrowingTransport
from connector.ports.grants import Grant
from connector.ports.scans import Waiting
from connector.ports.source import FoundScope, Page, PersonRead, Reading, Seen, Traffic, Verdict
from connector.sources.interaxo import wire
from connector.sources.interaxo.assembly import put_together
from connector.sources.interaxo.calls import OddAnswer
from connector.sources.interaxo.fields import written_in
from connector.sources.interaxo.mapping import RoomMapping
from connector.sources.interaxo.places import RoomInfo, RoomRow, read_room, scope_of, write_room
from connector.sources.interaxo.settings import InteraxoPart
from connector.sources.interaxo.wire import Item, Unreadable
from connector.sources.kind import Surroundings

SMALL = 1_000_000
"""Bytes of a file that is downloaded to see whether files come at all."""
LOOKED_INTO = 10
"""Folders that are listed to find one."""


class Interaxo:
    """One Interaxo host as a source. Implements `connector.ports.Source`."""

    def __init__(
        self,
        client: GrowingTransport,
        *,
        mapping: RoomMapping,
        part: InteraxoPart,
        around: Surroundings,
    ) -> None:
        made = put_together(client, mapping, part, around)
        self.name = mapping.rules.source
        self.address = place_read(part.base_url, part.client_id.get_secret_value())
        self.concurrency = part.concurrency
        self.share = self._share = part.audience_share
        self._client = client
        self.neighbour, self.issuer = made.calls.neighbour, made.calls.issuer
        self.unread, self.idle = made.rooms.unread, made.rooms.idle
        self.overlooked = made.rooms.overlooked
        self._mapping = mapping
        self.mapping_hash, self.left_out_rules = mapping.digest, mapping.left_out_rules
        self._parties = made.parties
        self._rotation = made.rotation
        self._calls, self._lists, self._rooms = made.calls, made.lists, made.rooms
        self._profiles, self._directory = made.authors.profiles, made.authors.directory
        self._readers, self._rights, self._room_audience = made.readers, made.rights, made.room_audience
        self._tree, self._suspects = made.tree, made.suspects
        self._downloads, self._files = made.downloads, made.files
        self.side_by_side = made.files is not None
        """Files are waited for: several documents are made at once then."""
        self._loop_yield = LoopYield(LONG_TEXT)
        self._asked_before = 0

    async def open(self, reading: Reading) -> None:
        """Sign in; forget what an earlier run asked."""
        self._rotation.open(reading)
        self._profiles.open()
        self._suspects.open()
        self._tree.open()
        self._rights.open(reading)
        self._directory.open(reading)
        self.share = 1.0 if self._directory.given_otherwise else self._share
        self._asked_before = self._requests()
        self._calls.open()
        self._lists.open(reading)
        self._room_audience.open(reading)
        self._downloads.open(reading)
        if self._files is not None:
            self._files.open(reading)
        await self._calls.sign_in()

    async def close(self) -> None:
        """There is nothing to sign out of in this grant, and the token is good for the next run."""

    def exchanges(self) -> list[Party]:
        """Interaxo, its sign-in, and the hosts of signed addresses."""
        return self._parties

    def dated(self) -> list[Dated]:
        """What the clocks of Interaxo and of its sign-in said last."""
        return [self.neighbour.dated, self.issuer.dated]

    def traffic(self) -> Traffic:
        """What was asked since `open`."""
        reread = self._rotation.reread + self._rights.reread + self._room_audience.reread
        return Traffic(
            requests=self._requests() - self._asked_before,
            reread=reread,
            bytes_sent=0,
            answered=sum(one.answered for one in self._tallies()),
        )

    # -- rooms --------------------------------------------------------------------------------

    async def scopes(self) -> list[FoundScope]:
        """List every room of every community, to the end."""
        self._suspects.rooms = []
        names, found = await self._rooms.all()
        self._directory.meet_file(list(names))
        self._suspects.rooms = [(one.scope, one.scope.origin) for one in found]
        self._rights.meet_rooms([one.scope.key for one in found])
        return found

    def makes_public(self, name: str) -> bool:
        """Whether the settings make a room of this name public."""
        return self._rooms.makes_public(name)

    def scope_id(self, scope: Scope) -> str | None:
        """Id of a room's document."""
        return document_id(self._mapping.rules.prefix, scope.key)

    async def top(self, scope: Scope, audience: Audience | None, *, public: bool) -> Listed:
        """
        Read a room's root folder: the room and its root are one document.

        One whose own answer cannot be read costs that document only: what stands in it is listed as far as the answer tells where.
        """
        info: RoomInfo = scope.origin
        root, unread = await self._root(info)
        author = await self._profiles.author(info.community, root.created_by)
        self._directory.meet_in(info.community, [root])
        self._suspects.audiences[info.root] = audience
        listless = self._rights.place_listless(info)
        listed = self._mapping.room_listed(scope, info, root, audience, author, listless=listless)
        return (
            listed
            if unread is None
            else msgspec.structs.replace(listed, version=unread.digest, origin=unread)
        )

    async def _root(self, info: RoomInfo) -> tuple[Item, Unreadable | None]:
        try:
            return await self._calls.item(info, info.root), None
        except OddAnswer as error:
            if error.unread.rest is None:
                raise
            return error.unread.rest, error.unread

    async def audience(
        self, scope: Scope, last: Audience | None, witnesses: Sequence[str]
    ) -> tuple[Audience | None, list[str]]:
        """Who may see a room: by setting, or as its root says, or as the items below it have in common."""
        return await self._room_audience.read(scope.origin, last, witnesses)

    def keep_names(self) -> dict[str, str]:
        """Keep from now on how identities are called; what was met is in what is returned."""
        self._readers.names = self._directory.names = {}
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

    def renew_people(self) -> None:
        """What was read of people in this run is out of date: whoever is asked for next is read anew."""
        self._directory.renew()

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

    # -- beside others ------------------------------------------------------------------------

    @property
    def may_be_shared(self) -> bool:
        """Whether nothing is asked below rooms: two ids that only case tells apart are noticed where all of them are read."""
        return not self._rights.below

    async def lend(self, left: int, share: float) -> None:
        """Make no more than so many calls at once from now on, and that share in a second, since others have the rest."""
        await self.neighbour.throttle.lend(left, share)

    def take_back(self) -> None:
        """Others have none of its calls any more."""
        self.neighbour.throttle.take_back()

    def take_more(self, calls: int, times: float) -> None:
        """Make so many more calls at once from now on, and so many times as many in a second."""
        self.concurrency += calls
        self._client.take_more(calls)
        self.neighbour.throttle.speed_up(times)

    def pack(self, scope: Scope) -> str:
        """What Interaxo told of a room, for a service that walks it elsewhere."""
        return write_room(scope.origin)

    def unpack(self, packed: str) -> Scope:
        """The room again: none is listed for it."""
        return scope_of(read_room(packed))

    def was_walked(self, scope: Scope, audience: Audience | None) -> None:
        """A room was walked elsewhere."""
        self._suspects.audiences[scope.key] = audience

    def meet(self, keys: Collection[str]) -> None:
        """These people were met elsewhere."""
        self._directory.met.update(keys)

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

    def link(self, scope: Scope, listed: Listed) -> str:
        """The address of an item in the document library of its room."""
        return self._mapping.link(scope.origin, listed.native)

    async def document(self, listed: Listed) -> Document:
        """Map an item; but for the text of files, everything that its document needs came with the listing."""
        origin = listed.origin
        if isinstance(origin, RoomRow):
            of_room = partial(self._mapping.documents.of_room, origin)
            return await self._loop_yield.do(of_room, len(origin.room.description))
        if not isinstance(origin, Unreadable):
            found = await self._files.text(origin, listed.id) if self._files is not None else None
            of_item = partial(self._mapping.documents.of_item, origin, found)
            return await self._loop_yield.do(of_item, written_in(origin.item))
        if origin.gone:
            raise RecordGone(origin.problem)
        if origin.passing:
            raise SourceUnavailable(origin.problem)
        raise RecordInvalid(f"Interaxo's answer about this item cannot be read: {origin.problem}")

    async def fetch_again(self, scope: Scope, waiting: Waiting, path: Path) -> int:
        """Ask for one file and write it to disk, if it is still there in the same version; gives its bytes."""
        assert self._files is not None, "no file waits for OCR, because none is read"
        return await self._files.fetch_again(scope.origin, waiting, path)

    def _requests(self) -> int:
        return sum(one.requests for one in self._tallies())

    def _tallies(self) -> list[Tally]:
        return self._calls.tallies + self._downloads.tallies
