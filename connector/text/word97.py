"""
Text of Word 97 to 2003 (DOC): body, headers, notes, comments, text boxes; no deleted or hidden text, no field codes.

Our own reader, because the one of the library that reads old formats gives the body alone, with deleted words glued to
live ones, and takes East Asian pieces for Western ones (observed 2026-11).

Source: [MS-DOC] 2.5 (file information block), 2.8.35 and 2.9.73 (pieces), 2.9.34 and 2.9.175 (pages of properties of characters and
of paragraphs), 2.9.271 (styles).
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from connector.document.clean import TextGatherer
from connector.text.embedded import Readable
from connector.text.ole import CompoundFile, Storage
from connector.text.reasons import NoTextError, Reason

OLDER: Final = frozenset({0xA5DB, 0xA5DC, 0xA59B, 0xA5AB})
"""Marks of Word 2, of Word 6 and 95, and of Word 1."""
_WORDS_MARKS: Final = frozenset({0xA5, 0xA6})
_WORD_95: Final = 0x69
"""The version in the head of a file of Word 95; some of those before have marks of their own."""
_MAX_STREAM_BYTES: Final = 200_000_000
_ENCRYPTED: Final = 0x0100
_TABLE_1: Final = 0x0200
_COUNTS: Final = 0x4C
"""Where the counts of characters of the document's eight parts begin."""
_POINTERS: Final = 0x9A
_CHARACTER_PAGES: Final = 12
_PARAGRAPH_PAGES: Final = 13
_PIECES: Final = 33
_PAGE_BYTES: Final = 512
_COMPRESSED: Final = 0x40000000
_DELETED: Final = 0x0800
_HIDDEN: Final = 0x083C
_STYLE: Final = 0x4A30
_AS_THE_STYLE: Final = 0x80
_NOT_AS_THE_STYLE: Final = 0x81
_OF_PARAGRAPHS: Final = 1
_PARAGRAPH_ENTRY: Final = 13
"""Bytes of what a page of paragraphs tells of each: where its properties stand, and its height."""
_STYLES: Final = 1
_MAX_STYLES: Final = 5_000
_FIELD_BEGINS, _FIELD_SHOWS, _FIELD_ENDS = "\x13", "\x14", "\x15"
_SHOWN_AS: Final = {
    "\x07": "\t", "\x0b": "\n", "\x0c": "\n", "\x0d": "\n", "\x0e": "\n", "\x1e": "-", "\x1f": "",
    "\x01": " ", "\x02": " ", "\x05": " ", "\x08": " ", "\x03": "\n", "\x04": "\n",
}  # fmt: skip
_NO_MARK: Final = re.compile("[^\x13\x14\x15]", re.DOTALL)
_OPERAND_BYTES: Final = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}


def read_word97(file: Readable, gatherer: TextGatherer) -> None:
    """
    Gather a DOC.

    Raises:
        NoTextError: TOO_OLD, Word 95 and before; ENCRYPTED; BROKEN, its tables make no sense.
    """
    with file.open("rb") as stream:
        gather_word97(Storage(CompoundFile(stream)), gatherer)


def gather_word97(storage: Storage, gatherer: TextGatherer) -> None:
    """The same of a document that stands in a storage."""
    main = storage.read("WordDocument", _MAX_STREAM_BYTES)
    if len(main) < 4:
        raise NoTextError(Reason.BROKEN)
    mark, version = struct.unpack_from("<HH", main)
    if mark in OLDER or (mark >> 8 in _WORDS_MARKS and version <= _WORD_95):
        raise NoTextError(Reason.TOO_OLD)
    try:
        flags = struct.unpack_from("<H", main, 0x0A)[0]
        if flags & _ENCRYPTED:
            raise NoTextError(Reason.ENCRYPTED)
        table = storage.read("1Table" if flags & _TABLE_1 else "0Table", _MAX_STREAM_BYTES)
        _gather(main, table, gatherer)
    except struct.error as error:
        raise NoTextError(Reason.BROKEN) from error


def _gather(main: bytes, table: bytes, gatherer: TextGatherer) -> None:
    counts = struct.unpack_from("<8I", main, _COUNTS)
    borders, end = set(), 0
    for count in counts:
        end += count
        borders.add(end)
    unseen = sorted(_unseen(main, table))
    fields: list[bool] = []
    """For each open field, whether its code is being read."""
    place = 0
    for text in _pieces(main, table, unseen):
        if gatherer.full:
            return
        shown: list[str] = []
        for char in text:
            if place in borders:
                shown.append("\n")
                fields.clear()  # no field reaches beyond its part: one that has no end hides no other
            place += 1
            if char == _FIELD_BEGINS:
                fields.append(True)
            elif char == _FIELD_SHOWS and fields:
                fields[-1] = False
            elif char == _FIELD_ENDS and fields:
                fields.pop()
            elif char != _UNSEEN and not any(fields):
                shown.append(_SHOWN_AS.get(char, char))
        gatherer.add("".join(shown))


