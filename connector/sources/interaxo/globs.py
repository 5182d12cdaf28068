"""Which rooms the settings choose, and which they make public, by patterns. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from connector.document.ids import digest


class Globs(NamedTuple):
    """The patterns of one source, over `room` or `community/room`; one that begins with ! excludes and wins."""

    rooms: tuple[str, ...]
    public_rooms: tuple[str, ...]

    @property
    def digests(self) -> bytes:
        """Hashes of both lists, eight bytes each: a rename alone changes neither."""
        return digest(self.rooms, 8) + digest(self.public_rooms, 8)

    def choose(self, community: str, slug: str) -> bool:
        """Whether a room is read; an exclusion wins."""
        return _matches(self.rooms, community, slug)

    def make_public(self, community: str, slug: str) -> bool:
        """Whether a setting makes a room public by name."""
        return _matches(self.public_rooms, community, slug)

    def idle(self, rooms: Sequence[tuple[str, str]]) -> list[str]:
        """What the settings write to choose rooms, or to make them public, and what none of these (community, slug) matches."""
        return [
            f"{key}: {glob}"
            for key, globs in (("rooms", self.rooms), ("public_rooms", self.public_rooms))
            for glob in globs
            if not glob.startswith("!") and not any(_matches((glob,), *room) for room in rooms)
        ]


def _matches(globs: tuple[str, ...], community: str, slug: str) -> bool:
    names = (slug.lower(), f"{community}/{slug}".lower())

    def hit(glob: str) -> bool:
        return any(fnmatchcase(name, glob.lower()) for name in names)

    return any(hit(g) for g in globs if not g.startswith("!")) and not any(
        hit(g[1:]) for g in globs if g.startswith("!")
    )
