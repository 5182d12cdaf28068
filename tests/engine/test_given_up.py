"""The walk of one run by several services: seats that others take over, rooms that are given up, and a run that is left alone."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connector.errors import LeaseLost, LedgerAway, LedgerLocked, SourceUnavailable
from connector.ledger.shards import RoomState, SeatKey, Shards
from connector.ledger.store import Ledger
from connector.ports.engine import Seat
from connector.runs import seat
from connector.runs.parts import Opened
from connector.sandbox.faults import Call, Fault, Status
from connector.wiring.opening import Opening
from connector.wiring.seat import sit
from tests.engine.table import Table, as_seats_are_taken, nothing_is_left, quickly, slowly, table, when
from tests.ledger.cluster import Cluster
from tests.neighbourhood import Neighbourhood

pytestmark = pytest.mark.usefixtures("looking_often")
FULL = 7_777_777
"""By this the service is known whose disk is full: it decides nothing here."""


async def test_a_seat_that_is_taken_over_writes_nothing_any_more_and_its_rooms_are_walked_again(
    tmp_path: Path, cluster: Cluster
) -> None:
    async with table(tmp_path, cluster) as (one, _):
        await one.near.run("full")
        slowly(one.near)
        work = asyncio.create_task(one.run("full"))
        await when(
            lambda: one.offered and one.ask("SELECT 1 FROM shards WHERE seat=0 AND state='walking'"),
            "it walks",
        )
        zombie = one.tasks[0]
        one.take(one.offered[0])  # the others gave it up, and it does not know
        report = await work
        await asyncio.wait({zombie})
        assert len(one.lost) == 1
        assert one.near.found() == one.near.expected()
        assert report.documents.unchanged == len(one.near.expected())
        assert report.outcome == "succeeded", "all that a dead one sent was accepted since"
        assert report.session.ended
        nothing_is_left(one)


async def test_who_was_given_up_while_it_waited_for_the_rooms_takes_no_seat_from_whoever_has_it_by_now(
    tmp_path: Path, cluster: Cluster
) -> None:
    """It stood still, and looks once more before it ends itself."""
    async with table(tmp_path, cluster, services=3) as (one, _):
        await one.near.run("full")
        slowly(one.near, "* /v1/example-corp/rooms", 0.3)
        work = asyncio.create_task(one.run("full"))
        await when(lambda: len(one.tasks) == 3, "they wait")
        one.ask("UPDATE members SET state='silent' WHERE id='member-0'")
        zombie, seat_of_both = one.tasks[0], one.offered[0]

        async def inherit() -> None:
            assert await sit(one.near.app(), seat_of_both, "member-2", stopping=lambda: False)

        one.tasks[0] = asyncio.create_task(inherit())
        report = await work
        await asyncio.wait({zombie})
        assert [taken.number for taken in one.needed] == [1], "beside the heir's"
        assert not one.lost
        assert report.outcome == "succeeded"
        assert one.near.found() == one.near.expected()
        nothing_is_left(one)


async def test_who_has_a_seat_no_more_pushes_nothing_once_again(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stood still between two tries, say."""
    monkeypatch.setattr(seat, "ASKED_S", 0.0)
    one_push = {"http__attempts": 4, "targets__intranet__concurrency": 2}
    async with table(tmp_path, cluster, **one_push) as (one, _):
        await one.near.run("full")
        pushed: list[int] = []

        def is_pushed(call: Call) -> bool:
            if "addupdate" not in call.path or not one.offered:
                return False
            if not pushed:
                one.ask("UPDATE seats SET fence=fence+1")
            pushed.append(call.number)
            return True

        fault = one.near.wire.add(Fault(match=is_pushed, how=Status(503), times=None))
        work = asyncio.create_task(one.run("full"))
        await when(lambda: len(one.lost) == 2, "both have lost their seats")
        one.near.wire.faults.remove(fault)
        assert len(pushed) <= 2, "each had one push under way"
        report = await work
        assert one.near.found() == one.near.expected()
        assert report.outcome == "succeeded", "all that they sent was accepted since"
        nothing_is_left(one)


