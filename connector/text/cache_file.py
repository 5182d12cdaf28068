"""
The files of the text cache: SQLite in WAL mode, made when it is missing, begun anew when it is damaged.

Its errors are words: of another user, no room on the disk, busy.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from connector.errors import CacheError
from connector.machine import owner
from connector.machine.optional_write import write_unless_locked
from connector.machine.storage import words_of_database
from connector.text.text_store import FileKey
from connector.text.unusable import unusable

_TEXTS: Final = "texts.sqlite"
_VERSION: Final = 1
_SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS texts (
        content_hash TEXT NOT NULL,
        extractor TEXT NOT NULL,
        text BLOB,               -- UTF-8, deflated
        reason TEXT,
        truncated INTEGER NOT NULL DEFAULT 0,
        scanned TEXT NOT NULL DEFAULT '',  -- JSON list of pages, from 0, that are pictures of words
        attempts INTEGER NOT NULL DEFAULT 0,
        used_at REAL NOT NULL,
        PRIMARY KEY (content_hash, extractor)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS texts_by_use ON texts (used_at);
    CREATE TABLE IF NOT EXISTS files (
        source TEXT NOT NULL,
        file_id TEXT NOT NULL,
        version TEXT NOT NULL,
        size INTEGER NOT NULL,   -- -1: not declared
        content_hash TEXT,
        refused_above INTEGER,   -- the limit in bytes that the download went over
        used_at REAL NOT NULL,
        PRIMARY KEY (source, file_id, version, size)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS files_by_use ON files (used_at);
"""
_ADDED: Final = (("texts", "scanned", "TEXT NOT NULL DEFAULT ''"),)
"""Columns that caches of earlier releases lack: table, name, kind."""
_OURS: Final = ("texts.sqlite", "scans.sqlite", "downloads")
_BUSY_TIMEOUT_S: Final = 30
_EVICT_ROWS: Final = 8
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
        raise unusable(path.parent, path, error) from error
    try:
        return _connect(path, schema, version, added)
    except _Damaged:
        # Not a database any more, after a full disk or a bad restore: only a cache, so it begins anew.
        _throw_away(path)
        return _connect(path, schema, version, added)


def close_file(database: sqlite3.Connection) -> None:
    """Close one file of the cache; where it proved damaged amid the work, it begins anew with the next one who opens it."""
    database.close()
    if isinstance(database, _Told) and database.is_damaged:
        _throw_away(database.path)


def _throw_away(path: Path) -> None:
    for leftover in path.parent.glob(f"{path.name}*"):
        with suppress(OSError):
            leftover.unlink()


def used_bytes(database: sqlite3.Connection) -> int:
    """What a file of the cache takes, in bytes, without its free pages."""
    pages, free, page_bytes = (
        database.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * page_bytes)


