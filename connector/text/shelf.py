"""Where remembered texts stand, as the cache sees it: in a file, or in a database that several services share."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

FileKey = tuple[str, str, str, int]
"""Source, file, version, bytes as declared (-1: not declared)."""


class Shelf(Protocol):
    """
    Where the rows stand; used by one thread at a time. Every method raises `CacheError` where it cannot be used, in words.
    """

    def find_file(self, key: FileKey) -> tuple[str | None, int | None, float] | None:
        """Hash of the content, the limit in bytes that the download went over, and when it was used."""

    def touch_file(self, key: FileKey, now: float) -> None:
        """It is used now."""

    def put_file(self, key: FileKey, content_hash: str | None, refused_above: int | None, now: float) -> None:
        """Write the row of a file."""

    def find_text(self, content_hash: str, extractor: str) -> tuple[Any, ...] | None:
        """The deflated text, or the reason why there is none; truncated, attempts, when it was used, and JSON of the pages."""

    def touch_text(self, content_hash: str, extractor: str, now: float) -> None:
        """It is used now."""

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
