"""Text of the formats that only kreuzberg reads: old Office, RTF, mail, e-books, binary workbooks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import kreuzberg

from connector.text.archive import measure_package
from connector.text.clean import TextGatherer
from connector.text.kinds import Kind
from connector.text.reasons import NoTextError, Reason

KREUZBERG_TYPES: Final = {
    Kind.DOC: "application/msword",
    Kind.XLS: "application/vnd.ms-excel",
    Kind.PPT: "application/vnd.ms-powerpoint",
    Kind.XLSB: "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
    Kind.RTF: "application/rtf",
    Kind.EML: "message/rfc822",
    Kind.MSG: "application/vnd.ms-outlook",
    Kind.EPUB: "application/epub+zip",
}
_MAX_UNPACKED_BYTES: Final = 200_000_000
_MAX_RTF_BYTES: Final = 1_500_000
_HEX_RUN: Final = re.compile(rb"[0-9a-fA-F\r\n]{200,}")
# One thread, no cache on disk, nothing fetched, nothing recognised in pictures.
_CONFIG: Final = kreuzberg.ExtractionConfig(
    use_cache=False,
    enable_quality_processing=False,
    concurrency=kreuzberg.ConcurrencyConfig(max_threads=1),
)


def read_office(path: Path, kind: Kind, gatherer: TextGatherer) -> None:
    """
    Gather the text of one of the KREUZBERG_TYPES.

    Raises:
        NoTextError: ENCRYPTED, BOMB or BROKEN, told by the words of kreuzberg's error.
    """
    if kind in {Kind.XLSB, Kind.EPUB}:
        measure_package(path, _MAX_UNPACKED_BYTES)
    try:
        if kind is Kind.RTF:
            result = kreuzberg.extract_bytes_sync(
                _slim_rtf(path, gatherer), KREUZBERG_TYPES[kind], config=_CONFIG
            )
        else:
            result = kreuzberg.extract_file_sync(path, KREUZBERG_TYPES[kind], config=_CONFIG)
    except kreuzberg.KreuzbergError as error:
        words = str(error).lower()
        if "password" in words or "encrypt" in words:
            raise NoTextError(Reason.ENCRYPTED) from error
        raise NoTextError(Reason.BOMB if "security limit" in words else Reason.BROKEN) from error
    gatherer.add(result.content)


def _slim_rtf(path: Path, gatherer: TextGatherer) -> bytes:
    """
    Return an RTF without its pictures, which stand in it as long runs of hex digits, cut where it is huge.

    kreuzberg takes up to seventy times the file in memory where paragraphs are short (observed 2026-11-21),
    and pictures make most of a large one.
    """
    slim = bytearray()
    with path.open("rb") as stream:
        while chunk := stream.read(1_000_000):
            slim += _HEX_RUN.sub(b"", chunk)
            if len(slim) > _MAX_RTF_BYTES:
                gatherer.cut = True
                break
    return bytes(slim[:_MAX_RTF_BYTES])
