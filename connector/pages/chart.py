"""The chart of the overview: what came into the search in the last days, and where nothing did. Numbers in, shapes out. PURE."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from connector.document.counting import Number, counted, spaced
from connector.document.durations import DAY_S, HOUR_S
from connector.document.states import Outcome
from connector.status.headline import BAD, GOOD, WARNING

WIDTH, HEIGHT, LEFT = 720, 130, 52
DAYS = 7
SPAN_S = 2 * HOUR_S
"""What one bar stands for."""
SPANS = round(DAYS * DAY_S / SPAN_S)
SHORTEST_DAY_S = 5 * SPAN_S
"""A day that began later has no room for its name."""
COUNT_MARKS = tuple(10.0**power for power in range(1, 9))
MOST_MARKS = 4
TONES: dict[str, str] = {
    Outcome.SUCCEEDED: GOOD,
    Outcome.QUARANTINED: WARNING,
    Outcome.WITHHELD: WARNING,
    Outcome.BRAKED: BAD,
    Outcome.FAILED: BAD,
    Outcome.CANCELLED: WARNING,
}
"""Which of the three colours an outcome has."""
_WORSE = {GOOD: 0, WARNING: 1, BAD: 2}


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    run: str
    outcome: str
    at: float
    changed: int


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """The runs of one span, in the units of the drawing; `words` say what it stands for."""

    run: str
    """The worst of them, the newest of equals."""
    x: float
    y: float
    width: float
    height: float
    tone: str
    words: str


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a scale."""

    at: float
    label: str


class Plot(msgspec.Struct, frozen=True, kw_only=True):
    """The drawing."""

    width: int
    height: int
    left: int
    bars: list[Bar]
    ticks: list[Tick]
    """Of the numbers, upwards."""
    days: list[Tick]
    """Where each day begins."""
    words: str


def plot_week(points: Sequence[Point], *, now: float, timezone: str) -> Plot:
    """
    Documents added, updated or removed in each two hours of the last seven days.

    By magnitude, since a first load dwarfs every delta. A span without a run leaves a gap: that is when nothing could
    come into the search.

    Args:
        points: in any order; older ones are left out.
    """
    begin = now - DAYS * DAY_S
    spans: dict[int, list[Point]] = {}
    for point in points:
        if begin < point.at <= now:
            spans.setdefault(min(SPANS - 1, int((point.at - begin) / SPAN_S)), []).append(point)
    highest = max([sum(one.changed for one in runs) for runs in spans.values()] + [COUNT_MARKS[1]])
    top, room, step = math.log10(1 + highest), HEIGHT - 10.0, (WIDTH - LEFT) / SPANS

    def place(value: float) -> float:
        return HEIGHT - room * math.log10(1 + max(0.0, value)) / top

    bars = []
    for index, runs in sorted(spans.items()):
        worst = max(runs, key=lambda one: (_WORSE[_tone(one)], one.at))
        changed = sum(one.changed for one in runs)
        y = min(place(changed), HEIGHT - 1.5)  # runs without a change leave a trace, too
        bars.append(
            Bar(
                run=worst.run,
                x=round(LEFT + index * step, 1),
                y=round(y, 1),
                width=round(step * 0.72, 1),
                height=round(HEIGHT - y, 1),
                tone=_tone(worst),
                words=_words(runs, changed, begin + index * SPAN_S, timezone),
            )
        )
    marks = [mark for mark in COUNT_MARKS if mark <= highest][-MOST_MARKS:]
    return Plot(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        bars=bars,
        ticks=[Tick(at=round(place(mark), 1), label=spaced(mark)) for mark in marks],
        days=[
            Tick(at=round(LEFT + (at - begin) / SPAN_S * step, 1), label=label)
            for at, label in _days(begin, now, timezone)
        ],
        words=_summary([one for runs in spans.values() for one in runs]),
    )


def _tone(point: Point) -> str:
    return TONES.get(point.outcome, WARNING)


def _words(runs: Sequence[Point], changed: int, begin: float, timezone: str) -> str:
    outcomes: dict[str, int] = {}
    for one in runs:
        outcomes[one.outcome] = outcomes.get(one.outcome, 0) + 1
    ended = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    when = datetime.fromtimestamp(begin, UTC).astimezone(ZoneInfo(timezone))
    return f"{when:%Y-%m-%d} from {when:%H:%M}: {spaced(changed)} {Number(changed):~document/documents} changed by {counted(len(runs), 'run')} ({ended})"


def _summary(runs: Sequence[Point]) -> str:
    bad = sum(_tone(one) == BAD for one in runs)
    changed = spaced(sum(one.changed for one in runs))
    return (
        f"Documents changed in each two hours of the last {DAYS} days: {changed} by {counted(len(runs), 'run')}, of which "
        f"{bad or 'none'} failed or was braked; the table of runs has the same numbers"
    )


def _days(begin: float, now: float, timezone: str) -> Iterator[tuple[float, str]]:
    """Where each day begins, and how it is called."""
    zone = ZoneInfo(timezone)
    day = (
        datetime.fromtimestamp(begin, UTC).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    )
    while (day := (day + timedelta(days=1)).replace(hour=0)).timestamp() <= now - SHORTEST_DAY_S:
        yield day.timestamp(), f"{day:%a} {day.day}"
