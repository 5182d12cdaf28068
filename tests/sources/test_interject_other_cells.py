"""
Cells of exports that stand in another row or column, in many rows at once: the description of a closed report, or its folder in place of its name.

Nobody reads what his folder is not open to, and nothing takes over another report.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from connector.sources.interject.entries import Entry
from connector.sources.interject.moved_texts import moved
from connector.sources.interject.taken_over import Known, without_taken_over
from tests.sources.interject_library import (
    Library,
    Link,
    library,
    report_list,
    table,
)
from tests.sources.interject_roles import APPROVER, PEOPLE
from tests.sources.test_interject_edited import FORMS, LINKS, ROLES, Rows, begun, cells, down, sort, swap, up
from tests.sources.test_interject_shifted import Cells, fit

pytestmark = pytest.mark.usefixtures("at_once")
DESCRIPTIONS = {"list": 3, "app": 6}


def told(near: Library) -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """What the intranet has of each document, with its description."""
    documents = {key: one.document for key, one in near.intranet.documents.items()}
    return {
        key: (one["Title"], one["Summary"], tuple(one["ExternalIdentities"]))
        for key, one in documents.items()
    }


async def nothing_changes(near: Library, form: str, export: bytes) -> None:
    """Whatever run reads an export, also again, and a right one goes on from there."""
    before = told(near)
    for mode, anew in (("delta", True), ("full", False), ("delta", True)):
        if anew:
            near.drop(export)
        assert (await near.run(mode)).outcome in {"quarantined", "withheld"}
        assert told(near) == before
    near.drop(FORMS[form][0](LINKS))
    report = await near.run("full")
    assert (report.outcome, report.reasons) == ("succeeded", [])
    assert told(near) == before


@pytest.mark.parametrize("edit", [sort, swap, down, up])
@pytest.mark.parametrize("form", FORMS)
async def test_descriptions_that_changed_their_rows_are_read_by_nobody_else(
    tmp_path: Path, form: str, edit: Callable[[Rows, int], None]
) -> None:
    async with library(tmp_path) as near:
        await begun(near, FORMS[form][0](LINKS))
        columns, rows, _ = cells(form)
        edit(rows, DESCRIPTIONS[form])
        await nothing_changes(near, form, table(columns, rows))


async def test_descriptions_that_are_written_anew_or_copied_are_followed(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        await begun(near, report_list(LINKS))
        texts = {
            "Mike": "About mike, anew",
            "Cash": "About lima",
            "Echo": "",
            "Oscar": "About hotel",
            "Hotel": "Rooms",
        }
        links = [
            Link(name=one.name, id=one.id, path=one.path, description=texts.get(one.name, one.description))
            for one in LINKS
        ]
        near.drop(report_list(links))
        report = await near.run("full")
        assert (report.outcome, report.reasons) == ("succeeded", [])
        assert {text.split("\n")[0] for _, text, _ in told(near).values()} >= {*texts.values()} - {""}


def text_to_columns(row: Cells, path: int) -> Cells:
    """What a spreadsheet makes of a path: its folders go over the cells behind it."""
    told = row[path].split("\\")
    return [*row[:path], *told, *row[path + len(told) :]]


SHIFTS: dict[str, tuple[str, Callable[[Cells], Cells]]] = {
    "list: a cell less in front": ("list", lambda row: fit(row[1:], 4)),
    "list: a cell more in front": ("list", lambda row: ["", *row[:3]]),
    "list: folders in columns": ("list", lambda row: text_to_columns(row, 1)),
    "app: a cell less in front": ("app", lambda row: fit(row[1:], 15)),
    "app: a cell less before the name": ("app", lambda row: fit([*row[:3], *row[4:]], 15)),
    "app: a cell more in front": ("app", lambda row: ["", *row[:14]]),
    "app: folders in columns": ("app", lambda row: text_to_columns(row, 3)),
}


@pytest.mark.parametrize(("form", "shift"), SHIFTS.values(), ids=SHIFTS)
async def test_half_of_the_rows_in_other_columns_take_over_show_and_remove_nothing(
    tmp_path: Path, form: str, shift: Callable[[Cells], Cells]
) -> None:
    async with library(tmp_path) as near:
        await begun(near, FORMS[form][0](LINKS))
        columns, rows, (_, path, _) = cells(form)
        closed = [shift(row) if "\\" in row[path] else row for row in rows]
        await nothing_changes(near, form, table(columns, closed))


@pytest.mark.parametrize("folder", ["Common", "Finance\\Monthly", "Secret\\Pay"])
async def test_paths_that_were_sorted_alone_show_nothing_where_a_folder_was_renamed_meanwhile(
    tmp_path: Path, folder: str
) -> None:
    async with library(tmp_path) as near:
        await begun(near, report_list(LINKS))
        columns, rows, (_, path, _) = cells("list")
        for row in rows:
            row[path] = row[path].replace(folder, f"{folder} 2026")
        sort(rows, path)
        near.drop(table(columns, rows))
        await near.run("full")
        closed = {"Cash", "Lima", "Alpha"}
        assert {audience for title, _, audience in told(near).values() if title in closed} == {(APPROVER,)}


async def test_what_is_new_in_a_file_with_two_headings_exchanged_is_shown_to_nobody(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        await begun(near, report_list(LINKS))
        before = told(near)
        (identity, path, name, description), rows, _ = cells("list")
        rows.append(["pt1:99", "Secret\\Pay", "New", "About salaries"])
        for headings in (
            (identity, name, path, description),
            (identity, description, name, path),
            (name, path, identity, description),
        ):
            near.drop(table(headings, rows))
            await near.run("full")
            assert told(near) == before, headings


@pytest.mark.parametrize("lost", ["heading", "cells"])
async def test_what_is_not_live_stays_unfound_where_an_export_lost_its_statuses(
    tmp_path: Path, lost: str
) -> None:
    async with library(tmp_path) as near:
        columns, rows, _ = cells("app")
        stated = [[*row, "In Development" if row[4] == "Zulu" else "Live"] for row in rows]
        near.by_roles(ROLES, PEOPLE)
        near.drop(table((*columns, "Status"), stated))
        assert (await near.run("full")).outcome == "succeeded"
        before = told(near)
        for mode in ("delta", "full"):
            near.drop(
                table((*columns, "State"), stated)
                if lost == "heading"
                else table((*columns, "Status"), [[*row, ""] for row in rows])
            )
            report = await near.run(mode)
            assert any("no row of it has a status" in one for one in report.sources["interject"].errors)
            assert told(near) == before
        near.drop(table((*columns, "Status"), [[*row, "Live"] for row in rows]))
        assert (await near.run("full")).outcome == "succeeded"
        assert "Zulu" in near.titles()


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ({"a": b"2", "b": b"1", "c": b"3"}, "a b"),
        ({"a": b"2", "b": b"3", "c": b""}, "a b c"),
        ({"a": b"2", "b": b"4", "c": b"3"}, ""),
        ({"a": b"2", "b": b"2", "c": b"2"}, ""),
        ({"a": b"2", "c": b"2"}, ""),
        ({"a": b"", "b": b"", "c": b""}, ""),
        ({"new": b"1", "a": b"2", "b": b"3", "c": b"5"}, "a b c new"),
    ],
)
def test_texts_moved_where_several_left_their_rows(now: dict[str, bytes], found: str) -> None:
    assert moved({"a": b"1", "b": b"2", "c": b"3"}, now) == {*found.split()}
    assert moved({}, now) == set()


def odd_of(now: dict[int, tuple[str, str]], before: dict[int, tuple[str, str]]) -> set[int]:
    """Numbers of reports, each with name and folder, whose rows are odd beside those of before."""
    entries = [
        Entry(reference=f"pt1:{number}", name=name, place=(place,)) for number, (name, place) in now.items()
    ]
    known = Known(
        places={f"link/pt1:{number}": place for number, (_, place) in before.items()},
        names={f"link/pt1:{number}": name for number, (name, _) in before.items()},
    )
    found = without_taken_over(entries, known)
    return {number for number, one in zip(now, found, strict=True) if one.problem}


def test_what_is_new_beside_names_that_changed_their_reports_waits() -> None:
    before = {number: (f"report {number}", "open") for number in range(1, 7)}
    names = {1: "report 2", 2: "report 1", 3: "another", 7: "report 8"}
    now = {**before, **{number: (name, "open") for number, name in names.items()}}
    assert odd_of(now, before) == {1, 2, 3, 7}
    assert odd_of({**before, 3: ("another", "open"), 7: ("report 8", "open")}, before) == set()


def test_a_few_of_many_paths_that_were_sorted_with_a_new_row_among_them_are_odd() -> None:
    places = ["a", *"bbbbbbbbbbbb", "a", "b", "a", "b", "a", "b"]
    before = {number: (f"report {number}", place) for number, place in enumerate(places)}
    told = sorted([*places, "a"])
    now = {number: (f"report {number}", place) for number, place in enumerate(told)}
    moved = {number for number, (_, place) in before.items() if now[number][1] != place}
    assert 0 < len(moved) < len(places) / 2
    assert odd_of(now, before) >= moved


def test_reports_that_move_both_ways_between_two_folders_are_followed() -> None:
    before = {number: (f"report {number}", "a" if number < 6 else "b") for number in range(12)}
    moved = {1: "b", 2: "b", 7: "a"}
    assert (
        odd_of({**before, **{number: (f"report {number}", to) for number, to in moved.items()}}, before)
        == set()
    )
