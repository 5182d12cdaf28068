"""
Whether an intranet was restored from a backup, by the notes beside rooms. Each note says in which run it was written; where the
ledger had a later one accepted, the intranet has lost what was sent since.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from connector.document.document import Known
from connector.engine.task_group import together
from connector.ledger.documents import Documents
from connector.ledger.notes import Notes
from connector.ledger.people import People
from connector.plan.context import Run
from connector.ports.target import RemoteState, Target

ASKED_BESIDES = 8
KIND = "intranet-backup"
"""The kind of note that holds, by intranet, what became of the last look."""
IGNORES_RESENDS = b"deaf"
"""
What was lacking was sent again, and is lacking right after it was accepted: that intranet takes no update of the same date, say, and
what it lacks tells of no backup. It holds until the intranet is met as it was sent.
"""

PUT_BACK_AMID = "intranet-put-back-amid"
"""The kind of note that holds, by intranet, what a run found that works while it is put back, until a later run has dealt with it."""


class PutBack(msgspec.Struct, frozen=True):
    """What tells that an intranet was put back."""

    since: int
    """The last run that it has."""
    told_by: list[str]
    """Ids of the documents that tell so."""


class RestoreEvidence:
    """What the notes in one target's intranet tell of a restore, as one run reads them."""

    def __init__(self, run: Run, target: Target, documents: Documents, people: People) -> None:
        self.since: int | None = None
        """The oldest run of a note that is older than what was accepted last; None: no note is."""
        self.told_by: list[str] = []
        """Ids of the documents that tell so."""
        self.newest = 0
        """The newest run that a note of ours tells: what the intranet has is no older."""
        self.is_of_another = False
        """Whether a note is of a ledger that this one knows nothing of."""
        self._run = run
        self._target = target
        self._documents = documents
        self._people = people

    def hear(self, marker: str, state: RemoteState) -> None:
        """Take what a note of this ledger says; what a lost call may have written over says nothing."""
        self.newest = max(self.newest, state.run)
        known = self._documents.known([marker]).get(marker)
        if known is not None and is_older(state, known):
            self._tell(marker, state.run)

    async def hear_others(self, marker: str, others: Sequence[str]) -> bool:
        """Whether an intranet without a marker has others with notes of ours: it was not emptied, but is as before that marker came."""
        states = await together(self._target.state(one) for one in others[:ASKED_BESIDES])
        runs = [
            one.run
            for one in states
            if one.exists and one.ledger == self._run.ledger and one.run < self._run.number
        ]
        if runs:
            self._tell(marker, max(runs))
        return bool(runs)

    def remember(self, put_back: PutBack) -> None:
        """Take what an earlier run found while it worked: its own notes were written since."""
        for identifier in put_back.told_by:
            self._tell(identifier, put_back.since)

    def leaves_no_trace(self, source: str, marker: str) -> bool:
        """
        Whether something became of documents, or people, that no document tells of once the intranet was put back.

        What was removed, and what people lost, stands nowhere: a note that is written after it tells.
        """
        known = self._documents.known([marker]).get(marker)
        noted = min(known.pushed_run if known is not None else 0, self._run.number - 1)
        return self._people.changed_in() > noted or self._documents.removed_after_run(source, noted) > 0

    def _tell(self, marker: str, run: int) -> None:
        self.since = run if self.since is None else min(run, self.since)
        self.told_by.append(marker)


def is_older(state: RemoteState, known: Known) -> bool:
    """Whether a note is older than what was accepted last with its document; what a lost call may have written over says nothing."""
    return known.is_confirmed and known.redo_after is None and state.run < known.pushed_run


def ignores_resends(notes: Notes, key: str) -> bool:
    """
    Whether what an intranet lacks tells of no backup.

    Args:
        key: of its target.
    """
    note = notes.get(KIND, key)
    return note is not None and note.value == IGNORES_RESENDS


def put_back_amid(notes: Notes, key: str) -> PutBack | None:
    """
    What an earlier run found of an intranet that was put back while it worked; None: nothing that is not dealt with.

    Args:
        key: of its target.
    """
    return notes.get_json(PUT_BACK_AMID, key, PutBack)
