"""
How large a tree of containers is, foretold from those that were listed. PURE.

Level by level, and on each level sort by sort: a source tells how many children a container has before it is listed, and what was
listed of a sort tells how many of its rows are containers, of which sort, and of which kinds they are. Sorts matter where some are
listed before others: an entry's attachments hold nothing, and a wide folder comes before a narrow one.
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
    """What is known of the containers of one sort at one depth."""

    def __init__(self) -> None:
        self.begun = self.listed = self.rows = 0
        self.waiting = self.told = self.silent = 0
        self.met = self.promised = 0
        """Containers that told how many children they have when they were met, and how many these are."""
        self.kinds: Counter[str] = Counter()
        self.below: Counter[str] = Counter()
        """Rows that are containers, by sort."""

    def add(self, other: _Level) -> None:
        """Take in what was listed of another one."""
        self.begun += other.begun
        self.rows += other.rows
        self.met += other.met
        self.promised += other.promised
        self.kinds.update(other.kinds)
        self.below.update(other.below)

    @property
    def each(self) -> float:
        """Children of one, on average."""
        if self.met:
            return self.promised / self.met
        return self.rows / self.begun if self.begun else 0.0


class TreeSize:
    """Containers that were listed, and those that wait, by depth and sort."""

    def __init__(self) -> None:
        self._levels: defaultdict[tuple[int, str], _Level] = defaultdict(_Level)

    def wait(self, depth: int, expected: int | None, *, sort: str = "") -> None:
        """A container was met; `expected`: so many children, as its source says."""
        level = self._levels[depth, sort]
        level.waiting += 1
        level.told += expected or 0
        level.silent += expected is None
        level.met += expected is not None
        level.promised += expected or 0

    def list(
        self, depth: int, expected: int | None, kinds: Mapping[str, int], *, rows: int, containers: int
    ) -> None:
        """
        One that waited was listed to its end, as far as anybody wants to.

        Args:
            kinds: rows that belong into the search, by kind.
        """
        self.page(depth, kinds, rows=rows, below={"": containers}, told=0, first=True)
        self.end(depth, told=expected or 0, silent=expected is None, begun=True)

    def page(
        self,
        depth: int,
        kinds: Mapping[str, int],
        *,
        rows: int,
        below: Mapping[str, int],
        told: int,
        first: bool,
        sort: str = "",
    ) -> None:
        """
        A part of one that waits was listed.

        Args:
            below: rows that are containers, by sort.
            told: so many of its rows were told of before.
            first: nothing of it was listed yet.
        """
        level = self._levels[depth, sort]
        level.begun += first
        level.told -= told
        level.rows += rows
        level.kinds.update(kinds)
        level.below.update(below)

    def end(self, depth: int, *, told: int, silent: bool, begun: bool, sort: str = "") -> None:
        """
        One that waited waits no more.

        Args:
            told: so many rows were told of and did not come.
            begun: some page of it came; else it was empty, or could not be listed.
        """
        level = self._levels[depth, sort]
        level.begun += not begun
        level.waiting -= 1
        level.told -= told
        level.silent -= silent
        level.listed += 1

    @property
    def is_whole(self) -> bool:
        """Whether nothing waits any more."""
        return not any(level.waiting for level in self._levels.values())

    @property
    def units(self) -> int:
        """Containers and rows that were listed: what calls are made for."""
        return self.listed + sum(level.rows for level in self._levels.values())

    @property
    def listed(self) -> int:
        """Containers that were listed to their end."""
        return sum(level.listed for level in self._levels.values())

    @property
    def told(self) -> int:
        """Rows that are sure to come."""
        return sum(level.told for level in self._levels.values())

    @property
    def silent(self) -> int:
        """Containers that wait, or are under way, of which nobody tells how much they have."""
        return sum(level.silent for level in self._levels.values())

    def kinds(self) -> Counter[str]:
        """Rows that were listed, by kind, without those that settings leave out."""
        return sum((level.kinds for level in self._levels.values()), Counter())

    def whole(self) -> Whole:
        """What was listed, and what is below that which waits."""
        rows = containers = 0.0
        kinds: defaultdict[str, float] = defaultdict(float)
        unseen: Mapping[str, float] = {}
        alike, all_of_them = self._pooled()
        deepest = max((depth for depth, _ in self._levels), default=-1)
        for depth in range(deepest + 2):
            deeper: defaultdict[str, float] = defaultdict(float)
            for sort in {*unseen, *(sort for at, sort in self._levels if at == depth)}:
                level = self._levels.get((depth, sort)) or _Level()
                guess = next(
                    (one for one in (level, alike.get(sort)) if one is not None and one.rows), all_of_them
                )
                size = next((one for one in (level, alike.get(sort)) if one is not None and one.each), guess)
                coming = unseen.get(sort, 0.0)
                below = level.told + (level.silent + coming) * size.each
                rows += level.rows + below
                containers += level.listed + level.waiting + coming
                share = below / guess.rows if guess.rows else 0.0
                for kind in level.kinds.keys() | guess.kinds.keys():
                    kinds[kind] += level.kinds[kind] + share * guess.kinds[kind]
                for child, many in guess.below.items():
                    deeper[child] += share * many
            unseen = deeper
        return Whole(rows=rows, containers=containers, kinds=dict(kinds))

    def _pooled(self) -> tuple[dict[str, _Level], _Level]:
        """What was listed of each sort at any depth, and of all of them."""
        alike: dict[str, _Level] = {}
        whole = _Level()
        for (_, sort), level in self._levels.items():
            alike.setdefault(sort, _Level()).add(level)
            whole.add(level)
        return alike, whole
