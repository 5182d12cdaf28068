"""
Workbooks that are one piece of XML, as Excel 2003 and many exports write them: names of sheets, cells, comments of what is shown.

Source: Microsoft, XML Spreadsheet Reference (Office XP and 2003).
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from connector.document.clean import TextGatherer
from connector.text.embedded import Readable
from connector.text.hidden_cells import HiddenCells
from connector.text.markup import read_flat
from connector.text.number_format import GENERAL, Format, parse_format, write_iso, write_number, write_text
from connector.text.reasons import NoTextError
from connector.text.wordml import attribute

_NAMED: Final = {
    "Percent": "0.00%", "Fixed": "0.00", "Standard": "0.00", "Currency": "0.00", "Scientific": "0.00E+00", "Short Date": "yyyy-mm-dd",
    "General Date": "yyyy-mm-dd", "Medium Date": "yyyy-mm-dd", "Long Date": "yyyy-mm-dd", "Short Time": "h:mm", "Medium Time": "h:mm",
    "Long Time": "h:mm:ss", "General Number": "General", "Yes/No": '"Yes";"Yes";"No"', "True/False": '"True";"True";"False"',
    "On/Off": '"On";"On";"Off"', "Euro Currency": "0.00",
}  # fmt: skip
"""Formats that go by names of their own here."""
_MAX_STYLES: Final = 50_000
_MAX_PIECES: Final = 1_000
_HEADERS: Final = frozenset({"Header", "Footer"})
_HIDDEN: Final = frozenset({"SheetHidden", "SheetVeryHidden"})
_FILTERS: Final = frozenset({"FilterOn", "AutoFilterColumn"})
_HIDES: Final = b"Hidden"
_PIECE_BYTES: Final = 1_000_000
_MAX_SHEETS: Final = 10_000
_MAX_SAID: Final = 100


class _Sheets:
    """Finds which sheets are hidden, and on which a filter is on, by their places: a sheet says so behind its cells."""

    done = False

    def __init__(self) -> None:
        self.hidden: set[int] = set()
        self.filtered: set[int] = set()
        self._number = -1
        self._said = ""
        self._is_said = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Worksheet":
            self._number += 1
        elif name == "Visible":
            self._said, self._is_said = "", True
        elif name in _FILTERS and len(self.filtered) < _MAX_SHEETS:
            self.filtered.add(self._number)

    def end(self, name: str) -> None:
        if name == "Visible":
            self._is_said = False
            if self._said.strip() in _HIDDEN and len(self.hidden) < _MAX_SHEETS:
                self.hidden.add(self._number)

    def characters(self, data: str) -> None:
        """Take how a sheet is shown."""
        if self._is_said:
            self._said = (self._said + data)[:_MAX_SAID]


class _Cells:
    """Gathers cells parted by tabs, rows by line breaks; letters of one cell may look different, one element each."""

    def __init__(self, gatherer: TextGatherer, sheets: _Sheets) -> None:
        self._gatherer = gatherer
        self._sheets = sheets
        self._number = -1
        self._seen = HiddenCells(gatherer)
        self._passing = False
        """The sheet is hidden."""
        self._column = -1
        """The one in which the last cell ended, counted from 0."""
        self._across = 0
        """How many more the cell covers."""
        self._in_data = 0
        self._type = ""
        self._value: list[str] = []
        self._style = ""
        self._formats: dict[str, Format] = {}
        self._of_row = self._of_cell = ""
        self._in_comment = False

    @property
    def done(self) -> bool:
        return self._gatherer.full

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Worksheet":
            self._number += 1
            self._passing = self._number in self._sheets.hidden
            self._seen = HiddenCells(self._gatherer, filtered=self._number in self._sheets.filtered)
            self._column = -1
            self._say(f"\n{attribute(attributes, 'Name')}\n")
        elif name == "Column":
            self._take_columns(attributes)
        elif name == "Data":
            self._in_data += 1
            self._type = attribute(attributes, "Type")
        elif name == "Style":
            self._style = attribute(attributes, "ID")
        elif name == "NumberFormat" and self._style and len(self._formats) < _MAX_STYLES:
            code = attribute(attributes, "Format")
            self._formats[self._style] = parse_format(_NAMED.get(code, code)) if code else GENERAL
        elif name == "Row":
            self._of_row = attribute(attributes, "StyleID")
            self._column = -1
            self._seen.row(hidden=attribute(attributes, "Hidden") == "1")
        elif name == "Cell":
            self._of_cell = attribute(attributes, "StyleID") or self._of_row
            self._column = _number(attributes, "Index", self._column + 2) - 1
            self._across = _number(attributes, "MergeAcross", 0)
        elif name == "Comment":
            self._in_comment = True
            self._say("\t")
        elif name in _HEADERS:
            from connector.text.spreadsheet import plain_header

            self._seen.row(hidden=False)
            self._column = -1
            self._say(f"\n{plain_header(attribute(attributes, 'Data'))}\n")

    def end(self, name: str) -> None:
        if name == "Data":
            self._in_data -= 1
            self._say(self._written("".join(self._value)))
            self._value = []
        elif name == "Style":
            self._style = ""
        elif name == "Comment":
            self._in_comment = False
        elif name == "Cell":
            self._say("\t")
            self._column += self._across
        elif name == "Row":
            self._column = -1
            self._say("\n")

    def characters(self, data: str) -> None:
        if self._in_data > 0 and len(self._value) < _MAX_PIECES:
            self._value.append(data)

    def _say(self, text: str) -> None:
        if not self._passing:
            self._seen.add(text, self._column)

    def _take_columns(self, attributes: dict[str, str]) -> None:
        columns, count = self._seen.columns, _number(attributes, "Span", 0) + 1
        hidden = attribute(attributes, "Hidden") == "1"
        first = _number(attributes, "Index", 0) - 1
        if first < 0:
            columns.follow(count, hidden=hidden)
        else:
            columns.add(first, first + count - 1, hidden=hidden)

    def _written(self, value: str) -> str:
        form = self._formats.get(self._of_cell, GENERAL)
        if self._in_comment or not value:
            return value
        if self._type == "Number":
            return write_number(value, form)
        if self._type == "DateTime":
            return write_iso(value, form)
        if self._type == "Boolean":
            return "true" if value == "1" else "false"
        return write_text(value, form)


def _number(attributes: dict[str, str], name: str, otherwise: int) -> int:
    value = attribute(attributes, name)
    return int(value[:9]) if value.isdecimal() else otherwise


def _may_hide(file: Readable) -> bool:
    """Whether anything is hidden in a workbook: most have nothing, and are read once."""
    tail = b""
    with file.open("rb") as stream:
        while piece := stream.read(_PIECE_BYTES):
            piece = tail + piece.replace(b"\0", b"")  # of letters of two bytes
            if _HIDES in piece:
                return True
            tail = piece[-len(_HIDES) :]
    return False


def read_flat_workbook(file: Readable, gatherer: TextGatherer) -> None:
    """Gather such a workbook; raises NoTextError as read_xml."""
    sheets = _Sheets()
    if _may_hide(file):
        with suppress(NoTextError):
            read_flat(file, sheets)
    complete = read_flat(file, _Cells(gatherer, sheets))
    gatherer.cut = gatherer.cut or not complete
