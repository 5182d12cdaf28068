"""
How large a tree of containers is, foretold from those that were listed. PURE.

Level by level: a source tells how many children a container has before it is listed, and what was listed of a level tells how
many of its rows are containers, and of which kinds they are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

import msgspec


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A whole tree, as far as it is known or foretold."""

    rows: float
    containers: float
    kinds: Mapping[str, float]
    """Rows by kind, without those that settings leave out."""


class _Level:
    """What is known of the containers at one depth."""

    def __init__(self) -> None:
        self.listed = self.rows = self.containers = 0
        self.waiting = self.told = self.silent = 0
        self.kinds: Counter[str] = Counter()


class Census:
    """Containers that were listed, and those that wait, by depth."""

    def __init__(self) -> None:
        self._levels: defaultdict[int, _Level] = defaultdict(_Level)

    def wait(self, depth: int, expected: int | None) -> None:
        """A container was met; `expected`: so many children, as its source says."""
        level = self._levels[depth]
        level.waiting += 1
        level.told += expected or 0
        level.silent += expected is None

    def list(
        self, depth: int, expected: int | None, kinds: Mapping[str, int], *, rows: int, containers: int
    ) -> None:
        """
        One that waited was listed to its end, as far as anybody wants to.

        Args:
            kinds: rows that belong into the search, by kind.
        """
        level = self._levels[depth]
        level.waiting -= 1
        level.told -= expected or 0
        level.silent -= expected is None
        level.listed += 1
        level.rows += rows
        level.containers += containers
        level.kinds.update(kinds)

    @property
    def is_whole(self) -> bool:
        """Whether nothing waits any more."""
        return not any(level.waiting for level in self._levels.values())

    @property
    def units(self) -> int:
        """Containers and rows that were listed: what calls are made for."""
        return sum(level.listed + level.rows for level in self._levels.values())

    def whole(self) -> Whole:
        """What was listed, and what is below that which waits."""
        rows = containers = unseen = each = share = 0.0
        kinds: defaultdict[str, float] = defaultdict(float)
        mix: Mapping[str, float] = {}
        deepest = max(self._levels, default=-1)
        for depth in range(deepest + 2):
            level = self._levels.get(depth) or _Level()
            if level.listed:
                each = level.rows / level.listed
            if level.rows:
                share = level.containers / level.rows
                mix = {kind: count / level.rows for kind, count in level.kinds.items()}
            below = level.told + (level.silent + unseen) * each
            rows += level.rows + below
            containers += level.listed + level.waiting + unseen
            for kind in level.kinds.keys() | mix.keys():
                kinds[kind] += level.kinds[kind] + below * mix.get(kind, 0.0)
            unseen = below * share
        return Whole(rows=rows, containers=containers, kinds=dict(kinds))
