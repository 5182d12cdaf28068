"""Settings of Interject, and what is told of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.commands.inspection import inspect
from connector.errors import SettingsError
from connector.status.exchanges import tell_exchanges
from tests.sources.interject_library import (
    Link,
    app_export,
    library,
    report_list,
    some,
)
from tests.sources.interject_roles import seen_by

pytestmark = pytest.mark.usefixtures("at_once")


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
