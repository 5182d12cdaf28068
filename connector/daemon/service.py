"""
The daemon: when runs are due, signals, one tick; and the status server beside it.

Each target has a lane: one task that does its runs one after the other, so that two schedules never meet.
Runs started elsewhere (a person's `sync`, a backfill) are met at the lease: a due run is then skipped and said.

    SIGTERM, SIGINT   the batch in hand is finished, the rest is left to the next start; exit 0 within 20 seconds
    SIGHUP            settings are read again between runs

This module is the one home of `except Exception`: a bug ends its run, never the service.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import signal
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from pydantic import BaseModel, SecretStr

from connector.app import App
from connector.daemon.people_lane import plan_turns
from connector.daemon.progress import SPARE_S, Patience, Progress
from connector.daemon.schedule import make_trigger, was_due
from connector.daemon.supervisor import Supervisor
from connector.errors import ConnectorError, LeaseHeld, SettingsError
from connector.http.pauses import REFUSED_FOR_S
from connector.machine.storage import words_of_error
from connector.plan.item import Mode
from connector.plan.options import Watch
from connector.plan.report import Report, stamp
from connector.status.metrics import Metrics
from connector.status.server import StatusServer

JITTER_S = 20
"""A scheduled run is late by up to this, so that many connectors do not call their hosts in the same second."""
GRACE_S = 12.0
"""How long a run may finish what it has in hand after SIGTERM."""
CANCEL_S = 3.0
"""How long a cancelled run may clean up, before the process ends without it."""
LOST_S = 300.0
"""A stalled run that has not even ended so long after it was cancelled (it may wait for calls in hand): the supervisor has to act."""
JUMP_S = 30.0
"""A clock that moved this much against the time that passed was set; the machine may also have slept."""
BEAT_S = 10.0
"""How often progress is looked at, where the supervisor does not ask for more."""
FULL_AGAIN_S = 3_600.0
"""Pause after a full run that failed; deltas go on meanwhile."""
FIXED_AT_START = frozenset({"ledger.url", "service.listen", "service.token"})
"""Settings that a running service cannot change."""


class Lane:
    """The runs of one target, one after the other."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.wake = asyncio.Event()
        self.wanted: Mode | None = None
        self.people_wanted = False
        self.turn: asyncio.Task[Report | None] | None = None
        """People's turn between two runs."""
        self.run: asyncio.Task[Report] | None = None
        self.cancelled_at: float | None = None
        """When its stalled run was cancelled."""
        self.worker: asyncio.Task[None] | None = None


