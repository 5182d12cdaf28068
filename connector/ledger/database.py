"""Opens the ledger's database: SQLite in WAL mode, migrated to this release."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, event, inspect
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError

from connector.errors import LedgerError, SettingsError
from connector.ledger.trouble import BUSY_S, check_release, in_words, make
from connector.machine.owner import make_file

MIGRATIONS = Path(__file__).parent / "migrations"


def locate(url: str, folder: Path) -> str:
    """Make a SQLite path relative to the settings file absolute."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError(
            "ledger.url", f"expected a SQLAlchemy URL such as sqlite:///var/ledger.db, not {url!r}"
        ) from error
    if parsed.get_backend_name() != "sqlite":
        raise SettingsError(
            "ledger.url",
            "expected a SQLite URL such as sqlite:///var/ledger.db; other databases are not supported yet",
        )
    if parsed.database in (None, "", ":memory:"):
        return "sqlite://"
    return parsed.set(database=str(folder / str(parsed.database))).render_as_string(hide_password=False)


def connect(url: str) -> Connection:
    """
    Open the ledger and migrate it when it comes from an earlier release.

    Raises:
        LedgerError: it is not a ledger, cannot be opened, or was written by a newer release.
    """
    path = make_url(url).database
    if path:
        make(Path(path))
    # no values in errors: they are documents and identities
    engine = create_engine(url, connect_args={"timeout": BUSY_S}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute(
            "PRAGMA page_size=8192"
        )  # of a new ledger: a document of 2.5 kB leaves a third of a page of 4 kB unused
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA cache_size=-16000")
        cursor.execute(
            "PRAGMA wal_autocheckpoint=16000"
        )  # pages; the default waits for the disk every few batches
        cursor.close()

    @event.listens_for(engine, "handle_error")
    def tell(context: ExceptionContext) -> None:
        error = context.original_exception
        if isinstance(error, sqlite3.Error) and (told := in_words(error, path)) is not error:
            raise told from error

    try:
        connection = engine.connect()
        _migrate(connection, path)
    except DatabaseError as error:
        engine.dispose()
        raise LedgerError(f"The ledger {path} cannot be opened: {error.orig}. Check ledger.url.") from error
    except BaseException:
        engine.dispose()
        raise
    return connection


def _migrate(connection: Connection, path: str | None) -> None:
    current, known = _revision(connection), revisions()
    connection.rollback()
    if current == known[-1]:
        return
    check_release(current, known)
    from connector.ledger.upgrade import upgrade  # brings Alembic, which a ledger of this release needs not

    with connection.begin():
        # all of it or nothing, one process at a time: by itself the driver begins no transaction before a CREATE
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        current = _revision(connection)  # another process may have been at it
        if current == known[-1]:
            return
        if path and current is not None:
            _copy_aside(Path(path), known[-1])
        upgrade(connection, MIGRATIONS)


def _copy_aside(ledger: Path, revision: str) -> None:
    """
    Copy a ledger as it is before it is migrated, beside it, readable by its owner only: the way back to the release before.

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
        half.replace(copy)
    except (OSError, sqlite3.Error) as error:
        half.unlink(missing_ok=True)
        raise LedgerError(
            f"This release changes the ledger {ledger}, and no copy of it can be made beside it first ({error}). "
            "It is as it was. Make room there, and start again."
        ) from error


def _revision(connection: Connection) -> str | None:
    """Read the revision that the ledger has; None for a new one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def revisions() -> list[str]:
    """The revisions of this release, oldest first, by the names of their files: mNNNN_topic.py."""
    return sorted(file.name[1:5] for file in (MIGRATIONS / "versions").glob("m*.py"))
