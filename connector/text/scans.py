"""
OCR of one file after the other, outside of runs: piece by piece, each remembered, until the day's budget is spent.

What is stopped in the middle goes on behind the last piece that was remembered. A content is read once, however many
documents have it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum
from pathlib import Path
from typing import Final, Protocol

from connector.document.clean import cut_text
from connector.text.cache import FileRef
from connector.text.kinds import is_picture_inside
from connector.text.ocr import MAX_FRAMES, READER_VERSION, Ocr, Scanned
from connector.text.reasons import FileTooLarge, Reason
from connector.text.scan_cache import Progress, ScanCache
from connector.text.service import TextService

MAX_FAILURES: Final = 3
"""Pieces of one file that time out, starve or crash: then it is left with what it gave."""


class Result(Enum):
    """How far OCR came with one file."""

    DONE = "done"
    """There is nothing more to be read of it: its document is to be mapped again."""
    STOPPED = "stopped"
    """The budget is spent, or somebody asked to stop; what was read is remembered."""
    LATER = "later"
    """Nothing could be read now, by no fault of the file."""
    WAITS = "waits"
    """It could not be fetched, or may not be now; it keeps its turn."""


class ScanPool(Protocol):
    """Reads one piece by OCR; ExtractionPool does it in places that no file wants."""

    async def scan(self, path: Path, page: int, piece: int, ocr: Ocr) -> Scanned:
        """Return words, a reason, or that it was displaced; never raises for what is in the file."""
        ...


def reader_of(languages: tuple[str, ...], max_pages: int, max_text_bytes: int) -> str:
    """Name what reads: another name, and everything is read anew, as the budget goes."""
    return f"ocr={READER_VERSION};languages={'+'.join(languages)};max_pages={max_pages};max_text_bytes={max_text_bytes}"


class Scans:
    """
    OCR with one set of languages.

    Args:
        max_pages: of one file; what stands behind them is not read.
        max_text_bytes: of one file, as UTF-8.
    """

    def __init__(
        self,
        pool: ScanPool,
        texts: TextService,
        cache: ScanCache,
        ocr: Ocr,
        *,
        max_pages: int,
        max_text_bytes: int,
    ) -> None:
        self._pool = pool
        self._texts = texts
        self._cache = cache
        self._ocr = ocr
        self._max_pages = max_pages
        self._max_text_bytes = max_text_bytes

    def knows(self, file: FileRef, content_hash: str) -> bool:
        """Whether a file was read to its end as it is to be read now, so that it need not be downloaded."""
        content_hash = content_hash or self._texts.content_known(file)
        found = self._cache.find(content_hash) if content_hash else None
        return found is not None and found.current

    async def read(
        self, file: FileRef, download: Callable[[Path], Awaitable[int]], spend: Callable[[float], bool]
    ) -> Result:
        """
        Read a file; what the download raises comes out as it is.

        Args:
            spend: takes the seconds of processor time that each piece cost, and tells whether another one may be read.
        """
        try:
            async with self._texts.content(file, download) as (path, content_hash):
                if self.knows(file, content_hash):
                    return Result.DONE
                pages = await self._texts.scanned_pages(path, file, content_hash)
                if await asyncio.to_thread(is_picture_inside, path):
                    pages = tuple(range(MAX_FRAMES))  # how many it has is told by the first one
                return await self._read_pages(path, content_hash, pages, spend)
        except FileTooLarge:
            return Result.DONE

    async def _read_pages(
        self, path: Path, content_hash: str, pages: tuple[int, ...], spend: Callable[[float], bool]
    ) -> Result:
        at = await asyncio.to_thread(self._cache.progress, content_hash)
        while at.page < min(len(pages), self._max_pages) and not self._has_enough(at):
            found = await self._pool.scan(path, pages[at.page], at.piece, self._ocr)
            goes_on = spend(found.seconds)
            if found.displaced:  # by no fault of the file, nor of the machine: it waits for a place as long as the night goes on
                if not goes_on:
                    return Result.STOPPED
                continue
            if found.reason is Reason.UNAVAILABLE:
                return Result.LATER
            if found.pages and len(pages) == MAX_FRAMES:
                pages = pages[: found.pages]
            at = _after(at, found)
            await asyncio.to_thread(self._cache.keep, content_hash, at)
            if not goes_on and at.page < min(len(pages), self._max_pages):
                return Result.STOPPED
        text, cut = cut_text(at.text, self._max_text_bytes)
        await asyncio.to_thread(
            self._cache.finish,
            content_hash,
            text,
            None if text else at.worst or Reason.OCR_EMPTY,
            truncated=cut or at.failures > 0 or at.page < len(pages),
            limited=at.worst is not None and at.worst.counted,
        )
        return Result.DONE

    def _has_enough(self, at: Progress) -> bool:
        return at.failures >= MAX_FAILURES or len(at.text.encode()) > self._max_text_bytes


def _after(at: Progress, found: Scanned) -> Progress:
    """What is next after one piece: one that gave trouble is passed over, and its page with it if it is not known how it goes on."""
    more = at.piece + 1 < found.pieces
    text = f"{at.text}\n{found.text}".strip() if found.text else at.text
    return Progress(
        page=at.page if more else at.page + 1,
        piece=at.piece + 1 if more else 0,
        text=text,
        failures=at.failures + (found.reason is not None),
        worst=found.reason or at.worst,
    )
