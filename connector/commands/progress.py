"""A run at the terminal: signals, a progress line on standard error, and its report however it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext

import structlog

from connector.app import App
from connector.commands import screens
from connector.commands.running import tell
from connector.document.counting import Number
from connector.document.dates import clock_time
from connector.document.durations import MINUTE_S
from connector.document.states import Outcome
from connector.engine.event_loop import run_program
from connector.machine import streams
from connector.plan.item import Mode
from connector.plan.options import Options, Watch
from connector.plan.remaining_time import Outlook
from connector.plan.remaining_words import minutes_left, rest_words
from connector.plan.report import Report, stamp
from connector.wiring.after_runs import look_at_the_end


class Counts:
    """How far a run is."""

    def __init__(self, outlook: Outlook | None = None) -> None:
        self.items = 0
        self.documents = 0
        self.outlook = outlook or Outlook(time.monotonic)
        """How long the rest takes."""

    def seen(self, count: int) -> None:
        """Items appeared in listings."""
        self.items += count

    def pushed(self, count: int) -> None:
        """The target accepted documents."""
        self.documents += count


def progress_line(counts: Counts, seconds: float, width: int = 80) -> str:
    """
    Say how far a run is: time, items, documents, rate, and the rest, or why that is not known.

    Args:
        width: columns; what says least is left out of a line that would be longer.
    """
    expected = counts.outlook.items
    of = f" of {expected}" if expected > counts.items else ""
    told = [
        f"{_clock(seconds)} {counts.items}{of} {Number(counts.items if not of else expected):~item}",
        f"{counts.documents} sent",
        f"{counts.items / seconds:.0f}/s" if seconds >= 1 else "",
        rest_words(counts.outlook.rest) if seconds >= 1 and counts.outlook.measures else "",
    ]
    for leave_out in (2, 1, 3):
        if len(", ".join(filter(None, told))) > width:
            told[leave_out] = ""
    return ", ".join(filter(None, told))[:width]


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), MINUTE_S)
    hours, minutes = divmod(minutes, MINUTE_S)
    return f"{hours}:{minutes:02}:{rest:02}"


def run_and_tell(app: App, target: str, options: Options, printing: bool) -> int:
    """Do a run with progress on standard error; its report is printed however it ends."""
    reports: list[Report] = []
    stop = _Stop()
    watch = Watch(stopping=stop.asked, finished=reports.append)
    counts = Counts(watch.outlook)
    watched = is_watched(printing)

    async def go() -> None:
        stop.install(asyncio.get_running_loop())
        async with progress_of(watch, counts, watched=watched, target=target, mode=options.mode.value):
            await run_outside_quiet_hours(app, target, options, watch, watched=watched)

    try:
        run_program(go())
    finally:
        if reports:
            tell(reports[-1].as_json(), lambda one: screens.show_report(one, app.zone), printing)
    if not options.dry_run:
        run_program(look_at_the_end(app))
    if stop.terminated and reports[-1].outcome == Outcome.CANCELLED and is_a_service():
        end_as_told()
    return reports[-1].exit_code


def is_watched(printing: bool) -> bool:
    """Whether somebody looks: else progress is told in lines of the log."""
    return sys.stderr.isatty() and not printing


async def run_outside_quiet_hours(
    app: App, target: str, options: Options, watch: Watch, *, watched: bool
) -> Report:
    """Do a run; it waits for the end of quiet hours, and goes on after those that begin meanwhile."""
    while True:
        await wait_for_quiet_hours(
            lambda: app.quiet_until(target, options),
            watch.stopping,
            tell=lambda end: _tell_waiting(end, app.zone, watched=watched),
        )
        may_be_shared = options.mode is not Mode.DELTA and not options.dry_run
        with app.services.to_walk() if may_be_shared else nullcontext() as others:
            report = await app.run(target, options, watch, others)
        if not (report.cancelled and app.quiet_until(target, options)) or watch.stopping():
            return report


@asynccontextmanager
async def progress_of(watch: Watch, counts: Counts, *, watched: bool, **words: str) -> AsyncIterator[None]:
    """Tell on standard error how the runs inside go."""
    watch.seen, watch.pushed = counts.seen, counts.pushed
    if watched:
        from connector.commands.progress_bar import Bar  # somebody looks; else it need not be loaded

        with Bar(lambda seconds, width: progress_line(counts, seconds, width)):
            yield
        return
    lines = asyncio.create_task(tell_each_minute(counts, words))
    try:
        yield
    finally:
        lines.cancel()


async def wait_for_quiet_hours(
    until: Callable[[], float],
    stopping: Callable[[], bool],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    *,
    tell: Callable[[float], None] | None = None,
) -> None:
    """Wait until no source is quiet any more, and say so; no lease is held meanwhile, so deltas go on."""
    end = until()
    if end:
        (tell or _log_waiting)(end)
    while not stopping() and until():
        await pause(1)


def _log_waiting(end: float) -> None:
    structlog.get_logger().info("run.waits", until=stamp(end), why="quiet hours")


def _tell_waiting(end: float, zone: str, *, watched: bool) -> None:
    if watched:
        at = clock_time(stamp(end), zone)
        streams.write(sys.stderr, f"Quiet hours of a source: the run begins at {at} ({zone}).\n")
    else:
        _log_waiting(end)


def is_a_service() -> bool:
    """Whether systemd started this very process (systemd.exec(5), "Environment Variables")."""
    return os.environ.get("SYSTEMD_EXEC_PID") == str(os.getpid())


def end_as_told() -> None:
    """End by the signal that asked for it: to systemd a service that was stopped, and not one that failed."""
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)


async def tell_each_minute(
    counts: Counts, words: Mapping[str, str], pause: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Log how far a run is, once a minute, until cancelled: what a first load of hours is told by in a log."""
    log = structlog.get_logger()
    minutes = before = 0
    while True:
        await pause(MINUTE_S)
        minutes += 1
        left = minutes_left(counts.outlook.rest)
        log.info(
            "run.progress",
            items=counts.items,
            documents=counts.documents,
            documents_this_minute=counts.documents - before,
            minutes=minutes,
            **({} if left is None else {"minutes_left": left}),
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
                    sys.stderr,
                    "Stopping once the calls under way are finished. Press Ctrl-C again to stop at once.\n",
                )
            self._asked = True

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, interrupted, number)
