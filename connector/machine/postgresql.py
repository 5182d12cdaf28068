"""
How a PostgreSQL server is reached, by whatever of ours stands there: ledger, queue, texts. Needs the extra `cluster`.

A host that is cut off is noticed while somebody still waits; a process that stops within a transaction keeps no lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

GONE: Final = (
    psycopg.OperationalError,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.ReadOnlySqlTransaction,
)
"""It does not answer, ended the connection of a process that stood still, or is a standby now."""
FROZEN_S: Final = 20
"""A process that stops within a transaction keeps its locks no longer; else whoever takes over its run would wait for it."""
PLANS: Final = "force_custom_plan"
"""A plan that was made for every value, while a table was empty, would be kept when it has grown: look-ups took twenty times as long."""
NETWORK: Final[Mapping[str, Any]] = {
    "connect_timeout": 5,
    "tcp_user_timeout": 20_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
"""After so many seconds (milliseconds in the second) it is noticed that nobody answers."""


def network_of(url: str) -> dict[str, Any]:
    """What libpq is told of the network besides; what the URL itself says counts."""
    named = conninfo_to_dict(url)
    return {name: value for name, value in NETWORK.items() if name not in named}


def reach(url: str, **more: Any) -> Any:
    """
    Connect, in autocommit.

    Raises:
        psycopg.ProgrammingError: the URL cannot be read; its words may repeat a password. psycopg.OperationalError.
    """
    connection = psycopg.connect(url, autocommit=True, **network_of(url), **more)
    connection.execute(f"SET idle_in_transaction_session_timeout='{FROZEN_S}s'; SET plan_cache_mode={PLANS}")
    return connection


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


def first_line(error: BaseException) -> str:
    """What the server or the driver says, in a line."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
