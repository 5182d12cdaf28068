"""The progress line of a run that somebody watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task
from rich.table import Column
from rich.text import Text

from connector.commands import terminal
from connector.machine import streams

SPINNER = 2
"""Columns of what turns."""


class _Line(ProgressColumn):
    """How far a run is, in words, and never broken."""

    def __init__(self, say: Callable[[], str]) -> None:
        super().__init__(Column(no_wrap=True, overflow="crop"))
        self._say = say

    def render(self, task: Task) -> Text:
        """Say it as it is now."""
        return Text(self._say())


class Bar:
    """One line on a terminal's standard error, gone when the run ends; what is logged meanwhile stands above it."""

    def __init__(
        self,
        say: Callable[[float, int], str],
        *,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            say: says how far the run is, after so many seconds, in so many columns.
        """
        began = clock()
        out = console or terminal.console(stderr=True)
        self._progress = Progress(
            SpinnerColumn("dots" if streams.speaks_unicode(sys.stderr) else "line"),
            _Line(lambda: say(clock() - began, out.width - SPINNER)),
            console=out,
            transient=True,
        )
        self._progress.add_task("")

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
