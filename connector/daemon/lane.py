"""
The lane of one target: its runs, and people's turns between them, one after the other; and whether they advance.

A bug ends the run or the turn in which it is met, never the lane.
"""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import structlog

from connector.app import App
from connector.daemon.decisions import PageDecisions
from connector.daemon.due import Due
from connector.daemon.lost_end import LostEnd
from connector.daemon.progress import Patience, Progress
from connector.daemon.supervisor import Supervisor
from connector.document.states import Outcome
from connector.errors import (
    ConnectorError,
    DecisionRefused,
    LeaseHeld,
    LedgerAway,
    LedgerError,
    LedgerRefuses,
)
from connector.machine.storage import words_of_error
from connector.plan.item import Mode
from connector.plan.options import Decision, Watch
from connector.plan.report import Report
from connector.ports.engine import PEOPLE, Doing, Ended, Others
from connector.status.metrics import Metrics

LOST_S = 300.0
"""A stalled run that has not even ended so long after it was cancelled (it may wait for calls in hand): the supervisor has to act."""


DECIDED_AGAIN_S = 15.0
"""Until a decision is tried again that somebody else's run kept from being carried out."""


class _Became(msgspec.Struct, frozen=True):
    """What became of a run."""

    ended: Ended
    left: bool = True
    """What was decided is left to a later one."""


class Gates(msgspec.Struct, frozen=True):
    """What opens and ends the work of every lane."""

    stop: asyncio.Event
    open: asyncio.Event
    """Runs may start; closed while settings are read again."""


class Listeners(msgspec.Struct, frozen=True):
    """Who hears of runs."""

    supervisor: Supervisor
    metrics: Metrics


