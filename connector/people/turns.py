"""
Memberships on a cadence of their own: between two batches of a run that is under way, and in the service between runs.

A turn asks for whoever would otherwise get older than `people.max_age_h`, and for the longest unasked of the others; what
they lose is taken at once, what they gain is given once the documents' narrower audiences of a run were sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from connector.errors import SourceRefused, SourceUnavailable
from connector.ledger.runs import Runs
from connector.ledger.store import Ledger
from connector.people.records import Around, PeopleSync, Wishes
from connector.plan.item import Mode
from connector.plan.options import Options
from connector.plan.report import Report
from connector.ports.source import Peopled, Reading, Source
from connector.ports.target import Target
from connector.session.gate import Kind
from connector.session.markers import marker_of
from connector.session.session import Calls, RunSession
from connector.session.whereabouts import Whereabouts

LOOK_S = 15.0
"""A run without batches looks so often whether a turn is due."""


class Turns:
    """The turns of people beside the other work of one run."""

    def __init__(self, people: PeopleSync, *, every_s: float, clock: Callable[[], float]) -> None:
        self._people = people
        self._every_s = every_s
        self._clock = clock
        self._wake = asyncio.Event()
        self._over = False
        self._last: float | None = None

    def look(self) -> None:
        """A batch was confirmed: time to see whether a turn is due."""
        self._wake.set()

    @asynccontextmanager
    async def beside(self, sources: Sequence[Source], *, give: bool) -> AsyncIterator[None]:
        """
        Take turns beside the work inside; a turn that is under way at its end is finished.

        Args:
            give: whether the documents' narrower audiences were sent, so that people may get more.
        """
        self._over = False
        task = asyncio.create_task(self._keep(sources, give=give))
        try:
            yield
            self._over = True
            self._wake.set()
            await task
        finally:
            task.cancel()
            await asyncio.wait({task})
            if not task.cancelled():
                task.exception()  # raised above, or less than what ends the work inside

    async def _keep(self, sources: Sequence[Source], *, give: bool) -> None:
        self._last = self._clock() if self._last is None else self._last
        while not self._over:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            self._wake.clear()
            now = self._clock()
            if self._over or not self._every_s or 0 <= now - self._last < self._every_s:
                continue
            self._last = now
            await self._people.turn(sources)
            if give:
                await self._people.give(Around())


def open_people(
    ledger: Ledger,
    target: Target,
    report: Report,
    options: Options,
    *,
    run: int,
    between_runs: bool = False,
    clock: Callable[[], float],
    still_ours: Callable[[], None],
) -> PeopleSync:
    """
    Make the people of one target ready for a run.

    Args:
        between_runs: what is held and removed then belongs to the run that comes next.
    """
    whole = options.mode is Mode.FULL and not options.only
    return PeopleSync(
        ledger.people(target.name),
        target,
        report,
        RunSession(
            Kind.PERSON,
            Calls(target.begin_people, target.end_people),
            ledger.runs(target.name),
            report,
            run=run,
            clock=clock,
            still_ours=still_ours,
        ),
        Wishes(
            run=run,
            thorough=options.mode is not Mode.DELTA,
            whole=whole,
            sessions=whole and options.sessions and not options.dry_run,
            matching=options.matching,
            batch=options.batch_documents,
            settle_s=options.settle_s,
            limits=options.limits,
            audience_max_age_s=options.audience_max_age_s,
            every_s=options.people_every_s,
            max_age_s=options.people_max_age_s,
            effects_run=run + 1 if between_runs else run,
        ),
        clock=clock,
        still_ours=still_ours,
    )


async def take_turn(
    ledger: Ledger, target: Target, sources: Sequence[Source], options: Options, *, clock: Callable[[], float]
) -> Report | None:
    """
    Take one turn between runs, under the lease of the target.

    Returns:
        What became of it; None where the next run has to look first: the ledger is new or was put back, a source cannot be
        read, or the intranet is another one.

    Raises:
        LeaseHeld: a run works on the target. TargetUnavailable, TargetRefused: the intranet does not answer, or refuses us.
    """
    runs = ledger.runs(target.name)
    last = runs.last(finished=False)
    if last is None:
        return None
    report = Report(run_id=last.id, mode="people", target=target.name, started=clock())
    fence = runs.take_lease(now=clock())
    heart = asyncio.create_task(_beat(runs, fence, clock))
    try:
        if not await _is_up_to_date(ledger, target, sources, run=last.number):
            return None
        opened = [
            source
            for source in sources
            if await _is_open(source, Reading(run=last.number, thorough=False), report)
        ]
        people = open_people(
            ledger,
            target,
            report,
            options,
            run=last.number,
            between_runs=True,
            clock=clock,
            still_ours=lambda: runs.renew_lease(fence, now=clock()),
        )
        await people.turn(opened)
        people.must_be_clear()
        await people.give(Around())
        people.tell()
    finally:
        heart.cancel()
        runs.free_lease(fence)
    return report


async def _is_up_to_date(ledger: Ledger, target: Target, sources: Sequence[Source], *, run: int) -> bool:
    """Whether the notes beside documents say that nobody else, and no later run, has written there."""
    if Whereabouts(ledger.notes(""), target.name).is_elsewhere(target.key):
        return False
    documents = ledger.documents(target.name)
    for source in sources:
        marker = marker_of(documents, source)
        if marker is None:
            return False
        state = await target.state(marker)
        if not state.exists or state.ledger != ledger.id or state.run > run:
            return False
    return True


async def _is_open(source: Source, reading: Reading, report: Report) -> bool:
    """Sign in; whoever is named by a source that cannot be read keeps what she has."""
    if not isinstance(source, Peopled):
        return False
    try:
        await source.open(reading)
    except (SourceUnavailable, SourceRefused) as error:
        report.withhold(f"{source.name}: {error}")
        return False
    return True


async def _beat(runs: Runs, fence: int, clock: Callable[[], float]) -> None:
    while True:
        await asyncio.sleep(LOOK_S)
        runs.renew_lease(fence, now=clock())
