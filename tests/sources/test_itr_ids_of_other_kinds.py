"""A row of ITR under the id of a record of another kind costs itself: that record keeps its document and its readers, and nothing goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.sandbox.exchange import Exchange
from connector.sandbox.itr import Record
from connector.sandbox.itr_http import ItrApp
from tests.combinations import every_other
from tests.sources.itr_company import ItrCompany, itr_company
from tests.sources.itr_records import HOUR, expected

KINDS = [
    "sessions", "tests", "batteries", "reportdefinitions", "groups", "organisations", "persons", "generatedreports",
]  # fmt: skip
KIND = {"tests": "test", "organisations": "organisation", "groups": "group", "persons": "person"}
PAIRS = [(one, KINDS[(at + 3) % len(KINDS)]) for at, one in enumerate(KINDS)]


def told(company: ItrCompany) -> dict[str, tuple[str, str, list[str]]]:
    """Title, kind and readers of every document."""
    return {
        key: (one.document["Title"], one.document["DocTypeName"], sorted(one.document["ExternalIdentities"]))
        for key, one in company.intranet.documents.items()
    }


def under(monkeypatch: pytest.MonkeyPatch, of: str, own: str, wrong: str) -> None:
    """One record of a kind is listed under another id."""
    plain = ItrApp._list

    def listed(app: ItrApp, exchange: Exchange, kind: str, rows: list[Record], database: str) -> list[Record]:
        found = plain(app, exchange, kind, rows, database)
        if kind != of:
            return found
        return [{**row, "ID": wrong, "id": wrong} if row["ID"] == own else row for row in found]

    monkeypatch.setattr(ItrApp, "_list", listed)


def one_of(company: ItrCompany, of: str, other: str) -> tuple[str, str]:
    """The id of a record of a kind, and one of another kind under which it may be listed."""
    keys = sorted(row["ID"] for row in company.itr.rows(of))
    own, wrong = keys[len(keys) // 2], min(row["ID"] for row in company.itr.rows(other))
    assert wrong < keys[-1], "a list whose last row has the wrong id has no proven end"
    return own, wrong


def set_up(company: ItrCompany) -> None:
    company.values["sources.itr.records"] = KINDS
    company.values["sources.itr.person_names"] = True
    company.values["sources.itr.permissions"] = "manager"


@pytest.mark.parametrize(("of", "other"), every_other(PAIRS))
async def test_a_row_under_the_id_of_another_kind_takes_over_and_removes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of: str, other: str
) -> None:
    async with itr_company(tmp_path) as company:
        set_up(company)
        assert (await company.run("full")).outcome == "succeeded"
        before = told(company)
        own, wrong = one_of(company, of, other)
        with monkeypatch.context() as patched:
            under(patched, of, own, wrong)
            for mode in ("full", "delta", "full"):
                report = await company.run(mode)
                assert told(company) == before
                assert report.outcome == "withheld", report.reasons
                assert any(wrong in reason for reason in report.reasons), report.reasons
                company.clock.pass_seconds(HOUR + 1)
        for _ in range(2):
            report = await company.run("full")
            company.clock.pass_seconds(HOUR + 1)
        assert (report.outcome, report.reasons) == ("succeeded", [])
        assert told(company) == before


@pytest.mark.parametrize(
    ("of", "other"), [("tests", "organisations"), ("organisations", "tests"), ("groups", "persons")]
)
async def test_of_two_that_are_new_under_one_id_the_first_that_is_sent_is_that_record_until_it_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of: str, other: str
) -> None:
    async with itr_company(tmp_path) as company:
        set_up(company)
        own, wrong = one_of(company, of, other)
        with monkeypatch.context() as patched:
            under(patched, of, own, wrong)
            await company.run("full")
            before = told(company)
            for mode in ("full", "delta", "full"):
                report = await company.run(mode)
                assert told(company) == before
                assert report.outcome == "withheld", report.reasons
                assert any(wrong in reason for reason in report.reasons), report.reasons
        for _ in range(4):
            report = await company.run("full")
            company.clock.pass_seconds(HOUR + 1)
        assert (report.outcome, report.reasons) == ("succeeded", [])
        kinds = {key: kind for key, (_, kind, _) in told(company).items()}
        assert [kinds[f"itr-{key}"] for key in (own, wrong)] == [f"ITR {KIND[one]}" for one in (of, other)]
        assert kinds.keys() == expected(company, *KINDS)


async def test_a_record_whose_kind_is_left_out_is_not_taken_over_while_it_waits_for_a_decision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with itr_company(tmp_path) as company:
        set_up(company)
        await company.run("full")
        before = told(company)
        under(monkeypatch, "tests", *one_of(company, "tests", "organisations"))
        company.values["sources.itr.records"] = [kind for kind in KINDS if kind != "organisations"]
        for mode in ("full", "delta"):
            await company.run(mode)
            assert told(company) == before
