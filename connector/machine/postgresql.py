"""
How a PostgreSQL server is reached, by whatever of ours stands there: ledger, queue, texts. Needs the extra `cluster`.

A host that is cut off is noticed while somebody still waits; a process that stops within a transaction keeps no lock, wherever in
it that is: the server counts the time in which nothing comes, and whoever waits for a lock all the same has it given back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Final

import psycopg
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.generators import send

_DAMAGED: Final = (psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted)
AWAY: Final = (
    psycopg.OperationalError,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.ReadOnlySqlTransaction,
    *_DAMAGED,
)
"""It does not answer, or not what it is asked; ended the connection of a process that stood still; is a standby now, or damaged."""
REFUSED: Final = (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidSchemaName)
"""The user may not do what a ledger takes, or his search path names no schema."""
LACKING: Final = (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)
"""Somebody dropped what we made there, or put only a part of it back."""
_TAKEN: Final = "Let it take more connections (max_connections, or the limit of that user or database), or end programs that have some"
_STANDBY: Final = "It takes nothing now, as a standby does: name the server that does in ledger.url, or all of them (host1,host2)"
_FULL: Final = "Free some space on its disk"
_HELPS: Final[Mapping[type[psycopg.Error], str]] = {
    psycopg.errors.DiskFull: _FULL,
    psycopg.errors.TooManyConnections: _TAKEN,
    psycopg.errors.OutOfMemory: "That server has no memory left: give it more, or let it take fewer connections",
    psycopg.errors.QueryCanceled: "Somebody there, or a limit, ended what it was asked: the log of that server says who",
    psycopg.errors.ReadOnlySqlTransaction: _STANDBY,
    **dict.fromkeys(
        (*_DAMAGED, psycopg.errors.IoError, psycopg.errors.UndefinedFile),
        "Its files are damaged, or its disk is: look at its log, and have it mended, or a backup put back",
    ),
}
_HELPS_IN: Final[Mapping[str, str]] = {
    "too many c": _TAKEN,  # clients, or connections for somebody
    "connection slots are reserved": _TAKEN,
    "read-only": _STANDBY,
    "No space left": _FULL,
}
"""By what stands in its words: whoever is not even let in hears no code, and what the system says may come as that of a broken disk."""
FROZEN_S: Final = 20
"""A process that stops within a transaction keeps its locks no longer; else whoever takes over its run would wait for it."""
LOCKED_S: Final = FROZEN_S + 5
"""Nobody waits longer for a lock: by then the server has ended who stopped, or it is looked who stands still all the same."""
STANDING_STILL: Final = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity AS one WHERE datname = current_database() AND usename = current_user"
    " AND backend_type = 'client backend' AND pid != pg_backend_pid() AND xact_start IS NOT NULL"
    " AND (wait_event = 'ClientRead' OR wait_event = 'ClientWrite' AND EXISTS (SELECT 1 FROM pg_locks AS lock"
    " WHERE lock.pid = one.pid AND lock.granted AND lock.locktype != 'virtualxid' AND lock.mode != 'AccessShareLock'))"
    " AND greatest(query_start, state_change) < clock_timestamp() - make_interval(secs => %s)"
)
"""
Nothing comes from them, or they take nothing of a long answer, for which the server has no limit of its own. Who only reads
keeps nobody waiting, and may read for longer than that.
"""
PLANS: Final = "force_custom_plan"
"""A plan that was made for every value, while a table was empty, would be kept when it has grown: look-ups took twenty times as long."""
NETWORK: Final[Mapping[str, Any]] = {
    "connect_timeout": 5,
    "tcp_user_timeout": 20_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "target_session_attrs": "read-write",
}
"""
After so many seconds (milliseconds in the second) it is noticed that nobody answers. Of several hosts the one that takes what is written
is meant: after a failover the first of them may be back as a standby.
"""
OURS: Final = (
    f"SET idle_in_transaction_session_timeout='{FROZEN_S}s'; SET lock_timeout='{LOCKED_S}s'; SET plan_cache_mode={PLANS};"
    " SET client_encoding='UTF8'; SET default_transaction_isolation='read committed';"
    " SET statement_timeout=0; SET idle_session_timeout=0; SET extra_float_digits=1"
)
"""
Whatever an administrator chose for the user or the database: a large ledger is migrated in one statement, and between two batches a
connection may have nothing to do for an hour. Each of his limits would end a run, every night anew. Moments are compared to the last digit.
"""
LOOKS: Final = 3
"""A pooler that lends its sessions in turn lends another one each time; most lend the one again that came back last."""
_KEEPING: Final[set[str]] = set()
"""URLs by which sessions are kept."""
LIMITS_TRANSACTIONS: Final = 170_000
"""The first version of the server that can limit how long a transaction lasts."""


def network_of(url: str) -> dict[str, Any]:
    """What libpq is told besides; what the URL itself says counts."""
    named = conninfo_to_dict(url)
    return {name: value for name, value in NETWORK.items() if name not in named}


def place_of(url: str) -> str:
    """Which database a URL names, wherever it says so: who logs in, and how it is reached, are no part of that."""
    told = conninfo_to_dict(url)
    user = told.get("user", "")
    place = {"host": "", "hostaddr": "", "port": "5432", "dbname": user, "service": ""}
    return " ".join(f"{name}={told.get(name, value)}" for name, value in place.items())


def reach(url: str, **more: Any) -> Any:
    """
    Connect, in autocommit.

    Raises:
        psycopg.ProgrammingError: the URL cannot be read; its words may repeat a password. psycopg.OperationalError.
    """
    connection = psycopg.connect(url, autocommit=True, **network_of(url), **more)
    try:
        limit = "; SET transaction_timeout=0" if connection.info.server_version >= LIMITS_TRANSACTIONS else ""
        connection.execute(f"{OURS}{limit}")
    except psycopg.Error:
        connection.close()
        raise
    return connection


def keeps_sessions(connection: Any, url: str) -> bool:
    """
    Whether what is said to the server on one connection is said to one session there.

    A pooler makes up the number that a new connection is told; one in transaction mode lends several connections the same session,
    and one connection several. Looked at once for each URL.

    Args:
        connection: that was opened by it.

    Raises:
        psycopg.OperationalError: as above.
    """
    if url in _KEEPING:
        return True
    session = _session_of(connection)
    if session != connection.info.backend_pid:
        with closing(reach(url)) as other:
            for _ in range(LOOKS):
                if _session_of(other) == session or _session_of(connection) != session:
                    return False
    _KEEPING.add(url)
    return True


def _session_of(connection: Any) -> int:
    return int(connection.execute("SELECT pg_backend_pid()").fetchone()[0])


def end_who_stands_still(url: str) -> None:
    """
    End connections of ours that have stood within a transaction for longer than a process may, whatever keeps the server from it.

    Raises:
        psycopg.OperationalError: as above.
    """
    with closing(reach(url)) as connection:
        connection.execute(STANDING_STILL, [FROZEN_S])


class Counted(psycopg.Pipeline):
    """
    What is sent without waiting, in such a way that the server counts the time in which nothing more comes.

    It does so from the sign on that ends what belongs together, and until anything follows that is not ended by one. So
    each statement goes out in one piece with its sign, and it is never asked for answers by themselves: a process that
    froze behind such a question kept its locks for as long as it stood (observed with PostgreSQL 15).
    """

    def _communicate_gen(self) -> PQGen[None]:
        if self.command_queue:
            if self.command_queue[-1] != self.pgconn.pipeline_sync:
                self._enqueue_sync()
            sends = tuple(self.command_queue)

            def send_all() -> None:
                for one in sends:
                    one()

            self.command_queue.clear()
            self.command_queue.append(send_all)
        yield from super()._communicate_gen()
        yield from send(self.pgconn)  # the driver may leave a piece of it for the next time

    def _fetch_gen(self, *, flush: bool) -> PQGen[None]:
        yield from super()._fetch_gen(flush=False)


@contextmanager
def counted(connection: Any) -> Iterator[Any]:
    """Send to a connection what is not waited for."""
    connection._pipeline = Counted(connection)  # else the driver makes one of its own
    try:
        with connection.pipeline() as pipe:
            yield pipe
    finally:
        connection._pipeline = None


def reach_in_transactions(url: str, *, name: str) -> Any:
    """
    Connect for a library that begins and ends transactions by itself; it keeps no lock either when it stops within one.

    Args:
        name: of who connects, as the server lists it.

    Raises:
        psycopg.ProgrammingError, psycopg.OperationalError: as above.
    """
    connection = reach(url, application_name=name)
    connection.autocommit = False
    return connection


def is_away(error: BaseException) -> bool:
    """
    Whether a server cannot be used now, for a reason that is not of what it was asked.

    A connection that breaks while an answer is read may be told by the driver's library alone: no number of the server's, and
    no more than that it is an error of a database (observed with psycopg 3.3, "server closed the connection ... invalid socket").
    """
    return isinstance(error, AWAY) or (type(error) is psycopg.DatabaseError and not error.sqlstate)


def is_refusal(error: psycopg.Error) -> bool:
    """
    Whether a server that cannot be used now answers, and goes on answering the same, as with a full disk.

    What it calls fatal ends the connection: whoever comes again may be let in. So may be who asked a standby, of another host.
    """
    return error.diag.severity_nonlocalized == "ERROR" and not isinstance(
        error, psycopg.errors.ReadOnlySqlTransaction
    )


def what_helps(error: BaseException) -> str:
    """What to do about what a server refuses, or does not answer, as a sentence without its end."""
    words = str(error)
    known = (step for part, step in _HELPS_IN.items() if part in words)
    step = next(known, "") or next((step for kind, step in _HELPS.items() if isinstance(error, kind)), "")
    return step or "Check ledger.url and that the database runs"


def first_line(error: BaseException) -> str:
    """What the server or the driver says, in a line."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
