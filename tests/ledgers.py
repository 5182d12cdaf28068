"""
The ledgers of tests, each belonging to a folder: a file in it, or with CONNECTOR_TEST_LEDGER=postgresql a database.

A copy is a file of SQLite in any case. Databases are used again by the next test.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from connector.ledger.database import Database, connect, file_at, open_database, revisions
from connector.ledger.last_run import NAME
from connector.ledger.shapes import fill, shapes
from tests import kept_connections

if TYPE_CHECKING:
    from tests.ledger.cluster import Cluster

ON_POSTGRES = os.environ.get("CONNECTOR_TEST_LEDGER", "sqlite") == "postgresql"
IN_A_FILE = pytest.mark.skipif(
    ON_POSTGRES, reason="of a ledger in a file, where the machine's clock and lock decide"
)
FILE = ("var", "ledger.db")
NEWEST = revisions()[-1]

_BESIDE = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'ledger\\_before\\_%' OR nspname='text_cache'"
"""What else a test may leave there."""

cluster: Cluster | None = None
_used: dict[Path, str] = {}
_free: list[str] = []
_naming = threading.Lock()


def url_of(folder: Path) -> str | None:
    """Where the ledger of a folder is; None: where the settings say by themselves, in its file."""
    if not ON_POSTGRES:
        return None
    if folder not in _used:
        assert cluster is not None, "tests/conftest.py starts it"
        _used[folder] = _free.pop() if _free else cluster.new_database()
    return _used[folder]


def file_of(folder: Path) -> Path:
    """The file of a ledger."""
    return folder.joinpath(*FILE)


def connect_to_a_copy(url: str) -> Database:
    """Open a ledger; a new one in a file has the tables of one that was made before, instead of making them."""
    file = Path(file_at(url) or ".")
    with _naming:  # a ledger that has two names is opened by nobody
        if not file.exists() and file.parent.is_dir():
            beside = file.with_name(f".{uuid4()}")
            beside.write_bytes(_new_one())
            with suppress(FileExistsError):  # whoever else opens it was faster
                os.link(beside, file)
            beside.unlink()
    return connect(url)


@cache
def _new_one() -> bytes:
    """The file of a new ledger, as its statements make it."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.db"
        connect(f"sqlite:///{file}").close()
        kept_connections.let_go(file)
        assert [one.name for one in file.parent.iterdir()] == [file.name], "all of it is in the file"
        return file.read_bytes()


def has_any() -> bool:
    """Whether a test uses a database."""
    return bool(_used)


def let_go() -> None:
    """A test is over: its databases are emptied for the next ones."""
    for folder in list(_used):
        if ask(folder, "SELECT version_num FROM alembic_version") == [(NEWEST,)]:
            lose(folder)
            for (schema,) in ask(folder, _BESIDE):
                ask(folder, f"DROP SCHEMA {schema} CASCADE")
            _free.append(_used[folder])
        del _used[folder]  # a release that is still to come may have been at it


def copy(folder: Path, file: Path) -> None:
    """Take a backup of a ledger, also while a run writes to it."""
    url = url_of(folder)
    if url is None:
        with closing(sqlite3.connect(file_of(folder))) as here, closing(sqlite3.connect(file)) as there:
            here.backup(there)
        return
    file.unlink(missing_ok=True)
    with closing(connect(url)) as database:
        database.copy_to(str(file))


def restore(folder: Path, file: Path) -> None:
    """Put a backup in a ledger's place."""
    lose(folder)
    url = url_of(folder)
    if url is None:
        file_of(folder).write_bytes(file.read_bytes())
        return
    with (
        closing(open_database(f"sqlite:///{file}")) as here,
        closing(open_database(url)) as there,
        there.at_once(),
    ):
        for shape in shapes():
            fill(shape, here, there)
    lease_ends(folder)


def copy_at_death(folder: Path, file: Path) -> None:
    """What a process leaves that is killed now: the ledger, and the file beside it that tells how far that had come."""
    copy(folder, file)
    beside = _last_run(folder)
    _kept(file).write_bytes(beside.read_bytes() if beside.exists() else b"")


def as_it_died(folder: Path, file: Path) -> None:
    """Have all of that as it was, whatever the process did afterwards: it did not."""
    restore(folder, file)
    _last_run(folder).parent.mkdir(parents=True, exist_ok=True)  # a ledger in a database makes no folder
    _last_run(folder).write_bytes(_kept(file).read_bytes())


def _last_run(folder: Path) -> Path:
    return folder / "var" / NAME


def _kept(file: Path) -> Path:
    return file.with_name(f"{file.name}.{NAME}")


def lease_ends(folder: Path) -> None:
    """
    What a dead run holds is over, as it is after a while.

    In a file it is over at once, for whoever has the machine's lock; between machines only time tells, by the database's
    clock, which no test moves.
    """
    if url_of(folder) is not None:
        ask(folder, "UPDATE leases SET expires_at=0")


def lose(folder: Path) -> None:
    """Lose a ledger."""
    if url_of(folder) is None:
        kept_connections.let_go(file_of(folder))
        for file in file_of(folder).parent.glob("ledger.db*"):
            file.unlink()
    else:
        names = ", ".join(shape.name for shape in shapes())
        ask(folder, f"SET lock_timeout='20s'; TRUNCATE {names} RESTART IDENTITY")


def is_there(folder: Path) -> bool:
    """Whether a run began with it."""
    return file_of(folder).exists() if url_of(folder) is None else ask(folder, "SELECT 1 FROM ledger") != []


def ask(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    """Read or edit a ledger behind the connector's back."""
    url = url_of(folder)
    if url is None:
        with closing(sqlite3.connect(file_of(folder))) as db:
            rows = db.execute(statement).fetchall()
            db.commit()
        return rows
    import psycopg

    with psycopg.connect(url, autocommit=True) as driver:
        cursor = driver.execute(statement)
        return cursor.fetchall() if cursor.description else []


def everything(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All that stands in a ledger."""
    return {shape.name: sorted(ask(folder, f"SELECT * FROM {shape.name}"), key=repr) for shape in shapes()}
