"""Who reads a ledger in a file is answered right while somebody else writes: from what is kept, and what is due since."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from connector.errors import LedgerError
from connector.ledger import catalogue as catalogue_module
from connector.ledger.catalogue import Wanted
from connector.ledger.engines import sqlite
from connector.ledger.engines.sqlite import Sqlite
from connector.ledger.engines.statement_files import statements_in
from connector.ledger.store import Ledger
from connector.machine import storage
from connector.machine.optional_write import PATIENCE_S
from tests.ledger.test_counts import TITLES, counted, erase
from tests.ledger_pushes import NOW, make_push, push
from tests.locked import LATE, locked


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(file: Path) -> Iterator[Ledger]:
    with closing(Ledger(f"sqlite:///{file}", now=NOW)) as one:
        yield one


@pytest.fixture
def reader(ledger: Ledger, file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """Somebody who never waits for a lock."""
    monkeypatch.setattr(sqlite, "BUSY_S", 0)
    assert ledger.id
    with closing(Ledger(f"sqlite:///{file}", now=NOW)) as one:
        yield one


def driver_of(ledger: Ledger) -> Any:
    database = ledger._database
    assert isinstance(database, Sqlite)
    return database.driver


@pytest.mark.parametrize("seed", range(6))
def test_counts_are_those_of_every_document_whatever_was_written_since_somebody_counted(
    ledger: Ledger, reader: Ledger, file: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    # nobody reads who holds it, and looking for it goes through every process of the machine
    monkeypatch.setattr(storage, "_holders", lambda _: [])
    chance = random.Random(seed)
    for target in ("intranet", "other"):
        ledger.counts(target).tally()
    for _ in range(60):
        target, name = chance.choice(["intranet", "other"]), f"ix-{chance.randrange(12)}"
        documents = ledger.documents(target)
        match chance.randrange(8):
            case 0:
                documents.intend_deletions([name], run=1, now=NOW)
                documents.confirm_deletions([name], run=1, now=NOW, settle_s=120.0, approved=False, why={})
            case 1:
                documents.hold([(name, "brake")], run=2)
            case 2:
                ledger.counts(target).tally()
            case 3:
                erase(ledger, name)
            case _:
                reason = chance.choice(["", "", "broken", "too-big"])
                key = "" if reason else chance.choice(["", "a", "b"])
                push(
                    documents, make_push(name, title=chance.choice(TITLES), text_missing=reason, text_key=key)
                )
        with locked(file):
            assert reader.counts(target).tally() == counted(ledger, target)


@pytest.fixture
def by_title(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_module, "PROBED", 0)  # so few documents need no index otherwise


def found(ledger: Ledger, words: str, **more: Any) -> str:
    rows = ledger.catalogue("intranet").page(Wanted(words=words, **more)).rows
    return " ".join(row.id.removeprefix("ix-") for row in rows)


def furnish(ledger: Ledger) -> None:
    """Something of each kind: what the index has, what is called otherwise since, what is gone, what is new."""
    documents = ledger.documents("intranet")
    titles = {"a": "Plan A", "b": "Plan B", "c": "Plan C"}
    push(documents, *(make_push(f"ix-{key}", title=title) for key, title in titles.items()))
    assert found(ledger, "plan") == "c b a"
    push(documents, make_push("ix-b", title="Skisse B"), make_push("ix-d", title="Plan D.pdf"))
    documents.confirm_deletions(["ix-c"], run=3, now=NOW, settle_s=120.0, approved=False, why={})
    push(ledger.documents("other"), make_push("ix-x", title="Plan X"))


@pytest.mark.usefixtures("by_title")
def test_titles_are_found_whether_the_index_has_them_or_not(
    ledger: Ledger, reader: Ledger, file: Path
) -> None:
    furnish(ledger)
    asked = ("plan", "plan a", "skisse", "sk", "pl", "plan b", "plan c", "d", "ix-d", "zzz", "zz")
    with locked(file):
        told = [found(reader, words) for words in asked]
        ending = found(reader, "", format="pdf")
        whole = [
            reader.catalogue("intranet").called(title)
            for title in ("PLAN A", "plan b", "skisse b", "plan d.pdf", "plan")
        ]
    assert told == ["d a", "a", "b", "b", "d a", "", "", "d", "d", "", ""]
    assert ending == "d"
    assert whole == [["ix-a"], [], ["ix-b"], ["ix-d"], []]
    assert [found(reader, words) for words in asked] == told
    assert not driver_of(reader).execute("SELECT * FROM titles_due").fetchall()


@pytest.mark.usefixtures("by_title")
def test_a_list_goes_on_where_it_was_though_the_index_got_what_it_lacked(
    ledger: Ledger, reader: Ledger, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(ledger)
    for name, most in (("PAGE", 1), ("LOOKED_AT", 2), ("AT_ONCE", 2)):
        monkeypatch.setattr(catalogue_module, name, most)
    catalogue = reader.catalogue("intranet")
    with locked(file):
        first = catalogue.page(Wanted(words="plan"))
    pages = [first]
    while pages[-1].more:
        pages.append(catalogue.page(Wanted(words="plan"), after=pages[-1].next))
    assert [row.id for page in pages for row in page.rows] == ["ix-d", "ix-a"]


def test_what_an_index_that_is_lacking_would_tell_is_told_without_it(
    ledger: Ledger, reader: Ledger, file: Path
) -> None:
    documents = ledger.documents("intranet")
    push(documents, *(make_push(f"ix-{n}", url=f"https://ix.example.com/{n}") for n in range(3)))

    def tell(one: Ledger) -> list[Any]:
        return [
            [row.id for row in one.catalogue("intranet").page(Wanted()).rows],
            one.documents("intranet").find("1"),
            one.documents("intranet").find_link("https://ix.example.com/2"),
            found(one, "0"),
        ]

    with locked(file):
        told = tell(reader)
    assert not [
        name for (name,) in driver_of(ledger).execute("SELECT name FROM sqlite_master") if name in LATE
    ]
    assert told == tell(ledger)
    assert [len(one) for one in told] == [3, 1, 1, 1]


def test_without_its_index_a_list_is_in_the_order_in_which_documents_stand(ledger: Ledger) -> None:
    """Nobody sorts all of a million documents for one page."""
    for name, statement in statements_in("sqlite.sql").items():
        if not statement.late:
            assert statement.unaided == statement.sql
            continue
        values = [None] * (len(statement.rows) + len(statement.common))
        plan = driver_of(ledger).execute(f"EXPLAIN QUERY PLAN {statement.unaided}", values).fetchall()
        if name in {"catalogue.newest", "catalogue.frequent"}:
            looks = [one for one in plan if "INTEGER PRIMARY KEY (rowid<?)" in one[3]]
            assert looks
            for look in looks:
                assert [one[3] for one in plan if one[1] == look[1]] == [look[3]], "and nothing is sorted"


def test_who_asks_waits_for_a_moment_only_and_then_as_long_as_before(ledger: Ledger) -> None:
    driver = driver_of(ledger)

    def waits() -> list[Any]:
        return list(driver.execute("PRAGMA busy_timeout").fetchone())

    before, meanwhile = waits(), []
    assert ledger.write_unless_locked(lambda: meanwhile.extend(waits()))
    assert meanwhile == [PATIENCE_S * 1_000]
    assert waits() == before == [30_000]


def test_an_answer_of_several_parts_waits_once(reader: Ledger, file: Path) -> None:
    driver, waits = driver_of(reader), []

    def write() -> None:
        waits.extend(driver.execute("PRAGMA busy_timeout").fetchone())
        reader.notes("").put("kind", "key", b"value")

    driver.execute("PRAGMA busy_timeout=1000")
    with locked(file):
        assert not reader.write_unless_locked(write)
        assert not reader.write_unless_locked(write)
    assert reader.write_unless_locked(write)
    assert reader.write_unless_locked(write)
    assert waits == [PATIENCE_S * 1_000, 0, 0, PATIENCE_S * 1_000]


def test_what_can_be_read_but_not_written_is_told_as_well(ledger: Ledger) -> None:
    """As from a disk that is full, or was mounted again to be read only."""
    furnish(ledger)
    driver_of(ledger).execute("PRAGMA query_only=ON")
    assert ledger.counts("intranet").tally() == counted(ledger)
    assert found(ledger, "skisse") == "b"
    assert not ledger.write_unless_locked(ledger.catch_up)
    with pytest.raises(LedgerError):
        ledger.catch_up()


def test_a_ledger_that_is_damaged_is_not_taken_for_a_busy_one(ledger: Ledger) -> None:
    def fail() -> None:
        driver_of(ledger).execute("SELECT * FROM nothing_of_this_name")

    def damaged() -> None:
        raise LedgerError("damaged")

    with pytest.raises(LedgerError):
        ledger.write_unless_locked(damaged)
    with pytest.raises(sqlite.sqlite3.Error):
        ledger.write_unless_locked(fail)
