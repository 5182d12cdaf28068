"""The chart of the last week: numbers in, shapes out."""

from __future__ import annotations

import pytest

from connector.pages.chart import (
    DAYS,
    HEIGHT,
    LEFT,
    SPAN_S,
    WIDTH,
    Plot,
    Point,
    plot_week,
)
from connector.status.headline import BAD, GOOD

NOW = 1_800_000_000.0


def make_point(changed: int = 1, ago_s: float = 60.0, outcome: str = "succeeded") -> Point:
    return Point(run=f"01J-{ago_s:.0f}", outcome=outcome, at=NOW - ago_s, changed=changed)


def plot(*points: Point) -> Plot:
    return plot_week(points, now=NOW, timezone="Europe/Oslo")


def test_a_first_load_does_not_flatten_the_deltas() -> None:
    delta, load = plot(make_point(1_000_000), make_point(5, SPAN_S * 3)).bars
    assert load.height > delta.height > 5


def test_a_run_without_change_leaves_a_trace() -> None:
    assert plot(make_point(0)).bars[0].height > 0


def test_runs_of_two_hours_are_one_bar_that_leads_to_the_worst_of_them() -> None:
    (bar,) = plot(make_point(3, 10), make_point(4, 900, "failed"), make_point(5, 1_800)).bars
    assert (bar.tone, bar.run) == (BAD, "01J-900")
    assert "12 documents changed by 3 runs (1 failed, 2 succeeded)" in bar.words


def test_hours_without_a_run_are_a_gap() -> None:
    first, last = plot(make_point(1, SPAN_S * 5), make_point()).bars
    assert last.x - first.x > 4 * first.width


def test_bars_stay_within_the_drawing_and_the_newest_is_at_the_right() -> None:
    drawn = plot(*(make_point(10**n, 3_600.0 * 24 * n) for n in range(DAYS + 3)))
    assert len(drawn.bars) == DAYS
    assert all(bar.x >= LEFT and bar.x + bar.width <= WIDTH and 0 <= bar.y <= HEIGHT for bar in drawn.bars)
    assert drawn.bars[-1].x > WIDTH * 0.95
    assert drawn.bars[-1].tone == GOOD


@pytest.mark.parametrize("now", [1_774_800_000.0, 1_792_900_000.0])
def test_each_day_is_named_once_when_clocks_are_set(now: float) -> None:
    drawn = plot_week([], now=now, timezone="Europe/Oslo")
    assert len({one.label for one in drawn.days}) == len(drawn.days) >= DAYS - 1
    assert drawn.bars == []
