"""
Which rows, columns and cells of a table of OpenDocument somebody hid: PURE.

Source: OASIS OpenDocument 1.3 part 3, table:visibility, table:display, table:number-columns-repeated.
"""

from __future__ import annotations

from connector.text.hidden_cells import HiddenLines


class Grid:
    """
    The rows and columns of one table, as far as somebody hid them.

    What a filter hides says so, and what a folded group hides stands in that.
    """

    def __init__(self) -> None:
        self._columns = HiddenLines()
        self._column = 0
        self._folded: list[bool] = []
        """Of the groups around, whether each is folded."""
        self._folds = 0
        """How many of them are."""
        self._open: list[bool] = []
        """Of the row and the cell around, whether it is hidden."""

    def group(self, attributes: dict[str, str]) -> None:
        """Begin a group of rows or columns."""
        self._folded.append(attributes.get("table:display") == "false")
        self._folds += self._folded[-1]

    def end_group(self) -> None:
        """Leave it."""
        self._folds -= self._folded.pop() if self._folded else False

    def take_columns(self, attributes: dict[str, str]) -> None:
        """Take what is said of columns, which come before all rows."""
        self._columns.follow(_times(attributes), hidden=self._is_hidden(attributes))

    def row(self, attributes: dict[str, str]) -> bool:
        """Begin one; tells whether it is hidden."""
        self._column = 0
        return self._enter(self._is_hidden(attributes))

    def cell(self, attributes: dict[str, str], *, covered: bool) -> bool:
        """The same of a cell, which another one may cover."""
        first = self._column
        self._column += _times(attributes)
        return self._enter(covered or self._columns.hide(first, self._column - 1))

    def end(self) -> bool:
        """Leave a row or a cell; tells whether it was hidden."""
        return self._open.pop() if self._open else False

    def _enter(self, is_hidden: bool) -> bool:
        self._open.append(is_hidden)
        return is_hidden

    def _is_hidden(self, attributes: dict[str, str]) -> bool:
        return attributes.get("table:visibility") == "collapse" and not self._folds


def _times(attributes: dict[str, str]) -> int:
    """How many columns something stands for."""
    count = attributes.get("table:number-columns-repeated", "")
    return max(1, int(count[:6])) if count.isdecimal() else 1
