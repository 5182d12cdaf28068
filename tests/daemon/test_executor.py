"""What is taken from the queue of several services: done once, waited for where a dead worker still has the lease, left undone by who ends."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from connector.daemon import executor
from connector.daemon.executor import ServiceExecutor
from connector.daemon.lane import Gates, Listeners
from connector.daemon.lost_end import LostEnd
from connector.daemon.progress import Patience, Progress
from connector.daemon.seats import Seats
from connector.daemon.supervisor import Supervisor
from connector.errors import LedgerAway
from connector.plan.item import Mode
from connector.ports.engine import PEOPLE, Doing, Ended, Seat, Work
from connector.status.metrics import Metrics
from connector.wiring.offline import Offline
from tests import ledgers
from tests.estates import furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.patience import IN_VAIN_S


class Played:
    """A lane that answers as it is told. Stands in for `Lane`."""

    def __init__(self, *answers: Ended) -> None:
        self.answers = list(answers)
        self.asked: list[Mode | None] = []
        self.doing: Doing | None = None
        self.progress = Progress(Patience(without_answer_s=60.0), lambda: 0.0)
        self.lost_end = LostEnd("intranet", lambda: pytest.fail("nothing was lost"))

    async def do(self, mode: Mode | None, *, again: bool = False) -> Ended:
        self.asked.append(mode)
        return self.answers.pop(0)


@pytest.fixture
async def near(tmp_path: Path) -> AsyncIterator[Neighbourhood]:
    async with neighbourhood(tmp_path, furnish_small) as one:
        yield one


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "AGAIN_S", 0.0)


def make(near: Neighbourhood, lane: Any) -> tuple[ServiceExecutor, Gates]:
    gates = Gates(stop=asyncio.Event(), open=asyncio.Event())
    gates.open.set()
    listeners = Listeners(Supervisor(), Metrics())
    seats = Seats(near.app, gates, listeners)
    return ServiceExecutor(near.app, {"intranet": lane}, object(), gates, seats), gates  # type: ignore[arg-type]


def due(near: Neighbourhood, what: str = "delta", *, ago: float = 0.0) -> Work:
    return Work(what, "intranet", near.clock() - ago)


async def test_what_is_due_is_done_once(near: Neighbourhood) -> None:
    lane = Played(Ended.DONE)
    mine, _ = make(near, lane)
    assert await mine.carry_out(due(near)) is Ended.DONE
    assert lane.asked == [Mode.DELTA]


async def test_people_have_their_turn(near: Neighbourhood) -> None:
    lane = Played(Ended.DONE)
    mine, _ = make(near, lane)
    assert await mine.carry_out(due(near, PEOPLE)) is Ended.DONE
    assert lane.asked == [None]


async def test_what_a_run_answered_that_began_since_is_not_done_again(near: Neighbourhood) -> None:
    work = due(near, ago=1)
    await near.run("delta")
    mine, _ = make(near, Played())
    assert await mine.carry_out(work) is Ended.SKIPPED
    lane = Played(Ended.DONE)
    mine, _ = make(near, lane)
    assert await mine.carry_out(due(near, "full", ago=1)) is Ended.DONE, "a delta answers no full run"


async def test_a_run_of_a_clock_that_was_ahead_answers_nothing_once_it_was_set_back(
    near: Neighbourhood,
) -> None:
    near.clock.pass_seconds(30 * 86_400)
    await near.run("full")
    near.clock.pass_seconds(-30 * 86_400)
    for what in ("delta", "full"):
        mine, _ = make(near, Played(Ended.DONE))
        assert await mine.carry_out(due(near, what)) is Ended.DONE


async def test_a_run_that_was_killed_answers_nothing(near: Neighbourhood) -> None:
    work = due(near, ago=1)
    with near.app().ledger() as ledger:
        runs = ledger.runs("intranet")
        runs.start(mode="delta", dry_run=False, now=near.clock())
    mine, _ = make(near, Played(Ended.DONE))
    assert await mine.carry_out(work) is Ended.DONE


async def test_the_lease_of_a_dead_worker_is_waited_for(near: Neighbourhood) -> None:
    lane = Played(Ended.HELD, Ended.HELD, Ended.DONE)
    mine, _ = make(near, lane)
    assert await mine.carry_out(due(near)) is Ended.DONE
    assert len(lane.asked) == 3


async def test_a_delta_does_not_wait_for_a_long_run_of_somebody_and_a_full_run_does(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "OUTLASTS_S", 0.0)
    mine, _ = make(near, Played(Ended.HELD))
    assert await mine.carry_out(due(near)) is Ended.HELD
    mine, _ = make(near, Played(*[Ended.HELD] * 5, Ended.DONE))
    assert await mine.carry_out(due(near, "full")) is Ended.DONE


async def test_a_run_whose_ledger_went_away_is_begun_anew_but_not_for_ever(near: Neighbourhood) -> None:
    lane = Played(Ended.LOST, Ended.LOST, Ended.DONE)
    mine, _ = make(near, lane)
    assert await mine.carry_out(due(near)) is Ended.DONE
    lane = Played(*[Ended.LOST] * 20)
    mine, _ = make(near, lane)
    assert await mine.carry_out(due(near)) is Ended.LOST
    assert len(lane.asked) == executor.MOST_LOST + 1


async def test_a_ledger_that_is_away_for_a_night_is_told_sparingly_and_what_is_due_waits_for_it(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was told every other second, for each target that was due."""
    opened, away = Offline.ledger, [True] * 50

    def ledger(offline: Offline) -> Any:
        if away and away.pop():
            raise LedgerAway("The database does not answer.")
        return opened(offline)

    monkeypatch.setattr(Offline, "ledger", ledger)
    structlog.reset_defaults()
    lane = Played(Ended.DONE, Ended.DONE)
    mine, _ = make(near, lane)
    with capture_logs() as logs:
        work = due(near), due(near, "full")
        assert await asyncio.gather(*map(mine.carry_out, work)) == [Ended.DONE, Ended.DONE]
        assert [one["event"] for one in logs] == ["ledger.unusable"]
        away.append(True)
        lane.answers.append(Ended.DONE)
        await mine.carry_out(work[0])
    assert [one["event"] for one in logs] == ["ledger.unusable"] * 2, "it is another time"
    away += [True] * 20
    lane.answers.append(Ended.DONE)
    assert await mine.carry_out(due(near, PEOPLE)) is Ended.DONE
    assert not away, "people's turn waits as well"


