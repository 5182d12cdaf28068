"""Remembered texts in the database of the ledger, where several services share them; brought by the extra `cluster`."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, inf
from typing import Any, Final

from connector.machine.database_locks import DatabaseLock
from connector.text.shared_tables import ROW_BYTES, SharedTables
from connector.text.text_store import FileKey

_SCHEMA: Final = """
    CREATE SCHEMA IF NOT EXISTS text_cache;
    CREATE TABLE IF NOT EXISTS text_cache.texts (
        content_hash TEXT NOT NULL,
        extractor TEXT NOT NULL,
        text BYTEA,
        reason TEXT,
        truncated INTEGER NOT NULL DEFAULT 0,
        scanned TEXT NOT NULL DEFAULT '',
        attempts INTEGER NOT NULL DEFAULT 0,
        used_at DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (content_hash, extractor)
    );
    ALTER TABLE text_cache.texts ALTER COLUMN text SET STORAGE EXTERNAL;
    CREATE INDEX IF NOT EXISTS texts_by_use ON text_cache.texts (used_at);
    CREATE TABLE IF NOT EXISTS text_cache.files (
        source TEXT NOT NULL,
        file_id TEXT NOT NULL,
        version TEXT NOT NULL,
        size BIGINT NOT NULL,
        content_hash TEXT,
        refused_above BIGINT,
        used_at DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (source, file_id, version, size)
    );
    CREATE INDEX IF NOT EXISTS files_by_use ON text_cache.files (used_at);
    CREATE INDEX IF NOT EXISTS files_by_content ON text_cache.files (content_hash);
"""
_COUNTED_AGAIN: Final = 0.05
"""After so much of the whole a service counts anew: others write, too."""
_OLDEST: Final = """
    SELECT max(used_at) FROM (
        (SELECT used_at FROM text_cache.texts ORDER BY used_at LIMIT %s)
        UNION ALL (SELECT used_at FROM text_cache.files ORDER BY used_at LIMIT %s)
        ORDER BY used_at LIMIT %s
    ) AS oldest
"""
_FORGET: Final = """
    WITH files AS (DELETE FROM text_cache.files WHERE used_at <= %s RETURNING 0 AS size),
        texts AS (DELETE FROM text_cache.texts WHERE used_at <= %s RETURNING coalesce(octet_length(text), 0) AS size)
    SELECT count(*), coalesce(sum(size), 0) FROM (SELECT size FROM files UNION ALL SELECT size FROM texts) AS gone
