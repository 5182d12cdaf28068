"""Text of the formats that only kreuzberg reads: old Office, e-books, binary workbooks."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import kreuzberg

from connector.document.clean import TextGatherer
from connector.text.archive import measure_package
from connector.text.inner import Readable
from connector.text.kinds import Kind
from connector.text.reasons import NoTextError, Reason

KREUZBERG_TYPES: Final = {
    Kind.XLSB: "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
    Kind.EPUB: "application/epub+zip",
}
_MAX_UNPACKED_BYTES: Final = 200_000_000
# One thread, no cache on disk, nothing fetched, nothing recognised in pictures.
_CONFIG: Final = kreuzberg.ExtractionConfig(
    use_cache=False,
    enable_quality_processing=False,
    concurrency=kreuzberg.ConcurrencyConfig(max_threads=1),
)


def read_office(file: Readable, kind: Kind, gatherer: TextGatherer) -> None:
    """
    Gather the text of one of the KREUZBERG_TYPES.

    Raises:
        NoTextError: ENCRYPTED, BOMB or BROKEN, told by the words of kreuzberg's error.
    """
    if kind in {Kind.XLSB, Kind.EPUB}:
        measure_package(file, _MAX_UNPACKED_BYTES)
    try:
        result = _extract(file, KREUZBERG_TYPES[kind])
    except kreuzberg.KreuzbergError as error:
        words = str(error).lower()
        if "password" in words or "encrypt" in words:
            raise NoTextError(Reason.ENCRYPTED) from error
        raise NoTextError(Reason.BOMB if "security limit" in words else Reason.BROKEN) from error
    gatherer.add(result.content)


def _extract(file: Readable, mime_type: str) -> kreuzberg.ExtractionResult:
    if isinstance(file, Path):
        return kreuzberg.extract_file_sync(file, mime_type, config=_CONFIG)
    with file.open("rb") as stream:
        return kreuzberg.extract_bytes_sync(stream.read(), mime_type, config=_CONFIG)
