"""The calls of seats that nobody needs any more: whoever still walks makes them, and nobody else at the same time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from connector.errors import LeaseLost
from connector.ledger.shards import SeatKey, Shards
from connector.ledger.store import Ledger
from connector.runs import seat as walking_seat
from connector.runs.parts import Opened
from connector.sandbox.faults import Call, Fault, Held
from tests.engine.table import Table, as_seats_are_taken, nothing_is_left, table, when
from tests.engine.test_sharing import told
from tests.estates import EVERYONE
from tests.ledger.cluster import Cluster

FOLDERS = 24
CALLS, PUSHES = 9, 7


def add_large_room(one: Table) -> set[str]:
    """A room that takes longer than all others; says the ids of its folders."""
    root = one.near.rooms.add_room("example-corp", "large", "Large", authorities=EVERYONE)
    folders = [one.near.rooms.add_folder(root, f"Folder {n}") for n in range(FOLDERS)]
    for folder in folders:
        one.near.rooms.add_file(folder, "a.txt", content=b"x")
    return set(folders)


class UnderWay:
    """Listings of the large room, none of which is answered before it may be."""

    def __init__(self, one: Table, folders: set[str]) -> None:
        self.may = asyncio.Event()
        self.now: set[int] = set()
        self._folders = folders
        one.near.wire.add(Fault(match=self._is_below, how=Held(self.may), times=None))

    def _is_below(self, call: Call) -> bool:
        if is_it := "children" in call.path and any(part in self._folders for part in call.path.split("/")):
            self.now.add(call.number)
        return is_it


def given(one: Table) -> int:
    """Seats whose calls another one makes."""
    return int(one.ask("SELECT count(*) FROM seats WHERE given_to IS NOT NULL")[0][0])


@pytest.mark.usefixtures("looking_often")
async def test_the_last_room_is_walked_with_all_calls_and_what_is_found_is_what_one_finds(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had a third of them, until it was done, however long the others had nothing to do."""
    walks: dict[int, tuple[walking_seat.SeatWalk, Opened]] = {}

    def then(seat_walk: walking_seat.SeatWalk, opened: Opened, place: SeatKey) -> None:
        walks[place.number] = seat_walk, opened

    as_seats_are_taken(monkeypatch, then)
    async with table(tmp_path, cluster, services=3, targets__intranet__concurrency=PUSHES) as (one, _):
        near = one.near
        folders = add_large_room(one)
        await near.run("full")
        alone = await near.run("full")
        held = UnderWay(one, folders)
        work = asyncio.create_task(one.run("full"))
        await when(lambda: given(one) == 2, "the others have nothing more to do")
        await when(lambda: len(held.now) == CALLS - 1, "every call but the run's own is made by the last one")
        ((number,),) = one.ask("SELECT number FROM seats WHERE state='walking'")
        seat_walk, opened = walks[number]
        assert opened.sources[0].concurrency == CALLS - 1
        assert seat_walk._outbox.at_once == PUSHES
        held.may.set()
        report = await work
        assert told(report) == told(alone)
        assert near.found() == near.expected()
        nothing_is_left(one)


@pytest.mark.usefixtures("looking_often")
async def test_freed_calls_are_no_more_than_the_source_allows_whoever_dies(
    tmp_path: Path, cluster: Cluster
) -> None:
    async with table(tmp_path, cluster, services=3) as (one, _):
        near = one.near
        folders = add_large_room(one)
        await near.run("full")
        held = UnderWay(one, folders)
        work = asyncio.create_task(one.run("full"))
        await when(lambda: given(one) == 2, "the others have nothing more to do")
        await when(lambda: len(held.now) == CALLS - 1, "the last one has all calls")
        ((number,),) = one.ask("SELECT number FROM seats WHERE state='walking'")
        one.tasks[number].cancel()  # its calls die with it
        await asyncio.wait({one.tasks[number]})
        held.now.clear()
        one.take(next(seat for seat in one.offered if seat.number == number))
        await when(lambda: len(held.now) == CALLS - 1, "whoever took it over makes them")
        assert given(one) == 2
        held.may.set()
        report = await work
        assert report.outcome == "succeeded"
        assert near.found() == near.expected()
        nothing_is_left(one)


