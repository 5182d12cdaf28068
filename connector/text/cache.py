"""
The folder where extracted texts are remembered, bounded in bytes, the least recently used going first.

Two steps: which file in which version has which content (hash of its bytes), and which content gives which
text or lasting reason under which extractor. What was evicted is downloaded and read again, never left out.

One SQLite file in WAL mode holds both: a crash loses at most what was not committed, and other processes
may read (`connector status`) while the daemon writes.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from connector.text.cache_file import open_file
from connector.text.reasons import Reason

# After so many failures the file itself is taken as the cause, until the extractor changes.
MAX_ATTEMPTS: Final = 3
_TOUCH_AFTER_S: Final = 3600
_EVICT_TO: Final = 0.95
_EVICT_ROWS: Final = 8
_FILE_NAME: Final = "texts.sqlite"
_SCHEMA_VERSION: Final = 1
_SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS texts (
        content_hash TEXT NOT NULL,
        extractor TEXT NOT NULL,
        text BLOB,               -- UTF-8, deflated
        reason TEXT,
        truncated INTEGER NOT NULL DEFAULT 0,
        scanned TEXT NOT NULL DEFAULT '',  -- JSON list of pages, from 0, that are pictures of words
        attempts INTEGER NOT NULL DEFAULT 0,
        used_at REAL NOT NULL,
        PRIMARY KEY (content_hash, extractor)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS texts_by_use ON texts (used_at);
    CREATE TABLE IF NOT EXISTS files (
        source TEXT NOT NULL,
        file_id TEXT NOT NULL,
        version TEXT NOT NULL,
        size INTEGER NOT NULL,   -- -1: not declared
        content_hash TEXT,
        refused_above INTEGER,   -- the limit in bytes that the download went over
        used_at REAL NOT NULL,
        PRIMARY KEY (source, file_id, version, size)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS files_by_use ON files (used_at);
"""

_ADDED: Final = (("texts", "scanned", "TEXT NOT NULL DEFAULT ''"),)
"""Columns that caches of earlier releases lack: table, name, kind."""


@dataclass(frozen=True, slots=True)
class FileRef:
    """One version of one file in one source; size in bytes as declared, None when the source does not say."""

    source: str
    id: str
    version: str
    size: int | None
    name: str
    mime_type: str = ""


@dataclass(frozen=True, slots=True)
class CachedText:
    """What is remembered of a content: its text, or the reason why it has none."""

    text: str | None
    reason: Reason | None
    truncated: bool
    scanned: tuple[int, ...] = ()
    """Pages, from 0, that are pictures of words."""


