"""
The queue that DBOS keeps for several services, asked from outside a workflow: what waits, what was begun, and by whom.

Nothing here waits for a database that is away: whoever asks has something better to do. Only the public interface of
DBOS is used, and no SQL of ours reads its tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from dbos import DBOSClient, DBOSPortableJSONSerializer, WorkflowSerializationFormat
from dbos import error as errors
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError, TimeoutError

from connector.errors import LedgerAway, LedgerError
from connector.machine.postgresql import is_away, reach_in_transactions, what_helps
from connector.ports.engine import Seat, Work

NAME = "interact-connector"
"""Of the application; all that is kept belongs to it."""
VERSION = "runs-4"
"""Of the steps of `connector/engine/dbos.py`. Raised when they change; never a hash of the source, by which each release would strand what is open."""
QUEUE, ROOMS = "runs", "rooms"
"""What is due, and seats in what is done."""
WORKFLOW, WALKING = "run", "walk"
OPEN = ("ENQUEUED", "PENDING")
OVER = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
LOOK_S = 1.0
"""How often a service asks for each of both. A run offers seats while it lists its sources, so that nobody has to be quicker."""
CONNECTIONS = 6
AT_ONCE = 1_000


def engine_for(url: str) -> Engine:
    """Connections to the database of a ledger, however libpq lets its URL be written; values are in no error."""
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: reach_in_transactions(url, name=NAME),
        pool_size=CONNECTIONS,
        max_overflow=CONNECTIONS,
        pool_pre_ping=True,
        hide_parameters=True,
    )


class DbosQueue:
    """
    Implements `connector.ports.engine.Queue`.

    Every method raises `LedgerError` where the database does not answer.
    """

    def __init__(self, engine: Engine, *, lanes: Callable[[], int] = lambda: 1) -> None:
        """
        Args:
            lanes: how much may be under way at once of what is due, as the settings are now.
        """
        with told():
            self._client = DBOSClient(
                system_database_engine=engine,
                serializer=DBOSPortableJSONSerializer(),
                application_name=NAME,
                lazy=True,
                retry_connection_errors=False,
            )
        self._engine = engine
        self._lanes = lanes

    def ask(self, work: Work) -> bool:
        """Have something done, once, however many ask for it; false where other work of its target makes it needless."""
        if work.yields_to([one.workflow_id for one in self._open(*OPEN, prefix=work.kind)]):
            return False
        with told():
            self._client.enqueue(
                {
                    "workflow_name": WORKFLOW,
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
        return True

    # -- seats --------------------------------------------------------------------------------

    version = VERSION

    def offer(self, seats: Sequence[Seat]) -> None:
        """Let whoever is free take these seats, and each service one of every walk: it may wait for those of another run meanwhile."""
        with told():
            for seat in seats:
                self._client.enqueue(
                    {
                        "workflow_name": WALKING,
                        "queue_name": ROOMS,
                        "workflow_id": seat.name,
                        "app_version": VERSION,
                        "serialization_type": WorkflowSerializationFormat.PORTABLE,
                    },
                    seat.target,
                    str(seat.run),
                    seat.source,
                    str(seat.number),
                    seat.run_id,
                )
        walks = {one.workflow_id.rpartition("/")[0] for one in self._open(*OPEN, queue=ROOMS)}
        self._let_each_take(ROOMS, at_least=len(walks))

    def held(self, seats: Sequence[Seat]) -> set[int]:
        """Numbers of the seats that wait for somebody, or that somebody has."""
        names = {one.name: one.number for one in seats}
        with told():
            found = self._client.list_workflows(
                workflow_ids=list(names), status=list(OPEN), load_input=False, load_output=False
            )
        return {names[one.workflow_id] for one in found}

    # -- what others left ---------------------------------------------------------------------

    def begun(self) -> Mapping[str, str]:
        """Work of this version that somebody began, by name: who."""
        return {
            one.workflow_id: one.executor_id or ""
            for queue in (QUEUE, ROOMS)
            for one in self._open("PENDING", version=VERSION, queue=queue)
        }

    def give_back(self, names: Sequence[str]) -> None:
        """Into its own queue: without that it would land in an internal one, past every limit."""
        rooms = [one for one in names if one.startswith(f"{WALKING}/")]
        runs = [one for one in names if one not in set(rooms)]
        for queue, some in ((QUEUE, runs), (ROOMS, rooms)):
            if some:
                with told():
                    self._client.resume_workflows(some, queue_name=queue)

    def drop(self, names: Sequence[str]) -> None:
        """Nobody is to do it."""
        with told():
            self._client.cancel_workflows(list(names))

    def renew(self, names: Sequence[str]) -> None:
        """
        Let this version do what only another one could have done; a part of a run is nobody's any more.

        Else it would be due again at its next tick, which for a full run is the next night's: under its name nothing else can be asked for.
        """
        self.drop(names)
        due = {name: work for name in names if (work := Work.named(name)) is not None}
        if due:
            with told():
                self._client.delete_workflows(list(due))
        for work in due.values():
            self.ask(work)

    def of_other_versions(self, versions: Sequence[str]) -> Sequence[str]:
        """What waits, or was begun, of a version that nobody has any more."""
        return [
            one.workflow_id
            for queue in (QUEUE, ROOMS)
            for one in self._open(*OPEN, queue=queue)
            if one.app_version not in versions
        ]

    def waiting(self) -> int:
        """How much waits."""
        return len(self._open("ENQUEUED"))

    def share(self, services: int) -> None:
        """Let each service take its part of what is due, so that the first to look does not take them all."""
        seats = len(self._open(*OPEN, queue=ROOMS))
        for name, whole in ((QUEUE, self._lanes()), (ROOMS, seats)):
            self._let_each_take(name, max(1, -(-whole // max(1, services))))

    def _let_each_take(self, name: str, part: int | None = None, *, at_least: int = 1) -> None:
        """Let each service have so much of a queue in hand at once; None: as much as until now."""
        with told():
            if (queue := self._client.retrieve_queue(name)) is None:
                return
            before = queue.worker_concurrency  # whoever joins writes it anew
            if (after := max(part or before or 1, at_least)) != before:
                queue.set_worker_concurrency(after)

    def forget(self, *, before: float, most: int | None = None) -> int:
        """Delete what came to its end before a moment, no more than so much of it; says how much. DBOS itself would not, ever."""
        try:
            return self._forget(before, most)
        except LedgerError as trouble:
            cause = getattr(trouble.__cause__, "orig", None)
            if isinstance(cause, psycopg.errors.UndefinedTable | psycopg.errors.InvalidSchemaName):
                return 0  # no service ever shared this ledger
            raise

    def _forget(self, before: float, most: int | None) -> int:
        until, forgotten = datetime.fromtimestamp(before, UTC).isoformat(), 0
        while most is None or forgotten < most:
            with told():
                found = self._client.list_workflows(
                    status=list(OVER),
                    completed_before=until,
                    application_name=NAME,
                    limit=AT_ONCE if most is None else min(AT_ONCE, most - forgotten),
                    load_input=False,
                    load_output=False,
                )
                if not found:
                    return forgotten
                self._client.delete_workflows([one.workflow_id for one in found])
            forgotten += len(found)
        return forgotten

    def close(self) -> None:
        """Let go of the database, and of the connections that were handed over."""
        self._client.destroy()
        self._engine.dispose()

    def _open(
        self, *status: str, version: str | None = None, prefix: str | None = None, queue: str = QUEUE
    ) -> list[Any]:
        with told():
            return self._client.list_workflows(
                queue_name=queue,
                status=list(status),
                app_version=version,
                workflow_id_prefix=prefix,
                load_input=False,
                load_output=False,
            )


@contextmanager
def told() -> Iterator[None]:
    """What the database or DBOS has to say, in words of ours: theirs may repeat what it was asked with."""
    try:
        yield
    except (psycopg.Error, SQLAlchemyError, errors.DBOSException) as trouble:
        cause = getattr(trouble, "orig", None) or trouble
        away = isinstance(cause, TimeoutError) or is_away(cause)  # all its own connections may be taken
        step = (
            "Let the user of ledger.url create a schema there, or make the schema dbos as that user"
            if isinstance(cause, psycopg.errors.InsufficientPrivilege)
            else what_helps(cause)
        )
        raise (LedgerAway if away else LedgerError)(
            f"The queue in the ledger's database cannot be used: {type(cause).__name__}. {step}."
        ) from trouble
