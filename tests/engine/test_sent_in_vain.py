"""The walk of one run by several services: what one of them sent without hearing the answer, and does not get done."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connector.errors import TargetRefused, TargetUnavailable
from connector.ledger.shards import SeatKey, Shards
from connector.ports.engine import Seat
from connector.push.outbox import Outbox
from connector.runs import seat
from connector.runs.parts import Opened
from connector.sandbox.faults import Fault, Reset, Silence, Status
from tests.engine.table import Table, as_seats_are_taken, nothing_is_left, table
from tests.ledger.cluster import Cluster

pytestmark = pytest.mark.usefixtures("looking_often")


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
            patch.setattr(Shards, "answered", lambda *_, **__: None)
            patch.setattr(Shards, "forget_claims", lambda *_: None)
            await super()._sit(seat)


class HeirCannot(OneAfterTheOther):
    """Whoever has the first seat dies without a word; its heir lacks the source; then somebody else meets the same documents."""

    async def _sit(self, seat: Seat) -> None:
        if seat.number > 0:
            await super()._sit(seat)
            return
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Shards, "leave", lambda *_: None)
            patch.setattr(Shards, "answered", lambda *_, **__: None)
            patch.setattr(Shards, "forget_claims", lambda *_: None)
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
    cluster: Cluster,
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
        assert report.outcome == "succeeded", "somebody else had all of it accepted since"
        assert report.session.ended
        nothing_is_left(one)


async def test_what_somebody_who_ends_sent_in_vain_keeps_nobody_waiting(
    tmp_path: Path, cluster: Cluster
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
        assert report.outcome == "succeeded", "somebody else had all of it accepted since"
        nothing_is_left(one)


async def test_what_got_no_answer_anywhere_keeps_the_session_open(tmp_path: Path, cluster: Cluster) -> None:
    async with table(tmp_path, cluster) as (one, _):
        one.near.values["http.timeout_s"] = 1
        one.near.wire.add(Fault(match="*addupdate*", how=Silence(), times=1))
        report = await one.run("full")
        assert report.outcome == "withheld"
        assert not report.session.ended
        assert one.ask("SELECT count(*) > 0 FROM documents WHERE redo_after IS NOT NULL") == [(True,)]


async def test_a_room_of_whoever_ends_is_not_done_before_all_of_it_is_pushed(
    tmp_path: Path,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed: list[int] = []
    ended, abandon = seat.SeatWalk._ended, Outbox.abandon

    def end(seat_walk: seat.SeatWalk, result: Any) -> None:
        ended(seat_walk, result)
        listed.append(seat_walk._place.number)

    async def abandon_late(outbox: Outbox) -> None:
        if 0 in listed:  # some call is answered several beats later
            outbox._sending.add(asyncio.create_task(asyncio.sleep(0.3)))  # type: ignore[arg-type]
        await abandon(outbox)

    monkeypatch.setattr(seat.SeatWalk, "_ended", end)
    monkeypatch.setattr(Outbox, "abandon", abandon_late)
    async with table(tmp_path, cluster, targets__intranet__batch_documents=100) as (one, _):
        one.stopping = {0: lambda: 0 in listed}
        report = await one.run("full")
        assert 0 in listed
        assert report.outcome == "succeeded"
        assert one.near.found() == one.near.expected()


async def test_a_room_whose_listing_was_cut_short_is_not_done(
    tmp_path: Path,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    abandon = Outbox.abandon
    listing: list[str] = []
    hangs = asyncio.Event()

    def then(seat_walk: seat.SeatWalk, opened: Opened, place: SeatKey) -> None:
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
            await seat_walk._outbox.flush()  # the room itself stands in the intranet
            hangs.set()
            await asyncio.Event().wait()
            yield

        monkeypatch.setattr(source, "top", top_of_one)
        monkeypatch.setattr(source, "children", children)

    async def abandon_late(outbox: Outbox) -> None:
        # some call is answered several beats later
        outbox._sending.add(asyncio.create_task(asyncio.sleep(0.3)))
        await abandon(outbox)

    as_seats_are_taken(monkeypatch, then)
    monkeypatch.setattr(Outbox, "abandon", abandon_late)
    async with table(tmp_path, cluster, targets__intranet__batch_documents=1) as (one, _):
        report = await one.run("full")
        assert listing
        assert len(one.failed) == 1
        assert report.outcome == "succeeded"
        assert one.near.found() == one.near.expected()
