"""A run whose ledger took neither its report nor its end: it is in the history with why, and a full run is done again after a pause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connector.daemon import executor
from connector.daemon.lost_end import LostEnd
from connector.errors import LedgerAway
from connector.ledger.runs import Runs
from connector.machine.lock import only_here
from connector.plan.item import Mode
from connector.ports.engine import Ended, Work
from connector.status.runs import tell_runs
from tests import ledgers
from tests.daemon.serving import history, lane_by_itself, make_service, next_full_of, serving, until
from tests.neighbourhood import Neighbourhood

FULL = "The disk of the ledger is full."


class Disk:
    """A ledger that takes nothing of what some method writes, for so many times."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = {"start": 0, "finish": 0}
        for name in self.left:
            monkeypatch.setattr(Runs, name, self._of(name, getattr(Runs, name)))

    def _of(self, name: str, write: Callable[..., Any]) -> Callable[..., Any]:
        def take(*given: Any, **told: Any) -> Any:
            if self.left[name] > 0:
                self.left[name] -= 1
                raise LedgerAway(FULL)
            return write(*given, **told)

        return take


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def why(near: Neighbourhood) -> list[list[str]]:
    """What the history tells of each run, the oldest first."""
    with near.app().ledger() as ledger:
        told = tell_runs(ledger, "intranet", limit=50, now=near.clock())
    return [one["reasons"] for one in reversed(told)]


@ledgers.IN_A_FILE
@pytest.mark.parametrize("stays", [0, 3])
async def test_a_full_run_whose_end_the_ledger_did_not_take_is_told_and_done_again_after_a_pause(
    near: Neighbourhood, disk: Disk, stays: int
) -> None:
    """
    It counted as killed, so the next delta was a full run again, which a disk too small for it ended again, around the clock.

    Args:
        stays: so many runs cannot even begin meanwhile.
    """
    await near.run("full")
    near.clock.pass_seconds(8 * 86_400)
    disk.left["finish"] = 1
    service = make_service(near)
    async with serving(service):
        await until(lambda: "intranet" in service._due.put_off)
        lane = service._lanes["intranet"]
        disk.left |= dict.fromkeys(disk.left, stays)
        for left in reversed(range(stays)):
            near.clock.pass_seconds(60)
            service.ask("intranet", Mode.DELTA)
            await until(lambda left=left: disk.left["start"] == left and lane.run is None)  # type: ignore[misc]
        assert disk.left == {"start": 0, "finish": 0}
        service.ask("intranet", Mode.DELTA)
        await until(lambda: history(near)[2:] == [("delta", "succeeded")])
        assert history(near)[1] == ("full", "failed")
        assert FULL in why(near)[1][0]
        assert next_full_of(near) > near.clock() + 3_000, "the page says so, too"
        near.clock.pass_seconds(3_601)
        await until(lambda: history(near)[3:] == [("full", "succeeded")])


async def test_where_the_run_is_begun_anew_in_vain_the_last_one_tells_why(
    near: Neighbourhood, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "AGAIN_S", 0.0)
    monkeypatch.setattr(executor, "MOST_LOST", 1)
    await near.run("full")
    near.clock.pass_seconds(8 * 86_400)
    service = make_service(near)
    _, mine = lane_by_itself(service, near)
    disk.left["finish"] = 2
    assert await mine.carry_out(Work("full", "intranet", near.clock())) is Ended.LOST
    assert history(near)[1:] == [("full", "failed")] * 2
    assert FULL in why(near)[2][0]
    assert "could not be written down" in why(near)[1][0]
    assert await mine.carry_out(Work("delta", "intranet", near.clock())) is Ended.DONE
    assert history(near)[3:] == [("delta", "succeeded")]


async def test_what_another_process_left_open_is_none_of_its_runs(near: Neighbourhood, disk: Disk) -> None:
    await near.run("full")
    with near.app().ledger() as ledger:
        ledger.runs("intranet").start(mode="full", dry_run=False, now=near.clock())
    near.clock.pass_seconds(60)
    lost = LostEnd("intranet", near.app)
    lost.keep(LedgerAway(FULL), since=near.clock())
    await lost.write()
    assert history(near)[1:] == [("full", "running")]


async def test_what_cannot_be_written_yet_is_kept_and_what_somebody_works_on_is_his(
    near: Neighbourhood, disk: Disk
) -> None:
    await near.run("full")
    since = near.clock()
    with near.app().ledger() as ledger:
        ledger.runs("intranet").start(mode="full", dry_run=False, now=near.clock())
    lost = LostEnd("intranet", near.app)
    lost.keep(LedgerAway(FULL), since=since)
    disk.left["finish"] = 1
    await lost.write()
    assert history(near)[1:] == [("full", "running")]
    await lost.write()
    assert history(near)[1:] == [("full", "failed")]
    lost.keep(LedgerAway(FULL), since=since)
    with near.app().ledger() as ledger:
        ledger.runs("intranet").start(mode="full", dry_run=False, now=near.clock())
        fence = ledger.runs("intranet").take_lease(now=near.clock())
        async with near.app().target("intranet") as target:
            with only_here(target.key, near.folder / "var"):
                await lost.write()
        ledger.runs("intranet").free_lease(fence)
    await lost.write()
    assert history(near)[2:] == [("full", "running")]
