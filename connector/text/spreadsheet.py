"""
Cells of XLSX workbooks, streamed row by row.

Our own path because a library that loads the workbook takes 384 MB for 6 MB of file (observed 2026-11-21,
1,000,000 cells), more than one worker has; the search needs only the beginning anyway.

Source: ECMA-376 part 1, section 18 (SpreadsheetML).
"""

from __future__ import annotations

import re
import zipfile
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from connector.text.archive import open_package
from connector.text.clean import TextGatherer
from connector.text.inner import Readable
from connector.text.markup import read_xml
from connector.text.reasons import NoTextError, Reason
from connector.text.wordprocessing import WordText, part_number

_SHEET: Final = re.compile(r"xl/(?:worksheets|chartsheets|dialogsheets)/[^/]+\.xml")
_COMMENTS: Final = re.compile(
    r"xl/(?:comments\d*|comments/[^/]+|threadedComments/[^/]+|drawings/drawing\d+)\.xml"
)
_SHARED: Final = re.compile(r"xl/sharedStrings\d*\.xml", re.IGNORECASE)
_BUILT_IN_DATES: Final = frozenset({*range(14, 23), 27, 30, 36, *range(45, 48), 50, 57})
_NOT_A_DATE_PART: Final = re.compile(r"\"[^\"]*\"|\[[^\]]*\]|\\.|_.")
# Day 0 of the 1900 system, which counts a 29 February 1900 that never was.
_DAY_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a date in a cell has no time zone
_DAYS_1904: Final = 1462
# Excel allows 32,767 characters in a cell; a piece has at most 8 kB.
_MAX_CELL_PIECES: Final = 100
_MAX_SHEETS: Final = 10_000
_MAX_FORMAT_CHARS: Final = 255
"""As Excel allows."""


class _SharedStrings:
    """Keeps the shared strings, in the order of their numbers, as long as their sum stays within a limit."""

    def __init__(self, max_chars: int) -> None:
        self.strings: list[str] = []
        self._left = max_chars
        self._pieces: list[str] = []
        self._in_text = False
        self._phonetic = False

    @property
    def done(self) -> bool:
        return self._left <= 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._in_text = name == "t" and not self._phonetic
        self._phonetic = self._phonetic or name == "rPh"

    def end(self, name: str) -> None:
        self._in_text = False
        if name == "rPh":
            self._phonetic = False
        elif name == "si":
            string = "".join(self._pieces)
            self._pieces = []
            # About what one more string costs beside its characters.
            self._left -= len(string) + 16
            self.strings.append(string)

    def characters(self, data: str) -> None:
        if self._in_text and len(self._pieces) < _MAX_CELL_PIECES:
            self._pieces.append(data)


class _Cells:
    """Gathers one sheet: cells parted by tabs, rows by line breaks; dates written as dates."""

    def __init__(
        self, gatherer: TextGatherer, strings: list[str], date_styles: frozenset[int], day_offset: int
    ) -> None:
        self._gatherer = gatherer
        self._strings = strings
        self._date_styles = date_styles
        self._day_offset = day_offset
        self._type = ""
        self._style = 0
        self._value: list[str] = []
        self._in_value = False

    @property
    def done(self) -> bool:
        return self._gatherer.full

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._type = attributes.get("t", "n")
            style = attributes.get("s", "0")
            self._style = int(style) if style.isdecimal() else 0
            self._value = []
        # v holds the value, of formulas too; t the text of inline strings.
        self._in_value = name in {"v", "t"}

    def end(self, name: str) -> None:
        self._in_value = False
        if name == "c":
            self._gatherer.add(self._written("".join(self._value)) + "\t")
            self._value = []
        elif name == "row":
            self._gatherer.add("\n")

    def characters(self, data: str) -> None:
        if self._in_value and len(self._value) < _MAX_CELL_PIECES:
            self._value.append(data)

    def _written(self, value: str) -> str:
        if self._type == "s":
            if not value.isdecimal() or int(value) >= len(self._strings):
                self._gatherer.cut = True
                return ""
            return self._strings[int(value)]
        if self._type == "b":
            return "true" if value == "1" else "false"
        if self._type == "n" and self._style in self._date_styles:
            return _write_date(value, self._day_offset)
        return value


