"""The text of a file that was read before, for whoever only tells of it: no source is called."""

from __future__ import annotations

from contextlib import ExitStack

from connector.settings import Loaded
from connector.text.opening import open_texts
from connector.text.service import TextService
from connector.text.workers import ExtractionPool
from connector.wiring.reading import limits_of, remembered_scans


def recall_text(loaded: Loaded, content_hash: str, *, shared: str) -> str | None:
    """
    Find the text of a content that was read before; None when it has none, or the cache gave it up.

    Args:
        shared: URL of the database in which several services share their texts; empty: in a folder.
    """
    part = loaded.settings.text
    folder = loaded.folder / part.cache
    if not shared and not folder.is_dir():
        return None
    pool = ExtractionPool(workers=1, memory_mb=part.memory_mb, timeout_s=part.timeout_s)
    with ExitStack() as stack:
        cache = stack.enter_context(open_texts(folder, part.cache_bytes, shared=shared))
        scans = remembered_scans(part, folder, shared=shared)
        if scans is not None:
            stack.enter_context(scans)
        texts = TextService(
            pool, cache, part.max_file_bytes, part.max_text_bytes, scans=scans, limits=limits_of(part)
        )
        return stack.enter_context(texts).recall(content_hash)
