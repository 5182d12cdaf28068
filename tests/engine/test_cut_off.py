"""A worker whose own connection is broken, to the source or to the intranet, costs the run of several nothing that others can do."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import TCPConnector

from connector.errors import SourceUnavailable, TargetUnavailable
from connector.ledger.shards import SeatKey
from connector.ports.engine import Seat
from connector.runs import seat, sharing
from connector.runs.parts import Opened
from connector.runs.walk_messages import SeatWork
from connector.sandbox.faults import Fault, Reset
from connector.sources.interaxo.downloads import Downloads
from tests import short_cuts
from tests.engine.table import Table, as_seats_are_taken, nothing_is_left, table
from tests.engine.test_every_step import WHO
from tests.ledger.cluster import Cluster

pytestmark = pytest.mark.usefixtures("looking_often")


class BehindAWall(Table):
    """Each connection of the first seat to one of the neighbours is refused."""

    async def _sit(self, seat: Seat) -> None:
        WHO.set(f"seat {seat.number}")
        with suppress(OSError):
            await super()._sit(seat)

    def wall_off(self, monkeypatch: pytest.MonkeyPatch, base_url: str) -> None:
        """From now on."""
        reached, port = TCPConnector._resolve_host, urlsplit(self.near.values[base_url]).port
        with socket.create_server(("127.0.0.1", 0)) as closed:
            nobodys = closed.getsockname()[1]

        async def reach(connector: TCPConnector, host: str, asked: int, traces: Any = None) -> Any:
            found = await reached(connector, host, asked, traces)
            is_walled = WHO.get() == "seat 0" and asked == port
            return [{**one, "port": nobodys} for one in found] if is_walled else found

        monkeypatch.setattr(TCPConnector, "_resolve_host", reach)


@pytest.mark.parametrize("base_url", ["targets.intranet.base_url", "sources.interaxo.base_url"])
async def test_who_reaches_a_neighbour_no_more_leaves_its_rooms_to_others_and_the_session_ends(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, base_url: str
) -> None:
    async with table(tmp_path, cluster, make=BehindAWall, targets__intranet__batch_documents=3) as (one, _):
        assert isinstance(one, BehindAWall)
        short_cuts.leave(monkeypatch)
        await one.near.run("full")
        one.wall_off(monkeypatch, base_url)
        report = await one.run("full")
        assert [type(error) for error in one.failed] == [
            TargetUnavailable if base_url.startswith("targets") else SourceUnavailable
        ]
        assert report.outcome == "succeeded"
        assert report.session.ended
        assert not report.reasons
        assert one.near.found() == one.near.expected()
        nothing_is_left(one)


async def test_a_room_of_which_a_broken_connection_cost_a_part_is_read_over_another_one(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = list[str]()

    def then(_: seat.SeatWalk, opened: Opened, place: SeatKey) -> None:
        if place.number > 0:
            return
        source: Any = opened.sources[0]
        top = source.top

        async def top_of_one(scope: Any, *given: Any, **more: Any) -> Any:
            if len(broken) < seat.MOST_UNREAD - 1:
                broken.append(scope.key)
                error = SourceUnavailable("the connection broke")
                error.cut_off = True
                raise error
            return await top(scope, *given, **more)

        monkeypatch.setattr(source, "top", top_of_one)

    as_seats_are_taken(monkeypatch, then)
    async with table(tmp_path, cluster) as (one, _):
        await one.near.run("full")
        report = await one.run("full")
        assert len(broken) == seat.MOST_UNREAD - 1
        assert not one.failed
        assert report.outcome == "succeeded"
        assert report.session.ended
        assert not report.sources["interaxo"].errors
        assert one.near.found() == one.near.expected()
        nothing_is_left(one)


async def test_a_room_whose_connection_breaks_for_everybody_is_named(
    tmp_path: Path, cluster: Cluster
) -> None:
    async with table(tmp_path, cluster) as (one, small):
        await one.near.run("full")
        one.near.wire.add(Fault(match=f"*{small.tunnel}/children*", how=Reset(), times=None))
        report = await one.run("full")
        assert report.outcome == "withheld"
        (error,) = report.sources["interaxo"].errors
        assert "tunnel" in error.lower()
        assert one.near.found() == one.near.expected()
        nothing_is_left(one)


@pytest.mark.parametrize(("code", "told"), [(errno.ENOSPC, "The disk is full"), (errno.EROFS, "/nowhere")])
async def test_who_cannot_keep_a_file_any_more_leaves_its_rooms_to_others_and_the_run_is_told_who_and_why(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, code: int, told: str
) -> None:
    store = Downloads._store

    async def full(downloads: Downloads, *given: Any) -> int:
        if WHO.get() == "seat 0":
            raise OSError(code, os.strerror(code), "/nowhere/file")
        return await store(downloads, *given)

    left: dict[str, str] = {}
    take = sharing.Sharing._take

    def taken(one: sharing.Sharing, source: str, told: SeatWork, *, worker: str) -> None:
        left[worker] = told.trouble
        take(one, source, told, worker=worker)

    monkeypatch.setattr(sharing.Sharing, "_take", taken)
    monkeypatch.setattr(Downloads, "_store", full)
    async with table(tmp_path, cluster, make=BehindAWall, sources__interaxo__content=True) as (one, _):
        report = await one.run("full")
        assert report.outcome == "succeeded"
        assert one.near.found() == one.near.expected()
        assert told in left["member-0"]
        assert not left["member-1"]
        nothing_is_left(one)


async def test_what_a_worker_sent_in_vain_is_told_with_its_host(tmp_path: Path, cluster: Cluster) -> None:
    async with table(tmp_path, cluster, http__attempts=1) as (one, _):
        await one.near.run("full")
        one.near.wire.add(Fault(match="*addupdate*", how=Reset(after=True)))
        report = await one.run("full")
        assert report.outcome == "withheld"
        assert f", on {socket.gethostname()})" in " ".join(report.reasons)