async def test_a_room_that_everybody_dies_with_is_given_up_and_named_and_nothing_of_it_leaves(
    tmp_path: Path, cluster: Cluster
) -> None:
    async with table(tmp_path, cluster) as (one, small):
        await one.near.run("full")
        one.near.rooms.remove(small.report)
        slowly(one.near)
        work = asyncio.create_task(one.run("full"))
        await when(
            lambda: one.ask("SELECT 1 FROM shards WHERE room=%s AND state='walking'", small.tunnel),
            "it walks",
        )
        one.ask("UPDATE shards SET taken=4 WHERE room=%s", small.tunnel)
        ((number,),) = one.ask("SELECT seat FROM shards WHERE room=%s", small.tunnel)
        one.take(one.offered[number])
        report = await work
        assert report.outcome == "withheld"
        assert [
            error for error in report.sources["interaxo"].errors if "Tunnel" in error or "tunnel" in error
        ]
        assert f"ix-{small.report}" in one.near.found(), "nobody knows whether it is gone"
        assert not report.session.ended
        quickly(one.near)
        await one.run("full")
        assert f"ix-{small.report}" not in one.near.found()


async def test_a_room_that_nobody_walks_to_its_end_is_named(tmp_path: Path, cluster: Cluster) -> None:
    async with table(tmp_path, cluster) as (one, small):
        await one.near.run("full")
        one.near.rooms.remove(small.report)
        slowly(one.near)
        work = asyncio.create_task(one.run("full"))
        await when(lambda: one.ask("SELECT 1 FROM shards"), "it is shared")
        one.ask("UPDATE shards SET state='walking', seat=77 WHERE room=%s", small.tunnel)
        report = await work
        assert report.outcome == "withheld"
        assert "tunnel" in " ".join(report.sources["interaxo"].errors)
        assert f"ix-{small.report}" in one.near.found()
        assert not report.session.ended


async def test_a_room_of_which_the_source_answers_nobody_is_named_and_costs_no_other(
    tmp_path: Path, cluster: Cluster
) -> None:
    async with table(tmp_path, cluster) as (one, small):
        one.near.wire.add(Fault(match=f"*{small.tunnel}*", how=Status(500), times=None))
        report = await one.run("full")
        assert not one.failed
        assert report.outcome == "withheld"
        (error,) = report.sources["interaxo"].errors
        assert "tunnel" in error.lower()
        assert one.ask("SELECT count(DISTINCT room) FROM documents") == [(7,)]
        nothing_is_left(one)


@pytest.mark.parametrize("rooms", [(), ("more-1", "more-2")], ids=["many", "fewer than tell"])
async def test_whoever_is_cut_off_from_the_source_leaves_its_rooms_to_others(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, rooms: Sequence[str]
) -> None:
    is_cut_off = asyncio.Event()

    def then(_: seat.SeatWalk, opened: Opened, place: SeatKey) -> None:
        source: Any = opened.sources[0]
        reached = source.top

        async def top(*given: Any, **more: Any) -> Any:
            if place.number == 0:
                is_cut_off.set()
                raise SourceUnavailable("no route to the host")
            await is_cut_off.wait()  # else it may have walked everything before the other one began
            return await reached(*given, **more)

        monkeypatch.setattr(source, "top", top)

    as_seats_are_taken(monkeypatch, then)
    async with table(tmp_path, cluster) as (one, _):
        await one.near.run("full")
        everything = one.near.expected()
        if rooms:
            one.near.values["sources.interaxo.rooms"] = rooms
        report = await one.run("full")
        assert one.needed
        assert not report.sources["interaxo"].errors
        assert rooms or report.outcome == "succeeded"
        assert one.near.found() == everything
        assert len(one.failed) == 1
        nothing_is_left(one)


