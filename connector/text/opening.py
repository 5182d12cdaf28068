"""Opens the remembered texts, and what OCR read, where they are: in the cache's folder, or in the database that several services share."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from connector.text.cache import TextCache
from connector.text.scan_file import SCANS, SqliteScans
from connector.text.text_store import ScanStore


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
    from connector.text.shared_texts import PostgresTexts  # needs psycopg

    return TextCache(folder, max_bytes, store=PostgresTexts(shared), clock=clock)


def open_scans(folder: Path, *, shared: str) -> ScanStore:
    """
    Open what OCR read, in the same way. What a service read while it kept that to itself is shared from now on.

    Raises:
        CacheError: as of `open_texts`.
    """
    if not shared:
        return SqliteScans(folder)
    from connector.text.shared_scans import PostgresScans  # needs psycopg

    store = PostgresScans(shared)
    if (folder / SCANS).exists():
        with closing(SqliteScans(folder)) as own:
            store.bring(own.every())
        for file in folder.glob(f"{SCANS}*"):
            file.unlink(missing_ok=True)
    return store
