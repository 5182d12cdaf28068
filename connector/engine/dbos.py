"""
The engine of several services with one ledger: DBOS keeps what waits and who began it, in the same PostgreSQL.

It decides nothing about safety: what it does twice, or late, costs time. Every decision is a query over the ledger,
under the lease. What stands in its tables are names of targets and moments, as JSON; never a title, an identity or the
words of an error (docs/adr/0014-runs-on-dbos.md).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from typing import Any

import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from connector.document.durations import DAY_S
from connector.engine.members import Membership
from connector.engine.queue import (
    LOOK_S,
    NAME,
    QUEUE,
    ROOMS,
    VERSION,
    WALKING,
    WORKFLOW,
    DbosQueue,
    engine_for,
    told,
)
from connector.engine.rounds import Pulse
from connector.engine.task_group import wait_for_event
from connector.errors import LedgerError
from connector.ports.engine import Ended, Executor, Others, Roll, Seat, Work

PASSED_ON = {
    Ended.ELSEWHERE.value: "this service does not have the target, or OCR, in its settings, or is to read them again after a run, and no other one is free",
    Ended.OLDER.value: "a newer release migrated the ledger, so this service does no run until its machine is upgraded, and no other one is free",
}
"""What this service cannot do, and why nobody else does."""
PASSED_S = 0.5, 1.0, 2.0, 4.0, 8.0
"""Work that this service cannot do is kept so long before it is left to others, each time longer: they may be busy for hours."""
LONGEST_PASSED_S = DAY_S
"""What was left to others for so long is left to the next tick: nobody has its target, or whoever has it has no time."""
MOST_NOTED = 1_000
MOST_ASKED = 30
AGAIN_S = 2.0
"""Until another try where the database does not answer."""
END_S = 3.0
"""How long it may take to end; what is left undone stays begun, and is given back by the others."""


def hear_library() -> None:
    """Have what DBOS logs go our way, but for what is no trouble: a service that ends leaves what it has in hand to others."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())  # else it brings one of its own, past ours
    logger.addFilter(_is_trouble)


