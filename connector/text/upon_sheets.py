"""
What lies upon a sheet: comments on its cells, and what is drawn in front of them. PURE.

What hangs on a cell that somebody hid is hidden with it, and so is what is drawn over such cells alone, unless it keeps its size.

Source: ECMA-376 part 1, 18.7 (comments), 20.5.2 (anchors); [MS-XLSX] 2.6.205 (threaded comments).
"""

from __future__ import annotations

import re
from typing import Final

from connector.document.clean import TextGatherer
from connector.text.hidden_cells import Unseen
from connector.text.wordml import WordText

_CELL: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_COMMENTS: Final = frozenset({"comment", "threadedComment"})
_CORNERS: Final = frozenset({"from", "to"})
_PLACES: Final = frozenset({"row", "col", "rowOff", "colOff"})
_ANCHOR: Final = "twoCellAnchor"
_MAX_DIGITS: Final = 12


def column_named(letters: str) -> int:
    """The number of a column, counted from 0, by what it is called: B is 1."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - 64
    return number - 1


Area = tuple[tuple[int, int], tuple[int, int]]
"""From which row to which, and the same of columns."""


class Corners:
    """On which cells something lies, as its corners tell it."""

    def __init__(self) -> None:
        self._corner = self._place = ""
        self._said: dict[tuple[str, str], str] = {}
        """Of each corner, in which row and column it is, and how far within."""

    def begin(self) -> None:
        """Take what comes as the corners of the next one."""
        self._said = {}

    def start(self, name: str) -> None:
        """Take the start of an element."""
        if name in _CORNERS:
            self._corner = name
        elif name in _PLACES:
            self._place = name

    def end(self, name: str) -> None:
        """Take the end of one."""
        if name in _CORNERS:
            self._corner = ""
        elif name in _PLACES:
            self._place = ""

    def characters(self, data: str) -> None:
        """Take what stands in one."""
        if self._corner and self._place:
            said = self._said.get((self._corner, self._place), "") + data.strip()
            self._said[self._corner, self._place] = said[:_MAX_DIGITS]

    @property
    def area(self) -> Area | None:
        """The cells; None where that is not told."""
        rows, columns = self._between("row"), self._between("col")
        return None if rows is None or columns is None else (rows, columns)

    def _between(self, which: str) -> tuple[int, int] | None:
        first, last = self._said.get(("from", which), ""), self._said.get(("to", which), "")
        if not first.isdecimal() or not last.isdecimal():
            return None
        ends_before = self._said.get(("to", f"{which}Off"), "0") == "0"  # it reaches up to that one
        return int(first), max(int(first), int(last) - ends_before)


class UponSheet(WordText):
    """
    Gathers comments on cells and drawings of one sheet, but for what is hidden with its cells.

    Args:
        cells: what is hidden of the sheet.
    """

    def __init__(self, gatherer: TextGatherer, cells: Unseen) -> None:
        super().__init__(gatherer)
        self._cells = cells
        self._passing = False
        self._corners = Corners()
        self._keeps_its_size = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _COMMENTS:
            cell = _CELL.match(attributes.get("ref", ""))
            if cell is not None and self._cells.hides(int(cell[2]) - 1, column_named(cell[1])):
                self._pass()
        elif name == _ANCHOR:
            self._corners.begin()
            self._keeps_its_size = attributes.get("editAs", "twoCell") != "twoCell"
        self._corners.start(name)
        super().start(name, attributes)

    def end(self, name: str) -> None:
        super().end(name)
        self._corners.end(name)
        if name == "to" and not self._keeps_its_size:
            area = self._corners.area
            if area is not None and self._cells.hide_all(*area):
                self._pass()
        elif name == _ANCHOR or name in _COMMENTS:
            self._skip_depth -= self._passing
            self._passing = False

    def characters(self, data: str) -> None:
        self._corners.characters(data)
        super().characters(data)

    def _pass(self) -> None:
        self._skip_depth += not self._passing
        self._passing = True
