"""What a service that begins waits for: its ledger, and whoever takes it in among others. Neither is to end it for what passes by itself."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping

import structlog

from connector.app import App
from connector.daemon.lane import Lane
from connector.daemon.supervisor import Supervisor
from connector.engine.task_group import wait_for_event
from connector.errors import ConnectorError, LedgerAway, LedgerError
from connector.ledger.trouble import may_pass
from connector.notify.notifier import Unwritten
from connector.ports.engine import Engine
from connector.status.metrics import Metrics
from connector.wiring.after_runs import Sparingly
from connector.wiring.notifications import notifier_of

AWAY_S = 60.0
"""A ledger that cannot be used for so long is told to somebody; and so long whoever is not taken in among others waits before the end: ten such starts are more than ten minutes, after which systemd would begin no more."""
AWAY_AGAIN_S = 5.0
STILL_WAITS = "EXTEND_TIMEOUT_USEC=120000000"
"""Has systemd wait on, from each time that it is told, for the end of the start. Source: sd_notify(3)."""


class LedgerAtStart:
    """
    Opens the ledger as a service begins.

    One in a file whose disk is full, read-only or ill, or that another program has locked, and one in a database that does not answer, is
    waited for as long as it takes: whoever ends is started again by some supervisors only, and has told nobody.
    """

    def __init__(
        self,
        app: Callable[[], App],
        supervisor: Supervisor,
        metrics: Metrics,
        lanes: Mapping[str, Lane],
    ) -> None:
        """
        Args:
            app: as the settings are now.
            metrics: count from then on.
            lanes: of targets, once there are any.
        """
        self._app = app
        self._supervisor = supervisor
        self._metrics = metrics
        self._lanes = lanes
        self.kept_out: Unwritten | None = None
        """Why it is still waited for after a minute; None once it is open."""
        self.notifier = notifier_of(app, counted=metrics.told, unwritten=self._unwritten)
        """Tells of runs, from the start to the end of the service: of what no ledger takes, nothing else knows whether it was told."""
        self._log = structlog.get_logger()

    async def open(self, stop: asyncio.Event) -> None:
        """
        Migrate the ledger, and find out now whether it can be used; a stop ends the wait for it.

        Raises:
            LedgerError: it cannot, and waiting helps nobody.
        """
        over, told = time.monotonic() + AWAY_S, Sparingly()
        while not stop.is_set():
            try:
                await asyncio.to_thread(self._open)  # a database that is away takes a while to say so
            except LedgerError as error:
                if not may_pass(error, self._app().ledger_file):
                    raise
                if told.is_due(str(error)):
                    self._log.error("ledger.unusable", why=str(error))
                if time.monotonic() >= over:
                    await self._be_kept_out(error)
            else:
                self.kept_out = None
                return
            await wait_for_event(stop, at_most=AWAY_AGAIN_S)

    def _open(self) -> None:
        with self._app().ledger() as ledger:
            self._metrics.start(ledger, list(self._app().settings.targets))

    async def _be_kept_out(self, error: LedgerError) -> None:
        app = self._app()
        self.kept_out = self.kept_out or Unwritten(error, app.now())
        self._supervisor.tell(STILL_WAITS, f"STATUS=no run can be done: {error}")
        with contextlib.suppress(ConnectorError):  # which is what is told
            await self.notifier.look()

    def _unwritten(self, target: str) -> Unwritten | None:
        """Why the last run of a target could not be written down, or no run can be; None where it was."""
        lane = self._lanes.get(target)
        why = lane.progress.unwritten_for if lane is not None else None
        return Unwritten(why, lane.progress.unwritten_at) if lane and why else self.kept_out


async def begin_to_take_work(engine: Engine, stop: asyncio.Event) -> None:
    """
    Begin to take work. A database that takes nobody in now is waited for before the service ends, as at the first look.

    Raises:
        LedgerError: it cannot be used, or did not answer a minute ago; nothing where a stop ended the wait.
    """
    try:
        await engine.begin()
    except LedgerAway as error:
        structlog.get_logger().error("ledger.unusable", why=str(error))
        await wait_for_event(stop, at_most=AWAY_S)
        if not stop.is_set():
            raise
