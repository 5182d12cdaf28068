"""Brings a ledger to the newest schema."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool


def upgrade_postgres(driver: Any, migrations: Path) -> None:
    """The same of a connection of psycopg."""
    _upgrade("postgresql+psycopg://", driver, migrations)


def upgrade(driver: sqlite3.Connection, migrations: Path) -> None:
    """Carry out the migrations that a ledger lacks, within the transaction that is open: whoever opened it ends it."""
    _upgrade("sqlite://", driver, migrations)


def _upgrade(url: str, driver: Any, migrations: Path) -> None:
    # no values in errors: they are documents and identities
    engine = create_engine(url, creator=lambda: driver, poolclass=StaticPool, hide_parameters=True)
    # SQLAlchemy undoes what is open when it meets a connection first, and whenever it hands one back
    dialect: Any = engine.dialect
    dialect.do_rollback = dialect.do_commit = lambda _connection: None
    config = Config()
    config.set_main_option("script_location", str(migrations))
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DBAPIError as error:
        # a full disk, say: whoever opened the ledger has words for what its driver says
        raise error.orig or error from None
