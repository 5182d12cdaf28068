"""Bytes of files of an Interaxo world: by the API, and by addresses that are signed for one read."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from pathlib import Path

from connector.sandbox.exchange import Exchange
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_items import Item, Room
from connector.sandbox.interaxo_refusals import Refused

_CHUNK_BYTES = 256 * 1024


class Downloads:
    """The files of one world, as their bytes are sent."""

    def __init__(self, world: InteraxoWorld) -> None:
        self.world = world
        self._reads = 0

    def signed_url(self, exchange: Exchange, room: Room, item: Item) -> str:
        """A content_url of a file, good for whoever has it; each read of the file gets another one."""
        self._reads += 1
        token = f"{self._reads:x}.{self._signature(item.id, f'{self._reads:x}')}"
        base = self.world.quirks.content_base or exchange.base_url
        return f"{base}/v1/{room.community}/public/v2/files/{item.id}/content?t={token}"

    async def send_signed(self, exchange: Exchange, file_id: str) -> None:
        """The bytes behind a content_url; an Authorization header there is a leaked token, and recorded."""
        if exchange.header("authorization") is not None:
            self.world.violations.append(("Authorization", exchange.path))
            raise Refused(400)
        quirks = self.world.quirks
        if quirks.content_status != 200:
            raise Refused(quirks.content_status)
        if quirks.content_redirects and exchange.parameter("moved") is None:
            there = f"{exchange.path}?{exchange.scope['query_string'].decode()}&moved=1"
            await exchange.answer(302, headers=[("location", there)])
            return
        read, _, signature = (exchange.parameter("t") or "").partition(".")
        item = self.world.find(file_id)
        if not hmac.compare_digest(signature, self._signature(file_id, read)):
            raise Refused(403)
        if item is None or self.world.hidden_status(item) is not None:
            raise Refused(404)
        await self.send_file(exchange, item, None)

    async def send_file(self, exchange: Exchange, item: Item, label: str | None) -> None:
        """Send a version of a file by its label; the newest where no label is asked for."""
        versions = {version.label: version for version in item.versions}
        version = item.versions[-1] if label is None else versions.get(label)
        if version is None:
            raise Refused(404)
        kind = f"{version.mime_type};charset=UTF-8"
        if isinstance(version.content, bytes):
            await exchange.answer(200, version.content, kind)
            return
        if not version.content.is_file():
            raise Refused(404 if item.tree is not None else 500)
        await exchange.stream(_chunks(version.content), version.content.stat().st_size, kind)

    def _signature(self, file_id: str, read: str) -> str:
        return hmac.new(b"sandbox", f"{file_id}:{read}".encode(), hashlib.sha256).hexdigest()[:24]


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
