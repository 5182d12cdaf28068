"""
Cells of XLSX workbooks, streamed row by row.

Our own path because a library that loads the workbook takes 384 MB for 6 MB of file (observed 2026-11-21,
1,000,000 cells), more than one worker has; the search needs only the beginning anyway.

Source: ECMA-376 part 1, section 18 (SpreadsheetML).
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final

from connector.document.clean import TextGatherer
from connector.text.charts import CaptionText
from connector.text.embedded import Inside, Readable
from connector.text.hidden_cells import HiddenCells, Unseen
from connector.text.number_format import (
    BUILT_IN,
    GENERAL,
    Format,
    parse_format,
    write_iso,
    write_number,
    write_text,
)
from connector.text.package import Package, main_or, open_office
from connector.text.reasons import NoTextError, Reason
from connector.text.upon_sheets import Area, Corners, UponSheet, column_named
from connector.text.wordml import attribute, unescaped
from connector.text.wordprocessing import read_drawn, read_inserted, read_or_pass, read_part
from connector.text.workbook_strings import WorkbookStrings

_SHEET_KINDS: Final = ("worksheet", "chartsheet", "dialogsheet")
_COMMENT_KINDS: Final = ("comments", "threadedComment")
# Excel allows 32,767 characters in a cell; a piece has at most 8 kB.
_MAX_CELL_PIECES: Final = 100
_MAX_SHEETS: Final = 10_000
_MAX_TABLES: Final = 20
_TABLE_HEAD_BYTES: Final = 20_000
"""Of a table, in which it says whether a filter is on."""
_ON: Final = frozenset({"1", "true"})
_IN_COLUMN: Final = re.compile(r"[A-Za-z]{1,3}")
# Fields of a page's header: sides, fonts, sizes, colours, and what only a printer knows.
_HEADER_CODE: Final = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|K\d\d[+-]\d{3}|\d{1,3}|[LCRPNDTZFAGSXYBIUEOHK])')
_HEADERS: Final = {
    "oddHeader": "", "oddFooter": "", "evenHeader": "differentOddEven", "evenFooter": "differentOddEven", "firstHeader": "differentFirst",
    "firstFooter": "differentFirst",
}  # fmt: skip
"""What pages have them: those of some are kept, and shown only where it is said that they differ."""


def plain_header(text: str) -> str:
    """The words of a page's header or footer."""
    return _HEADER_CODE.sub(" ", text).replace("&&", "&")


class _SharedStrings:
    """Keeps the shared strings."""

    def __init__(self, strings: WorkbookStrings) -> None:
        self._strings = strings
        self._pieces: list[str] = []
        self._in_text = False
        self._phonetic = False

    @property
    def done(self) -> bool:
        return self._strings.full

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._in_text = name == "t" and not self._phonetic
        self._phonetic = self._phonetic or name == "rPh"

    def end(self, name: str) -> None:
        self._in_text = False
        if name == "rPh":
            self._phonetic = False
        elif name == "si":
            self._strings.keep(unescaped("".join(self._pieces)))
            self._pieces = []

    def characters(self, data: str) -> None:
        if self._in_text and len(self._pieces) < _MAX_CELL_PIECES:
            self._pieces.append(data)


