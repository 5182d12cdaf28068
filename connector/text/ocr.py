"""The words of OCR, which daemon and workers share: with what is read, what is asked for, and what comes back. PURE."""

from __future__ import annotations

from typing import Final

import msgspec

from connector.text.reasons import Reason

READER_VERSION: Final = 1
"""Raise it whenever the same picture gives better words: what was read is then read anew, as the budget goes."""

MAX_FRAMES: Final = 2_000
"""Of a picture of many pages."""


class Ocr(msgspec.Struct, frozen=True):
    """With what a picture is read: the program, and the languages in the order of their weight."""

    program: str
    languages: tuple[str, ...]
    turning: bool = True
    """Whether it can tell which way is up."""
    data: str = ""
    """Where its language data is, if not where it looks by itself."""


class Scan(msgspec.Struct, frozen=True):
    """What is to be read of a file: a page (a frame of a picture) and a piece of it, both from 0."""

    page: int
    piece: int
    ocr: Ocr
    timeout_s: float


class Scanned(msgspec.Struct, frozen=True):
    """What one piece gave: words, or the reason why there are none; `pieces` of its page and `pages` of its file are 0 where it has no such."""

    text: str = ""
    reason: Reason | None = None
    pieces: int = 0
    pages: int = 0
    seconds: float = 0.0
    """Of processor time, the program's included."""
    displaced: bool = False
    """Files took its place again and again: it is to be asked for once more."""
