"""The chart of past runs as inline SVG: how much changed, and how long it took. Numbers in, shapes out. PURE."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import msgspec

WIDTH, CHANGES_HEIGHT, SECONDS_HEIGHT, LEFT = 720, 120, 64, 52
SHOWN = 60
FEWEST = 20
"""Runs that the drawing has room for at least, so that a few bars do not look like walls."""
COUNT_MARKS = tuple(10.0**power for power in range(1, 9))
SECONDS_MARKS = (1.0, 10.0, 60.0, 600.0, 3_600.0, 6 * 3_600.0, 86_400.0)
GOOD, WARNING, BAD = "good", "warning", "bad"
TONES = {
    "succeeded": GOOD,
    "quarantined": WARNING,
    "withheld": WARNING,
    "braked": BAD,
    "failed": BAD,
    "cancelled": WARNING,
}
"""Which of the three colours an outcome has."""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    run: str
    mode: str
    outcome: str
    when: str
    changed: int
    seconds: float


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One bar, in the units of its drawing; `words` say what it stands for."""

    run: str
    x: float
    y: float
    width: float
    height: float
    tone: str
    words: str


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a scale."""

    y: float
    label: str


class Plot(msgspec.Struct, frozen=True, kw_only=True):
    """One drawing."""

    width: int
    height: int
    left: int
    bars: list[Bar]
    ticks: list[Tick]


def plot_changes(points: Sequence[Point]) -> Plot:
    """Documents added, updated or removed by each run; by magnitude, since a first load dwarfs every delta."""
    return _plot(
        points, [p.changed for p in points], CHANGES_HEIGHT, _count, "documents changed", COUNT_MARKS
    )


def plot_seconds(points: Sequence[Point]) -> Plot:
    """How long each run took, by magnitude."""
    return _plot(points, [p.seconds for p in points], SECONDS_HEIGHT, duration, "", SECONDS_MARKS)


def duration(seconds: float) -> str:
    """A span of time in its two largest units."""
    if seconds < 1:
        return "0 s" if seconds <= 0 else "<1 s"
    whole = round(seconds)
    for unit, size, below, part in (("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            rest = whole % size // part
            return f"{whole // size} {unit}" + (f" {rest} {below}" if rest else "")
    return f"{whole} s"


def _plot(
    points: Sequence[Point],
    values: Sequence[float],
    height: int,
    label: Callable[[float], str],
    unit: str,
    marks: Sequence[float],
) -> Plot:
    highest = max([*values, marks[1]])
    top = math.log10(1 + highest)
    room = height - 10.0

    def place(value: float) -> float:
        return height - room * math.log10(1 + max(0.0, value)) / top

    slots = max(FEWEST, len(points))
    step = (WIDTH - LEFT) / slots
    bars = []
    for index, (point, value) in enumerate(zip(points, values, strict=True)):
        y = min(place(value), height - 1.5)  # a run without change leaves a trace, too
        words = f"{point.when}: {point.mode} run {point.outcome}, {label(value)} {unit}".rstrip()
        x = LEFT + (slots - len(points) + index) * step
        bars.append(
            Bar(
                run=point.run,
                x=round(x, 1),
                y=round(y, 1),
                width=round(step * 0.72, 1),
                height=round(height - y, 1),
                tone=TONES.get(point.outcome, WARNING),
                words=words,
            )
        )
    most = 2 if height < 100 else 4
    shown = [mark for mark in marks if mark <= highest][-most:]
    return Plot(
        width=WIDTH,
        height=height,
        left=LEFT,
        bars=bars,
        ticks=[Tick(y=round(place(mark), 1), label=label(mark)) for mark in shown],
    )


def _count(value: float) -> str:
    return f"{value:,.0f}".replace(",", "\u202f")
