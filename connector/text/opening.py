"""Opens the remembered texts where they are: in the cache's folder, or in the database that several services share."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from connector.text.cache import TextCache


def open_texts(
    folder: Path, max_bytes: int, *, shared: str, clock: Callable[[], float] = time.time
) -> TextCache:
    """
    Open them.

    Args:
        shared: URL of the database; empty: they are in the folder.

    Raises:
        CacheError: the folder, or the database, cannot be used.
    """
    if not shared:
        return TextCache(folder, max_bytes, clock=clock)
    from connector.text.shared_shelf import PostgresShelf  # needs psycopg

    return TextCache(folder, max_bytes, shelf=PostgresShelf(shared), clock=clock)
