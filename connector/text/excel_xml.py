"""
Workbooks that are one piece of XML, as Excel 2003 and many exports write them: names of sheets, cells, comments.

Source: Microsoft, XML Spreadsheet Reference (Office XP and 2003).
"""

from __future__ import annotations

from typing import Final

from connector.document.clean import TextGatherer
from connector.text.embedded import Readable
from connector.text.markup import read_flat
from connector.text.wordml import attribute

_MIDNIGHT: Final = "T00:00:00.000"
_HEADERS: Final = frozenset({"Header", "Footer"})


class _Cells:
    """Gathers cells parted by tabs, rows by line breaks; letters of one cell may look different, one element each."""

    def __init__(self, gatherer: TextGatherer) -> None:
        self._gatherer = gatherer
        self._in_data = 0
        self._is_date = False

    @property
    def done(self) -> bool:
        return self._gatherer.full

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Worksheet":
            self._gatherer.add(f"\n{attribute(attributes, 'Name')}\n")
        elif name == "Data":
            self._in_data += 1
            self._is_date = attribute(attributes, "Type") == "DateTime"
        elif name == "Comment":
            self._gatherer.add("\t")
        elif name in _HEADERS:
            from connector.text.spreadsheet import plain_header

            self._gatherer.add(f"\n{plain_header(attribute(attributes, 'Data'))}\n")

    def end(self, name: str) -> None:
        if name == "Data":
            self._in_data -= 1
        elif name == "Cell":
            self._gatherer.add("\t")
        elif name == "Row":
            self._gatherer.add("\n")

    def characters(self, data: str) -> None:
        if self._in_data > 0:
            self._gatherer.add(data.removesuffix(_MIDNIGHT) if self._is_date else data)


def read_flat_workbook(file: Readable, gatherer: TextGatherer) -> None:
    """Gather such a workbook; raises NoTextError as read_xml."""
    complete = read_flat(file, _Cells(gatherer))
    gatherer.cut = gatherer.cut or not complete