@pytest.mark.usefixtures("looking_often")
async def test_as_many_calls_in_a_second_as_all_seats_have_are_made_by_the_last_one(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources: dict[int, Opened] = {}
    as_seats_are_taken(monkeypatch, lambda _, opened, place: sources.update({place.number: opened}))
    async with table(tmp_path, cluster, services=3, sources__interaxo__calls_per_s=300) as (one, _):
        folders = add_large_room(one)
        await one.near.run("full")
        held = UnderWay(one, folders)
        work = asyncio.create_task(one.run("full"))
        await when(lambda: given(one) == 2, "the others have nothing more to do")
        await when(lambda: len(held.now) == CALLS - 1, "the last one has all calls")
        ((number,),) = one.ask("SELECT number FROM seats WHERE state='walking'")
        throttle = sources[number].sources[0].neighbour.throttle  # type: ignore[attr-defined]
        assert throttle.gap_s == pytest.approx(1 / (300 * 3 / 4)), "the run itself keeps its quarter"
        held.may.set()
        assert (await work).outcome == "succeeded"


# -- in the ledger --------------------------------------------------------------------------------

TARGET, SOURCE, RUN, ROOMS = "intranet", "rooms", 7, 4
SEATS = [SeatKey(RUN, SOURCE, number) for number in range(3)]


class Seated:
    """The seats of one run, each taken over a connection of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._ledgers = [self._open()]
        (first,) = self._ledgers
        self.fence = first.runs(TARGET).take_lease(now=time.time())
        for number in range(len(SEATS)):
            first.members().join(f"member-{number}", "a-host", "of-the-test", now=time.time())
        rooms = [(number, f"room-{number}", "{}") for number in range(ROOMS)]
        first.shards(TARGET).open(RUN, SOURCE, seats=len(SEATS), terms="{}", rooms=rooms)

    def take(self, number: int) -> Shards:
        self._ledgers.append(self._open())
        shards = self._ledgers[-1].shards(TARGET)
        assert shards.take(SEATS[number], f"member-{number}") is not None
        return shards

    def take_all(self) -> list[Shards]:
        """Every seat, with every room begun by the first."""
        seats = [self.take(number) for number in range(len(SEATS))]
        while seats[0].next(len(SEATS)):
            pass
        return seats

    def close(self) -> None:
        for one in self._ledgers:
            one.close()

    def _open(self) -> Ledger:
        return Ledger(self.url, now=time.time())


@pytest.fixture
def seated(cluster: Cluster) -> Iterator[Seated]:
    one = Seated(cluster.new_database())
    yield one
    one.close()


def test_the_calls_of_a_seat_go_to_one_other_once_and_nobody_takes_that_seat_any_more(seated: Seated) -> None:
    first, second, third = seated.take_all()
    assert first.take_spare_calls() == []
    third.leave("")
    assert second.take_spare_calls() == [2]
    assert first.take_spare_calls() == second.take_spare_calls() == []
    assert first.take(SEATS[2], "member-2") is None
    second.leave("")
    assert first.take_spare_calls() == [1, 2], "with those that the second made"


def test_a_seat_that_nobody_took_yet_is_spare_once_no_room_waits(seated: Seated) -> None:
    first = seated.take(0)
    assert first.take_spare_calls() == []
    while first.next(len(SEATS)):
        pass
    assert first.take_spare_calls() == [1, 2]


def test_while_a_room_waits_every_seat_stays_for_whoever_may_take_it(seated: Seated) -> None:
    first, second, third = seated.take_all()
    first.leave_to_others("room-0")  # which the source answers nobody else about by this connection
    third.leave("")
    assert second.take_spare_calls() == []
    assert second.next(len(SEATS)) is not None
    assert second.take_spare_calls() == [2]


def test_calls_that_were_given_to_a_seat_are_not_made_by_whoever_takes_it_over_before_they_are_asked_for(
    seated: Seated,
) -> None:
    first, second, third = seated.take_all()
    third.leave("")
    assert second.take_spare_calls() == [2]
    again = seated.take(1)  # the one before died
    assert first.take_spare_calls() == [2], "no more than all are made, whoever asks first"
    assert again.take_spare_calls() == []
    with pytest.raises(LeaseLost):
        second.take_spare_calls()


def test_who_takes_a_seat_over_may_make_again_what_was_given_to_it(seated: Seated) -> None:
    _, second, third = seated.take_all()
    third.leave("")
    assert second.take_spare_calls() == [2]
    assert seated.take(1).take_spare_calls() == [2]


def test_calls_that_were_given_to_whoever_was_given_up_are_spare_again(seated: Seated) -> None:
    first, second, third = seated.take_all()
    third.leave("")
    assert second.take_spare_calls() == [2]
    first.vacate(SEATS[1], 1)
    assert first.take_spare_calls() == [1, 2]


def test_a_seat_that_is_being_taken_is_not_waited_for(seated: Seated) -> None:
    first, _, third = seated.take_all()
    third.leave("")
    with psycopg.connect(seated.url) as other:
        other.execute("SELECT 1 FROM seats WHERE number=2 FOR UPDATE")
        assert first.take_spare_calls() == []
    assert first.take_spare_calls() == [2]


def test_of_a_run_that_is_over_nothing_is_taken(seated: Seated) -> None:
    first, _, third = seated.take_all()
    third.leave("")
    first.close(RUN, SOURCE)
    with pytest.raises(LeaseLost):
        first.take_spare_calls()
