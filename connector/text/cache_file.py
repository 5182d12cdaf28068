"""
The files of the text cache: SQLite in WAL mode, made when it is missing, begun anew when it is damaged.

Its errors are words: of another user, no room on the disk, busy.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from connector.errors import CacheError
from connector.machine import owner
from connector.machine.storage import words_of_access, words_of_database

_OURS: Final = ("texts.sqlite", "scans.sqlite", "downloads")
_BUSY_TIMEOUT_S: Final = 30
_CURE: Final = "It is only a cache: delete the file, and the texts are read again."


def open_file(
    path: Path, schema: str, *, version: int, added: Sequence[tuple[str, str, str]] = ()
) -> sqlite3.Connection:
    """
    Open one file of the cache, in autocommit, for use from several threads under a lock of the caller's.

    Args:
        schema: makes its tables where they are missing.
        version: what another one wrote is thrown away rather than understood.
        added: columns that files of earlier releases lack: table, name, kind.

    Raises:
        CacheError: the folder or the file cannot be used, here and later: of another user, no room on the disk.
    """
    try:
        owner.make_folder(path.parent, holds=_OURS)
        owner.make_file(path)
    except OSError as error:
        why = words_of_access(path) or error.strerror
        raise CacheError(
            f"The text cache {path.parent} cannot be used: {why}. Give it to the user who runs this, or name another folder in text.cache."
        ) from error
    try:
        return _connect(path, schema, version, added)
    except _Damaged:
        # Not a database any more, after a full disk or a bad restore: only a cache, so it begins anew.
        for leftover in path.parent.glob(f"{path.name}*"):
            leftover.unlink()
        return _connect(path, schema, version, added)


class _Damaged(CacheError):
    """No database, or not any more."""


class _Told(sqlite3.Connection):
    """A connection whose errors are words."""

    path: Path = Path()

    def execute(self, *args: Any) -> sqlite3.Cursor:
        """Do one statement."""
        try:
            return super().execute(*args)
        except sqlite3.Error as error:
            raise _words_of(error, self.path) from error

    def executescript(self, script: str, /) -> sqlite3.Cursor:
        """Do several statements."""
        try:
            return super().executescript(script)
        except sqlite3.Error as error:
            raise _words_of(error, self.path) from error


def _words_of(error: sqlite3.Error, path: Path) -> Exception:
    words = words_of_database(error, path, name="text cache", cure=_CURE, busy_s=_BUSY_TIMEOUT_S)
    damaged = getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
    return (_Damaged if damaged else CacheError)(words) if words else error


def _connect(
    path: Path, schema: str, version: int, added: Sequence[tuple[str, str, str]]
) -> sqlite3.Connection:
    try:
        database = sqlite3.connect(
            path, timeout=_BUSY_TIMEOUT_S, check_same_thread=False, isolation_level=None, factory=_Told
        )
    except sqlite3.Error as error:
        raise _words_of(error, path) from error
    database.path = path
    try:
        found = database.execute("PRAGMA user_version").fetchone()[0]
        # Before anything is written: it cannot be changed later.
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA journal_size_limit = 4000000")
        if found not in {0, version}:
            tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (table,) in tables:
                database.execute(f"DROP TABLE {table}")
        database.executescript(schema)
        _add(database, added)
        database.execute(f"PRAGMA user_version = {version}")
    except CacheError:
        database.close()
        raise
    return database


def _add(database: sqlite3.Connection, added: Sequence[tuple[str, str, str]]) -> None:
    for table, name, kind in added:
        if name in _columns(database, table):
            continue
        database.execute("BEGIN IMMEDIATE")
        if name not in _columns(database, table):  # another process may have been first
            database.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")
        database.execute("COMMIT")


def _columns(database: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
