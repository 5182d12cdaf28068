"""A row of ITR under the id of a report of another session costs itself: a report is of the session that its own answer names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from connector.sandbox.exchange import Exchange
from connector.sandbox.itr import ZERO, Record
from connector.sandbox.itr_http import ItrApp
from tests.sources.itr_company import SESSION, ItrCompany, itr_company
from tests.sources.itr_records import HOUR, OLAF

Told = dict[str, tuple[str, str, list[str]]]


def told(company: ItrCompany) -> Told:
    """Title, text and readers of every document."""
    return {
        key: (one.document["Title"], one.document["Summary"], sorted(one.document["ExternalIdentities"]))
        for key, one in company.intranet.documents.items()
    }


def set_up(company: ItrCompany) -> tuple[str, str, str]:
    """Two reports of one session, and one of a session that somebody else manages; by their ids."""
    company.values["sources.itr.records"] = ["sessions", "generatedreports"]
    company.values["sources.itr.permissions"] = "manager"
    first, second = sorted(row["ID"] for row in company.itr.rows("generatedreports"))
    managers = {row["ID"]: row["ManagedByUserID"] for row in company.itr.rows("sessions")}
    elsewhere = min(
        key for key, manager in managers.items() if manager not in {managers[SESSION], OLAF, ZERO}
    )
    other = company.itr.add("generatedreports", ReportTitle="Other", LinkedObjectID=elsewhere)
    return first, second, other


def under(monkeypatch: pytest.MonkeyPatch, wrong: Mapping[str, str]) -> None:
    """Reports are listed under other ids."""
    plain = ItrApp._list

    def listed(app: ItrApp, exchange: Exchange, of: str, rows: list[Record], database: str) -> list[Record]:
        found = plain(app, exchange, of, rows, database)
        if of != "generatedreports":
            return found
        keys = [wrong.get(row["ID"], row["ID"]) for row in found]
        return [{**row, "ID": key, "id": key} for row, key in zip(found, keys, strict=True)]

    monkeypatch.setattr(ItrApp, "_list", listed)


@pytest.mark.parametrize("how", ["of another session", "each other's", "of the same session", "that one's"])
async def test_a_report_under_the_id_of_another_one_takes_over_and_removes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    async with itr_company(tmp_path) as company:
        first, second, other = set_up(company)
        assert (await company.run("full")).outcome == "succeeded"
        before = told(company)
        wrong = {
            "of another session": {first: other},
            "each other's": {first: other, other: first},
            "of the same session": {first: second},
            "that one's": {other: first},
        }[how]
        with monkeypatch.context() as patched:
            under(patched, wrong)
            for mode in ("full", "delta", "full", "delta"):
                report = await company.run(mode)
                assert told(company) == before
                assert report.outcome == "withheld", report.reasons
                assert any(one in reason for one in wrong.values() for reason in report.reasons), (
                    report.reasons
                )
                company.clock.pass_seconds(HOUR + 1)
        for _ in range(2):
            report = await company.run("full")
            company.clock.pass_seconds(HOUR + 1)
        assert (report.outcome, report.reasons) == ("succeeded", [])
        assert told(company) == before


@pytest.mark.parametrize("turned", [False, True])
async def test_of_two_new_reports_under_one_id_the_one_is_shown_that_answers_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turned: bool
) -> None:
    async with itr_company(tmp_path) as company:
        first, _, other = set_up(company)
        own, wrong = (other, first) if turned else (first, other)
        with monkeypatch.context() as patched:
            under(patched, {own: wrong})
            await company.run("full")
            company.clock.pass_seconds(HOUR + 1)
            for mode in ("full", "delta"):
                report = await company.run(mode)
                assert report.outcome == "withheld", report.reasons
                company.clock.pass_seconds(HOUR + 1)
            found = told(company)
        for _ in range(2):
            report = await company.run("full")
            company.clock.pass_seconds(HOUR + 1)
        assert (report.outcome, report.reasons) == ("succeeded", [])
        after = told(company)
        assert found == {key: one for key, one in after.items() if key != f"itr-{own}"}


async def test_a_report_that_belongs_to_another_session_from_now_on_goes_there(tmp_path: Path) -> None:
    async with itr_company(tmp_path) as company:
        first, _, other = set_up(company)
        await company.run("full")
        before = told(company)
        table = {row["ID"]: row for row in company.itr.rows("generatedreports")}
        table[first]["LinkedObjectID"] = table[other]["LinkedObjectID"]
        for _ in range(2):
            report = await company.run("full")
        assert (report.outcome, report.reasons) == ("succeeded", [])
        after = told(company)
        assert after[f"itr-{first}"][2] == before[f"itr-{other}"][2] != before[f"itr-{first}"][2]
        assert after.keys() == before.keys()


@pytest.mark.parametrize("reverse", [False, True])
async def test_a_report_that_a_changed_session_lists_from_now_on_leaves_its_former_readers_at_once(
    tmp_path: Path, reverse: bool
) -> None:
    async with itr_company(tmp_path) as company:
        first, _, other = set_up(company)
        table = {row["ID"]: row for row in company.itr.rows("generatedreports")}
        moves, into = (other, table[first]) if reverse else (first, table[other])
        await company.run("full")
        wanted = told(company)[f"itr-{into['ID']}"][2]
        table[moves]["LinkedObjectID"] = into["LinkedObjectID"]
        company.itr.get("sessions", into["LinkedObjectID"])["Goal"] = "Another one"
        report = await company.run()
        assert told(company)[f"itr-{moves}"][2] == wanted, report.reasons
        assert (await company.run()).outcome == "succeeded"
        assert told(company)[f"itr-{moves}"][2] == wanted
