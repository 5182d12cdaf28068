"""The index of titles in a file of SQLite, which FTS5 keeps: how it is asked, brought up to date and cleaned. No expression can say it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import partial

from connector.ledger.engines import portions
from connector.ledger.titles import EDGE, Match, beyond

NOTHING = '""'
"""What no title has."""
_NOTE = (
    "INSERT INTO titles_due (number, was) SELECT number, title FROM documents WHERE target = ?1 AND id = ?2 AND title != ?3"
    " AND number <= (SELECT number FROM titles_upto) AND number NOT IN (SELECT number FROM titles_due)"
)
_DUE = "SELECT max(number) FROM (SELECT number FROM titles_due ORDER BY number LIMIT ?1)"
_TOLD = f"SELECT number, '{EDGE}' || title || '{EDGE}' FROM documents"
_CHANGE = (
    f"INSERT INTO titles (titles, rowid, title) SELECT 'delete', number, '{EDGE}' || was || '{EDGE}' FROM titles_due"
    " WHERE number <= ?1 ORDER BY number",
    f"INSERT INTO titles (rowid, title) {_TOLD}"
    " WHERE number IN (SELECT number FROM titles_due WHERE number <= ?1) ORDER BY number",
    "DELETE FROM titles_due WHERE number <= ?1",
    # the number of a document that is gone may be given again, to a new one
    "UPDATE titles_upto SET number = (SELECT coalesce(max(number), 0) FROM documents) WHERE ?1 AND"
    " number > (SELECT coalesce(max(number), 0) FROM documents) AND NOT EXISTS (SELECT 1 FROM titles_due)",
)
_NEW = (
    "SELECT max(number) FROM (SELECT number FROM documents WHERE number > (SELECT number FROM titles_upto)"
    " ORDER BY number LIMIT ?1)"
)
_ADD = (
    f"INSERT INTO titles (rowid, title) {_TOLD}"
    " WHERE number > (SELECT number FROM titles_upto) AND number <= ?1 ORDER BY number",
    "UPDATE titles_upto SET number = ?1",
)
_UPTO = "SELECT number FROM titles_upto"
_BEGUN = "SELECT term FROM titles_terms WHERE term >= ?1 AND term < ?2"
_PURGE = "INSERT INTO titles (titles) VALUES ('optimize')"


def note(driver: sqlite3.Connection, target: str, titles: Iterable[tuple[str, str]]) -> None:
    """Note what the index has of documents that are about to be called otherwise: (id, new title)."""
    if not driver.execute(_UPTO).fetchone()[0]:
        return  # nobody has searched yet
    driver.executemany(_NOTE, ((target, identifier, title) for identifier, title in titles))


def catch_up(driver: sqlite3.Connection, at_once: Callable[[], AbstractContextManager[None]]) -> None:
    """Take out what is not called so any more, and index what is new, whoever else does so or writes meanwhile."""
    for which, changes in ((_DUE, _CHANGE), (_NEW, _ADD)):
        portions.catch_up(driver, at_once, which, partial(_carry_out, driver, changes))


def _carry_out(driver: sqlite3.Connection, changes: Iterable[str], last: int) -> None:
    for change in changes:
        driver.execute(change, (last,))


def asked(driver: sqlite3.Connection, wanted: Match) -> str:
    """What FTS5 is asked for; one letter or two are looked up among the pieces that there are."""
    every = [_quoted(piece) for piece in wanted.pieces]
    if wanted.begun:
        found = driver.execute(_BEGUN, (wanted.begun, beyond(wanted.begun))).fetchall()
        if not found:
            return NOTHING
        every.append(f"({' OR '.join(_quoted(piece) for (piece,) in found)})")
    return " AND ".join(every)


def purge(driver: sqlite3.Connection) -> None:
    """Write the index anew, since what left it is only crossed out until then: a second for a million titles."""
    driver.execute(_PURGE)


def _quoted(piece: str) -> str:
    return '"' + piece.replace('"', '""') + '"'
