"""Takes the texts of contents out of the cache, for good: what was there is in no free page of its files afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from connector.errors import CacheError

_HOLD: Final = {
    "texts.sqlite": (
        "DELETE FROM files WHERE content_hash = ?",
        "DELETE FROM texts WHERE content_hash = ?",
    ),
    "scans.sqlite": ("DELETE FROM scans WHERE content_hash = ?",),
}
"""What is said to each file of the cache."""
_BUSY_S: Final = 30


def forget_contents(folder: Path, hashes: Sequence[str], *, shared: str) -> int:
    """
    Erase what the cache holds of some contents; says how many texts there were.

    Args:
        shared: URL of the database in which several services share their texts; empty: they are in the folder alone.

    Raises:
        CacheError: the cache cannot be written.
    """
    found = 0
    for name, statements in _HOLD.items():
        file = folder / name
        if not hashes or not file.is_file():
            continue
        try:
            with closing(sqlite3.connect(file, timeout=_BUSY_S, isolation_level=None)) as cache:
                cache.execute("PRAGMA secure_delete=ON")
                for statement in statements:
                    gone = [cache.execute(statement, (one,)).rowcount for one in hashes]
                found += sum(gone)
                cache.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise CacheError(
                f"The text cache {file} cannot be written ({error}). Delete the file: it is only a cache, and texts are read again."
            ) from error
    return found + (_forget_shared(shared, hashes) if shared and hashes else 0)


def _forget_shared(url: str, hashes: Sequence[str]) -> int:
    from connector.text.shared_scans import PostgresScans
    from connector.text.shared_texts import PostgresTexts

    with closing(PostgresTexts(url)) as texts, closing(PostgresScans(url)) as scans:
        return texts.forget(hashes) + scans.forget(hashes)
