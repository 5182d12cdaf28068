"""
Breadcrumbs that are to be made anew. A document names a container above it only if everybody who may see the document may see that
container. That changes when the container has another list or is public no more, or when somebody who may see the document joins or leaves a
group.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from connector.access.accepted import Accepted
from connector.access.audience_updates import NOTED_AT_ONCE, AudienceUpdates
from connector.ledger.rows import Body, Standing
from connector.plan.context import Books, Run
from connector.ports.grants import Grant
from connector.ports.source import Remembering, Source

LOSES_NAME, GAINS_NAME = "loses-name", "gains-name"
KIND = "breadcrumbs-made"
"""Note of a target: since when people's groups may be others than those that breadcrumbs were made by."""


class BreadcrumbUpdates:
    """The breadcrumbs of one target's documents in one run."""

    def __init__(self, run: Run, books: Books, updates: AudienceUpdates, accepted: Accepted) -> None:
        self._run = run
        self._people = books.people
        self._notes = books.notes("")
        self._pending = books.pending_audiences
        self._updates = updates
        self._accepted = accepted
        self._made: list[tuple[Remembering, list[Grant]]] = []
        """Sources, each with the containers whose lists changed: the breadcrumbs below those are made anew by this run."""

    def compare(self, sources: Sequence[Source]) -> None:
        """Note what has another breadcrumb, now that audiences were read; a narrowing changes it, too."""
        self._accepted.names.forget()
        looking = [one for one in sources if isinstance(one, Remembering) and one.looks_below]
        any_public = bool(looking) and self._pending.has_any_public()
        regrouped = self._people.regrouped_since(self._made_at()) if looking else set()
        for source in looking:
            changed = source.changed_lists()
            self._made.append((source, changed))
            closing = self._pending.closing(source.name) if any_public else []
            natives = [*(one.native for one in changed), *closing]
            below = self._pending.below(source.name, natives) if natives else ()
            self._compare(source.name, chain(below, self._pending.naming(source.name, regrouped)))

    def _made_at(self) -> float:
        made_at = self._notes.get_json(KIND, self._run.target, float)
        if made_at is not None:
            return made_at
        return self._run.started if self._run.before is None else self._run.before

    def _compare(self, name: str, documents: Iterable[tuple[Standing, Body, bytes]]) -> None:
        noted: list[tuple[str, bytes, str]] = []
        for standing, body, digest in documents:
            if not standing.confirmed:
                continue  # taken as new: who may find it is not what was accepted once, and its next push makes its breadcrumb anew
            audience = self._updates.audience(digest)
            closed = self._accepted.names.closed_on(name, standing.path, audience) or frozenset()
            before = self._accepted.left_out(body)
            if closed != before:
                how = LOSES_NAME if closed - before else GAINS_NAME
                self._updates.names_come |= how == GAINS_NAME
                noted.append((standing.id, digest, how))
            if len(noted) >= NOTED_AT_ONCE:
                self._pending.note_unless_narrowed(noted)
                noted.clear()
        self._pending.note_unless_narrowed(noted)

    def done(self) -> None:
        """All of them were sent."""
        for source, changed in self._made:
            if changed:
                source.breadcrumbs_made(changed)
        if self._made:
            self._notes.put_json(KIND, self._run.target, self._run.started, run=self._run.number)
