"""A table that people keep by hand: what was sorted by one column, and what was only corrected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.document.mixed_up import FEWEST, mixed_up

ROWS = {"a": ["1"], "b": ["2"], "c": ["3"], "d": ["4"]}


@given(st.permutations(range(12)))
def test_any_other_order_of_one_column_is_noticed_from_three_rows_on(order: list[int]) -> None:
    before = {f"key {n}": [str(n)] for n in range(12)}
    now = {f"key {n}": [str(one)] for n, one in enumerate(order)}
    moved = sorted(f"key {n}" for n, one in enumerate(order) if n != one)
    assert mixed_up(before, now) == (moved if len(moved) >= FEWEST else [])


@pytest.mark.parametrize(
    "now",
    [
        {**ROWS, "a": ["2"], "b": ["1"]},
        {key: ["new"] for key in ROWS},
        {**ROWS, "a": ["1", "2"], "b": ["2", "3"], "c": ["3", "1"]},
        {**ROWS, "a": ["2"], "b": ["5"], "c": ["6"]},
        {"a": ["1"]},
        {"x": ["2"], "y": ["3"], "z": ["4"]},
    ],
    ids=["two swapped", "renamed", "given more", "one follows another", "left out", "others"],
)
def test_corrections_are_none(now: dict[str, list[str]]) -> None:
    assert mixed_up(ROWS, now) == []


def test_roles_in_several_rows_are_noticed_too() -> None:
    before = {"a": ["1", "2"], "b": ["2"], "c": ["3"], "d": ["3", "4"]}
    assert mixed_up(before, {"a": ["3", "4"], "b": ["3"], "c": ["2"], "d": ["1", "2"]}) == [
        "a",
        "b",
        "c",
        "d",
    ]
