"""
A ledger in a file of SQLite, in WAL mode; in memory for whoever looks where there is none yet, and for tests.

Statements go to the driver as they are kept: SQLAlchemy spends more on each than SQLite does, and is not loaded.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import quote

from connector.errors import LedgerError
from connector.ledger.engines.lookup_indexes import LookupIndexes
from connector.ledger.engines.statement_files import Statement, statements_in, tables_in
from connector.ledger.titles import fold
from connector.ledger.trouble import (
    BUSY_S,
    check_release,
    in_words,
    leave_strange_writing,
    make,
    refuse_second_name,
    refuse_strange,
    revision_of,
)
from connector.machine.owner import make_file

T = TypeVar("T")
SCHEME = "sqlite://"
LOOK_AGAIN_S = 0.01
ROOM_TO_MIGRATE = 1.8
"""Bytes that are free before a ledger of an earlier release is migrated, for each of it: 1.7 of 150,000 documents of the first one (its copy, and what is written ahead)."""
_PARAMETER = re.compile(r"\?(\d+)")


def file_of(url: str) -> str:
    """The file of a ledger's URL; empty for one in memory."""
    return url.removeprefix(f"{SCHEME}/").removeprefix(SCHEME)


class _OfOneMachine:
    """What a database need not do all of whose writers stand on one machine, and keep each other waiting for the lock only."""

    def beside(self) -> Self:
        """There is one writer at a time anyway."""
        return self

    def hold(self, what: str, check: str, values: Mapping[str, Any], *, strict: bool = False) -> None:
        """The lock of the machine sees to it."""

    def let_go(self, what: str) -> None:
        """The lock of the machine sees to it."""

    def count_rows(self) -> None:
        """The plan of a question does not depend on it."""


