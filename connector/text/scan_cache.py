"""
What OCR read, by content, and how far it came with what it has begun: a file of its own beside the texts.

It is dear: an hour of the processor may stand in a megabyte. So texts that are read again in a second are not
weighed against it, and a content keeps what an earlier reader (fewer languages, say) read until the new one is through.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from connector.text.cache_file import open_file
from connector.text.reasons import Reason

_FILE_NAME: Final = "scans.sqlite"
_TOUCH_AFTER_S: Final = 3600
_EVICT_TO: Final = 0.95
_SCHEMA_VERSION: Final = 1
_SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS scans (
        content_hash TEXT NOT NULL,
        reader TEXT NOT NULL,
        done INTEGER NOT NULL,
        text BLOB NOT NULL,      -- UTF-8, deflated
        reason TEXT,
        truncated INTEGER NOT NULL DEFAULT 0,
        page INTEGER NOT NULL DEFAULT 0,     -- while it is not done: what is next, counted in the list of pages
        piece INTEGER NOT NULL DEFAULT 0,
        failures INTEGER NOT NULL DEFAULT 0,
        used_at REAL NOT NULL,
        PRIMARY KEY (content_hash, reader)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS scans_by_use ON scans (used_at);
"""


class ScanText(msgspec.Struct, frozen=True):
    """What OCR read of a content: words, or the reason why there are none."""

    text: str
    reason: Reason | None
    truncated: bool
    current: bool
    """Whether it was read as the settings ask for now."""


class Progress(msgspec.Struct, frozen=True):
    """How far OCR is with a content: what is next, what it has, and how many pieces gave nothing but trouble."""

    page: int = 0
    piece: int = 0
    text: str = ""
    failures: int = 0
    worst: Reason | None = None


class ScanCache:
    """
    The remembered scans; safe to use from several threads and processes.

    Args:
        reader: names what reads now: its version, its languages and limits.
        max_bytes: what the file may take, beside a few MB of write-ahead log.

    Raises:
        CacheError: the folder or the file cannot be used, here and later.
    """

    def __init__(
        self, folder: Path, reader: str, max_bytes: int, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._reader = reader
        self._max_bytes = max_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._database = open_file(folder / _FILE_NAME, _SCHEMA, version=_SCHEMA_VERSION)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._database.close()

    def find(self, content_hash: str) -> ScanText | None:
        """What was read of a content to its end, by the reader of now if it is through; None: nothing was."""
        with self._lock:
            row = self._database.execute(
                "SELECT text, reason, truncated, reader, used_at FROM scans WHERE content_hash = ? AND done = 1"
                " ORDER BY reader = ? DESC, used_at DESC LIMIT 1",
                (content_hash, self._reader),
            ).fetchone()
            if row is None:
                return None
            now = self._clock()
            if now - row[4] > _TOUCH_AFTER_S:
                self._database.execute(
                    "UPDATE scans SET used_at = ? WHERE content_hash = ? AND reader = ?",
                    (now, content_hash, row[3]),
                )
        return ScanText(
            text=zlib.decompress(row[0]).decode(),
            reason=Reason(row[1]) if row[1] else None,
            truncated=bool(row[2]),
            current=row[3] == self._reader,
        )

    def progress(self, content_hash: str) -> Progress:
        """How far the reader of now is with a content."""
        with self._lock:
            row = self._database.execute(
                "SELECT page, piece, text, failures, reason FROM scans WHERE content_hash = ? AND reader = ?",
                (content_hash, self._reader),
            ).fetchone()
        if row is None:
            return Progress()
        return Progress(
            page=row[0],
            piece=row[1],
            text=zlib.decompress(row[2]).decode(),
            failures=row[3],
            worst=Reason(row[4]) if row[4] else None,
        )

    def keep(self, content_hash: str, progress: Progress) -> None:
        """Remember how far it is; what was read by others stays until `finish`."""
        self._store(content_hash, progress, done=False, truncated=False, reason=progress.worst)

    def finish(self, content_hash: str, text: str, reason: Reason | None, *, truncated: bool) -> None:
        """Remember what was read to the end, instead of what earlier readers read."""
        self._store(content_hash, Progress(text=text), done=True, truncated=truncated, reason=reason)
        with self._lock:
            self._database.execute(
                "DELETE FROM scans WHERE content_hash = ? AND reader != ?", (content_hash, self._reader)
            )

    def _store(
        self, content_hash: str, progress: Progress, *, done: bool, truncated: bool, reason: Reason | None
    ) -> None:
        row = (
            content_hash,
            self._reader,
            int(done),
            zlib.compress(progress.text.encode(), 6),
            reason.value if reason else None,
            int(truncated),
            progress.page,
            progress.piece,
            progress.failures,
            self._clock(),
        )
        with self._lock:
            self._database.execute("INSERT OR REPLACE INTO scans VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            self._evict()

    def _evict(self) -> None:
        if self._used_bytes() <= self._max_bytes:
            return
        while self._used_bytes() > self._max_bytes * _EVICT_TO:
            gone = self._database.execute(
                "DELETE FROM scans WHERE (content_hash, reader) IN"
                " (SELECT content_hash, reader FROM scans ORDER BY used_at LIMIT 8)"
            )
            if not gone.rowcount:
                return
        self._database.execute("PRAGMA incremental_vacuum").fetchall()

    def _used_bytes(self) -> int:
        pages, free, page_bytes = (
            self._database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * page_bytes)