class Lane:
    """The runs of one target, one after the other."""

    def __init__(
        self,
        target: str,
        progress: Progress,
        app: Callable[[], App],
        due: Due,
        gates: Gates,
        listeners: Listeners,
    ) -> None:
        """
        Args:
            app: as the settings are now.
        """
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
        self.doing: Doing | None = None
        """What it works on, for whoever looks, in any thread."""
        self.others: Callable[[], Others | None] = lambda: None
        """Who takes a part in its runs."""
        self.lost_end = LostEnd(target, app)
        self.decisions = PageDecisions(target, app)
        self._one_at_a_time = asyncio.Lock()
        self._target = target
        self._app = app
        self._due = due
        self._gates = gates
        self._listeners = listeners
        self._log = structlog.get_logger()

    def begin(self) -> None:
        """Begin to wait for what is asked of it."""
        self.worker = asyncio.create_task(self._work())

    @property
    def under_way(self) -> list[asyncio.Task[Any]]:
        """Its run, or its turn of people."""
        return [task for task in (self.run, self.turn) if task is not None]

    def be_patient(self, patience: Patience) -> None:
        """Wait so long for runs from now on; for the one under way, whose time-outs are those of before, no less than before."""
        before = self.progress.patience
        self.progress.patience = (
            max(patience, before, key=lambda one: one.without_answer_s) if self.under_way else patience
        )

    def ask(self, mode: Mode) -> None:
        """Have a run done as soon as may be; a delta that is due during another run is skipped, a full run waits."""
        if self.run is not None and mode is not Mode.FULL:
            self._log.info(
                "run.skipped", target=self._target, mode=mode.value, why="another run is under way"
            )
            return
        self.wanted = Mode.FULL if Mode.FULL in (mode, self.wanted) else mode
        self.wake.set()

    async def decide(self, decision: Decision) -> None:
        """
        Have the next run carry out what a person decided; it begins as soon as may be, by a later service if need be.

        Raises:
            LedgerError: it cannot be written down, so nothing was decided.
        """
        await self.decisions.keep(decision)
        self.wake.set()

    def ask_for_people(self) -> None:
        """Memberships are due; a run that is under way asks for them itself."""
        if self.run is None:
            self.people_wanted = True
            self.wake.set()

    async def _work(self) -> None:
        work: Callable[[], Awaitable[None]] = self._begin_with_what_was_decided
        while True:
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - a bug of ours, or no thread is left: a lane that ended would do nothing any more, untold
                if words := words_of_error(error):
                    self._log.error("run.failed", target=self._target, error=words)
                else:
                    self._log.exception("run.bug", target=self._target)
            work = self._do_what_is_asked

    async def _begin_with_what_was_decided(self) -> None:
        await self.decisions.take_up()
        if self.decisions.waiting:
            self.wake.set()

    async def _do_what_is_asked(self) -> None:
        """Wait until something is, and do it; what could not even begin is done when something is asked for next."""
        await self.wake.wait()
        await self._gates.open.wait()
        self.wake.clear()
        asked, self.wanted = self.wanted, None
        people, self.people_wanted = self.people_wanted, False
        try:
            if self._gates.stop.is_set():
                return
            if asked is not None or self.decisions.waiting:
                await self.lost_end.write()
                ended = await self.do(asked or Mode.DELTA)
                # of several services perhaps none takes it otherwise
                if ended is Ended.HELD and self.decisions.waiting:
                    asyncio.get_running_loop().call_later(DECIDED_AGAIN_S, self.wake.set)
            elif people:
                await self.do(None)
        except Exception:
            self.wanted = Mode.FULL if Mode.FULL in (asked, self.wanted) else self.wanted or asked
            raise

    async def do(self, mode: Mode | None, *, again: bool = False) -> Ended:
        """
        Do a run now, or people's turn, after what is under way.

        Args:
            again: it was said already that somebody else has the lease.
        """
        async with self._one_at_a_time:
            await self._gates.open.wait()
            if self._gates.stop.is_set():
                return Ended.LEFT
            return await (self._take_turn() if mode is None else self._tick(mode, again=again))

    async def _take_turn(self) -> Ended:
        """Have people's turn between two runs, whatever becomes of it."""
        ended = Ended.FAILED
        try:
            self._begin(PEOPLE)
            self.turn = asyncio.create_task(self._observed().take_turn(self._target))
            await asyncio.wait({self.turn})
            _tell_of_turn(self._log, self._target, self.turn.result())
            ended = Ended.DONE
        except LeaseHeld as error:
            ended = Ended.SKIPPED
            self._log.info("people.skipped", target=self._target, why=str(error))
        except ConnectorError as error:
            self._log.error("people.failed", target=self._target, error=str(error))
        except asyncio.CancelledError:
            if self.turn is None or not self.turn.cancelled():
                raise
        except Exception:  # noqa: BLE001 - a bug of ours ends the turn; the next run goes on from what is confirmed
            self._log.exception("people.bug", target=self._target)
        finally:
            self._over()
            self.turn = None
        return ended

    def _begin(self, what: str) -> None:
        self.progress.begin(what)
        self.doing = Doing(what, self._target, self._app().now())

    def _over(self) -> None:
        self.progress.end()
        self.doing = None
        self.cancelled_at = None

    def _observed(self) -> App:
        def observe(host: str, method: str, path: str, status: str, seconds: float) -> None:
            self.progress.answer(status, host)
            self._listeners.metrics.observe(host, method, path, status, seconds)

        return self._app().observed(observe).stopped_by(self._gates.stop.is_set)

    async def _tick(self, asked: Mode, *, again: bool) -> Ended:
        """Do one run, whatever becomes of it."""
        await self.decisions.take_up()
        decision = next(iter(self.decisions.waiting), None)
        if asked is Mode.FULL and self._due.must_wait(self._target):
            if decision is None:
                return Ended.SKIPPED
            asked = Mode.DELTA
        full, became = asked is Mode.FULL, _Became(Ended.FAILED)
        try:
            full = full or self._due.full(self._target)
            report = await self._begun(Mode.FULL if full else asked, decision)
            became = _with_report(report, stopping=self._gates.stop.is_set())
            full = full and report.outcome in {Outcome.FAILED, Outcome.CANCELLED}
        except asyncio.CancelledError:
            if self.run is None or not self.run.cancelled():
                raise
            became = _Became(Ended.LEFT if self._gates.stop.is_set() else Ended.FAILED)
            self._log.warning("run.cancelled", target=self._target)
        except Exception as error:  # noqa: BLE001 - a bug of ours ends the run; the next one goes on from what is confirmed
            became = self._without_report(error, asked, again=again)
        finally:
            self._over()
            self.run = None
            if full:  # and it did not come to its end
                self._due.try_again(self._target)
            if decision is not None and not became.left:
                await self.decisions.take_up(done=decision)
                if self.decisions.waiting:
                    self.wake.set()
        return became.ended

    async def _begun(self, mode: Mode, decision: Decision | None) -> Report:
        """Do a run, in a task that can be cancelled without its lane."""
        self._begin(mode.value)
        self.run = asyncio.create_task(self._run(mode, decision))
        await asyncio.wait({self.run})
        report = self.run.result()
        self.progress.unwritten_for = None
        self._listeners.supervisor.tell(f"STATUS=last {mode.value} run: {report.outcome}")
        return report

    def _without_report(self, error: Exception, asked: Mode, *, again: bool) -> _Became:
        """Log why there is none."""
        if isinstance(error, LeaseHeld):
            if not again:
                self._log.info("run.skipped", target=self._target, mode=asked.value, why=str(error))
            return _Became(Ended.HELD)
        words = words_of_error(error)
        if isinstance(error, ConnectorError):
            words = str(error)
        if not words:
            self._log.exception("run.bug", target=self._target)
            return _Became(Ended.FAILED, left=False)
        self._log.error("run.failed", target=self._target, error=words)
        if isinstance(error, LedgerError):
            self.progress.leave_unwritten(error, now=self._app().now())
            self.lost_end.keep(error, since=self.doing.since if self.doing else self._app().now())
        return _Became(Ended.LOST if is_begun_anew(error) else Ended.FAILED)

    async def _run(self, mode: Mode, decision: Decision | None) -> Report:
        app, kept = self._observed(), list[Report]()
        watch = Watch(
            seen=self.progress.see,
            pushed=self.progress.push,
            answered=self.progress.hear,
            stopping=lambda: self.progress.is_to_stop or self._gates.stop.is_set(),
            outlook=self.progress.outlook,
            finished=kept.append,
        )
        decided = msgspec.structs.asdict(decision) if decision is not None else {}
        options = app.options(self._target, mode, **decided)
        from connector.wiring.failed_start import note_failed_start

        try:
            return await app.run(self._target, options, watch, others=self.others())
        except (LeaseHeld, LedgerError):
            raise
        except Exception as error:
            if not kept:
                # somebody else may work on the target by now, or the ledger be away
                with suppress(ConnectorError):
                    note_failed_start(app, self._target, mode, error)
            raise

    def advances(self) -> bool:
        """Whether it makes progress, or has nothing to do; a run that stands still is ended."""
        if self.worker is None or self.worker.done():
            return False
        if self.cancelled_at is not None:
            return time.monotonic() - self.cancelled_at < LOST_S
        words = self.progress.stalled()
        under_way = self.run or self.turn
        if not words or under_way is None:
            return True
        self._log.error("run.stalled", target=self._target, why=words, tasks=_stacks())
        self._listeners.metrics.stalled(self._target)
        self.cancelled_at = time.monotonic()
        under_way.cancel(words)
        return True