class Sqlite(_OfOneMachine, LookupIndexes):
    """One connection. Implements `connector.ledger.part.Database`."""

    def __init__(self, url: str, *, as_it_is: bool = False) -> None:
        """
        Open the ledger; it is not migrated yet.

        Args:
            as_it_is: a copy that is kept aside, and stays in one file.

        Raises:
            LedgerError: it is no ledger, or cannot be opened.
        """
        self.path = file_of(url)
        if self.path:
            make(Path(self.path))
            if not as_it_is:
                refuse_second_name(Path(self.path))
            leave_strange_writing(Path(self.path))
        self._kept = statements_in("sqlite.sql")
        self._at_once = False
        self.writes = 0
        try:
            self.driver = sqlite3.connect(
                self.path or ":memory:",
                timeout=BUSY_S,
                check_same_thread=False,
                cached_statements=len(self._kept),
            )
        except sqlite3.Error as error:
            raise self._told(error) from error
        self.driver.create_function("folded", 1, fold, deterministic=True)
        try:
            if self.path and not as_it_is:
                refuse_strange(self.driver, self.path)
            for setting in (
                ()
                if as_it_is
                else (
                    "page_size=8192",  # of a new ledger: a document of 2.5 kB leaves a third of a page of 4 kB unused
                    "journal_mode=WAL",
                    "synchronous=NORMAL",
                    "cache_size=-16000",
                    "wal_autocheckpoint=64000",  # pages: only where nobody moves them beside the work, as runs do
                )
            ):
                _set(self.driver, setting)
        except LedgerError:
            self.driver.close()
            raise
        except sqlite3.Error as error:
            self.driver.close()
            raise self._told(error) from error

    # -- statements ---------------------------------------------------------------------------

    def all(self, name: str, values: Mapping[str, Any]) -> Sequence[Any]:
        """The rows that a statement finds."""
        try:
            return self._found(name, values).fetchall()
        except sqlite3.Error as error:
            raise self._told(error) from error

    def named(self, name: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The same, by the names of the columns."""
        with self._in_words():
            cursor = self._found(name, values)
            return [dict(zip((one[0] for one in cursor.description), row, strict=True)) for row in cursor]

    def run(self, name: str, values: Mapping[str, Any]) -> int:
        """Write; says how many rows it changed."""
        statement = self._kept[name]
        self.writes += statement.stirs
        with self.at_once():
            try:
                told = [values[one] for one in statement.common]
                if statement.before:
                    self.driver.execute(statement.before, told[: _highest(statement.before)])
                return self.driver.execute(statement.sql, told).rowcount
            except sqlite3.Error as error:
                raise self._told(error) from error

    def each(self, name: str, rows: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> int:
        """Write something for each row, one after the other, in one call; says how many rows were changed."""
        statement = self._kept[name]
        self.writes += statement.stirs
        with self.at_once():
            try:
                if statement.before:
                    most = _highest(statement.before)
                    told = (one[:most] for one in _bound(statement, rows, values))
                    self.driver.executemany(statement.before, told)
                return self.driver.executemany(statement.sql, _bound(statement, rows, values)).rowcount
            except sqlite3.Error as error:
                raise self._told(error) from error

    def write(self, name: str, values: Mapping[str, Any]) -> None:
        """The same as `run`: nothing is to be waited for."""
        self.run(name, values)

    def write_each(self, name: str, rows: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> None:
        """The same as `each`."""
        self.each(name, rows, values)

    def wholly(self, work: Callable[[], T]) -> T:
        """Write in one transaction what some work writes: a file has one writer, for whom nobody waits who has something."""
        with self.at_once():
            return work()

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """What is written inside is written in one transaction; from its beginning on nobody else writes."""
        if self._at_once:
            yield
            return
        self._at_once = True
        try:
            if not self.driver.in_transaction:
                # the driver locks at the first row that is written: what was read may be another then
                with self._in_words():
                    self.driver.execute("BEGIN IMMEDIATE")
            yield
            try:
                self.driver.commit()
            except sqlite3.Error as error:
                raise self._told(error) from error
        except BaseException:
            self.driver.rollback()
            raise
        finally:
            self._at_once = False

    def close(self) -> None:
        """Close the file."""
        self.driver.close()

    # -- the whole ----------------------------------------------------------------------------

    def vacuum(self) -> None:
        """Give free pages back to the disk."""
        with self._in_words():
            self.driver.execute("VACUUM")

    def tables(self) -> set[str]:
        """Names of the tables that are there."""
        with self._in_words():
            return {
                name
                for (name,) in self.driver.execute(
                    "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'titles%'"
                    " AND name NOT LIKE 'counts!_%' ESCAPE '!'"
                )
            }

    @contextmanager
    def erasing(self) -> Iterator[None]:
        """What is replaced inside is nowhere in the file, or in what is written ahead of it, afterwards."""
        before = self.driver.total_changes
        try:
            self.driver.execute("PRAGMA secure_delete=ON")  # else what was there stays in free pages
            yield
            self.driver.execute("PRAGMA secure_delete=OFF")
            if self.driver.total_changes > before:
                self.driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise self._told(error) from error

    @contextmanager
    def standing(self, *, alone: bool) -> Iterator[None]:
        """What is read inside is as it was at one moment; alone: nobody writes meanwhile."""
        try:
            self.driver.execute("BEGIN IMMEDIATE" if alone else "BEGIN")
        except sqlite3.Error as error:
            raise self._told(error) from error
        try:
            yield
        finally:
            self.driver.rollback()

    def rows_of(
        self, table: str, columns: Sequence[str], order: Sequence[str]
    ) -> Generator[Sequence[Any], None, None]:
        """The rows of a whole table, one after the other."""
        sorting = f" ORDER BY {', '.join(order)}" if order else ""
        try:
            yield from self.driver.execute(f"SELECT {', '.join(columns)} FROM {table}{sorting}")
        except sqlite3.Error as error:
            raise self._told(error) from error

    def fill(
        self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], truths: Sequence[int]
    ) -> None:
        """Write the rows of a whole table."""
        places = ", ".join("?" * len(columns))
        with self.at_once(), self._in_words():
            self.driver.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)

    def copy_to(self, file: str) -> None:
        """Copy the ledger as it is."""
        with closing(sqlite3.connect(file)) as there:
            try:
                self.driver.backup(there)
            except sqlite3.Error as error:
                raise in_words(error, file) from error

    def migrate(self, folder: Path) -> None:
        """
        Bring a ledger of an earlier release to this one's schema, after a copy beside it; a new one is made with it.

        Where it fails the ledger is as it was, and no copy stays: that would take the room that the next try needs.

        Raises:
            LedgerError: a newer release wrote it, it is no ledger, or no copy can be made.
        """
        known = revisions(folder)
        aside: tuple[Path, int] | None = None
        try:
            current = self.revision()
            if current == known[-1]:
                return
            check_release(current, known)
            with self.at_once():  # all of it or nothing, one process at a time
                current = self.revision()  # another process may have been at it
                if current is None:
                    for statement in tables_in("sqlite-tables.sql"):
                        self.driver.execute(statement)
                    current = self.revision()
                elif self.path and current != known[-1]:
                    aside = _copy_aside(Path(self.path), known[-1])
                if current != known[-1]:
                    from connector.ledger.upgrade import (
                        upgrade,  # brings Alembic, which a ledger of this release needs not
                    )

                    upgrade(self.driver, folder)
            aside = None
        except sqlite3.DatabaseError as error:
            raise self._told(error) from error
        finally:
            if aside is not None:
                self._leave_no_copy(*aside, of=known[-1])

    def _leave_no_copy(self, copy: Path, number: int, *, of: str) -> None:
        """Delete a copy unless the ledger was migrated after all, or it is another process's by now; none is made meanwhile."""
        with suppress(LedgerError, OSError), self.at_once():
            if self.revision() != of and copy.stat().st_ino == number:
                copy.unlink()

    def revision(self) -> str | None:
        """Read the revision that the ledger has; None for a new one."""
        with self._in_words():
            return revision_of(self.driver)

    def _found(self, name: str, values: Mapping[str, Any]) -> sqlite3.Cursor:
        statement = self._kept[name]
        return self.driver.execute(self._as_indexed(statement), [values[one] for one in statement.common])

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._told(error) from error

    def _told(self, error: sqlite3.Error) -> Exception:
        return in_words(error, self.path or None)


def _set(driver: sqlite3.Connection, setting: str) -> None:
    """Apply a setting. Two that make a new file WAL at the same moment exclude each other, for which SQLite does not wait."""
    until = time.monotonic() + BUSY_S
    while True:
        try:
            driver.execute(f"PRAGMA {setting}")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        else:
            return
        time.sleep(LOOK_AGAIN_S)


@cache
def _highest(sql: str) -> int:
    """The number of the last parameter that a statement has."""
    return max((int(one) for one in _PARAMETER.findall(sql)), default=0)


def _bound(
    statement: Statement, rows: Sequence[Mapping[str, Any]], values: Mapping[str, Any]
) -> Iterator[tuple[Any, ...]]:
    """The parameters of each row: its own, then what all have."""
    common = tuple([values[one] for one in statement.common])
    if len(statement.rows) == 1:
        (only,) = statement.rows
        return ((row[only], *common) for row in rows)
    return (found + common for found in map(itemgetter(*statement.rows), rows))


def revisions(folder: Path) -> list[str]:
    """The revisions of this release, oldest first, by the names of their files: mNNNN_topic.py."""
    return sorted(file.name[1:5] for file in (folder / "versions").glob("m*.py"))


def _copy_aside(ledger: Path, revision: str) -> tuple[Path, int]:
    """
    Copy a ledger as it is before it is migrated, beside it, readable by its owner only: the way back to the release before.

    Returns:
        Where it is, and its file's number.

    Raises:
        LedgerError: there is no place for it, so nothing is migrated.
    """
    copy = ledger.with_name(f"{ledger.name}.before-{revision}")
    half = copy.with_name(f"{copy.name}.half")
    try:
        half.unlink(missing_ok=True)
        make_file(half)
        with (
            closing(sqlite3.connect(f"file:{quote(str(ledger))}?mode=ro", uri=True, timeout=BUSY_S)) as here,
            closing(sqlite3.connect(half)) as there,
        ):
            here.backup(there)
            there.execute("PRAGMA journal_mode=DELETE")
        number = half.stat().st_ino
        half.replace(copy)
    except (OSError, sqlite3.Error) as error:
        for left in (half, half.with_name(f"{half.name}-journal")):
            with suppress(OSError):
                left.unlink(missing_ok=True)
        room = ledger.stat().st_size * ROOM_TO_MIGRATE / 1_000_000
        also = (
            f" {copy.name} is there from an earlier try, would be replaced, and may be deleted."
            if copy.exists()
            else ""
        )
        raise LedgerError(
            f"This release has to migrate the ledger {ledger}, but could not copy it first ({error}). It is unchanged. "
            f"Free up to {room:,.0f} MB there, for the copy and the migration, and start again.{also}"
        ) from error
    return copy, number
