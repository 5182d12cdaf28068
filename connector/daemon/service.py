"""
The daemon: its life, signals, lanes and settings, with the status server beside it; `timetable` says what is due when.

Each target has a lane: one task that does its runs one after the other, so that two schedules never meet.
Runs started elsewhere (a person's `sync`, a backfill) are met at the lease: a due run is then skipped and said.

    SIGTERM, SIGINT   the batch in hand is finished, the rest is left to the next start; exit 0 within 20 seconds
    SIGHUP            settings are read again; a run under way ends by those that it began with, at once where they show too much
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import msgspec
import structlog

from connector.app import App
from connector.daemon import background_tasks
from connector.daemon.at_start import LedgerAtStart, begin_to_take_work
from connector.daemon.changes import differences
from connector.daemon.due import Due
from connector.daemon.ended_runs import EndedRuns
from connector.daemon.engines import engine_of
from connector.daemon.executor import ServiceExecutor
from connector.daemon.lane import Decided, Gates, Lane, Listeners
from connector.daemon.ocr_lane import OcrLane
from connector.daemon.progress import SPARE_S, Patience, Progress
from connector.daemon.seats import Seats
from connector.daemon.supervisor import Supervisor
from connector.daemon.timetable import Clocks, Timetable
from connector.daemon.waits import Waits
from connector.engine.rounds import Pulse
from connector.engine.task_group import begun
from connector.errors import ConnectorError, LedgerAway, LedgerError
from connector.http.retries import REFUSED_FOR_S
from connector.ledger.settings_amid_run import note_settings_read
from connector.machine import early_signals
from connector.machine.lock import serving
from connector.machine.storage import words_of_error
from connector.pages.server import StatusServer
from connector.plan.item import Mode
from connector.ports.engine import Engine
from connector.status.metrics import Metrics
from connector.wiring.after_runs import look_now_and_then

JITTER_S = 20
"""A scheduled run is late by up to this, so that many connectors do not call their hosts in the same second."""
GRACE_S = 12.0
"""How long a run may finish what it has in hand after SIGTERM."""
CANCEL_S = 3.0
"""How long a cancelled run may clean up, before the process ends without it."""
BEAT_S = 10.0
"""How often progress is looked at, where the supervisor does not ask for more."""
NEWS_S = 20.0
"""How often it is looked whether somebody is to be told of something."""
BUG = "An error of the connector, or of a package that brings a source, kept them from being taken ({}); the log has it as settings.bug"
ANOTHER = "Another service works with this ledger, so each run that is due is done by both, one after the other. End one of them"
FIXED_AT_START = frozenset({"ledger.url", "service.listen"})
"""Settings that a running service cannot change."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How often and how late the service looks at things."""

    patience: Patience | None = None
    """How long a run may stand still; None: what the settings' time-outs ask for."""
    beat_s: float = BEAT_S
    jitter_s: int = JITTER_S
    news_s: float = NEWS_S
    pulse: Pulse = Pulse()
    """Of a worker among others."""


