"""
How long the rest of a run takes, while it goes on: PURE, but for the clock that it is handed.

What is to come is foretold from the listings so far (`tree_size`), by kind; what it takes is measured by kind as well, since files
with texts take a hundred times as long as folders and may come late. Time in which several things go on is shared among them. Where
too much of the rest stands in rooms that nobody looked into, and those read so far differ too much, nothing is said of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from math import exp, hypot, inf, sqrt
from typing import Any

import msgspec

from connector.document.document import Container, Listed
from connector.plan.tree_size import TreeSize, Whole

FIRST_GUESS_S = 10.0
"""Before that, a rate says nothing of the rest."""
FIRST_SHARE = 0.1
"""Of the whole: before that, nothing is said either."""
DOUBT = 0.125
"""
Standard error of the rest, as a share of it, above which nothing is said: twice it is a quarter.

Tried in the estates of tests/plan/test_remaining_time.py: at 0.16 a fifth of what is told of twelve rooms alike, and half of what is told of
twenty unlike ones, is off by more than a quarter; at 0.25 a quarter, and two thirds. What is sure to come, as a least, is a few per cent
of the rest: rooms are walked one after the other.
"""
LIST, ROW = "<list>", "<row>"
"""Work that is no document of a kind: a page is waited for, a row planned."""
FADE_S = 300.0
"""What was measured fades over half the time so far, and over this at least: a source may become slower."""
GROWS = 2.0
"""What is below a folder that was not read grows as well: an error in it counts twice, and more where rooms differ much."""
OFF = 0.05
"""How far what was told before may be off: a forecast errs, and rooms grow. Near the end the listings are surer."""
LOOK_S = 1.0
FEW = 3
"""Rooms below which nothing is said of how much they differ."""


class Unknown(StrEnum):
    """Why the rest is not known."""

    EARLY = "early"
    """Less than a tenth is done."""
    ROOMS = "rooms"
    """Too much of it may stand in rooms that were not read yet."""
    FOLDERS = "folders"
    """Too much of it may stand in folders that were not read yet."""
    LENGTH = "length"
    """A source does not tell how much it has."""
    CLOSING = "closing"
    """Everything was listed: removals, people and the end of the session follow."""


class Rest(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a run."""

    seconds: float | None = None
    """None: not known."""
    why: Unknown | None = None
    unread: int = 0
    """Rooms that were not opened yet, of so many `rooms`."""
    rooms: int = 0


