"""What the engines keep is what the expressions say; every statement is known by the part that uses it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest

import connector.ledger
from connector.document.states import DocumentState, Outcome
from connector.ledger.database import revisions
from connector.ledger.engines.sqlite import Sqlite
from connector.ledger.engines.statement_files import LATER, statements_in, tables_in
from connector.ledger.members import MemberState
from connector.ledger.pending_audiences import WideningState
from connector.ledger.sessions import SessionState
from connector.ledger.shards import RoomState, SeatState
from connector.ledger.statements.compiling import (
    ENGINES,
    FILES,
    TABLES,
    all_statements,
    compile_all,
    compile_later,
    compile_tables,
)
from connector.ledger.store import Ledger
from connector.plan.findings import HoldReason
from tests.ledger.looked_up import COUNTED, FEW, FIRST, LOOKED_UP, MANY

NOW = 1_800_000_000.0
NAME = re.compile(r"[a-z_]+\.[a-z_]*")


@pytest.mark.parametrize("dialect", FILES)
def test_what_an_engine_keeps_is_what_the_expressions_say(dialect: str) -> None:
    kept_text = (ENGINES / FILES[dialect]).read_text(encoding="utf-8")
    assert kept_text == compile_all(dialect), "type: tools/statements"


@pytest.mark.parametrize("dialect", TABLES)
def test_what_a_new_ledger_is_made_of_is_what_the_tables_say(dialect: str) -> None:
    kept_text = (ENGINES / TABLES[dialect]).read_text(encoding="utf-8")
    assert kept_text == compile_tables(dialect), "type: tools/statements"
    assert tables_in(TABLES[dialect])[-1].endswith(f"VALUES ('{revisions()[-1]}')")


def test_what_a_file_gets_later_is_what_the_tables_say() -> None:
    assert (ENGINES / LATER).read_text(encoding="utf-8") == compile_later(), "type: tools/statements"


@pytest.mark.parametrize("file", FILES.values())
def test_every_statement_is_read_back(file: str) -> None:
    assert set(statements_in(file)) == set(all_statements())
    assert all(one.sql for one in statements_in(file).values())


STATES: dict[str, set[str]] = {
    "leases": set(SeatState),
    "shards": {*RoomState, *SeatState, *MemberState},
    "members": set(MemberState),
    "sessions": set(get_args(SessionState)),
}
"""By the part whose statements speak of them."""
OF_DOCUMENTS = {*DocumentState, *get_args(WideningState)}
COMPARED = re.compile(
    r"\b(state|outcome|held_why)\b *(?:!?=|(?:NOT )?(?:IN|LIKE)) *(\((?:'[^']*'(?:, )?)+\)|'[^']*')"
)


@pytest.mark.parametrize("file", FILES.values())
def test_states_in_statements_are_those_that_the_program_knows(file: str) -> None:
    strange, met = [], 0
    for name, statement in statements_in(file).items():
        known = STATES.get(name.partition(".")[0], OF_DOCUMENTS)
        for column, values in COMPARED.findall(statement.sql):
            for value in re.findall(r"'([^']*)'", values):
                met += 1
                codes = {"state": known, "outcome": set(Outcome), "held_why": {"", *HoldReason}}[column]
                begins = value.rstrip("%") if value.endswith("%") else ""
                if value not in codes and not (begins and any(one.startswith(begins) for one in codes)):
                    strange.append((name, column, value))
    assert not strange
    assert met > 100


def spoken() -> Iterator[str]:
    """Names of statements in the ledger's modules; of a family only the beginning, up to what is filled in."""
    home = Path(connector.ledger.__file__).parent
    for file in [*home.glob("*.py"), *home.glob("engines/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and NAME.fullmatch(node.value):
                yield node.value


def test_every_statement_is_used_and_every_one_used_is_there() -> None:
    there, used = set(all_statements()), set(spoken())
    modules = {name.partition(".")[0] for name in there}
    whole = {name for name in used if name in there}
    beginnings = {name for name in used - whole if name.partition(".")[0] in modules}
    for name in beginnings:
        assert any(one.startswith(name) for one in there), name
    unused = {name for name in there - whole if not any(name.startswith(one) for one in beginnings)}
    assert unused == set()


SCANNED = re.compile(r"SCAN (?:documents|d|bodies|b)\b(?! USING)")
LOOKED_THROUGH = {
    "erasing.text_is_used": "once for each text that a person has erased",
    "upkeep.prune_audiences": "once in a while, by hand",
    "erasing.identities": "when a person is forgotten",
    "grants.leave_former_places": "when settings ask for lists below rooms again",
    "upkeep.prune_containers": "once in a while, by hand",
}


ASKED_BY_RUNS = ("pending_audiences.paths_of",)
"""What runs ask for of a few, and the planner of SQLite may take for all of a target: it knows nothing of how many there are."""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sqlite]:
    url = f"sqlite:///{tmp_path_factory.mktemp('plans')}/ledger.db"
    Ledger(url, now=NOW).close()
    with closing(Sqlite(url)) as one:
        one.index()
        yield one


@pytest.mark.parametrize("name", sorted(all_statements()))
def test_sqlite_reads_every_statement_and_none_looks_through_all_documents(
    database: Sqlite, name: str
) -> None:
    statement = statements_in("sqlite.sql")[name]
    values = [None] * (len(statement.rows) + len(statement.common))
    plan = "; ".join(row[3] for row in database.driver.execute(f"EXPLAIN QUERY PLAN {statement.sql}", values))
    if name not in LOOKED_THROUGH:
        assert not SCANNED.search(plan), plan


@pytest.mark.parametrize("name", [*LOOKED_UP, *ASKED_BY_RUNS])
def test_what_people_look_up_looks_at_nothing_else_in_a_file(database: Sqlite, name: str) -> None:
    statement = statements_in("sqlite.sql")[name]
    values = [0 for _ in statement.common]
    plan = [row[3] for row in database.driver.execute(f"EXPLAIN QUERY PLAN {statement.sql}", values)]
    of_all = re.compile(
        rf"SCAN ({MANY})\b|SEARCH ({MANY}) (?!USING (COVERING )?INDEX {FEW}\b).*\(target=\?\)( LEFT-JOIN)?$"
    )
    assert not list(filter(of_all.match, plan)), plan


@pytest.mark.parametrize(
    ("name", "index"), [*COUNTED.items(), ("catalogue.by_state_called", "documents_called")]
)
def test_what_waits_is_counted_in_a_file_without_reading_it(database: Sqlite, name: str, index: str) -> None:
    statement = statements_in("sqlite.sql")[name]
    values = [0 for _ in statement.common]
    plan = [row[3] for row in database.driver.execute(f"EXPLAIN QUERY PLAN {statement.sql}", values)]
    assert [one for one in plan if f"USING COVERING INDEX {index} " in one], plan


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("catalogue.parked", "quarantine_called"),
        *((f"orders.{one}", "hidden_called") for one in ("page", "count_named")),
    ],
)
def test_words_are_looked_for_in_a_file_by_an_index_that_has_titles(
    database: Sqlite, name: str, index: str
) -> None:
    """Of what has not got them nothing else is read: SQLite goes from an index to a row once it needs something else of it."""
    columns = [row[2] for row in database.driver.execute(f"PRAGMA index_info({index})")]
    assert {"id", "title", "native"} <= set(columns)
    statement = statements_in("sqlite.sql")[name]
    values = [0 for _ in statement.common]
    plan = [row[3] for row in database.driver.execute(f"EXPLAIN QUERY PLAN {statement.sql}", values)]
    assert [one for one in plan if f" INDEX {index} " in one], plan


@pytest.mark.parametrize("name", FIRST)
def test_the_first_of_much_is_found_without_sorting_all_of_it(database: Sqlite, name: str) -> None:
    statement = statements_in("sqlite.sql")[name]
    values = [0 for _ in statement.common]
    plan = [row[3] for row in database.driver.execute(f"EXPLAIN QUERY PLAN {statement.sql}", values)]
    assert "TEMP B-TREE" not in " ".join(plan), plan
