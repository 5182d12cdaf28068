"""What an office looks for: whose a session is, when it was, what a report tells, and a test by its new name."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from connector.sandbox.itr import CLIENT
from connector.sources.itr.listing import PAGE
from connector.sources.itr.words import languages_in
from tests.sources.itr_company import SESSION, TEST, ItrCompany

GROUP_SESSION = 100


def document(company: ItrCompany, key: str) -> dict[str, Any]:
    found: dict[str, Any] = company.intranet.documents[f"itr-{key}"].document
    return found


def facets(company: ItrCompany, key: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for one in document(company, key)["Taxonomy"]:
        value = next(one[name] for name in one if name.endswith("Value") and one[name] is not None)
        found.setdefault(one["Name"], []).append(value)
    return found


def login_of(company: ItrCompany, session: str) -> dict[str, Any]:
    manager = company.itr.get("sessions", session)["ManagedByUserID"]
    return next(row for row in company.itr.rows("logins") if row["ID"] == manager)


async def test_a_session_is_found_by_the_consultant_who_manages_it(company: ItrCompany) -> None:
    login_of(company, SESSION)["UserName"] = "kari.nordmann"
    await company.run("full")
    found = document(company, SESSION)
    assert found["AuthorName"] == "kari.nordmann"
    assert "Consultant: kari.nordmann" in found["FileContents"]
    assert facets(company, SESSION)["Consultant"] == ["kari.nordmann"]


async def test_another_consultant_is_found_in_the_same_run(company: ItrCompany) -> None:
    await company.run("full")
    login_of(company, SESSION)["UserName"] = "somebody.else"
    await company.run()
    assert facets(company, SESSION)["Consultant"] == ["somebody.else"]


async def test_sessions_of_one_description_are_told_apart_by_their_day(company: ItrCompany) -> None:
    company.values["sources.itr.person_names"] = False
    session = company.itr.get("sessions", SESSION)
    session.update(Description="Selection", Goal="", StartedAt="2026-03-12T09:00:00+01:00")
    await company.run("full")
    assert document(company, SESSION)["Title"] == "Selection, 12 March 2026"


async def test_a_renamed_test_reaches_its_sessions_and_batteries_in_the_same_run(company: ItrCompany) -> None:
    company.values["sources.itr.audience_share"] = 0.001
    await company.run("full")
    await company.run()
    before = facets(company, SESSION)["Test"]
    test = company.itr.get("tests", TEST)
    test["Description"] = "Quite another name"
    await company.run()
    assert "Quite another name" in facets(company, SESSION)["Test"] != before
    report = await company.run()
    assert report.documents.unchanged == len(company.found())


async def test_a_new_test_makes_nothing_be_read_again(company: ItrCompany) -> None:
    await company.run("full")
    await company.run()
    key = "11111111-2222-4333-8444-555555555555"
    company.itr.tables[CLIENT]["tests"][key] = {**company.itr.get("tests", TEST), "ID": key}
    company.wire.calls.clear()
    await company.run()
    assert not company.calls("/sessiontests")


async def test_a_group_session_tells_how_far_its_sessions_are(company: ItrCompany) -> None:
    group = next(row for row in company.itr.rows("sessions") if row["SessionType"] == GROUP_SESSION)
    pattern = company.itr.get("sessions", SESSION)
    for number, status in enumerate((10, 20, 21, 30)):
        key = f"{number:08x}-0000-4000-8000-00000000abcd"
        member = {**pattern, "ID": key, "GroupSessionID": group["ID"], "Status": status}
        company.itr.tables[CLIENT]["sessions"][key] = member
    others = [one for one in company.itr.rows("sessions") if one["GroupSessionID"] == group["ID"]]
    await company.run("full")
    found = facets(company, group["ID"])
    told = {name: found[f"Sessions {name}"][0] for name in ("ready", "in progress", "done")}
    counted = Counter(
        "ready" if one["Status"] <= 10 else "done" if one["Status"] >= 30 else "in progress" for one in others
    )
    assert told == {name: counted[name] for name in told}


def test_a_language_that_nobody_chose_is_none() -> None:
    assert languages_in("E") == []
    assert languages_in("E,nl") == ["Dutch"]


# -- generated reports ------------------------------------------------------------------------


@pytest.fixture
async def reports(company: ItrCompany) -> ItrCompany:
    company.values["sources.itr.records"] = ["sessions", "generatedreports"]
    company.values["sources.itr.audience_share"] = 0.02
    return company


async def test_a_report_tells_its_definition_its_session_and_its_candidate(reports: ItrCompany) -> None:
    reports.values["sources.itr.person_names"] = True
    report = next(row for row in reports.itr.rows("generatedreports") if row["LinkedObjectID"] == SESSION)
    definition = next(iter(reports.itr.rows("reportdefinitions")))
    report["ReportID"] = definition["ID"]
    await reports.run("full")
    found = facets(reports, report["ID"])
    assert found["Report definition"] == [definition["Description"]]
    assert found["Status"] == ["Done"]
    assert "Session date" in found
    assert "Candidate: " in document(reports, report["ID"])["FileContents"]


def many(company: ItrCompany, sessions: int) -> None:
    pattern = company.itr.get("sessions", SESSION)
    for number in range(sessions):
        key = f"{number * 2_654_435_761 % 2**32:08x}-0000-4000-8000-{number:012x}"
        company.itr.tables[CLIENT]["sessions"][key] = {**pattern, "ID": key}


def asked(company: ItrCompany) -> int:
    return len(company.calls("/generatedreports/"))


@pytest.mark.parametrize("permissions", ["company", "manager"])
async def test_an_idle_delta_asks_the_sessions_whose_turn_it_is(
    reports: ItrCompany, permissions: str
) -> None:
    reports.values["sources.itr.permissions"] = permissions
    many(reports, 300)
    sessions = len(reports.itr.tables[CLIENT]["sessions"])
    reports.wire.calls.clear()
    await reports.run("full")
    # lists of sessions, and each report once by itself
    assert asked(reports) <= sessions + len(list(reports.itr.rows("generatedreports")))
    await reports.run()
    for _ in range(3):
        reports.wire.calls.clear()
        report = await reports.run()
        assert report.outcome == "succeeded"
        assert report.documents.unchanged == len(reports.found())
        assert asked(reports) <= sessions * 0.02 * 3 + 2
        assert len(reports.calls()) <= asked(reports) + sessions // PAGE + 25


async def test_a_report_of_a_session_that_is_done_now_is_found_at_once(reports: ItrCompany) -> None:
    session = next(row for row in reports.itr.rows("sessions") if row["Status"] < 30)
    await reports.run("full")
    session["Status"] = 30
    key = "11111111-2222-4333-8444-666666666666"
    pattern = next(iter(reports.itr.rows("generatedreports")))
    reports.itr.tables[CLIENT]["generatedreports"][key] = {
        **pattern, "ID": key, "LinkedObjectID": session["ID"],
    }  # fmt: skip
    await reports.run()
    assert f"itr-{key}" in reports.intranet.documents


async def test_a_report_that_is_removed_goes_in_the_next_full_run_at_the_latest(reports: ItrCompany) -> None:
    await reports.run("full")
    report = next(row for row in reports.itr.rows("generatedreports") if row["LinkedObjectID"] == SESSION)
    reports.itr.remove("generatedreports", report["ID"])
    reports.clock.pass_seconds(3_700)
    await reports.run("full")
    assert f"itr-{report['ID']}" not in reports.intranet.documents


async def test_a_report_that_a_list_lacked_for_a_while_is_listed_again_by_the_next_run(
    reports: ItrCompany,
) -> None:
    await reports.run("full")
    report = next(row for row in reports.itr.rows("generatedreports") if row["LinkedObjectID"] == SESSION)
    table = reports.itr.tables[CLIENT]["generatedreports"]
    await reports.run()
    taken = table.pop(report["ID"])
    reports.itr.get("sessions", SESSION)["Goal"] = (
        "another"  # the session is asked, and its list lacks the report
    )
    await reports.run()
    table[report["ID"]] = taken
    reports.wire.calls.clear()
    await reports.run()
    assert f"/api/generatedreports/{SESSION}" in reports.calls("/generatedreports/")


async def test_no_title_of_a_removed_sessions_report_is_kept(reports: ItrCompany) -> None:
    for row in reports.itr.rows("generatedreports"):
        row["ReportTitle"] = "TITLE-OF-A-CANDIDATE"
    await reports.run("full")
    for row in [one for one in reports.itr.rows("generatedreports") if one["LinkedObjectID"] == SESSION]:
        reports.itr.remove("generatedreports", row["ID"])
    reports.itr.remove("sessions", SESSION)
    reports.clock.pass_seconds(3_700)
    await reports.run("full")
    assert f"itr-{SESSION}" not in reports.intranet.documents
    with reports.app().ledger() as ledger:
        note = ledger.notes("itr").get("reports", SESSION)
    assert note is None or b"TITLE" not in note[0]
