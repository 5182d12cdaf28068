"""One file to text or a reason: runs inside a worker process, knows no settings and writes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from math import inf
from pathlib import Path
from typing import Final

import msgspec

from connector.document.clean import TextGatherer
from connector.text.embedded import Budget, Inside, Readable
from connector.text.kinds import is_picture_inside, tell_kind
from connector.text.readers import Given, read_as
from connector.text.reasons import NoTextError, Reason

# Raise it whenever the same bytes give another text or another reason: cached texts are then read anew.
_OUR_VERSION: Final = 28
_LIBRARIES: Final = ("chardet", "pypdf", "pypdfium2", "selectolax")


class Limits(msgspec.Struct, frozen=True):
    """What one file may give: bytes of UTF-8 text; closed: files within it are named, but not read; seconds: then it is what it gave."""

    max_text_bytes: int
    closed: bool = False
    seconds: float = inf


class Extracted(msgspec.Struct, frozen=True):
    """What one file gave: cleaned text, or the reason why there is none; truncated: there was more."""

    text: str | None = None
    reason: Reason | None = None
    truncated: bool = False
    scanned: tuple[int, ...] = ()
    """Pages, from 0, that are pictures of words: what OCR would read."""
    limited: bool = False
    """There may be more under other limits of time and memory."""


@cache
def extractor_version() -> str:
    """Name the code that makes texts: our version and those of the libraries; another name, other texts."""
    return ";".join([f"text={_OUR_VERSION}", *(f"{name}={version(name)}" for name in _LIBRARIES)])


def extract(
    path: Path, name: str, mime_type: str, limits: Limits, inside_begun: Callable[[], None] = lambda: None
) -> Extracted:
    """
    Read the text of one file.

    Args:
        inside_begun: called before each file within it is read.
        name: as the source calls the file; only its extension is looked at, after the content.
        mime_type: as the source declares it, may be empty; believed last.

    Errors of the file come back as a reason. MemoryError and bugs of the libraries get through: the
    worker is given up after them.
    """
    until = time.monotonic() + limits.seconds
    gatherer = TextGatherer(limits.max_text_bytes, late=lambda: time.monotonic() > until)

    def read(file: Readable, name: str, mime_type: str, inside: Inside) -> None:
        # of what stands in it nothing is kept for OCR: it has no page that could be asked for
        pages = gatherer.scanned if file is path else []
        given = Given(file, gatherer, inside, limits.max_text_bytes, pages)
        read_as(tell_kind(file, name, mime_type), given)

    budget = Budget(begun=inside_begun, closed=limits.closed, clock=time.process_time)
    try:
        read(path, name, mime_type, Inside(gatherer, budget, read))
    except NoTextError as error:
        picture = error.reason in {Reason.NO_TEXT_FORMAT, Reason.BROKEN} and is_picture_inside(path)
        return Extracted(reason=error.reason, scanned=(0,) if picture else ())
    text, truncated = gatherer.text()
    scanned = tuple(gatherer.scanned)
    if not text:
        return Extracted(reason=Reason.TIMEOUT if gatherer.was_late else Reason.EMPTY, scanned=scanned)
    return Extracted(text=text, truncated=truncated, scanned=scanned, limited=gatherer.was_late)
