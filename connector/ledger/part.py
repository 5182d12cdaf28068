"""What every part of the ledger that belongs to one target, or one source, is made of."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from copy import copy
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import msgspec

from connector.ledger.rows import Standing, read_standing
from connector.ledger.titles import Match

T = TypeVar("T")
CHUNK = 500
"""Rows or ids of one statement."""
EVERYTHING = 2**31 - 1
"""More rows, or later runs, than there are."""


class Sent(msgspec.Struct, frozen=True, gc=False):
    """What is counted of a document that was sent."""

    id: str
    title: str
    reason: str
    """Why it has no text."""
    text: bool
    altered: bool
    """Its title may be another."""


class Database(Protocol):
    """
    What a ledger stands in. Statements are told by name, as `module.name` of connector/ledger/statements.

    Every method raises `LedgerError` where the cause is the machine: no room, no rights, a damaged file.
    """

    path: str
    """The ledger's file; empty where it is in none."""

    writes: int
    """How often documents or containers were written through it: what was read ahead of them holds until the next time."""

    def all(self, name: str, values: Mapping[str, Any]) -> Sequence[Any]:
        """The rows that a statement finds."""

    def named(self, name: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The same, by the names of the columns."""

    def run(self, name: str, values: Mapping[str, Any]) -> int:
        """Write; says how many rows it changed."""

    def each(self, name: str, rows: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> int:
        """Write something for each row, in one call of the driver; says how many rows were changed."""

    def write(self, name: str, values: Mapping[str, Any]) -> None:
        """Write, where nobody asks how much of it changed: within what is written at once no answer is waited for."""

    def write_each(self, name: str, rows: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> None:
        """The same for each row."""

    def index(self) -> None:
        """Make the indexes by which people look something up, where the database has none while its documents are loaded."""

    def write_unless_locked(self, work: Callable[[], object]) -> bool:
        """
        Write something that an answer can do without; says whether it was.

        It was not where whoever asks would have to wait for whoever writes, or where nothing can be written now: reading never
        fails because of that.
        """

    def titles_with(self, wanted: Match) -> str:
        """Say as this database reads it what the index of titles is asked for; what that lacks still is found all the same."""

    def note_titles(self, target: str, titles: Iterable[tuple[str, str]]) -> None:
        """Documents (id, title) are about to be called so, in the same transaction: whoever writes titles says it before."""

    def index_titles(self) -> None:
        """Bring the index of titles up to date, in pieces that nobody who writes waits for."""

    def note_counts(self, target: str, told: Sequence[Sent]) -> None:
        """Documents are about to be so, in the same transaction: whoever sends them says it before."""

    def count_up(self) -> None:
        """Bring up to date how many documents there are, in pieces that nobody who writes waits for."""

    def counted(self, target: str) -> Sequence[Any]:
        """How many documents of a target there are now: state, why they have no text, format, whether they have text, how many."""

    def purge_titles(self) -> None:
        """No title that is gone stands in the index of titles, nor its ending among the counts; inside of a transaction."""

    def at_once(self) -> AbstractContextManager[None]:
        """What is written inside is written in one transaction; inside of another it is a part of that."""

    def wholly(self, work: Callable[[], T]) -> T:
        """
        Write in one transaction what some work writes.

        Args:
            work: changes nothing but the ledger: all of it is done again where it was undone since two were in each other's way.
        """

    def beside(self) -> Database:
        """Another connection, under the same holds, by which batches are written meanwhile; this one where that gains nothing."""

    def hold(self, what: str, check: str, values: Mapping[str, Any], *, strict: bool = False) -> None:
        """
        From now on what is written at once is written only while a statement finds a row.

        Else it raises `LeaseLost`, and nothing of it is written: so it is where other machines write, too.

        Args:
            what: name of the hold.
            strict: a statement alone is written only then, too.
        """

    def let_go(self, what: str) -> None:
        """It may be written whoever has that."""

    def migrate(self, folder: Path) -> None:
        """Bring a ledger of an earlier release to this one's schema."""

    def revision(self) -> str | None:
        """Read the revision that the ledger has; None where there is none."""

    def vacuum(self) -> None:
        """Give free pages back to the disk."""

    def count_rows(self) -> None:
        """Learn how many rows of what kind the tables hold, where questions are planned by that; inside of a transaction, too."""

    def standing(self, *, alone: bool) -> AbstractContextManager[None]:
        """
        What is read inside is as it was at one moment.

        Args:
            alone: nobody takes a lease meanwhile.
        """

    def rows_of(
        self, table: str, columns: Sequence[str], order: Sequence[str]
    ) -> Generator[Sequence[Any], None, None]:
        """
        The rows of a whole table, one after the other; of `order` none is asked where it is empty.

        Whoever does not read them to the end closes them: until then what was begun around them cannot be ended.
        """

    def fill(
        self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], truths: Sequence[int]
    ) -> None:
        """
        Write the rows of a whole table, as another database has them; its counters go on from there.

        Args:
            truths: places of the columns that are true or false.
        """

    def copy_to(self, file: str) -> None:
        """Copy the ledger into a file of SQLite."""

    def tables(self) -> set[str]:
        """Names of the tables that are there: an older copy lacks some."""

    def erasing(self) -> AbstractContextManager[None]:
        """What is replaced inside is nowhere in the database's files afterwards, as far as they are this program's."""

    def close(self) -> None:
        """Let go of the database."""


