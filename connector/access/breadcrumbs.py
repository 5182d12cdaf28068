"""
Which containers a document may name: the breadcrumb tells no name to people who may not see what is called so.

A container's name is left out only if its own list was read and lacks an identity of the document's audience. What a folder
without a list of its own has in common with the items in it hides nothing, and community, workspace and room always stay.
A single user counts as covered by a group that the ledger knows them in. The document's place (MaterializedPath) keeps all ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from connector.document.audience import Audience
from connector.document.ids import path_ids
from connector.ledger.pending_audiences import PendingAudiences
from connector.ledger.people import People
from connector.ports.source import Remembering

KEPT_LISTS = 10_000
Groups = Callable[[str], AbstractSet[str]]
"""The groups that a user is known in, by identities."""


def covers(own: Audience, audience: Audience, groups: Groups) -> bool:
    """Whether everybody of an audience stands in a container's own list, or in a group of it."""
    if audience.within(own):
        return True
    if audience.public:
        return False
    listed = set(own.identities)
    return all(one in listed or groups(one) & listed for one in audience.identities)


class ContainerNames:
    """The names of containers in one run, of the sources that tell of single items."""

    def __init__(self, pending: PendingAudiences, people: People, sources: Mapping[str, Remembering]) -> None:
        self._pending = pending
        self._people = people
        self._sources = sources
        self._own: dict[str, Audience | None] = {}
        self._groups: dict[str, frozenset[str]] | None = None

    def closed(self, above: Iterable[tuple[str, Audience]], audience: Audience) -> frozenset[str]:
        """Of the containers above a document, with their own lists, those that it may not name."""
        return frozenset(one for one, own in above if not covers(own, audience, self._groups_of))

    def closed_on(self, source: str, path: str, audience: Audience) -> frozenset[str] | None:
        """The same by what the ledger holds of the containers on a path; None for a source that has no lists below its scopes."""
        if source not in self._sources:
            return None
        above = path_ids(path)[1:-1]  # the room always stays, and the last one is the document itself
        own = self._own_lists(source, above) if above else {}
        return self.closed([(one, told) for one in above if (told := own.get(one)) is not None], audience)

    def forget(self) -> None:
        """Lists may have been read anew since."""
        self._own.clear()
        self._groups = None

    def _own_lists(self, source: str, ids: Sequence[str]) -> Mapping[str, Audience | None]:
        missing = [one for one in ids if one not in self._own]
        if missing:
            if len(self._own) > KEPT_LISTS:
                self._own.clear()
                missing = list(ids)
            places = self._pending.containers(missing)
            told = self._sources[source].own_lists([native for native, _ in places.values()])
            for one in missing:
                native, public = places.get(one, ("", False))
                own = told.get(native)
                self._own[one] = Audience(own.identities, public=public) if own is not None else None
        return self._own

    def _groups_of(self, identity: str) -> AbstractSet[str]:
        if self._groups is None:
            self._groups = self._people.memberships()
        return self._groups.get(identity, frozenset())
