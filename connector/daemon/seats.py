"""The seats that this service has in runs of others, and its own: rooms walked beside its lanes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from connector.app import App
from connector.daemon.lane import Gates, Listeners, is_begun_anew
from connector.engine.task_group import wait_for_event
from connector.errors import ConnectorError, LeaseLost, LedgerAway, LedgerError
from connector.machine.storage import words_of_error
from connector.ports.engine import WALK, Doing, Ended, Seat

AGAIN_S = 2.0
"""Until another try where the ledger went away."""
MOST_LOST = 5
"""So often a run, or a seat, is begun anew whose ledger went away."""


class Seats:
    """What is walked here."""

    def __init__(self, app: Callable[[], App], gates: Gates, listeners: Listeners) -> None:
        """
        Args:
            app: as the settings are now.
        """
        self._app = app
        self._gates = gates
        self._listeners = listeners
        self._doing: dict[str, Doing] = {}
        self._tasks: set[asyncio.Task[bool]] = set()
        self._log = structlog.get_logger()

    @property
    def doing(self) -> Sequence[Doing]:
        """Whose rooms, since when, without those that it waits for; for whoever looks, in any thread."""
        return list(self._doing.values())

    @property
    def under_way(self) -> set[asyncio.Task[bool]]:
        """Its seats."""
        return set(self._tasks)

    async def sit(self, seat: Seat, member: str) -> Ended:
        """Take a seat, once the run that offers it needs it, and walk rooms until none waits, whatever becomes of it."""
        lost = 0
        try:
            while True:
                ended, waits = await self._once(seat, member)
                lost += not waits
                if ended is not Ended.LOST or lost > MOST_LOST or self._gates.stop.is_set():
                    break
                await self._pause()
                while waits and not self._gates.stop.is_set() and not await asyncio.to_thread(self._answers):
                    await self._pause()
        finally:
            self._doing.pop(seat.name, None)
        return Ended.LEFT if self._gates.stop.is_set() else ended

    async def _pause(self) -> None:
        """Until it is tried again, or the service stops."""
        await wait_for_event(self._gates.stop, at_most=AGAIN_S)

    def _answers(self) -> bool:
        """In a thread: whoever asks a database that is away waits, and so would all that this service tells, for as long as it is."""
        try:
            with self._app().ledger():
                return True
        except LedgerError as error:
            return not isinstance(error, LedgerAway)

    async def _once(self, seat: Seat, member: str) -> tuple[Ended, bool]:
        """What became of it, and whether it only waits: then it has nothing in hand, and waits for a ledger that is away as well."""
        from connector.wiring.seat import sit

        app = self._app().observed(self._listeners.metrics.observe)

        def begins() -> None:
            self._doing.setdefault(seat.name, Doing(WALK, seat.target, app.now()))
            self._log.info("seat.taken", target=seat.target, source=seat.source, seat=seat.number)

        task = asyncio.create_task(sit(app, seat, member, stopping=self._gates.stop.is_set, begins=begins))
        self._tasks.add(task)
        try:
            await asyncio.wait({task})
        finally:
            self._tasks.discard(task)
        if seat.name not in self._doing and _is_away(task):
            return Ended.LOST, True
        return self._ended(seat, task), False

    def _ended(self, seat: Seat, task: asyncio.Task[bool]) -> Ended:
        if task.cancelled():
            return Ended.FAILED
        if (error := task.exception()) is None:
            return Ended.DONE if task.result() else Ended.SKIPPED
        if isinstance(error, LeaseLost):
            self._log.warning("seat.lost", target=seat.target, source=seat.source, why=str(error))
            return Ended.SKIPPED
        words = words_of_error(error)
        if not isinstance(error, ConnectorError) and not words:
            # a bug of ours: its rooms wait for others, and the run comes to it itself
            self._log.error("seat.bug", target=seat.target, source=seat.source, exc_info=error)
            return Ended.FAILED
        self._log.error("seat.failed", target=seat.target, source=seat.source, error=words or str(error))
        return Ended.LOST if is_begun_anew(error) else Ended.FAILED


def _is_away(task: asyncio.Task[bool]) -> bool:
    return not task.cancelled() and isinstance(task.exception(), LedgerAway)
