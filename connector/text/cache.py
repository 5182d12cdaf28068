"""
Extracted texts that are remembered, bounded in bytes, the least recently used going first.

Two steps: which file in which version has which content (hash of its bytes), and which content gives which
text or lasting reason under which extractor. What was evicted is downloaded and read again, never left out.

What is kept stands in a store: a file of SQLite in the cache's folder, or, where several services share a ledger on
PostgreSQL, tables beside it, so that whoever takes a run over downloads nothing twice.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import msgspec

from connector.document.ids import in_bounds
from connector.errors import CacheError, SharedCacheAway
from connector.text.cache_file import SqliteTexts
from connector.text.names import taken_for
from connector.text.reasons import Reason
from connector.text.text_store import EVICT_TO, TOUCH_AFTER_S, UNREADABLE, FileKey, TextStore

T = TypeVar("T")
# After so many failures the file itself is taken as the cause, until the extractor changes.
MAX_ATTEMPTS: Final = 3
LONGEST_VERSION: Final = 1_000
"""Bytes of a version that a file is looked up by, beside its id."""
AGAIN_S: Final = 60.0
"""So long nothing is remembered once that failed: each file would wait anew for one that somebody has locked."""


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
class CachedFile:
    """What is remembered of a version of a file: the hash of its content, or the limit in bytes that its download went over."""

    content_hash: str | None = None
    refused_above: int | None = None

    def is_refused(self, max_file_bytes: int) -> bool:
        """Whether a download went over the same or a higher limit before."""
        return self.refused_above is not None and self.refused_above >= max_file_bytes


NEW_FILE: Final = CachedFile()


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

    Where it cannot be used (no room on its disk, read-only, damaged, locked), nothing is known, or is remembered, `trouble` tells why, and
    whoever asks goes on: losing it costs downloads. Where it stands in the database of the ledger, that is away, too, and `SharedCacheAway`
    comes out of every method.

    Args:
        folder: is made when it is missing; `texts.sqlite` is ours. Nobody else may look into it.
        max_bytes: what the texts and their index may take, beside a few MB of write-ahead log.
        store: where the texts stand; None: in the folder.
        clock: seconds, for the order of use.

    Raises:
        CacheError: the folder or the file cannot be used, here and later: of another user, no room on the disk.
    """

    def __init__(
        self,
        folder: Path,
        max_bytes: int,
        *,
        store: TextStore | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder = folder
        self._max_bytes = max_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._store: TextStore = SqliteTexts(folder) if store is None else store
        self._again_at = float("-inf")
        self.trouble = ""
        """Why it could not be used; empty where it could."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store; the cache is of no use afterwards."""
        with self._lock:
            self._store.close()

    def find_file(self, file: FileRef) -> CachedFile:
        """Return what is known of this version of a file; nothing when it was never downloaded."""
        key = _key(file)

        def look() -> CachedFile | None:
            row = self._store.find_file(key)
            if row is None:
                return None
            content_hash, refused_above, used_at = row
            now = self._clock()
            if content_hash is not None and now - used_at > TOUCH_AFTER_S:
                self._store.touch_file(key, now)
            return CachedFile(content_hash, refused_above)

        return self._found(look) or NEW_FILE

    def find_text(self, content_hash: str, extractor: str) -> CachedText | None:
        """Return what is known for good of a content; None when it must be read (again)."""

        def look() -> CachedText | None:
            row = self._store.find_text(content_hash, extractor)
            if row is not None and (now := self._clock()) - row[4] > TOUCH_AFTER_S:
                self._store.touch_text(content_hash, extractor, now)
            return None if row is None else _read(row)

        return self._found(look)

    def _found(self, look: Callable[[], T | None]) -> T | None:
        """What is found; None, too, where nothing can be read now."""
        with self._lock:
            try:
                return look()
            except UNREADABLE:
                return None
            except CacheError as error:
                self._lose(error)
                return None

    def _remember(self, write: Callable[[], T], otherwise: T) -> T:
        """Write at once, and make room for it; says what the writing does, or otherwise where nothing can be written now."""
        with self._lock:
            if time.monotonic() < self._again_at:
                return otherwise
            try:
                with self._store.at_once():
                    told = write()
                    self._evict()
                    return told
            except CacheError as error:
                self._lose(error)
                self._again_at = time.monotonic() + AGAIN_S
                return otherwise

    def _lose(self, error: CacheError) -> None:
        if isinstance(error, SharedCacheAway):
            raise error
        self.trouble = str(error)

    def store_content(self, file: FileRef, content_hash: str) -> None:
        """Remember which content a version of a file has."""
        self._store_file(file, content_hash, None)

    def store_refusal(self, file: FileRef, max_file_bytes: int) -> None:
        """Remember that a version of a file is larger than a limit."""
        self._store_file(file, None, max_file_bytes)

    def store_text(
        self,
        content_hash: str,
        extractor: str,
        text: str,
        *,
        truncated: bool,
        scanned: Sequence[int] = (),
        file: FileRef | None = None,
    ) -> None:
        """
        Remember a text; evicts what was used least recently when there is no more room.

        Args:
            file: whose content it is, which is remembered with it.
        """
        blob = zlib.compress(text.encode(), 6)

        def write() -> None:
            self._put_content(file, content_hash)
            self._store.put_text(
                content_hash, extractor, blob, int(truncated), _pages(scanned), self._clock()
            )

        self._remember(write, None)

    def store_reason(
        self,
        content_hash: str,
        extractor: str,
        reason: Reason,
        *,
        scanned: Sequence[int] = (),
        file: FileRef | None = None,
    ) -> bool:
        """
        Remember why a content has no text; passing reasons are counted where the file may be the cause.

        Args:
            file: whose content it is, which is remembered with it.

        Returns:
            True when the reason stands from now on, False when the content is to be tried again.
        """
        if not (reason.lasting or reason.counted):
            return False

        def write() -> int:
            self._put_content(file, content_hash)
            return self._store.put_reason(
                content_hash, extractor, reason.value, _pages(scanned), self._clock()
            )

        attempts = self._remember(write, 0)
        return reason.lasting or attempts >= MAX_ATTEMPTS

    def _put_content(self, file: FileRef | None, content_hash: str) -> None:
        if file is not None:
            self._store.put_file(_key(file), content_hash, None, self._clock())

    def _store_file(self, file: FileRef, content_hash: str | None, refused_above: int | None) -> None:
        self._remember(
            lambda: self._store.put_file(_key(file), content_hash, refused_above, self._clock()), None
        )

    def _evict(self) -> None:
        """Forget the least recently used, text or file, until there is room again."""
        if self._store.is_over(self._max_bytes):
            self._store.forget_down_to(self._max_bytes * EVICT_TO)


def _read(row: tuple[Any, ...]) -> CachedText | None:
    """
    What a row tells; None where its content is to be read again.

    Raises:
        One of UNREADABLE: it is damaged.
    """
    blob, reason, truncated, attempts, _, pages = row
    scanned = tuple(msgspec.json.decode(pages, type=list[int])) if pages else ()
    if blob is not None:
        text = zlib.decompress(blob).decode()
        return CachedText(text=text, reason=None, truncated=bool(truncated), scanned=scanned)
    known = Reason(reason)
    if known.lasting or attempts >= MAX_ATTEMPTS:
        return CachedText(text=None, reason=known, truncated=False, scanned=scanned)
    return None


def _pages(scanned: Sequence[int]) -> str:
    return msgspec.json.encode(scanned).decode() if scanned else ""


def _key(file: FileRef) -> FileKey:
    # its name decides what some files are taken for, and may become another one in the same version
    kind = taken_for(file.name, file.mime_type)
    version = f"{file.version} {kind}" if kind else file.version
    # below zero a host may say any number, also one that no database takes; what is too large never comes here
    return (
        file.source,
        file.id,
        in_bounds(version, LONGEST_VERSION),
        -1 if file.size is None else max(-1, file.size),
    )
