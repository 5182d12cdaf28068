"""
Which cells of a sheet somebody hid, by their rows and columns: PURE.

What a filter hides, or a group that is folded, is hidden for a moment only: a list would lose words by how somebody looked
at it last. Most formats tell of a filter behind the cells, so that the words of hidden rows are kept until that is known.

Source: ECMA-376 part 1, 18.3.1 (sheets); [MS-XLS] 2.4.53 (ColInfo), 2.4.221 (Row); [MS-XLSB] BrtColInfo, BrtRowHdr.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from connector.document.clean import TextGatherer

MAX_COLUMNS: Final = 16_384
_MAX_KEPT_CHARS: Final = 8_000_000
_COST: Final = 64
"""What one more piece costs beside its characters."""


class HiddenColumns:
    """The columns of one sheet that somebody hid, counted from 0; they are told in their order."""

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        self._told = 0
        """As many columns are told."""

    def __bool__(self) -> bool:
        return bool(self._firsts)

    def add(self, first: int, last: int, *, hidden: bool) -> None:
        """Take what is said of some columns."""
        first, last = max(first, self._told), min(last, MAX_COLUMNS - 1)
        self._told = max(self._told, last + 1)
        if not hidden or first > last:
            return
        if self._lasts and self._lasts[-1] == first - 1:
            self._lasts[-1] = last
        else:
            self._firsts.append(first)
            self._lasts.append(last)

    def follow(self, count: int, *, hidden: bool) -> None:
        """The same of so many that follow those that were told."""
        self.add(self._told, self._told + count - 1, hidden=hidden)

    def hide(self, first: int, last: int) -> bool:
        """Whether all columns from one to another are hidden."""
        place = bisect_right(self._firsts, first) - 1
        return place >= 0 and self._lasts[place] >= last


class HiddenCells:
    """
    Gathers the cells of one sheet that are seen.

    Args:
        filtered: a filter is on, so that rows may be hidden by it.
    """

    def __init__(self, gatherer: TextGatherer, *, filtered: bool = False) -> None:
        self._gatherer = gatherer
        self._filtered = filtered
        self.columns = HiddenColumns()
        self._in_hidden_row = False
        self._kept: list[str] = []
        self._left = _MAX_KEPT_CHARS

    @property
    def keeps(self) -> bool:
        """Whether there are words of hidden rows."""
        return bool(self._kept)

    def row(self, *, hidden: bool) -> None:
        """Begin a row."""
        self._in_hidden_row = hidden

    def add(self, text: str, column: int = -1) -> None:
        """Take what a cell shows, in a column counted from 0."""
        if self.columns and self.columns.hide(column, column):
            return
        if not self._in_hidden_row or self._filtered:
            self._gatherer.add(text)
        elif text.isspace():
            return
        elif self._left > 0:
            self._left -= len(text) + _COST
            self._kept.append(text)

    def filter(self) -> None:
        """Take it that a filter hides rows: what was kept of them is read."""
        self._filtered = True
        kept, self._kept = self._kept, []
        for text in kept:
            self._gatherer.add(text)
        self._gatherer.cut = self._gatherer.cut or self._left <= 0
