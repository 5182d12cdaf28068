"""What reads files, made of the settings: the cache of texts, the pool of readers, and OCR where it is on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from connector.configuration.tables import TextPart
from connector.errors import SettingsError
from connector.text.opening import open_scans, open_texts
from connector.text.scan_cache import ScanCache
from connector.text.scans import Scans, reader_of
from connector.text.service import TextService
from connector.text.shared_pool import SharedPool
from connector.text.tesseract import find_tesseract, make_ready, say_what_is_missing
from connector.text.workers import ExtractionPool

SHARE_OF_SCANS = 4
"""What OCR read may take a quarter of `cache_bytes`, beside the texts: it is the dearer one, and the smaller."""


class Readers:
    """The readers of one process, whoever reads."""

    def __init__(self, part: TextPart, folder: Path, *, shared: str = "") -> None:
        """
        Args:
            shared: URL of the database in which several services share their texts; empty: in the folder.
        """
        self._shared = shared
        self._part = part
        self._folder = folder / part.cache
        self._pool = SharedPool(
            lambda: ExtractionPool(workers=part.workers, memory_mb=part.memory_mb, timeout_s=part.timeout_s)
        )

    @asynccontextmanager
    async def texts(self) -> AsyncIterator[TextService]:
        """Open the text cache, and a pool of readers whose processes start with the first file."""
        async with self._opened() as (_, texts, _scans):
            yield texts

    @asynccontextmanager
    async def scans(self) -> AsyncIterator[Scans]:
        """
        The same for OCR.

        Raises:
            SettingsError: the program or a language is missing on this machine.
        """
        installed = find_tesseract()
        ocr = make_ready(self._part.ocr.languages, installed)
        if ocr is None:
            raise SettingsError(
                "text.ocr.languages", say_what_is_missing(self._part.ocr.languages, installed) or "OCR is off"
            )
        async with self._opened() as (pool, texts, cache):
            assert cache is not None, "OCR is on"
            yield Scans(
                pool,
                texts,
                cache,
                ocr,
                max_pages=self._part.ocr.max_pages,
                max_text_bytes=self._part.max_text_bytes,
            )

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[tuple[ExtractionPool, TextService, ScanCache | None]]:
        part = self._part
        async with AsyncExitStack() as stack:
            cache = stack.enter_context(open_texts(self._folder, part.cache_bytes, shared=self._shared))
            scans = remembered_scans(part, self._folder, shared=self._shared)
            if scans is not None:
                stack.enter_context(scans)
            pool = await stack.enter_async_context(self._pool.open())
            texts = TextService(
                pool, cache, part.max_file_bytes, part.max_text_bytes, scans=scans, limits=limits_of(part)
            )
            yield pool, stack.enter_context(texts), scans


def remembered_scans(part: TextPart, folder: Path, *, shared: str = "") -> ScanCache | None:
    """What OCR read; None where it is off."""
    if not part.ocr.languages:
        return None
    reader = reader_of(tuple(part.ocr.languages), part.ocr.max_pages, part.max_text_bytes)
    most = part.cache_bytes // SHARE_OF_SCANS
    return ScanCache(open_scans(folder, shared=shared), reader, most, limits=limits_of(part))


def limits_of(part: TextPart) -> str:
    """Name what a reader may take by the settings: what failed by it is read again under others."""
    return f"timeout_s={part.timeout_s:g};memory_mb={part.memory_mb};workers={part.workers}"
