"""Opens the ledger's database: which one the URL names, migrated to this release."""

from __future__ import annotations

from pathlib import Path

from connector.errors import SettingsError
from connector.ledger.engines.sqlite import SCHEME, Sqlite, file_of
from connector.ledger.engines.sqlite import revisions as _revisions
from connector.ledger.part import Database

MIGRATIONS = Path(__file__).parent / "migrations"
_EXPECTED = "expected a SQLite URL such as sqlite:///var/ledger.db"


def locate(url: str, folder: Path) -> str:
    """Make a SQLite path relative to the settings file absolute."""
    scheme, found, rest = url.partition("://")
    if not found:
        raise SettingsError("ledger.url", f"{_EXPECTED}, not {url!r}")
    if scheme.partition("+")[0] != "sqlite":
        raise SettingsError("ledger.url", f"{_EXPECTED}; other databases are not supported yet")
    if rest and not rest.startswith("/"):
        raise SettingsError("ledger.url", f"{_EXPECTED}, not {url!r}")
    file = rest[1:]
    return SCHEME if file in {"", ":memory:"} else f"{SCHEME}/{folder / file}"


def file_at(url: str) -> str:
    """The file of a ledger; empty where it is in none."""
    return file_of(url)


def connect(url: str) -> Database:
    """
    Open the ledger and migrate it when it comes from an earlier release.

    Raises:
        LedgerError: it is not a ledger, cannot be opened, or was written by a newer release.
    """
    database = Sqlite(url)
    try:
        database.migrate(MIGRATIONS)
    except BaseException:
        database.close()
        raise
    return database


def revisions() -> list[str]:
    """The revisions of this release, oldest first."""
    return _revisions(MIGRATIONS)