class SqliteTexts:
    """
    Texts in a file of the cache's folder. Implements `connector.text.text_store.TextStore`.

    In WAL mode: a crash loses at most what was not committed, and other processes may read (`connector explain`) while the
    daemon writes.
    """

    def __init__(self, folder: Path) -> None:
        self._database = open_file(folder / _TEXTS, _SCHEMA, version=_VERSION, added=_ADDED)

    def find_file(self, key: FileKey) -> tuple[str | None, int | None, float] | None:
        """Hash of the content, the limit that the download went over, and when it was used."""
        found: tuple[str | None, int | None, float] | None = self._database.execute(
            "SELECT content_hash, refused_above, used_at FROM files"
            " WHERE source = ? AND file_id = ? AND version = ? AND size = ?",
            key,
        ).fetchone()
        return found

    def touch_file(self, key: FileKey, now: float) -> None:
        """It is used now."""
        sql = "UPDATE files SET used_at = ? WHERE source = ? AND file_id = ? AND version = ? AND size = ?"
        write_unless_locked(self._database, lambda: self._database.execute(sql, (now, *key)))

    def put_file(
        self,
        key: FileKey,
        content_hash: str | None,
        refused_above: int | None,
        now: float,
    ) -> None:
        """Write the row of a file."""
        self._database.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*key, content_hash, refused_above, now),
        )

    def find_text(self, content_hash: str, extractor: str) -> tuple[Any, ...] | None:
        """The deflated text or the reason, truncated, attempts, when it was used, and the pages."""
        found: tuple[Any, ...] | None = self._database.execute(
            "SELECT text, reason, truncated, attempts, used_at, scanned FROM texts"
            " WHERE content_hash = ? AND extractor = ?",
            (content_hash, extractor),
        ).fetchone()
        return found

    def touch_text(self, content_hash: str, extractor: str, now: float) -> None:
        """It is used now."""
        sql = "UPDATE texts SET used_at = ? WHERE content_hash = ? AND extractor = ?"
        write_unless_locked(
            self._database, lambda: self._database.execute(sql, (now, content_hash, extractor))
        )

    def put_text(
        self, content_hash: str, extractor: str, blob: bytes, truncated: int, scanned: str, now: float
    ) -> None:
        """Write the row of a text."""
        self._database.execute(
            "INSERT OR REPLACE INTO texts (content_hash, extractor, text, truncated, scanned, used_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (content_hash, extractor, blob, truncated, scanned, now),
        )

    def put_reason(self, content_hash: str, extractor: str, reason: str, scanned: str, now: float) -> int:
        """Write why there is no text; says how often that was written."""
        self._database.execute(
            "INSERT INTO texts (content_hash, extractor, reason, scanned, attempts, used_at)"
            " VALUES (?, ?, ?, ?, 1, ?)"
            " ON CONFLICT DO UPDATE SET text = NULL, reason = excluded.reason, scanned = excluded.scanned,"
            " attempts = attempts + 1, used_at = excluded.used_at",
            (content_hash, extractor, reason, scanned, now),
        )
        attempts: int = self._database.execute(
            "SELECT attempts FROM texts WHERE content_hash = ? AND extractor = ?", (content_hash, extractor)
        ).fetchone()[0]
        return attempts

    def is_over(self, most: float) -> bool:
        """Whether the file takes more bytes."""
        return used_bytes(self._database) > most

    def forget_down_to(self, most: float) -> None:
        """Forget what was used least recently until the file takes no more, and give its pages back to the disk."""
        while self.is_over(most):
            for _ in range(_EVICT_ROWS):
                if not self._forget_oldest():
                    return
        self._database.execute("PRAGMA incremental_vacuum").fetchall()

    def _forget_oldest(self) -> bool:
        text = self._database.execute(
            "SELECT used_at, content_hash, extractor FROM texts ORDER BY used_at LIMIT 1"
        ).fetchone()
        file = self._database.execute(
            "SELECT used_at, source, file_id, version, size FROM files ORDER BY used_at LIMIT 1"
        ).fetchone()
        if file is not None and (text is None or file[0] < text[0]):
            self._database.execute(
                "DELETE FROM files WHERE source = ? AND file_id = ? AND version = ? AND size = ?", file[1:]
            )
        elif text is not None:
            self._database.execute("DELETE FROM texts WHERE content_hash = ? AND extractor = ?", text[1:])
        return file is not None or text is not None

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """What is written inside is written together."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:  # not any more where SQLite itself went back, as on a full disk
                self._database.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the file."""
        close_file(self._database)


class _Damaged(CacheError):
    """No database, or not any more."""


class _Told(sqlite3.Connection):
    """A connection whose errors are words."""

    path: Path = Path()
    is_damaged = False
    """Whether a page was met that cannot be read; of a whole file nobody looks at all of them as it is opened."""

    def execute(self, *args: Any) -> sqlite3.Cursor:
        """Do one statement."""
        with self._in_words():
            return super().execute(*args)

    def executescript(self, script: str, /) -> sqlite3.Cursor:
        """Do several statements."""
        with self._in_words():
            return super().executescript(script)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            words = _words_of(error, self.path)
            self.is_damaged |= isinstance(words, _Damaged)
            raise words from error
        except UnicodeDecodeError as error:  # SQLite quotes what is damaged in the words of its error
            self.is_damaged = True
            raise _Damaged(f"The text cache {self.path} is damaged. {_CURE}") from error


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
    database.text_factory = _read_text
    try:
        found = database.execute("PRAGMA user_version").fetchone()[0]
        if found != version:  # either takes the lock, even where it changes nothing
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
        if found != version:
            database.execute(f"PRAGMA user_version = {version}")
    except CacheError:
        database.close()
        raise
    return database


def _read_text(text: bytes) -> str:
    """What is damaged within a page that can be read is no reason for an error of SQLite: it finds nothing."""
    return text.decode("utf-8", "replace")


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
