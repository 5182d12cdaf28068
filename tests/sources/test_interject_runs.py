"""What is found of a library of Interject, and what an odd row costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.interject_library import (
    HELP,
    Link,
    app_export,
    library,
    report_list,
    some,
    table,
)
from tests.sources.interject_roles import seen_by

pytestmark = pytest.mark.usefixtures("at_once")

EVERYONE = "interject:group:everyone/all"
APPROVER, STANDARD = "interject:group:role/approver", "interject:group:role/standard"


async def test_folders_and_reports_are_found_with_the_way_to_open_them(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(app_export([Link(name="P&L", id="pt1:479"), Link(name="Cash", path="Finance")]))
        report = await near.run("full")
        assert (report.outcome, report.reasons) == ("succeeded", [])
        assert near.titles() == {"Finance", "Monthly", "P&L", "Cash"}
        found = near.of("P&L")
        assert found["IsPublic"] is False
        assert found["ExternalIdentities"] == [EVERYONE]
        assert found["Url"] == HELP
        assert "Excel > Interject > Report Library > Finance > Monthly > P&L (id pt1:479)" in found["Summary"]
        assert [near.intranet.documents[one].document["Title"] for one in found["MaterializedPath"].split("/")[1:-1]] == [
            "Finance", "Monthly", "P&L"
        ]  # fmt: skip
        assert (await near.run()).documents.unchanged == 4


async def test_a_reports_own_web_address_comes_before_the_help_page(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.values["sources.interject.help_url"] = ""
        links = [Link(name="P&L", file="https://wiki.example.com/pl"), Link(name="Cash", path="Other")]
        near.drop(app_export(links))
        report = await near.run("full")
        # the folder leads where its report does; what has no address at all waits in quarantine
        assert near.titles() == {"Finance", "Monthly", "P&L"}
        assert near.of("Finance")["Url"] == "https://wiki.example.com/pl"
        assert (report.outcome, report.documents.quarantined) == ("quarantined", 2)


async def test_a_list_and_the_exports_of_two_apps_are_one_library(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        sales = [Link(name=f"Sales {n}", path="Sales") for n in range(4)]
        stock = [Link(name=f"Stock {n}", path="Stock") for n in range(4)]
        near.drop(report_list(some(2)), "list.csv")
        near.drop(app_export(sales), "sales.csv")
        near.drop(app_export(stock), "stock.csv")
        assert (await near.run("full")).outcome == "succeeded"
        assert len(near.found()) == 4 + 2 + 8
        for number in range(2):  # one app, exported anew under another name each time
            near.drop(app_export(sales[:-1]), f"sales-{number}.csv")
            report = await near.run()
            assert report.outcome == "succeeded", report.reasons
        assert near.found() == near.found() - {near.id_of("path/sales/sales 3")}
        assert report.documents.deleted == 1
        (near.imports / "stock.csv").unlink()
        report = await near.run()
        assert any("stock.csv" in one for one in report.sources["interject"].errors)
        assert "Stock 1" in near.titles()


async def test_one_odd_row_costs_itself_only(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(report_list(some(2)) + b"pt1:9,Finance,Nine,one,two\r\n")
        report = await near.run("full")
        assert (report.outcome, report.documents.quarantined) == ("quarantined", 1)
        near.drop(report_list(some(2)) + b"pt1:9,Finance,Nine,one\r\n")
        assert (await near.run("full")).outcome == "succeeded"
        near.drop(report_list(some(2)) + b"pt1:9,Finance,Nine,one,two\r\n")
        await near.run("full")
        assert "Nine" in near.titles()


async def test_a_row_that_may_be_any_report_keeps_all_of_them(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        links = [Link(name="P&L"), Link(name="Cash")]
        near.drop(report_list(links))
        await near.run("full")
        for _ in range(2):
            near.drop(report_list(links[:1]) + b"0,Finance\\Monthly,Cash,one,two\r\n")
            report = await near.run("full")
            assert not report.sources["interject"].complete
        assert "Cash" in near.titles()


async def test_what_is_not_live_is_not_found(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        columns = ("FullPath", "LinkName", "Status")
        near.drop(table(columns, [("Finance", "P&L", "Live"), ("Finance", "Cash", "Live")]))
        await near.run("full")
        for deleted in (0, 1):
            near.drop(table(columns, [("Finance", "P&L", "Live"), ("Finance", "Cash", "Superseded")]))
            report = await near.run()
            assert report.documents.deleted == deleted
        assert near.titles() == {"Finance", "P&L"}


async def test_many_reports_in_windows_letters_are_found(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.values["targets.intranet.batch_documents"] = 1_000
        links = [
            Link(name=f"Rapport {n} for lønn", path=f"Område {n % 40}\\Enhet {n % 400}", description="å\nø")
            for n in range(3_000)
        ]
        near.drop(report_list([*links, *links[:50]], separator=";", encoding="cp1252"))
        assert (await near.run("full")).documents.added == 3_440
        assert (await near.run()).documents.unchanged == 3_440


async def test_an_odd_row_opens_nothing_and_makes_no_folder(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        people = [("anna@example.com", "Approver"), ("ola@example.com", "Standard")]
        near.by_roles([("Finance", "Approver")], people)
        near.drop(report_list([Link(name="Payroll", id="pt1:1"), Link(name="Cash", id="pt1:2", path="Open")]))
        await near.run("full")
        shifted = b'pt1:1,note,"Finance\\Monthly",Payroll,Totals\r\npt1:3,note,Finance,New,x\r\n'
        for mode in ("delta", "full", "delta"):
            near.drop(report_list([Link(name="Cash", id="pt1:2", path="Open")]) + shifted)
            report = await near.run(mode)
            assert seen_by(near, "Payroll") == {APPROVER}
            assert "note" not in near.titles()
            assert report.documents.quarantined == 2, report.reasons
        assert "Finance" in near.titles(), "the folder of a report that is still there"


async def test_an_odd_row_of_what_one_export_lacked_opens_nothing(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles(
            [("Finance", "Approver")], [("anna@example.com", "Approver"), ("ola@example.com", "Standard")]
        )
        cash = Link(name="Cash", id="pt1:2", path="Open")
        near.drop(report_list([Link(name="Payroll", id="pt1:1", path="Finance"), cash]))
        await near.run("full")
        near.drop(report_list([cash]))
        await near.run()
        for mode in ("delta", "full", "delta"):
            near.drop(report_list([cash]) + b"pt1:1,note,Finance,Payroll,Totals\r\n")
            await near.run(mode)
            assert seen_by(near, "Payroll") == {APPROVER}


@pytest.mark.parametrize("modes", [("delta", "full"), ("full", "delta")], ids="-".join)
async def test_an_odd_row_of_what_a_half_export_brought_takes_it_from_nobody(
    tmp_path: Path, modes: tuple[str, str]
) -> None:
    """Nothing is remembered of a half export, so nobody can tell in which folder the report stood."""
    async with library(tmp_path) as near:
        near.by_roles(
            [("Finance", "Approver")], [("anna@example.com", "Approver"), ("ola@example.com", "Standard")]
        )
        payroll, cash = (
            Link(name="Payroll", id="pt1:1", path="Finance"),
            Link(name="Cash", id="pt1:2", path="Open"),
        )
        near.drop(report_list([payroll, cash]) + b"pt1:3,Fin")
        await near.run()
        assert seen_by(near, "Payroll") == {APPROVER}
        odd = b"pt1:1,note,Finance,Payroll,Totals\r\npt1:4,note,Finance,New,Totals\r\n"
        for mode in modes:
            near.drop(report_list([cash]) + odd)
            report = await near.run(mode)
            assert seen_by(near, "Payroll") == {APPROVER}
            assert "New" not in near.titles()
            assert report.documents.quarantined == 2, report.reasons
        assert not any("readers" in one for one in report.reasons), "the rows are what is the matter"
        near.drop(report_list([Link(name="Payroll", id="pt1:1", path="Open"), cash]))
        assert (await near.run()).outcome == "succeeded"
        assert seen_by(near, "Payroll") == seen_by(near, "Cash")


async def test_roles_of_the_library_itself_bind_every_folder(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles(
            [("Report Library", "Approver"), ("Finance", "Standard")], [("anna@example.com", "Approver")]
        )
        near.drop(
            report_list(
                [
                    Link(name="Payroll"),
                    Link(name="Cash", path="Open"),
                    Link(name="Top", path="Report Library"),
                ]
            )
        )
        await near.run("full")
        assert seen_by(near, "Cash") == seen_by(near, "Top") == {APPROVER}
        assert seen_by(near, "Payroll") == set()
