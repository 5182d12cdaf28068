"""Indexes by which only people look something up: a file has them from the end of its first run on, or since somebody asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connector.ledger.engines.sqlite import Sqlite
from connector.ledger.engines.statement_files import LATER, statements_in, tables_in
from connector.ledger.store import Ledger
from tests.ledger_pushes import make_push, push

NOW = 1_800_000_000.0
ONE_TARGET = re.compile(r"SCAN|\(target=\?\)$")
"""All of a target, or of everything: as much to read without an index."""
LATE = {"documents_native", "documents_newest", "documents_url"}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    one = Ledger(f"sqlite:///{tmp_path}/ledger.db", now=NOW)
    push(one.documents("intranet"), make_push())
    yield one
    one.close()


def indexes(ledger: Ledger) -> set[str]:
    database = ledger._database
    assert isinstance(database, Sqlite)
    return {name for (name,) in database.driver.execute("SELECT name FROM sqlite_master WHERE type='index'")}


def test_a_new_ledger_has_none_of_them_until_its_first_run_is_over(ledger: Ledger) -> None:
    assert not LATE & indexes(ledger)
    ledger.catch_up()
    assert indexes(ledger) >= LATE
    assert len(tables_in(LATER)) == len(LATE)


ASKED: dict[str, Callable[[Ledger], object]] = {
    "own id": lambda ledger: ledger.documents("intranet").find("n1"),
    "link": lambda ledger: ledger.documents("intranet").find_link("https://ix.example.com/1"),
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_whoever_asks_before_that_has_them_made(ledger: Ledger, asked: Callable[[Ledger], object]) -> None:
    asked(ledger)
    assert indexes(ledger) >= LATE


def test_what_is_made_in_a_transaction_that_comes_to_nothing_is_made_again(ledger: Ledger) -> None:
    documents = ledger.documents("intranet")

    def ask_amid_a_failure() -> None:
        with documents.at_once():
            documents.miss(["ix-1"], run=1, why="absent")
            documents.find_link("https://ix.example.com/1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask_amid_a_failure()
    assert not LATE & indexes(ledger)
    documents.find_link("https://ix.example.com/1")
    assert indexes(ledger) >= LATE


def test_whatever_is_answered_by_one_of_them_names_it(ledger: Ledger) -> None:
    """Else it would look through all documents while they are loaded."""
    ledger.catch_up()
    database = ledger._database
    assert isinstance(database, Sqlite)
    for name, statement in statements_in("sqlite.sql").items():
        values = [None] * (len(statement.rows) + len(statement.common))
        plan = database.driver.execute(f"EXPLAIN QUERY PLAN {statement.sql}", values)
        found = [row[3] for row in plan if any(one in row[3] for one in LATE)]
        if not statement.late:
            found = [one for one in found if not ONE_TARGET.search(one)]
        assert statement.late == bool(found), name
