"""The text of a file: remembered, shared with a neighbour that asks too, or downloaded and read."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol, Self, TypeVar

import structlog

from connector.document.clean import cut_text
from connector.errors import CacheError
from connector.text.cache import CachedText, FileRef, TextCache
from connector.text.downloads import DownloadFolder
from connector.text.extract import Extracted, extractor_version
from connector.text.kinds import is_picture_inside
from connector.text.names import is_picture, taken_for, why_no_text
from connector.text.reasons import FileTooLarge, Reason
from connector.text.scan_cache import ScanCache, ScanText
from connector.text.unusable import on_this_disk

__all__ = ["FileRef", "FileText", "FileTooLarge", "Reason", "TextService", "extractor_version"]

_DOWNLOADS: Final = "downloads"
T = TypeVar("T")


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
        content_hash: SHA-256 in hex of the bytes, and of what they are taken for where their name decides that; None when they were
            not (and never) downloaded.
        lasting: False after a passing failure: leave what the target has, and ask again in the next run.
        due: OCR has (more of) it to read; a run does not wait for that.
    """

    text: str | None
    reason: Reason | None
    content_hash: str | None = None
    truncated: bool = False
    lasting: bool = True
    due: bool = False


class TextService:
    """
    Answers for the text of files, each content read once.

    Args:
        max_file_bytes: larger files are not downloaded, or refused by the one who downloads.
        max_text_bytes: UTF-8; a longer text is cut. Another limit reads every file anew.
        scans: what OCR read; None where it is off.
        limits: names what a reader may take: what failed by it is tried anew under others.

    Closing it (`with`) removes its folder for downloads; pool and cache are closed by who opened them.
    """

    def __init__(
        self,
        pool: Pool,
        cache: TextCache,
        max_file_bytes: int,
        max_text_bytes: int,
        *,
        scans: ScanCache | None = None,
        limits: str = "",
    ) -> None:
        self._scans = scans
        self._pool = pool
        self._cache = cache
        self._max_file_bytes = max_file_bytes
        self._max_text_bytes = max_text_bytes
        self._extractor = f"{extractor_version()};max_text_bytes={max_text_bytes}"
        self._tried = f"{self._extractor};tried;{limits}"
        """What took too long, or too much, is remembered under this, with what it gave: whoever raises a limit has it read again."""
        self._downloads = DownloadFolder(cache.folder / _DOWNLOADS)
        self._turns: dict[FileRef | str, _Turn] = {}
        self._told_trouble = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._downloads.close()

    async def text_of(self, file: FileRef, download: Callable[[Path], Awaitable[int]]) -> FileText:
        """
        Return the text of a file, downloading it only when nothing is known of this version.

        Args:
            download: writes the file to the path and returns its bytes; raises FileTooLarge at the limit.
                Its other exceptions come out of here as they are.

        Raises:
            CacheError: this machine has no place for what is downloaded, or what OCR read cannot be looked up.
        """
        if file.size is not None and file.size > self._max_file_bytes:
            return FileText(text=None, reason=Reason.TOO_LARGE)
        if reason := why_no_text(file.name, file.mime_type):
            if self._scans is None or not is_picture(file.name, file.mime_type):
                return FileText(text=None, reason=reason)
            return await asyncio.to_thread(self._remember_picture, file, reason)
        async with self._take_turn(file) as turn:
            if turn.outcome is None:
                turn.outcome = await asyncio.to_thread(self._remember, file)
            if turn.outcome is None:
                turn.outcome = await self._fetch(file, download)
                return turn.outcome
            return turn.outcome

    def recall(self, content_hash: str) -> str | None:
        """
        Find the text of a content that was read before; None when it has none, or was evicted, or the cache cannot be used now.

        Whoever takes a document from people goes on without its text then.
        """
        try:
            known = self._recall(content_hash)
            if known is None and self._scans is not None:
                scan = self._scans.find(content_hash)
                known = with_scan(CachedText(None, None, False, (0,)), scan, self._max_text_bytes)
        except CacheError:
            return None
        return None if known is None else known.text

    @asynccontextmanager
    async def content(
        self, file: FileRef, download: Callable[[Path], Awaitable[int]]
    ) -> AsyncIterator[tuple[Path, str]]:
        """
        Have the bytes of a file on disk while the block lasts, and their hash, which is remembered.

        Raises:
            FileTooLarge: it went over the limit, which is remembered; what the download raises comes out as it is.
        """

        def remember(path: Path) -> str:
            content_hash = _hash_file(path, file, self._max_file_bytes)
            self._cache.store_content(file, content_hash)
            return content_hash

        async with self._on_disk(file, download, remember) as found:
            yield found

    async def scanned_pages(self, path: Path, file: FileRef, content_hash: str) -> tuple[int, ...]:
        """Which pages of a file on disk are pictures of words; the file is read for it where that is not known yet."""
        known = await asyncio.to_thread(self._find, content_hash)
        if known is None:
            await self._read(path, file, content_hash)
            known = await asyncio.to_thread(self._find, content_hash)
        return known.scanned if known is not None else ()

    def content_known(self, file: FileRef) -> str:
        """The hash of a file's content, if this version of it was downloaded before; else empty."""
        return self._cache.find_file(file).content_hash or ""

    @property
    def reads_scans(self) -> bool:
        """Whether OCR is on."""
        return self._scans is not None

    @property
    def version(self) -> str:
        """Of everything that decides which text a content has: another one reads every file anew."""
        return f"{self._extractor};ocr" if self._scans is not None else self._extractor

    def _remember(self, file: FileRef) -> FileText | None:
        known = self._cache.find_file(file)
        if known.is_refused(self._max_file_bytes):
            return FileText(text=None, reason=Reason.TOO_LARGE)
        return None if known.content_hash is None else self._recall(known.content_hash)

    def _remember_picture(self, file: FileRef, reason: Reason) -> FileText:
        """A picture is not downloaded for a run: what OCR read of it is known, or it is due."""
        cached = self._cache.find_file(file)
        if cached.is_refused(self._max_file_bytes):
            return FileText(text=None, reason=Reason.TOO_LARGE)
        content_hash = cached.content_hash
        if content_hash is not None and (known := self._recall(content_hash)) is not None:
            return known
        assert self._scans is not None
        scan = self._scans.find(content_hash) if content_hash is not None else None
        found = with_scan(CachedText(None, reason, False, (0,)), scan, self._max_text_bytes)
        return replace(found, content_hash=content_hash)

    def _recall(self, content_hash: str) -> FileText | None:
        known = self._find(content_hash)
        return None if known is None else self._told(content_hash, known)

    def _find(self, content_hash: str) -> CachedText | None:
        """What is known for good of a content, as it would be read now."""
        known = self._cache.find_text(content_hash, self._extractor)
        if known is not None and (known.reason is None or not known.reason.counted):
            return known
        return self._cache.find_text(content_hash, self._tried)

    def _told(self, content_hash: str, known: CachedText) -> FileText:
        """What is known of a content, with what OCR read of it."""
        if self._scans is None or not known.scanned:
            found = FileText(text=known.text, reason=known.reason, truncated=known.truncated)
        else:
            found = with_scan(known, self._scans.find(content_hash), self._max_text_bytes)
        return replace(found, content_hash=content_hash)

    @asynccontextmanager
    async def _on_disk(
        self, file: FileRef, download: Callable[[Path], Awaitable[int]], look: Callable[[Path], T]
    ) -> AsyncIterator[tuple[Path, T]]:
        """
        Have the bytes of a file on disk while the block lasts, and what a look at them tells, in a thread.

        Raises:
            FileTooLarge: it went over the limit, which is remembered; what the download raises comes out as it is.
            CacheError: this machine has no place for them.
        """
        path = self._downloads.new_path()
        try:
            try:
                with on_this_disk(path):
                    await download(path)
                    found = await asyncio.to_thread(look, path)
            except FileTooLarge:
                await asyncio.to_thread(self._cache.store_refusal, file, self._max_file_bytes)
                raise
            yield path, found
        finally:
            path.unlink(missing_ok=True)

    async def _fetch(self, file: FileRef, download: Callable[[Path], Awaitable[int]]) -> FileText:
        """Download a file and read it, unless its content is known, or read for another one meanwhile."""

        def recognise(path: Path) -> tuple[str, FileText | None]:
            content_hash = _hash_file(path, file, self._max_file_bytes)
            known = self._recall(content_hash)
            if known is not None:
                self._cache.store_content(file, content_hash)
            return content_hash, known

        try:
            async with self._on_disk(file, download, recognise) as (path, (content_hash, known)):
                if known is not None:
                    return known
                async with self._take_turn(content_hash) as turn:
                    if turn.outcome is None:
                        turn.outcome = await self._read(path, file, content_hash)
                    else:
                        await asyncio.to_thread(self._cache.store_content, file, content_hash)
                    return turn.outcome
        except FileTooLarge:
            return FileText(text=None, reason=Reason.TOO_LARGE)
        finally:
            self._tell_trouble()

    def _tell_trouble(self) -> None:
        """Log why texts are not remembered, so that files are downloaded again: once in a run for the same reason."""
        if (why := self._cache.trouble) and why != self._told_trouble:
            self._told_trouble = why
            structlog.get_logger().warning("texts.not_remembered", why=why)

    async def _read(self, path: Path, file: FileRef, content_hash: str) -> FileText:
        result = await self._pool.extract(
            path, file.name, file.mime_type, max_text_bytes=self._max_text_bytes
        )
        return await asyncio.to_thread(self._keep, file, content_hash, result)

    def _keep(self, file: FileRef, content_hash: str, result: Extracted) -> FileText:
        """Remember what was read of a file, and which content it has."""
        known = CachedText(result.text, result.reason, result.truncated, result.scanned)
        limited = result.limited or (result.reason is not None and result.reason.counted)
        extractor = self._tried if limited else self._extractor
        lasting = True
        if result.text is not None:
            self._cache.store_text(
                content_hash,
                extractor,
                result.text,
                truncated=result.truncated,
                scanned=result.scanned,
                file=file,
            )
        else:
            assert result.reason is not None, "a reader gave neither text nor reason"
            lasting = self._cache.store_reason(
                content_hash, extractor, result.reason, scanned=result.scanned, file=file
            )
        return replace(self._told(content_hash, known), lasting=lasting)

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


