"""
Workbooks that are one piece of XML, as Excel 2003 and many exports write them: names of sheets, cells, comments.

Source: Microsoft, XML Spreadsheet Reference (Office XP and 2003).
"""

from __future__ import annotations

from typing import Final

from connector.document.clean import TextGatherer
from connector.text.embedded import Readable
from connector.text.markup import read_flat
from connector.text.number_format import GENERAL, Format, parse_format, write_iso, write_number, write_text
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


class _Cells:
    """Gathers cells parted by tabs, rows by line breaks; letters of one cell may look different, one element each."""

    def __init__(self, gatherer: TextGatherer) -> None:
        self._gatherer = gatherer
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
            self._gatherer.add(f"\n{attribute(attributes, 'Name')}\n")
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
        elif name == "Cell":
            self._of_cell = attribute(attributes, "StyleID") or self._of_row
        elif name == "Comment":
            self._in_comment = True
            self._gatherer.add("\t")
        elif name in _HEADERS:
            from connector.text.spreadsheet import plain_header

            self._gatherer.add(f"\n{plain_header(attribute(attributes, 'Data'))}\n")

    def end(self, name: str) -> None:
        if name == "Data":
            self._in_data -= 1
            self._gatherer.add(self._written("".join(self._value)))
            self._value = []
        elif name == "Style":
            self._style = ""
        elif name == "Comment":
            self._in_comment = False
        elif name == "Cell":
            self._gatherer.add("\t")
        elif name == "Row":
            self._gatherer.add("\n")

    def characters(self, data: str) -> None:
        if self._in_data > 0 and len(self._value) < _MAX_PIECES:
            self._value.append(data)

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


def read_flat_workbook(file: Readable, gatherer: TextGatherer) -> None:
    """Gather such a workbook; raises NoTextError as read_xml."""
    complete = read_flat(file, _Cells(gatherer))
    gatherer.cut = gatherer.cut or not complete