def read_workbook(file: Readable, gatherer: TextGatherer, max_text_bytes: int) -> None:
    """
    Gather sheet names, cells and comments of an XLSX.

    Raises:
        NoTextError: as open_package and read_xml; BROKEN without a sheet.
    """
    with open_package(file) as package:
        names = package.namelist()
        sheets = sorted(filter(_SHEET.fullmatch, names), key=part_number)
        if not sheets:
            raise NoTextError(Reason.BROKEN)
        book = _read_book(package)
        for title in book.titles:
            gatherer.add(title + "\n")
        shared = _SharedStrings(4 * max_text_bytes + 4_000_000)
        for name in filter(_SHARED.fullmatch, names):
            with package.open(name) as stream:
                read_xml(stream, shared)
        day_offset = _DAYS_1904 if book.from_1904 else 0
        date_styles = _find_date_styles(package)
        for name in sheets:
            with package.open(name) as stream:
                complete = read_xml(stream, _Cells(gatherer, shared.strings, date_styles, day_offset))
            gatherer.cut = gatherer.cut or not complete
            if gatherer.full:
                return
        for name in filter(_COMMENTS.fullmatch, names):
            with package.open(name) as stream:
                read_xml(stream, WordText(gatherer))
            gatherer.add("\n")


class _Book:
    """Finds the names of sheets, and from which day on days are counted."""

    done = False

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet" and len(self.titles) < _MAX_SHEETS:
            self.titles.append(attributes.get("name", ""))
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904") in {"1", "true"}

    def end(self, name: str) -> None:
        """Elements of the book have nothing to close."""

    def characters(self, data: str) -> None:
        """Nor text that is wanted."""


def _read_book(package: zipfile.ZipFile) -> _Book:
    """Read the book's own part as far as it is well formed: what it names is not needed to read the cells."""
    book = _Book()
    if "xl/workbook.xml" in package.NameToInfo:
        with package.open("xl/workbook.xml") as stream, suppress(NoTextError):
            read_xml(stream, book)
    return book


class _Styles:
    """Finds which cell formats show a number as a date."""

    done = False

    def __init__(self) -> None:
        self.date_styles: set[int] = set()
        self._own_dates: set[str] = set()
        self._in_cell_formats = False
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            code = _NOT_A_DATE_PART.sub("", attributes.get("formatCode", "")[:_MAX_FORMAT_CHARS]).lower()
            if re.search(r"[ymdhs]", code):
                self._own_dates.add(attributes.get("numFmtId", ""))
        elif name == "cellXfs":
            self._in_cell_formats = True
        elif name == "xf" and self._in_cell_formats:
            number = attributes.get("numFmtId", "0")
            if number in self._own_dates or (number.isdecimal() and int(number) in _BUILT_IN_DATES):
                self.date_styles.add(self._count)
            self._count += 1

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cell_formats = False

    def characters(self, data: str) -> None:
        """Styles have no text of their own."""


def _find_date_styles(package: zipfile.ZipFile) -> frozenset[int]:
    styles = _Styles()
    if "xl/styles.xml" in package.NameToInfo:
        with package.open("xl/styles.xml") as stream:
            read_xml(stream, styles)
    return frozenset(styles.date_styles)


def _write_date(value: str, day_offset: int) -> str:
    """Write the serial number of a day as ISO 8601; what is no such number stays as it is."""
    try:
        moment = _DAY_ZERO + timedelta(days=float(value) + day_offset, microseconds=500_000)
    except (ValueError, OverflowError):
        return value
    moment = moment.replace(microsecond=0)
    if moment.year < 1900:
        return moment.strftime("%H:%M:%S")
    return moment.strftime("%Y-%m-%d" if moment.time() == moment.min.time() else "%Y-%m-%d %H:%M:%S")
