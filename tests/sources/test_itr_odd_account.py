"""Whole runs where ITR tells an account odd things of itself: only what signing in needs ends the source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connector.sandbox.exchange import Exchange
from connector.sandbox.itr_http import ItrApp
from tests.combinations import every_other, in_turn
from tests.sources.itr_company import itr_company

ODD: list[Any] = [5, [], float("nan")]
Tell = Callable[..., None]


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch) -> Tell:
    """Has ITR answer the calls of one path with some values that are odd, from now on; nothing: as they are."""
    plain, oddly = ItrApp._answer, dict[str, dict[str, Any]]()

    def answer(app: ItrApp, exchange: Exchange) -> tuple[Any, str]:
        value, kind = plain(app, exchange)
        odd = oddly.get(exchange.path.removeprefix("/api"), {})
        return (
            [{**one, **odd} for one in value] if isinstance(value, list) else {**value, **odd}
        ) if odd else value, kind

    monkeypatch.setattr(ItrApp, "_answer", answer)

    def told(path: str, **odd: Any) -> None:
        oddly[path] = odd

    return told


NEEDLESS = (
    ("/companies/currentcompany", "CompanyName"),
    ("/companies/currentcompany", "ID"),
    ("/login", "MFAStatus"),
    ("/login", "MultipleCompaniesFound"),
    ("/login", "ExpirationDateTime"),
    ("/logins/currentuser", "Active"),
    ("/logins/currentuser", "MayWorkWithOwnObjectsOnly"),
    ("/logins/currentuser/companies", "CompanyName"),
)


@pytest.mark.parametrize(
    ("path", "column", "odd"),
    every_other(
        [
            (*place, odd)
            for places in (NEEDLESS, NEEDLESS[1:] + NEEDLESS[:1])
            for place, odd in in_turn(places, ODD)
        ]
    ),
)
async def test_an_odd_value_that_signing_in_does_not_need_keeps_nothing_from_being_read(
    tmp_path: Path, tell: Tell, path: str, column: str, odd: Any
) -> None:
    async with itr_company(tmp_path) as company:
        tell(path, **{column: odd})
        report = await company.run("full")
        assert report.outcome == "succeeded", report.reasons
        found = company.found()
        tell(path)
        report = await company.run("full")
        assert (report.outcome, report.reasons) == ("succeeded", [])
        assert company.found() == found


@pytest.mark.parametrize("path", ["/login", "/companies/currentcompany"])
async def test_what_is_left_out_of_the_sign_in_is_told_in_each_report_once(
    tmp_path: Path, tell: Tell, path: str
) -> None:
    async with itr_company(tmp_path) as company:
        tell(path, **{"MFAStatus" if path == "/login" else "CompanyName": ["x"]})
        for mode in ("full", "delta"):
            report = await company.run(mode)
            (told,) = report.reasons
            assert ("MFAStatus" if path == "/login" else "CompanyName") in told


@pytest.mark.parametrize("odd", ODD, ids=repr)
async def test_a_company_whose_name_cannot_be_read_for_a_time_keeps_it(
    tmp_path: Path, tell: Tell, odd: Any
) -> None:
    async with itr_company(tmp_path) as company:
        assert (await company.run("full")).outcome == "succeeded"
        path = "/companies/currentcompany"
        tell(path, CompanyName=odd)
        report = await company.run("delta")
        assert (report.outcome, report.documents.updated) == ("succeeded", 0), report.reasons
        assert any("CompanyName" in one for one in report.reasons)
        tell(path)
        report = await company.run("delta")
        assert (report.outcome, report.documents.updated, report.reasons) == ("succeeded", 0, [])
        tell(path, CompanyName="Another")
        assert (await company.run("delta")).documents.updated > 0


@pytest.mark.parametrize("odd", [5, [], {}, "", "\u00e5"], ids=repr)
@pytest.mark.parametrize("column", ["SessionID", "CompanyID"])
async def test_what_signing_in_needs_is_never_guessed(
    tmp_path: Path, tell: Tell, column: str, odd: Any
) -> None:
    async with itr_company(tmp_path) as company:
        await company.run("full")
        found = company.found()
        tell("/login", **{column: odd})
        report = await company.run("full")
        assert (report.outcome, company.found()) == ("failed", found)


@pytest.mark.parametrize("odd", [5, True, [], ["Y"]], ids=repr)
async def test_where_it_is_not_told_whether_there_are_other_companies_none_is_chosen(
    tmp_path: Path, tell: Tell, odd: Any
) -> None:
    async with itr_company(tmp_path) as company:
        company.values["sources.itr.company_id"] = ""
        tell("/login", MultipleCompaniesFound=odd)
        report = await company.run("full")
        assert (report.outcome, company.found()) == ("failed", set())
        tell("/login", CompanyID=odd)
        report = await company.run("full")
        assert report.outcome == "succeeded", report.reasons