class Part:
    """One part of the ledger, of one target: every statement is handed `target`."""

    _whose = "target"

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._own = {self._whose: name}

    def at_once(self) -> AbstractContextManager[None]:
        """What is written inside is written in one transaction."""
        return self._database.at_once()

    def wholly(self, work: Callable[[], T]) -> T:
        """The same; again where the server undid it since two were in each other's way: the work changes nothing but the ledger."""
        return self._database.wholly(work)

    def through(self, database: Database) -> Self:
        """The same, by another connection to the same ledger."""
        if database is self._database:
            return self
        other = copy(self)
        other._database = database
        return other

    def _all(self, statement: str, **values: Any) -> Sequence[Any]:
        return self._database.all(statement, values | self._own)

    def _in_order_of_paths(
        self, statement: str, *, chunk: int, **values: Any
    ) -> Iterator[tuple[Any, Standing]]:
        """Walk the rows of documents that a statement gives page by page, parents first, each with what stands in it."""
        path, last = "", ""
        while rows := self._all(statement, path=path, last=last, chunk=chunk, **values):
            for row in rows:
                standing = read_standing(row)
                path, last = standing.path, standing.id
                yield row, standing

    def _one(self, statement: str, **values: Any) -> Any:
        rows = self._database.all(statement, values | self._own)
        return rows[0][0] if rows else None

    def _run(self, statement: str, **values: Any) -> int:
        return self._database.run(statement, values | self._own)

    def _write(self, statement: str, **values: Any) -> None:
        self._database.write(statement, values | self._own)

    def _write_each(self, statement: str, rows: Sequence[Mapping[str, Any]], **values: Any) -> None:
        if rows:
            self._database.write_each(statement, rows, values | self._own)

    def _each(self, statement: str, rows: Sequence[Mapping[str, Any]], **values: Any) -> int:
        return self._database.each(statement, rows, values | self._own) if rows else 0

    def _each_id(self, statement: str, ids: Sequence[str], **values: Any) -> int:
        return self._each(statement, [{"id": one} for one in ids], **values)


class SourcePart(Part):
    """The same of one source."""

    _whose = "source"


def as_json(ids: Sequence[str]) -> str:
    """Many ids as one value: a statement with as many parameters as ids would be compiled anew for each number."""
    return msgspec.json.encode(ids).decode()
