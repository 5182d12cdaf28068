"""
The documents' session of a full run: what its gate is asked with, and what is made of its end.

Begin, end and their fate stand in `session`; what may be sent when is decided in `gate`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from connector.ledger.documents import Documents
from connector.plan.brake_counts import BrakeCounts
from connector.plan.context import Run
from connector.plan.findings import Code
from connector.plan.report import SessionReport
from connector.plan.tally import Sheet
from connector.session.gate import Gate
from connector.session.markers import Markers
from connector.session.session import RunSession


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What a run saw of its sources, as far as the gate of documents asks."""

    sources: Sequence[str]
    """Names of all that go to the target."""
    whole: bool
    """Whether every one of them was listed to its end."""
    incomplete: int
    unseen: int
    """Sources that list no room at all."""
    suspects: int
    """Documents that are missing without proof, or gone with something live below them."""
    unanswered: int
    kept_back: int = 0
    """Documents that were not sent because the target is on hold."""
    other_begin: int = 0
    """Attempts to begin people's session that got no answer."""
    people_left: int = 0
    """People whose records an end that sweeps both would remove although nothing proves that they are gone."""


class DocumentSession:
    """The session of one full run; other runs have none."""

    def __init__(
        self,
        run: Run,
        documents: Documents,
        session: RunSession,
        markers: Markers,
        brake_counts: BrakeCounts,
        sheet: Sheet,
    ) -> None:
        self.told = SessionReport()
        self._run = run
        self._documents = documents
        self._session = session
        self._markers = markers
        self._brake_counts = brake_counts
        self._sheet = sheet

    @property
    def opened(self) -> bool:
        """Whether it was begun and answered."""
        return self._session.opened

    @property
    def lost_begins(self) -> int:
        """Attempts to begin it that got no answer: it is never ended then."""
        return self._session.lost_begins

    async def begin(self) -> bool:
        """Open a session for a full run over all sources; False where there is none, or Interact refuses it."""
        run = self._run
        if not run.is_whole or run.dry_run or not run.options.sessions:
            return False
        self.told.opened = await self._session.begin()
        return self.told.opened

    def must_be_welcome(self) -> None:
        """Go on only where Interact did not refuse to begin, as `RunSession` has it."""
        self._session.must_be_welcome()

    def may_end(self, looked: Looked) -> bool:
        """Ask the gate whether the session may be ended; else it is withheld, and the report says why."""
        if not self._session.opened:
            return False
        run = self._run.number
        unaccepted = self._documents.not_accepted(run)
        unnamed = self._markers.unnamed.counts
        by_note = {
            name: self._markers.predicted(name, accepted=self._documents.accepted(run, name))
            for name in looked.sources
        } | unnamed
        noted = sum(by_note.values())
        self.told.predicted_removals = predicted = max(unaccepted, noted)
        braking, allowed = self._brake_counts.weigh_end(by_note, unnamed=unnamed)
        reasons = self._session.may_end(
            Gate(
                incomplete=looked.incomplete,
                unseen=looked.unseen,
                unknown=len(self._markers.unknowing),
                not_accepted=unaccepted,
                suspects=looked.suspects,
                held=sum(self._documents.held_counts().values()),
                predicted_removals=predicted,
                removals_allowed=allowed,
                braked=braking.stops,
                unsettled=looked.unanswered,
                kept_back=looked.kept_back,
                other_begin=looked.other_begin,
                people_left=looked.people_left,
            )
        )
        # what the ledger itself knows of is suspect or held by name; the brake is for what only the note tells
        if reasons and braking.stops and noted > unaccepted and looked.whole:
            self._sheet.tell(Code.NOTE_BRAKED, count=noted)
        return not reasons

    async def end(self, *, of_another: bool) -> None:
        """
        End the session, unless the target was put on hold, or put back, meanwhile; what was predicted is compared with what Interact reports.

        Args:
            of_another: the intranet may have documents of an earlier ledger that this one does not know.
        """
        if not self._session.still_may_end(unknown=len(self._markers.unknowing)):
            return
        predicted = self.told.predicted_removals
        self._count_for_the_day(predicted)
        reported = await self._session.end(predicted=predicted, of_another=of_another)
        if reported is None:
            return
        self._count_for_the_day(reported)
        self._markers.unnamed.settle()
        self.told.ended = True
        self.told.reported_removals = reported

    def _count_for_the_day(self, removed: int) -> None:
        """Let the brake of the next 24 hours count what an end removes; beyond its own limit every number stops alike."""
        self._documents.note_end(
            min(removed, self._run.limits.max_deletes + 1),
            run=self._run.number,
            now=self._run.now(),
            approved=self._markers.accepted,
        )
