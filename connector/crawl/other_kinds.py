"""
Rows under the id of a record of another kind: nothing moves between the scopes of a `Sorted` source, so such a row has its id by mistake.

It costs itself: the record that is known by the id stays as it is. What the row itself is cannot be told, so that its scope counts as not listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connector.crawl.results import Results
from connector.document.document import Known, Listed, Scope
from connector.document.states import REMOVED
from connector.errors import RecordInvalid
from connector.ledger.documents import Documents
from connector.ports.source import Sorted, Source

SENT_KEPT = 10_000
"""More than can be on their way to the target: what was sent before them stands in the ledger, if it was accepted."""


class OtherKinds:
    """What one source's documents are records of, as far as its rows may not tell otherwise in one walk."""

    def __init__(self, source: Source, documents: Documents, results: Results) -> None:
        self._source = source.name
        self._documents = documents
        self._results = results
        self._is_sorted = isinstance(source, Sorted)
        self._sent: dict[str, str] = {}
        """Keys of the scopes of which this walk has sent new documents, by id, the latest last: the ledger may not have them yet."""
        self._ledger_has_more = False
        """Whether more were sent than are kept here."""

    def left_out(self, rows: Sequence[Listed], known: Mapping[str, Known], scope: Scope) -> Sequence[Listed]:
        """
        Leave out, and tell of, the rows of a scope whose ids are of records of another one.

        Args:
            known: what the ledger has of those that were not listed there before.
        """
        if not self._is_sorted:
            return rows
        elsewhere = [one.id for one in known.values() if one.room != scope.key]
        if not elsewhere:
            return rows
        others = self._documents.in_other_scopes(elsewhere, source=self._source, room=scope.key)
        for row in rows:
            if row.id in others:
                self._tell(row, scope, others[row.id])
        return [row for row in rows if row.id not in others]

    def may_send(self, listed: Listed, known: Known | None, scope: str) -> bool:
        """Whether a document may be sent: a new one once, of the scope that sends it first; of another one it is told."""
        if not self._is_sorted or not (known is None or known.state == REMOVED):
            return True
        first = self._first_of(listed.id, scope)
        if first != scope:
            self._tell(listed, self._results.scope(scope), first)
        return first == scope

    def _first_of(self, identifier: str, scope: str) -> str:
        """The scope that sent a new document first; this one, where no other has."""
        if self._ledger_has_more and identifier not in self._sent:
            others = self._documents.in_other_scopes([identifier], source=self._source, room=scope)
            if identifier in others:
                return others[identifier]
        first = self._sent.setdefault(identifier, scope)
        if len(self._sent) > SENT_KEPT:
            del self._sent[next(iter(self._sent))]
            self._ledger_has_more = True
        return first

    def _tell(self, row: Listed, scope: Scope, other: str) -> None:
        name = self._results.scope(other).name
        self._results.fail(
            scope,
            RecordInvalid(
                f"the row under the id {row.native} is left out, since a record of {name} has that id. "
                "Nothing counts as missing here until it has an id of its own"
            ),
        )
