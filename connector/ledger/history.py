"""What was removed from one target, by whom and why, for as long as the history is kept. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from connector.ledger.catalogue import AT_ONCE, LOOKED_AT, Wanted, narrowed
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

    def removed(self, wanted: Wanted, *, before: int = EVERYTHING, most: int) -> tuple[list[Removed], int]:
        """
        What was removed and is not there again, the newest first; its reason is the code of the removal.

        `LOOKED_AT` removals are looked at, at most: there may be fewer than so many, and more beyond.

        Args:
            before: the number beyond which it begins.

        Returns:
            So many of it, and the number beyond which there may be more; 0: there is no more.
        """
        rows: list[Removed] = []
        looked, many = 0, min(most + 1, AT_ONCE)
        while looked < LOOKED_AT:
            ended = True
            for *row, fits, is_last in self._all(
                "history.removed", **narrowed(wanted), before=before, many=many
            ):
                if fits and len(rows) == most:
                    return rows, rows[-1].number
                if fits:
                    rows.append(_removed(row))
                if is_last:
                    ended, before = False, row[0]
            if ended:
                return rows, 0
            looked, many = looked + many, min(2 * many, AT_ONCE)
        return rows, before

    def last(self, words: str) -> Removed | None:
        """How a document was removed last, by its id (ours or the source's) or its whole title; None: it was not."""
        found = self._read("history.last", word=words.lower(), words=words)
        return found[0] if found else None

    def names(self, ids: Sequence[str]) -> dict[str, str]:
        """What documents are, or were, called, wherever the ledger knows it."""
        return {row[0]: row[1] for row in self._all("history.names", ids=as_json(ids)) if row[1]}

    def _read(self, statement: str, **values: Any) -> list[Removed]:
        return [_removed(row) for row in self._all(statement, **values)]


def _removed(row: Sequence[Any]) -> Removed:
    return Removed(*row[:11], approved=bool(row[11]))  # type: ignore[misc]
