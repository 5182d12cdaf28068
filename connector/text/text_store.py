"""Where remembered texts stand, as the cache sees it: in a file, or in a database that several services share."""

from __future__ import annotations

import zlib
from contextlib import AbstractContextManager
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from connector.document.durations import HOUR_S

TOUCH_AFTER_S: Final = HOUR_S
"""It is noted at most once in so many seconds that a row is used: the order of use need not be finer."""
EVICT_TO: Final = 0.95
"""To this share of what is allowed the rows are brought down once they take more, so that it is not done at each write."""
UNREADABLE: Final = (zlib.error, msgspec.DecodeError, TypeError, ValueError)
"""What a damaged row gives of which its store notices nothing: its content is read again."""
FileKey = tuple[str, str, str, int]
"""Source, file, version, bytes as declared (-1: not declared)."""


class TextStore(Protocol):
    """
    Where the rows stand; used by one thread at a time. Every method raises `CacheError` where it cannot be used, in words.
    """

    def find_file(self, key: FileKey) -> tuple[str | None, int | None, float] | None:
        """Hash of the content, the limit in bytes that the download went over, and when it was used."""

    def touch_file(self, key: FileKey, now: float) -> None:
        """It is used now; not told where somebody else writes for long."""

    def put_file(self, key: FileKey, content_hash: str | None, refused_above: int | None, now: float) -> None:
        """Write the row of a file."""

    def find_text(self, content_hash: str, extractor: str) -> tuple[Any, ...] | None:
        """The deflated text, or the reason why there is none; truncated, attempts, when it was used, and JSON of the pages."""

    def touch_text(self, content_hash: str, extractor: str, now: float) -> None:
        """It is used now; not told where somebody else writes for long."""

    def put_text(
        self, content_hash: str, extractor: str, blob: bytes, truncated: int, scanned: str, now: float
    ) -> None:
        """Write the row of a text."""

    def put_reason(self, content_hash: str, extractor: str, reason: str, scanned: str, now: float) -> int:
        """Write why there is no text; says how often that was written."""

    def is_over(self, most: float) -> bool:
        """Whether the rows take more bytes."""

    def forget_down_to(self, most: float) -> None:
        """Forget what was used least recently, text or file, until the rows take so many bytes at most."""

    def at_once(self) -> AbstractContextManager[None]:
        """What is written inside is written together."""

    def close(self) -> None:
        """Close it."""


class ScanRow(NamedTuple):
    """How far one reader is with one content, as it stands in a store."""

    content_hash: str
    reader: str
    done: int
    text: bytes
    """UTF-8, deflated."""
    reason: str | None
    truncated: int
    page: int
    piece: int
    failures: int
    used_at: float


class ScanStore(Protocol):
    """Where the rows of OCR stand; used and failing as `TextStore`."""

    def find(self, content_hash: str, reader: str) -> ScanRow | None:
        """What this reader has of a content."""

    def find_done(self, content_hash: str, reader: str) -> ScanRow | None:
        """What was read of a content to its end: by this reader, else by whoever was used last."""

    def touch(self, content_hash: str, reader: str, now: float) -> None:
        """It is used now; not told where somebody else writes for long."""

    def put(self, row: ScanRow) -> None:
        """Write a row in the place of the one before."""

    def drop_others(self, content_hash: str, reader: str) -> None:
        """Forget what other readers have of a content."""

    def forget_down_to(self, most: float, then: float) -> None:
        """Where the rows take more than the most, forget what was used least recently until they take `then` bytes."""

    def close(self) -> None:
        """Close it."""
