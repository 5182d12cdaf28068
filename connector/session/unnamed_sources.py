"""
Sources of which the intranet has documents, and that neither the settings name nor this ledger knows.

Each note tells how many documents the other sources had. So a new ledger hears of a source that the settings lack (they were written
anew, say), whose documents the end of a session would remove: they count as its removals, until the ledger has documents of that
source or a person approves it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from connector.ledger.documents import Documents
from connector.ledger.notes import Notes
from connector.plan.context import Run
from connector.plan.findings import Code
from connector.plan.tally import Sheet
from connector.ports.target import RemoteState

KIND = "unnamed-sources"
"""The kind of note that holds what other ledgers told."""


class UnnamedSources:
    """What the notes of one target tell of other sources."""

    def __init__(self, run: Run, notes: Notes, documents: Documents, configured: Collection[str]) -> None:
        """
        Args:
            configured: names of the sources that the settings have, read in this run or not.
        """
        self._run = run
        self._notes = notes
        self._documents = documents
        self._configured = frozenset(configured)
        self._told = notes.get_json(KIND, run.target, dict[str, int]) or {}
        self._known: dict[str, int] | None = None
        """Counted last; each of many pushes asks."""

    def hear(self, states: Iterable[RemoteState]) -> None:
        """Take what the newest of some notes of other ledgers tells."""
        newest = max(states, key=lambda one: (one.run, sum(one.others.values())), default=None)
        if newest is not None and newest.others:
            self._keep({**self._told, **newest.others})

    @property
    def counts(self) -> dict[str, int]:
        """Documents by source that the settings do not name."""
        known = self._count()
        return {
            name: many
            for name, many in self._told.items()
            if name not in self._configured and name not in known
        }

    def tell(self, sheet: Sheet) -> int:
        """Say that lists of people wait for them; gives how many sources that are."""
        for name, many in self.counts.items():
            sheet.tell(Code.SOURCE_UNNAMED, source=name, count=many)
        return len(self.counts)

    def others(self, source: str) -> dict[str, int]:
        """How many documents the other sources have, to be noted."""
        found = {**self._told, **self._count()}
        return {name: many for name, many in sorted(found.items()) if name != source and many}

    def recount(self) -> None:
        """What was pushed and removed since changed how many there are."""
        self._known = None
        if met := self._told.keys() & self._count().keys():
            self._keep({name: many for name, many in self._told.items() if name not in met})

    def settle(self) -> None:
        """A session was ended with them, or a person approved it."""
        self._keep({})

    def _count(self) -> dict[str, int]:
        if self._known is None:
            documents = self._documents
            self._known = {name: documents.confirmed(name) for name in documents.sources()}
        return self._known

    def _keep(self, told: dict[str, int]) -> None:
        if told == self._told:
            return
        self._told = told
        if not self._run.dry_run:
            self._notes.put_json(KIND, self._run.target, told, run=self._run.number)
