"""Combinations of levels: few rows that hold every pair, or every triple, of levels of different factors."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any, TypeVar

T = TypeVar("T")
Pick = tuple[tuple[int, int], ...]
"""Some factors, each with the level it has: (number of the factor, number of the level)."""


def covering(sizes: Sequence[int], strength: int) -> list[tuple[int, ...]]:
    """
    Rows of levels in which every combination of `strength` levels of different factors occurs at least once.

    Greedy and without chance: the same sizes give the same rows. Rows are few, not the fewest.
    """
    missing: dict[Pick, None] = {
        tuple(zip(factors, levels, strict=True)): None
        for factors in combinations(range(len(sizes)), strength)
        for levels in product(*(range(sizes[factor]) for factor in factors))
    }
    rows = []
    while missing:
        row = dict(next(iter(missing)))
        for factor in range(len(sizes)):
            if factor not in row:
                row[factor] = max(
                    range(sizes[factor]),
                    key=lambda level, factor=factor: sum(  # type: ignore[misc]
                        one in missing for one in _with(row, factor, level, strength)
                    ),
                )
        whole = tuple(row[factor] for factor in range(len(sizes)))
        for factors in combinations(range(len(sizes)), strength):
            missing.pop(tuple((factor, whole[factor]) for factor in factors), None)
        rows.append(whole)
    return rows


def _with(row: Mapping[int, int], factor: int, level: int, strength: int) -> Iterator[Pick]:
    """Every combination of `strength` levels that a row gains by one more level."""
    for others in combinations(sorted(row), strength - 1):
        yield tuple(sorted([*((other, row[other]) for other in others), (factor, level)]))


def pairs(*factors: Collection[Any]) -> list[tuple[Any, ...]]:
    """Rows, for a test's parameters, in which every two levels of different factors meet."""
    levels = [list(one) for one in factors]
    return [
        tuple(of_one[level] for of_one, level in zip(levels, row, strict=True))
        for row in covering([len(one) for one in levels], 2)
    ]


def in_turn(*factors: Collection[Any]) -> list[tuple[Any, ...]]:
    """
    Rows in which every level of every factor stands: as many as the most levels of one, and those of the others again and again.

    For factors of which one decides what is read and another what is done with it: each is seen with some of the other.
    """
    levels = [list(one) for one in factors]
    return [tuple(one[n % len(one)] for one in levels) for n in range(max(len(one) for one in levels))]


def every_other(cases: Collection[T]) -> list[T]:
    """
    Every other case, from the first on; all of them in `make soak`.

    For many cases of one mechanism of which each takes whole runs, and which are tried in small elsewhere, too.
    """
    return list(cases)[:: 1 if "CONNECTOR_SOAK" in os.environ else 2]
