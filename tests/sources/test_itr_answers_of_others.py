"""An answer of ITR that is of another session, or of another company, tells nothing of what was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.sandbox.exchange import Exchange
from connector.sandbox.itr import Record
from connector.sandbox.itr_http import ItrApp
from tests.sources.itr_company import SESSION, ItrCompany, itr_company
from tests.sources.itr_records import OLAF

ANOTHER = "0b6e7e58-943b-503c-8f57-cc677ef3f396"


def give_all(monkeypatch: pytest.MonkeyPatch, of: str) -> None:
    """Whatever session is asked for, the rows of all are told."""
    plain = ItrApp._list

    def listed(app: ItrApp, exchange: Exchange, kind: str, rows: list[Record], database: str) -> list[Record]:
        return plain(app, exchange, kind, app.world.rows(kind) if kind == of else rows, database)

    monkeypatch.setattr(ItrApp, "_list", listed)


def words_of(company: ItrCompany, key: str) -> str:
    return str(company.intranet.documents[f"itr-{key}"].document)


async def test_a_session_has_no_tests_of_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with itr_company(tmp_path) as company:
        secret = company.itr.add("tests", TestName="Secret", Description="Secret")
        elsewhere = next(row for row in company.itr.rows("sessions") if row["ID"] != SESSION)
        company.itr.add("sessiontests", SessionID=elsewhere["ID"], TestID=secret)
        await company.run("full")
        before = words_of(company, SESSION)
        company.itr.get("sessions", SESSION)["Goal"] = "Changed"
        with monkeypatch.context() as patched:
            give_all(patched, "sessiontests")
            report = await company.run()
        assert words_of(company, SESSION) == before
        assert "Secret" in words_of(company, elsewhere["ID"])
        assert any(elsewhere["ID"] in one or "tests of the session" in one for one in report.reasons)
        await company.run("full")
        assert "Changed" in words_of(company, SESSION)
        assert "Secret" not in words_of(company, SESSION)


async def test_a_new_report_is_not_shown_to_who_manages_another_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with itr_company(tmp_path) as company:
        company.values["sources.itr.records"] = ["sessions", "generatedreports"]
        company.values["sources.itr.permissions"] = "manager"
        await company.run("full")
        elsewhere = max(row["ID"] for row in company.itr.rows("sessions") if row["ManagedByUserID"] != OLAF)
        assert company.itr.get("sessions", SESSION)["ManagedByUserID"] == OLAF
        new = company.itr.add("generatedreports", LinkedObjectID=elsewhere)
        company.itr.get("sessions", SESSION)["Goal"] = "Changed, so that its reports are asked for"
        with monkeypatch.context() as patched:
            give_all(patched, "generatedreports")
            report = await company.run()
            assert report.outcome == "withheld"
            assert f"itr-{new}" not in company.found()
        report = await company.run("full")
        assert (report.outcome, report.reasons) == ("succeeded", [])
        assert f"itr:user:{OLAF}" not in words_of(company, new)


@pytest.mark.parametrize("mode", ["full", "delta"])
async def test_nothing_is_read_where_the_sign_in_and_the_login_name_two_companies(
    tmp_path: Path, mode: str
) -> None:
    async with itr_company(tmp_path) as company:
        await company.run("full")
        people, found = dict(company.intranet.users), company.found()
        company.itr.login = {**company.itr.login, "CompanyID": ANOTHER}
        stranger = company.itr.add("sessions", Description="Of another company")
        report = await company.run(mode)
        assert report.outcome == "failed"
        assert any(ANOTHER in one and company.itr.company_id in one for one in report.reasons)
        assert company.found() == found
        assert company.intranet.users == people
        company.itr.login = {**company.itr.login, "CompanyID": company.itr.company_id}
        assert (await company.run(mode)).outcome == "succeeded"
        assert company.found() == found | {f"itr-{stranger}"}
