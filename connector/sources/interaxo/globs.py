"""Which rooms the settings choose, and which they make public, by patterns. PURE."""

from __future__ import annotations

import unicodedata
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
        """
        What the settings write to choose rooms, or to make them public, and what none of these (community, slug) matches.

        A room that is excluded by its very name is not there, or is written otherwise, and then it is read.
        """
        return [
            f"{key}: {glob}"
            for key, globs in (("rooms", self.rooms), ("public_rooms", self.public_rooms))
            for glob in globs
            if _is_idle(glob, rooms)
        ]


def _matches(globs: tuple[str, ...], community: str, slug: str) -> bool:
    of, room = _plain(community), _plain(slug)
    return any(_names(_plain(g), of, room) for g in globs if not g.startswith("!")) and not any(
        _excludes(_plain(g[1:]), of, room) for g in globs if g.startswith("!")
    )


def _is_idle(glob: str, rooms: Sequence[tuple[str, str]]) -> bool:
    name = glob.removeprefix("!")
    if name == glob:
        return not any(_matches((glob,), *room) for room in rooms)
    return not set(name) & set("*?[") and not any(
        _excludes(_plain(name), _plain(community), _plain(slug)) for community, slug in rooms
    )


def _names(glob: str, community: str, slug: str) -> bool:
    """Whether a pattern names a room: by its community only where it has a slash, else `open-*` names all rooms of open-corp."""
    of, slash, room = glob.rpartition("/")
    return fnmatchcase(slug, room) and (not slash or fnmatchcase(community, of))


def _excludes(glob: str, community: str, slug: str) -> bool:
    """What may be meant to stay out does."""
    return fnmatchcase(slug, glob) or fnmatchcase(f"{community}/{slug}", glob)


def _plain(text: str) -> str:
    """Without case, and each letter in one form, however it was typed."""
    return unicodedata.normalize("NFC", text).lower()