@pytest.mark.parametrize("lasts", [3, 10_000], ids=["a while", "as long as the run"])
async def test_a_run_whose_queue_does_not_answer_goes_on_with_whoever_walks(
    tmp_path: Path, cluster: Cluster, left: list[int], lasts: int
) -> None:
    """Its tables may be locked for as long as an administrator makes them anew, or the server lets in nobody more for a moment."""
    async with table(tmp_path, cluster, services=3) as (one, _):
        await one.near.run("full")
        slowly(one.near)
        take, asked = one.take, list[int]()
        one.take = lambda seat: take(seat) if seat.number else None  # type: ignore[method-assign]

        def locked(seats: Sequence[Seat]) -> set[int]:
            asked.append(len(seats))
            if len(asked) <= lasts:
                raise LedgerLocked("somebody has its table")
            return Table.held(one, [seat for seat in seats if seat.number in one.tasks])

        one.held = locked  # type: ignore[method-assign]
        report = await one.run("full")
        assert len(asked) > 2
        assert report.outcome == "succeeded", report.reasons
        assert left == [0], "they walk on"
        assert {seat.number for seat in one.needed} == {1, 2}, (
            "nobody is waited for who would have to take a seat"
        )
        assert one.near.found() == one.near.expected()
        nothing_is_left(one)


class DiskFull(Table):
    """The disk of whoever is offered the first seat is full."""

    async def _sit(self, seat: Seat) -> None:
        with suppress(OSError):
            await super()._sit(seat)


