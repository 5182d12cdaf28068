"""What every part of the ledger that belongs to one target is made of: statements to the driver, transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from connector.ledger.trouble import in_words

CHUNK = 500
"""Rows or ids of one statement."""


class Part:
    """One part of the ledger, of one target: every statement has `:target`."""

    def __init__(self, connection: Connection, target: str) -> None:
        self._db = connection
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        self._driver = driver
        """For what is asked once a container: SQLAlchemy spends more on such a statement than SQLite does."""
        self._target = target
        self._writing = False

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """What is written inside is written in one transaction."""
        if self._writing:
            yield
            return
        self._writing = True
        try:
            with self._db.begin():
                yield
        finally:
            self._writing = False

    def _all(self, statement: str, **values: Any) -> Sequence[Any]:
        try:
            return self._driver.execute(statement, {"target": self._target, **values}).fetchall()
        except sqlite3.Error as error:
            raise in_words(error, self._db.engine.url.database) from error

    def _one(self, statement: str, **values: Any) -> Any:
        rows = self._all(statement, **values)
        return rows[0][0] if rows else None

    def _run(self, statement: str, **values: Any) -> int:
        with self.at_once():
            return self._db.execute(text(statement), {"target": self._target, **values}).rowcount

    def _many(self, statement: str, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        for row in rows:
            row["target"] = self._target
        with self.at_once():
            self._db.exec_driver_sql(statement, rows)


def as_json(ids: Sequence[str]) -> str:
    """Many ids as one value: a statement with as many parameters as ids would be compiled anew for each number."""
    return msgspec.json.encode(ids).decode()
