"""The chart of runs: numbers in, shapes out."""

from __future__ import annotations

import pytest

from connector.status.chart import BAD, GOOD, LEFT, WIDTH, Point, duration, plot_changes, plot_seconds


def make_point(changed: int = 1, seconds: float = 2.0, outcome: str = "succeeded") -> Point:
    return Point(
        run="01J", mode="delta", outcome=outcome, when="2026-11-21 02:30", changed=changed, seconds=seconds
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.4, "<1 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (3_600, "1 h"),
        (5_400, "1 h 30 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_spans_are_told_in_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_a_first_load_does_not_flatten_the_deltas() -> None:
    bars = plot_changes([make_point(1_000_000), make_point(5)]).bars
    assert bars[0].height > bars[1].height > 5


def test_a_run_without_change_leaves_a_trace() -> None:
    assert plot_changes([make_point(0)]).bars[0].height > 0


@pytest.mark.parametrize("count", [1, 20, 60])
def test_bars_stay_within_the_drawing_and_the_newest_is_at_the_right(count: int) -> None:
    plot = plot_seconds([make_point(seconds=10.0**n % 1e6) for n in range(count)])
    assert all(
        bar.x >= LEFT and bar.x + bar.width <= WIDTH and 0 <= bar.y <= plot.height for bar in plot.bars
    )
    assert plot.bars[-1].x > WIDTH * 0.9


def test_colours_tell_the_outcome() -> None:
    bars = plot_changes([make_point(), make_point(outcome="failed")]).bars
    assert [bar.tone for bar in bars] == [GOOD, BAD]
    assert bars[1].words == "2026-11-21 02:30: delta run failed, 1 documents changed"


def test_no_run_is_no_bar() -> None:
    assert plot_changes([]).bars == []
