"""What was removed from one target, by whom and why, for as long as the history is kept. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from connector.ledger.catalogue import Wanted, narrowed
from connector.ledger.part import EVERYTHING, Part, as_json


class Removed(msgspec.Struct, frozen=True, array_like=True):
    """One document that left the target; of those that the end of a session removed nobody knows the id."""

    number: int
    id: str
    title: str
    source: str
    kind: str
    room: str
    path: str
    run: str
    """Id of the run; empty where it is not known any more."""
    at: float
    why: str
    code: str
    approved: bool


class History(Part):
    """The removals of one target."""

    def removed_in(self, run: int, *, limit: int) -> list[Removed]:
        """What one run removed by id, the first of it."""
        return self._read("history.removed_in", run=run, limit=limit)

    def removed(self, wanted: Wanted, *, before: int = EVERYTHING, limit: int) -> list[Removed]:
        """
        What was removed and is not there again, the newest first; its reason is the code of the removal.

        Args:
            before: the number of the last one of the page before.
        """
        return self._read("history.removed", **narrowed(wanted), before=before, limit=limit)

    def count(self, wanted: Wanted, *, most: int) -> int:
        """Count them, so many at most."""
        return int(self._one("history.count", **narrowed(wanted), limit=most))

    def last(self, words: str) -> Removed | None:
        """How a document was removed last, by its id (ours or the source's) or its whole title; None: it was not."""
        found = self._read("history.last", word=words.lower(), words=words)
        return found[0] if found else None

    def names(self, ids: Sequence[str]) -> dict[str, str]:
        """What documents are, or were, called, wherever the ledger knows it."""
        return {row[0]: row[1] for row in self._all("history.names", ids=as_json(ids)) if row[1]}

    def _read(self, statement: str, **values: Any) -> list[Removed]:
        return [
            Removed(*row[:11], approved=bool(row[11]))  # type: ignore[misc]
            for row in self._all(statement, **values)
        ]
