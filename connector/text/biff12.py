"""
Cells of binary workbooks (XLSB), streamed record by record: the packages of Excel whose parts are records, not XML.

Our own reader, because the one of the library that reads e-books shows no number as Excel does (hours, leading zeros,
percentages), has no comments and text boxes, and breaks down on two of 87 real files (observed 2026-11).

Source: [MS-XLSB] 2.1.4 (records), 2.5.9 (cells), 2.5.121 (rich strings), 2.5.168 (wide strings).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO, Final

from connector.document.clean import TextGatherer
from connector.text.biff import rk_number
from connector.text.embedded import Inside, Readable
from connector.text.hidden_cells import HiddenCells, Unseen
from connector.text.number_format import BUILT_IN, GENERAL, Format, parse_format, write_number, write_text
from connector.text.package import Package, open_office
from connector.text.reasons import NoTextError, Reason
from connector.text.spreadsheet import filters_a_table, plain_header
from connector.text.upon_sheets import UponSheet
from connector.text.wordprocessing import read_drawn, read_inserted, read_part
from connector.text.workbook_strings import WorkbookStrings

_SHEET_KINDS: Final = ("worksheet", "chartsheet", "dialogsheet", "xlMacrosheet", "xlIntlMacrosheet")
_MAX_SHEETS: Final = 10_000
_MAX_FORMATS: Final = 100_000
_MAX_RECORD_BYTES: Final = 1_000_000
_MAX_PART_BYTES: Final = 400_000_000
_CHUNK_BYTES: Final = 262_144
_ROW, _RK, _BOOLEAN, _REAL, _TEXT, _SHARED = 0, 2, 4, 5, 6, 7
_TEXT_RESULT, _NUMBER_RESULT, _BOOLEAN_RESULT, _RICH_TEXT = 8, 9, 10, 62
_SHARED_ITEM, _FORMAT, _CELL_FORMAT, _BOOK_PROPERTIES, _SHEET = 19, 44, 47, 153, 156
_HEADERS, _BEGIN_CELL_FORMATS, _END_CELL_FORMATS, _COMMENT_BEGINS, _COMMENT = 479, 617, 618, 635, 637
_EVEN_PAGES_DIFFER, _FIRST_PAGES_DIFFER = 1, 2
"""Else what stands in headers and footers of such pages is kept, and shown nowhere: [MS-XLSB] BrtBeginHeaderFooter."""
_CELL_HEAD: Final = 8
"""Column and style of a cell."""
_SHEET_PROPERTIES, _COLUMNS, _FILTERED_COLUMN, _SIZES = 147, 60, 163, 485
_PACKED_FILTERED_COLUMN: Final = b"\xa3\x01"
"""How that record begins where it stands in a table."""
_FILTER_IS_ON: Final = 1
_ROW_IS_HIDDEN: Final = 0x10
_COLUMN_IS_HIDDEN: Final = 1
_LEVEL: Final = 7
_OTHERS_ARE_HIDDEN: Final = 2
"""Of the rows of which nothing is told: [MS-XLSB] BrtWsFmtInfo, fDyZero."""
_FROM_1904: Final = 1
_HOW_SHOWN: Final = 3
"""Of a sheet: hidden, or very hidden, where it is not 0."""


def read_binary_workbook(file: Readable, gatherer: TextGatherer, inside: Inside, max_text_bytes: int) -> None:
    """
    Gather sheet names, cells as they are shown, headers, comments, text boxes, charts and what is embedded of an XLSB.

    Raises:
        NoTextError: as open_package; BROKEN without a book.
    """
    with open_office(file) as package:
        main, _ = package.main_part()
        main = main or "xl/workbook.bin"
        if main not in package:
            raise NoTextError(Reason.BROKEN)
        from_1904, hidden = _read_book(package, main, gatherer)
        strings = _read_strings(package, main, max_text_bytes)
        formats = _read_formats(package, main)
        related = [one for one in package.related(main) if one.kind in _SHEET_KINDS and one.id not in hidden]
        sheets = list(dict.fromkeys(one.target for one in related))[:_MAX_SHEETS]
        unseen: dict[str, Unseen] = {}
        for name in sheets:
            cells = _Cells(gatherer, strings, formats, from_1904=from_1904)
            cells.read(package, name)
            if cells.seen.keeps and filters_a_table(package, name, _PACKED_FILTERED_COLUMN):
                cells.seen.filter()
            unseen[name] = cells.seen.unseen
            gatherer.add("\n")
            if gatherer.full:
                return
        for name in sheets:
            _read_beside(package, name, gatherer, unseen[name])
            read_inserted(package, name, inside)


class _Cells:
    """Gathers one sheet: cells parted by tabs, rows by line breaks."""

    def __init__(
        self, gatherer: TextGatherer, strings: list[str], formats: list[Format], *, from_1904: bool
    ) -> None:
        self._gatherer = gatherer
        self.seen = HiddenCells(gatherer)
        self._strings = strings
        self._formats = formats
        self._from_1904 = from_1904

    def read(self, package: Package, name: str) -> None:
        """Gather the sheet until enough text is there; an odd record costs itself."""
        with package.open(name) as stream:
            for kind, data in _records(stream):
                if self._gatherer.full:
                    self._gatherer.cut = True
                    return
                try:
                    self._take(kind, data)
                except (struct.error, IndexError):
                    self._gatherer.cut = True

    def _take(self, kind: int, data: bytes) -> None:
        if kind == _ROW:
            flags = data[11] if len(data) > 11 else 0
            hidden = bool(flags & _ROW_IS_HIDDEN) and not flags & _LEVEL
            self.seen.row(hidden=hidden, number=int.from_bytes(data[:4], "little"))
            self._gatherer.add("\n")
        elif kind == _SHARED:
            self._say(data, self._strings[struct.unpack_from("<I", data, _CELL_HEAD)[0]])
        elif kind in {_TEXT, _TEXT_RESULT}:
            self._say(data, _wide(data, _CELL_HEAD))
        elif kind == _RICH_TEXT:
            self._say(data, _wide(data, _CELL_HEAD + 1))
        elif kind == _RK:
            self._number(data, rk_number(data[_CELL_HEAD : _CELL_HEAD + 4]))
        elif kind in {_REAL, _NUMBER_RESULT}:
            self._number(data, struct.unpack_from("<d", data, _CELL_HEAD)[0])
        elif kind in {_BOOLEAN, _BOOLEAN_RESULT}:
            self._say(data, "true" if data[_CELL_HEAD] else "false")
        elif kind == _COLUMNS:
            first, last = struct.unpack_from("<II", data)
            hidden = bool(data[16] & _COLUMN_IS_HIDDEN) and not data[17] & _LEVEL
            self.seen.columns.add(first, last, hidden=hidden)
        elif kind == _SIZES:
            self.seen.rows.others = bool(data[8] & _OTHERS_ARE_HIDDEN)
        elif kind == _FILTERED_COLUMN or (kind == _SHEET_PROPERTIES and data[2] & _FILTER_IS_ON):
            self.seen.filter()
        elif kind == _HEADERS:
            flags = data[0]
            for place, text in enumerate(_several(data, 2)):
                if place < 2 or flags & (_EVEN_PAGES_DIFFER if place < 4 else _FIRST_PAGES_DIFFER):
                    self._gatherer.add(f"\n{plain_header(text)}\n")

    def _say(self, data: bytes, text: str) -> None:
        self.seen.add(write_text(text, self._format(data)) + "\t", struct.unpack_from("<I", data)[0])

    def _number(self, data: bytes, number: float) -> None:
        whole = abs(number) < 1e15 and number == int(number)
        value = repr(int(number)) if whole else repr(number)
        text = write_number(value, self._format(data), from_1904=self._from_1904)
        self.seen.add(text + "\t", struct.unpack_from("<I", data)[0])

    def _format(self, data: bytes) -> Format:
        number = int.from_bytes(data[4:7], "little")
        return self._formats[number] if number < len(self._formats) else GENERAL


def _read_book(package: Package, main: str, gatherer: TextGatherer) -> tuple[bool, set[str]]:
    """Gather the names of the sheets that are shown; tells whether days are counted from 1904 on, and by their relationships which sheets are hidden."""
    from_1904 = False
    hidden: set[str] = set()
    with package.open(main) as stream:
        for kind, data in _records(stream):
            if kind == _BOOK_PROPERTIES and data:
                from_1904 = bool(data[0] & _FROM_1904)
            elif kind == _SHEET and data:
                names = list(_several(data, 8))  # its relationship, and how it is called
                if not data[0] & _HOW_SHOWN:
                    gatherer.add("".join(names[1:2]) + "\n")
                elif len(hidden) < _MAX_SHEETS:
                    hidden |= set(names[:1])
    return from_1904, hidden


def _read_strings(package: Package, main: str, max_text_bytes: int) -> list[str]:
    strings = WorkbookStrings(max_text_bytes)
    for name in package.targets(main, "sharedStrings")[:1]:
        with package.open(name) as stream:
            for kind, data in _records(stream):
                if kind == _SHARED_ITEM:
                    strings.keep(_wide(data, 1))
                    if strings.full:
                        break
    return strings.all


def _read_formats(package: Package, main: str) -> list[Format]:
    """How each cell format shows a number."""
    own: dict[int, str] = {}
    formats: list[Format] = []
    for name in package.targets(main, "styles")[:1]:
        in_cells = False
        with package.open(name) as stream:
            for kind, data in _records(stream):
                if kind == _FORMAT and len(data) > 2:
                    own[struct.unpack_from("<H", data)[0]] = _wide(data, 2)
                elif kind in {_BEGIN_CELL_FORMATS, _END_CELL_FORMATS}:
                    in_cells = kind == _BEGIN_CELL_FORMATS
                elif kind == _CELL_FORMAT and in_cells and len(data) >= 4 and len(formats) < _MAX_FORMATS:
                    number = struct.unpack_from("<H", data, 2)[0]
                    code = own.get(number) or BUILT_IN.get(number)
                    formats.append(parse_format(code) if code else GENERAL)
    return formats


def _read_beside(package: Package, sheet: str, gatherer: TextGatherer, unseen: Unseen) -> None:
    """Gather what lies upon a sheet where it is seen: comments, text boxes, charts, diagrams."""
    if gatherer.full:
        return
    for name in package.targets(sheet, "comments"):
        hidden = False
        with package.open(name) as stream:
            for kind, data in _records(stream):
                if kind == _COMMENT_BEGINS:
                    row, _, column = struct.unpack_from("<III", data, 4) if len(data) >= 16 else (-1, -1, -1)
                    hidden = row >= 0 and unseen.hides(row, column)
                elif kind == _COMMENT and not hidden and not gatherer.full:
                    gatherer.add(_wide(data, 1) + "\n")
    for name in package.targets(sheet, "threadedComment", "drawing"):
        text = UponSheet(gatherer, unseen)
        read_part(package, name, gatherer, text)
        read_drawn(package, name, gatherer, text.unseen)


def _records(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield records until the part ends or makes no sense; of one beyond reason only its beginning."""
    buffer, place, taken = b"", 0, 0
    while True:
        if len(buffer) - place < 8:
            piece = stream.read(_CHUNK_BYTES)
            buffer, place, taken = buffer[place:] + piece, 0, taken + len(piece)
            if len(buffer) < 2 or taken > _MAX_PART_BYTES:
                return
        kind, place = _packed(buffer, place, 2)
        size, place = _packed(buffer, place, 4)
        while len(buffer) - place < size:
            piece = stream.read(max(_CHUNK_BYTES, size))
            if not piece or size > _MAX_PART_BYTES:
                return
            buffer, place, taken = buffer[place:] + piece, 0, taken + len(piece)
        yield kind, buffer[place : place + min(size, _MAX_RECORD_BYTES)]
        place += size


def _packed(buffer: bytes, place: int, most: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    number = 0
    for step in range(most):
        byte = buffer[place] if place < len(buffer) else 0
        place += 1
        number |= (byte & 0x7F) << 7 * step
        if byte < 0x80:
            break
    return number, place


def _wide(data: bytes, place: int) -> str:
    """A string in UTF-16 after its length; empty where there is none."""
    if len(data) < place + 4:
        return ""
    count = struct.unpack_from("<I", data, place)[0]
    if count == 0xFFFFFFFF:
        return ""
    return data[place + 4 : place + 4 + 2 * count].decode("utf-16-le", errors="replace")


def _several(data: bytes, place: int) -> Iterator[str]:
    """Strings one after the other, to the end."""
    while place + 4 <= len(data):
        text = _wide(data, place)
        count = struct.unpack_from("<I", data, place)[0]
        yield text
        place += 4 + (0 if count == 0xFFFFFFFF else 2 * count)
