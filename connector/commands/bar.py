"""The progress bar of a run that somebody watches."""

from __future__ import annotations

import sys

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from connector.commands import screens
from connector.machine import streams


class Bar:
    """Items seen and documents accepted, on a terminal's standard error."""

    def __init__(self) -> None:
        self._progress = Progress(
            SpinnerColumn("dots" if streams.speaks_unicode(sys.stderr) else "line"),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed} of {task.total} items seen"),
            TimeElapsedColumn(),
            console=screens.console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("accepted", total=0)
        self._total = 0

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def seen(self, count: int) -> None:
        """Items appeared in listings."""
        self._total += count
        self._progress.update(self._task, total=self._total)

    def pushed(self, count: int) -> None:
        """The target accepted documents."""
        self._progress.advance(self._task, count)
