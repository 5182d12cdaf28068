"""
Tables of remembered texts in the database of the ledger, where several services share them; brought by the extra `cluster`.

In a schema of their own, so that a ledger that is set aside or rebuilt leaves them where they are. Made when they are missing, also
while they are in use: it is only a cache, which somebody may drop for room on the disk, and stands in no migration.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg.pq import TransactionStatus

from connector.errors import CacheError, SharedCacheAway
from connector.machine.database_locks import DatabaseLock
from connector.machine.postgresql import first_line, is_away, reach, what_helps
from connector.secrets.hiding import keep, passwords_of, without_login

DROPPED: Final = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)
"""Somebody dropped the tables, or their schema."""
ROW_BYTES: Final = 300
"""What a row takes beside its text: keys, hashes and indexes, about."""


class SharedTables:
    """One connection to them."""

    def __init__(self, url: str, schema: str, *, last: str) -> None:
        """
        Args:
            url: of the ledger.
            schema: makes the tables.
            last: the last thing that it makes; where that is there, all are.

        Raises:
            CacheError: the database cannot be reached, or lets nobody make the tables.
        """
        keep(passwords_of(url))
        self._named = without_login(url)
        self._schema, self._last = schema, last
        with self._told():
            self._database: Any = reach(url)
            self._make()

    def _make(self) -> None:
        with self._database.transaction():
            self._database.execute("SELECT pg_advisory_xact_lock(%s)", (DatabaseLock.MAKE_TEXT_TABLES,))
            if not self._asked("SELECT 1 WHERE to_regclass(%s) IS NOT NULL", self._last):
                self._database.execute(self._schema)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """What is written inside is written together."""
        with self._told(), self._database.transaction():
            yield

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

    def _all(self, sql: str, *values: object) -> list[Any]:
        with self._told():
            try:
                return self._asked(sql, *values)
            except DROPPED:
                if self._database.info.transaction_status is not TransactionStatus.IDLE:
                    raise  # nothing more is asked in it
                self._make()
                return self._asked(sql, *values)

    def _asked(self, sql: str, *values: object) -> list[Any]:
        found: list[Any] = self._database.execute(sql, values).fetchall()
        return found

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DROPPED as error:
            step = "Somebody dropped it while it was in use; it is made anew as soon as something is asked of it again."
            raise SharedCacheAway(self._unusable(error, step)) from error
        except psycopg.errors.InsufficientPrivilege as error:
            step = "Let the user of ledger.url create a schema there, or make the schema text_cache as that user."
            raise CacheError(self._unusable(error, step)) from error
        except psycopg.Error as error:
            if not is_away(error):
                raise
            raise SharedCacheAway(self._unusable(error, f"{what_helps(error)}.")) from error

    def _unusable(self, error: psycopg.Error, step: str) -> str:
        return f"The text cache in {self._named} cannot be used: {first_line(error)}. {step}"
