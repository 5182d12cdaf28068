"""
Exports that somebody opened in a spreadsheet, edited and saved: one column sorted alone, cells cut, moved up or down, rows emptied.

Whatever looks sound and is of several reports costs itself: none takes over another one, goes, or is shown to whom its folder is closed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from connector.commands.inspection import inspect
from tests.combinations import pairs
from tests.sources.interject_library import (
    APP_COLUMNS,
    LIST_COLUMNS,
    Library,
    Link,
    app_export,
    library,
    report_list,
    table,
)
from tests.sources.interject_roles import APPROVER, PEOPLE, STANDARD, seen_by
from tests.sources.test_interject_shifted import known

pytestmark = pytest.mark.usefixtures("at_once")
Rows = list[list[str]]
ROLES = [("Finance", "Standard"), ("Secret", "Approver")]
LINKS = [
    Link(name=name, id=f"pt1:{number}", path=path, description=f"About {name.lower()}")
    for name, number, path in (
        ("Mike", 40, "Finance\\Monthly"),
        ("Cash", 12, "Secret\\Pay"),
        ("Zulu", 31, "Common"),
        ("Echo", 77, "Finance"),
        ("Lima", 5, "Secret\\Pay"),
        ("Alpha", 63, "Secret"),
        ("Oscar", 24, "Finance\\Monthly"),
        ("Hotel", 58, "Common"),
    )
]
ID, PATH, NAME = range(3)
FORMS = {
    "list": (report_list, LIST_COLUMNS, (0, 1, 2)),
    "app": (app_export, APP_COLUMNS, (12, 3, 4)),
}


def sort(rows: Rows, at: int) -> None:
    """One column alone."""
    for row, told in zip(rows, sorted(row[at] for row in rows), strict=True):
        row[at] = told


def sort_part(rows: Rows, at: int) -> None:
    """Some cells of one column."""
    part = rows[1:7]
    sort(part, at)


def swap(rows: Rows, at: int) -> None:
    """Two cells."""
    rows[1][at], rows[3][at] = rows[3][at], rows[1][at]


def cut(rows: Rows, at: int) -> None:
    """A cell goes over another one."""
    rows[2][at], rows[4][at] = rows[4][at], ""


def down(rows: Rows, at: int) -> None:
    """A cell comes in, and all below move down."""
    rows.append([""] * len(rows[0]))
    told = [row[at] for row in rows[2:]]
    for row, one in zip(rows[2:], ["", *told], strict=False):
        row[at] = one


def up(rows: Rows, at: int) -> None:
    """A cell goes, and all below move up."""
    told = [row[at] for row in rows[2:]]
    for row, one in zip(rows[2:], [*told[1:], ""], strict=True):
        row[at] = one


def edited(form: str, edit: Callable[[Rows, int], None], at: int) -> bytes:
    """An export after somebody edited one of its columns: ids, paths or names."""
    columns, rows, places = cells(form)
    edit(rows, places[at])
    return table(columns, rows)


def cells(form: str) -> tuple[tuple[str, ...], Rows, tuple[int, ...]]:
    """The header, the rows, and where ids, paths and names stand."""
    export, columns, places = FORMS[form]
    lines = [line.split(",") for line in export(LINKS).decode().splitlines()]
    return columns, lines[1:], places


@pytest.mark.parametrize(
    ("edit", "at", "form"), pairs([sort, sort_part, swap, cut, down, up], [ID, PATH, NAME], FORMS)
)
async def test_a_column_that_was_edited_alone_takes_over_shows_and_removes_nothing(
    tmp_path: Path, form: str, edit: Callable[[Rows, int], None], at: int
) -> None:
    async with library(tmp_path) as near:
        before = await begun(near, FORMS[form][0](LINKS))
        for mode in ("delta", "full", "delta"):
            near.drop(edited(form, edit, at))
            report = await near.run(mode)
            assert report.outcome in {"quarantined", "withheld"}, report.reasons
            assert known(near) == before
        near.drop(FORMS[form][0](LINKS))
        report = await near.run("full")
        assert (report.outcome, report.reasons) == ("succeeded", [])
        assert known(near) == before


async def test_a_column_of_paths_that_was_sorted_with_a_new_row_among_them_shows_nothing(
    tmp_path: Path,
) -> None:
    async with library(tmp_path) as near:
        before = await begun(near, report_list(LINKS))
        columns, rows, (_, path, _) = cells("list")
        rows = [*rows[:3], ["pt1:99", "Secret\\Pay", "New", ""], *rows[3:]]
        sort(rows, path)
        for mode in ("delta", "full", "delta"):
            near.drop(table(columns, rows))
            await near.run(mode)
            assert known(near) == before


async def begun(near: Library, export: bytes) -> dict[str, object]:
    """The library is in the intranet, and what of it."""
    near.by_roles(ROLES, PEOPLE)
    near.drop(export)
    assert (await near.run("full")).outcome == "succeeded"
    return dict(known(near))


@pytest.mark.parametrize("ids", [True, False], ids=["with ids", "without"])
@pytest.mark.parametrize("form", FORMS)
async def test_a_row_without_a_path_is_not_shown_to_all_roles(tmp_path: Path, form: str, ids: bool) -> None:
    async with library(tmp_path) as near:
        links = [one if ids else Link(name=one.name, path=one.path) for one in LINKS]
        before = await begun(near, FORMS[form][0](links))
        odd = [Link(name=one.name, id=one.id, path="" if one.name == "Cash" else one.path) for one in links]
        new = Link(name="New", id="pt1:99" if ids else "0", path="")
        for mode in ("delta", "full", "delta"):
            near.drop(FORMS[form][0]([*odd, new]))
            report = await near.run(mode)
            assert report.outcome in {"quarantined", "withheld"}
            assert known(near) == {**before} or known(near).keys() == before.keys()
            assert seen_by(near, "Cash") == {APPROVER}
        near.drop(FORMS[form][0]([*links, Link(name="New", id=new.id, path="Report Library")]))
        assert (await near.run()).outcome == "succeeded"
        assert {APPROVER, STANDARD} <= seen_by(near, "New")


@pytest.mark.parametrize("at", [0, 3, 7])
async def test_a_row_that_was_emptied_removes_nothing(tmp_path: Path, at: int) -> None:
    async with library(tmp_path) as near:
        before = await begun(near, report_list(LINKS))
        columns, rows, _ = cells("list")
        rows[at] = [""] * len(columns)
        for mode in ("delta", "full", "delta"):
            near.drop(table(columns, rows))
            report = await near.run(mode)
            assert known(near) == before
        assert report.documents.deleted == 0
        near.drop(report_list([one for number, one in enumerate(LINKS) if number != at]))
        await near.run()
        near.drop(report_list([one for number, one in enumerate(LINKS) if number != at]))
        assert (await near.run()).documents.deleted >= 1


async def test_empty_rows_at_the_end_of_an_export_that_lacks_nothing_are_no_matter(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        before = await begun(near, report_list(LINKS))
        near.drop(report_list(LINKS) + b",,,\r\n\r\n,,,\r\n")
        report = await near.run("full")
        assert (report.outcome, report.reasons) == ("succeeded", [])
        assert known(near) == before


@pytest.mark.parametrize("path", ["Secrt\\Pay", "SecretPay", "Pay", "Cash", "Secrets\\Pay\\Old"])
async def test_a_report_whose_path_was_mistyped_is_as_closed_as_before(tmp_path: Path, path: str) -> None:
    async with library(tmp_path) as near:
        await begun(near, report_list(LINKS))
        for mode in ("delta", "full"):
            near.drop(report_list([one if one.name != "Cash" else named(one, path) for one in LINKS]))
            await near.run(mode)
            for one in near.intranet.documents.values():
                if one.document["Title"] == "Cash":  # a folder may be called so, too
                    assert one.document["ExternalIdentities"] == [APPROVER]
                if one.document["Title"] not in {"Common", "Zulu", "Hotel"}:
                    assert set(one.document["ExternalIdentities"]) in ({APPROVER}, {STANDARD})


def named(link: Link, path: str) -> Link:
    return Link(name=link.name, id=link.id, path=path, description=link.description)


async def test_a_row_whose_name_stands_in_the_column_of_its_folder_is_odd(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        before = await begun(near, report_list(LINKS))
        columns, rows, _ = cells("list")
        rows[2] = [rows[2][0], *rows[2][2:], ""]
        for mode in ("delta", "full", "delta"):
            near.drop(table(columns, rows))
            assert (await near.run(mode)).outcome in {"quarantined", "withheld"}
            assert known(near) == before


async def test_two_reports_that_got_each_others_names_are_followed_by_way_of_a_third_name(
    tmp_path: Path,
) -> None:
    async with library(tmp_path) as near:
        before = await begun(near, report_list(LINKS))
        for names, seen in (
            ({"Mike": "Hotel", "Hotel": "Mike"}, False),
            ({"Mike": "Third", "Hotel": "Mike"}, True),
            ({"Mike": "Hotel", "Hotel": "Mike"}, True),
        ):
            near.drop(
                report_list(
                    [Link(name=names.get(one.name, one.name), id=one.id, path=one.path) for one in LINKS]
                )
            )
            assert ((await near.run("full")).outcome == "succeeded") == seen
        assert seen_by(near, "Hotel") == {STANDARD}
        assert known(near).keys() == before.keys()


@pytest.mark.parametrize("path", ["Somewhere", "Common", "Common\\Deep"])
async def test_a_report_under_another_id_and_elsewhere_is_not_shown_to_all_roles(
    tmp_path: Path, path: str
) -> None:
    async with library(tmp_path) as near:
        before = await begun(near, report_list(LINKS))
        moved = Link(name="Cash", id="pt1:999", path=path)
        for mode in ("delta", "full", "delta"):
            near.drop(report_list([one for one in LINKS if one.name != "Cash"] + [moved]))
            report = await near.run(mode)
            assert report.outcome in {"quarantined", "withheld"}
            assert known(near) == before
        near.drop(report_list([one for one in LINKS if one.name != "Cash"]))
        await near.run()
        near.drop(report_list([one for one in LINKS if one.name != "Cash"]))
        assert (await near.run()).documents.deleted == 1
        near.drop(report_list([one for one in LINKS if one.name != "Cash"] + [moved]))
        assert (await near.run()).outcome == "succeeded"
        assert "Cash" in near.titles()


async def test_what_is_renamed_and_what_moves_in_interject_is_followed(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        await begun(near, report_list(LINKS))
        names = {"Mike": "Mike 2025", "Echo": "Mike", "Cash": "Cash in hand"}
        paths = {"Zulu": "Finance", "Alpha": "Secret\\Pay", "Oscar": "Secret", "Hotel": "Common\\Hotel"}
        links = [
            Link(name=names.get(one.name, one.name), id=one.id, path=paths.get(one.name, one.path))
            for one in LINKS
        ]
        near.drop(report_list([*links, Link(name="New", id="pt1:99", path="Common")]))
        report = await near.run("full")
        assert (report.outcome, report.reasons) == ("succeeded", [])
        assert {"Mike 2025", "Mike", "Cash in hand", "New"} <= near.titles()
        assert seen_by(near, "Zulu") == {STANDARD}


@pytest.mark.parametrize("newest", ["Secret\\Pay", "Common"])
async def test_exports_of_two_days_in_one_file_open_nothing(tmp_path: Path, newest: str) -> None:
    async with library(tmp_path) as near:
        await begun(near, report_list(LINKS))
        later = [one if one.name != "Hotel" else named(one, newest) for one in LINKS]
        near.drop(report_list(LINKS) + report_list(later))
        assert (await near.run("full")).outcome == "succeeded"
        assert (seen_by(near, "Hotel") == {APPROVER}) == (newest != "Common")


async def test_a_header_that_names_a_column_twice_tells_nothing(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        before = await begun(near, report_list(LINKS))
        columns, rows, _ = cells("list")
        twice = [[*row[:2], other[1], *row[2:]] for row, other in zip(rows, reversed(rows), strict=True)]
        near.drop(table((*columns[:2], *columns[1:]), twice))
        report = await near.run("full")
        assert any("names a column twice" in one for one in report.sources["interject"].errors)
        assert known(near) == before


async def test_a_roles_file_whose_roles_were_all_deleted_opens_nothing(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        before = await begun(near, report_list(LINKS))
        for _ in range(2):
            near.by_roles([(folder, "") for folder, _ in ROLES], PEOPLE)
            report = await near.run("full")
            assert any("column `role` is empty" in one for one in report.reasons), report.reasons
            assert known(near) == before
            # what a run does not use, a check does not call well
            told = (await inspect(near.app(), now=near.clock.now))["sources"]["interject"]
            assert (told["ok"], told["message"].count("column `role` is empty")) == (False, 1), told[
                "message"
            ]
        near.by_roles([("Secret", ""), ("Finance", "Standard")], PEOPLE)
        await near.run("full")
        assert STANDARD in seen_by(near, "Cash")


async def test_a_people_file_without_its_column_of_roles_is_told_by_a_check_as_by_a_run(
    tmp_path: Path,
) -> None:
    async with library(tmp_path) as near:
        await begun(near, report_list(LINKS))
        near.clock.pass_seconds(60)
        near.write(near.folder / "people.csv", table(("email", "rolle"), PEOPLE))
        report = await near.run("delta")
        told = (await inspect(near.app(), now=near.clock.now))["sources"]["interject"]
        assert any("column `role` is empty, or not called so" in one for one in report.reasons)
        assert (told["ok"], told["message"].count("column `role` is empty")) == (False, 1), told["message"]
        (near.folder / "people.csv").unlink()
        told = (await inspect(near.app(), now=near.clock.now))["sources"]["interject"]
        assert (told["ok"], told["message"].count("it is not there")) == (False, 1), told["message"]


@pytest.mark.parametrize("beside", ["~$reports.csv", ".~lock.reports.csv", "._reports.csv"])
@pytest.mark.parametrize("exports", ["imports", "imports/*.csv"])
async def test_a_file_that_a_program_lays_beside_the_one_it_has_open_is_no_export(
    tmp_path: Path, beside: str, exports: str
) -> None:
    async with library(tmp_path) as near:
        near.values["sources.interject.exports"] = [exports]
        before = await begun(near, report_list(LINKS))
        near.drop(b"\x05kari \x00\x00 \x00" * 10, beside)
        report = await near.run("full")
        assert (report.outcome, report.reasons) == ("succeeded", [])
        assert known(near) == before


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
async def test_an_export_with_a_hole_as_a_copy_under_way_leaves_it_removes_nothing(
    tmp_path: Path, form: str, encoding: str
) -> None:
    async with library(tmp_path) as near:
        before = await begun(near, FORMS[form][0](LINKS, encoding=encoding))
        whole = FORMS[form][0](LINKS, encoding=encoding)
        one, other = (whole.index(told.encode(encoding)[-8:]) for told in ("Cash", "Lima"))
        holes = [(one + 2, other + 2), (one + 2, len(whole)), (whole.index(b"1"), other)]
        for mode, (first, last) in zip(("delta", "full", "delta"), holes, strict=True):
            near.drop(whole[:first] + bytes(last - first) + whole[last:])
            report = await near.run(mode)
            assert report.outcome == "withheld", report.reasons
            assert known(near) == before


async def test_a_roles_file_with_a_hole_does_not_count(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        before = await begun(near, report_list(LINKS))
        whole = table(("folder", "role"), [*ROLES, ("Common", "Standard"), ("Finance", "Approver")])
        hole = whole.index(b"Secret") + 3, whole.index(b"Common") + 3
        for _ in range(2):
            near.clock.pass_seconds(60)
            near.write(
                near.folder / "roles.csv", whole[: hole[0]] + bytes(hole[1] - hole[0]) + whole[hole[1] :]
            )
            report = await near.run("full")
            assert any("not copied whole" in one for one in report.reasons), report.reasons
            assert known(near) == before


@pytest.mark.parametrize("exports", ["imports", "imports/*.csv"])
async def test_one_file_that_cannot_be_looked_at_keeps_none_of_the_others_from_being_read(
    tmp_path: Path, exports: str
) -> None:
    async with library(tmp_path) as near:
        near.values["sources.interject.exports"] = [exports]
        before = await begun(near, report_list(LINKS))
        (near.imports / "loop.csv").symlink_to("loop.csv")
        for mode in ("delta", "full", "delta"):
            near.drop(report_list([*LINKS[1:], Link(name="New", id="pt1:99", path="Common")]))
            report = await near.run(mode)
            assert report.outcome == "withheld"
            assert any("loop.csv cannot be read" in one for one in report.sources["interject"].errors)
            assert "New" in near.titles()
            assert not before.keys() - near.found()
        (near.imports / "loop.csv").unlink()
        assert (await near.run("full")).documents.pending == 1
