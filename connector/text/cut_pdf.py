"""
PDFs that were cut before their trailer, as a download that broke off leaves them: PURE.

PDFium finds the objects of a damaged file by itself, but not which of them leads to its pages, where the trailer that
would tell so is gone.

Source: ISO 32000-1, 7.5.5 (trailer), 7.5.7 (object streams), 7.7.2 (catalog).
"""

from __future__ import annotations

import re
import zlib
from collections import deque
from collections.abc import Iterator
from typing import Final

_CATALOG: Final = re.compile(rb"/Type\s*+/Catalog\b")
_OBJECT: Final = re.compile(rb"(\d{1,10})\s+(\d{1,5})\s+obj\b")
_STREAM_OF_OBJECTS: Final = re.compile(rb"/Type\s*+/ObjStm\b")
_COUNT: Final = re.compile(rb"/N\s+(\d{1,6})\b")
_FIRST: Final = re.compile(rb"/First\s+(\d{1,7})\b")
_BEGIN: Final = re.compile(rb"stream\r?\n")
_DICTIONARY_BYTES: Final = 5_000
_MAX_CATALOGS: Final = 20
_MAX_STREAMS: Final = 2_000
_MAX_UNPACKED_BYTES: Final = 50_000_000
_OF_NO_USE: Final = re.compile(rb"/Encrypt\b|/Filter\s*+/Standard\b|/OCProperties\b")
"""Words of such a file need a key that is gone, or may belong to a layer that is off."""


def with_trailer(content: bytes) -> bytes | None:
    """The file with a trailer of our own; None where it says in no way what leads to its pages, or must not be read so."""
    if _OF_NO_USE.search(content):
        return None
    root = _catalog_in(content) or next(filter(None, map(_catalog_among, _unpacked(content))), None)
    if root is None:
        return None
    # what was cut in the midst of an object ends here
    return content + b"\nendobj\ntrailer\n<</Root %s %s R>>\nstartxref\n0\n%%%%EOF\n" % root


def _catalog_in(content: bytes) -> tuple[bytes, bytes] | None:
    """Number and generation of the last catalog that stands in plain letters."""
    for catalog in reversed(deque(_CATALOG.finditer(content), maxlen=_MAX_CATALOGS)):
        begin = max(0, catalog.start() - _DICTIONARY_BYTES)
        before = deque(_OBJECT.finditer(content, begin, catalog.start()), maxlen=1)
        if before:
            return before[0][1], before[0][2]
    return None


def _unpacked(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Streams of objects: how many stand in each, where the first begins, what they are."""
    left, whole = _MAX_UNPACKED_BYTES, memoryview(content)
    for number, stream in enumerate(_STREAM_OF_OBJECTS.finditer(content)):
        begin = _BEGIN.search(content, stream.end(), stream.end() + _DICTIONARY_BYTES)
        if number >= _MAX_STREAMS or left <= 0 or begin is None:
            return
        before = content.rfind(b"obj", max(0, stream.start() - _DICTIONARY_BYTES), stream.start())
        around = content[max(0, before) : begin.start()]
        count, first = _COUNT.search(around), _FIRST.search(around)
        if count is None or first is None:
            continue
        try:
            unpacked = zlib.decompressobj().decompress(whole[begin.end() :], left)
        except zlib.error:
            continue
        left -= len(unpacked)
        yield int(count[1]), int(first[1]), unpacked


def _catalog_among(stream: tuple[int, int, bytes]) -> tuple[bytes, bytes] | None:
    count, first, content = stream
    catalog = _CATALOG.search(content, first)
    if catalog is None or _OF_NO_USE.search(content):
        return None
    numbers = content[:first].split()[: 2 * count]
    before = [
        (int(place), number)
        for number, place in zip(numbers[::2], numbers[1::2], strict=False)
        if number.isdigit() and place.isdigit() and first + int(place) <= catalog.start()
    ]
    return (max(before)[1], b"0") if before else None
