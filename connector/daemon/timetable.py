"""
What the schedules make due, asked of the engine: as they fire, after a pause, and after the clock was set.

The scheduler goes by the clock of this machine; what is due is named by the moment that a schedule says, which is the
same for every service that has it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC

import msgspec
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from connector.app import App
from connector.daemon.due import Due
from connector.daemon.ocr_lane import OcrLane
from connector.daemon.schedule import last_time, make_trigger
from connector.engine.lasting_trouble import LastingTrouble
from connector.errors import ConnectorError
from connector.machine.clock_jump import ClockJump
from connector.machine.shared_clock import FAR_S
from connector.plan.item import Mode
from connector.ports.engine import PEOPLE, Work

ONCE = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
"""What fired while this process stood still is done once, however late it is."""


class Clocks(msgspec.Struct, frozen=True, kw_only=True):
    """What the time is."""

    wall: Callable[[], float]
    """As the scheduler has it; watched for jumps."""
    told: Callable[[], float]
    """As every service with this ledger has it."""

    def for_all(self) -> float:
        """By the clock that the scheduler goes by, unless it is far from the one that every service with this ledger has."""
        wall, told = self.wall(), self.told()
        return wall if abs(wall - told) < FAR_S else told


class Timetable:
    """The schedules of one service."""

    def __init__(
        self,
        app: Callable[[], App],
        due: Due,
        ocr: OcrLane,
        clocks: Clocks,
        ask: Callable[[Work], None],
        *,
        jitter_s: int,
    ) -> None:
        """
        Args:
            app: as the settings are now.
            ask: has work done.
        """
        self._of_now = app
        self._due = due
        self._ocr = ocr
        self._clocks = clocks
        self._ask = ask
        self._jitter_s = jitter_s
        # triggers know the zone; nothing is counted on its clock
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=ONCE)
        self._clock_jump = ClockJump(clocks.wall, time.monotonic)
        self._away = LastingTrouble()
        """A ledger that does not say whether a full run that waited may begin."""
        self._log = structlog.get_logger()

    @property
    def _app(self) -> App:
        return self._of_now()

    def start(self) -> None:
        """Let schedules fire."""
        self._scheduler.start()

    def stop(self) -> None:
        """None fires any more."""
        self._scheduler.shutdown(wait=False)

    def plan(self) -> None:
        """Give every schedule its next firing, as the clock is now."""
        settings = self._app.settings
        self._scheduler.remove_all_jobs()
        for name in settings.targets:
            for mode in (Mode.DELTA, Mode.FULL):
                self._plan(self.fire, self._cron_of(mode), name, mode)
            self._plan(self._fire_people, settings.people.every, name)
        self._plan(self._ocr.fire, self._ocr.cron)

    def _plan(self, fire: Callable[..., Awaitable[None]], cron: str, *args: str) -> None:
        if cron:
            trigger = make_trigger(cron, self._app.settings.schedule.timezone, jitter_s=self._jitter_s)
            self._scheduler.add_job(fire, trigger, args=args)

    def next_runs(self) -> dict[str, str]:
        """When which mode of run is next, as the log tells it."""
        times = {
            job.args[1].value: job.next_run_time for job in self._scheduler.get_jobs() if len(job.args) > 1
        }
        return {f"next_{mode}": at.isoformat(timespec="seconds") for mode, at in times.items()}

    # -- what is due --------------------------------------------------------------------------

    async def fire(self, target: str, mode: Mode) -> None:
        """A schedule fired. A coroutine, since APScheduler takes plain functions to another thread."""
        self._ask_due(target, mode, self._cron_of(mode))

    async def _fire_people(self, target: str) -> None:
        """Memberships are due."""
        self._ask_due(target, PEOPLE, self._app.settings.people.every)

    def ask(self, target: str, mode: Mode) -> None:
        """Have a run done as soon as may be; whoever asks twice within a minute gets one."""
        self._ask(Work(mode.value, target, self._clocks.for_all() // 60 * 60))

    def ask_again(self, target: str, mode: Mode) -> None:
        """Have done anew what was ended before its time, also where it was asked for within this minute."""
        self._ask(Work(mode.value, target, self._clocks.for_all()))

    def catch_up(self, *, without: Collection[str] = ()) -> None:
        """
        Do at once what fell due while the service was down.

        Args:
            without: targets whose run is under way.

        Raises:
            LedgerError: it cannot be asked now.
        """
        self._ocr.catch_up()
        for name in self._app.settings.targets:
            mode = self._due.missed(name) if name not in without else None
            if mode is not None:
                self._ask_due(name, mode, self._cron_of(mode))

    def _ask_due(self, target: str, what: str, cron: str) -> None:
        """Ask for what a schedule says, by the moment that it says: the same for every service that has it."""
        due = last_time(cron, self._app.settings.schedule.timezone, before=self._clocks.for_all())
        self._ask(Work(str(what), target, due))

    def _cron_of(self, mode: Mode) -> str:
        cron: str = getattr(self._app.settings.schedule, mode.value)
        return cron

    # -- now and then -------------------------------------------------------------------------

    def look(self) -> None:
        """Do what the passing of time asks for: the end of quiet hours or of a pause, and a clock that was set."""
        self._after_a_jump()
        self._after_waiting()

    def _after_waiting(self) -> None:
        try:
            for target in self._due.waited_for(self._app.settings.targets):
                self.ask(target, Mode.FULL)
            self._away.ended(time.monotonic())
        except ConnectorError as error:
            # the ledger, for now: it waits on, and who watches must not end by it
            if self._away.is_due(time.monotonic()):
                self._log.error("ledger.unusable", why=str(error))

    def _after_a_jump(self) -> None:
        """Plan anew when the clock was set: a firing planned a day ahead would be waited for, however late it is by now."""
        if not (jump := self._clock_jump.look()):
            return
        self.plan()
        self._log.warning("clock.jumped", seconds=round(jump), **self.next_runs())
        try:
            self.catch_up()
        except ConnectorError as error:  # the ledger: the next run tells it as well
            self._log.error("ledger.unusable", why=str(error))
