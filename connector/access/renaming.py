"""
Breadcrumbs that are to be made anew, since the list of a container above a document is another one: who may see the document
may see the container's name now, or may not any more.
"""

from __future__ import annotations

from collections.abc import Sequence

from connector.access.accepted import Accepted
from connector.access.shifts import NOTED_AT_ONCE, Shifts
from connector.plan.context import Books
from connector.ports.source import Grant, Remembering, Source

LOSES_NAME, GAINS_NAME = "loses-name", "gains-name"


class Renaming:
    """The breadcrumbs of one target's documents in one run."""

    def __init__(self, books: Books, shifts: Shifts, accepted: Accepted) -> None:
        self._shown = books.shown
        self._shifts = shifts
        self._accepted = accepted
        self._made: list[tuple[Remembering, list[Grant]]] = []
        """Containers whose lists changed: the breadcrumbs below them are made anew by this run."""

    def compare(self, sources: Sequence[Source]) -> None:
        """Note what has another breadcrumb, now that audiences were read; a narrowing changes it, too."""
        self._accepted.names.forget()
        for source in sources:
            if isinstance(source, Remembering) and source.looks_below:
                self._compare(source.name, source)

    def _compare(self, name: str, source: Remembering) -> None:
        changed = source.changed_lists()
        if not changed:
            return
        self._made.append((source, changed))
        noted: list[tuple[str, bytes, str]] = []
        for standing, body, digest in self._shown.below(name, [one.native for one in changed]):
            if not standing.confirmed:
                continue  # taken as new: who may find it is not what was accepted once, and its next push makes its breadcrumb anew
            audience = self._shifts.audience(digest)
            closed = self._accepted.names.closed_on(name, standing.path, audience) or frozenset()
            before = self._accepted.left_out(body)
            if closed != before:
                noted.append((standing.id, digest, LOSES_NAME if closed - before else GAINS_NAME))
            if len(noted) >= NOTED_AT_ONCE:
                self._shown.note_unless_narrowed(noted)
                noted.clear()
        self._shown.note_unless_narrowed(noted)

    def done(self) -> None:
        """All of them were sent."""
        for source, changed in self._made:
            source.breadcrumbs_made(changed)
