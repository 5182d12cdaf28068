"""When a report or a folder of Interject is gone, and when it only moved."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.rules.ground import copy_ledger, restore_ledger
from tests.sources.interject_library import (
    Link,
    app_export,
    library,
    report_list,
    some,
    table,
)
from tests.sources.interject_roles import APPROVER, OPEN, PEOPLE, seen_by

pytestmark = pytest.mark.usefixtures("at_once")


async def test_what_two_successive_exports_lack_is_gone(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(report_list(some(3)))
        await near.run("full")
        near.drop(report_list(some(2)))
        for _ in range(3):  # the same file, however often it is read, is one export
            report = await near.run()
            assert (report.documents.pending, report.documents.deleted) == (1, 0)
        near.drop(report_list(some(2)))  # equal bytes, made later
        report = await near.run()
        assert report.documents.deleted == 1
        assert near.titles() == {"Finance", "Monthly", "Report 1", "Report 2"}
        assert (await near.run("full")).outcome == "succeeded"


async def test_a_report_that_comes_back_is_not_gone(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        for count in (3, 2, 3, 2):
            near.drop(report_list(some(count)))
            await near.run()
        assert "Report 3" in near.titles()


async def test_a_half_export_between_two_whole_ones_says_nothing(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(report_list(some(3)))
        await near.run("full")
        near.drop(report_list(some(2)))
        await near.run()
        near.drop(report_list(some(2))[:-3])
        assert (await near.run()).documents.deleted == 0
        assert "Report 3" in near.titles()


@pytest.mark.parametrize(
    "odd",
    [
        b"Total,pt1:3,Finance\\Monthly,Report 3,Totals\r\n",
        b"pt1:1,pt1:3,Finance\\Monthly,Report 3,Totals\r\n",
        b"pt1:2,Finance\\Monthly,Report 2,Totals pt1:3,Finance\\Monthly,Report 3,Totals\r\n",
        b"pt1:9,Finance\\Monthly,,Totals\r\n",
    ],
    ids=["another id", "the id of a sound row", "two rows in one", "no name"],
)
@pytest.mark.parametrize("lacked", [False, True], ids=["listed", "lacked"])
async def test_an_odd_row_may_be_any_report_so_that_none_is_gone_by_its_export(
    tmp_path: Path, odd: bytes, lacked: bool
) -> None:
    async with library(tmp_path) as near:
        near.drop(report_list(some(3)))
        await near.run("full")
        if lacked:
            near.drop(report_list(some(2)))
            await near.run()
        sound = some(1) if odd.startswith(b"pt1:2") else some(2)
        for mode in ("delta", "full", "delta"):
            near.drop(report_list(sound) + odd)
            report = await near.run(mode)
            assert (report.documents.pending, report.documents.deleted) == (1, 0), report.reasons
            assert near.titles() == {"Finance", "Monthly", "Report 1", "Report 2", "Report 3"}
        for deleted in (0, 1)[lacked:]:
            near.drop(report_list(some(2)))
            report = await near.run()
            assert (report.outcome, report.documents.deleted) == ("succeeded", deleted), report.reasons


async def test_an_odd_row_in_one_export_lets_nothing_of_another_one_go(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        sales = [Link(name=f"Sales {n}", path="Sales") for n in range(3)]
        near.drop(report_list(some(2)), "list.csv")
        near.drop(app_export(sales), "sales.csv")
        await near.run("full")
        near.drop(report_list(some(2)) + b"Total,0,Sales,Sales 2,Totals\r\n", "list.csv")
        for _ in range(2):
            near.drop(app_export(sales[:2]), "sales.csv")
            assert (await near.run()).documents.deleted == 0
        near.drop(report_list(some(2)), "list.csv")
        assert (await near.run()).documents.deleted == 0
        near.drop(app_export(sales[:2]), "sales.csv")
        assert (await near.run()).documents.deleted == 1
        assert "Sales 2" not in near.titles()


async def test_many_at_once_are_held(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(report_list(some(40)))
        await near.run("full")
        for _ in range(2):
            near.drop(report_list(some(10)))
            report = await near.run()
        assert report.outcome == "braked"
        assert len(near.found()) == 42
        approved = await near.run(approve=report.run_id)
        assert approved.documents.deleted == 30, approved.reasons
        assert len(near.found()) == 12


async def test_a_report_that_is_moved_stays_the_same_document(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(report_list([Link(name="P&L", id="pt1:479"), Link(name="Cash", id="pt1:480")]))
        await near.run("full")
        before = near.id_of("link/pt1:479")
        near.drop(
            report_list([Link(name="Profit", id="pt1:479", path="Sales"), Link(name="Cash", id="pt1:480")])
        )
        report = await near.run()
        assert report.outcome == "succeeded"
        assert near.intranet.documents[before].document["Title"] == "Profit"
        assert "Sales" in near.titles()
        assert not near.intranet.deletions


async def test_a_report_without_an_id_is_known_by_its_path_and_name_in_any_letters(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(report_list([Link(name="P&L"), Link(name="Cash")]))
        await near.run("full")
        ids = near.found()
        near.drop(report_list([Link(name="p&l", path="FINANCE\\monthly "), Link(name="Cash")]))
        await near.run()
        assert near.found() == ids


async def test_a_folder_that_loses_its_last_report_goes_with_it(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(report_list([*some(2), Link(name="Old", id="pt1:9", path="Attic")]))
        await near.run("full")
        for _ in range(2):
            near.drop(report_list(some(2)))
            report = await near.run()
        assert report.documents.deleted == 2
        assert near.titles() == {"Finance", "Monthly", "Report 1", "Report 2"}


async def test_a_lost_ledger_removes_nothing(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(report_list(some(5)))
        await near.run("full")
        for file in (tmp_path / "var").glob("ledger.db*"):
            os.unlink(file)
        near.drop(report_list(some(4)))
        report = await near.run("full")
        assert not near.intranet.deletions, report.reasons
        assert len(near.found()) == 7


@pytest.mark.parametrize("seen", [True, False], ids=["the export was read before", "a new export"])
async def test_one_export_after_a_ledger_was_put_back_is_no_second_one(tmp_path: Path, seen: bool) -> None:
    async with library(tmp_path) as near:
        for count in (3, 2):
            near.drop(report_list(some(count)))
            await near.run("full")
        copy_ledger(near, tmp_path / "copy.db")
        near.drop(report_list(some(3)))
        await near.run("full")
        near.drop(report_list(some(2)))
        if seen:
            await near.run("full")
        restore_ledger(near, tmp_path / "copy.db")
        for _ in range(2):
            report = await near.run()
            assert (report.documents.pending, report.documents.deleted) == (1, 0), report.reasons
        near.drop(report_list(some(2)))
        report = await near.run()
        assert (report.outcome, report.documents.deleted) == ("succeeded", 1), report.reasons


async def test_a_half_export_after_a_ledger_was_put_back_makes_nothing_gone(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        for count in (3, 2):
            near.drop(report_list(some(count)))
            await near.run("full")
        copy_ledger(near, tmp_path / "copy.db")
        near.drop(report_list(some(3)))
        await near.run("full")
        restore_ledger(near, tmp_path / "copy.db")
        near.drop(report_list(some(2))[:-3])
        for count, deleted in ((None, 0), (2, 0), (2, 1)):
            if count:
                near.drop(report_list(some(count)))
            report = await near.run()
            assert report.documents.deleted == deleted, report.reasons


@pytest.mark.parametrize(
    "roles",
    [b"folder\r\n", table(("folder", "role"), [("Secret", "Approver"), ("Elsewhere", "Some", "note")])],
)
async def test_a_renamed_folder_leaves_nobody_without_its_reports_while_its_readers_are_unknown(
    tmp_path: Path, roles: bytes
) -> None:
    """Without ids each report of it is another one, which waits for its readers."""
    async with library(tmp_path) as near:
        near.by_roles([("Secret", "Approver")], PEOPLE)
        near.drop(report_list([Link(name="Payroll", path="Secret"), OPEN]))
        assert (await near.run("full")).outcome == "succeeded"
        for mode in ("delta", "full", "delta", "full"):
            near.write(near.folder / "roles.csv", roles)
            near.drop(report_list([Link(name="Payroll", path="Closed"), OPEN]))
            report = await near.run(mode)
            assert report.documents.deleted == 0
            assert seen_by(near, "Payroll") == {APPROVER}
        assert any("stays until that is mended" in one for one in report.reasons), report.reasons
        near.by_roles([("Secret", "Approver"), ("Closed", "Approver")], PEOPLE)
        await near.run("full")
        assert near.titles() == {"Payroll", "Closed", "Common", "Open"}
        assert seen_by(near, "Payroll") == {APPROVER}
