"""Lines of a CSV file for a spreadsheet: a cell is a text, whatever it begins with."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from connector.document.printable import printable
from connector.machine.verbs import Theirs, as_typed_here
from connector.secrets.hiding import hide

OBEYED = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet; an apostrophe before it makes it a text."""
MARK = "\ufeff"
"""Tells Excel that the file is in UTF-8; before the first line."""


def line_of(cells: Iterable[object]) -> str:
    """One line. Numbers stay numbers; secrets are hidden, and nothing in it is obeyed."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(
        [
            one if isinstance(one, int | float) else _text(one if isinstance(one, str) else str(one))
            for one in cells
        ]
    )
    return out.getvalue()


def _text(cell: str) -> str:
    told = hide(printable(cell))
    cell = told if isinstance(cell, Theirs) else as_typed_here(told)
    return f"'{cell}" if cell.startswith(OBEYED) else cell
