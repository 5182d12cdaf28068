"""Folders and reports that are renamed, or move, are as closed as they were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sources.interject_library import Link, app_export, library, report_list
from tests.sources.interject_roles import APPROVER, OPEN, PEOPLE, STANDARD, paid, seen_by, told

pytestmark = pytest.mark.usefixtures("at_once")


@pytest.mark.parametrize("ids", [True, False], ids=["by id", "by name"])
@pytest.mark.parametrize("now", ["Pay and rewards\\2026", "Common\\Pay\\2026", "2026"])
async def test_a_closed_folder_that_is_renamed_stays_closed(tmp_path: Path, ids: bool, now: str) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Payroll", "Approver")], PEOPLE)
        near.drop(report_list([*paid("Payroll\\2026", ids=ids), OPEN]))
        await near.run("full")
        assert seen_by(near, "Pay 1") == {APPROVER}
        near.drop(report_list([*paid(now, ids=ids), OPEN]))
        for _ in range(2):
            await near.run()
            for one in near.intranet.documents.values():
                if one.document["Title"] not in {"Open", "Common"}:
                    assert one.document["ExternalIdentities"] == [APPROVER], one.document["Title"]
            assert STANDARD in seen_by(near, "Open")
        assert "does not name the folder" in await told(near)


async def test_a_renamed_folder_opens_as_soon_as_somebody_says_so(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Payroll", "Approver")], PEOPLE)
        near.drop(report_list([*paid("Payroll"), OPEN]))
        await near.run("full")
        near.drop(report_list([*paid("Rewards"), OPEN]))
        await near.run()
        near.by_roles([("Payroll", "Approver"), ("Rewards", "")], PEOPLE)
        await near.run()
        assert STANDARD in seen_by(near, "Pay 1")


async def test_a_renamed_folder_opens_with_the_roles_file_that_is_saved_next_without_it(
    tmp_path: Path,
) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Payroll", "Approver")], PEOPLE)
        near.drop(report_list([*paid("Payroll"), OPEN]))
        await near.run("full")
        near.drop(report_list([*paid("Rewards"), OPEN]))
        await near.run()
        near.by_roles([("Payroll", "Approver")], PEOPLE)
        await near.run()
        assert STANDARD in seen_by(near, "Pay 1")


async def test_a_folder_stays_closed_however_often_it_is_renamed_or_moved(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Payroll", "Approver")], PEOPLE)
        for path in ("Payroll", "Wages", "Payroll", "Wages", "Wages\\Deep", "HR\\Wages"):
            near.drop(report_list([*paid(path), OPEN]))
            await near.run()
            assert seen_by(near, "Pay 1") == {APPROVER}, path
            assert STANDARD in seen_by(near, "Open")


async def test_a_renamed_folder_stays_closed_while_the_roles_file_cannot_be_read(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Payroll", "Approver")], PEOPLE)
        near.drop(report_list([*paid("Payroll"), OPEN]))
        await near.run("full")
        (near.folder / "roles.csv").rename(near.folder / "away.csv")
        near.drop(report_list([*paid("Rewards"), OPEN]))
        await near.run()
        (near.folder / "away.csv").rename(near.folder / "roles.csv")
        await near.run()
        assert seen_by(near, "Pay 1") == {APPROVER}


@pytest.mark.parametrize(
    "roles",
    [b"folder,role\r\nPayr", b"folder,role\r\nPayroll,Approver\r\n,Standard\r\n"],
    ids=["cut", "an odd row"],
)
async def test_what_moves_where_nobody_can_tell_who_sees_it_tells_its_readers_nothing_new(
    tmp_path: Path, roles: bytes
) -> None:
    """Its way and its breadcrumb would name a closed folder, and its description may be for those who see that."""
    async with library(tmp_path) as near:
        near.by_roles([("Payroll", "Approver")], PEOPLE)
        plan = Link(name="Plan", id="pt1:7", path="Common")
        near.drop(report_list([*paid("Payroll\\Bonus"), OPEN, plan]))
        await near.run("full")
        before = near.of("Plan")
        near.write(near.folder / "roles.csv", roles)
        near.drop(
            report_list(
                [*paid("Payroll\\Bonus"), OPEN, Link(name="New plan", id="pt1:7", path="Payroll\\Bonus")]
            )
        )
        for mode in ("delta", "full", "delta"):
            await near.run(mode)
            shown = [
                one.document
                for one in near.intranet.documents.values()
                if "Bonus" in str(one.document["Summary"])
            ]
            assert all(STANDARD not in one["ExternalIdentities"] for one in shown)
        near.by_roles([("Payroll", "Approver")], PEOPLE)
        await near.run()
        assert seen_by(near, "New plan") == {APPROVER} < {*before["ExternalIdentities"]}


async def test_where_no_role_sees_a_folder_none_does_under_its_new_name(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("HR", "Standard"), ("HR\\Pay", "Approver")], PEOPLE)
        near.drop(report_list([*paid("HR\\Pay"), Link(name="Plan", path="HR", id="pt1:50"), OPEN]))
        await near.run("full")
        assert seen_by(near, "Pay 1") == set()
        near.drop(report_list([*paid("People\\Pay"), Link(name="Plan", path="People", id="pt1:50"), OPEN]))
        await near.run()
        assert seen_by(near, "Pay 1") == set()
        assert seen_by(near, "Plan") == {STANDARD}


async def test_what_moves_from_a_closed_folder_into_an_open_one_closes_nothing_there(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Payroll", "Approver")], PEOPLE)
        others = [Link(name=f"Plan {n}", path="Common", id=f"pt1:{n}") for n in range(100, 110)]
        near.drop(report_list([*paid("Payroll"), *others]))
        await near.run("full")
        near.drop(report_list([*paid("Common"), *others]))
        await near.run()
        assert STANDARD in seen_by(near, "Plan 100")
        assert STANDARD in seen_by(near, "Pay 1")
        # nor a new folder that holds more of what was open
        near.drop(
            report_list(
                [*paid("All"), *[Link(name=f"Plan {n}", path="All", id=f"pt1:{n}") for n in range(100, 110)]]
            )
        )
        await near.run()
        assert STANDARD in seen_by(near, "Plan 100")


@pytest.mark.parametrize(("before", "after"), [("Common", "Payroll"), ("Zero", "Payroll")])
async def test_an_older_export_of_another_kind_keeps_no_report_open_that_moved_into_a_closed_folder(
    tmp_path: Path, before: str, after: str
) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Payroll", "Approver")], PEOPLE)
        near.drop(report_list([*paid(before), Link(name="X", path="Payroll", id="pt1:77")]), "list.csv")
        near.drop(app_export(paid(before)), "app.csv")
        await near.run("full")
        assert STANDARD in seen_by(near, "Pay 1")
        near.drop(app_export(paid(after)), "app.csv")
        for _ in range(2):
            await near.run()
            assert seen_by(near, "Pay 1") == {APPROVER}
        near.drop(report_list([*paid(before), OPEN]), "list.csv")
        near.drop(app_export(paid(before)), "app.csv")
        await near.run()
        assert STANDARD in seen_by(near, "Pay 1")


@pytest.mark.parametrize("before", ["Common", "Sales"])
@pytest.mark.parametrize("form", [report_list, app_export])
async def test_an_older_export_in_place_of_one_that_was_deleted_opens_no_report_that_moved_into_a_closed_folder(
    tmp_path: Path, before: str, form: Callable[[list[Link]], bytes]
) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Finance", "Approver"), ("Sales", "Standard")], PEOPLE)
        links = [*paid("Finance"), OPEN]
        near.drop(form([*links, Link(name="Plan", id="pt1:7", path=before)]), "old.csv")
        await near.run("full")
        newest = near.drop(form([*links, Link(name="Plan", id="pt1:7", path="Finance")]), "new.csv")
        await near.run()
        assert seen_by(near, "Plan") == {APPROVER}
        newest.unlink()
        for mode in ("delta", "full"):
            report = await near.run(mode)
            assert any("older than the export" in reason for reason in report.reasons), report.reasons
            assert seen_by(near, "Plan") == {APPROVER}
            # nor does it tell whoever sees it now where it stood before, if that is closed to them
            assert (before in near.of("Plan")["Summary"]) == (before == "Common")
        near.drop(form([*links, Link(name="Plan", id="pt1:7", path=before)]), "newest.csv")
        await near.run()
        assert seen_by(near, "Plan") == (seen_by(near, "Open") if before == "Common" else {STANDARD})
