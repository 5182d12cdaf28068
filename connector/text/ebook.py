"""Text of e-books (EPUB): the one format that only the library kreuzberg reads."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import kreuzberg

from connector.document.clean import TextGatherer
from connector.text.archive import measure_package
from connector.text.embedded import Readable
from connector.text.reasons import NoTextError, Reason

_EPUB: Final = "application/epub+zip"
_MAX_UNPACKED_BYTES: Final = 200_000_000
# One thread, no cache on disk, nothing fetched, nothing recognised in pictures.
_CONFIG: Final = kreuzberg.ExtractionConfig(
    use_cache=False,
    enable_quality_processing=False,
    concurrency=kreuzberg.ConcurrencyConfig(max_threads=1),
)


def read_book(file: Readable, gatherer: TextGatherer) -> None:
    """
    Gather the text of an e-book.

    Raises:
        NoTextError: ENCRYPTED, BOMB or BROKEN, told by the words of kreuzberg's error.
    """
    measure_package(file, _MAX_UNPACKED_BYTES)
    try:
        result = _extract(file)
    except kreuzberg.KreuzbergError as error:
        words = str(error).lower()
        if "password" in words or "encrypt" in words:
            raise NoTextError(Reason.ENCRYPTED) from error
        raise NoTextError(Reason.BOMB if "security limit" in words else Reason.BROKEN) from error
    gatherer.add(result.content)


def _extract(file: Readable) -> kreuzberg.ExtractionResult:
    if isinstance(file, Path):
        return kreuzberg.extract_file_sync(file, _EPUB, config=_CONFIG)
    with file.open("rb") as stream:
        return kreuzberg.extract_bytes_sync(stream.read(), _EPUB, config=_CONFIG)
