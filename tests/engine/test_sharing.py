"""The walk of one run by several services: what one finds that walks alone, whoever is slow, dead, or of another mind."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connector.app import App
from connector.errors import LeaseLost, LedgerAway, SourceUnavailable, TargetRefused, TargetUnavailable
from connector.ledger.orders import Order, OrderKind
from connector.ledger.shards import Place, Shards, State
from connector.ledger.store import Ledger
from connector.plan.report import Report
from connector.ports.engine import Seat
from connector.push.outbox import Outbox
from connector.removal import hiding
from connector.runs import seat, sharing
from connector.runs.parts import Opened
from connector.sandbox.faults import Call, Fault, Latency, Reset, Silence, Status
from tests.engine.table import Table, table
from tests.ledger.cluster import Cluster
from tests.ledger.conftest import cluster  # noqa: F401 - a fixture
from tests.neighbourhood import Neighbourhood

SLOW = Latency(0.03)


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rooms were left to the run itself, each time that others had walked."""
    found: list[int] = []
    fold = sharing.Sharing._fold

    def folded(*given: Any) -> Any:
        found.append(len(rooms := fold(*given)))
        return rooms

    monkeypatch.setattr(sharing.Sharing, "_fold", folded)
    return found


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody looks often."""
    monkeypatch.setattr(seat, "BEAT_S", 0.05)
    monkeypatch.setattr(sharing, "LOOK_S", 0.05)
    monkeypatch.setattr(sharing, "HELD_LOOK_S", 0.1)
    monkeypatch.setattr(hiding, "LOOK_S", 0.05)


def told(report: Report) -> dict[str, Any]:
    """A report without what is another one each time."""
    said = report.as_json()
    for key in ("run_id", "started_at", "finished_at", "duration_seconds", "push", "session"):
        del said[key]
    for source in said["sources"].values():
        del source["requests"]
    return said


def nothing_is_left(one: Table) -> None:
    for name in ("seats", "shards", "under_way", "met", "intents"):
        assert one.ask(f"SELECT count(*) FROM {name}") == [(0,)], name


async def test_several_find_what_one_finds_and_never_more_calls_at_once(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811
) -> None:
    async with table(tmp_path, cluster, services=3) as (one, _):
        near = one.near
        await near.run("full")
        alone = await near.run("full")
        busiest = Busiest(near)
        shared = await one.run("full")
        assert {seat.number for seat in one.offered} == {0, 1, 2}
        assert told(shared) == told(alone)
        assert shared.session.ended
        assert near.found() == near.expected()
        assert busiest.most <= 9
        assert one.ask("SELECT count(DISTINCT pushed_run) FROM documents") == [(1,)]
        nothing_is_left(one)


async def test_whoever_walks_rooms_for_a_run_lists_none_and_asks_for_nobody_whom_the_run_asked_for(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811
) -> None:
    async with table(tmp_path, cluster, services=3) as (one, _):
        near = one.near
        await near.run("full")
        near.wire.clear()
        await near.run("full")
        alone = reads(near)
        near.wire.clear()
        shared = await one.run("full")
        assert one.offered
        assert reads(near) - alone == {"token": 3}, "each signs in"
        assert not alone - reads(near)
        assert shared.sources["interaxo"].requests == sum(reads(near).values())


def reads(near: Neighbourhood) -> Counter[str]:
    """What the source was asked for since the wire was cleared."""
    return Counter(
        "token" if call.path.endswith("token") else call.path
        for call in near.wire.calls
        if call.server == "interaxo"
    )


async def test_seats_together_have_every_call_and_push_but_the_one_call_that_stays(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts: dict[int, tuple[int, int]] = {}
    made = seat.Sitting.__init__

    def make(
        sitting: seat.Sitting, opened: Opened, shards: Shards, place: Place, *given: Any, **more: Any
    ) -> None:
        made(sitting, opened, shards, place, *given, **more)
        parts[place.number] = opened.sources[0].concurrency, sitting._run.options.concurrency

    monkeypatch.setattr(seat.Sitting, "__init__", make)
    async with table(tmp_path, cluster, services=3) as (one, _):
        await one.near.run("full")
        one.near.values |= {"sources.interaxo.concurrency": 12, "targets.intranet.concurrency": 5}
        await one.run("full")
    assert parts == {0: (4, 2), 1: (4, 2), 2: (3, 1)}


class Busiest:
    """Counts the calls that a source has at once."""

    def __init__(self, near: Neighbourhood) -> None:
        self.now = self.most = 0
        near.wire.add(Fault(match=self._is_read, how=SLOW, times=None))

    def _is_read(self, call: Call) -> bool:
        if call.server != "interaxo":
            return False
        self.now += 1
        self.most = max(self.most, self.now)
        asyncio.get_running_loop().call_later(SLOW.seconds, self._end)
        return True

    def _end(self) -> None:
        self.now -= 1


async def when(true: Any, what: str) -> None:
    """Wait for something in the middle of a run."""
    for _ in range(2_000):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(what)


def slowly(near: Neighbourhood, path: str = "*/children*", seconds: float = 0.08) -> Fault:
    """Listings take long from now on."""
    return near.wire.add(Fault(match=path, how=Latency(seconds), times=None))


def quickly(near: Neighbourhood) -> None:
    """As at first."""
    near.wire.faults.clear()


async def test_the_first_load_is_shared_and_people_met_anywhere_are_known(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811
) -> None:
    async with table(tmp_path, cluster) as (one, _):
        report = await one.run("full")
        assert len(one.offered) == 2
        assert report.outcome == "succeeded"
        assert report.documents.added == report.documents.live == len(one.near.expected())
        assert one.near.found() == one.near.expected()
        assert report.people.pushed == 1
        nothing_is_left(one)


async def test_a_seat_that_is_taken_over_writes_nothing_any_more_and_its_rooms_are_walked_again(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811
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
        assert report.outcome == "withheld", "what a dead one sent may still arrive"
        assert not report.session.ended
        nothing_is_left(one)
        quickly(one.near)
        assert (await one.run("full")).outcome == "succeeded"


async def test_a_room_that_everybody_dies_with_is_given_up_and_named_and_nothing_of_it_leaves(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811
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


async def test_a_room_that_nobody_walks_to_its_end_is_named(tmp_path: Path, cluster: Cluster) -> None:  # noqa: F811
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


async def test_who_has_other_settings_walks_nothing_and_the_run_is_whole(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811
) -> None:
    async with table(tmp_path, cluster) as (one, _):

        def other(number: int) -> App:
            if number == 1:
                return one.near.app()
            one.near.values["sources.interaxo.historical"] = True
            try:
                return one.near.app()
            finally:
                del one.near.values["sources.interaxo.historical"]

        one.app = other
        report = await one.run("full")
        assert report.outcome == "succeeded"
        assert one.near.found() == one.near.expected()


async def test_whoever_walks_for_a_run_that_is_over_writes_nothing(tmp_path: Path, cluster: Cluster) -> None:  # noqa: F811
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


async def test_what_is_hidden_while_several_walk_leaves_and_stays_out(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811
    left: list[int],
) -> None:
    async with table(tmp_path, cluster) as (one, small):
        await one.near.run("full")
        slowly(one.near)
        work = asyncio.create_task(one.run("full"))
        await when(lambda: one.ask("SELECT 1 FROM shards WHERE state='walking'"), "it walks")
        with one.near.app().ledger() as ledger:
            ledger.orders("intranet").write(
                Order(
                    id="O1",
                    target="intranet",
                    kind=OrderKind.HIDE,
                    subject=f"ix-{small.plan}",
                    at=one.near.clock(),
                )
            )
        report = await work
        assert left[0] > 0, "they put back what was not done, and the run goes on alone"
        assert f"ix-{small.plan}" not in one.near.found()
        assert one.near.found() == one.near.expected() - {f"ix-{small.plan}"}
        assert report.outcome == "succeeded"
        nothing_is_left(one)


async def test_what_got_no_answer_anywhere_keeps_the_session_open(tmp_path: Path, cluster: Cluster) -> None:  # noqa: F811
    async with table(tmp_path, cluster) as (one, _):
        one.near.values["http.timeout_s"] = 1
        one.near.wire.add(Fault(match="*addupdate*", how=Silence(), times=1))
        report = await one.run("full")
        assert report.outcome == "withheld"
        assert not report.session.ended
        assert one.ask("SELECT count(*) > 0 FROM documents WHERE redo_after IS NOT NULL") == [(True,)]


class OneAfterTheOther(Table):
    """The second seat is taken when whoever had the first one has failed, or is gone without a word."""

    def take(self, seat: Seat) -> None:
        if seat.number == 0:
            super().take(seat)
        else:
            self.tasks[seat.number] = self._loop.create_task(self._sit_late(seat))

    async def _sit_late(self, seat: Seat) -> None:
        await asyncio.wait({self.tasks[0]})
        self.near.wire.faults.clear()
        await self._sit(seat)


class GoneWithoutAWord(OneAfterTheOther):
    """Whoever has the first seat writes nothing of how it ends; nobody takes that seat over, and others meet the same documents."""

    async def _sit(self, seat: Seat) -> None:
        if seat.number > 0:
            await super()._sit(seat)
            return
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Shards, "leave", lambda *_: None)
            patch.setattr(Shards, "answered", lambda *_: None)
            await super()._sit(seat)


class HeirCannot(OneAfterTheOther):
    """Whoever has the first seat dies without a word; its heir lacks the source; then somebody else meets the same documents."""

    async def _sit(self, seat: Seat) -> None:
        if seat.number > 0:
            await super()._sit(seat)
            return
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Shards, "leave", lambda *_: None)
            patch.setattr(Shards, "answered", lambda *_: None)
            await super()._sit(seat)
        app = self.near.app()
        self.app = lambda _: app.changed(
            replace(app.loaded, settings=app.settings.model_copy(update={"sources": {}}))
        )
        await super()._sit(seat)
        self.app = lambda _: app


SILENT = [Fault(match="*addupdate*", how=Reset(after=True), times=None)]
REFUSED_AFTER_A_LOST_CALL = [
    Fault(match="*addupdate*", how=Reset(after=True), times=1),
    Fault(match="*addupdate*", how=Status(403), times=None),
]


@pytest.mark.parametrize(
    ("make", "faults", "attempts"),
    [
        (OneAfterTheOther, SILENT, 1),
        (OneAfterTheOther, REFUSED_AFTER_A_LOST_CALL, 2),
        (GoneWithoutAWord, SILENT, 1),
        (HeirCannot, SILENT, 1),
    ],
)
async def test_what_somebody_who_failed_sent_in_vain_keeps_nobody_waiting(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811
    make: type[Table],
    faults: list[Fault],
    attempts: int,
) -> None:
    small = {"targets__intranet__batch_documents": 2, "targets__intranet__concurrency": 2}
    async with table(tmp_path, cluster, make=make, http__attempts=attempts, **small) as (one, _):
        for fault in faults:
            one.near.wire.add(replace(fault))
        async with asyncio.timeout(60):
            report = await one.run("full")
        assert len(one.failed) == 1
        assert one.near.found() == one.near.expected()
        assert report.outcome == "withheld", "what was not answered may still arrive"
        assert not report.session.ended
        nothing_is_left(one)


async def test_a_room_of_whoever_ends_is_not_done_before_all_of_it_is_pushed(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed: list[int] = []
    ended, abandon = seat.Sitting._ended, Outbox.abandon

    def end(sitting: seat.Sitting, result: Any) -> None:
        ended(sitting, result)
        listed.append(sitting._place.number)

    async def abandon_late(outbox: Outbox) -> None:
        if 0 in listed:  # some call is answered several beats later
            outbox._sending.add(asyncio.create_task(asyncio.sleep(0.3)))  # type: ignore[arg-type]
        await abandon(outbox)

    monkeypatch.setattr(seat.Sitting, "_ended", end)
    monkeypatch.setattr(Outbox, "abandon", abandon_late)
    async with table(tmp_path, cluster, targets__intranet__batch_documents=100) as (one, _):
        one.stopping = {0: lambda: 0 in listed}
        report = await one.run("full")
        assert 0 in listed
        assert report.outcome == "succeeded"
        assert one.near.found() == one.near.expected()


async def test_what_somebody_who_ends_sent_in_vain_keeps_nobody_waiting(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811
) -> None:
    small = {"targets__intranet__batch_documents": 2, "targets__intranet__concurrency": 2}
    async with table(tmp_path, cluster, make=OneAfterTheOther, http__attempts=2, **small) as (one, _):
        for fault in REFUSED_AFTER_A_LOST_CALL:
            one.near.wire.add(replace(fault))
        one.stopping = {0: lambda: any("addupdate" in call.path for call in one.near.wire.calls)}
        async with asyncio.timeout(60):
            report = await one.run("full")
        # it hears that it is refused before it is to end, or after that
        assert all(isinstance(error, TargetRefused) for error in one.failed)
        assert one.near.found() == one.near.expected()
        assert report.outcome == "withheld", "what was not answered may still arrive"
        nothing_is_left(one)


async def test_whoever_is_cut_off_from_the_source_leaves_its_rooms_to_others(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = seat.Sitting.__init__

    def make(
        sitting: seat.Sitting, opened: Opened, shards: Shards, place: Place, *given: Any, **more: Any
    ) -> None:
        async def top(*_: Any, **__: Any) -> Any:
            raise SourceUnavailable("no route to the host")

        made(sitting, opened, shards, place, *given, **more)
        if place.number == 0:
            monkeypatch.setattr(opened.sources[0], "top", top)

    monkeypatch.setattr(seat.Sitting, "__init__", make)
    async with table(tmp_path, cluster) as (one, _):
        report = await one.run("full")
        assert report.outcome == "succeeded"
        assert one.near.found() == one.near.expected()
        assert len(one.failed) == 1
        nothing_is_left(one)


async def test_a_room_whose_listing_was_cut_short_is_not_done(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, abandon = seat.Sitting.__init__, Outbox.abandon
    listing: list[str] = []
    hangs = asyncio.Event()

    def make(
        sitting: seat.Sitting, opened: Opened, shards: Shards, place: Place, *given: Any, **more: Any
    ) -> None:
        made(sitting, opened, shards, place, *given, **more)
        if place.number > 0:
            return
        source: Any = opened.sources[0]
        top = source.top

        async def top_of_one(scope: Any, *given: Any, **more: Any) -> Any:
            if listing:
                await hangs.wait()
                raise TargetUnavailable("no route to the host")
            listing.append(scope.key)
            return await top(scope, *given, **more)

        async def children(*_: Any, **__: Any) -> Any:
            await sitting._outbox.flush()  # the room itself stands in the intranet
            hangs.set()
            await asyncio.Event().wait()
            yield

        monkeypatch.setattr(source, "top", top_of_one)
        monkeypatch.setattr(source, "children", children)

    async def abandon_late(outbox: Outbox) -> None:
        outbox._sending.add(
            asyncio.create_task(asyncio.sleep(0.3))
        )  # some call is answered several beats later
        await abandon(outbox)

    monkeypatch.setattr(seat.Sitting, "__init__", make)
    monkeypatch.setattr(Outbox, "abandon", abandon_late)
    async with table(tmp_path, cluster, targets__intranet__batch_documents=1) as (one, _):
        report = await one.run("full")
        assert listing
        assert len(one.failed) == 1
        assert report.outcome == "succeeded"
        assert one.near.found() == one.near.expected()


async def test_a_room_of_which_the_source_answers_nobody_is_named_and_costs_no_other(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811
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
    cluster: Cluster,  # noqa: F811
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
    cluster: Cluster,  # noqa: F811
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
        assert report.outcome == ("withheld" if taken else "succeeded")
        nothing_is_left(one)


async def test_where_nobody_takes_a_seat_the_run_walks_alone(tmp_path: Path, cluster: Cluster) -> None:  # noqa: F811
    async with table(tmp_path, cluster) as (one, _):
        one.take = lambda _: None  # type: ignore[method-assign]
        one.held = lambda _: set()  # type: ignore[method-assign]
        report = await one.run("full")
        assert report.outcome == "succeeded"
        assert one.near.found() == one.near.expected()


@pytest.mark.parametrize(
    ("mode", "values", "wanted"),
    [
        ("delta", {}, {}),
        ("full", {"sources.interaxo.permissions": "folder"}, {}),
        ("full", {}, {"dry_run": True}),
        ("full", {"targets.intranet.concurrency": 1}, {}),
        ("full", {"sources.interaxo.concurrency": 2}, {}),
        ("full", {"sources.interaxo.rooms": ["tunnel"]}, {}),
    ],
)
async def test_what_is_not_shared(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811
    mode: str,
    values: dict[str, Any],
    wanted: dict[str, Any],
) -> None:
    async with table(tmp_path, cluster) as (one, _):
        one.near.values |= values
        await one.run(mode, **wanted)
        assert not one.offered


async def test_a_room_that_holds_nearly_everything_is_walked_with_all_calls(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811
) -> None:
    async with table(tmp_path, cluster, services=3) as (one, small):
        await one.run("full")
        assert not one.offered, "nobody knows how large they are, and there are few"
        for n in range(70):
            one.near.rooms.add_file(small.tunnel, f"{n}.txt", content=b"x")
        await one.run("full")
        assert one.offered, "as far as was known"
        one.offered.clear()
        await one.run("full")
        assert not one.offered


def test_nobody_takes_a_seat_of_a_run_that_is_closed(tmp_path: Path, cluster: Cluster) -> None:  # noqa: F811
    url = cluster.new_database()
    ledger = Ledger(url, now=0.0)
    ledger.runs("intranet").take_lease(now=0.0)
    shards = ledger.shards("intranet")
    shards.open(1, "interaxo", seats=2, terms="{}", rooms=[("a", "{}"), ("b", "{}")])
    first = shards.take(Place(1, "interaxo", 0), "one")
    assert first is not None
    assert first.left
    again_of = ledger.shards("intranet")
    again = again_of.take(Place(1, "interaxo", 0), "two")
    assert again is not None
    assert (again.fence, again.left) == (2, False)
    with pytest.raises(LeaseLost):
        shards.tell("{}")
    other = Ledger(url, now=0.0)
    other.shards("intranet").close(1, "interaxo")
    other.close()
    for write in (
        lambda: again_of.end([("a", State.DONE, "")]),
        lambda: again_of.leave("{}"),
        lambda: again_of.next(2),
    ):
        with pytest.raises(LeaseLost):
            write()
    ledger.close()
    ledger = Ledger(url, now=0.0)
    shards = ledger.shards("intranet")
    assert shards.take(Place(1, "interaxo", 1), "three") is None
    ledger.close()
