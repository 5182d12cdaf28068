"""
A ledger in a database of PostgreSQL 15 or newer, which several machines may share; brought by the extra `cluster`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from connector.errors import LedgerDamaged, LedgerError
from connector.ledger.engines import counts_made
from connector.ledger.engines.postgres_connection import PostgresConnection
from connector.ledger.engines.sqlite import SCHEME, Sqlite, revisions
from connector.ledger.engines.statement_files import tables_in
from connector.ledger.part import Sent
from connector.ledger.titles import Match
from connector.ledger.trouble import check_release
from connector.machine.database_locks import DatabaseLock
from connector.machine.postgresql import first_line

MOST_ROWS = 500
"""Rows of counts, from which on they are put together."""
ROOM_FOR_ALL = "ALTER TABLE documents SET (fillfactor=50)"
"""
A full run writes every row anew, those of a page at once. Where the page has no room for all of them, the indexes of the others are
written anew, too, and the table grows beyond what was saved.
"""
AT_ONCE = 1_000
"""Rows that are copied at once."""


class Postgres(PostgresConnection):
    """One connection. Implements `connector.ledger.part.Database`."""

    path = ""

    def __init__(self, url: str) -> None:
        """
        Open the ledger; it is not migrated yet.

        Raises:
            LedgerError: the database cannot be reached.
        """
        super().__init__(url)
        self._folder = Path()
        """Where the migrations are, once it was looked whether any is lacking."""

    def beside(self) -> Postgres:
        """Another connection; whoever loses the lease writes through neither."""
        other = Postgres(self._url)
        other._held, other._strict = self._held, self._strict
        return other

    def vacuum(self) -> None:
        """The database does so by itself."""

    def index(self) -> None:
        """They are made with the tables."""

    def write_unless_locked(self, work: Callable[[], object]) -> bool:
        """Whoever writes keeps nobody waiting here."""
        work()
        return True

    def titles_with(self, wanted: Match) -> str:
        """Say it as a query of texts."""
        begun = [f"{_quoted(wanted.begun)}:*"] if wanted.begun else []
        return " & ".join([*(_quoted(piece) for piece in wanted.pieces), *begun])

    def note_titles(self, target: str, titles: Iterable[tuple[str, str]]) -> None:
        """The database does so by itself."""

    def index_titles(self) -> None:
        """The database does so by itself."""

    def note_counts(self, target: str, told: Sequence[Sent]) -> None:
        """The database does so by itself."""

    def count_up(self) -> None:
        """Put together what was noted, where it is much and nobody else does."""
        with self._told():
            (rows,) = self._answer(counts_made.ROWS, {}).fetchone()
        if rows > MOST_ROWS:
            self._put_together()

    def counted(self, target: str) -> Sequence[Any]:
        """What was noted, put together first where it is much."""
        self.count_up()
        return self.all("counts.kept", {"target": target})

    def _put_together(self) -> None:
        with self.at_once():
            (alone,) = self._answer(
                counts_made.ALONE, {"number": DatabaseLock.PUT_COUNTS_TOGETHER}
            ).fetchone()
            if alone:
                self._send(counts_made.TOGETHER, {})

    def purge_titles(self) -> None:
        """What is replaced goes when the database is vacuumed; no row of counts names an ending that is gone."""
        with self.at_once():
            self._answer(
                counts_made.TURN, {"number": DatabaseLock.PUT_COUNTS_TOGETHER}
            ).fetchone()  # whoever is at it saw what is gone
            self._send(counts_made.TOGETHER, {})

    @contextmanager
    def standing(self, *, alone: bool) -> Iterator[None]:
        """What is read inside is as it was at one moment; alone: nobody takes a lease meanwhile."""
        with self._told(), self.driver.transaction():
            self.driver.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            if alone:
                self.driver.execute("LOCK TABLE leases IN SHARE MODE")
            yield

    def rows_of(
        self, table: str, columns: Sequence[str], order: Sequence[str]
    ) -> Generator[Sequence[Any], None, None]:
        """The rows of a whole table, one after the other, as the server hands them out."""
        self._answered()
        sorting = f" ORDER BY {', '.join(order)}" if order else ""
        with self._told(), self.driver.transaction(), self.driver.cursor(f"rows_of_{table}") as cursor:
            cursor.itersize = AT_ONCE
            yield from cursor.execute(f"SELECT {', '.join(columns)} FROM {table}{sorting}")

    def fill(
        self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], truths: Sequence[int]
    ) -> None:
        """Write the rows of a whole table; what numbers its rows goes on after the highest."""
        self._answered()
        with self._told(), self.driver.cursor() as cursor:
            with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in rows:
                    told = list(row)
                    for place in truths:
                        told[place] = None if told[place] is None else bool(told[place])
                    copy.write_row(told)
            if "number" in columns:
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'number'), max(number)) FROM {table} HAVING max(number) IS NOT NULL"
                )

    @contextmanager
    def standing_alone(self) -> Iterator[None]:
        """What is done inside is done at once, or not at all; nobody reads or takes a lease meanwhile, where there are any."""
        with self._told(), self.driver.transaction():
            if "leases" in self.tables():
                self.driver.execute("LOCK TABLE leases IN ACCESS EXCLUSIVE MODE")
            yield

    def move(self, tables: Sequence[str], schema: str) -> None:
        """
        Move tables into a new schema, with their indexes and counters.

        Raises:
            LedgerError: the user may create none.
        """
        try:
            self.driver.execute(f"CREATE SCHEMA {schema}")
        except psycopg.errors.InsufficientPrivilege as error:
            raise LedgerError(
                f"The ledger in {self._named} cannot be set aside: its user may create no schema there. Let him, as for workers."
            ) from error
        for table in tables:
            self.driver.execute(f"ALTER TABLE {table} SET SCHEMA {schema}")

    def take_back(self, table: str, columns: Sequence[str], schema: str) -> None:
        """Copy what stands in a table that was moved away into the new one; columns that it lacks are as new."""
        self.fill(table, columns, list(self.rows_of(f"{schema}.{table}", columns, ())), ())

    def copy_to(self, file: str) -> None:
        """Copy the ledger into a file of SQLite, where a run can be rehearsed without a lock on a row that a live one needs."""
        from connector.ledger.shapes import COUNTED, fill, shapes

        with closing(Sqlite(f"{SCHEME}/{file}")) as aside:
            aside.migrate(self._folder)
            with self.standing(alone=False), aside.at_once():
                for shape in shapes():
                    if shape.name != COUNTED:
                        fill(shape, self, aside)

    def tables(self) -> set[str]:
        """Names of the tables that are there."""
        found = self.driver.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema=current_schema()"
        )
        return {name for (name,) in found}

    def must_be_whole(self) -> None:
        """
        Raises:
            LedgerDamaged: a table of this release is not there.
        """
        from connector.ledger.shapes import shapes

        with self._told():
            lacking = {shape.name for shape in shapes()} - self.tables()
        if lacking:
            raise self.damaged(f"it has no table {', '.join(sorted(lacking))}")

    @contextmanager
    def erasing(self) -> Iterator[None]:
        """The files are the database's own: what is replaced goes when it is vacuumed."""
        yield

    def migrate(self, folder: Path) -> None:
        """
        Bring a ledger of an earlier release to this one's schema; a new one is made with it. A copy is the database's own backup.

        Raises:
            LedgerError: a newer release wrote it, or it does not tell which one did.
        """
        self._folder = folder
        known = revisions(folder)
        with self._told():
            current = self.revision()
            if current == known[-1]:
                return
            check_release(current, known)
            with self.driver.transaction():
                self.driver.execute("SET LOCAL lock_timeout=0")  # another release's may take minutes
                self.driver.execute("SELECT pg_advisory_xact_lock(%s)", [DatabaseLock.MIGRATE_LEDGER])
                current = self.revision()  # another process may have been at it
                if current is None:
                    self._make()
                    current = self.revision()
                if current != known[-1]:
                    from connector.ledger.upgrade import (
                        upgrade_postgres,  # brings Alembic, which a ledger of this release needs not
                    )

                    upgrade_postgres(self.driver, folder)
                    self._in_order_of_bytes()

    def _make(self) -> None:
        try:
            for statement in tables_in("postgres-tables.sql"):
                self.driver.execute(statement)
        except psycopg.errors.DuplicateTable as error:
            raise LedgerDamaged(
                f"The database {self._named} has tables named as those of a ledger, and nothing in it tells which release made them: "
                f"{first_line(error)}, and alembic_version lacks, or is empty. Have a backup of that database put back, or name another "
                "one in ledger.url."
            ) from error
        self.driver.execute(ROOM_FOR_ALL)

    def revision(self) -> str | None:
        """
        Read the revision that the ledger has; None for a new one.

        Raises:
            LedgerError: there is none, and could be none: the database does not take every text.
        """
        with self._told():
            if self.driver.execute("SELECT to_regclass('alembic_version')").fetchall() == [(None,)]:
                self._must_hold_any_text()
                return None
            rows = self.driver.execute("SELECT version_num FROM alembic_version").fetchall()
            return str(rows[0][0]) if rows else None

    def _must_hold_any_text(self) -> None:
        encoding = self.driver.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise LedgerError(
                f"The database {self._named} has the encoding {encoding}, in which not every title can be kept. Make another one: "
                "CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0"
            )

    def _in_order_of_bytes(self) -> None:
        """
        Let text be compared byte by byte, whatever the locale of the database.

        What is below a document is found as a range of paths, and a rule about removals does not rest on a locale,
        which changes under indexes.
        """
        texts = self.driver.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema=current_schema()"
            " AND data_type='character varying' AND collation_name IS DISTINCT FROM 'C' AND table_name!='alembic_version'"
        ).fetchall()
        for table, column in texts:
            self.driver.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE VARCHAR COLLATE "C"')


def _quoted(piece: str) -> str:
    return "'" + piece.replace("\\", "\\\\").replace("'", "''") + "'"