class _Cells:
    """Gathers one sheet: cells parted by tabs, rows by line breaks; dates written as dates."""

    def __init__(
        self, gatherer: TextGatherer, strings: list[str], formats: list[Format], *, from_1904: bool
    ) -> None:
        self._gatherer = gatherer
        self.seen = HiddenCells(gatherer)
        self._column = -1
        self._strings = strings
        self._formats = formats
        self._from_1904 = from_1904
        self._in_header = False
        self._shown = {""}
        """Of what pages headers are shown."""
        self._type = ""
        self._style = 0
        self._value: list[str] = []
        self._in_value = False
        self._phonetic = False
        self._object = ""
        self._corners = Corners()
        self._in_anchor = False
        """What is told of rows and columns is where something lies."""
        self._lying: dict[str, Area] = {}
        """Objects of other programs by their relationships, and the cells on which each lies that has their size."""

    @property
    def done(self) -> bool:
        return self._gatherer.full

    @property
    def unseen_objects(self) -> frozenset[str]:
        """The relationships of those that lie on hidden cells alone."""
        unseen = self.seen.unseen
        return frozenset(one for one, area in self._lying.items() if unseen.hide_all(*area))

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._in_anchor:
            self._corners.start(name)
        elif name == "c":
            self._type = attributes.get("t", "n")
            style = attributes.get("s", "0")
            self._style = int(style) if style.isdecimal() else 0
            self._value = []
            if self.seen.columns:
                self._column = _column(attributes.get("r", ""), self._column + 1)
        elif name == "row":
            self._column = -1
            self.seen.row(hidden=_is_hidden(attributes), number=_number(attributes, "r") - 1)
        elif name == "col":
            first, last = _number(attributes, "min") - 1, _number(attributes, "max") - 1
            self.seen.columns.add(first, last, hidden=_is_hidden(attributes))
        elif name == "sheetFormatPr":
            self.seen.rows.others = attributes.get("zeroHeight") in _ON
        elif name == "filterColumn" or (name == "sheetPr" and attributes.get("filterMode") in _ON):
            self.seen.filter()
        elif name == "oleObject":
            self._object = attribute(attributes, "id")
        elif name == "anchor":
            self._corners.begin()
            self._in_anchor = True
            self._object = self._object if attributes.get("sizeWithCells") in _ON else ""
        # v holds the value, of formulas too; t the text of inline strings.
        self._phonetic = self._phonetic or name == "rPh"
        self._in_value = name in {"v", "t"} and not self._phonetic
        self._in_header = name in _HEADERS and _HEADERS[name] in self._shown
        if name == "headerFooter":
            self._shown = {""} | {key for key, value in attributes.items() if value in _ON}

    def end(self, name: str) -> None:
        self._in_value = False
        if self._in_anchor:
            self._end_in_anchor(name)
            return
        if self._in_header:
            self._gatherer.add("\n")
            self._in_header = False
        if name == "rPh":
            self._phonetic = False
        elif name == "c":
            self.seen.add(self._written("".join(self._value)) + "\t", self._column)
            self._value = []
        elif name == "row":
            self.seen.add("\n")

    def characters(self, data: str) -> None:
        if self._in_value and len(self._value) < _MAX_CELL_PIECES:
            self._value.append(data)
        elif self._in_header:
            self._gatherer.add(plain_header(data))
        elif self._in_anchor:
            self._corners.characters(data)

    def _end_in_anchor(self, name: str) -> None:
        self._corners.end(name)
        if name == "anchor":
            self._in_anchor = False
            if self._object and self._corners.area is not None and len(self._lying) < _MAX_SHEETS:
                self._lying[self._object] = self._corners.area
            self._object = ""

    def _written(self, value: str) -> str:
        form = self._formats[self._style] if self._style < len(self._formats) else GENERAL
        if form.kind == "hidden":
            return ""
        if self._type == "d" and value:
            return write_iso(value, form)
        if self._type == "s":
            if not value.isdecimal() or int(value) >= len(self._strings):
                self._gatherer.cut = True
                return ""
            return write_text(self._strings[int(value)], form)
        if self._type == "b":
            return "true" if value == "1" else "false"
        if self._type == "n" and value:
            return write_number(value, form, from_1904=self._from_1904)
        return write_text(unescaped(value), form) if self._type != "e" else value


def read_workbook(file: Readable, gatherer: TextGatherer, inside: Inside, max_text_bytes: int) -> None:
    """
    Gather sheet names, cells as they are shown, headers, comments, text boxes, charts and what is embedded of an XLSX.

    Raises:
        NoTextError: as open_package and read_xml; BROKEN without a sheet.
    """
    with open_office(file) as package:
        main = main_or(package, "xl/workbook.xml", "xl/workbook2.xml")
        sheets = package.listed(main, "sheet", *_SHEET_KINDS)[:_MAX_SHEETS] or _sheets_by_name(package)
        if not sheets:
            raise NoTextError(Reason.BROKEN)
        book = _read_book(package, main)
        for title in book.titles:
            gatherer.add(title + "\n")
        strings = WorkbookStrings(max_text_bytes)
        shared = _SharedStrings(strings)
        for name in package.targets(main, "sharedStrings") or _by_name(package, _SHARED):
            package.read_xml(name, shared)
        formats = _find_formats(package, main)
        unseen: dict[str, Unseen] = {}
        objects: dict[str, frozenset[str]] = {}
        for name in sheets:
            cells = _Cells(gatherer, strings.all, formats, from_1904=book.from_1904)
            complete = package.read_xml(name, cells)
            gatherer.cut = gatherer.cut or not complete
            if cells.seen.keeps and filters_a_table(package, name, b"filterColumn"):
                cells.seen.filter()
            unseen[name], objects[name] = cells.seen.unseen, cells.unseen_objects
            if gatherer.full:
                return
        for name in sheets:
            _read_beside(package, name, gatherer, unseen[name])
        for name in sheets:
            read_inserted(package, name, inside, objects[name])


