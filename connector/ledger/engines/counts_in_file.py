"""How many documents there are, as a file of SQLite keeps it: what is noted before something changes, and how it is counted."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from connector.document.states import LIVE
from connector.ledger.counts import format_called, format_of
from connector.ledger.engines import portions
from connector.ledger.engines.counts_made import ending
from connector.ledger.part import Sent, as_json

MOST_ROWS = 500
"""Rows of counts, after which those of the same are put together."""
_TEXT = "EXISTS (SELECT 1 FROM bodies WHERE document = documents.number AND text_key != '')"
_OF_THESE = (
    f"SELECT documents.id, state, title, without_text, {_TEXT} AS has_text FROM json_each(?2)"
    " CROSS JOIN documents ON documents.target = ?1 AND documents.id = value"
)
_ODD = f"{_OF_THESE} WHERE state != 'live' OR without_text != '' OR NOT has_text"
_USUAL = (LIVE, "", 1)
"""State, why there is no text, whether there is: what `_ODD` leaves out."""
_NOTE = (
    "INSERT OR IGNORE INTO counts_due (number, target, state, without_text, ending, text)"
    f" SELECT number, target, state, without_text, {ending('title')}, {_TEXT} FROM documents"
    " WHERE target = ?1 AND id = ?2 AND number <= (SELECT number FROM counts_upto)"
)
_UPTO = "SELECT number FROM counts_upto"
_DUE = "SELECT max(number) FROM (SELECT number FROM counts_due ORDER BY number LIMIT ?1)"
_WAS = "SELECT target, state, without_text, ending, text FROM counts_due WHERE number <= ?1"
_IS = (
    f"SELECT target, state, without_text, title, {_TEXT} FROM documents"
    " WHERE number IN (SELECT number FROM counts_due WHERE number <= ?1)"
)
_DONE = "DELETE FROM counts_due WHERE number <= ?1"
_NEW = (
    "SELECT max(number) FROM (SELECT number FROM documents WHERE number > (SELECT number FROM counts_upto)"
    " ORDER BY number LIMIT ?1)"
)
_ADDED = (
    "SELECT target, state, without_text, title, coalesce(text_key, '') != '' FROM documents"
    " LEFT JOIN bodies ON document = number"
    " WHERE number > (SELECT number FROM counts_upto) AND number <= ?1"
)
_COUNTED = "UPDATE counts_upto SET number = ?1"
_FREED = (
    "UPDATE counts_upto SET number = (SELECT coalesce(max(number), 0) FROM documents)"
    " WHERE number > (SELECT coalesce(max(number), 0) FROM documents) AND NOT EXISTS (SELECT 1 FROM counts_due)"
)
"""The number of a document that is gone may be given again, to a new one, which nobody has counted."""
_ROWS = "SELECT count(*), max(number) FROM counts"
_SUM = (
    "INSERT INTO counts (target, state, reason, format, text, many) SELECT target, state, reason, format, text, sum(many)"
    " FROM counts WHERE number <= ?1 GROUP BY target, state, reason, format, text HAVING sum(many) != 0",
    "DELETE FROM counts WHERE number <= ?1",
)
_PUT = "INSERT INTO counts (target, state, reason, format, text, many) VALUES (?, ?, ?, ?, ?, ?)"

EVERY = 2**63 - 1
"""The last number that there may be."""
Row = tuple[Any, ...]


def note(driver: sqlite3.Connection, target: str, told: Sequence[Sent]) -> None:
    """Note what is counted of documents that are about to be sent otherwise: most of a full run is sent as it was."""
    if not driver.execute(_UPTO).fetchone()[0]:
        return  # nobody has counted yet
    altered = {one.id: (LIVE, one.title, one.reason, one.text) for one in told if one.altered}
    others = {one.id: (LIVE, one.reason, one.text) for one in told if not one.altered}
    changed = [
        one
        for one, *was in driver.execute(_OF_THESE, (target, as_json(list(altered))))
        if tuple(was) != altered[one]
    ]
    if others:
        odd = {
            one: (state, reason, text)
            for one, state, _, reason, text in driver.execute(_ODD, (target, as_json(list(others))))
        }
        changed += [one for one, is_ in others.items() if odd.get(one, _USUAL) != is_]
    driver.executemany(_NOTE, ((target, one) for one in changed))


def catch_up(
    driver: sqlite3.Connection, at_once: Callable[[], AbstractContextManager[None]], *, most: int = MOST_ROWS
) -> None:
    """
    Count what changed, and what is new, whoever else counts or writes meanwhile.

    Args:
        most: rows that may stay; 0: only formats that some document has stay.
    """
    for which, count in ((_DUE, _count_changed), (_NEW, _count_new)):
        portions.catch_up(driver, at_once, which, partial(count, driver))
    if driver.execute(_ROWS).fetchone()[0] > most:
        with at_once():
            (_, newest) = driver.execute(_ROWS).fetchone()
            for one in _SUM:
                driver.execute(one, (newest,))


def put_right(driver: sqlite3.Connection, target: str, kept: Iterable[Row]) -> list[Row]:
    """
    How many documents of a target there are now: what is kept of them, and what is not counted yet.

    Args:
        kept: state, why they have no text, format, whether they have text, how many.
    """
    counts: Counter[Row] = Counter({tuple(key): many for *key, many in kept})
    for due in (_changed(driver, EVERY), _added(driver, EVERY)):
        counts.update({tuple(key): many for (whose, *key), many in due.items() if whose == target})
    return [(*key, many) for key, many in counts.items() if many]


def _count_changed(driver: sqlite3.Connection, last: int) -> None:
    _put(driver, _changed(driver, last))
    driver.execute(_DONE, (last,))
    driver.execute(_FREED)


def _changed(driver: sqlite3.Connection, last: int) -> Counter[Row]:
    counts = _counted(driver.execute(_IS, (last,)), 1, format_of)
    counts.update(_counted(driver.execute(_WAS, (last,)), -1, format_called))
    return counts


def _count_new(driver: sqlite3.Connection, last: int) -> None:
    _put(driver, _added(driver, last))
    driver.execute(_COUNTED, (last,))


def _added(driver: sqlite3.Connection, last: int) -> Counter[Row]:
    return _counted(driver.execute(_ADDED, (last,)), 1, format_of)


def _counted(found: Iterable[Row], by: int, form: Callable[[str], str]) -> Counter[Row]:
    counts: Counter[Row] = Counter()
    for target, state, reason, called, text in found:
        counts[target, state, reason, form(called) if reason or text else "", text] += by
    return counts


def _put(driver: sqlite3.Connection, counts: Counter[Row]) -> None:
    driver.executemany(_PUT, ((*key, many) for key, many in counts.items() if many))
