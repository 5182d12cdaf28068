"""
One run against one target: begun under the lease, its steps done (`steps`), and ended with a report, whatever happened.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import msgspec
import structlog

from connector.document.states import Outcome
from connector.engine.task_group import end
from connector.errors import ConnectorError, Stopped
from connector.ledger.before_restore import put_back_at
from connector.machine.boot_clock import SinceBoot
from connector.machine.cached_check import CachedCheck
from connector.machine.storage import words_of_error
from connector.plan.context import Run, open_books
from connector.plan.findings import Code
from connector.plan.item import Mode
from connector.plan.options import Options, Watch
from connector.plan.remaining_time import expected_of
from connector.plan.report import Report
from connector.plan.tally import Sheet, Tally
from connector.runs.closing import close
from connector.runs.lease_of_run import RunLease
from connector.runs.parts import Opened
from connector.runs.steps import Steps
from connector.session.between_runs import ASKED_S

LAST_RUNS = 20
"""Of these the fullest tells how many items are to be expected."""
_LEVELS: dict[str, int] = {
    Outcome.FAILED: logging.ERROR,
    Outcome.BRAKED: logging.WARNING,
    Outcome.WITHHELD: logging.WARNING,
}
"""How loudly the log tells how a run ended: whoever reads only what is wrong has to meet a run that failed."""


class Sync:
    """One run. `go` ends with a report, whatever happened; a bug of ours is raised after the report is kept."""

    def __init__(
        self,
        opened: Opened,
        options: Options,
        *,
        clock: Callable[[], float],
        steady: Callable[[], SinceBoot | None],
        watch: Watch | None,
    ) -> None:
        sources = [one for one in opened.sources if not options.only or one.name in options.only]
        self._opened = msgspec.structs.replace(opened, sources=sources)
        self._options = options
        self._clock = clock
        self._watch = watch or Watch()
        self._lease = RunLease(
            opened.ledger, opened.target.name, clock=clock, steady=steady, settle_s=options.settle_s
        )

    async def go(self) -> Report:
        """
        Do the run.

        Raises:
            LeaseHeld: another run works on the target; nothing was done.
        """
        if self._options.dry_run:
            return await self._go()
        with self._lease.held():
            self._opened.target.look_first(CachedCheck(self._lease.still_ours, for_s=ASKED_S))
            return await self._go()

    async def _go(self) -> Report:
        opened = self._opened
        self._lease.look_at_the_clock()
        run = self._start()
        books, tally = open_books(opened.ledger, run.target), Tally()
        steps = Steps(run, opened, books, tally)
        structlog.contextvars.bind_contextvars(run=run.id, target=run.target)
        structlog.get_logger().info("run.started", mode=run.mode.value, dry_run=run.dry_run)
        try:
            try:
                await self._work(run, steps, tally)
            finally:
                await steps.abandon()
        finally:
            self._lease.let_go()
            report = close(run, opened, books, steps, tally)
            self._watch.finished(report)
            structlog.get_logger().log(
                _LEVELS.get(report.outcome, logging.INFO),
                "run.finished",
                outcome=report.outcome,
                reasons=report.reasons,
                hiding=report.names,
                **{k: v for k, v in msgspec.to_builtins(report.documents).items() if v},
            )
            structlog.contextvars.unbind_contextvars("run", "target")
        return report

    def _start(self) -> Run:
        """Write down that the run begins."""
        options, runs = self._options, self._opened.ledger.runs(self._opened.target.name)
        before = runs.last()
        told = (msgspec.json.decode(run.report) for run in runs.recent(LAST_RUNS) if run.report)
        narrowed = bool(options.rooms) or options.mode is Mode.DELTA
        self._watch.outlook.expect({} if narrowed else self._watch.outlook.expected | expected_of(told))
        wanted = {"only": sorted(options.only), "rooms": sorted(options.rooms)}
        backfill = 0
        if options.mode is Mode.BACKFILL:
            backfill = (0 if options.restart else runs.open_backfill(wanted)) or runs.new_backfill()
        begun = runs.start(
            mode=options.mode.value,
            dry_run=options.dry_run,
            now=self._clock(),
            backfill=backfill,
            wanted=wanted,
        )
        self._opened.began()
        return Run(
            number=begun.number,
            id=begun.id,
            target=self._opened.target.name,
            ledger=self._opened.ledger.id,
            options=options,
            started=begun.started_at,
            before=before.started_at if before is not None else None,
            put_back_at=put_back_at(
                self._opened.ledger.notes(""), self._opened.target.name, now=begun.started_at
            ),
            backfill=backfill,
            now=self._clock,
            still_ours=self._lease.still_ours,
            watch=self._watch,
        )

    async def _work(self, run: Run, steps: Steps, sheet: Sheet) -> None:
        """Do the steps beside the heartbeat of the lease; whatever ends them early is told."""
        heart = asyncio.create_task(self._lease.beat()) if not run.dry_run else None
        work = asyncio.create_task(steps.go())
        try:
            waiting: set[asyncio.Task[None]] = {work} if heart is None else {work, heart}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if not work.done() and heart is not None:
                await end(work)
                heart.result()
            work.result()
        except Stopped:
            sheet.tell(Code.STOPPED)
        except asyncio.CancelledError as error:
            if error.args and error.args[0]:  # whoever cancelled it says why
                sheet.tell(Code.STALLED, why=str(error.args[0]))
            else:
                sheet.tell(Code.CANCELLED)
            await end(work)
            raise
        except ConnectorError as error:
            sheet.tell(Code.FAILED, error=type(error).__name__, why=str(error))
        except (OSError, MemoryError, RuntimeError) as error:
            if not (words := words_of_error(error)):
                sheet.tell(Code.BUG, error=type(error).__name__)
                raise
            sheet.tell(Code.FAILED, error=type(error).__name__, why=words)
        except BaseException as error:
            sheet.tell(Code.BUG, error=type(error).__name__)
            raise
        finally:
            if heart is not None:
                heart.cancel()
