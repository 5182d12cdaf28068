"""The tables of a ledger as they are copied, whole, from one database into another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import msgspec

from connector.ledger.part import Database


class Shape(msgspec.Struct, frozen=True):
    """One table, as both databases have it."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    """In whose order it is read."""
    truths: tuple[int, ...]
    """Places of the columns that are true or false, for which SQLite has 1 and 0."""


COUNTED = "counts"
"""The table that a copy makes by itself, of the documents that it gets."""


def shapes() -> list[Shape]:
    """Every table of the ledger."""
    from sqlalchemy import Boolean
    from sqlmodel import SQLModel

    from connector.ledger import tables  # loads SQLAlchemy, which no run does

    assert tables  # its classes are what SQLModel knows
    return [
        Shape(
            table.name,
            tuple(column.name for column in table.columns),
            tuple(column.name for column in table.primary_key),
            tuple(at for at, column in enumerate(table.columns) if isinstance(column.type, Boolean)),
        )
        for table in sorted(SQLModel.metadata.tables.values(), key=lambda one: one.name)
    ]


def fill(shape: Shape, here: Database, there: Database) -> int:
    """Copy one table; says how many rows it has."""
    count = 0
    # closed before whatever went wrong goes on: a transaction of its own is open in it
    with closing(here.rows_of(shape.name, shape.columns, shape.key)) as rows:

        def counted() -> Iterator[Sequence[Any]]:
            nonlocal count
            for row in rows:
                count += 1
                yield kept(row)

        there.fill(shape.name, shape.columns, counted(), shape.truths)
    return count


def kept(row: Sequence[Any]) -> list[Any]:
    """A row as any database can keep it: PostgreSQL has no NUL in a text."""
    return [one.replace("\0", "") if isinstance(one, str) and "\0" in one else one for one in row]
