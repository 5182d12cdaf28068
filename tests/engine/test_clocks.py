"""Machines that share a ledger may have clocks that are far apart: what one notes holds for the other as long as it should."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from connector.app import App
from connector.document.durations import DAY_S
from connector.ledger.store import Ledger
from connector.machine.shared_clock import FAR_S, SharedClock
from connector.plan.item import Mode
from connector.plan.report import Report
from connector.sandbox.faults import RESET_AFTER, Fault
from connector.sandbox.interact_rows import Refusal
from connector.status.duplicates import read_kept
from tests.engine.table import table
from tests.ledger.cluster import Cluster
from tests.neighbourhood import Neighbourhood
from tests.office import DONE, Office
from tests.rules.ground import BEGIN, calls, small_world

HOUR_S = 3_600.0
SETTLE_S = 120.0


class Ticking:
    """Both clocks of one machine, and what a database answers."""

    def __init__(self) -> None:
        self.wall, self.up, self.told = 1_000.0, 50.0, 1_000.0

    def clock(self) -> SharedClock:
        return SharedClock(lambda: self.wall, uptime=lambda: self.up)

    def ask(self) -> float:
        return self.told


async def run(near: Neighbourhood, ahead_s: float) -> Report:
    """A full run of a machine whose clock is so far ahead."""
    app = App(near.app().loaded, clock=SharedClock(lambda: time.time() + ahead_s))
    return await app.run("intranet", app.options("intranet", Mode.FULL))


@pytest.mark.parametrize(("first", "second"), [(0.0, HOUR_S), (-HOUR_S, 0.0), (0.0, -HOUR_S)])
async def test_no_session_is_begun_while_that_of_another_machine_may_still_begin(
    tmp_path: Path,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    first: float,
    second: float,
) -> None:
    monkeypatch.setattr(
        "connector.machine.boot_clock.read_boot_clock", lambda: None
    )  # each has an uptime of its own
    async with small_world(tmp_path) as (near, _):
        near.values |= {"ledger.url": cluster.new_database(), "http.settle_s": SETTLE_S}
        assert (await run(near, first)).session.ended
        near.wire.add(Fault(match=BEGIN, how=RESET_AFTER))
        assert not (await run(near, first)).session.ended
        sent = len(calls(near, "docs/beginsyncsession"))
        report = await run(near, second)
        assert len(calls(near, "docs/beginsyncsession")) == sent, report.reasons
        assert near.found() == near.expected()


def test_a_clock_that_nobody_shares_is_the_machines_own() -> None:
    machine = Ticking()
    clock = machine.clock()
    machine.wall = 2_000.0
    assert clock() == 2_000.0


def test_a_clock_that_agrees_is_believed_and_whoever_sets_it_then_is_not() -> None:
    machine = Ticking()
    clock = machine.clock()
    machine.told += FAR_S - 1
    clock.compare(machine.ask)
    machine.wall += HOUR_S
    machine.up += 10
    assert (clock(), clock.ahead_s) == (1_010.0, 0.0)


def test_a_clock_that_is_far_off_gives_way_to_that_of_the_database_and_it_is_said_once() -> None:
    machine = Ticking()
    clock = machine.clock()
    machine.wall += HOUR_S
    structlog.reset_defaults()
    with capture_logs() as logs:
        clock.compare(machine.ask)
        clock.compare(machine.ask)
    machine.up += 10
    assert (clock(), clock.ahead_s) == (1_010.0, HOUR_S)
    assert [one["event"] for one in logs] == ["clock.differs"]
    machine.wall -= HOUR_S
    clock.compare(machine.ask)
    assert (clock(), clock.ahead_s) == (1_000.0, 0.0)


def test_a_database_that_answers_late_is_near() -> None:
    machine = Ticking()
    clock = machine.clock()

    def ask_late() -> float:
        machine.wall += 60
        return machine.told

    clock.compare(ask_late)
    assert (clock(), clock.ahead_s) == (1_060.0, 0.0)


async def test_what_a_worker_whose_clock_is_some_seconds_late_puts_into_quarantine_stays_there(
    tmp_path: Path, cluster: Cluster
) -> None:
    """So far apart each goes by its own."""
    async with table(tmp_path, cluster) as (one, small):
        near = one.near
        near.intranet.switches.refuse = [Refusal("plan.pdf", code=77, message="No plans")]
        one.app = lambda _: App(near.app().loaded, clock=lambda: near.clock() - FAR_S)
        report = await one.run("full")
        assert one.needed
        assert report.outcome == "quarantined"
        with near.app().ledger() as ledger:
            assert ledger.quarantine("intranet").get(f"ix-{small.plan}") is not None


@pytest.mark.parametrize("ahead_s", [10 * DAY_S, -10 * DAY_S])
def test_what_is_typed_on_a_machine_whose_clock_is_far_off_goes_by_that_of_the_database(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, ahead_s: float
) -> None:
    """
    A day that is to come was refused as past, one that had passed was taken, orders and certificates had the date of another day,
    and history was cleared that was to be kept.
    """
    office, url, truly = Office(tmp_path), cluster.new_database(), time.time
    ours = {"CONNECTOR_LEDGER__URL": url}

    def day(after_s: float) -> str:
        return datetime.fromtimestamp(truly() + after_s, UTC).date().isoformat()

    with office.server as urls:
        office.write_settings(list(urls))
        assert office.ask("sync", "--mode", "full", **ours).code == DONE
        monkeypatch.setattr(time, "time", lambda: truly() + ahead_s)
        monkeypatch.setattr(SharedClock.__init__, "__defaults__", (time.time,))
        hidden, forgotten = f"ix-{office.small.plan}", f"ix-{office.small.report}"
        assert office.ask("hide", hidden, "--until", day(-5 * DAY_S), **ours).code != DONE
        assert office.ask("hide", hidden, "--until", day(5 * DAY_S), **ours).code == DONE
        assert office.ask("unhide", hidden, **ours).code == DONE
        certificate = office.ask("forget", forgotten, "--yes", "--json", **ours).json
        assert certificate["at"][:10] in {day(-HOUR_S), day(0)}
        assert office.ask("ledger", "prune", "--days", "2", **ours).code == DONE
        assert office.ask("documents", "--duplicates", **ours).code == DONE
        (run,) = office.ask("runs", "--json", **ours).json["runs"]
        assert run["outcome"] == "succeeded"
    with closing(Ledger(url, now=truly())) as ledger:
        moments = [at for one in ledger.every_order() for at in (one.at, one.done_at, one.ended_at) if at]
        kept = read_kept(ledger, "intranet", "")
    assert kept is not None
    moments.append(kept.at)
    assert len(moments) > 4
    assert all(abs(at - truly()) < HOUR_S for at in moments)