_UNSEEN: Final = "\x00"
"""Stands for each character that was deleted or hidden, so that places keep their numbers."""


def _pieces(main: bytes, table: bytes, unseen: list[tuple[int, int]]) -> Iterator[str]:
    """The pieces of the text in their order, in portions."""
    begin, size = struct.unpack_from("<II", main, _POINTERS + 8 * _PIECES)
    clx, place = table[begin : begin + size], 0
    while place < len(clx) and clx[place] == 1:
        place += 3 + struct.unpack_from("<H", clx, place + 1)[0]
    if place >= len(clx) or clx[place] != 2:
        raise NoTextError(Reason.BROKEN)
    pieces = clx[place + 5 : place + 5 + struct.unpack_from("<I", clx, place + 1)[0]]
    count = (len(pieces) - 4) // 12
    places = struct.unpack_from(f"<{count + 1}I", pieces)
    for number in range(count):
        length = places[number + 1] - places[number]
        start = struct.unpack_from("<I", pieces, 4 * (count + 1) + 8 * number + 2)[0]
        wide = not start & _COMPRESSED
        begin = start if wide else (start & ~_COMPRESSED) // 2
        if length < 0:
            raise NoTextError(Reason.BROKEN)
        yield from _piece(main, begin, length, unseen, wide=wide)


