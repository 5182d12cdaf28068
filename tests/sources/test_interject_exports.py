"""Exports of Interject that are cut, empty, strange, old or several: none removes anything that is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.rules.ground import lose_ledger
from tests.sources.interject_library import (
    Link,
    app_export,
    library,
    report_list,
    some,
    table,
)

pytestmark = pytest.mark.usefixtures("at_once")


async def test_no_half_export_removes_anything_wherever_it_was_cut(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        whole = report_list(some(6), encoding="utf-8-sig")
        near.drop(whole)
        await near.run("full")
        everything = near.found()
        for cut in range(0, len(whole), 7):
            near.drop(whole[:cut])
            report = await near.run("full" if cut % 2 else "delta")
            assert near.found() == everything, cut
            assert not near.intranet.deletions, cut
            assert report.documents.deleted == 0, cut
            if not whole[:cut].endswith(b"\r\n"):
                assert not report.sources["interject"].complete, cut
                assert report.sources["interject"].errors, cut
        near.drop(whole)
        assert (await near.run("full")).outcome == "succeeded"


async def test_what_can_be_read_of_a_half_export_is_found(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(report_list(some(3)))
        await near.run("full")
        near.drop(report_list([Link(name="New", id="pt1:99"), *some(3)])[:-20])
        report = await near.run()
        assert "New" in near.titles()
        assert report.outcome in {"withheld", "failed"}
        assert any("reports.csv" in one for one in report.sources["interject"].errors)


PAGE_IN_ONE_LINE = b"<!doctype html><html>" + b"<div class=a>sign in</div>" * 20_000


@pytest.mark.parametrize(
    "data", [b"", report_list([]), b"<html>sign in</html>", PAGE_IN_ONE_LINE, b"\x00" * 50], ids=range(5)
)
async def test_an_empty_or_strange_export_removes_nothing(tmp_path: Path, data: bytes) -> None:
    async with library(tmp_path) as near:
        near.drop(report_list(some(3)))
        await near.run("full")
        for _ in range(3):
            near.drop(data)
            report = await near.run("full")
            assert len(near.found()) == 5
            assert not report.sources["interject"].complete


async def test_a_report_in_thousands_of_folders_costs_itself_only(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        deep = Link(name="Deep", id="pt1:9", path="\\".join(["a"] * 10_000))
        near.drop(report_list([*some(2), deep]))
        report = await near.run("full")
        assert report.documents.quarantined == 1
        assert near.titles() == {"Finance", "Monthly", "Report 1", "Report 2"}


async def test_an_empty_folder_removes_nothing(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(report_list(some(3)))
        await near.run("full")
        for file in near.imports.iterdir():
            file.unlink()
        for _ in range(3):
            report = await near.run("full")
            assert len(near.found()) == 5
            assert any("no file is there" in one for one in report.sources["interject"].errors)


async def test_a_file_whose_name_is_not_utf8_is_told_and_removes_nothing(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(report_list(some(3)))
        await near.run("full")
        odd = os.fsdecode(b"l\xf8nn.csv")
        near.drop(report_list(some(2)), odd)
        for _ in range(2):
            near.clock.pass_seconds(7_200)
            report = await near.run("full")
            assert len(near.found()) == 5
            assert any("rename it" in one for one in report.sources["interject"].errors)
        (near.imports / odd).rename(near.imports / "lønn.csv")
        assert not (await near.run("full")).sources["interject"].errors


async def test_an_older_export_removes_nothing(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(report_list(some(3)))
        await near.run("full")
        for _ in range(2):
            near.drop(report_list(some(2)), aged_s=86_400)
            report = await near.run("full")
            assert len(near.found()) == 5
            assert any("older than the export" in one for one in report.sources["interject"].errors)


async def test_an_export_of_long_ago_is_not_all_there_is(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(report_list(some(3)))
        assert (await near.run("full")).outcome == "succeeded"
        near.clock.pass_seconds(36 * 86_400)
        report = await near.run("full")
        assert any("max_age_days (35)" in one for one in report.sources["interject"].errors)
        assert len(near.found()) == 5


@pytest.mark.parametrize("newest", ["finance.csv", "Report Information.csv"])
async def test_an_app_whose_file_has_the_name_that_anothers_had_is_another_app(
    tmp_path: Path, newest: str
) -> None:
    async with library(tmp_path) as near:
        sales = [Link(name=f"Sales {n}", path="Sales") for n in range(4)]
        leave = [Link(name=f"Leave {n}", path="Leave") for n in range(4)]
        near.drop(app_export(sales), "Report Information.csv")
        await near.run("full")
        drops = {"Report Information.csv": leave, "finance.csv": sales}
        for number in range(3):
            for name in sorted(drops, key=newest.__eq__):
                near.drop(app_export(drops[name]), name)
            report = await near.run("full" if number else "delta")
            assert (report.outcome, report.documents.deleted) == ("succeeded", 0), report.reasons
            assert {"Sales 1", "Leave 1"} <= near.titles()


async def test_of_several_drops_the_newest_counts(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.values["sources.interject.exports"] = ["imports"]
        for number, count in enumerate((3, 2, 2)):
            near.drop(report_list(some(count)), f"{number} reports.csv")
            report = await near.run()
        assert report.documents.deleted == 1
        assert "Report 3" not in near.titles()


async def test_files_that_the_settings_name_all_count(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.values["sources.interject.exports"] = ["imports/a.csv", "imports/b.csv"]
        near.drop(report_list(some(2)), "a.csv")
        report = await near.run("full")
        assert any("b.csv: it is not there" in one for one in report.sources["interject"].errors)
        near.drop(report_list([Link(name="Other", id="pt1:70")]), "b.csv")
        assert (await near.run("full")).outcome == "succeeded"
        assert {"Report 1", "Report 2", "Other"} <= near.titles()


async def test_a_file_that_is_still_being_written_is_left_for_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connector.sources.interject import exports, files

    async with library(tmp_path) as near:
        near.drop(report_list(some(3)))
        await near.run("full")
        file = near.drop(report_list(some(1)))
        looks = iter(range(9))
        find = files.find

        def growing(entry: str, folder: Path) -> files.Found:
            if next(looks) == 1:  # the second look
                near.write(file, report_list(some(2)))
            return find(entry, folder)

        monkeypatch.setattr(exports, "find", growing)
        report = await near.run()
        assert any("still being written" in one for one in report.sources["interject"].errors)
        assert len(near.found()) == 5


async def test_a_time_in_the_future_counts_as_now(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(report_list(some(3)), aged_s=-86_400 * 400)
        await near.run("full")
        near.drop(report_list(some(2)))
        for _ in range(2):
            report = await near.run()
            assert report.documents.pending == 1, report.reasons
        near.drop(report_list(some(2)))
        assert (await near.run()).documents.deleted == 1


async def test_a_time_in_the_future_that_keeps_newer_exports_from_being_used_is_told(tmp_path: Path) -> None:
    """Nobody heard of it: for 400 days the search told what stood in that file."""
    async with library(tmp_path) as near:
        near.drop(report_list(some(2)))
        ahead = near.drop(report_list(some(3)), "ahead.csv", aged_s=-86_400 * 400)
        assert (await near.run("full")).outcome == "succeeded"
        near.drop(report_list(some(4)), "newer.csv")
        report = await near.run()
        assert (report.outcome, report.documents.deleted) == ("withheld", 0)
        assert any(
            "ahead.csv: it is dated in the future" in one for one in report.sources["interject"].errors
        )
        ahead.unlink()
        assert (await near.run()).outcome == "succeeded"
        assert "Report 4" in near.titles()


@pytest.mark.parametrize("cut", [len(b"Finance,Cash,1.0.0,Live\r\n"), len(b"1.0.0,Live\r\n")])
async def test_an_export_that_was_cut_behind_a_version_that_is_not_live_removes_no_report(
    tmp_path: Path, cut: int
) -> None:
    """Whether or not anything tells that it was cut."""
    async with library(tmp_path) as near:
        columns = ("FullPath", "LinkName", "VersionNumber", "Status")
        rows = [
            ("Finance", "P&L", "1.0.0", "Live"),
            ("Finance", "Cash", "2.0.0", "In Testing"),
            ("Finance", "Cash", "1.0.0", "Live"),
        ]
        near.drop(table(columns, rows))
        await near.run("full")
        near.drop(table(columns, rows)[:-cut])
        for mode in ("delta", "full"):
            await near.run(mode)
            assert "Cash" in near.titles()
        near.drop(table(columns, rows))
        report = await near.run("full")
        assert (report.outcome, report.documents.deleted) == ("succeeded", 0), report.reasons


async def test_an_odd_row_of_a_version_that_is_not_live_keeps_what_the_intranet_has(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        columns = ("FullPath", "LinkName", "LinkID", "Status")
        near.drop(table(columns, [("Finance", "Cash", "pt1:1", "Live"), ("Finance", "P&L", "pt1:2", "Live")]))
        await near.run("full")
        for _ in range(2):
            near.drop(
                table(columns, [("Finance", "P&L", "pt1:2", "Live")])
                + b"Finance,Cash,pt1:1,In Testing,Live\r\n"
            )
            report = await near.run()
            assert (report.outcome, report.documents.quarantined) == ("quarantined", 1), report.reasons
        assert "Cash" in near.titles()


async def test_a_broken_export_of_one_app_beside_a_newer_one_of_another_is_told_after_the_ledger_was_lost(
    tmp_path: Path,
) -> None:
    async with library(tmp_path) as near:
        sales, stock = (
            some(3, path="Sales"),
            [Link(name=f"Stock {n}", id=f"pt1:9{n}", path="Stock") for n in range(3)],
        )
        for page in (app_export(sales), b"<html>Sign in</html>"):
            near.drop(page, "sales.csv")
            near.drop(app_export(stock), "stock.csv")
            report = await near.run("full")
            if page.startswith(b"<html>"):
                assert (report.outcome, report.sources["interject"].complete) == ("withheld", False)
                assert any("sales.csv" in one for one in report.sources["interject"].errors)
            lose_ledger(near)
        assert {"Sales", "Report 1", "Stock 1"} <= near.titles()
