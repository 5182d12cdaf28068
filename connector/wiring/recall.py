"""What commands that only tell need of people's settings and of texts that were read before."""

from __future__ import annotations

from connector.ports.matching import Matching
from connector.settings import Loaded, PeoplePart
from connector.text.cache import TextCache
from connector.text.service import TextService
from connector.text.workers import ExtractionPool


def recall_text(loaded: Loaded, content_hash: str) -> str | None:
    """Find the text of a content that was read before; None when it has none, or the cache gave it up."""
    part = loaded.settings.text
    folder = loaded.folder / part.cache
    if not folder.is_dir():
        return None
    pool = ExtractionPool(workers=1, memory_mb=part.memory_mb, timeout_s=part.timeout_s)
    with (
        TextCache(folder, part.cache_bytes) as cache,
        TextService(pool, cache, part.max_file_bytes, part.max_text_bytes) as texts,
    ):
        return texts.recall(content_hash)


def matching_of(part: PeoplePart) -> Matching:
    """How people of the sources are found in a target's intranet."""
    domains = {old.lower().lstrip("@"): new.lower().lstrip("@") for old, new in part.domains.items()}
    return Matching(by=part.match, domains=domains)