"""


class PostgresTexts(SharedTables):
    """One connection. Implements `connector.text.text_store.TextStore`."""

    def __init__(self, url: str) -> None:
        """
        Args:
            url: of the ledger.

        Raises:
            CacheError: the database cannot be reached, or lets nobody make the tables.
        """
        super().__init__(url, _SCHEMA, last="text_cache.files_by_content")
        self._rows = self._bytes = 0
        """How many there are, and what they take, as it was counted last, with what this service wrote since."""
        self._since: float = inf
        """Bytes that it wrote since then."""

    def find_file(self, key: FileKey) -> tuple[str | None, int | None, float] | None:
        """Hash of the content, the limit that the download went over, and when it was used."""
        found = self._all(
            "SELECT content_hash, refused_above, used_at FROM text_cache.files"
            " WHERE source = %s AND file_id = %s AND version = %s AND size = %s",
            *_clean(key),
        )
        return found[0] if found else None

    def touch_file(self, key: FileKey, now: float) -> None:
        """It is used now."""
        self._all(
            "UPDATE text_cache.files SET used_at = %s"
            " WHERE source = %s AND file_id = %s AND version = %s AND size = %s RETURNING 1",
            now,
            *_clean(key),
        )

    def put_file(self, key: FileKey, content_hash: str | None, refused_above: int | None, now: float) -> None:
        """Write the row of a file."""
        self._wrote(ROW_BYTES)
        self._all(
            "INSERT INTO text_cache.files VALUES (%s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (source, file_id, version, size) DO UPDATE SET content_hash = excluded.content_hash,"
            " refused_above = excluded.refused_above, used_at = excluded.used_at RETURNING 1",
            *_clean(key),
            content_hash,
            refused_above,
            now,
        )

    def find_text(self, content_hash: str, extractor: str) -> tuple[Any, ...] | None:
        """The deflated text or the reason, truncated, attempts, when it was used, and the pages."""
        found = self._all(
            "SELECT text, reason, truncated, attempts, used_at, scanned FROM text_cache.texts"
            " WHERE content_hash = %s AND extractor = %s",
            content_hash,
            extractor,
        )
        return found[0] if found else None

    def touch_text(self, content_hash: str, extractor: str, now: float) -> None:
        """It is used now."""
        self._all(
            "UPDATE text_cache.texts SET used_at = %s WHERE content_hash = %s AND extractor = %s RETURNING 1",
            now,
            content_hash,
            extractor,
        )

    def put_text(
        self, content_hash: str, extractor: str, blob: bytes, truncated: int, scanned: str, now: float
    ) -> None:
        """Write the row of a text."""
        self._wrote(ROW_BYTES + len(blob))
        self._all(
            "INSERT INTO text_cache.texts (content_hash, extractor, text, truncated, scanned, used_at)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (content_hash, extractor) DO UPDATE SET text = excluded.text,"
            " reason = NULL, truncated = excluded.truncated, scanned = excluded.scanned, attempts = 0,"
            " used_at = excluded.used_at RETURNING 1",
            content_hash,
            extractor,
            blob,
            truncated,
            scanned,
            now,
        )

    def put_reason(self, content_hash: str, extractor: str, reason: str, scanned: str, now: float) -> int:
        """Write why there is no text; says how often that was written."""
        self._wrote(ROW_BYTES)
        ((attempts,),) = self._all(
            "INSERT INTO text_cache.texts AS t (content_hash, extractor, reason, scanned, attempts, used_at)"
            " VALUES (%s, %s, %s, %s, 1, %s) ON CONFLICT (content_hash, extractor) DO UPDATE SET text = NULL,"
            " reason = excluded.reason, scanned = excluded.scanned, attempts = t.attempts + 1,"
            " used_at = excluded.used_at RETURNING attempts",
            content_hash,
            extractor,
            reason,
            scanned,
            now,
        )
        return int(attempts)

    def is_over(self, most: float) -> bool:
        """Whether the rows take more; counted anew now and then, since the others write here, too."""
        if self._since >= most * _COUNTED_AGAIN:
            ((count, size),) = self._all(
                "SELECT (SELECT count(*) FROM text_cache.files) + count(*), coalesce(sum(octet_length(text)), 0)"
                " FROM text_cache.texts"
            )
            self._rows, self._since = int(count), 0
            self._bytes = self._rows * ROW_BYTES + int(size)
        return self._bytes > most

    def forget_down_to(self, most: float) -> None:
        """Forget what was used least recently, many rows at once; while another service does so, it is left to that."""
        if not self._all("SELECT pg_try_advisory_xact_lock(%s)", DatabaseLock.FORGET_TEXTS)[0][0]:
            return
        while self._bytes > most:
            rows = ceil((self._bytes - most) * self._rows / self._bytes)
            ((until,),) = self._all(_OLDEST, rows, rows, rows)
            if until is None:
                return
            ((count, size),) = self._all(_FORGET, until, until)
            self._rows -= int(count)
            self._bytes -= int(count) * ROW_BYTES + int(size)

    def forget(self, hashes: Sequence[str]) -> int:
        """Erase what is held of some contents; says how many texts there were. The files are the database's: vacuum rewrites them."""
        with self.at_once():
            self._all("DELETE FROM text_cache.files WHERE content_hash = ANY(%s) RETURNING 1", list(hashes))
            return len(
                self._all(
                    "DELETE FROM text_cache.texts WHERE content_hash = ANY(%s) RETURNING 1", list(hashes)
                )
            )

    def _wrote(self, size: int) -> None:
        self._rows += 1
        self._bytes += size
        self._since += size


def _clean(key: FileKey) -> FileKey:
    """PostgreSQL keeps no NUL in a text."""
    source, file, version, size = key
    return source, file.replace("\0", ""), version.replace("\0", ""), size
