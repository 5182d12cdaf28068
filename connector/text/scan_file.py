"""What OCR read, in a file of the cache's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from connector.machine.optional_write import write_unless_locked
from connector.text.cache_file import close_file, open_file, used_bytes
from connector.text.text_store import ScanRow

SCANS: Final = "scans.sqlite"
_EVICT_ROWS: Final = 8
_SCHEMA_VERSION: Final = 1
_SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS scans (
        content_hash TEXT NOT NULL,
        reader TEXT NOT NULL,
        done INTEGER NOT NULL,
        text BLOB NOT NULL,      -- UTF-8, deflated
        reason TEXT,
        truncated INTEGER NOT NULL DEFAULT 0,
        page INTEGER NOT NULL DEFAULT 0,     -- while it is not done: what is next, counted in the list of pages
        piece INTEGER NOT NULL DEFAULT 0,
        failures INTEGER NOT NULL DEFAULT 0,
        used_at REAL NOT NULL,
        PRIMARY KEY (content_hash, reader)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS scans_by_use ON scans (used_at);
"""


class SqliteScans:
    """A file. Implements `connector.text.text_store.ScanStore`."""

    def __init__(self, folder: Path) -> None:
        self._database = open_file(folder / SCANS, _SCHEMA, version=_SCHEMA_VERSION)

    def find(self, content_hash: str, reader: str) -> ScanRow | None:
        """What this reader has of a content."""
        return self._one("SELECT * FROM scans WHERE content_hash = ? AND reader = ?", content_hash, reader)

    def find_done(self, content_hash: str, reader: str) -> ScanRow | None:
        """What was read of a content to its end: by this reader, else by whoever was used last."""
        return self._one(
            "SELECT * FROM scans WHERE content_hash = ? AND done = 1"
            " ORDER BY reader = ? DESC, used_at DESC LIMIT 1",
            content_hash,
            reader,
        )

    def touch(self, content_hash: str, reader: str, now: float) -> None:
        """It is used now."""
        sql = "UPDATE scans SET used_at = ? WHERE content_hash = ? AND reader = ?"
        write_unless_locked(self._database, lambda: self._database.execute(sql, (now, content_hash, reader)))

    def put(self, row: ScanRow) -> None:
        """Write a row in the place of the one before."""
        self._database.execute("INSERT OR REPLACE INTO scans VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def drop_others(self, content_hash: str, reader: str) -> None:
        """Forget what other readers have of a content."""
        self._database.execute(
            "DELETE FROM scans WHERE content_hash = ? AND reader != ?", (content_hash, reader)
        )

    def forget_down_to(self, most: float, then: float) -> None:
        """Where the rows take more than the most, forget what was used least recently until they take `then` bytes."""
        if used_bytes(self._database) <= most:
            return
        while used_bytes(self._database) > then:
            gone = self._database.execute(
                "DELETE FROM scans WHERE (content_hash, reader) IN"
                " (SELECT content_hash, reader FROM scans ORDER BY used_at LIMIT ?)",
                (_EVICT_ROWS,),
            )
            if not gone.rowcount:
                return
        self._database.execute("PRAGMA incremental_vacuum").fetchall()

    def every(self) -> list[ScanRow]:
        """All of them."""
        return [ScanRow(*row) for row in self._database.execute("SELECT * FROM scans").fetchall()]

    def close(self) -> None:
        """Close the file."""
        close_file(self._database)

    def _one(self, sql: str, *values: Any) -> ScanRow | None:
        row = self._database.execute(sql, values).fetchone()
        return None if row is None else ScanRow(*row)
