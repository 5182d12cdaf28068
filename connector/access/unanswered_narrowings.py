"""
Documents that fewer people should find, and of which the target does not confirm it, not even when each is sent alone.

After several runs without an answer such a document counts as refused. Otherwise the people who lost it would find it for ever, and
nothing that comes after it would ever be sent.
"""

from __future__ import annotations

import msgspec

from connector.document.durations import DAY_S
from connector.ledger.documents import Documents
from connector.ledger.notes import Notes
from connector.plan.context import Run

GIVEN_UP_AFTER = 3
"""Runs, each at most a day after the one before."""
KIND = "narrowing-unanswered"


class Unanswered(msgspec.Struct, frozen=True, array_like=True):
    """So many runs without an answer, and when the last of them was (seconds since 1970)."""

    runs: int = 0
    at: float = 0.0


class UnansweredNarrowings:
    """The documents of one target about which runs got no answer."""

    def __init__(self, run: Run, documents: Documents, notes: Notes) -> None:
        self.given_up: set[str] = set()
        """Ids of those that count as refused from this run on."""
        self._run = run
        self._documents = documents
        self._notes = notes

    def count(self, identifier: str) -> None:
        """One more run without an answer about a document."""
        key, now = f"{self._run.target}/{identifier}", self._run.now()
        note = self._notes.get(KIND, key)
        before = msgspec.msgpack.decode(note.value, type=Unanswered) if note is not None else Unanswered()
        goes_on = note is not None and not self._was_accepted(identifier, since=note.run)
        runs = before.runs + 1 if goes_on and abs(now - before.at) <= DAY_S else 1
        self._notes.put(KIND, key, msgspec.msgpack.encode(Unanswered(runs, now)), run=self._run.number)
        if runs >= GIVEN_UP_AFTER:
            self.given_up.add(identifier)

    def _was_accepted(self, identifier: str, *, since: int) -> bool:
        """Whether the target answered about it in a run, or later: then it is no longer the same silence."""
        known = self._documents.known([identifier]).get(identifier)
        return known is not None and known.pushed_run >= since
