"""
The documents' session of a full run: what its gate is asked with, and what is made of its end.

Begin, end and their fate stand in `sessions`; what may be sent when is decided in `session`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from connector.access.narrowing import Narrowing
from connector.ledger.documents import Documents
from connector.ledger.runs import Runs
from connector.plan.item import Mode
from connector.plan.options import Options
from connector.plan.report import Report
from connector.plan.weighing import Weighing
from connector.ports.source import FoundScope, Source
from connector.ports.target import Target
from connector.push.outbox import Outbox
from connector.session.gate import Gate, Kind
from connector.session.markers import Markers
from connector.session.session import Calls, RunSession


class DocumentSession:
    """The session of one full run; other runs have none."""

    def __init__(
        self,
        target: Target,
        documents: Documents,
        runs: Runs,
        markers: Markers,
        outbox: Outbox,
        narrowing: Narrowing,
        weighing: Weighing,
        report: Report,
        options: Options,
        sources: Sequence[Source],
        *,
        run: int,
        clock: Callable[[], float],
        still_ours: Callable[[], None],
    ) -> None:
        self._documents = documents
        self._markers = markers
        self._outbox = outbox
        self._narrowing = narrowing
        self._weighing = weighing
        self._report = report
        self._options = options
        self._sources = sources
        self._run = run
        self._clock = clock
        self._session = RunSession(
            Kind.DOCUMENT,
            Calls(target.begin_session, target.end_session),
            runs,
            report,
            run=run,
            clock=clock,
            still_ours=still_ours,
        )

    async def begin(self) -> bool:
        """Open a session for a full run over all sources; False where there is none."""
        options = self._options
        if options.mode is not Mode.FULL or options.only or options.dry_run or not options.sessions:
            return False
        if not await self._session.begin(settle_s=options.settle_s):
            return False
        self._report.session.opened = True
        self._outbox.session_run = self._run
        return True

    async def reconfirm(self) -> None:
        """
        Push as last accepted what lives but could not be pushed anew in this session (unreadable, unmappable, refused).

        Only where everything else would let the session end: it keeps one bad document from withholding every end.
        """
        if (
            not self._session.opened
            or self._report.documents.suspect
            or any(not s.complete for s in self._report.sources.values())
        ):
            return
        if self._documents.held_counts() or len(self._report.sources) != len(self._sources):
            return
        if not self._documents.not_accepted(self._run):
            return
        for source in self._sources:
            for standing, body in self._documents.unaccepted(self._run, source=source.name):
                if not standing.confirmed:
                    continue  # it was taken as new, and what was accepted once may be out of date
                parcel = self._narrowing.as_accepted(standing, body, None)
                if parcel is not None:
                    await self._outbox.add(parcel)
        await self._outbox.flush()

    def may_end(self, found: Sequence[tuple[Source, list[FoundScope]]]) -> bool:
        """Ask the gate whether the session may be ended; else it is withheld, and the report says why."""
        if not self._session.opened:
            return False
        report = self._report
        unaccepted = self._documents.not_accepted(self._run)
        by_note = {
            one.name: self._markers.predicted(
                one.name, accepted=self._documents.accepted(self._run, one.name)
            )
            for one in self._sources
        }
        noted = sum(by_note.values())
        predicted = max(unaccepted, noted)
        report.session.predicted_removals = predicted
        braking, allowed = self._weighing.weigh_end(by_note)
        reasons = self._session.may_end(
            Gate(
                incomplete=len(self._sources)
                - len(found)
                + sum(1 for sheet in report.sources.values() if not sheet.complete),
                unseen=sum(1 for _, scopes in found if not scopes),
                unknown=len(self._markers.unknowing),
                not_accepted=unaccepted,
                suspects=report.documents.suspect,
                held=sum(self._documents.held_counts().values()),
                predicted_removals=predicted,
                removals_allowed=allowed,
                braked=braking.stops,
                unsettled=self._outbox.unanswered,
            )
        )
        if reasons:
            whole = len(found) == len(self._sources) and all(
                sheet.complete for sheet in report.sources.values()
            )
            # what the ledger itself knows of is suspect or held by name; the brake is for what only the note tells
            report.braked_by_note = braking.stops and noted > unaccepted and whole
            report.braked = report.braked or report.braked_by_note
            report.withhold("the session was not ended: " + "; ".join(reasons))
        return not reasons

    async def end(self) -> None:
        """End the session; what was predicted is compared with what Interact reports."""
        report = self._report
        self._count_for_the_day(report.session.predicted_removals)
        reported = await self._session.end()
        if reported is None:
            return
        self._count_for_the_day(reported)
        report.session.ended = True
        report.session.reported_removals = reported
        predicted = report.session.predicted_removals
        if reported > predicted:
            report.next_mode = Mode.FULL.value
            report.say(
                f"unexpected_removals: the end of the session removed {reported} document(s), {predicted} were predicted; "
                "the next run is a full one"
            )

    def _count_for_the_day(self, removed: int) -> None:
        """Let the brake of the next 24 hours count what an end removes; beyond its own limit every number stops alike."""
        self._documents.note_end(
            min(removed, self._options.limits.max_deletes + 1),
            run=self._run,
            now=self._clock(),
            approved=self._markers.accepted,
        )