class Service:
    """
    The connector as a daemon.

    Args:
        load: reads the settings and makes the connector; called again at SIGHUP.
        wall: the clock that the scheduler goes by; watched for jumps.
        pace: how often and how late things are looked at.
    """

    def __init__(
        self,
        load: Callable[[], App],
        *,
        supervisor: Supervisor | None = None,
        clock: Callable[[], float] | None = None,
        wall: Callable[[], float] = time.time,
        pace: Pace | None = None,
    ) -> None:
        self._load = load
        self._clock = clock or self._now
        self._pace = pace or Pace()
        self._supervisor = supervisor or Supervisor()
        self._app = load()
        self.metrics = Metrics()
        self.address = ""
        """Where the status page is; empty before it listens."""
        self.refused = ""
        """Why the settings were refused when they were read last; empty where they were not."""
        self._lanes: dict[str, Lane] = {}
        self._due = Due(self._app_of_now, clock=self._clock, jitter_s=self._pace.jitter_s)
        self._hup = asyncio.Event()
        self._gates = Gates(stop=asyncio.Event(), open=asyncio.Event())
        self._listeners = Listeners(self._supervisor, self.metrics)
        self._ocr = OcrLane(self._app_of_now, clock=self._clock, ask=lambda work: self._engine.ask(work))
        self.timetable = Timetable(
            self._app_of_now,
            self._due,
            self._ocr,
            Clocks(wall=wall, told=self._clock),
            lambda work: self._engine.ask(work),
            jitter_s=self._pace.jitter_s,
        )
        self._ended = EndedRuns(self._lanes, self.timetable.ask_again)
        self._seats = Seats(self._app_of_now, self._gates, self._listeners)
        executor = ServiceExecutor(self._app_of_now, self._lanes, self._ocr, self._gates, self._seats)
        self._engine: Engine = engine_of(self._app_of_now, executor, self._pace.pulse)
        self._at_start = LedgerAtStart(self._app_of_now, self._supervisor, self.metrics, self._lanes)
        self._log = structlog.get_logger()
        self.server = StatusServer(
            app=lambda: self._app,
            metrics=self.metrics,
            lanes=lambda: self.progress,
            clock=self._clock,
            refused=lambda: self.refused,
            decide=Decided(self._lanes),
        )

    @property
    def progress(self) -> dict[str, Progress]:
        """How far each target's run is."""
        return {name: lane.progress for name, lane in self._lanes.items()}

    # -- life ---------------------------------------------------------------------------------

    async def serve(self) -> None:
        """
        Serve until `stop` is called or a signal asks for it.

        Raises:
            ConnectorError: the ledger cannot be opened, or the address cannot be listened on.
        """
        signals = {signal.SIGTERM: self.stop, signal.SIGINT: self.stop, signal.SIGHUP: self.reload}
        # as soon as may be: unheard, SIGHUP would end it, and systemd leave it so
        async with _heard(signals):
            await self._at_start.open(self._gates.stop)
            file = self._app.ledger_file
            if not self._gates.stop.is_set():
                if file is not None and self._app.services.serve():  # else they share what is due
                    self._log.warning("service.another", why=ANOTHER)
                with serving(file.parent if file else None):
                    await self._serve()

    async def _serve(self) -> None:
        self._gates.open.set()
        async with self.server.serving(self._app.settings.service.listen) as address:
            self._log.info("service.listening", address=address)
            self.timetable.start()
            self._arrange()
            await begin_to_take_work(self._engine, self._gates.stop)
            self._catch_up()
            watching = asyncio.create_task(self._watch())
            around = background_tasks.begin(
                self._app_of_now,
                self._at_start.notifier,
                self.metrics,
                every_s=self._pace.news_s,
                leads=self._engine.leads,
                refused=lambda: self.refused,
            )
            waits = look_now_and_then(
                "beside", Waits(self._app_of_now, lambda: self.progress).look, every_s=self._pace.beat_s
            )
            around.append(asyncio.create_task(waits))
            reloading = asyncio.create_task(self._reload_when_asked())
            self.address = address
            self._supervisor.tell("READY=1", "STATUS=waiting for the next run")
            self._log.info("service.started", targets=list(self._lanes), **self.timetable.next_runs())
            try:
                await self._gates.stop.wait()
                self._supervisor.tell("STOPPING=1", "STATUS=finishing the batch in hand")
                self._log.info("service.stopping")
                await self._end_runs()
            finally:
                await self._ocr.stop()
                self.timetable.stop()
                await self._engine.end()
                await _end_tasks(
                    reloading,
                    watching,
                    *around,
                    *self._ended.made_up,
                    *(lane.worker for lane in self._lanes.values()),
                )
        self._log.info("service.stopped")

    def _catch_up(self) -> None:
        try:
            self.timetable.catch_up()
        except LedgerAway as error:  # the next run tells it as well, and does what was missed
            self._log.error("ledger.unusable", why=str(error))

    def stop(self) -> None:
        """Finish what is in hand and end."""
        self._gates.stop.set()

    def reload(self) -> None:
        """Read the settings again."""
        self._hup.set()

    @property
    def _under_way(self) -> set[asyncio.Task[Any]]:
        return {task for lane in self._lanes.values() for task in lane.under_way} | self._seats.under_way

    def _app_of_now(self) -> App:
        return self._app

    def _now(self) -> float:
        return self._app.now()

    async def _end_runs(self) -> None:
        runs = self._under_way
        if not runs:
            return
        _, late = await asyncio.wait(runs, timeout=GRACE_S)
        for run in late:
            run.cancel()
        if late:
            await asyncio.wait(late, timeout=CANCEL_S)

    # -- what is due --------------------------------------------------------------------------

    def _arrange(self) -> None:
        """Make lanes and scheduler jobs fit the settings."""
        settings = self._app.settings
        for name in [one for one in self._lanes if one not in settings.targets]:
            worker = self._lanes.pop(name).worker
            if worker is not None:
                worker.cancel()
        patience = self._pace.patience or Patience(
            without_answer_s=max(settings.http.session_timeout_s, REFUSED_FOR_S) + SPARE_S
        )
        for name in settings.targets:
            if name in self._lanes:
                self._lanes[name].be_patient(patience)
                continue
            progress = Progress(patience, time.monotonic)
            lane = self._lanes[name] = Lane(
                name, progress, self._app_of_now, self._due, self._gates, self._listeners
            )
            lane.others = lambda: self._engine.others
            lane.begin()
        self.timetable.plan()

    def ask(self, target: str, mode: Mode) -> None:
        """Have a run done as soon as may be; a delta that is due during another run is skipped, a full run waits."""
        self.timetable.ask(target, mode)

    # -- progress -----------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Tell the supervisor of progress, and of nothing else; end what stands still."""
        asked = self._supervisor.watchdog_s
        pause = min(self._pace.beat_s, asked / 3) if asked else self._pace.beat_s
        while True:
            self.timetable.look()
            advancing = [lane.advances() for lane in self._lanes.values()]
            if all(advancing):
                words = "; ".join(lane.progress.words() for lane in self._lanes.values())
                self._supervisor.tell("WATCHDOG=1", f"STATUS={words}")
            await asyncio.sleep(pause)

    # -- settings -----------------------------------------------------------------------------

    async def _reload_when_asked(self) -> None:
        while True:
            await self._hup.wait()
            self._hup.clear()
            try:
                if (app := self._read_settings()) is not None:
                    await self._take_settings(app)
            except ConnectorError as error:  # the ledger: what was interrupted goes on with the next night
                self._log.error("ledger.unusable", why=str(error))
            except Exception as error:  # noqa: BLE001 - a bug of ours; the old settings stay
                self._refuse(BUG.format(type(error).__name__))
                self._log.exception("settings.bug")
            finally:
                if not self._hup.is_set():  # else what is read next says whether any may begin
                    self._gates.open.set()  # whatever happened: else no run would ever begin again

    def _read_settings(self) -> App | None:
        """The connector by the settings as they are now; None where they are refused."""
        try:
            app = self._load()
        except (ConnectorError, OSError) as error:
            self._refuse(words_of_error(error) or str(error))
            self._log.error("settings.refused", key=getattr(error, "key", ""), why=self.refused)
            return None
        fixed = [key for key in differences(self._app.settings, app.settings) if key in FIXED_AT_START]
        if not fixed and app.ledger_file != self._app.ledger_file:  # a link, which leads elsewhere by now
            fixed = ["ledger.url"]
        if fixed:
            self._refuse(f"{', '.join(fixed)}: a change takes effect after a restart of the service")
            self._log.error("settings.refused", keys=fixed, why=self.refused)
            return None
        return app

    def _refuse(self, why: str) -> None:
        """Have the page, and whoever types `connector status`, be told why the settings were refused; empty: they were taken."""
        self.refused = why
        self._app.services.leave_words(why)

    async def _take_settings(self, app: App) -> None:
        """
        Go by other settings: at once, but for what is under way, which goes on by those that it began with.

        A target that they lack, or of which they give a source to another one, ends its run first. A run that would go on showing somebody
        more than they do ends as soon as may be, and one of its kind begins. What is to be read again meanwhile takes their place.
        """
        for name, lane in self._lanes.items():
            if lane.run is not None and _shows_less(name, self._app, app):
                self._ended.end(name)
        leaving = {
            task
            for name, lane in self._lanes.items()
            if name not in app.settings.targets or _gives_away(name, self._app, app)
            for task in lane.under_way
        }
        if leaving:
            self._gates.open.clear()
            why = "a run is under way of a target that is taken out, or whose source goes to another one"
            self._log.info("settings.waiting", why=why)
            async with begun(self._hup.wait()) as heard, begun(asyncio.wait(leaving)) as over:
                await asyncio.wait([heard, over], return_when=asyncio.FIRST_COMPLETED)
            if self._hup.is_set():
                return
        await self._ocr.interrupt()
        changes = differences(self._app.settings, app.settings)
        app.share_readers(self._app)
        self._app = app
        self._refuse("")
        self._arrange()
        busy = [name for name, lane in self._lanes.items() if lane.under_way]
        await self._note_settings_read(busy)
        ended = self._ended.make_up()
        later = {"later_for": [name for name in busy if name not in ended], "ends_first": ended}
        self._log.info("settings.reloaded", changed=changes, **later, **self.timetable.next_runs())
        self.timetable.catch_up(without=busy)

    async def _note_settings_read(self, busy: Sequence[str]) -> None:
        """Have page and terminal say of what is under way that it goes by the settings of before."""

        def note() -> None:
            with self._app.ledger() as ledger:
                for name in busy:
                    note_settings_read(ledger.notes(""), name, at=self._clock())

        try:
            await asyncio.to_thread(note)
        except LedgerError as error:
            self._log.error("ledger.unusable", why=str(error))


def _gives_away(target: str, before: App, now: App) -> bool:
    """Whether a source of a target goes to another one by other settings: two runs would read it side by side."""
    lost = set(before.sources_of(target)) - set(now.sources_of(target))
    return any(name in now.settings.sources for name in lost)


def _shows_less(target: str, before: App, now: App) -> bool:
    """Whether somebody may see less of a target by other settings."""
    sources, after = before.settings.sources, now.settings.sources
    return any(sources[name].shows_less(after.get(name)) for name in before.sources_of(target))


@contextlib.asynccontextmanager
async def _heard(handlers: Mapping[signal.Signals, Callable[[], None]]) -> AsyncIterator[None]:
    """Inside, signals do this."""
    loop = asyncio.get_running_loop()
    for number, handler in handlers.items():
        loop.add_signal_handler(number, handler)
    early_signals.let_come()
    try:
        yield
    finally:
        for number in handlers:
            loop.remove_signal_handler(number)


async def _end_tasks(*tasks: asyncio.Task[None] | None) -> None:
    left = [task for task in tasks if task is not None]
    for task in left:
        task.cancel()
    await asyncio.wait(left, timeout=1)
