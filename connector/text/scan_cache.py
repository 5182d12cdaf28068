"""
What OCR read, by content, and how far it came with what it has begun: apart from the texts, in a file or where services share it.

It is dear: an hour of the processor may stand in a megabyte. So texts that are read again in a second are not
weighed against it, and a content keeps what an earlier reader (fewer languages, say) read until the new one is through.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable
from typing import Self

import msgspec

from connector.text.reasons import Reason
from connector.text.text_store import EVICT_TO, TOUCH_AFTER_S, UNREADABLE, ScanRow, ScanStore


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


def _read(row: ScanRow) -> Progress:
    """
    How far a row tells that it is.

    Raises:
        One of UNREADABLE: it is damaged.
    """
    return Progress(
        page=row.page,
        piece=row.piece,
        text=zlib.decompress(row.text).decode(),
        failures=row.failures,
        worst=Reason(row.reason) if row.reason else None,
    )


class ScanCache:
    """
    The remembered scans; safe to use from several threads and processes.

    Args:
        store: where it stands; it is closed with this.
        reader: names what reads now: its version, its languages and limits.
        max_bytes: what it may take, beside a few MB of write-ahead log.
        limits: names what reading may take: what failed by it counts as read until they are others.

    Raises:
        CacheError: it cannot be used, here and later.
    """

    def __init__(
        self,
        store: ScanStore,
        reader: str,
        max_bytes: int,
        *,
        clock: Callable[[], float] = time.time,
        limits: str = "",
    ) -> None:
        self._reader = reader
        self._tried = f"{reader};tried;{limits}"
        self._max_bytes = max_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._store = store

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._store.close()

    def find(self, content_hash: str) -> ScanText | None:
        """What was read of a content to its end, by the reader of now if it is through; None: nothing was."""
        with self._lock:
            row = self._store.find_done(content_hash, self._reader)
        if row is None:
            return None
        try:
            now = self._clock()
            if now - row.used_at > TOUCH_AFTER_S:
                with self._lock:
                    self._store.touch(content_hash, row.reader, now)
            return ScanText(
                text=zlib.decompress(row.text).decode(),
                reason=Reason(row.reason) if row.reason else None,
                truncated=bool(row.truncated),
                current=row.reader in {self._reader, self._tried},
            )
        except UNREADABLE:
            return None

    def progress(self, content_hash: str) -> Progress:
        """How far the reader of now is with a content."""
        with self._lock:
            row = self._store.find(content_hash, self._reader)
        try:
            return Progress() if row is None else _read(row)
        except UNREADABLE:
            return Progress()

    def keep(self, content_hash: str, progress: Progress) -> None:
        """Remember how far it is; what was read by others stays until `finish`."""
        self._put(self._row(self._reader, content_hash, progress))

    def finish(
        self,
        content_hash: str,
        text: str,
        reason: Reason | None,
        *,
        truncated: bool,
        limited: bool = False,
    ) -> None:
        """
        Remember what was read to the end, instead of what earlier readers read.

        Args:
            limited: there may be more under other limits.
        """
        reader = self._tried if limited else self._reader
        row = self._row(reader, content_hash, Progress(text=text, worst=reason))
        self._put(row._replace(done=1, truncated=int(truncated)))
        with self._lock:
            self._store.drop_others(content_hash, reader)

    def _row(self, reader: str, content_hash: str, progress: Progress) -> ScanRow:
        """How it stands in a store while it is not done."""
        return ScanRow(
            content_hash,
            reader,
            0,
            zlib.compress(progress.text.encode(), 6),
            progress.worst.value if progress.worst else None,
            0,
            progress.page,
            progress.piece,
            progress.failures,
            self._clock(),
        )

    def _put(self, row: ScanRow) -> None:
        with self._lock:
            self._store.put(row)
            self._store.forget_down_to(self._max_bytes, self._max_bytes * EVICT_TO)
