"""A run at the terminal: signals, a progress bar on standard error, and its report however it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import structlog

from connector.app import App
from connector.commands import screens
from connector.commands.running import tell
from connector.engine.together import run_program
from connector.machine import streams
from connector.plan.options import Options, Watch
from connector.plan.report import Report, stamp

MINUTE_S = 60


class Counts:
    """How far a run is."""

    def __init__(self) -> None:
        self.items = 0
        self.documents = 0

    def seen(self, count: int) -> None:
        """Items appeared in listings."""
        self.items += count

    def pushed(self, count: int) -> None:
        """The target accepted documents."""
        self.documents += count


def run_and_tell(app: App, target: str, options: Options, printing: bool) -> int:
    """Do a run with progress on standard error; its report is printed however it ends."""
    reports: list[Report] = []
    stop = _Stop()
    watch = Watch(stopping=stop.asked, finished=reports.append)

    async def go() -> Report:
        stop.install(asyncio.get_running_loop())
        while True:
            await wait_for_quiet_hours(lambda: app.quiet_until(target, options), stop.asked)
            report = await app.run(target, options, watch)
            if not (report.cancelled and app.quiet_until(target, options)) or stop.asked():
                return report

    try:
        if sys.stderr.isatty() and not printing:
            _run_with_a_bar(go(), watch)
        else:
            _run_with_lines(go(), watch, target=target, mode=options.mode.value)
    finally:
        if reports:
            tell(reports[-1].as_json(), screens.show_report, printing)
    if stop.terminated and reports[-1].outcome == "cancelled" and is_a_service():
        end_as_told()
    return reports[-1].exit_code


async def wait_for_quiet_hours(
    until: Callable[[], float],
    stopping: Callable[[], bool],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Wait until no source is quiet any more, and say so; no lease is held meanwhile, so deltas go on."""
    end = until()
    if end:
        structlog.get_logger().info("run.waits", until=stamp(end), why="quiet hours")
    while not stopping() and until():
        await pause(1)


def is_a_service() -> bool:
    """Whether systemd started this very process (systemd.exec(5), "Environment Variables")."""
    return os.environ.get("SYSTEMD_EXEC_PID") == str(os.getpid())


def end_as_told() -> None:
    """End by the signal that asked for it: to systemd a service that was stopped, and not one that failed."""
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)


def _run_with_a_bar(work: Coroutine[Any, Any, Report], watch: Watch) -> None:
    from connector.commands.bar import Bar  # somebody looks; else it need not be loaded

    bar = Bar()
    watch.seen, watch.pushed = bar.seen, bar.pushed
    with bar:
        run_program(work)


def _run_with_lines(work: Coroutine[Any, Any, Report], watch: Watch, **words: str) -> None:
    counts = Counts()
    watch.seen, watch.pushed = counts.seen, counts.pushed

    async def go() -> None:
        lines = asyncio.create_task(tell_each_minute(counts, words))
        try:
            await work
        finally:
            lines.cancel()

    run_program(go())


async def tell_each_minute(
    counts: Counts, words: Mapping[str, str], pause: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Log how far a run is, once a minute, until cancelled: what a first load of hours is told by in a log."""
    log = structlog.get_logger()
    minutes = before = 0
    while True:
        await pause(MINUTE_S)
        minutes += 1
        log.info(
            "run.progress",
            items=counts.items,
            documents=counts.documents,
            documents_this_minute=counts.documents - before,
            minutes=minutes,
            **words,
        )
        before = counts.documents


class _Stop:
    """The first SIGINT or SIGTERM lets the run finish the calls in hand; a second SIGINT cancels it."""

    def __init__(self) -> None:
        self._asked = False
        self.terminated = False
        """Whether it was SIGTERM that asked first."""

    def asked(self) -> bool:
        """Whether the run should end."""
        return self._asked

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen for signals."""
        main = asyncio.current_task(loop)

        def interrupted(number: int) -> None:
            if self._asked and main is not None:
                main.cancel()
            if not self._asked:
                self.terminated = number == signal.SIGTERM
                streams.write(
                    sys.stderr, "Stopping: the calls in hand are finished. Once more ends them, too.\n"
                )
            self._asked = True

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, interrupted, number)
