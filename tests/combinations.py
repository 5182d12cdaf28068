"""Combinations of levels: few rows that hold every pair, or every triple, of levels of different factors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product

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
