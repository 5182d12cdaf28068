"""Seats that are offered while a run lists its sources: who waits for the rooms, and who leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from connector.app import App
from connector.daemon import seats as walked_here
from connector.daemon.lane import Gates, Listeners
from connector.daemon.seats import Seats
from connector.daemon.supervisor import Supervisor
from connector.errors import LedgerError
from connector.ports.engine import Ended, Seat
from connector.sandbox.faults import Call, Fault, Held, Latency, Status
from connector.status.metrics import Metrics
from connector.wiring.seat import sit
from tests.engine.table import ROOMS, Table, nothing_is_left, slowly, table, when
from tests.engine.test_sharing import another
from tests.ledger.cluster import Cluster
from tests.neighbourhood import Neighbourhood

pytestmark = pytest.mark.usefixtures("looking_often")


async def test_seats_are_offered_while_the_run_lists_and_nobody_asks_for_anything_before_it_knows_the_rooms(
    tmp_path: Path, cluster: Cluster
) -> None:
    """A queue is looked into once a second: whoever is asked only then keeps the whole walk waiting."""
    async with table(tmp_path, cluster, services=3) as (one, _):
        await one.near.run("full")
        one.near.wire.clear()
        wire, before = one.near.wire, list[tuple[int, int]]()

        def is_listing(call: Call) -> bool:
            if is_it := call.path == "/v1/example-corp/rooms":
                before.append((len(one.offered), sum(one.path.endswith("token") for one in wire.calls)))
            return is_it

        wire.add(Fault(match=is_listing, how=Latency(0.1), times=None))
        await one.run("full")
        assert set(before) == {(3, 1)}, "and the run itself has signed in"
        assert {seat.number for seat in one.needed} == {0, 1, 2}
        nothing_is_left(one)


async def test_who_waits_for_the_rooms_of_a_run_has_nothing_in_hand_yet(
    tmp_path: Path, cluster: Cluster
) -> None:
    async with table(tmp_path, cluster) as (one, _):
        await one.near.run("full")
        gates = Gates(stop=asyncio.Event(), open=asyncio.Event())
        seats = Seats(one.near.app, gates, Listeners(Supervisor(), Metrics()))
        in_hand: dict[str, set[int]] = {"listing": set(), "walking": set()}

        def take(seat: Seat) -> None:
            work = seats.sit(seat, f"member-{seat.number}")
            one.tasks[seat.number] = asyncio.create_task(work)  # type: ignore[assignment]

        def look(call: Call) -> bool:
            lists = call.path == "/v1/example-corp/rooms"
            if lists or "children" in call.path:
                in_hand["listing" if lists else "walking"].add(len(seats.doing))
            return lists

        one.take = take  # type: ignore[method-assign]
        one.near.wire.add(Fault(match=look, how=Latency(0.2), times=None))
        assert (await one.run("full")).outcome == "succeeded"
        assert in_hand["listing"] == {0}
        assert 2 in in_hand["walking"]
        assert not seats.doing


async def test_who_waits_for_the_rooms_of_a_run_waits_for_a_database_that_is_away_as_well(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the run it is cut off, and the run goes on: after as many tries as whoever walks has, nobody would be left to walk."""
    monkeypatch.setattr(walked_here, "AGAIN_S", 0.01)
    async with table(tmp_path, cluster) as (one, _):
        await one.near.run("full")
        slowly(one.near, "* /v1/example-corp/rooms", 0.5)
        near, nowhere = one.near, {"ledger.url": "postgresql://postgres@127.0.0.1:1/nowhere"}
        gates = Gates(stop=asyncio.Event(), open=asyncio.Event())
        tried, ended = list[int](), list[Ended]()

        def app() -> App:
            tried.append(1)
            return near.app() if len(tried) > 3 * walked_here.MOST_LOST else another(near, nowhere)

        seats = Seats(app, gates, Listeners(Supervisor(), Metrics()))

        async def wait(seat: Seat) -> None:
            ended.append(await seats.sit(seat, f"member-{seat.number}"))

        def take(seat: Seat) -> None:
            one.tasks[seat.number] = asyncio.create_task(wait(seat))

        one.take = take  # type: ignore[method-assign]
        assert (await one.run("full")).outcome == "succeeded"
        assert len(tried) > 3 * walked_here.MOST_LOST
        assert ended == [Ended.DONE] * 2


