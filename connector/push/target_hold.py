"""
What does not go out while a target is on hold: whatever is new, and whatever more people would see.

Two things still go out: narrower audiences, and documents that the target has, sent again as it has them. The run leaves no trace of
what is kept back, so the next run meets it again.
"""

from __future__ import annotations

from functools import cached_property

from connector.document.audience import NOBODY
from connector.document.document import Known
from connector.document.states import REMOVED
from connector.ledger.on_hold import is_tested_elsewhere, read_hold
from connector.plan.context import Books, Run
from connector.plan.findings import Why
from connector.push.document_push import DocumentPush


class TargetHold:
    """Whether a target is on hold, as one run knows it."""

    def __init__(self, run: Run, books: Books) -> None:
        self.is_on = False
        self.kept_back = 0
        """How many documents were not sent for it."""
        self._run = run
        self._pending = books.pending_audiences
        self._notes = books.notes("")

    @cached_property
    def is_watched(self) -> bool:
        """Whether the target has a search test: by the settings here, or by those of another service with this ledger."""
        run = self._run
        return run.options.canary or is_tested_elsewhere(self._notes, run.target, now=run.now())

    def look(self) -> bool:
        """Read how it stands now, and say so: it may begin while a run works; a run that has seen it keeps to it."""
        # without a search test there is none: what was left of one ended as the run began
        if self.is_watched and not self.is_on:
            self.is_on = read_hold(self._notes, self._run.target) is not None
        return self.is_on

    def keeps_new(self, known: Known | None) -> bool:
        """Whether a document is new to the target, and does not go out now: nobody need fetch it."""
        if not self.is_on or _shown_to(known) is not None:
            return False
        self.kept_back += 1
        return True

    def keeps(self, push: DocumentPush) -> bool:
        """Whether a document does not go out now."""
        if not self.is_on or self._may_go(push):
            return False
        self.kept_back += push.counts
        return True

    def _may_go(self, push: DocumentPush) -> bool:
        known = push.known
        digest = _shown_to(known)
        if known is None or digest is None:
            return False
        had, wanted = self._pending.audience(digest), push.rendered.audience
        if wanted == NOBODY:
            return True  # whatever the target has of it, should it have been put back
        if had is None or not wanted.within(had):
            return False
        return wanted != had or push.why is Why.FEWER_PEOPLE or push.rendered.fingerprint == known.fingerprint


def _shown_to(known: Known | None) -> bytes | None:
    """Digest of the audience with which the target has a document; None: it is new there."""
    return None if known is None or known.state == REMOVED else known.audience
