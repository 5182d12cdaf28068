"""Opens the ledger's database: which one the URL names, migrated to this release."""

from __future__ import annotations

import os
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

from connector.errors import LedgerError, SettingsError
from connector.ledger.engines.sqlite import SCHEME, Sqlite, file_of
from connector.ledger.engines.sqlite import revisions as _revisions
from connector.ledger.part import Database
from connector.ledger.trouble import check_release, tell_trouble
from connector.machine.storage import words_of_error
from connector.secrets.hiding import without_login

if TYPE_CHECKING:
    from connector.ledger.engines.postgres import Postgres

MIGRATIONS = Path(__file__).parent / "migrations"
POSTGRES = "postgresql://"
_EXPECTED = "expected a URL such as sqlite:///var/ledger.db, or postgresql://user@host/database"


def locate(url: str, folder: Path) -> str:
    """
    Make a SQLite path relative to the settings file absolute; another database's URL stays as it is.

    A file that is a link is named where it really is: locks, `hidden.json` and copies stand beside the ledger, by whatever name it is
    called, a ledger that is put back takes its place and not the link's, and where its disk is not mounted, that is noticed.
    """
    scheme, found, rest = url.partition("://")
    if not found:
        raise SettingsError("ledger.url", f"{_EXPECTED}, not {without_login(url)!r}")
    if f"{scheme}://" == POSTGRES:
        return url
    if scheme.partition("+")[0] != "sqlite":
        raise SettingsError("ledger.url", f"{_EXPECTED}; {scheme} is not supported")
    if rest and not rest.startswith("/"):
        raise SettingsError("ledger.url", f"{_EXPECTED}, not {without_login(url)!r}")
    file = rest[1:]
    if file in {"", ":memory:"}:
        # a variable in it that is empty, say: each command and each run would know nothing
        raise SettingsError("ledger.url", f"names no file, so nothing would be remembered; {_EXPECTED}")
    if os.path.isdir(folder / file):
        raise SettingsError(
            "ledger.url",
            f"{folder / file} is a folder; name a file in it, such as {SCHEME}/{file.rstrip('/')}/ledger.db",
        )
    if os.path.exists(folder / file) and not os.path.isfile(folder / file):
        raise SettingsError("ledger.url", f"{folder / file} is no file that can hold a ledger")
    return f"{SCHEME}/{os.path.realpath(folder / file) if os.path.islink(folder / file) else folder / file}"


def file_at(url: str) -> str:
    """The file of a ledger; empty where it is in none."""
    return "" if url.startswith(POSTGRES) else file_of(url)


def connect(url: str) -> Database:
    """
    Open the ledger and migrate it when it comes from an earlier release.

    Raises:
        LedgerError: it is not a ledger, cannot be opened, or was written by a newer release.
    """
    try:
        database = open_database(url)
        try:
            database.migrate(MIGRATIONS)
        except BaseException:
            database.close()
            raise
    except OSError as error:  # of a file that belongs to it, or to this release: too many are open, say
        raise LedgerError(words_of_error(error) or f"The ledger cannot be used: {error}.") from error
    return database


def trouble_with(url: str) -> str:
    """Say what would keep the ledger from being used, for `check`; empty where nothing would. Makes and migrates nothing."""
    if not url.startswith(POSTGRES):
        file = file_of(url)
        return tell_trouble(file, revisions()) if file else ""
    try:
        with closing(cast("Postgres", open_database(url))) as database:
            check_release(revision := database.revision(), revisions())
            if revision == revisions()[-1]:
                database.must_be_whole()
    except LedgerError as error:
        return str(error)
    return ""


def is_there(url: str) -> bool:
    """
    Whether there is a ledger yet. Nothing is made or migrated.

    Raises:
        LedgerError: its database does not answer: whoever took it for none would go on without what it knows.
    """
    if not url.startswith(POSTGRES):
        file = file_at(url)
        return bool(file) and os.path.isfile(file)
    with closing(open_database(url)) as database:
        return bool(database.revision())


def open_database(url: str) -> Database:
    """
    Open the ledger as it is.

    Raises:
        LedgerError: it is not a ledger, or cannot be opened.
    """
    if not url.startswith(POSTGRES):
        return Sqlite(url)
    if find_spec("psycopg") is None:
        raise LedgerError(
            "A ledger on PostgreSQL needs psycopg, which the extra `cluster` of this package brings. Install it, or name a file in ledger.url."
        )
    from connector.ledger.engines.postgres import Postgres

    return Postgres(url)


def revisions() -> list[str]:
    """The revisions of this release, oldest first."""
    return _revisions(MIGRATIONS)
