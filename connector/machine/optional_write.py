"""Writes to a file of SQLite that a reader can do without: left out while another process has it locked, so that no answer waits or fails for them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from connector.errors import ConnectorError

PATIENCE_S = 0.2
"""How long such a write waits for a lock; one transaction of a run takes less."""
_NOT_NOW = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL}
"""Why nothing can be written, though all can be read."""


def write_unless_locked(
    driver: sqlite3.Connection, work: Callable[[], object], *, patience_s: float = PATIENCE_S
) -> bool:
    """
    Write something that an answer can do without. Returns False where another process writes, or nothing can be written now.

    Args:
        work: is begun and ended in transactions of its own; within one that is open it is a part of that.
    """
    if driver.in_transaction:
        work()
        return True
    ((most,),) = driver.execute("PRAGMA busy_timeout").fetchall()
    driver.execute(f"PRAGMA busy_timeout={min(most, round(patience_s * 1_000))}")
    try:
        work()
    except (ConnectorError, sqlite3.Error) as error:
        cause = error if isinstance(error, sqlite3.Error) else error.__cause__
        if getattr(cause, "sqlite_errorcode", 0) & 0xFF not in _NOT_NOW:
            raise
        return False
    finally:
        driver.execute(f"PRAGMA busy_timeout={most}")
    return True
