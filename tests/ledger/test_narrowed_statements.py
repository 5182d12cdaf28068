"""
What statements are narrowed by: each speaks of one target's rows, of a room only together with its source, and of nothing but what its
call asks for.

One condition less, and a document of another target, or of another source's room with the same key, is removed, released or shown
for what happened elsewhere. Tests of runs would hardly tell: they have one target, and no two rooms with one key.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import connector.ledger
from connector.ledger.engines.statement_files import Statement, statements_in
from connector.ledger.tables import DocumentRow

OF_ALL_TARGETS = {"backup", "clock_changes", "scrub", "upkeep"}
"""Parts that work on a ledger as a whole."""
WITHOUT_TARGET = {
    "audiences.page": "runs: by number",
    "catalogue.called": "the rows that were found are compared with it",
    "catalogue.named": "the rows that were found are compared with it",
    "catalogue.titled": "the rows that were found are compared with it",
    "erasing.identities": "an audience stays that any document has",
    "grants.leave_former_places": "what another target has elsewhere is asked for once more, too",
    "history.last": "by number",
    "history.removed": "runs: by number",
    "history.removed_in": "runs: by number",
    "leases.held": "who writes anywhere",
    "leases.lasting": "who writes anywhere",
    "orders.everywhere": "for the file beside a ledger",
    "removals.doubt": "by number",
    "runs.finish": "by number",
    "runs.id_of": "by number",
    "runs.new_backfill": "one more than any",
}
"""Statements that name a table more often than its target, and why they may."""
WITHOUT_SOURCE = {
    **dict.fromkeys(
        ("catalogue.count_in", "catalogue.in_room", "catalogue.reasons_in", "catalogue.rooms_called"),
        "people look up a room by its key, in whatever source",
    ),
    "catalogue.unseen": "rooms that were found",
    **dict.fromkeys(
        (
            "pending_audiences.narrow_met",
            "pending_audiences.widen_met",
            "presence.miss",
            "presence.miss_with_witness",
        ),
        "one document, where it stands",
    ),
    **dict.fromkeys(("presence.see_containers", "quarantine.park"), "writes the room"),
}
"""Statements that name a room without its source, and why they may."""

KEPT = statements_in("sqlite.sql")
ELSEWHERE = statements_in("postgres.sql")
OWNED = "|".join(name for name, table in DocumentRow.metadata.tables.items() if "target" in table.columns)
MET = re.compile(rf"(?:FROM|JOIN|UPDATE|,) ({OWNED})\b(?! ?[.,)=])(?: AS (\w+))?")
TARGET = re.compile(r"(?:(\w+)\.)?\btarget = (?:(\w+)\.target)?")
ROOM = re.compile(r"(?:(\w+)\.)?\broom (?:=|IN) |\b(rooms)\.\"key\" (?:=|IN) ")
SOURCE = re.compile(r"(?:(\w+)\.)?\bsource = (?:(\w+)\.source)?")


def is_narrowed(sql: str, named: list[str], by: re.Pattern[str]) -> bool:
    """Whether each of some tables is compared with a column as often as it is named."""
    compared = Counter(table for pair in by.findall(sql) for table in pair if table)
    bare = sum(not table for table, _ in by.findall(sql))
    return all(compared[table] + bare >= times for table, times in Counter(named).items())


def is_of_one_target(one: Statement) -> bool:
    tables = [alias or table for table, alias in MET.findall(one.sql)]
    return not tables or ("target" in one.common and is_narrowed(one.sql, tables, TARGET))


def is_of_one_source(one: Statement) -> bool:
    return is_narrowed(one.sql, ["".join(pair) for pair in ROOM.findall(one.sql)], SOURCE)


@pytest.mark.parametrize(
    ("is_narrow", "others"), [(is_of_one_target, WITHOUT_TARGET), (is_of_one_source, WITHOUT_SOURCE)]
)
def test_a_statement_touches_no_row_of_another_target_or_of_another_sources_room(
    is_narrow: Callable[[Statement], bool], others: dict[str, str]
) -> None:
    wide = {name for name, one in KEPT.items() if not is_narrow(one)}
    assert {name for name in wide if name.partition(".")[0] not in OF_ALL_TARGETS} == set(others)


def test_what_one_source_remembers_is_asked_for_by_its_name() -> None:
    of_sources = {name: one for name, one in KEPT.items() if name.partition(".")[0] in {"grants", "notes"}}
    assert of_sources
    assert {name for name, one in of_sources.items() if "source" not in one.common} == set()


def calls() -> Iterator[tuple[str, set[str]]]:
    """Names of statements, each with the names of what a call hands over."""
    for file in Path(connector.ledger.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(args=[ast.Constant(value=str(name)), *_]) if name in KEPT:
                    yield name, {one.arg for one in node.keywords if one.arg}


def test_a_statement_reads_all_that_its_calls_hand_over() -> None:
    told = list(calls())
    unread = {
        (name, value)
        for name, values in told
        for value in values - {*KEPT[name].common, *KEPT[name].rows, *ELSEWHERE[name].common}
    }
    assert unread == set()
    assert len(told) > 400