class Decided:
    """Brings what people decide on the status page to the lane of its target."""

    def __init__(self, lanes: Mapping[str, Lane]) -> None:
        self._lanes = lanes

    async def take(self, target: str, decision: Decision) -> None:
        """
        Have it carried out by the next run, which begins as soon as may be.

        Raises:
            LedgerError: it cannot be written down.
        """
        await self._lanes[target].decide(decision)

    def waiting(self, target: str) -> Sequence[Decision]:
        """What was taken and is not carried out yet."""
        lane = self._lanes.get(target)
        return tuple(lane.decisions.waiting) if lane is not None else ()


def is_begun_anew(error: BaseException) -> bool:
    """Whether what ended is begun anew within seconds: its ledger went away, and did not answer that it refuses something."""
    return isinstance(error, LedgerAway) and not isinstance(error, LedgerRefuses)


def _with_report(report: Report, *, stopping: bool) -> _Became:
    stopped = report.outcome == Outcome.CANCELLED and stopping
    return _Became(Ended.LEFT if stopped else Ended.DONE, _is_left(report))


def _is_left(report: Report) -> bool:
    """Whether what was decided is left to a later run: this one ended too early, and not for what was decided."""
    refused = any(one.values.get("error") == DecisionRefused.__name__ for one in report.findings)
    return report.outcome in {Outcome.FAILED, Outcome.CANCELLED} and not refused


def _tell_of_turn(log: Any, target: str, report: Report | None) -> None:
    """Log what became of people's turn; None: it is left to the next run."""
    if report is None:
        log.info("people.turn_left_to_the_next_run", target=target)
    else:
        log.info(
            "people.turn",
            target=target,
            pushed=report.people.pushed,
            removed=report.people.removed,
            held=report.people.held,
            oldest_h=report.people.oldest_h,
        )


def _stacks() -> list[str]:
    """Where every task of the process waits; file names, lines and functions only."""
    told = []
    for task in asyncio.all_tasks():
        written = io.StringIO()
        task.print_stack(limit=6, file=written)
        told.append(written.getvalue().strip())
    return told
