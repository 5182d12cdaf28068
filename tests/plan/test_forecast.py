"""A first load is foretold within a quarter of what it takes, from a part of the tree."""

from __future__ import annotations

import random
from collections import deque
from typing import Any

import msgspec
import pytest

from connector.plan.forecast import (
    EMPTY_LEDGER,
    GRANT_BYTES,
    ROW_BYTES,
    Made,
    Pace,
    Reach,
    Sample,
    foretell,
    on_disk,
)
from connector.plan.tree_size import TreeSize, Whole


def tree(seed: int, rooms: int) -> list[tuple[int, list[int]]]:
    """Containers as (depth, rows below each container among them); rooms of folders of folders of files."""
    dice = random.Random(seed)
    made: list[tuple[int, list[int]]] = []

    def grow(depth: int) -> int:
        at = len(made)
        made.append((depth, []))
        files = dice.randint(5, 40)
        below = [grow(depth + 1) for _ in range(dice.randint(2, 8))] if depth < 3 else []
        made[at] = (depth, [*below, *([-1] * files)])
        return at

    tops = [grow(0) for _ in range(rooms)]
    return [(-1, tops), *made]


@pytest.mark.parametrize("told", [True, False], ids=["child_count", "silent"])
@pytest.mark.parametrize("seed", range(4))
def test_a_tree_is_foretold_from_a_tenth_of_its_containers(seed: int, told: bool) -> None:
    nodes = tree(seed, 12)
    (_, tops), containers = nodes[0], nodes[1:]
    rows = sum(len(children) for _, children in containers)
    files = sum(child < 0 for _, children in containers for child in children)
    tree_size, waiting = TreeSize(), deque(tops)
    dice = random.Random(seed)

    def expected(at: int) -> int | None:
        return len(containers[at][1]) if told else None

    for top in tops:
        tree_size.wait(0, expected(top))
    for _ in range(len(containers) // 10):
        waiting.rotate(dice.randrange(len(waiting)))
        at = waiting.popleft()
        depth, children = containers[at]
        folders = [one for one in children if one >= 0]
        kinds = {"folder": len(folders), "file": len(children) - len(folders)}
        tree_size.list(depth, expected(at), kinds, rows=len(children), containers=len(folders))
        for one in folders:
            tree_size.wait(depth + 1, expected(one))
            waiting.append(one)
    whole = tree_size.whole()
    assert not tree_size.is_whole
    assert whole.rows == pytest.approx(rows, rel=0.25)
    assert whole.containers == pytest.approx(len(containers), rel=0.25)
    assert whole.kinds["file"] == pytest.approx(files, rel=0.25)


def test_a_tree_that_was_listed_whole_is_counted_without_what_is_left_out() -> None:
    tree_size = TreeSize()
    tree_size.wait(0, None)
    tree_size.list(0, None, {"folder": 1, "file": 1}, rows=3, containers=1)
    tree_size.wait(1, 2)
    tree_size.list(1, 2, {"file": 2}, rows=2, containers=0)
    assert tree_size.is_whole
    assert tree_size.units == 7
    assert tree_size.whole() == Whole(rows=5, containers=2, kinds={"folder": 1, "file": 3})


SAMPLE = Sample(
    base_calls=2,
    scope_calls=10,
    scopes_read=5,
    scopes=10,
    half=Reach(calls=80, units=50, people=40),
    end=Reach(calls=130, units=100, people=50),
    whole=Whole(rows=980, containers=20, kinds={"file": 980}),
    tops={"room": 5},
    made={
        "file": Made(items=10, calls=10, bytes=30_000, kept_bytes=20_000, texts=5),
        "room": Made(items=5, calls=0, bytes=5_000, kept_bytes=5_000, texts=0),
    },
    calls_of_a_person=2,
    pace=Pace(call_s=0.2, at_once=16),
    has_grants=False,
    cache_bytes_of_a_text=4_000,
)


def told_of(**changes: Any) -> Any:
    return foretell(msgspec.structs.replace(SAMPLE, **changes))


def test_calls_bytes_and_disk_grow_with_the_rows() -> None:
    told = foretell(SAMPLE)
    people = 50 * 10**0.3219
    assert told.documents == 980 + 10
    assert told.calls == pytest.approx(2 + 20 + (130 + 900) + 980 + 2 * people, abs=1)
    assert told.bytes == 980 * 3_000 + 10 * 1_000
    assert told.ledger_bytes == EMPTY_LEDGER + 990 * ROW_BYTES + 980 * 2_000 + 10 * 1_000
    assert told.cache_bytes == 490 * 4_000
    assert told_of(has_grants=True).ledger_bytes == told.ledger_bytes + 990 * GRANT_BYTES


@pytest.mark.parametrize(
    ("size", "least", "most"),
    [(500, 500, 520), (2_500, 2_700, 3_100), (8_000, 8_100, 16_400), (20_000, 20_000, 26_000)],
)
def test_a_row_takes_more_than_its_size_the_fewer_of_them_fit_a_page(
    size: int, least: int, most: int
) -> None:
    assert least <= on_disk(size) <= most


def test_what_is_met_at_first_only_is_not_expected_of_the_rest() -> None:
    steady = told_of(half=Reach(calls=65, units=50, people=50))
    assert foretell(SAMPLE).calls < steady.calls + 300


def test_a_few_rows_are_too_few_to_be_halved() -> None:
    told = told_of(half=Reach(calls=120, units=90, people=50), calls_of_a_person=0)
    assert told.calls == pytest.approx(2 + 20 + 130 * 10 + 980, abs=1)


def test_what_was_listed_whole_costs_what_it_cost() -> None:
    told = told_of(whole=Whole(rows=90, containers=10, kinds={"file": 90}), scopes=5, calls_of_a_person=1)
    assert told.calls == 2 + 10 + 130 + 90 + 50


def test_a_source_of_nothing_takes_nothing() -> None:
    nothing = Reach(calls=0, units=0, people=0)
    told = told_of(
        whole=Whole(rows=0, containers=0, kinds={}), scopes_read=0, scopes=0, scope_calls=0, half=nothing, end=nothing,
        tops={}, made={},
    )  # fmt: skip
    assert (told.documents, told.calls, told.bytes, told.cache_bytes) == (0, 2, 0, 0)


@pytest.mark.parametrize(
    ("pace", "seconds"),
    [
        (Pace(call_s=0.2, at_once=16), 2_239 * 0.2 / 16),
        (Pace(call_s=0.2, at_once=16, calls_per_s=5), 2_239 / 5),
        (Pace(call_s=0.016, at_once=16, work_s=0.01), 9.9 + 1.12),
        (Pace(call_s=0.001, at_once=16, text_s=0.1), 49),
    ],
    ids=["the source", "the settings", "this program", "the readers"],
)
def test_time_is_that_of_the_slowest(pace: Pace, seconds: float) -> None:
    assert told_of(pace=pace).seconds == pytest.approx(seconds, rel=0.01)
