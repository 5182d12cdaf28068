"""Rows of Interject whose cells stand in other columns, as many as the header has: each costs itself, and takes over or removes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from connector.sources.interject.entries import entries_of
from connector.sources.interject.forms import APP_EXPORT, REPORT_LIST
from connector.sources.interject.table import Row, plain
from tests.combinations import every_other
from tests.sources.interject_library import (
    APP_COLUMNS,
    LIST_COLUMNS,
    Library,
    Link,
    library,
    report_list,
    some,
    table,
)

pytestmark = pytest.mark.usefixtures("at_once")
Cells = list[str]
OPEN, CLOSED = "Finance\\Monthly", "Secret\\Pay"
PEOPLE = [("kari@example.com", "Standard"), ("ola@example.com", "Approver")]


def list_rows(*, ids: bool = True) -> list[Cells]:
    """Six reports, in an open folder and in a closed one by turns; the third has no description."""
    return [
        [f"pt1:{n}" if ids else "0", OPEN if n % 2 else CLOSED, f"Report {n}", "" if n == 3 else "Totals"]
        for n in range(1, 7)
    ]


def app_rows(*, ids: bool = True) -> list[Cells]:
    """The same as the portal tells them."""
    return [
        [
            "7", "3", path.rpartition("\\")[2], path, name, "Report Library File", description, "1", "report.xlsm", "1.0.0", "First",
            "4/26/2024 12:09", id, "" if not description else "SalesPortal", "" if not description else "1",
        ]
        for id, path, name, description in list_rows(ids=ids)
    ]  # fmt: skip


def fit(cells: Cells, width: int) -> Cells:
    """As many cells as the header has, where those behind them are empty."""
    assert not any(cells[width:])
    return (cells + [""] * width)[:width]


def known(near: Library) -> dict[str, tuple[Any, ...]]:
    """What the intranet has of each document that counts here."""
    told = {key: one.document for key, one in near.intranet.documents.items()}
    return {key: (one["Title"], sorted(one["ExternalIdentities"])) for key, one in told.items()}


LISTS: dict[str, tuple[int, Callable[[Cells], Cells]]] = {
    "a cell more in front": (2, lambda row: fit(["", *row], 4)),
    "a cell less in front": (3, lambda row: fit(row[1:], 4)),
    "a cell more behind the id": (2, lambda row: fit([row[0], "", *row[1:]], 4)),
    "the folder in place of the id": (3, lambda row: [row[1], row[0], *row[2:]]),
    "the folder in place of the name": (3, lambda row: [row[0], row[2], row[1], row[3]]),
    "a comma in the folder": (2, lambda row: [row[0], *row[1].split("\\"), *row[2:]]),
    "the id of another one": (3, lambda row: ["pt1:1", *row[1:]]),
    "that id in other letters": (3, lambda row: [" PT1:1 ", *row[1:]]),
    "no id": (3, lambda row: ["", *row[1:]]),
    "an id of another kind": (3, lambda row: ["4", *row[1:]]),
}
APPS: dict[str, tuple[int, Callable[[Cells], Cells]]] = {
    "a cell more in front": (2, lambda row: fit(["", *row], 15)),
    "a cell less in front": (3, lambda row: fit(row[1:], 15)),
    "a cell less before the name": (3, lambda row: fit([*row[:3], *row[4:]], 15)),
    "the name in place of the folder": (3, lambda row: [*row[:3], row[4], row[3], *row[5:]]),
    "the type in place of the name": (3, lambda row: [*row[:4], row[5], row[4], *row[6:]]),
    "the id of another one": (3, lambda row: [*row[:12], "pt1:1", *row[13:]]),
    "no folder above": (3, lambda row: [*row[:3], "", *row[4:]]),
}
WORLDS = [
    *((LIST_COLUMNS, list_rows(), *one) for one in LISTS.values()),
    *((APP_COLUMNS, app_rows(), *one) for one in APPS.values()),
    *((APP_COLUMNS, app_rows(ids=False), *one) for name, one in APPS.items() if "id" not in name),
]
NAMES = [*(f"list: {name}" for name in LISTS), *(f"app: {name}" for name in APPS), *(f"app without ids: {name}" for name in APPS if "id" not in name)]  # fmt: skip


@pytest.mark.parametrize(("columns", "rows", "at", "shift"), every_other(WORLDS), ids=every_other(NAMES))
async def test_a_row_that_looks_sound_takes_over_and_removes_nothing(
    tmp_path: Path, columns: Sequence[str], rows: list[Cells], at: int, shift: Callable[[Cells], Cells]
) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Finance", "standard"), ("Secret", "approver")], PEOPLE)
        near.drop(table(columns, rows))
        assert (await near.run("full")).outcome == "succeeded"
        before = known(near)
        odd = [shift(row) if number == at else row for number, row in enumerate(rows)]
        for mode in ("delta", "full", "delta"):
            near.drop(table(columns, odd))
            report = await near.run(mode)
            assert report.outcome in {"quarantined", "withheld"}, report.reasons
            assert known(near) == before
        for _ in range(2):
            near.drop(table(columns, rows))
            report = await near.run()
        assert (report.outcome, report.reasons) == ("succeeded", [])
        assert known(near) == before


@pytest.mark.parametrize("at", [0, 3, 6])
async def test_a_header_that_comes_again_is_no_report(tmp_path: Path, at: int) -> None:
    async with library(tmp_path) as near:
        rows = list_rows()
        near.drop(table(LIST_COLUMNS, [*rows[:at], list(LIST_COLUMNS), *rows[at:]]))
        assert (await near.run("full")).outcome == "succeeded"
        assert near.titles() == {"Finance", "Monthly", "Secret", "Pay", *(f"Report {n}" for n in range(1, 7))}


@pytest.mark.parametrize(
    ("columns", "rows", "lost"), [(LIST_COLUMNS, list_rows(), 0), (APP_COLUMNS, app_rows(), 12)]
)
async def test_a_file_without_its_column_of_ids_makes_no_other_reports_of_all(
    tmp_path: Path, columns: Sequence[str], rows: list[Cells], lost: int
) -> None:
    async with library(tmp_path) as near:
        near.drop(table(columns, rows))
        await near.run("full")
        before = known(near)
        for mode in ("delta", "full", "delta"):
            near.drop(
                table(
                    [*columns[:lost], *columns[lost + 1 :]], [[*row[:lost], *row[lost + 1 :]] for row in rows]
                )
            )
            report = await near.run(mode)
            assert known(near) == before
            assert any("column of ids" in one for one in report.sources["interject"].errors)
        near.drop(table(columns, rows))
        assert (await near.run("full")).outcome == "succeeded"
        assert known(near) == before


async def test_a_report_in_two_folders_and_one_without_an_id_are_what_they_are(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        links = [
            *some(6),
            Link(name="Report 1", id="pt1:1", path="My Favorites"),
            Link(name="New", id="0"),
            Link(name="P&L", path="P/L"),
        ]
        near.drop(report_list(links))
        report = await near.run("full")
        assert (report.outcome, report.documents.quarantined) == ("succeeded", 0), report.reasons
        assert {"New", "P&L", "Report 1"} <= near.titles()


@pytest.mark.parametrize(
    ("ids", "odd"),
    [
        (["pt1:1", "pt1:2", "pt1:3", "pt12:40"], []),
        (["pt1:1", "pt1:2", "pt1:3", "0"], []),
        (["pt1:1", "pt1:2", "pt1:3", "40"], [3]),
        (["pt1:1", "pt1:2", "pt1:3", ""], [3]),
        (["pt1:1", "pt1:2", "40", ""], []),
        (["0", "0", "0", "40"], []),
        (["0", "0", "0", "Totals"], [3]),
        (["0", "0", "0", "4/26/2024 12:09"], [3]),
        (["", "", "", "0"], []),
        (["pt1:1", "Totals"], []),
    ],
    ids=str,
)
def test_nearly_all_ids_of_a_file_tell_which_one_is_none(ids: list[str], odd: list[int]) -> None:
    rows = [
        Row(number, dict(zip(map(plain, LIST_COLUMNS), [one, OPEN, f"Report {number}", ""], strict=True)))
        for number, one in enumerate(ids)
    ]
    found = entries_of(REPORT_LIST, rows)
    assert [at for at, one in enumerate(found) if one.problem] == odd


def test_a_row_with_empty_cells_beyond_the_header_is_odd_where_no_other_has_them() -> None:
    def problems(beyond: Sequence[tuple[str, ...]]) -> list[bool]:
        cells = app_rows()[0]
        rows = [
            Row(number, dict(zip(map(plain, APP_COLUMNS), cells, strict=True)), "", more)
            for number, more in enumerate(beyond)
        ]
        return [bool(one.problem) for one in entries_of(APP_EXPORT, rows)]

    assert problems([(), (), (), ("",)]) == [False, False, False, True]
    assert problems([("",)] * 4) == [False] * 4
    assert problems([("",), ("",), (), ()]) == [False] * 4
