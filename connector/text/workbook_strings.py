"""Strings that cells of a workbook name by their numbers, in XML or in records: kept as long as their sum stays within a limit."""

from __future__ import annotations

from typing import Final

_BESIDE: Final = 16
"""About what one more string costs beside its characters."""


class WorkbookStrings:
    """The strings of one workbook, in the order of their numbers."""

    def __init__(self, max_text_bytes: int) -> None:
        """
        Args:
            max_text_bytes: of the workbook's text; cells name strings in any order, so that more are kept than are written.
        """
        self.all: list[str] = []
        self._left = 4 * max_text_bytes + 4_000_000

    @property
    def full(self) -> bool:
        """Whether no more are kept: a cell that names one of the others is cut."""
        return self._left <= 0

    def keep(self, string: str) -> None:
        """Keep the next one."""
        self._left -= len(string) + _BESIDE
        self.all.append(string)
