"""
The bytes of files on their way to their text: streamed to disk, never whole in memory.

Source: https://api.interaxo.com, Download a file; `content_url` is pre-signed and wants no token (observed).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from connector.audience import Audience
from connector.errors import RecordGone, RecordHidden, SourceUnavailable
from connector.hiding import keep_address
from connector.http import Download, Exchange, Neighbour, Reply, Transport
from connector.sources.interaxo.calls import Calls, quoted, room_path
from connector.sources.interaxo.exchanges import READS_FILES
from connector.sources.interaxo.places import Found, RoomInfo, Row
from connector.sources.interaxo.wire import Item
from connector.text.service import FileRef, FileTooLarge, Reason, TextService


class Files:
    """The texts of one source's files."""

    def __init__(
        self,
        client: Transport,
        calls: Calls,
        texts: TextService,
        *,
        main_documents: bool,
        note_main: Callable[[str, str], None],
        covers: Callable[[RoomInfo, Item, Item, Audience | None], Awaitable[bool]],
        download: str,
        max_file_bytes: int,
    ) -> None:
        self.name = calls.name
        self._client = client
        self._calls = calls
        self._texts = texts
        self._main_documents = main_documents
        self._note_main = note_main
        self._covers = covers
        """Whether all who may see an entry may see its main document: else its words would tell what is closed to them."""
        self._download_by = download
        self._max_file_bytes = max_file_bytes

    async def text(self, row: Row) -> Found:
        """Read the text of a file, or of an entry's main document."""
        item, info = row.item, row.place.room
        if item.type == "entry":
            if not self._main_documents or not item.child_count:
                return Found()
            main = await self._main_document(info, item)
            self._note_main(item.id, main.id if main is not None else "")
            if main is None or not await self._covers(info, main, item, row.audience):
                return Found()
            item = main
        elif item.type != "file":
            return Found()
        reference = FileRef(
            source=self.name,
            id=item.id,
            version=item.version or item.last_modified or "",
            size=item.file_size,
            name=item.name or "",
            mime_type=item.mime_type or "",
        )
        try:
            text = await self._texts.text_of(reference, lambda path: self._download(info, item, path))
        except (RecordGone, RecordHidden, SourceUnavailable):
            # the listing shows the file: whether it is gone is for the next listing to tell
            return Found(missing=Reason.DOWNLOAD_FAILED.value, provisional=True)
        if text.text is not None:
            return Found(text=text.text, key=text.content_hash or "")
        assert text.reason is not None
        return Found(missing=text.reason.value, key=text.content_hash or "", provisional=not text.lasting)

    async def _main_document(self, info: RoomInfo, entry: Item) -> Item | None:
        path = f"{room_path(info)}/content/{quoted(entry.id)}/document"
        try:
            return await self._calls.get(path, lambda reply: self._calls.read(reply, path, Item))
        except RecordGone:
            return None  # none is marked: a normal answer (Interaxo API, Main Document)

    async def _download(self, info: RoomInfo, item: Item, path: Path) -> int:
        """
        Stream a file to disk.

        Raises:
            FileTooLarge: more than max_file_bytes came, whatever was declared.
            SourceUnavailable, RecordGone, RecordHidden
        """
        by = self._download_signed if self._download_by == "content_url" else self._download_by_api
        return await self._calls.neighbour.repeated(lambda: by(info, item, path))

    async def _download_by_api(self, info: RoomInfo, item: Item, path: Path) -> int:
        address = f"{room_path(info)}/files/{quoted(item.id)}/content"

        async def once(token: str) -> int:
            async with self._calls.neighbour.stream(
                address, headers={"Authorization": f"Bearer {token}"}
            ) as download:
                self._calls.check(Reply(download.status, b"", download.headers), address)
                return await self._store(download, path, item)

        return await self._calls.with_token(once, address)

    async def _download_signed(self, info: RoomInfo, item: Item, path: Path) -> int:
        """Follow the pre-signed address of the item's own answer: without the token, which is not its business."""
        fresh = await self._calls.item(info, item.id)
        keep_address(fresh.content_url or "")
        parts = urlsplit(fresh.content_url or "")
        if parts.scheme not in {"https", "http"} or not parts.netloc:
            raise SourceUnavailable(
                f"Interaxo gave no content_url for {item.name or item.id}; set sources.{self.name}.download to api"
            )
        elsewhere = Neighbour(
            self._client,
            name=f"Interaxo's files ({self.name})",
            base_url=f"{parts.scheme}://{parts.netloc}",
            exchanges=(
                Exchange(
                    method="GET",
                    path=parts.path,
                    purpose=READS_FILES[0].purpose,
                    sends="The address that Interaxo signed for this file.",
                    receives=READS_FILES[0].receives,
                    personal_data=True,
                ),
            ),
            unavailable=SourceUnavailable,
            attempts=1,
            backoff_max_s=1,
        )
        async with elsewhere.stream(parts.path, query=parts.query, told="a signed address") as download:
            if download.status != 200:
                raise SourceUnavailable(
                    f"the pre-signed address of {item.name or item.id} answered {download.status}"
                )
            return await self._store(download, path, item)

    async def _store(self, download: Download, path: Path, item: Item) -> int:
        """
        Write what comes to disk.

        Raises:
            SourceUnavailable: fewer bytes came than the listing tells; half a file is no file.
        """
        size = 0
        with await asyncio.to_thread(path.open, "wb") as file:
            async for piece in download.pieces():
                size += len(piece)
                if size > self._max_file_bytes:
                    raise FileTooLarge(f"more than {self._max_file_bytes} bytes")
                file.write(piece)
        if item.file_size is not None and size < item.file_size:
            raise SourceUnavailable(
                f"{item.name or item.id} broke off: {size} of {item.file_size} bytes came", lasting=True
            )
        return size