class Service:
    """
    The connector as a daemon.

    Args:
        load: reads the settings and makes the connector; called again at SIGHUP.
        wall: the clock that the scheduler goes by; watched for jumps.
        patience: how long a run may stand still; by default what the settings' time-outs ask for.
    """

    def __init__(
        self,
        load: Callable[[], App],
        *,
        supervisor: Supervisor | None = None,
        clock: Callable[[], float] = time.time,
        wall: Callable[[], float] = time.time,
        patience: Patience | None = None,
        beat_s: float = BEAT_S,
        jitter_s: int = JITTER_S,
    ) -> None:
        self._load = load
        self._clock = clock
        self._wall = wall
        self._beat_s = beat_s
        self._jitter_s = jitter_s
        self._patience = patience
        self._supervisor = supervisor or Supervisor()
        self._app = load()
        self.metrics = Metrics()
        self.address = ""
        """Where the status page is; empty before it listens."""
        self._lanes: dict[str, Lane] = {}
        self._put_off: set[str] = set()
        """Targets whose full run waits for the end of quiet hours."""
        self._scheduler = AsyncIOScheduler(
            timezone=UTC
        )  # triggers know the zone; nothing is counted on its clock
        self._stop = asyncio.Event()
        self._hup = asyncio.Event()
        self._open = asyncio.Event()
        """Runs may start; closed while settings are read again."""
        self._log = structlog.get_logger("connector.service")
        self.server = StatusServer(
            app=lambda: self._app, metrics=self.metrics, lanes=lambda: self.progress, clock=clock
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
        with self._app.ledger() as ledger:  # migrates it, and finds out now whether it can be used
            self.metrics.start(ledger, list(self._app.settings.targets))
        self._open.set()
        async with self.server.serving(self._app.settings.service.listen) as address, self._signals():
            self._log.info("service.listening", address=address)
            self._scheduler.start()
            self._arrange()
            self._catch_up()
            watching = asyncio.create_task(self._watch())
            reloading = asyncio.create_task(self._reload_when_asked())
            self.address = address
            self._supervisor.tell("READY=1", "STATUS=waiting for the next run")
            self._log.info("service.started", targets=list(self._lanes), **self._next_runs())
            try:
                await self._stop.wait()
                self._supervisor.tell("STOPPING=1", "STATUS=finishing the batch in hand")
                self._log.info("service.stopping")
                await self._end_runs()
            finally:
                self._scheduler.shutdown(wait=False)
                await _end_tasks(reloading, watching, *(lane.worker for lane in self._lanes.values()))
        self._log.info("service.stopped")

    def stop(self) -> None:
        """Finish what is in hand and end."""
        self._stop.set()

    def reload(self) -> None:
        """Read the settings again, between runs."""
        self._hup.set()

    @contextlib.asynccontextmanager
    async def _signals(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        handlers = {signal.SIGTERM: self.stop, signal.SIGINT: self.stop, signal.SIGHUP: self.reload}
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            yield
        finally:
            for number in handlers:
                loop.remove_signal_handler(number)

    async def _end_runs(self) -> None:
        runs: set[asyncio.Task[Any]] = {
            task for lane in self._lanes.values() for task in (lane.run, lane.turn) if task is not None
        }
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
        patience = self._patience or Patience(
            without_answer_s=max(settings.http.session_timeout_s, REFUSED_FOR_S) + SPARE_S
        )
        for name in settings.targets:
            if name in self._lanes:
                self._lanes[name].progress.patience = patience
                continue
            lane = self._lanes[name] = Lane(Progress(patience, time.monotonic))
            lane.worker = asyncio.create_task(self._work(name, lane))
        self._plan_jobs()

    def _plan_jobs(self) -> None:
        """Give every schedule its next firing, as the clock is now."""
        settings = self._app.settings
        self._scheduler.remove_all_jobs()
        for name in settings.targets:
            for mode, cron in ((Mode.DELTA, settings.schedule.delta), (Mode.FULL, settings.schedule.full)):
                if cron:
                    self._scheduler.add_job(
                        self._fire,
                        make_trigger(cron, settings.schedule.timezone, jitter_s=self._jitter_s),
                        args=(name, mode),
                        coalesce=True,
                        max_instances=1,
                        misfire_grace_time=None,
                    )
        plan_turns(
            self._scheduler,
            self._fire_people,
            settings.targets,
            cron=settings.people.every,
            timezone=settings.schedule.timezone,
            jitter_s=self._jitter_s,
        )

    async def _fire_people(self, target: str) -> None:
        """Memberships are due; a run that is under way asks for them itself."""
        lane = self._lanes[target]
        if lane.run is None:
            lane.people_wanted = True
            lane.wake.set()

    async def _fire(self, target: str, mode: Mode) -> None:
        """A schedule fired. A coroutine, since APScheduler takes plain functions to another thread."""
        self.ask(target, mode)

    def ask(self, target: str, mode: Mode) -> None:
        """Have a run done as soon as may be; a delta that is due during another run is skipped, a full run waits."""
        lane = self._lanes[target]
        if lane.run is not None and mode is not Mode.FULL:
            self._log.info("run.skipped", target=target, mode=mode.value, why="another run is under way")
            return
        lane.wanted = Mode.FULL if Mode.FULL in (mode, lane.wanted) else mode
        lane.wake.set()

    def _catch_up(self) -> None:
        """Do at once what fell due while the service was down."""
        schedule, now = self._app.settings.schedule, self._clock()
        for name in self._lanes:
            with self._app.ledger() as ledger:
                last = ledger.runs(name).last(finished=False)
            if self._full_due(name):
                self.ask(name, Mode.FULL)
            elif schedule.delta and (
                last is None
                or was_due(schedule.delta, schedule.timezone, since=last.started_at + self._jitter_s, now=now)
            ):
                self.ask(name, Mode.DELTA)

    def _full_due(self, target: str) -> bool:
        """Whether a full run should be next, and may be."""
        return self._full_wanted(target) and not self._waits(target)

    def _waits(self, target: str) -> bool:
        """Whether a full run has to wait for the end of quiet hours; it is then done at their end."""
        until = self._app.quiet_until(target)
        if until and target not in self._put_off:
            self._put_off.add(target)
            self._log.info("run.waits", target=target, mode="full", until=stamp(until), why="quiet hours")
        return until > 0

    def _after_quiet_hours(self) -> None:
        """Do the full runs that waited."""
        for target in [one for one in self._put_off if not self._app.quiet_until(one)]:
            self._put_off.discard(target)
            if target in self._lanes and self._full_due(target):
                self.ask(target, Mode.FULL)

    def _full_wanted(self, target: str) -> bool:
        """Whether a full run should be next: none was done yet, one was missed, or the last run asks for one."""
        if self._app.next_mode(target) is Mode.FULL:
            return True
        schedule, now = self._app.settings.schedule, self._clock()
        if not schedule.full:
            return False
        with self._app.ledger() as ledger:
            last = ledger.browse(target).last_whole_full()
        if last is None:
            return True
        outcome, started = last
        if outcome in {"cancelled", "killed"}:
            return True
        if outcome == "failed":
            return now >= started + FULL_AGAIN_S
        # the jitter keeps the firing that the last full run answered from counting again
        return was_due(schedule.full, schedule.timezone, since=started + self._jitter_s, now=now)

    # -- runs ---------------------------------------------------------------------------------

    async def _work(self, target: str, lane: Lane) -> None:
        while True:
            await lane.wake.wait()
            await self._open.wait()
            lane.wake.clear()
            asked, lane.wanted = lane.wanted, None
            people, lane.people_wanted = lane.people_wanted, False
            if self._stop.is_set():
                continue
            if asked is not None:
                await self._tick(target, lane, asked)
            elif people:
                await self._take_turn(target, lane)

    async def _take_turn(self, target: str, lane: Lane) -> None:
        """Have people's turn between two runs, whatever becomes of it."""
        try:
            lane.progress.begin("people")
            lane.turn = asyncio.create_task(self._observed(lane).take_turn(target))
            await asyncio.wait({lane.turn})
            report = lane.turn.result()
            if report is None:
                self._log.info("people.turn_left_to_the_next_run", target=target)
            else:
                self._log.info(
                    "people.turn",
                    target=target,
                    pushed=report.people.pushed,
                    removed=report.people.removed,
                    held=report.people.held,
                    oldest_h=report.people.oldest_h,
                )
        except LeaseHeld as error:
            self._log.info("people.skipped", target=target, why=str(error))
        except ConnectorError as error:
            self._log.error("people.failed", target=target, error=str(error))
        except asyncio.CancelledError:
            if lane.turn is None or not lane.turn.cancelled():
                raise
        except Exception:  # noqa: BLE001 - a bug of ours ends the turn; the next run goes on from what is confirmed
            self._log.exception("people.bug", target=target)
        finally:
            lane.progress.end()
            lane.turn = None
            lane.cancelled_at = None

    def _observed(self, lane: Lane) -> App:
        def observe(host: str, method: str, path: str, status: str, seconds: float) -> None:
            lane.progress.answer(status)
            self.metrics.observe(host, method, path, status, seconds)

        return self._app.observed(observe)

    async def _tick(self, target: str, lane: Lane, asked: Mode) -> None:
        """Do one run, whatever becomes of it."""
        if asked is Mode.FULL and self._waits(target):
            return
        try:
            mode = Mode.FULL if asked is Mode.FULL or self._full_due(target) else asked
            lane.progress.begin(mode.value)
            lane.run = asyncio.create_task(self._run(target, lane, mode))
            await asyncio.wait({lane.run})
            report = lane.run.result()
            self._supervisor.tell(f"STATUS=last {mode.value} run: {report.outcome}")
        except LeaseHeld as error:
            self._log.info("run.skipped", target=target, mode=asked.value, why=str(error))
        except ConnectorError as error:
            self._log.error("run.failed", target=target, error=str(error))
        except asyncio.CancelledError:
            if lane.run is None or not lane.run.cancelled():
                raise
            self._log.warning("run.cancelled", target=target)
        except OSError as error:
            words = words_of_error(error)
            if words:
                self._log.error("run.failed", target=target, error=words)
            else:
                self._log.exception("run.bug", target=target)
        except Exception:  # noqa: BLE001 - a bug of ours ends the run; the next one goes on from what is confirmed
            self._log.exception("run.bug", target=target)
        finally:
            lane.progress.end()
            lane.run = None
            lane.cancelled_at = None

    async def _run(self, target: str, lane: Lane, mode: Mode) -> Report:
        app = self._observed(lane)
        watch = Watch(seen=lane.progress.see, pushed=lane.progress.push, stopping=self._stop.is_set)
        return await app.run(target, app.options(target, mode), watch)

    # -- progress -----------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Tell the supervisor of progress, and of nothing else; end what stands still."""
        asked = self._supervisor.watchdog_s
        pause = min(self._beat_s, asked / 3) if asked else self._beat_s
        ahead = self._wall() - time.monotonic()
        while True:
            ahead = self._after_a_jump(ahead)
            self._after_quiet_hours()
            advancing = [self._advances(name, lane) for name, lane in self._lanes.items()]
            if all(advancing):
                words = "; ".join(lane.progress.words() for lane in self._lanes.values())
                self._supervisor.tell("WATCHDOG=1", f"STATUS={words}")
            await asyncio.sleep(pause)

    def _after_a_jump(self, ahead: float) -> float:
        """
        Plan anew when the clock was set: a firing planned a day ahead would be waited for, however late it is by now.

        Args:
            ahead: how far the clock was ahead of the monotonic one, in seconds.
        """
        now = self._wall() - time.monotonic()
        if abs(now - ahead) < JUMP_S:
            return ahead
        self._plan_jobs()
        self._log.warning("clock.jumped", seconds=round(now - ahead), **self._next_runs())
        try:
            self._catch_up()
        except ConnectorError as error:  # the ledger: the next run tells it as well
            self._log.error("ledger.unusable", why=str(error))
        return now

    def _advances(self, target: str, lane: Lane) -> bool:
        if lane.worker is None or lane.worker.done():
            return False
        if lane.cancelled_at is not None:
            return time.monotonic() - lane.cancelled_at < LOST_S
        words = lane.progress.stalled()
        under_way = lane.run or lane.turn
        if not words or under_way is None:
            return True
        self._log.error("run.stalled", target=target, why=words, tasks=_stacks())
        self.metrics.stalled(target)
        lane.cancelled_at = time.monotonic()
        under_way.cancel()
        return True

    # -- settings -----------------------------------------------------------------------------

    async def _reload_when_asked(self) -> None:
        while True:
            await self._hup.wait()
            self._hup.clear()
            self._open.clear()
            runs: set[asyncio.Task[Any]] = {
                task for lane in self._lanes.values() for task in (lane.run, lane.turn) if task is not None
            }
            if runs:
                self._log.info("settings.waiting", why="a run is under way")
                await asyncio.wait(runs)
            self._reload_now()
            self._open.set()

    def _reload_now(self) -> None:
        try:
            app = self._load()
        except SettingsError as error:
            self._log.error("settings.refused", key=error.key, why=str(error))
            return
        changes = differences(self._app.settings, app.settings)
        fixed = [key for key in changes if key in FIXED_AT_START]
        if fixed:
            self._log.error(
                "settings.refused", keys=fixed, why="changing these needs a restart of the service"
            )
            return
        self._app = app
        self._arrange()
        self._log.info("settings.reloaded", changed=changes, **self._next_runs())

    def _next_runs(self) -> dict[str, Any]:
        times = {
            job.args[1].value: job.next_run_time for job in self._scheduler.get_jobs() if len(job.args) > 1
        }
        return {f"next_{mode}": at.isoformat(timespec="seconds") for mode, at in times.items()}


def differences(old: BaseModel, new: BaseModel) -> dict[str, str]:
    """What changed between two settings, by key; a secret's values are never told."""
    before, after = dict(_leaves(old, "")), dict(_leaves(new, ""))
    told = {}
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was == now:
            continue
        secret = isinstance(was, SecretStr) or isinstance(now, SecretStr)
        told[key] = "changed" if secret else f"{was} -> {now}"
    return told


def _leaves(part: Any, path: str) -> list[tuple[str, Any]]:
    if isinstance(part, BaseModel):
        inner = {name: getattr(part, name) for name in type(part).model_fields}
    elif isinstance(part, dict):
        inner = part
    else:
        return [(path, part)]
    return [leaf for name, value in inner.items() for leaf in _leaves(value, f"{path}.{name}".lstrip("."))]


def _stacks() -> list[str]:
    """Where every task of the process waits; file names, lines and functions only."""
    told = []
    for task in asyncio.all_tasks():
        written = io.StringIO()
        task.print_stack(limit=6, file=written)
        told.append(written.getvalue().strip())
    return told


async def _end_tasks(*tasks: asyncio.Task[None] | None) -> None:
    left = [task for task in tasks if task is not None]
    for task in left:
        task.cancel()
    await asyncio.wait(left, timeout=1)
