"""Which engine a service has is decided by where its ledger stands; one process with a file loads nothing for it."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
import structlog
from structlog.testing import capture_logs

from connector.app import App
from connector.daemon.engines import engine_of
from connector.engine import dbos
from connector.engine.one_process import Here
from connector.engine.rounds import Pulse
from connector.errors import LedgerError
from connector.ports.engine import Doing, Ended, Executor, Seat, Work
from connector.wiring.after_runs import look_now_and_then
from tests.builders import make_settings
from tests.patience import IN_VAIN_S

SHARED = "postgresql://connector@db.example.com/connector"


class Noting(Executor):
    """An executor that notes what it is handed."""

    def __init__(self) -> None:
        self.taken: list[Work] = []

    def take(self, work: Work) -> None:
        self.taken.append(work)

    async def carry_out(self, work: Work) -> Ended:
        raise AssertionError

    def under_way(self) -> Sequence[Doing]:
        return []


def test_a_ledger_in_a_file_is_worked_with_here() -> None:
    executor = Noting()
    engine = engine_of(lambda: App(make_settings()), executor, Pulse())
    assert isinstance(engine, Here)
    work = Work("delta", "intranet", 60.0)
    engine.ask(work)
    assert executor.taken == [work]
    assert engine.leads()


def test_a_shared_ledger_is_worked_with_by_several() -> None:
    engine = engine_of(lambda: App(make_settings(ledger__url=SHARED)), Noting(), Pulse())
    assert type(engine).__name__ == "Dbos"
    assert not engine.leads(), "before it has joined"


def test_two_starts_on_one_machine_have_two_names() -> None:
    first, second = (
        engine_of(lambda: App(make_settings(ledger__url=SHARED)), Noting(), Pulse()) for _ in range(2)
    )
    assert first.member != second.member  # type: ignore[attr-defined]


def test_that_a_service_which_ends_leaves_its_work_is_no_trouble_to_tell(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Two warnings for each piece, with addresses in memory, at each restart of a service amid a run."""
    dbos.hear_library()
    logger = logging.getLogger("dbos")
    logger.warning("Asyncio task cancelled for workflow or step %s", dbos.hear_library)
    logger.warning("Exception listing queues: the database is away")
    assert [one.getMessage() for one in caplog.records] == ["Exception listing queues: the database is away"]


def test_without_dbos_it_is_said_that_nothing_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dbos", None)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    with capture_logs() as events:
        engine = engine_of(lambda: App(make_settings(ledger__url=SHARED)), Noting(), Pulse())
    assert isinstance(engine, Here)
    (event,) = [one for one in events if one["event"] == "workers.alone"]
    assert "extra `cluster`" in event["why"]


def test_a_service_with_a_file_loads_neither_dbos_nor_psycopg() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, connector.daemon.service, connector.daemon.engines\n"
            "print(*[one for one in ('dbos', 'psycopg', 'croniter', 'sqlalchemy') if one in sys.modules])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == ""


async def test_of_several_services_one_tells_what_happened() -> None:
    looked = asyncio.Event()
    leads = [False, False, True]

    async def look() -> None:
        assert not leads
        looked.set()

    telling = asyncio.create_task(
        look_now_and_then("notify", look, every_s=0, leads=lambda: leads.pop(0) if leads else False)
    )
    async with asyncio.timeout(IN_VAIN_S):
        await looked.wait()
    telling.cancel()
    await asyncio.wait({telling})


class Parted:
    """The queues as DBOS keeps them. Stands in for its client."""

    def __init__(self) -> None:
        self.worker_concurrency: int | None = None

        self.kept = "runs"
        """Which queue there is."""
        self.open = list[str]()

    def list_workflows(self, **_: Any) -> list[Any]:
        return [SimpleNamespace(workflow_id=one) for one in self.open]

    def enqueue(self, options: Any, *_: str) -> None:
        self.open.append(options["workflow_id"])

    def retrieve_queue(self, name: str) -> Parted | None:
        return self if name == self.kept else None

    def set_worker_concurrency(self, part: int) -> None:
        self.worker_concurrency = part


