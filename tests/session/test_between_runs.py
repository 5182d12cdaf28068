"""What works on a target between runs keeps every run out for as long as it works, and gives the target free at its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from connector.errors import LeaseHeld, LeaseLost
from connector.ledger.leases import LEASE_S
from connector.ledger.store import Ledger
from connector.plan.item import Mode
from connector.plan.options import Options
from connector.session import between_runs as under_test
from connector.session.between_runs import ASKED_S, between_runs, leased
from tests.desk import NOW, Desk

OPTIONS = Options(mode=Mode.DELTA)


class Clock:
    """Seconds since 1970, which pass when somebody says so."""

    now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """Of a machine whose lock says nothing of the others; a lease there is renewed whenever the loop turns."""
    monkeypatch.setattr(under_test, "BEAT_S", 0.0)
    be(monkeypatch, "one")
    desk = Desk()
    yield desk.ledger
    desk.close()


def be(monkeypatch: pytest.MonkeyPatch, machine: str) -> None:
    monkeypatch.setattr("connector.ledger.leases.reach_of_lock", lambda: f"{machine} kernel")


async def work_for_long(clock: Clock) -> None:
    """Longer than a lease lasts, with a beat at least in each half of it."""
    for _ in range(5):
        clock.now += LEASE_S / 2
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def test_a_run_elsewhere_waits_however_long_the_work_takes(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, clock = ledger.runs("intranet"), Clock()
    async with leased(runs, clock=clock) as renew:
        await work_for_long(clock)
        be(monkeypatch, "two")
        with pytest.raises(LeaseHeld):
            runs.take_lease(now=clock.now)
        renew()
    assert runs.take_lease(now=clock.now), "and it is free at the end of the work"


async def test_who_lost_the_target_learns_it_when_it_asks(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, clock = ledger.runs("intranet"), Clock()
    async with leased(runs, clock=clock) as renew:
        be(monkeypatch, "two")
        runs.take_lease(now=clock.now + LEASE_S)
        await work_for_long(clock)
        with pytest.raises(LeaseLost):
            renew()


class Intranet:
    """What is asked before anything is written to it. Implements what `between_runs` needs of `connector.ports.target.Target`."""

    name = "intranet"

    def look_first(self, may_write: Callable[[], None]) -> None:
        self.may_write = may_write


async def test_nothing_goes_out_once_a_run_elsewhere_took_the_target(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [0.0]
    monkeypatch.setattr("connector.machine.cached_check.uptime", lambda: seconds[0])
    intranet, clock = Intranet(), Clock()
    async with between_runs(ledger, intranet, OPTIONS, clock=clock):  # type: ignore[arg-type]
        intranet.may_write()
        be(monkeypatch, "two")
        ledger.runs("intranet").take_lease(now=clock.now + LEASE_S)
        intranet.may_write()
        seconds[0] += ASKED_S
        for _ in range(2):
            with pytest.raises(LeaseLost):
                intranet.may_write()


async def test_what_it_removes_belongs_to_the_next_run(ledger: Ledger) -> None:
    runs, clock = ledger.runs("intranet"), Clock()
    before = runs.start(mode="delta", dry_run=False, now=NOW - 60)
    async with between_runs(ledger, Intranet(), OPTIONS, clock=clock) as run:  # type: ignore[arg-type]
        assert (run.number, run.id, run.effects) == (before.number, before.id, before.number + 1)
        assert (run.started, run.before) == (NOW, NOW - 60)
        run.still_ours()
