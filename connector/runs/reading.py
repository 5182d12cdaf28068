"""Signing in to the sources of a run and listing their scopes: one source that is down hurts none of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import structlog

from connector.crawl.scopes import unread_of
from connector.engine.task_group import together
from connector.errors import ConnectorError, LeaseLost, LedgerError, SourceRefused, SourceUnavailable
from connector.ledger.notes import Notes
from connector.plan.context import Run
from connector.plan.findings import Code
from connector.plan.item import Mode
from connector.plan.report import Problem, Push, SourceReport, problem
from connector.plan.tally import Sheet
from connector.ports.source import FoundScope, Overlooking, Reading, Source

TURN = "turn"
"""Kind of the notes that tell, by target, the last turn of what a source reads again on a rotation."""
Found = list[tuple[Source, list[FoundScope]]]
"""The sources that could be read, each with its scopes."""
NO_SOURCE = (
    "No source belongs to the target {0}, so nothing is read for it, and what people find stays as it is. "
    "Name it in sources.NAME.target, or remove [targets.{0}]"
)


class Sources:
    """The sources of one run, and what became of each."""

    def __init__(
        self, run: Run, sources: Sequence[Source], notes: Callable[[str], Notes], sheet: Sheet
    ) -> None:
        """
        Args:
            notes: of a source, by its name.
        """
        self.reports = {one.name: SourceReport() for one in sources}
        self.pushes_elsewhere = Push()
        """What other services sent to the target for this run."""
        self._run = run
        self._sources = sources
        self._notes = notes
        self._sheet = sheet

    async def open(self) -> Found:
        """
        Sign in everywhere and list the scopes, all sources side by side; gives those that can be read.

        Raises:
            SourceUnavailable: none can.
            SourceRefused: there is none.
            LedgerError, LeaseLost: the fault is not with a source.
        """
        if not self._sources:
            raise SourceRefused(NO_SOURCE.format(self._run.target))
        for name, one in self._run.options.unread_files.items():
            self._sheet.tell(Code.PEOPLE_FILE_UNREAD, source=name, why=one.why)
        read = await together(self._open(source) for source in self._sources)
        found: Found = []
        for source, scopes in zip(self._sources, read, strict=True):
            if isinstance(scopes, ConnectorError):
                self._failed(source, scopes)
                continue
            # what stands in the source's own lists and cannot be read is named; the others are walked
            unread = [Problem("unread", name, why) for name, why in unread_of(source).items()]
            self.reports[source.name].problems += unread
            found.append((source, scopes))
        if not found:
            told = [words for one in self.reports.values() for words in one.errors]
            raise SourceUnavailable(f"No source could be read: {'; '.join(told)}")
        return found

    async def _open(self, source: Source) -> list[FoundScope] | ConnectorError:
        """The scopes of one source, or why it cannot be read."""
        run, is_delta = self._run, self._run.mode is Mode.DELTA
        notes = self._notes(source.name)
        note = notes.get(TURN, run.target)
        turn = (int(note.value) if note is not None else run.number - is_delta) + is_delta
        try:
            await source.open(Reading(run=run.number, thorough=not is_delta, turn=turn))
            notes.put(TURN, run.target, str(turn).encode(), run=run.number)
            return await source.scopes()
        except (LedgerError, LeaseLost):
            raise
        except ConnectorError as error:
            return error

    def walked(self, source: Source, *, items: int, problems: Iterable[Problem]) -> None:
        """Add what the walk over a source met, however it ended."""
        report = self.reports[source.name]
        report.items += items
        report.problems += problems

    def asked_elsewhere(self, source: str, *, requests: int, reread: int) -> None:
        """Add what other services asked of a source for this run."""
        self.reports[source].requests += requests
        self.reports[source].reread += reread

    def pushed_elsewhere(self, *, requests: int, sent: int) -> None:
        """Add what other services sent to the target for this run, in requests and bytes."""
        self.pushes_elsewhere.requests += requests
        self.pushes_elsewhere.bytes += sent

    def conclude(self, source: Source, *, listed: int, of: int) -> None:
        """
        Say whether a source was read to its end.

        Args:
            listed: scopes that were listed to their end.
            of: scopes that were walked.
        """
        report = self.reports[source.name]
        report.complete = listed == of and not report.problems
        report.rooms = of if self._run.options.rooms else None
        if not report.complete:
            self._sheet.tell(Code.SOURCE_INCOMPLETE, source=source.name, errors=report.errors[:3])

    def tell_overlooked(self, found: Found) -> None:
        """Name the odd values that sources left out, whoever was read with or without them."""
        for source, _ in found:
            if isinstance(source, Overlooking) and source.overlooked:
                told = {where: list(names) for where, names in sorted(source.overlooked.items())}
                self._sheet.tell(Code.VALUES_OVERLOOKED, source=source.name, of=told)

    def is_complete(self, source: Source) -> bool:
        """Whether it was read to its end."""
        return self.reports[source.name].complete

    @property
    def incomplete(self) -> int:
        """How many were not read to their end, or not at all."""
        return sum(not one.complete for one in self.reports.values())

    def _failed(self, source: Source, error: Exception) -> None:
        self.reports[source.name].problems.append(problem(error))
        self._sheet.tell(Code.SOURCE_FAILED, source=source.name, why=str(error))
        structlog.get_logger().error("source.failed", source=source.name, error=str(error))
