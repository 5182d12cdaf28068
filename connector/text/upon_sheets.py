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
        self._corner = self._place = ""
        self._said: dict[tuple[str, str], str] = {}
        """Of the corners of a drawing, in which row and column each is, and how far within."""
        self._keeps_its_size = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _COMMENTS:
            cell = _CELL.match(attributes.get("ref", ""))
            if cell is not None and self._cells.hides(int(cell[2]) - 1, column_named(cell[1])):
                self._pass()
        elif name == _ANCHOR:
            self._said = {}
            self._keeps_its_size = attributes.get("editAs", "twoCell") != "twoCell"
        elif name in _CORNERS:
            self._corner = name
        elif name in _PLACES:
            self._place = name
        super().start(name, attributes)

    def end(self, name: str) -> None:
        super().end(name)
        if name in _CORNERS:
            self._corner = ""
            if name == "to" and not self._keeps_its_size and self._lies_on_hidden_cells():
                self._pass()
        elif name in _PLACES:
            self._place = ""
        elif name == _ANCHOR or name in _COMMENTS:
            self._skip_depth -= self._passing
            self._passing = False

    def characters(self, data: str) -> None:
        if self._corner and self._place:
            said = self._said.get((self._corner, self._place), "") + data.strip()
            self._said[self._corner, self._place] = said[:_MAX_DIGITS]
        super().characters(data)

    def _pass(self) -> None:
        self._skip_depth += not self._passing
        self._passing = True

    def _lies_on_hidden_cells(self) -> bool:
        rows, columns = self._between("row"), self._between("col")
        return rows is not None and columns is not None and self._cells.hide_all(rows, columns)

    def _between(self, which: str) -> tuple[int, int] | None:
        """The first and the last row, or column, on which a drawing has a part."""
        first, last = self._said.get(("from", which), ""), self._said.get(("to", which), "")
        if not first.isdecimal() or not last.isdecimal():
            return None
        ends_before = self._said.get(("to", f"{which}Off"), "0") == "0"  # it reaches up to that one
        return int(first), max(int(first), int(last) - ends_before)
