"""
What is written to a terminal: lines at its width, in colour where there is one.

Others wrote a part of what is shown: nothing in it means anything to the terminal or its library, and each screen gets
its values through `printable`. How lines break: `line_wrapping`.
"""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable, Iterable
from typing import Any, Concatenate, ParamSpec

from rich.console import Console
from rich.text import Text

from connector.commands.line_wrapping import wrap
from connector.document.printable import printable, printable_values
from connector.machine.verbs import as_typed_here, told_by_others

More = ParamSpec("More")
LINES = frozenset({"text"})
"""What keeps its line breaks on a screen."""


class _Plain(Console):
    """A terminal on which a text is a text."""

    def render_str(self, text: str, *args: Any, **more: Any) -> Text:
        """Make a text shown as it is, whoever wrote it, but for commands, which are named as they are typed here."""
        return super().render_str(as_typed_here(printable(text, lines=True)), *args, **more)


def console(*, stderr: bool = False) -> Console:
    """Standard output; plain text when it is not a terminal."""
    # Rich takes COLUMNS=0, as some terminals without a size say it, for no room at all, and writes nothing
    none = os.environ.get("COLUMNS", "").isdecimal() and not _columns()
    width = shutil.get_terminal_size().columns if none else None
    return _Plain(highlight=False, markup=False, emoji=False, soft_wrap=True, stderr=stderr, width=width)


def width_of(out: Console) -> int:
    """Columns: $COLUMNS, also where there is no terminal or a dumb one; else the terminal's, else 80."""
    return _columns() or out.width


def _columns() -> int:
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() else 0


class Page:
    """Lines of a terminal, as they are written."""

    def __init__(self, *, stderr: bool = False) -> None:
        self._out = console(stderr=stderr)

    def say(self, words: str, *, by: int = 0, first: str | None = None, style: str = "") -> None:
        """
        Write words, broken into lines.

        Args:
            by: columns that each line is further in.
            first: what the first line begins with instead.
            style: of what the first line begins with; of the whole where it begins with nothing.
        """
        begin = " " * by if first is None else first
        for number, line in enumerate(wrap(words, width_of(self._out), first=begin, by=by)):
            text = Text(line)
            if style and first is None:
                text.stylize(style)
            elif style and not number:
                text.stylize(style, 0, len(begin))
            self._out.print(text)

    def whole(self, words: str, *, by: int = 0) -> None:
        """Write one line that may pass the width: an id, a path or an address."""
        self._out.print(Text(" " * by + as_typed_here(words)))

    def gap(self) -> None:
        """Write an empty line."""
        self._out.print()


def say(words: str, *, bold: str = "", stderr: bool = False) -> None:
    """Words of any length, which may begin in bold; their line breaks stay."""
    page = Page(stderr=stderr)
    begun = printable(bold, lines=True)
    for number, line in enumerate(printable(words, lines=True).split("\n")):
        indented = len(line) - len(line.lstrip())
        begin = ("" if number else begun) + line[:indented]
        if number or not begun:
            page.say(line, first=begin, by=indented + (2 if line[indented:].startswith("- ") else 0))
        else:
            *above, last = begun.split("\n")
            for one in above:
                page.say(one, style="bold")
            page.say(line, first=last + line[:indented], style="bold")


def screen(show: Callable[Concatenate[Any, More], None]) -> Callable[Concatenate[Any, More], None]:
    """Make a screen of what is printable only."""

    @functools.wraps(show)
    def shown(told: Any, /, *args: More.args, **more: More.kwargs) -> None:
        show(told_by_others(printable_values(told, lines=LINES)), *args, **more)

    return shown


def listed(parts: Iterable[str]) -> str:
    """The parts in a row, with commas; empty ones are left out."""
    return ", ".join(part for part in parts if part)