async def test_whoever_cannot_even_begin_since_a_disk_is_full_costs_the_run_nothing(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with table(tmp_path, cluster, make=DiskFull) as (one, _):
        app = one.near.app()
        lock = Opening.lock

        def full(opening: Opening, *given: Any, **more: Any) -> Any:
            if opening.settings.text.max_file_bytes == FULL:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return lock(opening, *given, **more)

        monkeypatch.setattr(Opening, "lock", full)
        text = app.settings.text.model_copy(update={"max_file_bytes": FULL})
        settings = app.settings.model_copy(update={"text": text})
        of_the_full = app.changed(replace(app.loaded, settings=settings))
        one.app = lambda number: app if number else of_the_full  # type: ignore[assignment, return-value]
        report = await one.run("full")
        assert one.needed
        assert report.outcome == "succeeded", "it sent nothing"
        assert one.near.found() == one.near.expected()
        nothing_is_left(one)


async def test_whoever_walks_for_a_run_that_is_dead_has_no_call_under_way_when_another_one_may_begin(
    tmp_path: Path, cluster: Cluster
) -> None:
    async with table(tmp_path, cluster) as (one, _):
        await one.near.run("full")
        slowly(one.near, seconds=3_600)
        work = asyncio.create_task(one.run("full"))
        await when(lambda: one.ask("SELECT 1 FROM shards WHERE state='walking'"), "it walks")
        one.ask("UPDATE leases SET expires_at=0")
        await when(lambda: len(one.lost) == 2, "both have ended")
        quickly(one.near)
        await work
        assert one.near.found() == one.near.expected()
        nothing_is_left(one)


async def test_whoever_walks_for_a_run_that_is_over_writes_nothing(tmp_path: Path, cluster: Cluster) -> None:
    async with table(tmp_path, cluster) as (one, _):
        slowly(one.near)
        work = asyncio.create_task(one.run("full"))
        await when(lambda: one.ask("SELECT 1 FROM documents WHERE state='live'"), "something is pushed")
        with one.near.app().ledger() as ledger:
            ledger.shards("intranet").clear()  # as the run does first that takes its place
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        assert one.lost, one.failed
        assert not one.failed
        before = one.ask("SELECT count(*) FROM documents")
        assert one.ask("SELECT count(*) FROM under_way") == [(0,)]
        quickly(one.near)
        report = await one.run("full")
        assert before < one.ask("SELECT count(*) FROM documents")
        assert one.near.found() == one.near.expected()
        assert report.outcome == "succeeded"


class AllStartAnew(Table):
    """Every service is told to end; whoever comes instead takes the seats when the run has looked for them a few times."""

    looks = 0

    async def _sit(self, seat: Seat) -> None:
        self.stopping[seat.number] = lambda: any("children" in call.path for call in self.near.wire.calls)
        await super()._sit(seat)
        del self.stopping[seat.number]
        before = self.looks
        await when(
            lambda: self.looks > before + 3 or not self.ask("SELECT 1 FROM seats WHERE state<>'closed'"),
            "it waits",
        )
        await super()._sit(seat)

    def held(self, seats: Sequence[Seat]) -> set[int]:
        self.looks += 1
        return super().held(seats)


async def test_services_that_all_start_anew_go_on_with_a_run_of_somebody_else(
    tmp_path: Path,
    cluster: Cluster,
    left: list[int],
) -> None:
    async with table(tmp_path, cluster, make=AllStartAnew) as (one, _):
        report = await one.run("full")
        assert left == [0], "nothing was left to whoever typed it"
        assert one.near.found() == one.near.expected()
        assert report.outcome == "succeeded"
        nothing_is_left(one)


class AllDie(Table):
    """Every service dies as soon as somebody walks, and nobody is left to say so: the queue goes on naming them."""

    def __init__(self, near: Neighbourhood, url: str) -> None:
        super().__init__(near, url)
        self.taken = 0

    def take(self, seat: Seat) -> None:
        if seat.number < self.taken:
            super().take(seat)

    def held(self, seats: Sequence[Seat]) -> set[int]:
        self.ask("UPDATE members SET seen_at=seen_at-3600")
        return {one.number for one in seats}


@pytest.mark.parametrize("taken", [0, 2])
async def test_a_run_whose_services_are_all_gone_walks_alone(
    tmp_path: Path,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    taken: int,
) -> None:
    def die(*_: Any) -> bool:
        raise LedgerAway("it is dead")

    monkeypatch.setattr(Shards, "tell", die)
    monkeypatch.setattr(Shards, "leave", lambda *_: None)
    async with table(tmp_path, cluster, make=AllDie) as (one, _):
        one.taken = taken  # type: ignore[attr-defined]
        async with asyncio.timeout(60):
            report = await one.run("full")
        assert len(one.tasks) == taken
        assert one.near.found() == one.near.expected()
        assert report.outcome == "succeeded"
        nothing_is_left(one)


async def test_where_nobody_takes_a_seat_the_run_walks_alone(tmp_path: Path, cluster: Cluster) -> None:
    async with table(tmp_path, cluster) as (one, _):
        one.take = lambda _: None  # type: ignore[method-assign]
        one.held = lambda _: set()  # type: ignore[method-assign]
        report = await one.run("full")
        assert report.outcome == "succeeded"
        assert one.near.found() == one.near.expected()


def test_nobody_takes_a_seat_of_a_run_that_is_closed(tmp_path: Path, cluster: Cluster) -> None:
    url = cluster.new_database()
    ledger = Ledger(url, now=0.0)
    ledger.runs("intranet").take_lease(now=0.0)
    for member in ("one", "two", "three"):
        ledger.members().join(member, "a-host", Table.version, now=0.0)
    shards = ledger.shards("intranet")
    shards.open(1, "interaxo", seats=2, terms="{}", rooms=[(0, "a", "{}"), (1, "b", "{}")])
    first = shards.take(SeatKey(1, "interaxo", 0), "one")
    assert first is not None
    assert first.left
    again_of = ledger.shards("intranet")
    again = again_of.take(SeatKey(1, "interaxo", 0), "two")
    assert again is not None
    assert (again.fence, again.left) == (2, False)
    with pytest.raises(LeaseLost):
        shards.tell("{}")
    other = Ledger(url, now=0.0)
    other.shards("intranet").close(1, "interaxo")
    other.close()
    for write in (
        lambda: again_of.end([("a", RoomState.DONE, "")]),
        lambda: again_of.leave("{}"),
        lambda: again_of.next(2),
    ):
        with pytest.raises(LeaseLost):
            write()
    ledger.close()
    ledger = Ledger(url, now=0.0)
    shards = ledger.shards("intranet")
    assert shards.take(SeatKey(1, "interaxo", 1), "three") is None
    ledger.close()