def _is_hidden(attributes: dict[str, str]) -> bool:
    """Whether a row or a column is, and stands in no group, which may be folded."""
    return attributes.get("hidden") in _ON and not _number(attributes, "outlineLevel")


def _number(attributes: dict[str, str], name: str) -> int:
    value = attributes.get(name, "")
    return int(value[:9]) if value.isdecimal() else 0


def _column(place: str, otherwise: int) -> int:
    """The column of a cell, counted from 0, by what it is called (B7); where it is called nothing it stands behind the last one."""
    letters = _IN_COLUMN.match(place)
    if letters is None:
        return otherwise
    return column_named(letters[0])


_SHEET: Final = re.compile(r"xl/(?:worksheets|chartsheets|dialogsheets)/[^/]+\.xml")
_SHARED: Final = re.compile(r"xl/sharedstrings\d*\.xml")


def filters_a_table(package: Package, sheet: str, sign: bytes) -> bool:
    """Whether a filter of a table upon a sheet is on, by what such a table has in it."""
    tables = package.targets(sheet, "table")[:_MAX_TABLES]
    return any(sign in package.read(table, _TABLE_HEAD_BYTES) for table in tables)


def _sheets_by_name(package: Package) -> list[str]:
    return sorted(_by_name(package, _SHEET), key=lambda name: (len(name), name))


def _by_name(package: Package, pattern: re.Pattern[str]) -> list[str]:
    return [name for name in package.names if pattern.fullmatch(name)]


def _read_beside(package: Package, sheet: str, gatherer: TextGatherer, unseen: Unseen) -> None:
    """Gather what lies upon a sheet where it is seen: comments, boxes of a form, text boxes, charts, diagrams."""
    if gatherer.full:
        return
    for name in package.targets(sheet, *_COMMENT_KINDS):
        read_part(package, name, gatherer, UponSheet(gatherer, unseen))
    for name in package.targets(sheet, "vmlDrawing"):
        read_or_pass(package, name, gatherer, CaptionText(gatherer))
    for name in package.targets(sheet, "drawing"):
        text = UponSheet(gatherer, unseen)
        read_part(package, name, gatherer, text)
        read_drawn(package, name, gatherer, text.unseen)


class _Book:
    """Finds the names of the sheets that are shown, and from which day on days are counted."""

    done = False

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if (
            name == "sheet"
            and attributes.get("state", "visible") == "visible"
            and len(self.titles) < _MAX_SHEETS
        ):
            self.titles.append(attributes.get("name", ""))
        elif name == "workbookPr":
            # extensions have an element of this name, too
            self.from_1904 = self.from_1904 or attributes.get("date1904") in _ON

    def end(self, name: str) -> None:
        """Elements of the book have nothing to close."""

    def characters(self, data: str) -> None:
        """Nor text that is wanted."""


def _read_book(package: Package, name: str) -> _Book:
    """Read the book's own part as far as it is well formed: what it names is not needed to read the cells."""
    book = _Book()
    with suppress(NoTextError):
        package.read_xml(name, book)
    return book


class _Styles:
    """Finds how each cell format shows a number."""

    done = False

    def __init__(self) -> None:
        self.formats: list[Format] = []
        self._own: dict[str, str] = {}
        self._in_cell_formats = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self._own[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._in_cell_formats = True
        elif name == "xf" and self._in_cell_formats:
            number = attributes.get("numFmtId", "0")
            code = self._own.get(number) or (BUILT_IN.get(int(number)) if number.isdecimal() else None)
            self.formats.append(parse_format(code) if code else GENERAL)

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cell_formats = False

    def characters(self, data: str) -> None:
        """Styles have no text of their own."""


def _find_formats(package: Package, main: str) -> list[Format]:
    styles = _Styles()
    for name in package.targets(main, "styles")[:1] or (
        ["xl/styles.xml"] if "xl/styles.xml" in package else []
    ):
        package.read_xml(name, styles)
    return styles.formats
