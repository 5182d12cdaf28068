"""The text of a file: remembered, shared with a neighbour that asks too, or downloaded and read."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from connector.text.cache import CachedText, FileRef, TextCache
from connector.text.downloads import DownloadFolder
from connector.text.extract import Extracted, extractor_version
from connector.text.names import why_no_text
from connector.text.reasons import FileTooLarge, Reason

__all__ = ["FileRef", "FileText", "FileTooLarge", "Reason", "TextService", "TextStatus", "extractor_version"]

_DOWNLOADS: Final = "downloads"


class Pool(Protocol):
    """Reads one file on disk; ExtractionPool is the one that does it in processes of their own."""

    async def extract(
        self, path: Path, name: str, mime_type: str, *, max_text_bytes: int = 1_000_000
    ) -> Extracted:
        """Return text or a reason; never raises for what is in the file."""
        ...


@dataclass(frozen=True, slots=True)
class FileText:
    """
    The text of a file, or the reason why it has none.

    Attributes:
        content_hash: SHA-256 of the bytes, in hex; None when they were not (and never) downloaded.
        lasting: False after a passing failure: leave what the target has, and ask again in the next run.
    """

    text: str | None
    reason: Reason | None
    content_hash: str | None = None
    truncated: bool = False
    from_cache: bool = False
    lasting: bool = True


@dataclass(frozen=True, slots=True)
class TextStatus:
    """What is remembered: contents with a text, contents without by reason, bytes on disk."""

    texts: int
    reasons: dict[Reason, int]
    used_bytes: int


class TextService:
    """
    Answers for the text of files, each content read once.

    Args:
        max_file_bytes: larger files are not downloaded, or refused by the one who downloads.
        max_text_bytes: UTF-8; a longer text is cut. Another limit reads every file anew.

    Closing it (`with`) removes its folder for downloads; pool and cache are closed by who opened them.
    """

    def __init__(self, pool: Pool, cache: TextCache, max_file_bytes: int, max_text_bytes: int) -> None:
        self._pool = pool
        self._cache = cache
        self._max_file_bytes = max_file_bytes
        self._max_text_bytes = max_text_bytes
        self._extractor = f"{extractor_version()};max_text_bytes={max_text_bytes}"
        self._downloads = DownloadFolder(cache.folder / _DOWNLOADS)
        self._turns: dict[FileRef | str, _Turn] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._downloads.close()

    async def text_of(self, file: FileRef, download: Callable[[Path], Awaitable[int]]) -> FileText:
        """
        Return the text of a file, downloading it only when nothing is known of this version.

        Args:
            download: writes the file to the path and returns its bytes; raises FileTooLarge at the limit.
                Its other exceptions come out of here as they are.
        """
        if file.size is not None and file.size > self._max_file_bytes:
            return FileText(text=None, reason=Reason.TOO_LARGE)
        if reason := why_no_text(file.name, file.mime_type):
            return FileText(text=None, reason=reason)
        async with self._take_turn(file) as turn:
            if turn.outcome is None:
                turn.outcome = await asyncio.to_thread(self._remember, file)
            if turn.outcome is None:
                turn.outcome = await self._fetch(file, download)
                return turn.outcome
            return replace(turn.outcome, from_cache=True)

    def recall(self, content_hash: str) -> str | None:
        """Find the text of a content that was read before; None when it has none, or was evicted."""
        known = self._cache.find_text(content_hash, self._extractor)
        return None if known is None else known.text

    @property
    def version(self) -> str:
        """Of everything that decides which text a content has: another one reads every file anew."""
        return self._extractor

    def status(self) -> TextStatus:
        """Count what is remembered; reads the cache only."""
        return TextStatus(
            texts=self._cache.count_texts(self._extractor),
            reasons=self._cache.count_reasons(self._extractor),
            used_bytes=self._cache.used_bytes(),
        )

    def _remember(self, file: FileRef) -> FileText | None:
        if self._cache.is_refused(file, self._max_file_bytes):
            return FileText(text=None, reason=Reason.TOO_LARGE)
        content_hash = self._cache.find_content(file)
        if content_hash is None:
            return None
        return self._recall(content_hash)

    def _recall(self, content_hash: str) -> FileText | None:
        known = self._cache.find_text(content_hash, self._extractor)
        return None if known is None else _to_file_text(content_hash, known)

    async def _fetch(self, file: FileRef, download: Callable[[Path], Awaitable[int]]) -> FileText:
        path = self._downloads.new_path()
        try:
            try:
                await download(path)
                content_hash = await asyncio.to_thread(_hash_file, path, self._max_file_bytes)
            except FileTooLarge:
                await asyncio.to_thread(self._cache.store_refusal, file, self._max_file_bytes)
                return FileText(text=None, reason=Reason.TOO_LARGE)
            await asyncio.to_thread(self._cache.store_content, file, content_hash)
            async with self._take_turn(content_hash) as turn:
                if turn.outcome is None:
                    turn.outcome = await asyncio.to_thread(self._recall, content_hash)
                if turn.outcome is None:
                    turn.outcome = await self._read(path, file, content_hash)
                    return turn.outcome
                return replace(turn.outcome, from_cache=True)
        finally:
            path.unlink(missing_ok=True)

    async def _read(self, path: Path, file: FileRef, content_hash: str) -> FileText:
        result = await self._pool.extract(
            path, file.name, file.mime_type, max_text_bytes=self._max_text_bytes
        )
        if result.text is not None:
            await asyncio.to_thread(
                self._cache.store_text,
                content_hash,
                self._extractor,
                result.text,
                truncated=result.truncated,
            )
            return FileText(
                text=result.text, reason=None, content_hash=content_hash, truncated=result.truncated
            )
        assert result.reason is not None, "a reader gave neither text nor reason"
        lasting = await asyncio.to_thread(
            self._cache.store_reason, content_hash, self._extractor, result.reason
        )
        return FileText(text=None, reason=result.reason, content_hash=content_hash, lasting=lasting)

    @asynccontextmanager
    async def _take_turn(self, key: FileRef | str) -> AsyncIterator[_Turn]:
        """Let one caller at a time work on a file or a content; the next find its outcome."""
        turn = self._turns.setdefault(key, _Turn())
        turn.callers += 1
        try:
            async with turn.lock:
                yield turn
        finally:
            turn.callers -= 1
            if not turn.callers:
                del self._turns[key]


@dataclass(slots=True)
class _Turn:
    """What callers for the same thing at the same time share; gone with the last of them."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    callers: int = 0
    outcome: FileText | None = None


def _to_file_text(content_hash: str, known: CachedText) -> FileText:
    return FileText(
        text=known.text,
        reason=known.reason,
        content_hash=content_hash,
        truncated=known.truncated,
        from_cache=True,
    )


def _hash_file(path: Path, max_file_bytes: int) -> str:
    """Hash the bytes of a file; raises FileTooLarge in case the downloader did not."""
    if path.stat().st_size > max_file_bytes:
        raise FileTooLarge(f"more than {max_file_bytes} bytes")
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
