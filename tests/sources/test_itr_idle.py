"""What runs cost: in calls to ITR, by path, over real sockets."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from connector.sandbox.itr import CLIENT, MASTER
from connector.sources.itr.listing import PAGE
from tests.sources.itr_company import MASTER_TEST, SESSION, ItrCompany, itr_company

HANDFUL = 10
"""Calls beside the pages: signing in and out, the account, the company, the audit trail, the rotating share."""
LISTED = ("sessions", "tests", "batteries", "reportdefinitions", "groups", "logins")


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[ItrCompany]:
    async with itr_company(tmp_path) as made:
        made.values["sources.itr.audience_share"] = 0.02
        yield made


def fill(company: ItrCompany, sessions: int) -> None:
    """Add sessions like the recorded ones, each with two tests."""
    pattern = company.itr.get("sessions", SESSION)
    test = next(iter(company.itr.rows("sessiontests")))
    for number in range(sessions - len(company.itr.rows("sessions"))):
        key = f"{number * 2_654_435_761 % 2**32:08x}-0000-4000-8000-{number:012x}"
        company.itr.tables[CLIENT]["sessions"][key] = {**pattern, "ID": key}
        for place in range(2):
            one = f"{number * 2_246_822_519 % 2**32:08x}-0000-4000-8000-{number * 2 + place:012x}"
            company.itr.tables[CLIENT]["sessiontests"][one] = {
                **test, "ID": one, "SessionID": key, "Sequence": place,
            }  # fmt: skip


def pages(company: ItrCompany) -> int:
    """How many pages all rows of the lists fill."""
    rows = (
        max(len(company.itr.tables[CLIENT][kind]), len(company.itr.tables[MASTER][kind])) for kind in LISTED
    )
    return sum(ceil(count / PAGE) for count in rows)


async def cost(company: ItrCompany, mode: str = "delta") -> tuple[Counter[str], Any]:
    company.wire.calls.clear()
    report = await company.run(mode)
    return Counter(call.path for call in company.wire.calls if call.server == "itr"), report


@pytest.mark.parametrize(
    ("sessions", "permissions"), [(25, "company"), (25, "manager"), (25, "fixed"), (250, "manager")]
)
async def test_an_idle_delta_costs_its_pages_and_a_handful(
    company: ItrCompany, sessions: int, permissions: str
) -> None:
    company.values["sources.itr.permissions"] = permissions
    if permissions == "fixed":
        company.values["sources.itr.identities"] = ["itr:group:everyone/all"]
    fill(company, sessions)
    await company.run("full")
    await company.run()
    for _ in range(3):
        calls, report = await cost(company)
        assert report.outcome == "succeeded"
        assert report.documents.unchanged == len(company.found())
        sheet = report.sources["itr"]
        assert calls.total() == sheet.requests + 1  # signing out comes after the report
        assert calls.total() <= pages(company) + HANDFUL, calls
        assert calls["/api/sessions"] == ceil(sessions / PAGE)
        if sessions == 25:  # all its records would fit one page
            assert calls.total() - sheet.reread <= 1 + HANDFUL, calls


async def test_a_first_load_costs_one_call_for_a_session_and_one_for_many(company: ItrCompany) -> None:
    fill(company, 410)
    calls, report = await cost(company, "backfill")
    assert report.outcome == "succeeded"
    details = sum(count for path, count in calls.items() if path.startswith("/api/sessions/"))
    tests = sum(count for path, count in calls.items() if path.startswith("/api/sessiontests"))
    assert details == 410
    assert tests <= 410 / PAGE + 4
    told = company.intranet.documents[f"itr-{SESSION}"].document["Taxonomy"]
    assert [one["NumberValue"] for one in told if one["Name"] == "Number of tests"] == [2]


async def test_a_full_run_proves_the_end_of_every_list(company: ItrCompany) -> None:
    await company.run("full")
    calls, _ = await cost(company, "full")
    for kind in ("sessions", "groups"):
        assert calls[f"/api/{kind}"] == 2  # a page, and the proof of its end
    for kind in ("tests", "batteries", "reportdefinitions"):
        proofs = 2 if kind == "tests" else 3
        assert calls[f"/api/{kind}"] >= proofs


async def test_a_delta_proves_the_end_of_a_list_that_lacks_a_row(company: ItrCompany) -> None:
    await company.run("full")
    await company.run()
    company.itr.remove("sessions", SESSION)
    calls, report = await cost(company)
    # a page, the proof of its end, and one answer that lacks the row beside others
    assert (calls["/api/sessions"], report.documents.deleted) == (3, 1)
    calls, report = await cost(company)
    assert (calls["/api/sessions"], report.documents.deleted) == (1, 0)


async def test_as_long_as_a_row_is_missing_every_delta_proves_it(company: ItrCompany) -> None:
    await company.run("full")
    company.itr.remove("tests", MASTER_TEST, MASTER)
    for _ in range(3):
        calls, report = await cost(company)
        assert report.documents.pending == 1
        assert calls["/api/tests"] >= 2
    company.clock.pass_seconds(3_600)
    _, report = await cost(company)
    assert report.documents.deleted == 1
    calls, _ = await cost(company)
    assert calls["/api/tests"] == 1


async def test_a_listing_cut_by_a_failing_query_is_never_taken_for_the_proven_one(
    company: ItrCompany,
) -> None:
    fill(company, 450)
    await company.run("full")
    before = company.found()
    company.itr.quirks.failing_from_page = 1
    for _ in range(2):
        report = await company.run()
        assert report.documents.deleted == 0
        company.clock.pass_seconds(3_600)
    assert company.found() == before


async def test_names_audiences_and_records_come_from_one_reading_of_a_list(company: ItrCompany) -> None:
    company.values["sources.itr.permissions"] = "manager"
    company.values["sources.itr.person_names"] = True
    company.values["sources.itr.records"] = ["sessions", "groups", "persons", "tests", "batteries"]
    await company.run("full")
    await company.run()
    calls, _ = await cost(company)
    for kind in ("sessions", "groups", "persons", "tests", "batteries", "logins"):
        assert calls[f"/api/{kind}"] == 1


async def test_a_rotating_share_of_sessions_is_read_in_few_calls(company: ItrCompany) -> None:
    company.values["sources.itr.audience_share"] = 0.25
    fill(company, 800)
    await company.run("full")
    for test in company.itr.rows("sessiontests"):
        test["TestLanguage"] = "fi"
    for _ in range(4):
        calls, report = await cost(company)
        tests = sum(count for path, count in calls.items() if path.startswith("/api/sessiontests"))
        assert tests <= 5
        assert tests <= report.sources["itr"].reread <= tests + 13  # what else is due: tests and so on
    with_tests = {one["SessionID"] for one in company.itr.rows("sessiontests")}
    for key in with_tests:
        assert "Finnish" in str(company.intranet.documents[f"itr-{key}"].document["Taxonomy"]), key