def test_what_only_an_older_release_could_have_done_is_done_by_this_one() -> None:
    """Under its name nothing else could be asked for, so a nightly full run was not done before the next night."""
    engine: Any = engine_of(lambda: App(make_settings(ledger__url=SHARED)), Noting(), Pulse())
    engine._queue._client = client = Mock()
    client.list_workflows.return_value = []
    work = Work("full", "in/tranet", 1_800_000_000.0)
    names = [work.name, "walk/intranet/R/interaxo/0", "run/-/none/20270115T080000Z"]
    engine._queue.renew(names)
    client.cancel_workflows.assert_called_once_with(names)
    client.delete_workflows.assert_called_once_with([work.name])
    (asked,) = client.enqueue.call_args_list
    assert asked.args[1:] == (work.what, work.target, str(work.at))
    assert (asked.args[0]["workflow_id"], asked.args[0]["app_version"]) == (work.name, dbos.VERSION)
    night = Work("ocr", "", 0.0)
    assert Work.named(night.name) == night


@pytest.mark.parametrize(("services", "alone", "with_scans"), [(1, 1, 2), (2, 1, 1)])
def test_a_night_of_reading_scans_keeps_no_target_from_its_runs(
    services: int, alone: int, with_scans: int
) -> None:
    """Each service takes so much at once; a night lasts for hours."""
    for languages, part in ([], alone), (["eng"], with_scans):
        settings = make_settings(ledger__url=SHARED, text__ocr__languages=languages)
        engine: Any = engine_of(lambda settings=settings: App(settings), Noting(), Pulse())  # type: ignore[misc]
        engine._queue._client = parted = Parted()
        engine._queue.share(services)
        assert parted.worker_concurrency == part


def test_who_waits_for_the_rooms_of_one_target_can_walk_those_of_another_at_once() -> None:
    """The round that parts seats comes only every few seconds, and a run that lists its sources may take minutes."""
    engine: Any = engine_of(lambda: App(make_settings(ledger__url=SHARED)), Noting(), Pulse())
    engine._queue._client = parted = Parted()
    parted.kept, parted.worker_concurrency = "rooms", 1
    for walks, target in enumerate(("one", "two"), start=1):
        engine.others.offer([Seat(target, 7, "interaxo", number, "R") for number in range(3)])
        assert parted.worker_concurrency == walks
    engine._queue.share(3)
    assert parted.worker_concurrency == 2


class Unable(Noting):
    """An executor that cannot do it here."""

    async def carry_out(self, work: Work) -> Ended:
        return Ended.ELSEWHERE


class Given:
    """A queue that takes back what it is given, once its database answers. Stands in for `DbosQueue`."""

    def __init__(self, *, away: int = 0) -> None:
        self.away, self.names = away, list[str]()

    def give_back(self, names: Sequence[str]) -> None:
        if self.away:
            self.away -= 1
            raise LedgerError("away")
        self.names += names


async def test_what_cannot_be_done_here_is_given_back_whatever_the_database_does_but_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    waits: list[float] = []
    in_hand: list[bool] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)
        in_hand.append(work.name in engine.membership._in_hand)

    now = [1_000.0]
    monkeypatch.setattr(dbos.asyncio, "sleep", wait)
    monkeypatch.setattr(dbos, "time", SimpleNamespace(monotonic=lambda: now[0]))
    engine: Any = engine_of(lambda: App(make_settings(ledger__url=SHARED)), Unable(), Pulse())
    work = Work("delta", "elsewhere", 60.0)  # due long ago, as what a night missed
    engine._loop, engine._queue = asyncio.get_running_loop(), Given(away=2)
    with capture_logs() as told:
        for _ in range(100):
            now[0] += 60.0
            assert await engine._carry_out(work) == "elsewhere"
    assert engine._queue.names == [work.name] * 100, "the one that has it may be busy for hours"
    assert waits[:9] == [0.5, dbos.AGAIN_S, dbos.AGAIN_S, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert in_hand[0], "else it would count as stranded, and be given back once more"
    assert [one["event"] for one in told if one["event"] != "work.not_asked"] == ["work.passed"]
    now[0] += dbos.LONGEST_PASSED_S
    with capture_logs() as told:
        assert await engine._carry_out(work) == "elsewhere"
    assert len(engine._queue.names) == 100
    assert [one["event"] for one in told] == ["run.skipped"]
