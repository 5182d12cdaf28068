"""What of ITR is removed: by the proof of a 404, after a second listing, or by a decision; and what is not."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from connector.sandbox.exchange import Exchange
from connector.sandbox.faults import Fault, Status
from connector.sandbox.itr import CLIENT, MASTER
from connector.sandbox.itr_http import ItrApp
from tests.sources.itr_company import MASTER_BATTERY, MASTER_TEST, SESSION, TEST, ItrCompany
from tests.sources.itr_records import DEFAULT_KINDS, HOUR, expected


async def test_a_deleted_session_goes_with_the_proof_of_its_404(company: ItrCompany) -> None:
    await company.run()
    company.itr.remove("sessions", SESSION)
    report = await company.run()
    assert (report.outcome, report.documents.deleted) == ("succeeded", 1)
    assert company.found() == expected(company)


async def test_a_record_that_never_answered_is_not_gone_by_a_404(company: ItrCompany) -> None:
    company.wire.add(Fault(f"GET */sessions/{SESSION}", Status(403), times=None))
    await company.run()
    company.wire.clear()
    company.itr.remove("sessions", SESSION)
    for _ in range(3):
        report = await company.run()
        assert (report.outcome, report.documents.deleted, report.documents.suspect) == ("withheld", 0, 1)
    assert f"itr-{SESSION}" in company.found()


async def test_changed_rights_make_every_404_worthless(company: ItrCompany) -> None:
    await company.run("full")
    company.itr.login["MayWorkWithOwnObjectsOnly"] = True
    before = company.found()
    report = await company.run("full")
    assert report.outcome == "withheld"
    assert (report.documents.deleted, report.session.ended) == (0, False)
    assert company.found() == before


async def test_rights_that_change_within_a_run_make_its_404s_worthless(company: ItrCompany) -> None:
    await company.run()
    company.itr.remove("sessions", SESSION)
    read = type(company.itr).rows

    def rows(kind: str, database: str = CLIENT) -> Any:
        company.itr.login["IsResearcher"] = True  # the first list is read after the rights were
        return read(company.itr, kind, database)

    company.itr.rows = rows  # type: ignore[method-assign]
    report = await company.run()
    assert (report.outcome, report.documents.deleted) == ("withheld", 0)


@pytest.mark.parametrize(
    ("kind", "key", "database"),
    [
        ("tests", TEST, CLIENT),
        ("tests", MASTER_TEST, MASTER),
        ("batteries", MASTER_BATTERY, MASTER),
    ],
)
async def test_what_is_cached_or_central_waits_for_a_second_listing_an_hour_later(
    company: ItrCompany, kind: str, key: str, database: str
) -> None:
    other = "99999999-6aca-56a9-97bb-424cce4270e7"
    company.itr.tables[database][kind][other] = {**company.itr.get(kind, key, database), "ID": other}
    await company.run()
    company.itr.remove(kind, key, database)
    for _ in range(3):
        report = await company.run()
        assert (report.outcome, report.documents.pending, report.documents.deleted) == ("succeeded", 1, 0)
        company.clock.pass_seconds(HOUR / 4)
    company.clock.pass_seconds(HOUR / 4)
    report = await company.run()
    assert (report.outcome, report.documents.pending, report.documents.deleted) == ("succeeded", 0, 1)
    assert company.found() == expected(company)


async def test_a_catalogue_that_is_empty_while_the_company_answers_is_held_for_a_person(
    company: ItrCompany,
) -> None:
    """A list that leaves the catalogue out answers 200, and is complete: as few as it holds, it is no proof."""
    await company.run("full")
    before = company.found()
    for key in list(company.itr.tables[MASTER]["tests"]):
        company.itr.remove("tests", key, MASTER)
    assert (await company.run()).documents.pending > 0
    company.clock.pass_seconds(HOUR)
    held = await company.run()
    assert (held.outcome, held.documents.deleted, company.found()) == ("braked", 0, before)
    report = await company.run(approve=held.run_id)
    assert (report.outcome, company.found()) == ("succeeded", expected(company))


async def test_a_full_run_does_not_end_its_session_over_what_is_pending(company: ItrCompany) -> None:
    await company.run("full")
    company.itr.remove("tests", MASTER_TEST, MASTER)
    report = await company.run("full")
    assert (report.outcome, report.session.ended, report.documents.deleted) == ("withheld", False, 0)
    company.clock.pass_seconds(HOUR)
    report = await company.run("full")
    assert (report.outcome, report.session.ended, report.documents.deleted) == ("succeeded", True, 1)


async def test_what_came_back_begins_its_absence_anew(company: ItrCompany) -> None:
    await company.run()
    row = company.itr.get("tests", MASTER_TEST, MASTER)
    company.itr.remove("tests", MASTER_TEST, MASTER)
    await company.run()
    company.itr.tables[MASTER]["tests"][MASTER_TEST] = row
    company.clock.pass_seconds(HOUR)
    await company.run()
    company.itr.remove("tests", MASTER_TEST, MASTER)
    company.clock.pass_seconds(HOUR)
    report = await company.run()
    assert (report.documents.pending, report.documents.deleted) == (1, 0)


async def test_archived_records_leave_with_the_setting_only_by_a_decision(company: ItrCompany) -> None:
    await company.run()
    company.values["sources.itr.archived"] = False
    report = await company.run()
    assert report.documents.deleted == 0
    assert report.documents.held == 3
    assert company.found() == expected(company)


async def test_a_record_archived_under_the_setting_goes(company: ItrCompany) -> None:
    company.values["sources.itr.archived"] = False
    await company.run()
    company.itr.get("sessions", SESSION)["Active"] = False
    report = await company.run()
    assert report.documents.deleted == 1
    assert f"itr-{SESSION}" not in company.found()


async def test_a_kind_that_the_settings_no_longer_name_is_held(company: ItrCompany) -> None:
    await company.run()
    company.values["sources.itr.records"] = ["sessions", "batteries", "reportdefinitions"]
    report = await company.run()
    assert (report.outcome, report.documents.deleted) == ("withheld", 0)
    assert report.documents.held == 5
    company.values["sources.itr.records"] = list(DEFAULT_KINDS)
    assert (await company.run()).documents.held == 0


@pytest.mark.parametrize("how", ["records", "exclude"])
async def test_every_kind_that_the_settings_leave_out_goes_when_a_person_approves(
    company: ItrCompany, how: str
) -> None:
    kinds = ["sessions", "tests", "batteries", "reportdefinitions"]
    company.values["sources.itr.records"] = kinds
    await company.run("full")
    assert company.found()
    if how == "records":
        company.values["sources.itr.records"] = []
    else:
        company.values |= {f"sources.itr.mapping.{kind}.exclude": "true" for kind in kinds}
    held = await company.run()
    await company.run(approve=held.run_id)
    assert company.found() == set()


@pytest.mark.parametrize(
    ("kind", "key", "database"),
    [("tests", TEST, CLIENT), ("tests", MASTER_TEST, MASTER), ("sessions", SESSION, CLIENT)],
)
@pytest.mark.parametrize("gone", [True, False], ids=["deleted meanwhile", "still there"])
async def test_a_kind_that_is_left_out_goes_once_that_is_approved(
    company: ItrCompany, gone: bool, kind: str, key: str, database: str
) -> None:
    await company.run("full")
    left = [one for one in DEFAULT_KINDS if one != kind]
    company.values["sources.itr.records"] = left
    held = await company.run()
    if gone:
        company.itr.remove(kind, key, database)
    assert held.documents.held > 0
    await company.run(approve=held.run_id)
    report = await company.run("full")
    assert (report.outcome, company.found()) == ("succeeded", expected(company, *left)), report.reasons


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("batteries", "delta"), ("batteries", "full"), ("organisations", "full"), ("generatedreports", "full")],
)
async def test_what_answers_404_while_its_list_has_it_is_not_gone(
    company: ItrCompany, monkeypatch: pytest.MonkeyPatch, kind: str, mode: str
) -> None:
    company.values["sources.itr.records"] = ["sessions", "batteries", "organisations", "generatedreports"]
    company.values["sources.itr.fields"] = {"organisations": ["Remarks"], "generatedreports": ["PluginData"]}
    await company.run("full")
    before = company.found()
    key = company.itr.rows(kind)[0]["ID"]
    for name in {"BatteryName", "Name", "ReportTitle"} & company.itr.get(kind, key).keys():
        company.itr.get(kind, key)[name] = "Changed"
    plain = ItrApp._detail

    def detail(app: ItrApp, exchange: Exchange, of: str, text: str) -> tuple[Any, str]:
        return plain(app, exchange, of, str(UUID(int=7)) if of == kind else text)

    with monkeypatch.context() as patched:
        patched.setattr(ItrApp, "_detail", detail)
        for _ in range(2):
            await company.run(mode)
            assert company.found() == before
            company.clock.pass_seconds(2 * HOUR)
    assert (await company.run(mode)).outcome == "succeeded"
    company.itr.remove(kind, key)
    await company.run("full")
    assert company.found() == before - {f"itr-{key}"}
