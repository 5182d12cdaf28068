"""Who may write into a ledger: in each database where it decides, and on one machine where the lock does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from connector.errors import LeaseHeld, LeaseLost
from connector.ledger.runs import LEASE_S, Runs
from connector.ledger.store import Ledger
from connector.machine.lock import NAMES, only_here, reach_of_lock
from tests.ledger_pushes import NOW

ON_ONE_MACHINE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""Where the clock and the lock of the machine decide; where several share a ledger: test_postgres.py."""


def elsewhere(monkeypatch: pytest.MonkeyPatch, name: str, *, called: str = "") -> None:
    """Be on a machine whose lock says nothing of the others."""
    monkeypatch.setattr("connector.ledger.leases.socket.gethostname", lambda: called or name)
    monkeypatch.setattr("connector.ledger.leases.reach_of_lock", lambda: f"{name} kernel")


def test_the_fence_grows_with_every_holder(runs: Runs) -> None:
    fences = []
    for _ in range(3):
        fences.append(runs.take_lease(now=NOW))
        runs.free_lease(fences[-1])
    assert fences == [1, 2, 3]


def test_a_living_holder_on_another_host_keeps_the_lease(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere(monkeypatch, "one")
    fence = runs.take_lease(now=NOW)
    elsewhere(monkeypatch, "two")
    with pytest.raises(LeaseHeld, match=r"on one.*40 s more"):
        runs.take_lease(now=NOW)
    runs.renew_lease(fence, now=NOW + 35)
    with pytest.raises(LeaseHeld):
        runs.take_lease(now=NOW + 70)


@ON_ONE_MACHINE
def test_a_dead_holders_lease_is_free_after_a_minute_and_it_cannot_come_back(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere(monkeypatch, "one")
    old = runs.take_lease(now=NOW)
    elsewhere(monkeypatch, "two")
    new = runs.take_lease(now=NOW + LEASE_S)
    assert LEASE_S <= 60.0
    assert new > old
    with pytest.raises(LeaseLost):
        runs.renew_lease(old, now=NOW + 61)
    runs.free_lease(old)  # frees nothing of the new holder's
    elsewhere(monkeypatch, "three")
    with pytest.raises(LeaseHeld, match="on two"):
        runs.take_lease(now=NOW + 61)


@ON_ONE_MACHINE
def test_on_this_host_the_machines_lock_decides_and_a_dead_process_blocks_nobody(runs: Runs) -> None:
    old = runs.take_lease(now=NOW)
    assert runs.take_lease(now=NOW) == old + 1


@ON_ONE_MACHINE
def test_whoever_died_here_with_a_lease_works_on_nothing_more(
    ledger: Ledger, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "connector.machine.lock.NAMED", "interact-connector-of-a-test-"
    )  # others of this machine work
    members, target = ledger.members(), {"intranet"}
    with only_here("of-a-test"):
        runs.take_lease(now=NOW)
        assert members.worked_on(now=NOW) == target
    assert members.worked_on(now=NOW) == set()
    monkeypatch.setattr("connector.machine.lock.NAMES", Path("/nowhere"))
    assert members.worked_on(now=NOW) == target, "where that cannot be told, time tells"
    monkeypatch.setattr("connector.machine.lock.NAMES", NAMES)
    elsewhere(monkeypatch, "one")
    runs.take_lease(now=NOW + LEASE_S)
    assert members.worked_on(now=NOW + LEASE_S) == target, "and of another machine"
    assert members.worked_on(now=NOW + 2 * LEASE_S) == set()


def test_two_containers_of_one_name_are_two_machines(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere(monkeypatch, "one", called="connector")
    runs.take_lease(now=NOW)
    elsewhere(monkeypatch, "two", called="connector")
    with pytest.raises(LeaseHeld, match="on connector"):
        runs.take_lease(now=NOW)


def test_reach_of_the_lock_is_the_same_in_every_process_that_it_keeps_apart() -> None:
    if sys.platform != "linux":
        pytest.skip("other systems have no such names")
    other = subprocess.run(
        [
            sys.executable,
            "-c",
            "from connector.machine.lock import NAMES, only_here, reach_of_lock; print(reach_of_lock())",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == reach_of_lock()


def test_where_the_reach_cannot_be_told_every_process_is_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("connector.machine.lock.BOOT", tmp_path / "none")
    assert reach_of_lock() == reach_of_lock()
    monkeypatch.setattr("connector.machine.lock.THIS_START", "another")
    assert reach_of_lock() == "another"


def test_a_freed_lease_is_free_at_once(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere(monkeypatch, "one")
    runs.free_lease(runs.take_lease(now=NOW))
    elsewhere(monkeypatch, "two")
    assert runs.take_lease(now=NOW) == 2
