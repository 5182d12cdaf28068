"""What a file of SQLite brings up to date in portions: in a transaction each, so that nobody who writes waits for long."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager

AT_ONCE = 10_000
"""Documents of one transaction: a twentieth of a second."""


def catch_up(
    driver: sqlite3.Connection,
    at_once: Callable[[], AbstractContextManager[None]],
    which: str,
    work: Callable[[int], None],
) -> None:
    """
    Do some work for all documents of a kind, whoever else does so or writes meanwhile.

    Args:
        at_once: a transaction.
        which: asks for the last number of the first documents of the kind, so many at most (`?1`); NULL: there is none.
        work: is handed that number, and leaves none of the kind up to it.
    """
    while _last(driver, which) is not None:
        with at_once():
            last = _last(driver, which)  # somebody may have done it since
            if last is not None:
                work(last)


def _last(driver: sqlite3.Connection, which: str) -> int | None:
    last: int | None = driver.execute(which, (AT_ONCE,)).fetchone()[0]
    return last
