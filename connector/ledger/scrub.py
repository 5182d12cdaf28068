"""
What earlier releases wrote into a ledger is looked through for secrets: once, when every secret of the settings is known.

Since then nothing is stored that was not looked through before (`hiding`). The copies that migrations left beside the ledger
are looked through with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path

from connector.errors import LedgerError
from connector.ledger.engines.sqlite import SCHEME, Sqlite
from connector.ledger.notes import Notes
from connector.ledger.part import Database
from connector.secrets.hiding import hide_in_old

KIND = "scrubbed"
"""The kind of note that says it was done."""
WORDS: Mapping[str, tuple[str, int | str]] = {
    "runs": ("report", -1),
    "quarantine": ("message", ""),
    "removals": ("why", -1),
    "people_removals": ("why", -1),
}
"""Where words of others stand: by table the column, and what is before the key of the first row."""
ROWS_AT_ONCE = 200


def scrub_once(database: Database) -> int:
    """
    Hide the secrets in what an earlier release wrote down; says in how many places it found any.

    Raises:
        LedgerError: another process writes; it is tried again at the next opening.
    """
    notes = Notes(database, "")
    if notes.get(KIND, "") is not None:
        return 0
    found = _scrub(database)
    file = Path(database.path)
    for copy in sorted(file.parent.glob(f"{file.name}.before-*")) if database.path else ():
        with suppress(LedgerError):  # one that was set aside because it is damaged stays as it is
            found += _scrub_copy(copy)
    notes.put(KIND, "", b"1")
    return found


def _scrub_copy(copy: Path) -> int:
    with closing(Sqlite(f"{SCHEME}/{copy}", as_it_is=True)) as aside:
        return _scrub(aside)


def _scrub(database: Database) -> int:
    there = database.tables()
    with database.erasing():
        return sum(
            _scrub_table(database, table, first) for table, (_, first) in WORDS.items() if table in there
        )


def _scrub_table(database: Database, table: str, last: int | str) -> int:
    found = 0
    while rows := database.all(f"scrub.read_{table}", {"last": last, "limit": ROWS_AT_ONCE}):
        changed = [
            {"key": key, "words": clean} for key, words in rows if (clean := hide_in_old(words)) != words
        ]
        if changed:
            database.each(f"scrub.write_{table}", changed, {})
        found += len(changed)
        last = rows[-1][0]
    return found
