"""
Cells of old Excel workbooks (XLS, from Excel 2 to 2003), streamed record by record: a far cell costs no more than a near one.

Our own reader, because the one of the library that reads old formats fills the whole rectangle of a sheet (a 5 kB file
with one cell in its last corner took more memory than a worker has), and has no comments, text boxes or formats as shown
(observed 2026-11).

Source: [MS-XLS] 2.4 (records), 2.5.293 (strings); OpenOffice.org's documentation of the Excel file format for BIFF2 to BIFF5.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from connector.document.clean import TextGatherer
from connector.text.charset import codec_named, decode_bytes
from connector.text.embedded import Readable
from connector.text.hidden_cells import HiddenCells, Unseen
from connector.text.number_format import BUILT_IN, GENERAL, Format, parse_format, write_number, write_text
from connector.text.ole import SIGNATURE, CompoundFile, Storage
from connector.text.reasons import NoTextError, Reason
from connector.text.spreadsheet import plain_header

_MAX_BYTES: Final = 200_000_000
_MAX_CELL_CHARS: Final = 32_767
_MAX_STRINGS: Final = 5_000_000
_CONTINUE: Final = 0x3C
_BIFF8: Final = 8
_BOF: Final = {0x0009: 2, 0x0209: 3, 0x0409: 4}
_BOF_5_OR_8: Final = 0x0809
_CHART: Final = b"\x20\0"
_EOF: Final = 0x0A
_FILE_PASSWORD: Final = 0x2F
_CODE_PAGE: Final = 0x42
_SINCE_1904: Final = 0x22
_SHEET: Final = 0x85
_HOW_SHOWN: Final = 3
"""Of a sheet: hidden, or very hidden, where it is not 0."""
_MAX_SHEETS: Final = 10_000
_ROW: Final = 0x208
_ROW_SIZE: Final = 0x225
_COLUMNS: Final = 0x7D
_FILTER_IS_ON: Final = frozenset({0x9B, 0x872, 0x878})
"""Of a sheet; the last two of a list upon it, which may have one."""
_ROW_IS_HIDDEN: Final = 0x20
_COLUMN_IS_HIDDEN: Final = 1
_OTHERS_ARE_HIDDEN: Final = 2
"""Of the rows of which nothing is told: [MS-XLS] 2.4.90, fDyZero."""
_LEVEL: Final = 7
_STRINGS: Final = 0xFC
_FORMATS: Final = frozenset({0x1E, 0x41E})
_CELL_FORMATS: Final = frozenset({0xE0, 0x243, 0x443})
_SHARED_TEXT: Final = 0xFD
_TEXTS: Final = frozenset({0x04, 0x204, 0xD6})
_RESULTS: Final = frozenset({0x07, 0x207})
_FORMULAS: Final = frozenset({0x06, 0x206, 0x406})
_BOOLEAN_RESULT: Final = 1
_NUMBERS: Final = frozenset({0x03, 0x203})
_INTEGER: Final = 0x02
_RK: Final = 0x27E
_MANY_RK: Final = 0xBD
_NOTE: Final = 0x1C
_TEXT_BOX: Final = 0x1B6
_OBJECT: Final = 0x5D
_DRAWING: Final = 0xEC
_ANCHOR: Final = b"\0\0\x10\xf0\x12\0\0\0"
"""How it is said in a drawing on which cells a shape lies: [MS-XLS] 2.5.193, OfficeArtClientAnchorSheet."""
_INNER_ANCHOR: Final = b"\x0f\xf0\x10\0\0\0"
"""The same of a shape in a group, in measures of that."""
_KEEPS_ITS_SIZE: Final = 2
_TEXT_HEAD_BYTES: Final = 8
"""What a drawing says before the words of its last shape."""
_BOX_OF_NOTE: Final = (0x15, 0x19)
"""How an object begins, and its kind, in which the words of a comment stand."""
_GOES_ON: Final = 0xFFFF
"""The row of a comment that goes on."""
_HEADERS: Final = frozenset({0x14, 0x15})
_SERIES_TEXT: Final = 0x100D
_BOOLEANS: Final = frozenset({0x05, 0x205})


class _Strings:
    """Reads strings out of a record and those that continue it: each part begins with its own width of letters."""

    def __init__(self, parts: list[bytes]) -> None:
        self._parts = parts
        self._part = 0
        self._place = 0

    def skip(self, count: int) -> None:
        while count > 0 and self._part < len(self._parts):
            left = len(self._parts[self._part]) - self._place
            if count < left:
                self._place += count
                return
            count -= left
            self._next()

    def take(self, count: int) -> bytes:
        """Bytes that may be parted by a border; fewer at the end."""
        found = b""
        while len(found) < count and self._part < len(self._parts):
            piece = self._parts[self._part][self._place : self._place + count - len(found)]
            found += piece
            self._place += len(piece)
            if self._place >= len(self._parts[self._part]):
                self._next()
        return found

    @property
    def done(self) -> bool:
        return self._part >= len(self._parts)

    def string(self) -> str:
        """One string with its rich and phonetic parts passed over."""
        count, flags = struct.unpack("<HB", self.take(3))
        runs = struct.unpack("<H", self.take(2))[0] if flags & 8 else 0
        extra = struct.unpack("<I", self.take(4))[0] if flags & 4 else 0
        text = self.letters(count, wide=bool(flags & 1))
        self.skip(4 * runs + extra)
        return text

    def letters(self, count: int, *, wide: bool) -> str:
        pieces: list[str] = []
        while count > 0 and not self.done:
            part = self._parts[self._part]
            step = 2 if wide else 1
            raw = part[self._place : self._place + count * step]
            pieces.append(raw.decode("utf-16-le" if wide else "latin-1", errors="replace"))
            count -= max(1, len(raw) // step)
            self._place += len(raw)
            if self._place >= len(part):
                self._next()
                if count > 0 and not self.done:
                    wide = bool(self.take(1)[0] & 1)
        return "".join(pieces)[:_MAX_CELL_CHARS]

    def _next(self) -> None:
        self._part += 1
        self._place = 0


_Area = tuple[tuple[int, int], tuple[int, int]]
"""From which row to which, and the same of columns."""


class _Beside:
    """What lies upon a sheet: headers, comments, text boxes, titles of charts. It stands between the cells and is told after them."""

    def __init__(self) -> None:
        self._texts: list[tuple[int, _Area | None, str]] = []
        """With the number of the object in which they stand, where it is that of a comment, and the cells on which another one lies."""
        self._drawn: _Area | None = None
        """On which cells the last shape was drawn, where it has their size."""
        self._area: _Area | None = None
        """The same of the last object."""
        self._cells: dict[int, tuple[int, int]] = {}
        """On which row and column comments hang: that is told after their words."""
        self._note = 0
        self._hidden = False
        """The last comment of an old sheet is, and so is what goes on with it."""

    def object(self, data: bytes) -> None:
        """Begin an object, whose words follow."""
        kind, _, what, number = struct.unpack_from("<4H", data)
        self._note = number if (kind, what) == _BOX_OF_NOTE else 0
        self._area = None if self._note else self._drawn

    def draw(self, data: bytes) -> None:
        """Take where the next object is drawn."""
        place = data.rfind(_ANCHOR)
        if place >= 0:
            flags, first, _, top, _, last, right, bottom, below = struct.unpack_from(
                "<9H", data, place + len(_ANCHOR)
            )
            rows, columns = (top, max(top, bottom - (below == 0))), (first, max(first, last - (right == 0)))
            self._drawn = None if flags & _KEEPS_ITS_SIZE else (rows, columns)
        elif len(data) > _TEXT_HEAD_BYTES and _INNER_ANCHOR not in data:
            self._drawn = None

    def add(self, text: str) -> None:
        """Take what hangs on no cell."""
        self._texts.append((0, None, text))

    def add_box(self, text: str) -> None:
        """Take what stands in the last object."""
        self._texts.append((self._note, self._area, text))

    def add_note(self, data: bytes, text: str, unseen: Unseen) -> None:
        """Take a comment of an old sheet, whose cells are known."""
        row, column = struct.unpack_from("<HH", data)
        if row != _GOES_ON:
            self._hidden = unseen.hides(row, column)
        if not self._hidden:
            self.add(text)

    def place(self, data: bytes) -> None:
        """Take on which cell a comment hangs."""
        row, column, _, number = struct.unpack_from("<4H", data)
        self._cells[number] = row, column

    def shown(self, unseen: Unseen) -> Iterator[str]:
        """What is seen of it."""
        for number, area, text in self._texts:
            if number in self._cells and unseen.hides(*self._cells[number]):
                continue
            if area is None or not unseen.hide_all(*area):
                yield text


class _Workbook:
    """One workbook, or one old sheet, while its records come."""

    def __init__(self, gatherer: TextGatherer) -> None:
        self._gatherer = gatherer
        self._seen = HiddenCells(gatherer)
        self._biff = _BIFF8
        self._page = "cp1252"
        self._from_1904 = False
        self._strings: list[str] = []
        self._codes: dict[int, str] = {}
        self._format_of_cell: list[int] = []
        self._row = self._column = -1
        self._result = GENERAL
        self._hidden: set[int] = set()
        """Where sheets begin that are hidden."""
        self._passing = 0
        """How many parts are open of one that is."""
        self._open = 0
        """The sheet, and the charts within it, that have begun."""
        self._beside = _Beside()

    def read(self, content: bytes) -> None:
        for place, kind, parts in _records(content):
            if self._gatherer.full:
                return
            data = parts[0]
            if self._passes(place, kind):
                continue
            try:
                self._take(kind, data, parts)
            except (struct.error, IndexError):
                self._gatherer.cut = True  # one odd record
        self._end_sheet()

    def _passes(self, place: int, kind: int) -> bool:
        """Whether a record is of a sheet that is hidden, of which charts may be parts."""
        if self._passing or place in self._hidden:
            self._passing += (kind == _BOF_5_OR_8) - (kind == _EOF)
            return True
        return False

    def _take(self, kind: int, data: bytes, parts: list[bytes]) -> None:
        if kind in _BOF:
            self._biff = _BOF[kind]
        elif kind == _BOF_5_OR_8:
            # a book that Excel saves as one of Excel 5 has sheets that call themselves later (observed)
            self._biff = 5 if self._biff == 5 or struct.unpack_from("<H", data)[0] < 0x600 else _BIFF8
            if data[2:4] != _CHART or not self._open:  # else it stands within a sheet
                self._end_sheet()
            self._open += 1
        elif kind == _EOF:
            self._open -= 1
            if self._open <= 0:
                self._end_sheet()
        elif kind == _FILE_PASSWORD:
            raise NoTextError(Reason.ENCRYPTED)
        elif kind == _CODE_PAGE:
            self._page = _page_named(struct.unpack_from("<H", data)[0])
        elif kind == _SINCE_1904:
            self._from_1904 = data[:1] == b"\x01"
        elif kind == _SHEET:
            if data[4] & _HOW_SHOWN:
                if len(self._hidden) < _MAX_SHEETS:
                    self._hidden.add(struct.unpack_from("<I", data)[0])
            else:
                self._gatherer.add(self._short(data[6:]) + "\n")
        elif kind == _STRINGS:
            self._take_strings(parts)
        elif kind in _FORMATS:
            self._take_format(kind, data)
        elif kind in _CELL_FORMATS:
            number = data[1] if kind in {0x243, 0x443} else struct.unpack_from("<H", data, 2)[0]
            self._format_of_cell.append(number)
        elif kind in _HEADERS and data:
            self._beside.add(plain_header(self._long(data) if self._biff == _BIFF8 else self._short(data)))
        elif kind == _OBJECT and self._biff == _BIFF8:
            self._beside.object(data)
        elif kind == _DRAWING and self._open <= 1:  # in a chart places are told in measures of that
            self._beside.draw(data)
        elif kind == _NOTE and self._biff == _BIFF8:
            self._beside.place(data)
        elif kind == _NOTE:
            self._beside.add_note(data, decode_bytes(data[6:], self._page), self._seen.unseen)
        elif kind == _TEXT_BOX:
            self._take_text_box(data, parts)
        elif kind in _RESULTS and self._biff == _BIFF8:
            self._say_result(_Strings(parts).string())
        elif kind == _SERIES_TEXT:
            self._beside.add_box(self._short(data[2:]))
        elif kind in {_ROW, _ROW_SIZE, _COLUMNS} or kind in _FILTER_IS_ON:
            self._take_hidden(kind, data)
        else:
            self._take_cell(kind, data)

    def _take_hidden(self, kind: int, data: bytes) -> None:
        """What is told of rows and columns, since Excel 5."""
        if kind in _FILTER_IS_ON:
            self._seen.filter()
        elif self._biff < 5:
            return
        elif kind == _ROW_SIZE:
            self._seen.rows.others = bool(data[0] & _OTHERS_ARE_HIDDEN)
        elif kind == _COLUMNS:
            first, last, flags = (*struct.unpack_from("<HH", data), struct.unpack_from("<H", data, 8)[0])
            hidden = bool(flags & _COLUMN_IS_HIDDEN) and not flags >> 8 & _LEVEL
            self._seen.columns.add(first, last, hidden=hidden)
        else:
            row, flags = struct.unpack_from("<H", data)[0], struct.unpack_from("<H", data, 12)[0]
            self._seen.rows.add(row, row, hidden=bool(flags & _ROW_IS_HIDDEN) and not flags & _LEVEL)

    def _take_cell(self, kind: int, data: bytes) -> None:
        if kind == _SHARED_TEXT:
            number = struct.unpack_from("<I", data, 6)[0]
            self._cell(data, self._strings[number])
        elif kind in _TEXTS:
            head = 7 if self._biff == 2 else 6
            self._cell(data, self._short(data[head:]) if self._biff == 2 else self._long(data[head:]))
        elif kind in _NUMBERS:
            head = 7 if self._biff == 2 else 6
            self._number(data, struct.unpack_from("<d", data, head)[0])
        elif kind == _INTEGER:
            self._number(data, float(struct.unpack_from("<H", data, 7)[0]))
        elif kind == _RK:
            self._number(data, rk_number(data[6:10]))
        elif kind == _MANY_RK:
            for place in range(4, len(data) - 7, 6):
                row, first = struct.unpack_from("<HH", data)
                cell = struct.pack("<HH", row, min(first + (place - 4) // 6, 0xFFFF))
                self._number(cell + data[place : place + 2], rk_number(data[place + 2 : place + 6]))
        elif kind in _FORMULAS:
            head = 7 if self._biff == 2 else 6
            if data[head + 6 : head + 8] != b"\xff\xff":
                self._number(data, struct.unpack_from("<d", data, head)[0])
            elif data[head] == _BOOLEAN_RESULT:
                self._cell(data, "true" if data[head + 2] else "false")
            else:
                self._new_row(data)  # a text stands in the next record, an error is none
                self._result = self._format(data)
        elif kind in _RESULTS:
            self._say_result(self._short(data) if self._biff == 2 else self._long(data))
        elif kind in _BOOLEANS:
            head = 7 if self._biff == 2 else 6
            if data[head + 1] == 0:
                self._cell(data, "true" if data[head] else "false")

    def _say_result(self, text: str) -> None:
        """The text of the formula that came last."""
        self._seen.add(write_text(text, self._result) + "\t", self._column)

    def _cell(self, data: bytes, text: str) -> None:
        self._new_row(data)
        self._seen.add(write_text(text, self._format(data)) + "\t", self._column)

    def _number(self, data: bytes, number: float) -> None:
        whole = abs(number) < 1e15 and number == int(number)
        value = repr(int(number)) if whole else repr(number)
        self._new_row(data)
        self._seen.add(
            write_number(value, self._format(data), from_1904=self._from_1904) + "\t", self._column
        )

    def _format(self, data: bytes) -> Format:
        if self._biff == 2:
            number = data[5] & 0x3F
        else:
            cell = struct.unpack_from("<H", data, 4)[0]
            number = self._format_of_cell[cell] if cell < len(self._format_of_cell) else 0
        code = self._codes.get(number) or BUILT_IN.get(number)
        return parse_format(code) if code else GENERAL

    def _new_row(self, data: bytes) -> None:
        row, self._column = struct.unpack_from("<HH", data)
        if row != self._row:
            self._seen.row(hidden=self._seen.rows.hide(row, row))
            self._gatherer.add("\n")
            self._row = row

    def _end_sheet(self) -> None:
        for text in self._beside.shown(self._seen.unseen):
            self._gatherer.add(f"\n{text}\n")
        self._beside = _Beside()
        self._seen = HiddenCells(self._gatherer)  # rows are told before their cells, some thirty at a time
        self._row = -1
        self._open = 0

    def _take_strings(self, parts: list[bytes]) -> None:
        count = min(struct.unpack_from("<I", parts[0], 4)[0], _MAX_STRINGS)
        strings = _Strings([parts[0][8:], *parts[1:]])
        while len(self._strings) < count and not strings.done:
            self._strings.append(strings.string())

    def _take_format(self, kind: int, data: bytes) -> None:
        if kind == 0x1E:
            self._codes[len(self._codes)] = self._short(data)
        elif self._biff == _BIFF8:
            self._codes[struct.unpack_from("<H", data)[0]] = self._long(data[2:])
        elif self._biff == 5:
            self._codes[struct.unpack_from("<H", data)[0]] = self._short(data[2:])
        else:
            self._codes[len(self._codes)] = self._short(data[2:])

    def _take_text_box(self, data: bytes, parts: list[bytes]) -> None:
        count = struct.unpack_from("<H", data, 10)[0]
        if count and len(parts) > 1:
            strings = _Strings(parts[1:])
            wide = bool(strings.take(1)[0] & 1)
            self._beside.add_box(strings.letters(count, wide=wide))

    def _short(self, data: bytes) -> str:
        """A string whose length is one byte."""
        if self._biff == _BIFF8:
            return _Strings([data[2:]]).letters(data[0], wide=bool(data[1] & 1))
        return decode_bytes(data[1 : 1 + data[0]], self._page)

    def _long(self, data: bytes) -> str:
        """A string whose length is two bytes."""
        if self._biff == _BIFF8:
            return _Strings([data]).string()
        return decode_bytes(data[2 : 2 + struct.unpack_from("<H", data)[0]], self._page)


def read_old_workbook(file: Readable, gatherer: TextGatherer) -> None:
    """
    Gather sheet names, cells as they are shown, comments, text boxes, headers and chart titles of an XLS.

    Raises:
        NoTextError: BROKEN or ENCRYPTED.
    """
    with file.open("rb") as stream:
        head = stream.read(8)
        stream.seek(0)
        if head != SIGNATURE:
            content = stream.read(_MAX_BYTES)
        else:
            gather_workbook(Storage(CompoundFile(stream)), gatherer)
            return
    _Workbook(gatherer).read(content)


def gather_workbook(storage: Storage, gatherer: TextGatherer) -> None:
    """The same of a workbook that stands in a storage."""
    content = storage.read("Workbook", _MAX_BYTES) or storage.read("Book", _MAX_BYTES)
    if len(content) < 4:
        raise NoTextError(Reason.BROKEN)
    _Workbook(gatherer).read(content)


def _records(content: bytes) -> Iterator[tuple[int, int, list[bytes]]]:
    """Records in their order: where each begins, its kind, and what it holds with those that continue it."""
    place, end, begin = 0, len(content), 0
    kind: int | None = None
    parts: list[bytes] = []
    while place + 4 <= end:
        following, size = struct.unpack_from("<HH", content, place)
        data = content[place + 4 : place + 4 + size]
        here, place = place, place + 4 + size
        if following == _CONTINUE and kind is not None:
            parts.append(data)
            continue
        if kind is not None:
            yield begin, kind, parts
        begin, kind, parts = here, following, [data]
    if kind is not None:
        yield begin, kind, parts


def rk_number(raw: bytes) -> float:
    """The number in four bytes: an integer, or the first half of a long one, perhaps hundredths of either."""
    packed: int = struct.unpack("<i", raw)[0]
    if packed & 2:
        number = float(packed >> 2)
    else:
        number = struct.unpack("<d", b"\0\0\0\0" + struct.pack("<i", packed & ~3))[0]
    return number / 100 if packed & 1 else number


def _page_named(number: int) -> str:
    """The code page of the texts; 1200 is Unicode, which says nothing of bytes, and some programs write nonsense (observed)."""
    special = {367: "ascii", 32768: "mac_roman", 32769: "cp1252", 10000: "mac_roman"}
    name = special.get(number, f"cp{number}")
    return name if number != 1200 and codec_named(name) else "cp1252"
