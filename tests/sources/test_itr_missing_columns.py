"""A list of ITR that lacks a column in all its rows: what it does not tell opens nothing, and takes nothing from anybody."""

from __future__ import annotations

import pytest

from connector.plan.findings import Code
from connector.sandbox.itr import CLIENT
from tests.people.test_itr_people import EVA, OLAF, TWO, email, finds, managed_by
from tests.sources.itr_company import ItrCompany

MANAGED = ("sessions", "persons", "groups", "batteries")
ARCHIVED = (*MANAGED, "tests", "reportdefinitions", "organisations")


@pytest.mark.parametrize("permissions", ["company", "manager"])
@pytest.mark.parametrize("kind", MANAGED)
async def test_records_that_do_not_tell_who_manages_them_stay_with_who_found_them(
    company: ItrCompany, kind: str, permissions: str
) -> None:
    company.values |= {"sources.itr.records": [kind], "sources.itr.permissions": permissions}
    company.itr.add(kind, ManagedByUserID=OLAF)
    await company.run("full")
    before = {one: finds(company, one) for one in (EVA, OLAF, TWO)}
    assert before[OLAF]
    for row in company.itr.rows(kind):
        del row["ManagedByUserID"]
    new = company.itr.add(kind)
    for mode in ("delta", "full"):
        report = await company.run(mode)
        assert {one: finds(company, one) for one in before} == before
        assert report.outcome == "withheld"
        assert any(kind in one and "readers" in one for one in report.reasons), report.reasons
    assert f"itr-{new}" not in company.found()


@pytest.mark.parametrize("kind", ARCHIVED)
async def test_what_is_left_out_as_archived_stays_out_where_rows_do_not_tell_it(
    company: ItrCompany, kind: str
) -> None:
    company.values |= {"sources.itr.records": [kind], "sources.itr.archived": False}
    archived = company.itr.add(kind, Active=False)
    await company.run("full")
    before = company.found()
    assert before
    for row in company.itr.rows(kind):
        del row["Active"]
    for mode in ("delta", "full"):
        report = await company.run(mode)
        assert company.found() == before
        assert report.outcome == "quarantined"
    assert f"itr-{archived}" not in before


async def test_supervisors_go_on_finding_all_where_rows_do_not_tell_who_they_are(company: ItrCompany) -> None:
    company.values["sources.itr.permissions"] = "manager"
    await company.run("full")
    before = {one: finds(company, one) for one in (EVA, OLAF, TWO)}
    assert before[EVA] > managed_by(company, EVA)
    for login in company.itr.rows("logins"):
        del login["IsOrganisationSupervisor"]
    for mode in ("delta", "full"):
        report = await company.run(mode)
        assert {one: finds(company, one) for one in before} == before
        assert report.outcome == "withheld"
        assert Code.PEOPLE_UNREAD in [one.code for one in report.findings]


async def test_a_master_user_who_is_not_shown_any_more_has_not_left_where_rows_do_not_tell_who_is_one(
    company: ItrCompany,
) -> None:
    company.itr.get("logins", OLAF)["IsMasterUser"] = True
    await company.run("full")
    address, before = email(company, OLAF), finds(company, OLAF)
    flags = {one["ID"]: one.pop("IsMasterUser") for one in company.itr.rows("logins")}
    await company.run()
    for login in company.itr.rows("logins"):
        login["IsMasterUser"] = flags[login["ID"]]
    company.itr.tables[CLIENT]["logins"].pop(OLAF)
    await company.run()
    assert company.intranet.visible_to(address) == before != set()
