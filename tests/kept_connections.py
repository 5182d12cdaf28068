"""
Connections to ledgers in files that a test opens again and again: a tenth of what its runs cost is to read the schema, and to
prepare a hundred statements, anew each time.

A connection that is closed has moved all that was written into its file, and is taken up again only as long as nobody else
touched that: the same file, not a byte of it written, and nothing written ahead.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from connector.ledger.engines.sqlite import _set


class _Look(NamedTuple):
    """How a file stood when its connection was laid aside."""

    file: tuple[int, int, int]
    ahead: tuple[int, int, int]


_aside: dict[str, tuple[Connection, _Look]] = {}


class Connection(sqlite3.Connection):
    """One that is laid aside instead of being closed."""

    path = ""
    is_set = False
    """Its settings were applied; one of them would have each statement prepared anew."""
    _functions: dict[str, Any]

    def create_function(self, name: str, narg: int, func: Callable[..., Any] | None, **told: Any) -> None:  # type: ignore[override]
        """Make a function known once: all statements would be prepared anew after it."""
        known = self.__dict__.setdefault("_functions", {})
        if known.get(name) is not func:
            super().create_function(name, narg, func, **told)
            known[name] = func

    def close(self) -> None:
        """Move all into the file, and wait there for whoever opens it next."""
        if not self.path or self.path in _aside or not self._is_whole():
            super().close()
            return
        _aside[self.path] = self, _look(self.path)

    def end(self) -> None:
        """Close it."""
        super().close()

    def _is_whole(self) -> bool:
        """Move what is written ahead; whether nobody was in the way, for whom it does not wait."""
        try:
            self.rollback()
            ((patience,),) = self.execute("PRAGMA busy_timeout")
            self.execute("PRAGMA busy_timeout=0")
            ((busy, _, _),) = self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self.execute(f"PRAGMA busy_timeout={patience}")
            return not busy and Path(self.path).exists()
        except sqlite3.Error:
            return False


class Driver:
    """The module, with connections that are kept."""

    def __getattr__(self, name: str) -> Any:
        return getattr(sqlite3, name)

    def connect(self, path: str, **told: Any) -> sqlite3.Connection:
        """Open a file, or one in memory."""
        if path == ":memory:":
            return sqlite3.connect(path, factory=Connection, **told)
        kept, look = _aside.pop(path, (None, None))
        if kept is not None:
            if _look(path) == look:
                kept.is_set = True
                return kept
            kept.end()
        made = sqlite3.connect(path, factory=Connection, **told)
        made.path = path
        return made


def set_once(driver: sqlite3.Connection, setting: str) -> None:
    """Apply a setting to a new connection."""
    if not (isinstance(driver, Connection) and driver.is_set):
        _set(driver, setting)


def let_go(path: Path | None = None) -> None:
    """Close what was laid aside: all, or of one file."""
    for one in list(_aside) if path is None else [str(path)] if str(path) in _aside else []:
        _aside.pop(one)[0].end()


def _look(path: str) -> _Look:
    return _Look(_of(path), _of(f"{path}-wal"))


def _of(path: str) -> tuple[int, int, int]:
    """Which file, how long, and when it was written last."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return 0, 0, 0
    return found.st_ino, found.st_size, found.st_mtime_ns
