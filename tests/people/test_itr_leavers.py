"""Logins that ITR's list lacks: nobody has left by an accident of the list, nothing is taken from them, and nobody comes back by a file."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from connector.ports.matching import record_id
from connector.sandbox import itr_http
from connector.sandbox.exchange import JSON, Exchange
from connector.sandbox.faults import Fault, Status
from connector.sandbox.itr import CLIENT
from connector.sources.itr.listing import PAGE
from tests.people.test_itr_people import OLAF, email, finds
from tests.sources.itr_company import NO_END, ItrCompany

DAY_S = 86_400.0


async def test_a_login_that_a_shifting_page_missed_has_not_left(
    company: ItrCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(PAGE + 5):
        company.itr.add("logins", Email=f"user{number}@voorbeeld.test", Active=True, EndDateLicense=NO_END)
    await company.run("full")
    before, whole = set(company.intranet.users), itr_http.choose
    first, *_ = ordered = sorted(str(one["ID"]) for one in company.itr.rows("logins"))
    left, missed = record_id(email(company, first)), record_id(email(company, ordered[PAGE]))

    def shifting(rows: list[Any], headers: dict[str, str], **more: Any) -> list[Any]:
        """Somebody of the first page leaves before the second one is read."""
        if headers.get("startpage") == "1" and any(one["ID"] == first for one in rows):
            company.itr.tables[CLIENT]["logins"].pop(first)
            rows = [one for one in rows if one["ID"] != first]
        return whole(rows, headers, **more)

    monkeypatch.setattr(itr_http, "choose", shifting)
    for _ in range(2):
        report = await company.run()
        assert missed in company.intranet.users, report.reasons
    assert before - set(company.intranet.users) == {left}


async def test_a_licence_ends_by_the_clock_of_itr_and_not_by_one_of_ours_that_is_ahead(
    company: ItrCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, theirs = Exchange.answer, company.clock()

    async def dated(
        self: Exchange,
        status: int,
        body: bytes = b"",
        kind: str = JSON,
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        await answer(self, status, body, kind, [*headers, ("Date", formatdate(theirs, usegmt=True))])

    monkeypatch.setattr(Exchange, "answer", dated)
    company.itr.get("logins", OLAF)["EndDateLicense"] = "2027-12-31T23:00:00+00:00"
    await company.run("full")
    before = finds(company, OLAF)
    assert before
    company.clock.pass_seconds(365 * DAY_S)
    for _ in range(2):
        report = await company.run()
        assert finds(company, OLAF) == before, report.reasons
    theirs += 365 * DAY_S
    await company.run()
    assert not finds(company, OLAF)


async def test_a_login_that_a_page_missed_has_not_left_by_a_question_that_failed(
    company: ItrCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query that fails in the database has an empty answer (observed)."""
    await company.run("full")
    before, whole = set(company.intranet.users), itr_http.choose

    def missing(rows: list[Any], headers: dict[str, str], **more: Any) -> list[Any]:
        if headers.get("filter") == f"ID={OLAF}":
            raise itr_http.SqlError
        is_page = not headers.get("filter")
        return whole([one for one in rows if not (is_page and one["ID"] == OLAF)], headers, **more)

    monkeypatch.setattr(itr_http, "choose", missing)
    for mode in ("delta", "full"):
        await company.run(mode)
        assert set(company.intranet.users) == before


@pytest.mark.parametrize("permissions", ["company", "manager"])
@pytest.mark.parametrize("how", ["many", "hidden"])
async def test_who_is_missing_without_proof_goes_on_finding_what_they_manage(
    company: ItrCompany, permissions: str, how: str
) -> None:
    company.values["sources.itr.permissions"] = permissions
    company.itr.get("logins", OLAF)["IsMasterUser"] = how == "hidden"
    await company.run("full")
    address, before = email(company, OLAF), finds(company, OLAF)
    assert before
    for login in company.itr.rows("logins"):
        if login["ID"] == OLAF or (how == "many" and login["ID"] != company.itr.login["ID"]):
            company.itr.tables[CLIENT]["logins"].pop(login["ID"])
    for mode in ("delta", "full"):
        report = await company.run(mode)
        assert company.intranet.visible_to(address) == before, report.reasons


@pytest.mark.parametrize("permissions", ["fixed", "manager"])
@pytest.mark.parametrize("first", ["inactive", "deleted"])
async def test_the_people_file_keeps_nobody_who_was_listed_and_left(
    company: ItrCompany, tmp_path: Path, permissions: str, first: str
) -> None:
    """It names an address for a login that has none; when the login is deleted, that is no master user whom ITR hides."""
    (tmp_path / "office.csv").write_text(f"id,email\n{OLAF},olaf@example.com\n", encoding="utf-8")
    company.values |= {"sources.itr.people": "office.csv", "sources.itr.permissions": permissions}
    company.values |= {"sources.itr.identities": ["hr-team"]} if permissions == "fixed" else {}
    company.itr.get("logins", OLAF).update(Email="", MayWorkWithOwnObjectsOnly=False)
    await company.run("full")
    assert company.intranet.visible_to("olaf@example.com")
    if first == "inactive":
        company.itr.get("logins", OLAF)["Active"] = False
        await company.run()
        assert not company.intranet.visible_to("olaf@example.com")
    company.itr.remove("logins", OLAF)
    for mode in ("delta", "full"):
        await company.run(mode)
        assert not company.intranet.visible_to("olaf@example.com")


async def test_the_people_file_lets_nobody_in_who_was_listed_oddly_until_the_login_was_deleted(
    company: ItrCompany, tmp_path: Path
) -> None:
    (tmp_path / "office.csv").write_text(f"id,email\n{OLAF},olaf@example.com\n", encoding="utf-8")
    company.values |= {"sources.itr.people": "office.csv", "sources.itr.permissions": "fixed"}
    company.values["sources.itr.identities"] = ["hr-team"]
    company.itr.get("logins", OLAF).update(Email="", EndDateLicense="soon")
    await company.run("full")
    company.itr.remove("logins", OLAF)
    for mode in ("delta", "full"):
        await company.run(mode)
        assert not company.intranet.visible_to("olaf@example.com")


@pytest.mark.parametrize("permissions", ["company", "manager"])
async def test_records_leave_where_the_account_may_not_list_the_logins_for_too_long(
    company: ItrCompany, permissions: str
) -> None:
    company.values["sources.itr.permissions"] = permissions
    company.values |= {"safety.max_delete_ratio": 1.0, "safety.audience_max_age_days": 2}
    await company.run("full")
    company.wire.add(Fault("GET */logins", Status(403), times=None))
    before = company.found()
    await company.run()
    assert company.found() == before
    company.clock.pass_seconds(4 * DAY_S)
    for _ in range(2):
        await company.run()
    assert not company.found()
