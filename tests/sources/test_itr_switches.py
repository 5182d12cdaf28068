"""Settings of ITR that are switched to and fro: nothing that its server still has goes without a person's decision."""

from __future__ import annotations

import pytest

from connector.sandbox.itr import CLIENT, MASTER
from tests.sources.itr_company import SESSION, ItrCompany

HOUR = 3_600.0
ARCHIVED, RECORDS = "sources.itr.archived", "sources.itr.records"
KINDS = ["sessions", "tests", "batteries", "reportdefinitions"]


def ids_of(company: ItrCompany, *kinds: str) -> set[str]:
    """Ids of the documents of some kinds, of both databases."""
    mine = {f"itr-{key}" for kind in kinds for key in company.itr.tables[CLIENT][kind]}
    return mine | {f"itr-m-{key}" for kind in kinds for key in company.itr.tables[MASTER][kind]}


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_archived_records_stay_while_the_setting_goes_to_and_fro(
    company: ItrCompany, mode: str
) -> None:
    await company.run("full")
    before = company.found()
    for archived, held in ((False, 3), (True, 0), (False, 3), (True, 0)):
        company.values[ARCHIVED] = archived
        company.clock.pass_seconds(2 * HOUR)
        report = await company.run(mode)
        assert (report.documents.deleted, report.documents.held) == (0, held), report.reasons
        assert company.found() == before
    assert report.outcome == "succeeded"


async def test_an_approval_after_the_setting_was_switched_back_removes_nothing(company: ItrCompany) -> None:
    await company.run("full")
    before = company.found()
    company.values[ARCHIVED] = False
    held = await company.run()
    assert held.documents.held == 3
    company.values[ARCHIVED] = True
    report = await company.run(approve=held.run_id)
    assert (report.documents.deleted, company.found()) == (0, before), report.reasons


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_what_a_setting_let_in_is_found_and_was_never_missing(company: ItrCompany, mode: str) -> None:
    company.values[ARCHIVED] = False
    await company.run("full")
    few = company.found()
    company.values[ARCHIVED] = True
    report = await company.run(mode)
    assert (report.documents.added, report.documents.deleted) == (3, 0)
    assert company.found() > few
    assert company.found() == ids_of(company, *KINDS)


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_a_kind_that_the_settings_name_anew_comes_and_takes_nothing_with_it(
    company: ItrCompany, mode: str
) -> None:
    company.values[RECORDS] = ["sessions"]
    await company.run("full")
    assert company.found() == ids_of(company, "sessions")
    company.values[RECORDS] = KINDS
    report = await company.run(mode)
    assert (report.outcome, report.documents.deleted, report.documents.held) == ("succeeded", 0, 0)
    assert company.found() == ids_of(company, *KINDS)
    for kinds, held in ((["sessions"], True), (KINDS, False)):
        company.values[RECORDS] = kinds
        company.clock.pass_seconds(2 * HOUR)
        report = await company.run(mode)
        assert (report.documents.deleted, bool(report.documents.held)) == (0, held)
        assert company.found() == ids_of(company, *KINDS)


async def test_a_record_that_goes_in_the_run_in_which_a_kind_comes_goes_by_its_own_proof(
    company: ItrCompany,
) -> None:
    company.values[RECORDS] = ["sessions"]
    await company.run("full")
    company.itr.remove("sessions", SESSION)
    company.values[RECORDS] = KINDS
    for _ in range(3):
        report = await company.run()
        company.clock.pass_seconds(2 * HOUR)
    assert company.found() == ids_of(company, *KINDS), report.reasons
