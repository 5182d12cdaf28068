"""A ledger in PostgreSQL of any release that could have one, with something in it: migrated it has all of that, whoever opens it at the same moment."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from connector.errors import LedgerError
from connector.ledger.database import MIGRATIONS, connect, revisions
from connector.ledger.store import Ledger
from connector.ledger.upgrade import upgrade, upgrade_postgres
from tests.ledger.cluster import Cluster
from tests.ledger_pushes import NOW

FIRST = "0012"
"""The release with workers brought ledgers in PostgreSQL."""
ROWS = 3
COLUMNS = (
    "SELECT table_name, column_name, data_type FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND table_name != 'alembic_version' ORDER BY table_name, ordinal_position"
)
VALUES: dict[str, Any] = {
    "integer": lambda number: number,
    "double precision": lambda number: NOW + number,
    "boolean": lambda number: number % 2 == 0,
    "bytea": lambda number: bytes([number]),
    "character varying": lambda number: f"ÅÆ {number}.pdf",
}
SAID = {
    "target": "intranet",
    "state": "live",
    "without_text": "",
    "text_key": "",
    "told": "{}",
    "reason": "refused",
}


def fill(driver: psycopg.Connection) -> dict[str, list[dict[str, Any]]]:
    """Put rows into every table, and say them by table."""
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in driver.execute(COLUMNS).fetchall():
        tables.setdefault(table, {})[column] = kind
    tables.pop("counts", None)  # it is kept by the documents
    for table, columns in tables.items():
        places = ", ".join(["%s"] * len(columns))
        for number in range(1, ROWS + 1):
            row = [SAID.get(name, VALUES[kind](number)) for name, kind in columns.items()]
            driver.execute(f"INSERT INTO {table} VALUES ({places}) ON CONFLICT DO NOTHING", row)
    return {table: rows_of(driver, table, list(columns)) for table, columns in tables.items()}


def rows_of(driver: psycopg.Connection, table: str, columns: list[str]) -> list[dict[str, Any]]:
    rows = driver.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
    return [dict(zip(columns, row, strict=True)) for row in sorted(rows, key=repr)]


def as_of(revision: str, folder: Path) -> Path:
    """The migrations that a release had."""
    of_then = shutil.copytree(MIGRATIONS, folder / "migrations")
    for later in sorted((of_then / "versions").glob("m*.py")):
        if later.name[1:5] > revision:
            later.unlink()
    return of_then


def schema_of(file: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as there:
        revision = there.execute("SELECT version_num, '' FROM alembic_version").fetchall()
        return revision + there.execute("SELECT name, sql FROM sqlite_master").fetchall()


@pytest.mark.parametrize("revision", ["0001", "0012", "0024"])
def test_a_disk_that_gets_full_amid_it_leaves_the_ledger_as_it_was_and_no_copy_and_is_told(
    revision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ledger.db"
    with closing(sqlite3.connect(file)) as there, there:
        upgrade(there, as_of(revision, tmp_path))
    before = schema_of(file)

    def onto_a_full_disk(driver: sqlite3.Connection, migrations: Path) -> None:
        (pages,) = driver.execute("PRAGMA page_count").fetchone()
        driver.execute(f"PRAGMA max_page_count={pages}")
        upgrade(driver, migrations)

    monkeypatch.setattr("connector.ledger.upgrade.upgrade", onto_a_full_disk)
    with pytest.raises(LedgerError, match="disk of the ledger is full"):
        connect(f"sqlite:///{file}")
    assert schema_of(file) == before
    assert not list(tmp_path.glob("*.before-*")), "the next try needs its room"
    monkeypatch.undo()
    connect(f"sqlite:///{file}").close()
    assert len(list(tmp_path.glob("*.before-*"))) == 1


def test_what_another_process_copied_stays_where_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, of_then = tmp_path / "ledger.db", as_of("0012", tmp_path)
    with closing(sqlite3.connect(file)) as there, there:
        upgrade(there, of_then)
    copy = file.with_name(f"ledger.db.before-{revisions()[-1]}")

    def fail(_driver: sqlite3.Connection, _migrations: Path) -> None:
        copy.replace(tmp_path / "ours")  # its number is not given to another file
        copy.write_bytes(b"of the other one")
        raise sqlite3.OperationalError("no more")

    monkeypatch.setattr("connector.ledger.upgrade.upgrade", fail)
    with pytest.raises(sqlite3.OperationalError):
        connect(f"sqlite:///{file}")
    assert copy.read_bytes() == b"of the other one"


@pytest.mark.parametrize("revision", [one for one in revisions() if FIRST <= one < revisions()[-1]])
def test_what_stood_in_it_stands_in_it(revision: str, cluster: Cluster, tmp_path: Path) -> None:
    url = cluster.new_database(empty=True)
    of_then = as_of(revision, tmp_path)
    with psycopg.connect(url) as driver:
        upgrade_postgres(driver, of_then)
        before = fill(driver)
    troubles: list[BaseException] = []

    def open_it() -> None:
        try:
            connect(url).close()
        except BaseException as error:  # noqa: BLE001 - it is raised below
            troubles.append(error)

    both = [threading.Thread(target=open_it) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert not troubles
    with psycopg.connect(url) as driver:
        there = {(table, column) for table, column, _ in driver.execute(COLUMNS).fetchall()}
        for table, rows in before.items():
            still = [one for one in rows[0] if (table, one) in there]
            assert rows_of(driver, table, still) == [{one: row[one] for one in still} for row in rows]
    with closing(Ledger(url, now=NOW)) as ledger:
        assert ledger.counts("intranet").tally().states == {"live": ROWS}
    cluster.drop(url)
