"""What reads files, made of the settings: the cache of texts, the pool of readers, and OCR where it is on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path

from connector.configuration.tables import TextPart
from connector.errors import CacheError, SettingsError, SharedCacheAway
from connector.text.cache import TextCache
from connector.text.opening import open_scans, open_texts
from connector.text.scan_cache import ScanCache
from connector.text.scans import Scans, reader_of
from connector.text.service import TextService
from connector.text.shared_pool import SharedPool
from connector.text.tesseract import find_tesseract, make_ready, say_what_is_missing
from connector.text.text_store import ScanStore
from connector.text.unusable import Unusable
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
        self._pool = SharedPool(self._make_pool)

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

    async def trouble(self) -> str:
        """Start a reader, and say what keeps it from starting; empty where nothing does. No folder is made."""
        async with self._make_pool() as pool:
            return await pool.trouble()

    def recall(self, content_hash: str) -> str | None:
        """Find the text of a content that was read before, for whoever only tells of it; None when it has none, or the cache gave it up."""
        if not self._shared and not self._folder.is_dir():
            return None
        with ExitStack() as stack:
            cache, scans = self._caches(stack)
            texts = self._texts(self._make_pool(), cache, scans)  # no process starts: nothing is read
            return stack.enter_context(texts).recall(content_hash)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[tuple[ExtractionPool, TextService, ScanCache | None]]:
        async with AsyncExitStack() as stack:
            cache, scans = self._caches(stack)
            pool = await stack.enter_async_context(self._pool.open())
            yield pool, stack.enter_context(self._texts(pool, cache, scans)), scans

    def _make_pool(self) -> ExtractionPool:
        part = self._part
        return ExtractionPool(workers=part.workers, memory_mb=part.memory_mb, timeout_s=part.timeout_s)

    def _caches(self, stack: ExitStack | AsyncExitStack) -> tuple[TextCache, ScanCache | None]:
        """
        Texts, and what OCR read where it is on; closed with the stack.

        Where they cannot be used, that is told by the first who needs one: nothing keeps a run from a narrowing (rule 7).
        """
        part = self._part
        store: ScanStore | None = None
        try:
            cache = open_texts(self._folder, part.cache_bytes, shared=self._shared)
            stack.enter_context(cache)
            store = open_scans(self._folder, shared=self._shared) if part.ocr.languages else None
        except SharedCacheAway:  # so is the ledger
            raise
        except CacheError as error:
            store = Unusable(str(error))
            cache = TextCache(self._folder, part.cache_bytes, store=store)
        if not part.ocr.languages or store is None:
            return cache, None
        reader = reader_of(tuple(part.ocr.languages), part.ocr.max_pages, part.max_text_bytes)
        most = part.cache_bytes // SHARE_OF_SCANS
        return cache, stack.enter_context(ScanCache(store, reader, most, limits=_limits_of(part)))

    def _texts(self, pool: ExtractionPool, cache: TextCache, scans: ScanCache | None) -> TextService:
        part = self._part
        return TextService(
            pool, cache, part.max_file_bytes, part.max_text_bytes, scans=scans, limits=_limits_of(part)
        )


def _limits_of(part: TextPart) -> str:
    """Name what a reader may take by the settings: what failed by it is read again under others."""
    return f"timeout_s={part.timeout_s:g};memory_mb={part.memory_mb};workers={part.workers}"