def with_scan(known: CachedText, scan: ScanText | None, max_text_bytes: int) -> FileText:
    """What a file with scanned pages has: its own text, and behind it what OCR read; that is due where it is not there, or old."""
    if scan is None:
        return FileText(
            text=known.text,
            reason=None if known.text is not None else Reason.OCR_DUE,
            truncated=known.truncated,
            due=True,
        )
    if not scan.text:
        return FileText(
            text=known.text,
            reason=None if known.text is not None else scan.reason or Reason.OCR_EMPTY,
            truncated=known.truncated or (scan.truncated and known.text is not None),
            due=not scan.current,
        )
    text, cut = cut_text(f"{known.text}\n{scan.text}" if known.text else scan.text, max_text_bytes)
    return FileText(
        text=text, reason=None, truncated=known.truncated or scan.truncated or cut, due=not scan.current
    )


def _hash_file(path: Path, file: FileRef, max_file_bytes: int) -> str:
    """
    Hash what is read of a file: a copy under a name by which it is read in another way, or not at all, is another content.

    Raises:
        FileTooLarge: in case the downloader did not.
    """
    if path.stat().st_size > max_file_bytes:
        raise FileTooLarge(f"more than {max_file_bytes} bytes")
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256")
    kind = taken_for(file.name, file.mime_type)
    if not kind or is_picture_inside(path):
        return found.hexdigest()
    return hashlib.sha256(found.digest() + kind.encode()).hexdigest()
