"""What OCR read, in the database of the ledger: whoever takes a run over reads no page twice; brought by the extra `cluster`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from connector.text.shared_tables import ROW_BYTES, SharedTables
from connector.text.text_store import ScanRow

_SCHEMA: Final = """
    CREATE SCHEMA IF NOT EXISTS text_cache;
    CREATE TABLE IF NOT EXISTS text_cache.scans (
        content_hash TEXT NOT NULL,
        reader TEXT NOT NULL,
        done INTEGER NOT NULL,
        text BYTEA NOT NULL,
        reason TEXT,
        truncated INTEGER NOT NULL,
        page INTEGER NOT NULL,
        piece INTEGER NOT NULL,
        failures INTEGER NOT NULL,
        used_at DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (content_hash, reader)
    );
    ALTER TABLE text_cache.scans ALTER COLUMN text SET STORAGE EXTERNAL;
    CREATE INDEX IF NOT EXISTS scans_by_use ON text_cache.scans (used_at);
"""
_INSERT: Final = (
    "INSERT INTO text_cache.scans VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (content_hash, reader) DO"
)
_PUT: Final = ", ".join(f"{name} = excluded.{name}" for name in ScanRow._fields[2:])
_FORGET: Final = """
    DELETE FROM text_cache.scans AS s USING (
        SELECT content_hash, reader, sum(octet_length(text) + %s) OVER (ORDER BY used_at DESC, content_hash, reader) AS held
        FROM text_cache.scans
    ) AS o
    WHERE s.content_hash = o.content_hash AND s.reader = o.reader AND o.held > %s RETURNING 1
"""


class PostgresScans(SharedTables):
    """One connection. Implements `connector.text.text_store.ScanStore`."""

    def __init__(self, url: str) -> None:
        """
        Args:
            url: of the ledger.

        Raises:
            CacheError: the database cannot be reached, or lets nobody make the table.
        """
        super().__init__(url, _SCHEMA, last="text_cache.scans_by_use")

    def find(self, content_hash: str, reader: str) -> ScanRow | None:
        """What this reader has of a content."""
        return self._one(
            "SELECT * FROM text_cache.scans WHERE content_hash = %s AND reader = %s",
            content_hash,
            reader,
        )

    def find_done(self, content_hash: str, reader: str) -> ScanRow | None:
        """What was read of a content to its end: by this reader, else by whoever was used last."""
        return self._one(
            "SELECT * FROM text_cache.scans WHERE content_hash = %s AND done = 1"
            " ORDER BY reader = %s DESC, used_at DESC LIMIT 1",
            content_hash,
            reader,
        )

    def touch(self, content_hash: str, reader: str, now: float) -> None:
        """It is used now."""
        self._all(
            "UPDATE text_cache.scans SET used_at = %s WHERE content_hash = %s AND reader = %s RETURNING 1",
            now,
            content_hash,
            reader,
        )

    def put(self, row: ScanRow) -> None:
        """Write a row in the place of the one before."""
        self._all(f"{_INSERT} UPDATE SET {_PUT} RETURNING 1", *row)

    def bring(self, rows: Sequence[ScanRow]) -> None:
        """Write rows where none stands."""
        with self.at_once():
            for row in rows:
                self._all(f"{_INSERT} NOTHING RETURNING 1", *row)

    def drop_others(self, content_hash: str, reader: str) -> None:
        """Forget what other readers have of a content."""
        self._all(
            "DELETE FROM text_cache.scans WHERE content_hash = %s AND reader != %s RETURNING 1",
            content_hash,
            reader,
        )

    def forget_down_to(self, most: float, then: float) -> None:
        """Where the rows take more than the most, forget what was used least recently until they take `then` bytes."""
        ((held,),) = self._all(
            "SELECT coalesce(sum(octet_length(text) + %s), 0) FROM text_cache.scans", ROW_BYTES
        )
        if held > most:
            self._all(_FORGET, ROW_BYTES, then)

    def forget(self, hashes: Sequence[str]) -> int:
        """Erase what is held of some contents; says how many there were."""
        return len(
            self._all("DELETE FROM text_cache.scans WHERE content_hash = ANY(%s) RETURNING 1", list(hashes))
        )

    def _one(self, sql: str, *values: Any) -> ScanRow | None:
        rows = self._all(sql, *values)
        return ScanRow(*rows[0]) if rows else None
