"""
The bytes of files, streamed to disk, in one of two ways.

    content_url  an address that Interaxo signs for one file; asked for without the token. The one way that was seen
                 to work live
    api          files/{id}/content, documented; the fallback

With "auto" the first is tried first, and whichever worked is remembered for the host. Source: https://api.interaxo.com,
Download a file; docs/interaxo.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from connector.errors import ConnectorError, RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.http.exchange import Reply, Tally
from connector.http.foreign_pages import words_of_redirect
from connector.http.neighbour import Neighbour, words_of
from connector.http.transport import Download, Transport
from connector.ports.source import Reading, SourceNotes
from connector.secrets.hiding import keep_address
from connector.sources.interaxo.addresses import NotAllowed, signed_address
from connector.sources.interaxo.calls import Calls, headers, quoted, room_path
from connector.sources.interaxo.download_retries import DownloadRetries
from connector.sources.interaxo.exchanges import READS_SIGNED
from connector.sources.interaxo.places import RoomInfo
from connector.sources.interaxo.wire import Item
from connector.text.names import PAGE, taken_for
from connector.text.service import FileTooLarge

SIGNED, API = "content_url", "api"
WAYS = {"auto": (SIGNED, API), SIGNED: (SIGNED,), API: (API,)}
WAY_THAT_WORKED = "download"
"""Kind of the note that tells which way worked, by host."""
PAGE_MARKS = (b"<!doctype html", b"<html")
HEAD = 1_000
"""Bytes of an answer by which a page is told from a file."""
TURNS_AFTER = 3
"""Files in a row that came only by the other way: from then on it is the first."""
ONCE_AFTER = 3
"""Files in a row that did not come after all tries: from then on each is tried once, until one comes."""
Fetch = Callable[[RoomInfo, Item, Path], Awaitable[int]]
_FAILURES = (RecordGone, RecordHidden, SourceRefused, SourceUnavailable)


class Downloads:
    """How the files of one source come."""

    def __init__(
        self,
        transport: Transport,
        calls: Calls,
        notes: SourceNotes,
        *,
        way: str,
        hosts: frozenset[str],
        max_file_bytes: int,
    ) -> None:
        """
        Args:
            way: auto, content_url or api.
            hosts: that a signed address may name.
        """
        self._transport = transport
        self._calls = calls
        self._notes = notes
        self._ways: tuple[str, ...] = WAYS[way]
        self._hosts = hosts
        self._max_file_bytes = max_file_bytes
        self._tries = DownloadRetries(notes)
        self._run = 0
        self._noted = False
        """Whether it is known to be noted which way worked."""
        self._missed = 0
        self._in_vain = 0
        """Files in a row that did not come after all tries."""
        self._elsewhere: dict[str, Neighbour] = {}

    @property
    def tallies(self) -> list[Tally]:
        """What was asked at signed addresses, by host."""
        return [one.tally for one in self._elsewhere.values()]

    def open(self, reading: Reading) -> None:
        """A new run: begin with the way that worked last."""
        self._run = reading.run
        self._missed = self._in_vain = 0
        self._tries.open(reading)
        note = self._notes.get(WAY_THAT_WORKED, self._calls.host)
        self._begin_with(note.value.decode() if note is not None else "")

    async def fetch(self, info: RoomInfo, item: Item, path: Path) -> int:
        """
        Stream a file to disk; gives its bytes.

        Raises:
            FileTooLarge: more than max_file_bytes came, whatever was declared.
            SourceUnavailable: it did not come; why, in words, for each way that was tried.
        """
        before = self._tries.before(item)
        if why := self._tries.why_not_now(before):
            raise SourceUnavailable(why, lasting=True)
        # whoever stores the files is down, or cannot be reached from here
        is_down = self._in_vain >= ONCE_AFTER
        try:
            # what did not come in an earlier run is tried once, and not several times
            if is_down or before.times:
                size = await self._fetch(info, item, path)
            else:
                size = await self._calls.neighbour.repeated(lambda: self._fetch(info, item, path))
        except SourceUnavailable as error:
            self._in_vain += not error.lasting
            if error.sent and not is_down:  # else it is not this file that does not come
                self._tries.failed(item, before, str(error))
            raise
        self._in_vain = 0
        self._tries.came(item, before)
        return size

    async def _fetch(self, info: RoomInfo, item: Item, path: Path) -> int:
        failed: list[ConnectorError] = []
        for way, fetch in self._in_order():
            try:
                size = await fetch(info, item, path)
            except _FAILURES as error:
                failed.append(error)
            else:
                self._worked(way)
                return size
        raise _all_of(failed)

    async def try_each(self, info: RoomInfo, item: Item) -> dict[str, str]:
        """Download a file in each way, and drop it; says by way why it did not come, nothing where it did."""
        told = {}
        with TemporaryDirectory(prefix="connector-try-") as folder:
            for way, fetch in self._in_order():
                try:
                    await fetch(info, item, Path(folder) / "file")
                except _FAILURES as error:
                    told[way] = str(error)
                else:
                    told[way] = ""
        return told

    def _in_order(self) -> list[tuple[str, Fetch]]:
        """The ways that are allowed, the one to begin with first."""
        by: dict[str, Fetch] = {SIGNED: self._by_signed_address, API: self._by_api}
        return [(way, by[way]) for way in self._ways]

    def _worked(self, way: str) -> None:
        """Note which way worked; one file that came by the other does not turn them round yet."""
        self._noted = self._noted or self._notes.get(WAY_THAT_WORKED, self._calls.host) is not None
        self._missed = 0 if way == self._ways[0] else self._missed + 1
        if not self._noted or self._missed >= TURNS_AFTER:
            self._notes.put(WAY_THAT_WORKED, self._calls.host, way.encode(), run=self._run)
            self._begin_with(way)
            self._noted, self._missed = True, 0

    def _begin_with(self, way: str) -> None:
        if way in self._ways:
            self._ways = (way, *(other for other in self._ways if other != way))

    # -- by the API -----------------------------------------------------------------------------

    async def _by_api(self, info: RoomInfo, item: Item, path: Path) -> int:
        address = f"{room_path(info)}/files/{quoted(item.id)}/content"

        async def once(token: str) -> int:
            sent = {**headers(token), "Accept": "*/*"}
            async with self._calls.neighbour.stream(address, headers=sent) as download:
                if download.status != 200:
                    body = await download.beginning()
                    self._calls.check(Reply(download.status, body, download.headers), address)
                return await self._store(download, path, item)

        return await self._calls.with_token(once, address)

    # -- by the signed address ------------------------------------------------------------------

    async def _by_signed_address(self, info: RoomInfo, item: Item, path: Path) -> int:
        """Ask for the item, and at once for the address that comes with it: without the token, which is not its business."""
        try:
            fresh = await self._calls.item(info, item.id)
        except SourceUnavailable as error:
            # its own tries are used up
            raise SourceUnavailable(
                str(error), retry_after_s=error.retry_after_s, sent=error.sent, lasting=True
            ) from error
        if not fresh.content_url:
            raise SourceRefused("Interaxo gave no content_url")
        keep_address(fresh.content_url)
        setting = f"sources.{self._calls.name}.content_hosts"
        try:
            address = signed_address(fresh.content_url, self._hosts, setting=setting)
        except NotAllowed as error:
            raise SourceRefused(str(error)) from None
        host = self._host(address.base)
        async with host.stream(address.path, query=address.query, told="content_url") as download:
            if 300 <= download.status < 400:
                raise SourceRefused(
                    f"content_url answered {download.status}, {words_of_redirect(download.headers)}, which is not followed"
                )
            if download.status != 200:
                words = words_of(await download.beginning())
                raise SourceRefused(f"content_url answered {download.status}{words}")
            return await self._store(download, path, fresh)

    def _host(self, base: str) -> Neighbour:
        """The host of a signed address: one for each, so that it is slowed down as a whole."""
        host = self._elsewhere.get(base)
        if host is None:
            host = self._elsewhere[base] = Neighbour(
                self._transport,
                name=f"Interaxo's files ({self._calls.name})",
                base_url=base,
                exchanges=READS_SIGNED,
                unavailable=SourceUnavailable,
                policy=msgspec.structs.replace(self._calls.neighbour.policy, attempts=1),
            )
        return host

    async def _store(self, download: Download, path: Path, item: Item) -> int:
        """
        Write what comes to disk.

        Raises:
            SourceUnavailable: fewer bytes came than the item tells, since half a file is no file, and not so many in an earlier
                run as well; or a page of somebody else's.
        """
        size, head = 0, b""
        with await asyncio.to_thread(path.open, "wb") as file:
            async for piece in download.pieces():
                size += len(piece)
                head = head or piece[:HEAD]
                if size > self._max_file_bytes:
                    raise FileTooLarge(f"more than {self._max_file_bytes} bytes")
                file.write(piece)
        if size != item.file_size and _is_page(download, head, item):
            raise SourceUnavailable("an HTML page came instead of the file", lasting=True)
        if item.file_size is not None and size < item.file_size:
            # a page that is meant to be one cannot be told from that of somebody who has it signed in
            settled = not _may_be_page(item) and self._tries.sends_always(item, size)
            if not settled:
                raise SourceUnavailable(
                    f"the download broke off: {size} of {item.file_size} bytes came", lasting=True
                )
        return size


def _may_be_page(item: Item) -> bool:
    mime_type = item.mime_type or ""
    return "html" in mime_type or taken_for(item.name or "", mime_type) == PAGE


def _is_page(download: Download, head: bytes, item: Item) -> bool:
    """Whether an HTML page came, as whoever stands between sends it to be signed in, for a file that is none."""
    if _may_be_page(item):
        return False
    if "text/html" in download.headers.get("content-type", "").lower():
        return True
    # of unknown size: some spreadsheets and mails are pages by their content
    return item.file_size is not None and head.lstrip()[:20].lower().startswith(PAGE_MARKS)


def _all_of(failed: Sequence[ConnectorError]) -> SourceUnavailable:
    """One failure that tells of all ways; worth another try at once if any of them is."""
    passing = [one for one in failed if isinstance(one, SourceUnavailable)]
    return SourceUnavailable(
        "; ".join(str(one).rstrip(".") for one in failed),
        retry_after_s=max(
            (one.retry_after_s for one in passing if one.retry_after_s is not None), default=None
        ),
        sent=len(passing) < len(failed) or any(one.sent for one in passing),
        throttled=any(one.throttled for one in passing),
        lasting=all(one.lasting for one in passing),
    )
