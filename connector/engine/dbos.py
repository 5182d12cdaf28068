"""
The engine of several services with one ledger: DBOS keeps what waits and who began it, in the same PostgreSQL.

It decides nothing about safety: what it does twice, or late, costs time. Every decision is a query over the ledger,
under the lease. What stands in its tables are names of targets and moments, as JSON; never a title, an identity or the
words of an error. Only its public interface is used (docs/adr/0014-runs-on-dbos.md).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

import psycopg
import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, WorkflowSerializationFormat
from dbos import error as errors
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from connector.engine.members import Membership, Pulse
from connector.errors import LedgerError
from connector.ports.engine import Ended, Hands, Roll, Work

NAME = "interact-connector"
VERSION = "runs-1"
"""Of the steps below. Raised when they change; never a hash of the source, by which each release would strand what is open."""
QUEUE = "runs"
POLL_S = 0.5
CONNECTIONS = 6
END_S = 3.0
"""How long it may take to end; what is left undone then stays begun, and is given back by the others."""
OPEN = ["ENQUEUED", "PENDING"]
TRYING = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""A network that is cut is noticed while somebody still waits."""


class Dbos:
    """Implements `connector.ports.engine.Engine` and `Queue`."""

    def __init__(
        self,
        url: str,
        hands: Hands,
        open_roll: Callable[[], AbstractContextManager[Roll]],
        *,
        targets: Callable[[], int],
        pulse: Pulse | None = None,
    ) -> None:
        """
        Args:
            url: of the ledger.
            open_roll: opens the ledger's list of members, with a connection of its own.
            targets: how many there are, as the settings are now.
        """
        self._url = url
        self._hands = hands
        self._targets = targets
        self._host = socket.gethostname()
        self.member = f"{self._host[:40]}-{secrets.token_hex(4)}"
        """New at every start: a name that came back would look alive."""
        self.membership = Membership(self.member, open_roll, self, hands, pulse=pulse)
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="asking")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._share = 0
        self._log = structlog.get_logger("connector.workers")

    async def begin(self) -> None:
        """
        Join, then begin to take work.

        Raises:
            LedgerError: the database does not answer.
        """
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self.membership.join, self._host, VERSION)
        await asyncio.to_thread(self._launch)
        self.membership.begin(self._loop)
        self._log.info("worker.joined", member=self.member)

    def _launch(self) -> None:
        logger = logging.getLogger("dbos")
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())  # else it brings one of its own, past ours
        config = DBOSConfig(
            name=NAME,
            system_database_engine=create_engine(
                "postgresql+psycopg://",
                creator=lambda: psycopg.connect(self._url, **{**TRYING, "application_name": NAME}),  # type: ignore[arg-type]
                pool_size=CONNECTIONS,
                max_overflow=CONNECTIONS,
                pool_pre_ping=True,
                hide_parameters=True,
            ),
            application_version=VERSION,
            executor_id=self.member,
            serializer=DBOSPortableJSONSerializer(),
            use_listen_notify=False,
            enable_otlp=False,
            log_level="WARNING",
        )
        with _told():
            self._start(config)

    def _start(self, config: DBOSConfig) -> None:
        DBOS(config=config)

        @DBOS.step(name="carry out")
        async def carry_out(what: str, target: str, at: str) -> str:
            return await self._carry_out(Work(what, target, float(at)))

        async def run(what: str, target: str, at: str) -> str:
            return await carry_out(what, target, at)

        DBOS.workflow(name="run")(run)
        DBOS.launch()
        DBOS.register_queue(
            QUEUE, partition_concurrency=1, polling_interval_sec=POLL_S, on_conflict="always_update"
        )
        self.share(1)

    async def _carry_out(self, work: Work) -> str:
        """The one step: on the loop of the service, where its lanes are."""
        assert self._loop is not None
        doing = asyncio.run_coroutine_threadsafe(self._hands.carry_out(work), self._loop)
        ended: Ended = await asyncio.wrap_future(doing)
        return ended.value

    # -- what is asked -------------------------------------------------------------------------

    def ask(self, work: Work) -> None:
        """Have something done, by whoever takes it first; however many ask for it, it is done once."""
        self._asking.submit(self._enqueue, work)

    def _enqueue(self, work: Work) -> None:
        try:
            under_way = _open(*OPEN, prefix=work.kind)
            if work.yields_to([one.workflow_id for one in under_way]):
                self._log.info(
                    "run.skipped", target=work.target, mode=work.what, why="another run is under way"
                )
                return
            with _told():
                DBOS.enqueue_workflow_with_options(
                    {
                        "workflow_name": "run",
                        "queue_name": QUEUE,
                        "workflow_id": work.name,
                        "queue_partition_key": work.target or work.what,
                        "app_version": VERSION,
                        "serialization_type": WorkflowSerializationFormat.PORTABLE,
                    },
                    work.what,
                    work.target,
                    str(work.at),
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
            with suppress(RuntimeError):  # nobody waited for so long
                loop.call_soon_threadsafe(over.set)

        threading.Thread(target=end, name="ending", daemon=True).start()
        with suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await over.wait()

    # -- what the sweep needs ------------------------------------------------------------------

    def begun(self) -> Mapping[str, str]:
        """Work of this version that somebody began, by name: who."""
        return {one.workflow_id: one.executor_id or "" for one in _open("PENDING", version=VERSION)}

    def give_back(self, names: Sequence[str]) -> None:
        """Into its own queue: without that it would land in an internal one, past every limit."""
        with _told():
            DBOS.resume_workflows(list(names), queue_name=QUEUE)

    def drop(self, names: Sequence[str]) -> None:
        """Nobody is to do it."""
        with _told():
            DBOS.cancel_workflows(list(names))

    def of_other_versions(self, versions: Sequence[str]) -> Sequence[str]:
        """What waits, or was begun, of a version that nobody has any more."""
        return [one.workflow_id for one in _open(*OPEN) if one.app_version not in versions]

    def waiting(self) -> int:
        """How much waits."""
        return len(_open("ENQUEUED"))

    def share(self, services: int) -> None:
        """Let each service take its part of the targets, so that the first to look does not take them all."""
        part = max(1, -(-self._targets() // max(1, services)))
        if part != self._share:
            with _told():
                queue = DBOS.retrieve_queue(QUEUE)
                if queue is not None:
                    queue.set_worker_concurrency(part)
                    self._share = part


def _open(*status: str, version: str | None = None, prefix: str | None = None) -> list[Any]:
    """What waits (ENQUEUED) or was begun (PENDING)."""
    with _told():
        return DBOS.list_workflows(
            queue_name=QUEUE,
            status=list(status),
            app_version=version,
            workflow_id_prefix=prefix,
            load_input=False,
            load_output=False,
        )


@contextmanager
def _told() -> Iterator[None]:
    """What the database or DBOS has to say, in words of ours: theirs may repeat what it was asked with."""
    try:
        yield
    except (psycopg.Error, SQLAlchemyError, errors.DBOSException) as trouble:
        raise LedgerError(
            f"The queue in the ledger's database cannot be used: {type(trouble).__name__}."
        ) from trouble
