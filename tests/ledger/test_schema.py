"""The tables of the code are the only schema: a ledger has exactly them, made at once or by one migration after the other."""

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
from connector.ledger.database import MIGRATIONS, revisions
from connector.ledger.store import Ledger
from connector.ledger.upgrade import upgrade

NOW = 1_800_000_000.0
WORDS = re.compile(r"[A-Za-z_]+|'[^']*'|[^\s\w]+")


@pytest.fixture(params=["at once", "step by step"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A ledger of this release."""
    if request.param == "at once":
        ledger = Ledger(f"sqlite:///{tmp_path}/made.db", now=NOW)
        ledger.catch_up()
        ledger.close()
    with closing(sqlite3.connect(tmp_path / "made.db")) as one:
        if request.param == "step by step":
            upgrade(one, MIGRATIONS)
        assert one.execute("SELECT version_num FROM alembic_version").fetchall() == [(revisions()[-1],)]
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
        found_sql = db.execute(
            "SELECT sql FROM sqlite_master WHERE type='index' AND name=?", (name,)
        ).fetchone()
        (sql,) = found_sql or ("",)
        where = tuple(WORDS.findall(sql.partition(" WHERE ")[2])) if partial else ()
        if None in of:  # an expression
            of = tuple(WORDS.findall(sql.partition(" ON ")[2]))
        found.add((name if origin == "c" else origin, unique, of, where))
    return found


def test_a_ledger_has_the_tables_of_the_code_and_no_others(
    made: sqlite3.Connection, described: sqlite3.Connection
) -> None:
    assert names(made) == names(described)
    assert tables.DocumentRow.__tablename__ in names(described)
    assert len(names(described)) >= 20


def test_every_column_has_the_type_and_default_that_the_code_says(
    made: sqlite3.Connection, described: sqlite3.Connection
) -> None:
    for table in sorted(names(described)):
        assert columns(made, table) == columns(described, table), table


def test_every_index_covers_what_the_code_says_also_of_a_part(
    made: sqlite3.Connection, described: sqlite3.Connection
) -> None:
    for table in sorted(names(described)):
        assert indexes(made, table) == indexes(described, table), table
    partial = {name for name, *_, where in indexes(made, "documents") if where}
    assert partial == {
        *("documents_missing", "documents_redo", "documents_held"),
        *("documents_url", "documents_called", "documents_without_text"),
        *("documents_waiting", "documents_by_deltas"),
    }
