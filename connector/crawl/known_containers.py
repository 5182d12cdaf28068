"""What the ledger has of containers that are about to be listed: what they held, and by what their pages are recognised."""

from __future__ import annotations

from collections.abc import Sequence

from connector.crawl.listing import marks_of
from connector.crawl.write_buffer import WriteBuffer
from connector.document.document import Container, Known, Scope
from connector.ledger.documents import Documents
from connector.plan.context import Run
from connector.plan.item import Mode
from connector.ports.source import Below
from connector.push.hidden_barrier import HiddenBarrier


class KnownContainers:
    """What earlier listings of one source's containers told."""

    def __init__(
        self, run: Run, documents: Documents, source: str, barrier: HiddenBarrier, buffer: WriteBuffer
    ) -> None:
        options = run.options
        self._recognises = run.mode is Mode.DELTA and not (run.dry_run or options.adopt)
        self._is_delta = run.mode is Mode.DELTA
        self._documents = documents
        self._source = source
        self._barrier = barrier
        self._buffer = buffer
        self._ahead = documents.ahead(source)

    def marks(self, container: str, next_ones: Sequence[str]) -> tuple[bytes, ...]:
        """
        By what the pages of a container are recognised; none where its rows have to be planned.

        That is so in every run but a delta, which leaves what did not change as it is; and while a person hides anything: what is
        hidden is noted row by row.
        """
        if not self._recognises or self._barrier.hidden_roots:
            return ()
        return marks_of(self._ahead.told(container, next_ones))

    def known_in(self, container: str, next_ones: Sequence[str] | None = None) -> dict[str, Known]:
        """
        Find the documents last listed in a container, by id.

        Args:
            next_ones: the containers that are listed next, of which is asked in the same question; None: of no other.
        """
        if next_ones is None:
            return self._documents.known_in(container, self._source)
        return self._ahead.known_in(container, next_ones)

    def proven(self, container: str, known: dict[str, Known] | None) -> bytes | None:
        """Fingerprint of the listing whose end was proven last, where the same listing needs no second proof."""
        if not self._is_delta:
            return None
        if known and any(one.missing_run is not None for one in known.values()):
            return None  # only a listing that proves its own end may say again what is missing
        return self._ahead.proven(container)

    def worth_listing(self, containers: Sequence[Container | Below], scope: Scope) -> list[Container]:
        """
        Leave out what is empty and was so before: most entries have no attachment, and need no call or question each.

        That it was met is noted once: how a container was listed is only asked for by what stood in it.
        """
        asked = [container.id for container in containers if container.expected == 0]
        empties = self._documents.empties(asked, self._source) if asked else {}
        worth = []
        for container in containers:
            empty = empties.get(container.id) if container.expected == 0 else None
            if empty is None or empty.was_filled:
                worth.append(container if isinstance(container, Container) else container.make())
            elif not empty.was_noted:
                self._buffer.saw(container.id, scope)
        return worth
