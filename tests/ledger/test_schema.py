"""The tables of the code are the only schema: a ledger that the migrations made has exactly them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from connector.ledger import tables
from connector.ledger.store import Ledger

NOW = 1_800_000_000.0
WORDS = re.compile(r"[A-Za-z_]+|'[^']*'|[^\s\w]+")


@pytest.fixture
def migrated(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    Ledger(f"sqlite:///{tmp_path}/migrated.db", now=NOW).close()
    with closing(sqlite3.connect(tmp_path / "migrated.db")) as one:
        yield one


@pytest.fixture
def described(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    engine = create_engine(f"sqlite:///{tmp_path}/described.db")
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "described.db")) as one:
        yield one


def names(db: sqlite3.Connection) -> set[str]:
    """Tables, without Alembic's own."""
    found = db.execute("SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'")
    return {name for (name,) in found} - {"alembic_version"}


def columns(db: sqlite3.Connection, table: str) -> dict[str, tuple[Any, ...]]:
    """Type, not null, default and place in the primary key, by column."""
    return {row[1]: tuple(row[2:6]) for row in db.execute(f"PRAGMA table_info({table})")}


def indexes(db: sqlite3.Connection, table: str) -> set[tuple[Any, ...]]:
    """Uniqueness, columns and condition of each index; the name of those that were named."""
    found = set()
    for _, name, unique, origin, partial in db.execute(f"PRAGMA index_list({table})"):
        of = tuple(row[2] for row in db.execute(f"PRAGMA index_info({name})"))
        (sql,) = db.execute("SELECT sql FROM sqlite_master WHERE type='index' AND name=?", (name,)).fetchone()
        where = tuple(WORDS.findall(sql.partition(" WHERE ")[2])) if partial else ()
        found.add((name if origin == "c" else origin, unique, of, where))
    return found


def test_migrations_make_the_tables_of_the_code_and_no_others(
    migrated: sqlite3.Connection, described: sqlite3.Connection
) -> None:
    assert names(migrated) == names(described)
    assert tables.DocumentRow.__tablename__ in names(described)
    assert len(names(described)) >= 20


def test_every_column_has_the_type_and_default_that_the_code_says(
    migrated: sqlite3.Connection, described: sqlite3.Connection
) -> None:
    for table in sorted(names(described)):
        assert columns(migrated, table) == columns(described, table), table


def test_every_index_covers_what_the_code_says_also_of_a_part(
    migrated: sqlite3.Connection, described: sqlite3.Connection
) -> None:
    for table in sorted(names(described)):
        assert indexes(migrated, table) == indexes(described, table), table
    partial = {name for name, *_, where in indexes(migrated, "documents") if where}
    assert partial == {"documents_missing", "documents_redo", "documents_held"}
