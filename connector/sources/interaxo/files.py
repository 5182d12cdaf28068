"""
The bytes of files on their way to their text: streamed to disk, never whole in memory.

Source: https://api.interaxo.com, Download a file; `content_url` is pre-signed and wants no token (observed).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx

from connector.audience import Audience
from connector.errors import RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.http import Exchange, Neighbour, Reply
from connector.sources.interaxo.calls import Calls, Unauthorized, quoted, room_path
from connector.sources.interaxo.exchanges import READS_FILES
from connector.sources.interaxo.places import Found, RoomInfo, Row
from connector.sources.interaxo.wire import Item
from connector.text.service import FileRef, FileTooLarge, Reason, TextService


class Files:
    """The texts of one source's files."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        calls: Calls,
        texts: TextService,
        *,
        main_documents: bool,
        note_main: Callable[[str, str], None],
        covers: Callable[[RoomInfo, Item, Item, Audience | None], Awaitable[bool]],
        download: str,
        max_file_bytes: int,
        attempts: int,
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
        self._attempts = attempts

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
        for attempt in range(1, self._attempts + 1):
            try:
                if self._download_by == "content_url":
                    return await self._download_signed(info, item, path)
                return await self._download_by_api(info, item, path)
            except SourceUnavailable as error:
                if attempt == self._attempts:
                    raise
                await asyncio.sleep(min(error.retry_after_s or 0.1 * 2**attempt, 60))
        raise AssertionError("unreachable")

    async def _download_by_api(self, info: RoomInfo, item: Item, path: Path) -> int:
        address = f"{room_path(info)}/files/{quoted(item.id)}/content"
        for first in (True, False):
            token = await self._calls.token()
            async with self._calls.neighbour.stream(
                address, headers={"Authorization": f"Bearer {token}"}
            ) as response:
                try:
                    self._calls.check(Reply(response.status_code, b"", response.headers), address)
                except Unauthorized:
                    if not first:
                        raise SourceRefused(
                            f"Interaxo does not accept its own new token for {address}."
                        ) from None
                else:
                    return await self._store(response, path)
            await self._calls.sign_in(stale=token)
        raise AssertionError("unreachable")

    async def _download_signed(self, info: RoomInfo, item: Item, path: Path) -> int:
        """Follow the pre-signed address of the item's own answer: without the token, which is not its business."""
        fresh = await self._calls.item(info, item.id)
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
        async with elsewhere.stream(parts.path, params=dict(parse_qsl(parts.query))) as response:
            if response.status_code != 200:
                raise SourceUnavailable(
                    f"the pre-signed address of {item.name or item.id} answered {response.status_code}"
                )
            return await self._store(response, path)

    async def _store(self, response: httpx.Response, path: Path) -> int:
        size = 0
        with await asyncio.to_thread(path.open, "wb") as file:
            async for piece in response.aiter_bytes(65_536):
                size += len(piece)
                if size > self._max_file_bytes:
                    raise FileTooLarge(f"more than {self._max_file_bytes} bytes")
                file.write(piece)
        return size
