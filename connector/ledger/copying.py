"""
Copies a ledger into another database, all of it or nothing, and compares it there row by row.

The copy is the same ledger: it has the same name and the same counters, so the intranet takes it for the one it knows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import zip_longest
from pathlib import Path

import msgspec

from connector.errors import LedgerError
from connector.ledger.backup import throw_away
from connector.ledger.database import MIGRATIONS, POSTGRES, connect, file_at, open_database
from connector.ledger.leases import refuse_while_held
from connector.ledger.part import Database
from connector.ledger.shapes import COUNTED, Shape, fill, kept, shapes
from connector.ledger.trouble import refuse_others
from connector.secrets.hiding import without_login

NOTHING = "Nothing was copied, and the ledger that was to be copied is as it was."


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """What was copied."""

    ledger: str
    """The ledger's own name."""
    rows: dict[str, int]
    """By table; those that are empty are left out."""


def copy_ledger(here: str, there: str, *, now: float) -> Copied:
    """
    Copy one ledger into a database that has none.

    No run may begin on the first one meanwhile. Rows are streamed: memory does not grow with their number.

    Args:
        here, there: URLs, with absolute paths.

    Raises:
        LedgerError: there is no ledger to copy, the other database holds something, or a row came out different.
        LeaseHeld: a run is at work.
    """
    file = file_at(here)
    if here == there:
        raise LedgerError("A ledger is copied from one database into another; name two.")
    if not here.startswith(POSTGRES):
        refuse_others(Path(file))
        if not os.path.isfile(file):
            raise LedgerError(f"There is no ledger {file} to copy.")
    with ExitStack() as stack:
        stack.enter_context(_told_as_nothing(KeyboardInterrupt))
        original = stack.enter_context(closing(_first(here)))
        stack.enter_context(original.standing(alone=True))
        refuse_while_held(original, now=now, done="copied", do="copy")
        stack.enter_context(_gone_where_nothing_comes_of_it(file_at(there)))
        copy = stack.enter_context(closing(_empty(there)))
        rows: dict[str, int] = {}
        with _told_as_nothing(LedgerError), copy.at_once():
            for shape in shapes():
                if shape.name == COUNTED:
                    continue
                rows[shape.name] = fill(shape, original, copy)
                compare(shape, original, copy)
            copy.count_rows()
        ((name,),) = original.all("upkeep.name", {}) or [("",)]
    return Copied(ledger=str(name), rows={table: count for table, count in rows.items() if count})


def compare(shape: Shape, here: Database, there: Database) -> None:
    """
    Compare a table with its copy, row by row.

    Raises:
        LedgerError: they differ.
    """
    with ExitStack() as stack:
        both = [
            stack.enter_context(closing(one.rows_of(shape.name, shape.columns, shape.key)))
            for one in (here, there)
        ]
        for number, (row, copied) in enumerate(zip_longest(*both), 1):
            if row is None or copied is None or kept(row) != list(copied):
                raise LedgerError(f"Row {number} of the table {shape.name} came out different.")


@contextmanager
def _told_as_nothing(kind: type[BaseException]) -> Iterator[None]:
    """
    Say what stands after a copy that was not made: whoever moves a ledger has stopped the service.

    Raises:
        LedgerError: what went wrong, or that somebody stopped it (KeyboardInterrupt).
    """
    try:
        yield
    except kind as error:
        raise LedgerError(f"{str(error) or 'Stopped.'} {NOTHING}") from error


@contextmanager
def _gone_where_nothing_comes_of_it(file: str) -> Iterator[None]:
    """Delete a file that is made inside, unless all goes well: what was begun in it may be what filled the disk."""
    was_there = not file or os.path.lexists(file)
    try:
        yield
    except BaseException:
        if not was_there:
            throw_away(Path(file))
        raise


def _first(url: str) -> Database:
    """Open the ledger that is to be copied; nothing is made where there is none."""
    database = open_database(url)
    try:
        if "ledger" not in database.tables():
            raise LedgerError(f"There is no ledger in {_told(url)} to copy.")
    finally:
        database.close()
    return connect(url)


def _empty(url: str) -> Database:
    """
    Open the database that is to have the copy, with the tables of this release and nothing in them.

    Raises:
        LedgerError: it holds something.
    """
    database = open_database(url)
    try:
        tables = database.tables()
        ours = [shape for shape in shapes() if shape.name in tables]
        strange = tables - {shape.name for shape in ours} - {"alembic_version"}
        full = {shape.name for shape in ours if next(iter(database.rows_of(shape.name, ("1",), ())), None)}
        _refuse_full(url, sorted(strange | full))
        database.migrate(MIGRATIONS)
    except BaseException:
        database.close()
        raise
    return database


def _refuse_full(url: str, tables: Sequence[str]) -> None:
    if tables:
        raise LedgerError(
            f"{_told(url)} is not empty (it has {', '.join(tables)}), so nothing was copied into it. Name a new file, or a "
            "database without tables."
        )


def _told(url: str) -> str:
    return file_at(url) or without_login(url)
