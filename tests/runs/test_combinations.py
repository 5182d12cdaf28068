"""The rows that stand for all combinations."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from tests.combinations import covering


@pytest.mark.parametrize("strength", [2, 3])
def test_every_combination_of_so_many_levels_stands_in_some_row(strength: int) -> None:
    sizes = [2, 3, 2, 4, 2, 2]
    rows = covering(sizes, strength)
    for factors in combinations(range(len(sizes)), strength):
        wanted = set(product(*(range(sizes[factor]) for factor in factors)))
        assert {tuple(row[factor] for factor in factors) for row in rows} == wanted


def test_rows_are_few_and_the_same_each_time() -> None:
    sizes = [2] * 15 + [8]
    assert 16 <= len(covering(sizes, 2)) <= 24
    assert covering(sizes, 2) == covering(sizes, 2)