async def test_of_what_a_service_leaves_undone_since_it_ends_nothing_is_said(near: Neighbourhood) -> None:
    mine, gates = make(near, Played(Ended.LEFT))
    doing = asyncio.create_task(mine.carry_out(due(near)))
    gates.stop.set()
    done, _ = await asyncio.wait({doing}, timeout=0.05)
    assert not done
    doing.cancel()
    await asyncio.wait({doing})


async def test_what_is_due_while_the_settings_wait_for_a_long_run_to_be_read_again_is_left_to_others(
    near: Neighbourhood,
) -> None:
    lane = Played(Ended.DONE)
    mine, gates = make(near, lane)
    gates.open.clear()
    assert await mine.carry_out(due(near)) is Ended.ELSEWHERE
    assert not lane.asked
    gates.open.set()
    assert await mine.carry_out(due(near)) is Ended.DONE


async def test_a_target_that_the_settings_lack_here_is_left_to_others(near: Neighbourhood) -> None:
    mine, _ = make(near, Played())
    assert await mine.carry_out(Work("delta", "elsewhere", near.clock())) is Ended.ELSEWHERE


async def test_what_a_newer_release_has_migrated_is_left_to_it(near: Neighbourhood) -> None:
    await near.run("full")
    ledgers.ask(near.folder, "UPDATE alembic_version SET version_num='9999'")
    lane = Played()
    mine, _ = make(near, lane)
    async with asyncio.timeout(IN_VAIN_S):
        assert await mine.carry_out(due(near)) is Ended.OLDER
    assert "newer release" in lane.progress.unwritten, "the page of this service says why it does nothing"


async def test_a_full_disk_of_whoever_walks_rooms_is_no_bug(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sit(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/tmp")

    monkeypatch.setattr("connector.wiring.seat.sit", sit)
    structlog.reset_defaults()
    mine, _ = make(near, Played())
    with capture_logs() as events:
        assert await mine.sit(Seat("intranet", 1, "interaxo", 0, "R"), "member") is Ended.FAILED
    (failed,) = [one for one in events if one["event"] == "seat.failed"]
    assert "The disk is full" in failed["error"]


async def test_what_is_in_hand_is_told(near: Neighbourhood) -> None:
    lane = Played()
    mine, _ = make(near, lane)
    assert mine.under_way() == []
    lane.doing = Doing("full", "intranet", 1.0)
    assert mine.under_way() == [lane.doing]


async def test_a_full_run_that_is_taken_from_the_queue_while_one_that_answers_it_is_under_way_waits_for_that(
    near: Neighbourhood,
) -> None:
    lane = Played(Ended.DONE)
    mine, gates = make(near, lane)
    lane.doing = Doing("full", "intranet", near.clock())
    task = asyncio.create_task(mine.carry_out(due(near, "full", ago=5)))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not task.done()
    assert not lane.asked, "it would begin after that one, whatever becomes of it"
    lane.doing = None
    async with asyncio.timeout(IN_VAIN_S):
        assert await task is Ended.DONE
    assert lane.asked == [Mode.FULL], "the one before it did not come to its end"
    gates.stop.set()
