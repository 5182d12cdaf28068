"""
What the source needs of whoever fetches a library: today exports that people make, perhaps one day the platform's API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from connector.http.exchange import Party
from connector.ports.source import SourceNotes
from connector.sources.interject.model import Library, Place, Rights, Roles
from connector.sources.interject.odd_roles import Doubt


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """A library with what proves, or disproves, that this is all of it."""

    library: Library
    troubles: tuple[str, ...] = ()
    """Why it is not the whole library, in words; empty: it is."""
    used: tuple[str, ...] = ()
    """What it was read from, in words."""
    closed: Mapping[Place, frozenset[str]] = {}
    """New folders that are closed ones of before under another name, folded, each with the roles that see it."""
    doubt: Doubt | None = None
    """Which folders odd rows of the roles file may close; None: there are none."""
    fresh: frozenset[str] = frozenset()
    """What is new in such folders, by native key: nobody can tell who may see it."""
    newer: Mapping[str, Place] = {}
    """Folded folders by native key, as a listing of before told them that was newer than the one of now."""

    def seen_in(self, place: Place, roles: Roles) -> frozenset[str] | None:
        """The roles that see a folded folder; None: an odd row of the roles file may close it to all that saw it."""
        at_most = self.doubt.of(place) if self.doubt is not None else None
        return roles.of(place) if at_most is None else at_most or None


class Fetcher(Protocol):
    """Where a library comes from."""

    address: str
    """Where it is read; the same as long as it is."""
    has_roles: bool
    """Whether roles decide who sees which folder; known before anything is read."""

    async def rights(self) -> Rights:
        """Read roles and people; trouble is told, never raised."""

    async def compared(self, notes: SourceNotes) -> Rights:
        """As `rights`, but as a run with these notes reads them; nothing is noted there."""

    async def fetch(self) -> Fetched:
        """Read the library; trouble is told, never raised."""

    def is_gone(self, native: str) -> bool:
        """Whether two successive complete listings lack something, so that it is gone; asked after `fetch`."""

    def count_absences_anew(self) -> None:
        """What earlier listings lacked counts as lacked by the one of now first; asked after `fetch`."""

    def places_before(self) -> dict[str, Place]:
        """Folded folders of what was listed when the library was last whole, or was found missing since, by native key."""

    def write(self) -> None:
        """Keep what is to be known in later runs."""

    def exchanges(self) -> list[Party]:
        """All that it can read."""
