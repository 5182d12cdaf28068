"""
Memberships on a cadence of their own: between two batches of a run that is under way, and in the service between runs.

A turn asks for whoever would otherwise get older than `people.max_age_h`, and for the longest unasked of the others; what
they lose is taken at once, what they gain is given once the documents' narrower audiences of a run were sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from connector.engine.task_group import end, wait_for_event
from connector.errors import SourceRefused, SourceUnavailable
from connector.ledger.on_hold import is_tested_elsewhere, lift_if_untested, read_hold
from connector.ledger.people import People
from connector.ledger.runs import Runs
from connector.ledger.store import Ledger
from connector.people.granting import RunGaps
from connector.people.known_matching import KnownMatching
from connector.people.records import PeopleSync
from connector.people.sending import Sending
from connector.plan.context import Run
from connector.plan.findings import Code
from connector.plan.options import Options
from connector.plan.report import Report, fold
from connector.plan.tally import Sheet, Tally
from connector.ports.source import Peopled, Reading, Source
from connector.ports.target import Target
from connector.session.between_runs import between_runs
from connector.session.gate import Kind
from connector.session.intranet_restore import ignores_resends, is_older, put_back_amid
from connector.session.known_addresses import KnownIntranet
from connector.session.markers import marker_of
from connector.session.session import Calls, RunSession
from connector.session.unnamed_sources import UnnamedSources

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
    async def beside(self, sources: Sequence[Source], *, give: Callable[[], bool]) -> AsyncIterator[None]:
        """
        Take turns beside the work inside; a turn that is under way at its end is finished.

        Args:
            give: whether people may get more now: the documents' narrower audiences were sent, and nothing else forbids it.
        """
        self._over = False
        task = asyncio.create_task(self._keep(sources, give=give))
        try:
            yield
            self._over = True
            self._wake.set()
            await task
        finally:
            await end(task)  # its error was raised above, or is less than what ends the work inside

    async def _keep(self, sources: Sequence[Source], *, give: Callable[[], bool]) -> None:
        self._last = self._clock() if self._last is None else self._last
        while not self._over:
            await wait_for_event(self._wake, at_most=LOOK_S)
            self._wake.clear()
            now = self._clock()
            if self._over or not self._every_s or 0 <= now - self._last < self._every_s:
                continue
            self._last = now
            await self._people.turn(sources)
            if give():
                await self._people.give(RunGaps())


def open_people(
    run: Run, people: People, target: Target, runs: Runs, sheet: Sheet, is_on_hold: Callable[[], bool]
) -> PeopleSync:
    """
    Make the people of one target ready for a run.

    Args:
        is_on_hold: whether the target is on hold by now.
    """
    calls = Calls(target.begin_people, target.end_people)
    session = RunSession(run, Kind.PERSON, calls, runs, sheet, is_on_hold)
    return PeopleSync(run, people, target, session, sheet, is_on_hold)


async def take_turn(
    ledger: Ledger,
    target: Target,
    sources: Sequence[Source],
    options: Options,
    *,
    clock: Callable[[], float],
    attended: Callable[[Run, Sending], AbstractAsyncContextManager[None]],
) -> Report | None:
    """
    Take one turn between runs, under the lease of the target.

    Args:
        attended: has what people order meanwhile carried out.

    Returns:
        What became of it; None where the next run has to look first: the ledger is new or was put back, a source cannot be
        read, the intranet is another one, or the settings find people in another way.

    Raises:
        LeaseHeld: a run works on the target. TargetUnavailable, TargetRefused: the intranet does not answer, or refuses us.
    """
    runs = ledger.runs(target.name)
    if runs.last() is None:
        return None
    sheet, notes = Tally(), ledger.notes("")

    def is_on_hold() -> bool:
        return read_hold(notes, target.name) is not None

    async with between_runs(ledger, target, options, clock=clock) as run:
        people = open_people(run, ledger.people(target.name), target, runs, sheet, is_on_hold)
        async with attended(run, people.sending):
            return await _take_turn(run, ledger, target, sources, people, sheet)


async def _take_turn(
    run: Run, ledger: Ledger, target: Target, sources: Sequence[Source], people: PeopleSync, sheet: Tally
) -> Report | None:
    if KnownMatching(ledger.notes(""), target.name).is_otherwise(run.options.matching):
        return None
    if not await _is_up_to_date(ledger, target, sources, run=run.number):
        return None
    reading = Reading(run=run.number, thorough=False)
    opened = [source for source in sources if await _is_open(source, reading, sheet)]
    notes = ledger.notes("")
    tested = run.options.canary or is_tested_elsewhere(notes, target.name, now=run.now())
    lift_if_untested(notes, target.name, tested=tested)
    await people.turn(opened)
    people.must_be_clear()
    # what a run read of documents and could not send comes first: who joins a group must not find what that has lost
    if not ledger.pending_audiences(target.name).has_unsent():
        documents = ledger.documents(target.name)
        unnamed = UnnamedSources(run, notes, documents, [one.name for one in sources])
        await people.give(RunGaps(unnamed=len(unnamed.counts)))
    told, held = people.tell()
    blank = Report(
        run_id=run.id, mode="people", target=run.target, started=run.started, people=told, held=held
    )
    return fold(blank, sheet)


async def _is_up_to_date(ledger: Ledger, target: Target, sources: Sequence[Source], *, run: int) -> bool:
    """Whether the notes beside documents say that nobody else, and no later run, has written there, and that they are the last ones."""
    if KnownIntranet(ledger.notes(""), target.name).is_elsewhere(target.key):
        return False
    if put_back_amid(ledger.notes(""), target.key) is not None:
        return False
    documents, ignores = ledger.documents(target.name), ignores_resends(ledger.notes(""), target.key)
    for source in sources:
        marker = marker_of(documents, source)
        if marker is None:
            return False
        state = await target.state(marker)
        if not state.exists or state.ledger != ledger.id or state.run > run:
            return False
        known = documents.known([marker]).get(marker)
        if known is None:
            return False  # it was hidden since the note was asked for
        if not ignores and is_older(state, known):
            return False  # the intranet was put back
    return True


async def _is_open(source: Source, reading: Reading, sheet: Sheet) -> bool:
    """Sign in; whoever is named by a source that cannot be read keeps what she has."""
    if not isinstance(source, Peopled):
        return False
    try:
        await source.open(reading)
    except (SourceUnavailable, SourceRefused) as error:
        sheet.tell(Code.SOURCE_FAILED, source=source.name, why=str(error))
        return False
    return True
