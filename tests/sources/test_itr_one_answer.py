"""One answer of ITR that is refused, empty or another page, run after run: it costs its own record, and shows nothing to anybody."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from itertools import product
from random import Random
from typing import Any

import pytest

from connector.sandbox import itr_http
from connector.sandbox.exchange import HTML, Exchange
from connector.sandbox.faults import HTML_200, Call, Fault, Instead, Redirect, Status
from connector.sandbox.itr import CLIENT, MASTER
from connector.sandbox.itr_http import ItrApp
from connector.sources.itr.reports import IN_VAIN
from tests.combinations import every_other
from tests.people.test_itr_people import EVA, OLAF, TWO, finds
from tests.sources.itr_company import SESSION, ItrCompany

FAILED = Instead(b"500 error", HTML)
UNKNOWN = "Object not found or not accessible with user's rights (x)"
ODD = {
    "500 error": FAILED,
    "400": Status(400),
    "401": Status(401),
    "403": Status(403),
    "404 of another program": Status(404, page=True),
    "410": Status(410),
    "429": Status(429),
    "500": Status(500),
    "a redirect": Redirect(),
    "a page to sign in": HTML_200,
}


def answer_with(monkeypatch: pytest.MonkeyPatch, path: str, status: int, words: str) -> None:
    """Answer calls of a path with a status and words."""
    real = ItrApp._answer

    def answer(self: ItrApp, exchange: Exchange) -> tuple[Any, str]:
        if fnmatchcase(exchange.path, f"/api{path}"):
            raise itr_http._Answered(status, words)
        return real(self, exchange)

    monkeypatch.setattr(ItrApp, "_answer", answer)


@pytest.mark.parametrize(
    ("kind", "how"),
    every_other([*product(["sessions"], ODD), *product(["tests", "batteries", "sessiontests"], ["500 error", "401", "404 of another program"])]),
)  # fmt: skip
async def test_one_record_that_cannot_be_asked_costs_itself_only(
    company: ItrCompany, kind: str, how: str
) -> None:
    first = min(one["ID"] for one in company.itr.rows("sessions" if kind == "sessiontests" else kind))
    company.wire.add(Fault(f"GET */{kind}/{first}", ODD[how], times=None))
    await company.run("delta" if kind == "sessiontests" else "full")
    kinds = ("sessions", "tests", "batteries", "reportdefinitions")
    every = {f"itr-{row['ID']}" for one in kinds for row in company.itr.rows(one)}
    every |= {f"itr-m-{row['ID']}" for one in kinds[1:] for row in company.itr.rows(one, MASTER)}
    assert every - company.found() <= {f"itr-{first}"}


def add_tests(company: ItrCompany, count: int) -> None:
    """Add tests of the catalogue, whose details are asked for one by one."""
    pattern = company.itr.get("tests", next(iter(company.itr.tables[CLIENT]["tests"])))
    for number in range(count):
        key = f"{number:08x}-0000-4000-8000-00000000abcd"
        company.itr.tables[CLIENT]["tests"][key] = {**pattern, "ID": key}


async def test_a_source_that_refuses_every_record_is_left_alone_after_a_few(company: ItrCompany) -> None:
    add_tests(company, 60)
    company.wire.add(Fault("GET */tests/*", Status(401), times=None))
    company.wire.add(Fault("POST */checktoken", Status(401), times=None))
    await company.run("full")
    assert len(company.calls("/tests/")) < 15


async def test_a_server_whose_database_is_down_is_left_alone_after_a_few(company: ItrCompany) -> None:
    """From the first detail on it is: nobody can sign in either."""
    add_tests(company, 60)

    def from_now_on(method: str, part: str) -> Callable[[Call], bool]:
        return lambda call: (
            call.server == "itr"
            and (call.method, part in call.path) == (method, True)
            and bool(company.calls("/tests/"))
        )

    company.wire.add(Fault(from_now_on("GET", "/login"), Status(401), times=None))
    company.wire.add(Fault(from_now_on("POST", "/checktoken"), FAILED, times=None))
    company.wire.add(Fault(from_now_on("GET", "/"), FAILED, times=None))
    await company.run("full")
    assert len(company.calls("/tests/")) < 15
    assert len([one for one in company.calls("/login") if one.endswith("/login")]) < 15
    assert len(company.calls("/checktoken")) < 15


async def test_records_of_which_each_fails_cost_no_sign_in_each(company: ItrCompany) -> None:
    add_tests(company, 60)
    company.wire.add(Fault("GET */tests/*", FAILED, times=None))
    await company.run("full")
    assert len([one for one in company.calls("/login") if one.endswith("/login")]) < 5


# -- reports, which are listed session by session -------------------------------------------------


@pytest.fixture
async def reports(company: ItrCompany) -> ItrCompany:
    company.values["sources.itr.permissions"] = "manager"
    company.values["sources.itr.records"] = ["sessions", "generatedreports"]
    return company


@pytest.mark.parametrize(
    "how", ["500 error", "401", "403", "404 of another program", "429", "a page to sign in"]
)
async def test_reports_of_one_session_that_cannot_be_listed_keep_no_others_open_or_away(
    reports: ItrCompany, how: str
) -> None:
    ordered = sorted(reports.itr.rows("sessions"), key=lambda one: str(one["ID"]))
    first, last = ordered[0], ordered[-1]
    first["ManagedByUserID"] = last["ManagedByUserID"] = OLAF
    mine = reports.itr.add("generatedreports", LinkedObjectID=first["ID"])
    key = reports.itr.add("generatedreports", LinkedObjectID=last["ID"])
    await reports.run("full")
    assert {f"itr-{key}", f"itr-{mine}"} <= finds(reports, OLAF)
    reports.wire.add(Fault(f"GET */generatedreports/{first['ID']}", ODD[how], times=None))
    new = reports.itr.add("generatedreports", LinkedObjectID=last["ID"])
    first["ManagedByUserID"] = last["ManagedByUserID"] = TWO
    for mode in ("delta", "full"):
        report = await reports.run(mode)
        assert not {f"itr-{key}", f"itr-{mine}"} & finds(reports, OLAF), report.reasons
        assert {f"itr-{key}", f"itr-{new}", f"itr-{mine}"} <= reports.found()
        assert any("cannot be listed" in one for one in report.sources["itr"].errors)
    reports.itr.remove("generatedreports", key)
    reports.clock.pass_seconds(3_700)
    report = await reports.run("full")
    assert f"itr-{key}" in reports.found(), "a list that is not whole takes nothing away"


async def test_reports_of_which_a_field_is_named_stay_as_narrow_where_their_session_cannot_be_asked(
    reports: ItrCompany,
) -> None:
    reports.values["sources.itr.fields"] = {"generatedreports": ["ReportText"]}
    session = reports.itr.get("sessions", SESSION)
    session["ManagedByUserID"] = OLAF
    mine = {
        f"itr-{one['ID']}" for one in reports.itr.rows("generatedreports") if one["LinkedObjectID"] == SESSION
    }
    await reports.run("full")
    assert mine
    assert mine <= finds(reports, OLAF)
    reports.wire.add(Fault(f"GET */generatedreports/{SESSION}", FAILED, times=None))
    session["ManagedByUserID"] = TWO
    await reports.run()
    assert not mine & finds(reports, OLAF)
    assert mine <= finds(reports, EVA)


async def test_where_no_session_can_be_asked_for_its_reports_few_are(reports: ItrCompany) -> None:
    pattern = reports.itr.get("sessions", SESSION)
    for number in range(100):
        key = f"{number:08x}-0000-4000-8000-00000000abcd"
        reports.itr.tables[CLIENT]["sessions"][key] = {**pattern, "ID": key}
    reports.wire.add(Fault("GET */generatedreports/*", FAILED, times=None))
    await reports.run("full")
    assert len(reports.calls("/generatedreports/")) < 100


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_a_former_manager_loses_every_report_where_no_session_can_be_asked_for_them(
    reports: ItrCompany, mode: str
) -> None:
    pattern = reports.itr.get("sessions", SESSION)
    for number in range(IN_VAIN + 5):
        key = f"{number:08x}-0000-4000-8000-00000000abcd"
        reports.itr.tables[CLIENT]["sessions"][key] = {**pattern, "ID": key}
    for session in reports.itr.rows("sessions"):
        session["ManagedByUserID"] = OLAF
    last = max(str(one["ID"]) for one in reports.itr.rows("sessions"))
    mine = reports.itr.add("generatedreports", LinkedObjectID=last)
    await reports.run("full")
    assert f"itr-{mine}" in finds(reports, OLAF)
    for session in reports.itr.rows("sessions"):
        session["ManagedByUserID"] = TWO
    reports.wire.add(Fault("GET */generatedreports/*", Status(403), times=None))
    report = await reports.run(mode)
    assert f"itr-{mine}" not in finds(reports, OLAF), report.reasons
    assert f"itr-{mine}" in reports.found()


async def test_the_audit_trail_tells_of_reports_also_where_sessions_are_not_found(
    reports: ItrCompany,
) -> None:
    reports.values["sources.itr.records"] = ["generatedreports"]
    await reports.run("full")
    await reports.run()
    key = reports.itr.add("generatedreports", LinkedObjectID=SESSION)
    reports.itr.note_change(SESSION, "2027-01-15T08:00:00+00:00")
    await reports.run()
    assert f"itr-{key}" in reports.found()


# -- words of a record where none is asked for ----------------------------------------------------


EVERYWHERE = (
        "/sessions", "/logins", "/tests", "/groups", "/persons", "/generatedreports/*", "/sessiontests*", "/audittrail",
        "/logins/currentuser", "/companies/currentcompany", "/logins/currentuser/companies", "/checktoken",
)  # fmt: skip


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        *((path, 404, UNKNOWN) for path in EVERYWHERE),
        *((path, 403, "This action is not allowed") for path in ("/sessions", "/tests", "/generatedreports/*", "/logins/currentuser", "/checktoken")),
    ],
)  # fmt: skip
async def test_words_that_are_meant_for_a_record_prove_nothing_elsewhere_and_end_no_run(
    reports: ItrCompany, monkeypatch: pytest.MonkeyPatch, path: str, status: int, words: str
) -> None:
    reports.values["sources.itr.records"] = ["sessions", "tests", "groups", "generatedreports"]
    reports.values["sources.itr.person_names"] = True
    reports.values |= reports.both
    await reports.run("full")
    before = reports.found()
    gone = reports.itr.rows("sessions")[0]["ID"]
    taken = {
        f"itr-{one['ID']}" for one in reports.itr.rows("generatedreports") if one["LinkedObjectID"] == gone
    }
    reports.itr.remove("sessions", gone)
    answer_with(monkeypatch, path, status, words)
    for mode in ("delta", "full"):
        reports.clock.pass_seconds(4_000)
        report = await reports.run(mode)
        assert report.outcome != "failed", report.reasons
        assert report.sources["interaxo"].complete
        assert before - reports.found() <= {f"itr-{gone}", *taken}


# -- pages in any order ---------------------------------------------------------------------------


async def test_a_catalogue_whose_pages_are_in_another_order_each_time_loses_nothing(
    company: ItrCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, whole = Random(5), itr_http.choose
    for number in range(450):
        company.itr.add("tests", Description=f"Test {number}")
    live = {f"itr-{one['ID']}" for one in company.itr.rows("tests")}
    await company.run("full")
    assert live <= company.found()

    def unsteady(rows: list[Any], headers: dict[str, str], **more: Any) -> list[Any]:
        if "filter" not in headers and headers.get("startpage") != "-1":
            rows = chance.sample(rows, len(rows))
            size, page = int(headers["pagesize"]), int(headers["startpage"])
            return rows[page * size : (page + 1) * size]
        return whole(rows, headers, **more)

    monkeypatch.setattr(itr_http, "choose", unsteady)
    for number in range(4):
        company.clock.pass_seconds(3_700)
        await company.run("full" if number % 2 else "delta")
        assert live <= company.found(), number
    gone = company.itr.rows("tests")[7]["ID"]
    monkeypatch.setattr(itr_http, "choose", whole)
    company.itr.remove("tests", gone)
    for _ in range(2):
        company.clock.pass_seconds(3_700)
        await company.run()
    assert live - company.found() == {f"itr-{gone}"}
