"""Does in this process what an engine hands to it: runs and turns of people in the lane of their target, OCR in a lane of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from connector.app import App
from connector.daemon.lane import Gates, Lane
from connector.daemon.ocr_lane import OcrLane
from connector.daemon.seats import MOST_LOST, Seats
from connector.document.states import Outcome
from connector.engine.lasting_trouble import LastingTrouble
from connector.engine.task_group import wait_for_event
from connector.errors import LedgerError, LedgerNewer
from connector.ledger.runs import LEASE_S
from connector.machine.shared_clock import FAR_S
from connector.plan.item import Mode
from connector.ports.engine import PEOPLE, SCANS, Doing, Ended, Seat, Work

AGAIN_S = 2.0
"""Until another look whether the lease is free, or the ledger there."""
OUTLASTS_S = LEASE_S + 15.0
"""A delta waits so long for a lease: that of a worker which died is over by then."""


class ServiceExecutor:
    """Implements `connector.ports.engine.Executor`."""

    def __init__(
        self, app: Callable[[], App], lanes: Mapping[str, Lane], ocr: OcrLane, gates: Gates, seats: Seats
    ) -> None:
        """
        Args:
            app: as the settings are now.
        """
        self._app = app
        self._lanes = lanes
        self._ocr = ocr
        self._gates = gates
        self._seats = seats
        self._away = LastingTrouble()
        """A ledger that does not answer, whatever is to be done: asked every other second, and told some times a night."""
        self._log = structlog.get_logger()

    def take(self, work: Work) -> None:
        """Have it done as soon as may be."""
        if work.what == SCANS:
            self._ocr.begin()
        elif work.what == PEOPLE:
            self._lanes[work.target].ask_for_people()
        elif self._is_being_answered(work):
            why = "a full run that began since it was due is under way"
            self._log.info("run.skipped", target=work.target, mode=work.what, why=why)
        else:
            self._lanes[work.target].ask(Mode(work.what))

    def _is_being_answered(self, work: Work) -> bool:
        """
        Whether a full run is under way that began after this one was due, as where a delta that was due at the same time became it.

        What began in the future, by a clock that was set back since, answers nothing.
        """
        doing = self._lanes[work.target].doing
        if doing is None or not work.what == doing.what == Mode.FULL:
            return False
        return work.at <= doing.since <= self._app().now()

    def under_way(self) -> Sequence[Doing]:
        """What the lanes do now."""
        found = [lane.doing for lane in list(self._lanes.values())]
        return [*(one for one in found if one is not None), *self._seats.doing]

    async def sit(self, seat: Seat, member: str) -> Ended:
        """Take a seat and walk rooms; what is left undone, since the service ends, is never answered."""
        ended = await self._seats.sit(seat, member)
        if ended is Ended.LEFT:
            await asyncio.Event().wait()
        return ended

    async def carry_out(self, work: Work) -> Ended:
        """Do it now, and say what became of it; what is left undone, since the service ends, is never answered."""
        ended = await self._carry_out(work)
        if ended is Ended.LEFT:
            await asyncio.Event().wait()  # whoever gives it back to somebody else finds it begun and not done
        return ended

    async def _carry_out(self, work: Work) -> Ended:
        until, lost, ended = time.monotonic() + OUTLASTS_S, 0, Ended.LEFT
        await self._write_lost_end(work)  # of what was due before
        while not self._gates.stop.is_set():
            try:
                again = ended is Ended.HELD
                ended = Ended.SKIPPED if self._answered(work) else await self._once(work, again=again)
                lost += ended is Ended.LOST
            except LedgerNewer as error:  # until this machine is upgraded, too
                self._log.error("ledger.unusable", why=str(error))
                self._leave_unwritten(work, error)
                return Ended.OLDER
            except LedgerError as error:
                ended = Ended.LOST
                if self._away.is_due(time.monotonic()):
                    self._log.error("ledger.unusable", why=str(error))
                self._leave_unwritten(work, error)
            waits = ended is Ended.HELD and (work.what == Mode.FULL or time.monotonic() < until)
            if not waits and (ended is not Ended.LOST or lost > MOST_LOST):
                await self._write_lost_end(work)
                return ended
            await wait_for_event(self._gates.stop, at_most=AGAIN_S)
        return Ended.LEFT

    async def _write_lost_end(self, work: Work) -> None:
        lane = self._lanes.get(work.target)
        if lane is not None and work.what != PEOPLE:
            await lane.lost_end.write()

    def _leave_unwritten(self, work: Work, error: LedgerError) -> None:
        lane = self._lanes.get(work.target)
        if lane is not None and work.what != PEOPLE:
            lane.progress.leave_unwritten(error, now=self._app().now())

    async def _once(self, work: Work, *, again: bool) -> Ended:
        if work.what == SCANS:
            return await self._ocr.through()
        lane = self._lanes.get(work.target)
        if lane is None or not self._gates.open.is_set():
            return Ended.ELSEWHERE
        if self._is_being_answered(work):  # else it would wait for that here, and be done after it
            return Ended.HELD
        return await lane.do(None if work.what == PEOPLE else Mode(work.what), again=again)

    def _answered(self, work: Work) -> bool:
        """
        Whether a run that began after it was due came to its end: who asks twice gets one.

        What the clock says to come, before it was set back, answers nothing: else no run would begin until then.
        """
        modes: set[str] = set() if work.what in {SCANS, PEOPLE} else {Mode.FULL.value, work.what}
        # opened for people and scans, too: they wait for one that is away, as runs do
        with self._app().ledger() as ledger:
            runs = ledger.runs(work.target)
            last = [runs.last_finished(one) for one in modes]
        self._away.ended(time.monotonic())
        latest = self._app().now() + FAR_S
        return any(
            run is not None
            and work.at <= run.started_at <= latest
            and run.report is not None
            and run.outcome != Outcome.CANCELLED
            for run in last
        )
