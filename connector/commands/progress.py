"""A run at the terminal: signals, a progress bar on standard error, and its report however it ends."""

from __future__ import annotations

import asyncio
import signal
import sys

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from connector import screens
from connector.app import App
from connector.commands.running import tell
from connector.options import Options, Watch
from connector.report import Report
from connector.together import run_program


def run_and_tell(app: App, target: str, options: Options, printing: bool) -> int:
    """Do a run with progress on standard error; its report is printed however it ends."""
    reports: list[Report] = []
    stop = _Stop()
    bar = _Bar(shown=sys.stderr.isatty() and not printing)
    watch = Watch(seen=bar.seen, pushed=bar.pushed, stopping=stop.asked, finished=reports.append)

    async def go() -> Report:
        stop.install(asyncio.get_running_loop())
        return await app.run(target, options, watch)

    try:
        with bar:
            run_program(go())
    finally:
        if reports:
            tell(reports[-1].as_json(), screens.show_report, printing)
    return reports[-1].exit_code


class _Stop:
    """The first SIGINT or SIGTERM lets the run finish the calls in hand; a second SIGINT cancels it."""

    def __init__(self) -> None:
        self._asked = False

    def asked(self) -> bool:
        """Whether the run should end."""
        return self._asked

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen for signals."""
        main = asyncio.current_task(loop)

        def interrupted() -> None:
            if self._asked and main is not None:
                main.cancel()
            self._asked = True

        loop.add_signal_handler(signal.SIGINT, interrupted)
        loop.add_signal_handler(signal.SIGTERM, interrupted)


class _Bar:
    """Items seen and documents accepted, on a terminal's standard error."""

    def __init__(self, *, shown: bool) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed} of {task.total} items seen"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=not shown,
            transient=True,
        )
        self._task = self._progress.add_task("accepted", total=0)
        self._total = 0

    def __enter__(self) -> _Bar:
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
