"""Two processes with one file of SQLite: what one writes or counts between any two statements of the other is counted, once."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from connector.errors import LedgerError
from connector.ledger.engines import portions
from connector.ledger.engines.sqlite import Sqlite
from connector.ledger.store import Ledger
from connector.ledger.titles import EDGE, fold
from connector.machine import storage
from tests.ledger.test_counts import check, send
from tests.ledger_pushes import NOW

PIECE = 2
MOMENTS = 90
"""More than catching up has statements here."""


def _open(tmp_path: Path) -> tuple[Ledger, sqlite3.Connection]:
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db", now=NOW)
    database = ledger._database
    assert isinstance(database, Sqlite)
    return ledger, database.driver


def _counts(ledger: Ledger) -> None:
    ledger.catch_up()


def _sends(ledger: Ledger) -> None:
    send(ledger.documents("intranet"), "ix-1", title="x.dwg", text_key="k")


def _sends_new(ledger: Ledger) -> None:
    send(ledger.documents("intranet"), "ix-new", title="new.dwg", text_key="k")


def _holds(ledger: Ledger) -> None:
    ledger.documents("intranet").hold([("ix-2", "brake"), ("ix-5", "brake")], run=2)


def _takes_the_last(ledger: Ledger) -> None:
    """The number of a document that is gone is given again."""
    ledger._database.driver.execute("DELETE FROM documents WHERE id = 'ix-6'")  # type: ignore[attr-defined]
    ledger._database.driver.commit()  # type: ignore[attr-defined]
    _sends_new(ledger)


def _indexed(driver: sqlite3.Connection) -> dict[str, int]:
    """How many titles have each piece, as FTS5 has it."""
    return dict(driver.execute("SELECT term, doc FROM titles_terms").fetchall())


def _to_be_indexed(driver: sqlite3.Connection) -> dict[str, int]:
    told = [f"{EDGE}{fold(title)}{EDGE}" for (title,) in driver.execute("SELECT title FROM documents")]
    return dict(Counter(piece for one in told for piece in {one[at : at + 3] for at in range(len(one) - 2)}))


ACTS: list[Callable[[Ledger], None]] = [_counts, _sends, _sends_new, _holds, _takes_the_last]


def _meanwhile(driver: sqlite3.Connection, moment: int, act: Callable[[], None]) -> list[str]:
    """
    Have something done before the statement with a number, counted from here, by somebody who would wait where it is locked.

    Returns:
        The statements that there were, as they come.
    """
    sent: list[str] = []

    def between(sql: str) -> None:
        sent.append(sql)
        if len(sent) == moment + 1:
            with suppress(LedgerError):
                act()

    driver.set_trace_callback(between)
    return sent


@pytest.mark.parametrize("act", ACTS)
def test_nothing_is_counted_twice_or_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[[Ledger], None]
) -> None:
    monkeypatch.setattr(portions, "AT_ONCE", PIECE)
    # nobody reads who holds a ledger that is locked, and looking for it goes through every process of the machine
    monkeypatch.setattr(storage, "_holders", lambda _: [])
    one, driver = _open(tmp_path)
    for number in range(5):
        send(one.documents("intranet"), f"ix-{number}", title="a.pdf", text_key="k")
    one.catch_up()
    for number in (1, 2, 3):
        send(one.documents("intranet"), f"ix-{number}", title="b.docx", text_missing="broken")
    for number in (5, 6, 7):
        send(one.documents("intranet"), f"ix-{number}", title="c.pdf")
    driver.execute("DELETE FROM documents WHERE id IN ('ix-0', 'ix-7')")
    driver.commit()
    begun = driver.serialize()
    one.close()
    for moment in range(MOMENTS):
        folder = tmp_path / str(moment)
        folder.mkdir()
        (folder / "ledger.db").write_bytes(begun)
        one, driver = _open(folder)
        other, others_driver = _open(folder)
        others_driver.execute("PRAGMA busy_timeout=0")
        sent = _meanwhile(driver, moment, partial(act, other))
        one.catch_up()
        driver.set_trace_callback(None)
        act(other)
        check(one)
        check(other)
        one.catch_up()
        assert _indexed(driver) == _to_be_indexed(driver)
        other.close()
        one.close()
        if len(sent) <= moment:
            break
    assert moment < MOMENTS - 1, "catching up has more statements"