class TextCache:
    """
    The remembered texts; safe to use from several threads and processes.

    A text belongs to a content and to an extractor: the name of what made it, its limits included.

    Args:
        folder: is made when it is missing; `texts.sqlite` is ours. Nobody else may look into it.
        max_bytes: what the texts and their index may take, beside a few MB of write-ahead log.
        clock: seconds, for the order of use.

    Raises:
        CacheError: the folder or the file cannot be used, here and later: of another user, no room on the disk.
    """

    def __init__(self, folder: Path, max_bytes: int, *, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self._max_bytes = max_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._database = open_file(folder / _FILE_NAME, _SCHEMA, version=_SCHEMA_VERSION, added=_ADDED)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; the cache is of no use afterwards."""
        with self._lock:
            self._database.close()

    def find_content(self, file: FileRef) -> str | None:
        """Return the hash of a file's content, when this version of it was downloaded before."""
        with self._lock:
            row = self._database.execute(
                "SELECT content_hash, used_at FROM files"
                " WHERE source = ? AND file_id = ? AND version = ? AND size = ?",
                _key(file),
            ).fetchone()
            if row is None or row[0] is None:
                return None
            now = self._clock()
            if now - row[1] > _TOUCH_AFTER_S:
                self._database.execute(
                    "UPDATE files SET used_at = ?"
                    " WHERE source = ? AND file_id = ? AND version = ? AND size = ?",
                    (now, *_key(file)),
                )
            return str(row[0])

    def is_refused(self, file: FileRef, max_file_bytes: int) -> bool:
        """Tell whether a download of this version went over the same or a higher limit before."""
        with self._lock:
            row = self._database.execute(
                "SELECT refused_above FROM files"
                " WHERE source = ? AND file_id = ? AND version = ? AND size = ?",
                _key(file),
            ).fetchone()
        return row is not None and row[0] is not None and row[0] >= max_file_bytes

    def find_text(self, content_hash: str, extractor: str) -> CachedText | None:
        """Return what is known for good of a content; None when it must be read (again)."""
        with self._lock:
            row = self._database.execute(
                "SELECT text, reason, truncated, attempts, used_at, scanned FROM texts"
                " WHERE content_hash = ? AND extractor = ?",
                (content_hash, extractor),
            ).fetchone()
            if row is None:
                return None
            blob, reason, truncated, attempts, used_at, pages = row
            now = self._clock()
            if now - used_at > _TOUCH_AFTER_S:
                self._database.execute(
                    "UPDATE texts SET used_at = ? WHERE content_hash = ? AND extractor = ?",
                    (now, content_hash, extractor),
                )
        scanned = tuple(msgspec.json.decode(pages, type=list[int])) if pages else ()
        if blob is not None:
            text = zlib.decompress(blob).decode()
            return CachedText(text=text, reason=None, truncated=bool(truncated), scanned=scanned)
        known = Reason(reason)
        if known.lasting or attempts >= MAX_ATTEMPTS:
            return CachedText(text=None, reason=known, truncated=False, scanned=scanned)
        return None

    def store_content(self, file: FileRef, content_hash: str) -> None:
        """Remember which content a version of a file has."""
        self._store_file(file, content_hash, None)

    def store_refusal(self, file: FileRef, max_file_bytes: int) -> None:
        """Remember that a version of a file is larger than a limit."""
        self._store_file(file, None, max_file_bytes)

    def store_text(
        self, content_hash: str, extractor: str, text: str, *, truncated: bool, scanned: Sequence[int] = ()
    ) -> None:
        """Remember a text; evicts what was used least recently when there is no more room."""
        blob = zlib.compress(text.encode(), 6)
        with self._lock, self._transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO texts (content_hash, extractor, text, truncated, scanned, used_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (content_hash, extractor, blob, int(truncated), _pages(scanned), self._clock()),
            )
            self._evict()

    def store_reason(
        self, content_hash: str, extractor: str, reason: Reason, *, scanned: Sequence[int] = ()
    ) -> bool:
        """
        Remember why a content has no text; passing reasons are counted where the file may be the cause.

        Returns:
            True when the reason stands from now on, False when the content is to be tried again.
        """
        if not (reason.lasting or reason.counted):
            return False
        with self._lock, self._transaction():
            self._database.execute(
                "INSERT INTO texts (content_hash, extractor, reason, scanned, attempts, used_at)"
                " VALUES (?, ?, ?, ?, 1, ?)"
                " ON CONFLICT DO UPDATE SET text = NULL, reason = excluded.reason, scanned = excluded.scanned,"
                " attempts = attempts + 1, used_at = excluded.used_at",
                (content_hash, extractor, reason.value, _pages(scanned), self._clock()),
            )
            attempts = self._database.execute(
                "SELECT attempts FROM texts WHERE content_hash = ? AND extractor = ?",
                (content_hash, extractor),
            ).fetchone()[0]
            self._evict()
        return reason.lasting or attempts >= MAX_ATTEMPTS

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:  # not any more where SQLite itself went back, as on a full disk
                self._database.execute("ROLLBACK")
            raise

    def _store_file(self, file: FileRef, content_hash: str | None, refused_above: int | None) -> None:
        with self._lock, self._transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*_key(file), content_hash, refused_above, self._clock()),
            )
            self._evict()

    def _used_bytes(self) -> int:
        pages, free, page_bytes = (
            self._database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * page_bytes)

    def _evict(self) -> None:
        """Forget the least recently used, text or file, until there is room again."""
        if self._used_bytes() <= self._max_bytes:
            return
        while self._used_bytes() > self._max_bytes * _EVICT_TO:
            for _ in range(_EVICT_ROWS):
                if not self._forget_oldest():
                    return
        self._database.execute("PRAGMA incremental_vacuum").fetchall()

    def _forget_oldest(self) -> bool:
        text = self._database.execute(
            "SELECT used_at, content_hash, extractor FROM texts ORDER BY used_at LIMIT 1"
        ).fetchone()
        file = self._database.execute(
            "SELECT used_at, source, file_id, version, size FROM files ORDER BY used_at LIMIT 1"
        ).fetchone()
        if file is not None and (text is None or file[0] < text[0]):
            self._database.execute(
                "DELETE FROM files WHERE source = ? AND file_id = ? AND version = ? AND size = ?", file[1:]
            )
        elif text is not None:
            self._database.execute("DELETE FROM texts WHERE content_hash = ? AND extractor = ?", text[1:])
        return file is not None or text is not None


def _pages(scanned: Sequence[int]) -> str:
    return msgspec.json.encode(scanned).decode() if scanned else ""


def _key(file: FileRef) -> tuple[str, str, str, int]:
    return file.source, file.id, file.version, -1 if file.size is None else file.size