def _is_trouble(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith("Asyncio task cancelled for ")


class Dbos:
    """Implements `connector.ports.engine.Engine`."""

    def __init__(
        self,
        url: str,
        executor: Executor,
        open_roll: Callable[[], AbstractContextManager[Roll]],
        *,
        lanes: Callable[[], int],
        pulse: Pulse | None,
    ) -> None:
        """
        Args:
            url: of the ledger.
            open_roll: opens the ledger's list of members, with a connection of its own.
            lanes: how much may be under way at once of what is due, as the settings are now.
        """
        self._executor = executor
        self._host = socket.gethostname()
        self.member = f"{self._host[:40]}-{secrets.token_hex(4)}"
        """New at every start: a name that came back would look alive."""
        self._engine = engine_for(url)
        self._queue = DbosQueue(self._engine, lanes=lanes)
        self.membership = Membership(self.member, open_roll, self._queue, executor, pulse=pulse)
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="asking")
        self._passed: dict[str, tuple[int, float]] = {}
        """Work that was left to others, by name: how often, and since when; what is due may be older, such as what a night missed."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._log = structlog.get_logger()

    async def begin(self) -> None:
        """
        Join, then begin to take work.

        Raises:
            LedgerError: the database does not answer, or lets nobody make what the queue stands in.
        """
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self.membership.join, self._host, VERSION)
        self.membership.begin(self._loop)
        try:
            await asyncio.to_thread(self._launch)
        except LedgerError:
            await asyncio.to_thread(self.membership.leave)
            raise
        self.membership.takes_work = True
        self._log.info("worker.joined", member=self.member)

    def _launch(self) -> None:
        """In a thread without a loop: else DBOS would take ours for its own work."""
        hear_library()
        with told():
            DBOS(
                config=DBOSConfig(
                    name=NAME,
                    system_database_engine=self._engine,
                    application_version=VERSION,
                    executor_id=self.member,
                    serializer=DBOSPortableJSONSerializer(),
                    use_listen_notify=False,
                    enable_otlp=False,
                    log_level="WARNING",
                )
            )

            @DBOS.step(name="sit")
            async def sit(target: str, run: str, source: str, number: str, run_id: str) -> str:
                return await self._sit(Seat(target, int(run), source, int(number), run_id))

            async def walk(target: str, run: str, source: str, number: str, run_id: str) -> str:
                return await sit(target, run, source, number, run_id)

            @DBOS.step(name="carry out")
            async def carry_out(what: str, target: str, at: str) -> str:
                return await self._carry_out(Work(what, target, float(at)))

            async def run(what: str, target: str, at: str) -> str:
                return await carry_out(what, target, at)

            DBOS.workflow(name=WORKFLOW)(run)
            DBOS.workflow(name=WALKING)(walk)
            DBOS.launch()
            DBOS.register_queue(
                QUEUE, partition_concurrency=1, polling_interval_sec=LOOK_S, on_conflict="always_update"
            )
            DBOS.register_queue(
                ROOMS, worker_concurrency=1, polling_interval_sec=LOOK_S, on_conflict="always_update"
            )

    async def _carry_out(self, work: Work) -> str:
        """
        The one step: on the loop of the service, where its lanes are.

        What is given back to the queue belongs to nobody: DBOS writes down no outcome of this execution.
        """
        ended = await self._do(work.name, self._executor.carry_out(work))
        if ended in PASSED_ON:
            passed, since = self._passed.pop(work.name, (0, time.monotonic()))
            if time.monotonic() - since < LONGEST_PASSED_S:
                self._passed[work.name] = passed + 1, since
                if len(self._passed) > MOST_NOTED:
                    self._passed.pop(next(iter(self._passed)))
                await self._leave_to_others(work, passed, why=PASSED_ON[ended])
            else:
                self._log.error(
                    "run.skipped",
                    target=work.target,
                    mode=work.what,
                    why=f"{PASSED_ON[ended]}; it waited for a day, and is due again at the next tick",
                )
        return ended

    async def _leave_to_others(self, work: Work, passed: int, *, why: str) -> None:
        """Give it back, as soon as the database answers: else it would count as done."""
        name = work.name
        with self.membership.has_in_hand(name):
            await asyncio.sleep(PASSED_S[min(passed, len(PASSED_S) - 1)])
        if passed == len(PASSED_S) - 1:
            self._log.warning("work.passed", target=work.target, mode=work.what, why=why)
        for _ in range(MOST_ASKED):
            try:
                await asyncio.to_thread(self._queue.give_back, [name])
            except LedgerError as trouble:
                self._log.error("work.not_asked", work=name, why=str(trouble))
            else:
                return
            await asyncio.sleep(AGAIN_S)

    async def _sit(self, seat: Seat) -> str:
        """The same of a seat."""
        return await self._do(seat.name, self._executor.sit(seat, self.member))

    async def _do(self, name: str, work: Coroutine[Any, Any, Ended]) -> str:
        assert self._loop is not None
        with self.membership.has_in_hand(name):
            ended = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))
        return ended.value

    @property
    def others(self) -> Others:
        """Every service with this ledger, this one among them."""
        return self._queue

    def ask(self, work: Work) -> None:
        """Have something done, by whoever takes it first; however many ask for it, it is done once."""
        self._asking.submit(self._ask, work)

    def _ask(self, work: Work) -> None:
        try:
            if not self._queue.ask(work):
                self._log.info(
                    "run.skipped", target=work.target, mode=work.what, why="another run is under way"
                )
        except LedgerError as trouble:  # it will be due again
            self._log.error("work.not_asked", work=work.name, why=str(trouble))

    def leads(self) -> bool:
        """Whether it works for the longest of all."""
        return self.membership.leads

    async def end(self) -> None:
        """Take no more work, and be no member any more."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()

        def end() -> None:
            self._asking.shutdown(wait=False, cancel_futures=True)
            self.membership.leave()  # from here on others take what is left undone
            self._log.info("worker.left", member=self.member)
            DBOS.destroy(destroy_registry=True)
            self._queue.close()
            with suppress(RuntimeError):  # nobody waited for so long
                loop.call_soon_threadsafe(over.set)

        threading.Thread(target=end, name="ending", daemon=True).start()
        await wait_for_event(over, at_most=END_S)
