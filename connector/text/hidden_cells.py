"""
Which cells of a sheet somebody hid, by their rows and columns: PURE.

What a filter hides, or a group that is folded, is hidden for a moment only: a list would lose words by how somebody looked
at it last. Most formats tell of a filter behind the cells, so that the words of hidden rows are kept until that is known.

Source: ECMA-376 part 1, 18.3.1 (sheets); [MS-XLS] 2.4.53 (ColInfo), 2.4.221 (Row); [MS-XLSB] BrtColInfo, BrtRowHdr.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final, NamedTuple

from connector.document.clean import TextGatherer

MAX_COLUMNS: Final = 16_384
MAX_ROWS: Final = 1_048_576
_MAX_KEPT_CHARS: Final = 8_000_000
_COST: Final = 64
"""What one more piece costs beside its characters."""


class HiddenLines:
    """
    The rows, or the columns, of one sheet that somebody hid, counted from 0; they are told in their order.

    Args:
        most: there are no more of them.
    """

    def __init__(self, most: int = MAX_COLUMNS) -> None:
        self._most = most
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        self._told = 0
        """As many are told."""
        self.others = False
        """Those of which nothing is told are hidden."""

    def __bool__(self) -> bool:
        return bool(self._firsts) or self.others

    def add(self, first: int, last: int, *, hidden: bool) -> None:
        """Take what is said of some of them."""
        first, last = max(first, self._told), min(last, self._most - 1)
        if self.others and first > self._told:
            self._hide(self._told, first - 1)
        self._told = max(self._told, last + 1)
        if hidden and first <= last:
            self._hide(first, last)

    def follow(self, count: int, *, hidden: bool) -> None:
        """The same of so many that follow those that were told."""
        self.add(self._told, self._told + count - 1, hidden=hidden)

    def hide(self, first: int, last: int) -> bool:
        """Whether all from one to another are hidden."""
        if self.others and last >= self._told:
            last = self._told - 1
            if first > last:
                return True
        place = bisect_right(self._firsts, first) - 1
        return place >= 0 and self._lasts[place] >= last

    def _hide(self, first: int, last: int) -> None:
        if self._lasts and self._lasts[-1] == first - 1:
            self._lasts[-1] = last
        else:
            self._firsts.append(first)
            self._lasts.append(last)


class Unseen(NamedTuple):
    """Where nothing is seen of one sheet."""

    rows: HiddenLines
    columns: HiddenLines
    filtered: bool
    """A filter hides rows."""

    def hides(self, row: int, column: int) -> bool:
        """Whether a cell is hidden, and so what hangs on it."""
        return self.hide_all((row, row), (column, column))

    def hide_all(self, rows: tuple[int, int], columns: tuple[int, int]) -> bool:
        """Whether all cells from one to another are, by their rows, or by their columns."""
        return self.columns.hide(*columns) or (not self.filtered and self.rows.hide(*rows))


class HiddenCells:
    """
    Gathers the cells of one sheet that are seen.

    Args:
        filtered: a filter is on, so that rows may be hidden by it.
    """

    def __init__(self, gatherer: TextGatherer, *, filtered: bool = False) -> None:
        self._gatherer = gatherer
        self._filtered = filtered
        self.rows = HiddenLines(MAX_ROWS)
        self.columns = HiddenLines()
        self._in_hidden_row = False
        self._kept: list[str] = []
        self._left = _MAX_KEPT_CHARS

    @property
    def keeps(self) -> bool:
        """Whether rows are hidden, and no filter is known of."""
        return bool(self.rows) and not self._filtered

    @property
    def unseen(self) -> Unseen:
        """What is hidden of the sheet, as far as it was read."""
        return Unseen(self.rows, self.columns, self._filtered)

    def row(self, *, hidden: bool, number: int | None = None) -> None:
        """Begin a row; with its number, counted from 0, where nothing is told of it yet: -1 is the next one."""
        self._in_hidden_row = hidden
        if number == -1:
            self.rows.follow(1, hidden=hidden)
        elif number is not None:
            self.rows.add(number, number, hidden=hidden)

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
