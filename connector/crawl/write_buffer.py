"""What a walk notes of containers and items in large portions: one transaction for hundreds of them."""

from __future__ import annotations

from connector.crawl.listing import Listing
from connector.document.document import Rendered, Scope
from connector.ledger.rows import SameAgain
from connector.plan.context import Books, Run

SEEN_AT_ONCE = 200
"""Containers noted as seen in one transaction."""
NOTED_AT_ONCE = 500


class WriteBuffer:
    """What is still to be written down in one walk over a source."""

    def __init__(self, run: Run, books: Books, source: str, rules: bytes) -> None:
        self._run = run
        self._documents = books.documents
        self._quarantine = books.quarantine
        self._source = source
        self._rules = rules
        self._containers: list[dict[str, object]] = []
        self._versions: list[SameAgain] = []
        self._waited: list[str] = []

    def saw(self, container: str, scope: Scope, listing: Listing | None = None) -> None:
        """
        A container was listed to its end.

        Args:
            listing: by which the next run recognises it, unless it told on itself; None: nothing stands in the container.
        """
        listing = listing or Listing()
        told = listing.told(self._run.number)
        self._containers.append(
            {
                "id": container,
                "source": self._source,
                "room": scope.key,
                "run": self._run.number,
                "proven": b"" if listing.unsteady else listing.proof,
                "unsteady": listing.unsteady,
                "told": told.marks,
                "told_count": told.count,
                "told_from": told.first_run,
                "told_to": told.last_run,
            }
        )
        if len(self._containers) >= SEEN_AT_ONCE:
            self.write()

    def has_version(self, version: bytes, rendered: Rendered) -> None:
        """A document came out the same in a new version."""
        self._versions.append(
            SameAgain(
                id=rendered.id,
                version=version,
                without_text=rendered.text_missing,
                fingerprint=rendered.fingerprint,
                hidden=rendered.hidden,
            )
        )
        if len(self._versions) >= NOTED_AT_ONCE:
            self.write()

    def waits(self, identifier: str) -> None:
        """An item in quarantine was met, unchanged."""
        self._waited.append(identifier)

    def write(self) -> None:
        """Write down what there is."""
        containers, self._containers = self._containers, []
        versions, self._versions = self._versions, []
        waited, self._waited = self._waited, []
        self._quarantine.see(waited, now=self._run.now())
        self._documents.see_containers(containers)
        self._documents.note_versions(versions, rules=self._rules)