async def test_a_queue_that_takes_no_seats_for_now_costs_the_run_nothing(
    tmp_path: Path, cluster: Cluster
) -> None:
    """Its tables may be locked for as long as an administrator makes them anew."""
    async with table(tmp_path, cluster) as (one, _):
        await one.near.run("full")
        offer, refused = one.offer, list[int]()

        def locked(seats: Sequence[Seat]) -> None:
            if not refused:
                refused.append(len(seats))
                raise LedgerError("somebody has its table")
            offer(seats)

        one.offer = locked  # type: ignore[method-assign]
        assert (await one.run("full")).outcome == "succeeded"
        assert refused == [2]
        assert {seat.number for seat in one.needed} == {0, 1}, (
            "they are offered again once the rooms are known"
        )
        nothing_is_left(one)


async def test_who_was_offered_a_seat_of_a_run_that_does_not_get_so_far_leaves(
    tmp_path: Path, cluster: Cluster
) -> None:
    async with table(tmp_path, cluster, services=3) as (one, _):
        near, offered = one.near, asyncio.Event()

        def take(seat: Seat) -> None:
            Table.take(one, seat)
            offered.set()

        one.take = take  # type: ignore[method-assign]
        near.wire.add(Fault(match="* /v1/communities", how=Held(offered)))
        failure = near.wire.add(Fault(match="* /v1/example-corp/rooms", how=Status(503), times=None))
        assert (await one.run("full")).outcome == "failed"
        assert len(one.offered) == 3
        near.wire.faults.remove(failure)
        with near.app().ledger() as ledger:  # as it died meanwhile
            ledger.shards("intranet").expect(99, "interaxo", seats=1)
        assert not await sit(
            near.app(), Seat("intranet", 99, "interaxo", 0, "R"), "a", stopping=lambda: False
        )
        assert not one.needed
        assert (await one.run("full")).outcome == "succeeded"
        assert near.found() == near.expected()
        nothing_is_left(one)


async def test_whoever_begins_to_walk_begins_with_all_of_its_rooms(tmp_path: Path, cluster: Cluster) -> None:
    """Eight rooms of three seats: one of the last two would be begun when another one ends, and everybody would wait for it."""
    async with table(tmp_path, cluster, services=3, sources__interaxo__concurrency=16) as (one, _):
        near = one.near
        await near.run("full")
        near.wire.clear()
        all_begun = asyncio.Event()
        near.wire.add(Fault(match="*/children*", how=Held(all_begun), times=None))
        run = asyncio.create_task(one.run("full"))
        await when(lambda: len(rooms_begun(near)) == ROOMS + 2, "a room waits for the end of another one")
        all_begun.set()
        assert (await run).outcome == "succeeded"
        assert {seat.number for seat in one.needed} == {0, 1, 2}


def rooms_begun(near: Neighbourhood) -> set[str]:
    """Addresses of the rooms whose own listing was asked for."""
    return {call.path for call in near.wire.calls if call.path.endswith("/children")}


async def test_a_service_that_ends_while_a_run_lists_leaves_its_seat_to_others(
    tmp_path: Path, cluster: Cluster
) -> None:
    async with table(tmp_path, cluster, services=2) as (one, _):
        one.stopping[1] = lambda: True
        assert (await one.run("full")).outcome == "succeeded"
        assert [seat.number for seat in one.needed] == [0]
        assert one.near.found() == one.near.expected()