class Meter:
    """How much of the time that passed each kind of work took."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = self._last = self._faded = clock()
        self._active: Counter[str] = Counter()
        self._total = 0
        self._spent: defaultdict[str, float] = defaultdict(float)
        self._done: defaultdict[str, float] = defaultdict(float)

    def enter(self, kind: str) -> None:
        """A piece of work begins."""
        self.tick()
        self._active[kind] += 1
        self._total += 1

    def leave(self, kind: str, done: int = 1) -> None:
        """A piece of work ends, or rests; `done`: so many of its kind are done with it."""
        self.tick()
        self._active[kind] -= 1
        self._total -= 1
        self._done[kind] += done

    def tick(self) -> None:
        """Share what passed since the last look among what went on."""
        now = self._clock()
        passed, self._last = now - self._last, now
        if self._total:
            for kind, many in self._active.items():
                if many:
                    self._spent[kind] += passed * many / self._total
        if now - self._faded >= LOOK_S:
            left = exp((self._faded - now) / max(FADE_S, (now - self._began) / 2))
            self._faded = now
            for kept in (self._spent, self._done):
                for kind in kept:
                    kept[kind] *= left

    def each(self, kind: str) -> float | None:
        """Seconds that one of a kind takes; None: none was done."""
        done = self._done.get(kind, 0.0)
        return self._spent[kind] / done if done else None


class Spread:
    """How much numbers differ, without keeping them."""

    def __init__(self) -> None:
        self._many = self._sum = self._squares = 0

    def add(self, number: int) -> None:
        """One more."""
        self._many += 1
        self._sum += number
        self._squares += number * number

    @property
    def width(self) -> float:
        """Standard deviation, as a share of their mean; 1 where too few are known."""
        if self._many < FEW or not self._sum:
            return 1.0
        mean = self._sum / self._many
        return sqrt(max(0.0, self._squares - self._many * mean * mean) / (self._many - 1)) / mean

    @property
    def error(self) -> float:
        """Standard error of their mean, as a share of it; 1 where too few are known."""
        return self.width / sqrt(self._many) if self._many >= FEW else 1.0


class SourceRest:
    """What one source has still to be read of."""

    def __init__(
        self, clock: Callable[[], float], expected: int = 0, look: Callable[[], None] = lambda: None
    ) -> None:
        """
        Args:
            expected: items that it has, as an earlier run or a forecast tells; 0: nobody does.
            look: is called when something moved.
        """
        self._clock = clock
        self._look = look
        self.is_over = False
        self._expected = expected
        self._loaded = 0
        """Documents that this load confirmed before it was stopped: they are only listed."""
        self._kept: Counter[str] = Counter()
        self._began: float | None = None
        self._meter = Meter(clock)
        self._tree_size = TreeSize()
        self._rooms = self._opened = 0
        self._rows = 0
        self._slow: Counter[str] = Counter()
        """Rows of each kind that are made by themselves, which may wait for more than the processor."""
        self._made: Counter[str] = Counter()
        self._of_room: Counter[str] = Counter()
        self._closed = Spread()
        self._growth = Spread()
        """Of the rows of each page: so many more they told of."""
        self._left: dict[int, int] = {}
        """Children that a container under way has still to give, as it told."""
        self._sorts: dict[int, str] = {}
        """Of each container that waits or is under way, as long as it lives."""

    # -- what the walk tells ------------------------------------------------------------------

    def begin(self, rooms: int, *, loaded: int = 0) -> None:
        """So many rooms are to be read; so many documents were loaded before, and are only listed."""
        self._rooms += rooms
        self._loaded = loaded
        self.is_over = False
        self._began = self._clock() if self._began is None else self._began

    def enter(self, work: str) -> None:
        """A piece of work begins."""
        self._meter.enter(work)

    def leave(self, work: str, done: int = 1) -> None:
        """It ends, or rests."""
        self._meter.leave(work, done)

    def at_work(self, work: str, done: int = 1) -> AbstractContextManager[None]:
        """Rows are planned (ROW), or a document of a kind is made by itself."""
        return _Work(self, work, done)

    def worked(self, work: str, done: int) -> None:
        """What was begun by `at_work` ends."""
        self._meter.leave(work, done)
        if work != ROW:
            self._made[work] += 1
        self._look()

    def end(self) -> None:
        """Everything was listed, or the walk broke off."""
        self.is_over = True
        self._look()

    def opened(self) -> None:
        """A room was opened, or could not be."""
        self._opened += 1

    def met(self, container: Container, kind: str = "") -> None:
        """
        A container that is to be listed was met.

        Args:
            kind: of the row that it belongs to; empty for that of a room.
        """
        self._sorts[id(container)] = sort = _sort(container, kind)
        self._tree_size.wait(_depth(container), container.expected, sort=sort)

    def page(self, container: Container, rows: Sequence[Listed], slow: Sequence[str]) -> None:
        """
        A page arrived, and what only needs the processor of it was done.

        Args:
            slow: kinds of its rows that are made by themselves.
        """
        left = self._left.get(id(container), container.expected or 0)
        self._tree_size.page(
            _depth(container),
            Counter(row.kind for row in rows if not row.left_out),
            rows=len(rows),
            below=Counter(
                _sort(row.container, row.kind)
                for row in rows
                if row.container is not None and row.container.expected != 0
            ),
            told=min(left, len(rows)),
            first=id(container) not in self._left,
            sort=self._sorts.get(id(container), ""),
        )
        self._left[id(container)] = max(0, left - len(rows))
        self._growth.add(sum(row.container.expected or 0 for row in rows if row.container is not None))
        self._rows += len(rows)
        self._slow.update(slow)
        if self._loaded:
            self._kept.update(row.kind for row in rows if row.container is None)
            self._kept.subtract(slow)
        self._of_room[container.scope.key] += len(rows)

    def listed(self, container: Container) -> None:
        """A container was listed to its end, or as far as it could be."""
        left = self._left.pop(id(container), None)
        self._tree_size.end(
            _depth(container),
            told=(container.expected or 0) if left is None else left,
            silent=container.expected is None,
            begun=left is not None,
            sort=self._sorts.pop(id(container), ""),
        )
        self._look()

    def closed(self, room: str) -> None:
        """Every container of a room was listed."""
        self._closed.add(self._of_room.pop(room, 0))

    # -- what is left ---------------------------------------------------------------------------

    def rest(self) -> Rest:
        """What is left of it, as things stand."""
        if self._began is None:
            return Rest(why=Unknown.EARLY)
        self._meter.tick()
        passed = self._clock() - self._began
        unread = self._rooms - self._opened
        whole = self._tree_size.whole()
        scale = self._rooms / self._opened if self._opened else inf
        if passed < FIRST_GUESS_S or scale == inf:
            return Rest(why=Unknown.EARLY)
        rows = max(0.0, whole.rows * scale - self._rows)
        known = max(0, self._expected - self._rows)
        error, why = self._doubt(rows, whole.rows * (scale - 1))
        if error > DOUBT and not known:
            return Rest(why=why, unread=unread, rooms=self._rooms)
        is_surer = known and OFF * self._expected < 2 * error * rows
        to_come = max(known, self._tree_size.told) if is_surer else rows
        seconds = self._seconds(whole, scale, rows=rows, to_come=to_come)
        if seconds is None or passed < FIRST_SHARE * (passed + seconds):
            return Rest(why=Unknown.EARLY, unread=unread, rooms=self._rooms)
        return Rest(seconds=seconds, unread=unread, rooms=self._rooms)

    def _doubt(self, rows: float, unopened: float) -> tuple[float, Unknown]:
        """
        How far the listings so far may be wrong of so many rows to come, so many of them in rooms that nobody opened.

        Returns:
            Standard error, as a share of the rows to come; and what most of it comes from.
        """
        if self._tree_size.silent:
            return inf, Unknown.LENGTH
        if rows <= 0:
            return 0.0, Unknown.FOLDERS
        of_rooms = min(1.0, unopened / rows) * self._closed.error
        grows = GROWS * max(1.0, self._closed.width**2)
        of_folders = grows * max(0.0, 1 - (unopened + self._tree_size.told) / rows) * self._growth.error
        return hypot(of_rooms, of_folders), Unknown.ROOMS if of_rooms >= of_folders else Unknown.FOLDERS

    def _seconds(self, whole: Whole, scale: float, *, rows: float, to_come: float) -> float | None:
        """
        Seconds for what is to come.

        Args:
            scale: all rooms, over those that were opened.
            rows: to come, as the listings foretell.
            to_come: as was told before, where it was.
        """
        seen, listed = self._tree_size.kinds(), max(1, self._rows)
        stretch = to_come / rows if rows else 1.0
        kept = min(to_come, max(0, self._loaded - self._kept.total()))
        if kept and not self._slow:
            return None
        ahead = {ROW: to_come, LIST: max(0.0, whole.containers * scale - self._tree_size.listed) * stretch}
        for kind, slow in self._slow.items():
            more = (
                (whole.kinds.get(kind, 0.0) * scale - seen[kind]) * stretch
                if rows
                else to_come * seen[kind] / listed
            )
            more = max(0.0, more) * (1 - kept / to_come) if to_come else 0.0
            ahead[kind] = more * slow / max(seen[kind] - self._kept[kind], slow) + slow - self._made[kind]
        seconds = 0.0
        for work, many in ahead.items():
            if many > 0:
                each = self._meter.each(work)
                if each is None:
                    return None
                seconds += many * each
        return seconds


class _Work(AbstractContextManager[None]):
    """A piece of work; a generator would take three times as long."""

    __slots__ = ("_done", "_part", "_work")

    def __init__(self, part: SourceRest, work: str, done: int) -> None:
        self._part, self._work, self._done = part, work, done

    def __enter__(self) -> None:
        self._part.enter(self._work)

    def __exit__(self, *_: object) -> None:
        self._part.worked(self._work, self._done)


class Unmeasured(SourceRest):
    """Of a run that is over before anybody asks how long it takes: nothing is noted."""

    def __init__(self) -> None:
        super().__init__(lambda: 0.0)

    def begin(self, rooms: int, *, loaded: int = 0) -> None:
        """Nothing is noted."""

    def enter(self, work: str) -> None:
        """Nothing is noted."""

    def leave(self, work: str, done: int = 1) -> None:
        """Nothing is noted."""

    def at_work(self, work: str, done: int = 1) -> AbstractContextManager[None]:
        """Nothing is noted."""
        return NOTHING

    def opened(self) -> None:
        """Nothing is noted."""

    def met(self, container: Container, kind: str = "") -> None:
        """Nothing is noted."""

    def page(self, container: Container, rows: Sequence[Listed], slow: Sequence[str]) -> None:
        """Nothing is noted."""

    def listed(self, container: Container) -> None:
        """Nothing is noted."""

    def closed(self, room: str) -> None:
        """Nothing is noted."""


NOTHING = nullcontext()


class Outlook:
    """
    The rest of a run over all of its sources, which are read side by side.

    It is looked at anew by whoever walks, once in a while; who shows it may be another thread.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.rest = Rest(why=Unknown.EARLY)
        """As it was when something moved last: the longest; not known where that of one source is not."""
        self._clock = clock
        self._looked = clock()
        self.expected: dict[str, int] = {}
        """So many items of each source, as was told before."""
        self._parts: dict[str, SourceRest] = {}

    @property
    def measures(self) -> bool:
        """Whether anything is measured yet; nothing is in a delta."""
        return bool(self._parts)

    @property
    def items(self) -> int:
        """Items that all sources have together, as was told before; 0 where of one of them nobody does."""
        known = [self.expected.get(name, 0) for name in list(self._parts)]
        return sum(known) if all(known) else 0

    def expect(self, items: Mapping[str, int]) -> None:
        """So many items are expected of each source."""
        self.expected = dict(items)

    def part(self, source: str) -> SourceRest:
        """The part of one source."""
        if source not in self._parts:
            self._parts[source] = SourceRest(self._clock, self.expected.get(source, 0), self._look)
        return self._parts[source]

    def _look(self) -> None:
        parts = self._parts.values()
        if all(part.is_over for part in parts):
            self.rest = Rest(why=Unknown.CLOSING)
            return
        now = self._clock()
        if now - self._looked >= LOOK_S:
            self._looked = now
            rests = [part.rest() for part in parts if not part.is_over]
            unknown = next((one for one in rests if one.seconds is None), None)
            self.rest = unknown or max(rests, key=lambda one: one.seconds or 0.0)


def expected_of(reports: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """The most items of each source that one of these runs listed and read to the end: some were narrowed to a room."""
    most: dict[str, int] = {}
    for report in reports:
        for name, one in report.get("sources", {}).items():
            if one["complete"]:
                most[name] = max(most.get(name, 0), one["items"])
    return most


def _depth(container: Container) -> int:
    return container.path.count("/")


def _sort(container: Container, kind: str) -> str:
    """Wide ones come before narrow ones (`crawl.frontier`), so what is below them is told apart."""
    return f"{kind}, wide" if container.is_wide else kind