def _piece(
    main: bytes, begin: int, length: int, unseen: list[tuple[int, int]], *, wide: bool
) -> Iterator[str]:
    step = 2 if wide else 1
    end = min(begin + length * step, len(main))
    place = begin
    number = max(0, bisect_right(unseen, (begin, 1 << 40)) - 1)
    while place < end:
        while number < len(unseen) and unseen[number][1] <= place:
            number += 1
        following = unseen[number] if number < len(unseen) else (end, end)
        if following[0] <= place:
            until = min(following[1], end)
            hidden = main[place : place + max(1, (until - place) // step) * step]
            yield _NO_MARK.sub(_UNSEEN, hidden.decode("utf-16-le" if wide else "latin-1", errors="replace"))
        else:
            until = min(following[0], end, place + 131_072)
            raw = main[place:until]
            yield (
                raw.decode("utf-16-le", errors="replace") if wide else raw.decode("cp1252", errors="replace")
            )
        place = max(until, place + step)


def _unseen(main: bytes, table: bytes) -> Iterator[tuple[int, int]]:
    """Bytes of the main stream whose characters were deleted or hidden, by themselves, their style or that of their paragraph."""
    hiding = _hiding_styles(main, table)
    paragraphs = _united(_hidden_paragraphs(main, table, hiding)) if hiding else []
    shown: list[tuple[int, int]] = []
    for page in _pages(main, table, _CHARACTER_PAGES):
        runs = min(page[511], 101)
        places = struct.unpack_from(f"<{runs + 1}I", page)
        for run in range(runs):
            offset = page[4 * (runs + 1) + run] * 2
            if not offset:
                continue
            said = dict(_said(page[offset + 1 : offset + 1 + page[offset]]))
            within = _meets(paragraphs, places[run], places[run + 1])
            if within and not _is_unseen(said, hiding, within=True):
                shown.append((places[run], places[run + 1]))
            elif _is_unseen(said, hiding, within=False):
                yield places[run], places[run + 1]
    yield from _without(paragraphs, _united(shown))


def _pages(main: bytes, table: bytes, which: int) -> Iterator[bytes]:
    """The pages that tell of characters, or of paragraphs."""
    begin, size = struct.unpack_from("<II", main, _POINTERS + 8 * which)
    listed = table[begin : begin + size]
    count = max(0, (len(listed) - 4) // 8)
    for number in struct.unpack_from(f"<{count}I", listed, 4 * (count + 1)) if count else ():
        place = (number & 0x3FFFFF) * _PAGE_BYTES
        page = main[place : place + _PAGE_BYTES]
        if len(page) == _PAGE_BYTES:
            yield page


def _hidden_paragraphs(main: bytes, table: bytes, hiding: frozenset[int]) -> Iterator[tuple[int, int]]:
    """Bytes of the paragraphs whose style hides their letters."""
    for page in _pages(main, table, _PARAGRAPH_PAGES):
        count = min(page[511], 29)
        places = struct.unpack_from(f"<{count + 1}I", page)
        for number in range(count):
            offset = page[4 * (count + 1) + _PARAGRAPH_ENTRY * number] * 2
            offset += 2 if offset and not page[offset] else 1  # a length of zero is told by the next byte
            if 1 < offset < _PAGE_BYTES - 1 and struct.unpack_from("<H", page, offset)[0] in hiding:
                yield places[number], places[number + 1]


def _united(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges in their order, those that touch as one."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(ranges):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif begin < end:
            found.append((begin, end))
    return found


def _meets(ranges: list[tuple[int, int]], begin: int, end: int) -> bool:
    """Whether one of united ranges has a part between two places."""
    before = bisect_right(ranges, (begin, 1 << 40)) - 1
    following = ranges[before + 1] if before + 1 < len(ranges) else (end, end)
    return following[0] < end or (before >= 0 and ranges[before][1] > begin)


def _without(ranges: list[tuple[int, int]], others: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What of united ranges is in none of the others."""
    number = 0
    for begin, end in ranges:
        while number < len(others) and others[number][1] <= begin:
            number += 1
        place = number
        while place < len(others) and others[place][0] < end:
            if begin < others[place][0]:
                yield begin, others[place][0]
            begin = others[place][1]
            place += 1
        if begin < end:
            yield begin, end


def _is_unseen(said: Mapping[int, bytes], hiding: frozenset[int], *, within: bool) -> bool:
    """
    Whether characters of some properties are deleted or hidden.

    Args:
        within: the style of their paragraph hides.
    """
    by_style = within or int.from_bytes(said.get(_STYLE, b"")[:2], "little") in hiding
    hidden = said.get(_HIDDEN, bytes([_AS_THE_STYLE]))[0]
    return said.get(_DELETED, b"\0")[0] == 1 or (
        by_style if hidden == _AS_THE_STYLE else not by_style if hidden == _NOT_AS_THE_STYLE else hidden == 1
    )


def _said(properties: bytes) -> Iterator[tuple[int, bytes]]:
    """Properties in their order, of which the last of a code counts, and what follows each."""
    place = 0
    while place + 3 <= len(properties):
        code = struct.unpack_from("<H", properties, place)[0]
        place += 2
        yield code, properties[place : place + 4]
        kind = code >> 13
        place += 1 + properties[place] if kind == 6 else _OPERAND_BYTES[kind]


def _hiding_styles(main: bytes, table: bytes) -> frozenset[int]:
    """Numbers of the styles whose letters are hidden, by themselves or by the one they are based on; none where the list makes no sense."""
    begin, size = struct.unpack_from("<II", main, _POINTERS + 8 * _STYLES)
    listed = table[begin : begin + size]
    hidden: dict[int, bool] = {}
    based_on: dict[int, int] = {}
    try:
        head, count, base = struct.unpack_from("<HHH", listed)
        place = 2 + head
        for number in range(min(count, _MAX_STYLES)):
            length = struct.unpack_from("<H", listed, place)[0]
            style = listed[place + 2 : place + 2 + length]
            place += 2 + length + length % 2
            if len(style) > base:
                kinds = struct.unpack_from("<H", style, 2)[0]
                based_on[number] = kinds >> 4
                said = dict(_said(_letters_of(style, base, kinds & 15)))
                if _HIDDEN in said:
                    hidden[number] = said[_HIDDEN][0] == 1
    except (struct.error, IndexError):
        pass
    return frozenset(number for number in based_on if _hides(number, hidden, based_on))


def _letters_of(style: bytes, base: int, kind: int) -> bytes:
    """What a style says of letters: behind its name, and behind what one of paragraphs says of these."""
    place = base + 2 + 2 * struct.unpack_from("<H", style, base)[0] + 2
    for _ in range(kind == _OF_PARAGRAPHS):
        length = struct.unpack_from("<H", style, place)[0]
        place += 2 + length + length % 2
    length = struct.unpack_from("<H", style, place)[0]
    return style[place + 2 : place + 2 + length]


def _hides(number: int, hidden: dict[int, bool], based_on: dict[int, int]) -> bool:
    for _ in range(100):  # some are based on each other
        if number in hidden:
            return hidden[number]
        if number not in based_on:
            return False
        number = based_on[number]
    return False
