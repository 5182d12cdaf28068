"""A run that loses its database, and with it its own lease, which it cannot give back: nobody waits for that as for a dead one's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from connector.errors import LeaseHeld, LedgerAway
from connector.ledger.leases import SOON_S
from connector.ports.engine import Seat
from connector.runs.lease_of_run import RunLease
from connector.sandbox.faults import Call, Fault, Latency
from tests.engine import test_sharing
from tests.engine.fate import Line
from tests.engine.table import Table, nothing_is_left, table
from tests.engine.test_every_step import WHO, Steps
from tests.engine.test_sharing import Busiest
from tests.ledger.cluster import Cluster

pytestmark = pytest.mark.usefixtures("looking_often")


@pytest.fixture
def line(cluster: Cluster) -> Iterator[Line]:
    """A way to the database."""
    with closing(Line(cluster.socket_file)) as line:
        yield line


def put_on(one: Table, line: Line) -> None:
    """Whoever has the run reaches its ledger by a line of its own, and those who walk for it another way."""
    direct = one.near.app()
    one.app = lambda _: direct
    name = one.url.partition("?")[0].rpartition("/")[2]
    one.near.values["ledger.url"] = f"postgresql://postgres@127.0.0.1:{line.port}/{name}"


def dropping(line: Line, path: str) -> Fault:
    """Its connections end amid a call."""

    def drop(call: Call) -> bool:
        if path not in call.path:
            return False
        line.drop()
        return True

    return Fault(match=drop, how=Latency(0.0))


@pytest.mark.parametrize("path", ["oauth/token", "beginsyncsession", "addupdate", "endsyncsession"])
async def test_a_run_that_lost_its_database_is_begun_anew_at_once(
    tmp_path: Path, cluster: Cluster, line: Line, path: str
) -> None:
    async with table(tmp_path, cluster, services=0, http__settle_s=0) as (one, _):
        put_on(one, line)
        near = one.near
        await near.run("full")
        near.wire.add(dropping(line, path))
        with pytest.raises(LedgerAway):
            await near.run("full")
        assert one.ask("SELECT expires_at > extract(epoch FROM clock_timestamp()) FROM leases") == [(True,)]
        report = await near.run("full")
        assert near.found() == near.expected()
        assert report.outcome in {"succeeded", "withheld"}


async def test_a_run_that_lost_its_database_before_it_began_is_begun_at_once(
    tmp_path: Path, cluster: Cluster, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with table(tmp_path, cluster, services=0) as (one, _):
        put_on(one, line)
        with monkeypatch.context() as patch:
            patch.setattr(RunLease, "look_at_the_clock", lambda _: line.drop())
            with pytest.raises(LedgerAway):
                await one.near.run("full")
        assert (await one.near.run("full")).outcome == "succeeded"


class Impatient(Table):
    """Whoever lost its run begins it anew while others walk for it."""

    steps: Steps
    lasts: float

    async def _sit(self, seat: Seat) -> None:
        WHO.set(f"seat {seat.number}")
        await super()._sit(seat)

    def loses_its_database(self, call: Call) -> bool:
        """Whoever has the run, once others walk."""
        if "children" not in call.path or not self.ask("SELECT 1 FROM shards WHERE state='walking'"):
            return False
        self.steps.last = "run", 0
        return True

    def is_over(self) -> None:
        self.steps.last = None
        with self.near.app().ledger() as ledger, pytest.raises(LeaseHeld):
            ledger.runs("intranet").take_lease(now=self.near.clock())
        ((self.lasts,),) = self.ask("SELECT expires_at - extract(epoch FROM clock_timestamp()) FROM leases")


async def test_what_others_walk_for_a_run_that_lost_its_database_ends_before_it_is_begun_anew(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_sharing, "SLOW", Latency(0.3))
    async with table(tmp_path, cluster, make=Impatient, http__settle_s=0) as (one, _):
        assert isinstance(one, Impatient)
        near, one.steps = one.near, Steps(monkeypatch)
        await near.run("full")
        busiest = Busiest(near)
        near.wire.faults.insert(0, Fault(match=one.loses_its_database, how=Latency(0.0)))
        WHO.set("run")
        with pytest.raises(LedgerAway):
            await one.run("full")
        assert one.lasts <= SOON_S
        assert one.ask("SELECT DISTINCT state FROM seats") == [("left",)]
        assert one.ask("SELECT count(*) > 0 FROM shards WHERE state='waiting'") == [(True,)], "they stopped"
        report = await one.run("full")
        assert near.found() == near.expected()
        assert report.outcome in {"succeeded", "withheld"}
        assert busiest.most <= 9
        nothing_is_left(one)
