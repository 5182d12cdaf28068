"""Whole runs over a folder of exports: what is found, what a half export does (nothing), and when something is gone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from connector.commands.inspection import inspect
from connector.errors import SettingsError
from connector.status.exchanges import tell_exchanges
from tests.sources.interject_library import (
    HELP,
    Library,
    Link,
    app_export,
    at_once,
    library,
    report_list,
    some,
    table,
)
from tests.sources.test_interject_roles import seen_by

__all__ = ["at_once"]
pytestmark = pytest.mark.usefixtures("at_once")
EVERYONE = "interject:group:everyone/all"
APPROVER, STANDARD = "interject:group:role/approver", "interject:group:role/standard"


def crumbs(near: Library, title: str) -> list[str]:
    return [one["Label"] for one in near.of(title)["CrumbLinks"]]


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


# -- settings and words -----------------------------------------------------------------------


async def test_what_leaves_because_the_settings_name_other_exports_is_held(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.values["sources.interject.exports"] = ["imports/a.csv", "imports/b.csv"]
        near.drop(report_list(some(2)), "a.csv")
        near.drop(report_list([Link(name="Other", id="pt1:70")]), "b.csv")
        await near.run("full")
        near.values["sources.interject.exports"] = ["imports/a.csv"]
        for _ in range(3):
            near.drop(report_list(some(2)), "a.csv")
            report = await near.run()
        assert "Other" in near.titles()
        assert report.documents.held == 1, report.reasons
        await near.run(approve=report.run_id)
        assert "Other" not in near.titles()


async def test_check_says_which_file_of_what_date_is_used(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(app_export(some(3)), "app of sales.csv")
        told = await inspect(near.app(), now=near.clock.now)
        source = told["sources"]["interject"]
        assert source["ok"], source["message"]
        assert "app of sales.csv of 2027-01-15 08:01 (app export, 3 reports)" in source["message"]
        await near.run("full")
        near.drop(app_export(some(3))[:-9], "app of sales.csv")
        near.values["sources.interject.help_url"] = ""
        source = (await inspect(near.app(), now=near.clock.now))["sources"]["interject"]
        assert not source["ok"]
        assert "fewer columns" in source["message"]
        assert (
            "Read whole last, with so many reports: app of sales.csv of 2027-01-15 08:01 (3)."
            in source["message"]
        )
        assert "help_url" in source["message"]


async def test_check_names_folders_of_the_roles_file_that_are_none(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Fnance", "Approver"), ("Finance", "Approver"), ("Finance\\Monthly", "Editor")], [])
        near.write(near.folder / "people.csv", b"email,role\r\n")
        near.drop(report_list(some(3)))
        source = (await inspect(near.app(), now=near.clock.now))["sources"]["interject"]
        assert "no folder of the library: fnance" in source["message"]
        assert "No role may see finance > monthly" in source["message"]
        assert "people.csv: it has no row" in source["message"]


async def test_files_that_are_read_are_exchanges(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Finance", "Approver")], [("anna@example.com", "Approver")])
        told = await tell_exchanges(near.app())
        mine = [one for one in told["exchanges"] if one["party"] == "interject"]
        assert [(one["method"], one["path"], one["personal_data"]) for one in mine] == [
            ("READ", "/imports/*.csv", "no"),
            ("READ", "/roles.csv", "no"),
            ("READ", "/people.csv", "yes"),
        ]
        assert all(one["kept"] != "nothing" for one in mine)
        (host,) = [one for one in told["hosts"] if "interject" in one["who"]]
        assert host["transport"] == "files of this machine; nothing is sent"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"identities": []}, "nothing says who may see"),
        ({"roles": "roles.csv"}, "identities has no effect"),
        ({"exports": []}, "sources.interject.exports"),
        ({"exports": [" "]}, "expected a file, a folder, or a pattern"),
        ({"help_url": "intranet"}, "expected a web address"),
        ({"help_url": "https://kari:secret@intranet.example.com"}, "expected a web address"),
        ({"max_age_days": 0}, "sources.interject.max_age_days"),
        ({"mapping.report.title": "{{ item.nmae }}"}, "item.nmae"),
        ({"mapping.link.title": "x"}, "sources.interject.mapping"),
    ],
)
async def test_settings_that_cannot_be_are_told(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    async with library(tmp_path) as near:
        near.values |= {f"sources.interject.{key}": value for key, value in changes.items()}
        with pytest.raises(SettingsError, match=words):
            near.app()


async def test_a_mapping_of_the_settings_is_used(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.values |= {
            "sources.interject.mapping.report.title": "{{ item.name }} ({{ item.version }})",
            "sources.interject.mapping.report.exclude": "{{ item.folder == 'Attic' }}",
            "sources.interject.mapping.report.facets": ["Version"],
        }
        near.drop(app_export([Link(name="P&L", version="1.0.4"), Link(name="Old", path="Attic")]))
        await near.run("full")
        assert near.titles() == {"Finance", "Monthly", "P&L (1.0.4)", "Attic"}


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


async def test_roles_of_the_library_itself_bind_every_folder(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles(
            [("Report Library", "Approver"), ("Finance", "Standard")], [("anna@example.com", "Approver")]
        )
        near.drop(
            report_list([Link(name="Payroll"), Link(name="Cash", path="Open"), Link(name="Top", path="")])
        )
        await near.run("full")
        assert seen_by(near, "Cash") == seen_by(near, "Top") == {APPROVER}
        assert seen_by(near, "Payroll") == set()


async def test_what_a_change_of_the_settings_does_is_as_docs_changes_says(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(report_list(some(3)))
        await near.run("full")
        near.values["sources.interject.max_age_days"] = 3
        report = await near.run()
        assert (report.documents.updated, report.documents.unchanged) == (0, 5)
        near.values["sources.interject.help_url"] = "https://help.example.com/reports"
        assert (await near.run()).documents.updated == 5
        assert near.of("Report 1")["Url"] == "https://help.example.com/reports"
        near.values["sources.interject.identities"] = ["interject:group:few/some"]
        await near.run()
        assert seen_by(near, "Report 1") == {"interject:group:few/some"}
        assert not near.intranet.deletions
