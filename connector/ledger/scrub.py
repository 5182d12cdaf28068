"""
What earlier releases wrote into a ledger is looked through for secrets: once, when every secret of the settings is known.

Since then nothing is stored that was not looked through before (`hiding`). The copies that migrations left beside the ledger
are looked through with it.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, create_engine, inspect, text

from connector.ledger.memory import Notes
from connector.secrets.hiding import hide_in_old

KIND = "scrubbed"
"""The kind of note that says it was done."""
WORDS = (
    ("runs", "number", "report"),
    ("quarantine", "rowid", "message"),
    ("removals", "number", "why"),
    ("people_removals", "number", "why"),
)
"""Where words of others stand: table, key, column."""
ROWS_AT_ONCE = 200


def scrub_once(connection: Connection) -> int:
    """
    Hide the secrets in what an earlier release wrote down; says in how many places it found any.

    Raises:
        LedgerError: the ledger is locked by another process for long; it is tried again at the next opening.
    """
    notes = Notes(connection, "")
    if notes.get(KIND, "") is not None:
        return 0
    found = _scrub(connection)
    path = connection.engine.url.database
    for copy in sorted(Path(path).parent.glob(f"{Path(path).name}.before-*")) if path else ():
        found += _scrub_copy(copy)
    notes.put(KIND, "", b"1")
    return found


def _scrub_copy(copy: Path) -> int:
    engine = create_engine(f"sqlite:///{copy}", hide_parameters=True)
    try:
        with engine.connect() as connection:
            return _scrub(connection)
    finally:
        engine.dispose()


def _scrub(connection: Connection) -> int:
    there = set(inspect(connection).get_table_names())
    connection.rollback()
    lite = connection.dialect.name == "sqlite"
    if lite:
        connection.exec_driver_sql("PRAGMA secure_delete=ON")  # else what was there stays in free pages
        connection.rollback()
    found = sum(_scrub_column(connection, *one) for one in WORDS if one[0] in there)
    if lite:
        connection.exec_driver_sql("PRAGMA secure_delete=OFF")
        if found:
            connection.rollback()
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.rollback()
    return found


def _scrub_column(connection: Connection, table: str, key: str, column: str) -> int:
    last, found = -1, 0
    read = text(
        f"SELECT {key}, {column} FROM {table} WHERE {key}>:last AND {column}!='' ORDER BY {key} LIMIT {ROWS_AT_ONCE}"
    )
    write = text(f"UPDATE {table} SET {column}=:words WHERE {key}=:key")
    while True:
        with connection.begin():
            rows = connection.execute(read, {"last": last}).all()
            changed = [
                {"key": row[0], "words": clean} for row in rows if (clean := hide_in_old(row[1])) != row[1]
            ]
            if changed:
                connection.execute(write, changed)
        if not rows:
            return found
        found += len(changed)
        last = rows[-1][0]
