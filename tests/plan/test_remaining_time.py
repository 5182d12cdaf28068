"""How long the rest of a load takes: foretold while it goes on, within a quarter, or not at all. On a clock that only the test moves."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from statistics import median

import msgspec
import pytest

from connector.document.audience import Audience
from connector.document.document import Container, Listed, Scope
from connector.plan.remaining_time import LIST, ROW, Outlook, Rest, Unknown, expected_of
from connector.plan.remaining_words import rest_words

NOBODY = Audience(())


class Folder(msgspec.Struct):
    """A folder of a made-up room."""

    folders: list[Folder]
    files: int


def grow(dice: random.Random, depth: int, files: tuple[int, int]) -> Folder:
    """A folder with what is below it; files stand in the deepest ones, so that they come late."""
    below = [grow(dice, depth - 1, files) for _ in range(dice.randint(2, 6))] if depth else []
    return Folder(below, dice.randint(*files) if not depth else dice.randint(0, 2))


class Load:
    """A load of some rooms by a few hands: pages take their time, and a file takes many times that of a page."""

    HANDS = 8
    PAGE_S, ROW_S = 0.2, 0.002

    def __init__(self, rooms: list[Folder], *, file_s: Callable[[float], float], expected: int = 0) -> None:
        self.now = 0.0
        self.outlook = Outlook(lambda: self.now)
        self.outlook.expect({"a": expected} if expected else {})
        self.told: list[tuple[float, Rest]] = []
        self._rooms = rooms
        self._file_s = file_s

    def run(self) -> list[tuple[float, float, Rest]]:
        """What was told: share of the whole that was done, seconds that were really left, and the words."""
        part = self.outlook.part("a")
        part.begin(len(self._rooms))
        rooms = list(enumerate(self._rooms))[::-1]
        containers: list[tuple[Container, Folder]] = []
        files: list[str] = []
        open_in: dict[str, int] = {}
        under_way: list[tuple[float, int, Callable[[], None]]] = []
        turn = iter(range(10**9))

        def meet(container: Container, folder: Folder, kind: str = "") -> None:
            part.met(container, kind)
            open_in[container.scope.key] = open_in.get(container.scope.key, 0) + 1
            containers.append((container, folder))

        def listed(container: Container, folder: Folder) -> Callable[[], None]:
            def done() -> None:
                part.leave(LIST, done=0)
                with part.at_work(ROW, done=container.expected or 0):
                    self.now += self.ROW_S * (container.expected or 0)
                rows = [*_rows(container, folder)]
                part.page(container, rows, [row.kind for row in rows if row.container is None])
                for row, below in zip(rows, folder.folders, strict=False):
                    if row.container is not None and row.container.expected:
                        meet(row.container, below, "folder")
                files.extend(row.kind for row in rows if row.container is None)
                part.enter(LIST)
                part.leave(LIST)
                part.listed(container)
                open_in[container.scope.key] -= 1
                if not open_in[container.scope.key]:
                    part.closed(container.scope.key)

            return done

        made = {"count": 0}
        while True:
            while len(under_way) < self.HANDS:
                if files:
                    kind = files.pop()
                    work = part.at_work(kind)
                    work.__enter__()
                    made["count"] += 1
                    seconds = self._file_s(self.now)

                    def done(work: object = work) -> None:
                        work.__exit__(None, None, None)  # type: ignore[attr-defined]

                    heappush(under_way, (self.now + seconds, next(turn), done))
                elif containers:
                    container, folder = containers.pop()
                    part.enter(LIST)
                    heappush(under_way, (self.now + self.PAGE_S, next(turn), listed(container, folder)))
                elif rooms:
                    number, folder = rooms.pop()
                    part.opened()
                    scope = Scope(key=f"r{number}", name=f"r{number}")
                    meet(_container(scope, f"/r{number}/", folder), folder)
                else:
                    break
            if not under_way:
                break
            at, _, finish = heappop(under_way)
            self.now = max(self.now, at)
            finish()
            self.told.append((self.now, self.outlook.rest))
        part.end()
        return [(at / self.now, self.now - at, rest) for at, rest in self.told]


def _container(scope: Scope, path: str, folder: Folder) -> Container:
    return Container(
        id=path, native=path, scope=scope, path=path, expected=len(folder.folders) + folder.files
    )


def _rows(container: Container, folder: Folder) -> Iterator[Listed]:
    for at, below in enumerate(folder.folders):
        path = f"{container.path}{at}/"
        yield _listed("folder", path, _container(container.scope, path, below))
    for at in range(folder.files):
        yield _listed("file", f"{container.path}f{at}/")


def _listed(kind: str, path: str, container: Container | None = None) -> Listed:
    return Listed(
        id=path, native=path, kind=kind, name=path, version=b"", audience=NOBODY, container=container
    )


def size(folder: Folder) -> int:
    return len(folder.folders) + folder.files + sum(map(size, folder.folders))


def estate(seed: int, *, rooms: int, unequal: bool) -> list[Folder]:
    dice = random.Random(seed)
    return [
        grow(dice, dice.choice((1, 2, 3, 4)) if unequal else 3, (1, dice.choice((5, 30)) if unequal else 12))
        for _ in range(rooms)
    ]


def of_two_seconds(seed: int) -> Callable[[float], float]:
    dice = random.Random(seed)
    return lambda _now: dice.expovariate(1 / 2)


def ratios(told: list[tuple[float, float, Rest]]) -> list[float]:
    """Told over real, after the first tenth; near the end it is under a minute anyway."""
    return [
        rest.seconds / real for done, real, rest in told if 0.1 <= done <= 0.9 and rest.seconds is not None
    ]


@pytest.mark.parametrize(
    ("seed", "off", "far"), [(0, 1.0, 0.0), (3, 1.0, 0.0), (1, 1.05, 0.0), (2, 0.95, 0.1)]
)
def test_with_the_count_of_an_earlier_run_the_rest_is_told_from_the_first_tenth_on(
    seed: int, off: float, far: float
) -> None:
    rooms = estate(seed, rooms=12, unequal=False)
    told = Load(rooms, file_s=of_two_seconds(seed), expected=round(off * sum(map(size, rooms)))).run()
    assert all(rest.seconds is not None for done, _, rest in told if done >= 0.15)
    wrong = [one for one in ratios(told) if not 0.75 <= one <= 1.25]
    assert len(wrong) <= far * len(told)


@pytest.mark.parametrize("seed", range(3))
def test_without_it_listings_tell_as_soon_as_they_are_enough(seed: int) -> None:
    told = Load(estate(seed, rooms=40, unequal=False), file_s=of_two_seconds(seed)).run()
    assert next(done for done, _, rest in told if rest.seconds is not None) < 0.5
    far = [one for one in ratios(told) if not 0.75 <= one <= 1.25]
    assert len(far) <= 0.05 * len(ratios(told))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rooms_of_very_different_sizes_are_told_rightly_or_said_to_be_unknown(seed: int) -> None:
    told = Load(estate(seed, rooms=20, unequal=True), file_s=of_two_seconds(seed)).run()
    far = [one for one in ratios(told) if not 0.75 <= one <= 1.25]
    assert len(far) <= 0.02 * len(told)


def test_few_rooms_of_different_sizes_are_not_guessed() -> None:
    load = Load(
        [grow(random.Random(1), 1, (1, 4)), *estate(2, rooms=5, unequal=True)], file_s=lambda _now: 2.0
    )
    told = load.run()
    early = [rest for done, _, rest in told if 0.1 <= done <= 0.3 and load.now > 100]
    assert {rest.why for rest in early} <= {Unknown.EARLY, Unknown.ROOMS, Unknown.FOLDERS}


def test_a_source_that_becomes_slower_is_followed() -> None:
    rooms = estate(3, rooms=12, unequal=False)
    expected = sum(map(size, rooms))
    slow_from = Load(rooms, file_s=lambda _now: 2.0, expected=expected)
    whole = slow_from.run()[-1][1] + slow_from.now
    load = Load(rooms, file_s=lambda now: 2.0 if now < whole / 3 else 6.0, expected=expected)
    late = [
        rest.seconds / real
        for done, real, rest in load.run()
        if 0.7 <= done <= 0.95 and rest.seconds is not None
    ]
    assert 0.75 <= median(late) <= 1.25


def test_a_source_that_does_not_tell_its_length_is_said_to_be_silent() -> None:
    now = [0.0]
    outlook = Outlook(lambda: now[0])
    part = outlook.part("a")
    part.begin(1)
    part.opened()
    container = Container(id="k", native="k", scope=Scope(key="k", name="k"), path="/k/")
    part.met(container)
    part.enter(LIST)
    now[0] = 60.0
    part.page(container, [_listed("session", "/k/1/")], [])
    with part.at_work(ROW):
        now[0] = 120.0
    assert outlook.rest.why is Unknown.LENGTH
    assert rest_words(outlook.rest) == "rest not known: a source does not tell"
    part.leave(LIST)
    part.listed(container)
    part.end()
    assert rest_words(outlook.rest) == "all listed, closing"


def test_a_load_that_goes_on_does_not_count_what_it_confirmed_before_as_work() -> None:
    now = [0.0]
    outlook = Outlook(lambda: now[0])
    outlook.expect({"a": 1_000})
    part = outlook.part("a")
    part.begin(1, loaded=500)
    part.opened()
    container = Container(id="k", native="k", scope=Scope(key="k", name="k"), path="/k/", expected=1_000)
    part.met(container)

    def page(rows: int, slow: int) -> None:
        listed = [_listed("file", f"/k/{at}/") for at in range(rows)]
        part.enter(LIST)
        now[0] += 1.0
        part.leave(LIST)
        with part.at_work(ROW, done=rows):
            pass
        part.page(container, listed, ["file"] * slow)
        for _ in range(slow):
            with part.at_work("file"):
                now[0] += 1.0

    page(100, 0)
    now[0] += 60
    page(200, 0)
    assert outlook.rest.why is Unknown.EARLY, "nothing was made yet: nobody knows what it takes"
    page(200, 100)
    # 500 rows are to come, 100 of them confirmed before
    assert outlook.rest.seconds == pytest.approx(400, rel=0.05)


def test_what_is_expected_is_the_most_that_a_run_read_to_its_end_by_source() -> None:
    def told(items: int, *, complete: bool = True) -> dict[str, object]:
        return {"sources": {"a": {"items": items, "complete": complete}, "b": {"items": 1, "complete": True}}}

    assert expected_of([told(15), {}, told(9_000, complete=False), told(134)]) == {"a": 134, "b": 1}
    assert expected_of([]) == {}


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        (Rest(seconds=20), "under a minute left"),
        (Rest(seconds=89), "1 min left"),
        (Rest(seconds=36_000), "10 h left"),
        (Rest(why=Unknown.EARLY), "rest not known yet"),
        (Rest(why=Unknown.ROOMS, unread=14, rooms=20), "rest not known: 14 of 20 rooms not opened"),
        (Rest(why=Unknown.FOLDERS), "rest not known: most folders not read"),
    ],
)
def test_the_rest_in_words(rest: Rest, words: str) -> None:
    assert rest_words(rest) == words
