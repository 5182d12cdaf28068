"""Rules 1, 4 and 5 where a target has records of ITR alone: a ledger that was lost or restored."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from connector.sandbox.itr import CLIENT, MASTER
from tests.rules.ground import copy_ledger, lose_ledger, restore_ledger
from tests.sources.itr_company import MASTER_TEST, SESSION, TEST, ItrCompany
from tests.sources.itr_records import HOUR


def add_sessions(company: ItrCompany, count: int) -> list[str]:
    return [company.itr.add("sessions") for _ in range(count)]


def notes(company: ItrCompany) -> list[dict[str, object]]:
    """What stands beside each document."""
    return [msgspec.json.decode(row.state or "{}") for row in company.intranet.documents.values()]


@pytest.mark.parametrize(
    ("first", "what"),
    [
        ("full", "the last sessions"),
        ("delta", "the first sessions"),
        ("backfill", "all sessions"),
        ("full", "all tests"),
    ],
)
async def test_a_lost_ledger_does_not_blind_the_brake(company: ItrCompany, first: str, what: str) -> None:
    add_sessions(company, 30)
    await company.run(first)
    before = company.found()
    lose_ledger(company)
    sessions = company.itr.tables[CLIENT]["sessions"]
    if what == "all tests":
        for kind in ("tests", "batteries", "reportdefinitions"):
            company.itr.tables[CLIENT][kind].clear()
            company.itr.tables[MASTER][kind].clear()
        for key in sorted(sessions)[3:]:
            company.itr.remove("sessions", key)
    else:
        ordered = sorted(sessions, reverse=what == "the last sessions")
        for key in ordered[: len(ordered) if what == "all sessions" else 40]:
            company.itr.remove("sessions", key)
    for _ in range(2):
        report = await company.run("full")
        assert company.found() == before, report.reasons
        assert (report.outcome, report.session.ended) == ("braked", False), report.reasons


async def test_a_lost_ledger_alone_costs_one_full_run_without_an_end(company: ItrCompany) -> None:
    report = await company.run("full")
    before = company.found()
    assert (report.documents.added, report.documents.unchanged) == (len(before), 0)
    lose_ledger(company)
    report = await company.run("full")
    assert (report.outcome, report.session.ended) == ("withheld", False)
    assert any("this ledger does not know" in reason for reason in report.reasons)
    report = await company.run("full")
    assert (report.outcome, report.session.ended) == ("succeeded", True)
    assert company.found() == before


async def test_a_lost_ledger_and_records_that_went_meanwhile_wait_for_a_decision(company: ItrCompany) -> None:
    keys = add_sessions(company, 30)
    await company.run("full")
    lose_ledger(company)
    for key in keys:
        company.itr.remove("sessions", key)
    braked = await company.run("full")
    assert braked.outcome == "braked"
    assert {f"itr-{key}" for key in keys} <= company.found()
    await company.run("full", approve=braked.run_id)
    report = await company.run("full")
    assert report.session.ended, report.reasons
    assert not {f"itr-{key}" for key in keys} & company.found()


async def test_a_lost_ledger_and_a_company_without_records_remove_nothing(company: ItrCompany) -> None:
    await company.run("full")
    before = company.found()
    lose_ledger(company)
    company.itr.shut()
    company.itr.tables[CLIENT]["logins"][company.itr.login["ID"]] = company.itr.login
    for _ in range(2):
        report = await company.run("full")
        assert not report.session.ended
        assert company.found() == before


async def test_a_restored_older_ledger_takes_everything_as_new(company: ItrCompany, tmp_path: Path) -> None:
    await company.run("full")
    copy_ledger(company, tmp_path / "backup.db")
    company.itr.get("sessions", SESSION)["Goal"] = "Changed"
    await company.run("full")
    restore_ledger(company, tmp_path / "backup.db")
    mark = company.intranet.mark()
    report = await company.run("delta")
    assert set(company.intranet.pushed_since(mark)) == company.found()
    assert any("different or newer ledger" in reason for reason in report.reasons)


async def test_an_emptied_intranet_gets_everything_again(company: ItrCompany) -> None:
    await company.run("full")
    before = company.found()
    company.intranet.documents.clear()
    await company.run("delta")
    assert company.found() == before


async def test_left_out_records_carry_no_note_and_are_not_looked_beside(company: ItrCompany) -> None:
    for key in sorted(company.itr.tables[CLIENT]["sessions"])[:15]:
        company.itr.get("sessions", key)["Active"] = False
    company.values["sources.itr.archived"] = False
    company.values["sources.itr.records"] = ["sessions"]
    add_sessions(company, 30)
    await company.run("full")
    before = company.found()
    lose_ledger(company)
    company.wire.calls.clear()
    report = await company.run("full")
    assert not report.session.ended
    assert any("this ledger does not know" in reason for reason in report.reasons)
    assert company.found() == before


async def test_records_pushed_as_they_were_keep_the_note(company: ItrCompany) -> None:
    company.values["sources.itr.permissions"] = "manager"
    await company.run("full")
    for login in company.itr.rows("logins"):
        login["IsOrganisationSupervisor"] = False
    for session in company.itr.rows("sessions"):
        session["ManagedByUserID"] = company.itr.login["ID"]
    await company.run("delta")
    assert all(note.get("ledger") for note in notes(company))


@pytest.mark.parametrize(("database", "key"), [(MASTER, MASTER_TEST), (CLIENT, TEST)])
@pytest.mark.parametrize("mode", ["full", "delta"])
async def test_an_absence_of_before_a_restore_makes_the_next_list_no_second_one(
    company: ItrCompany, tmp_path: Path, mode: str, database: str, key: str
) -> None:
    tests, row = company.itr.tables[database]["tests"], company.itr.get("tests", key, database)
    for number in range(2):
        other = f"99999999-6aca-56a9-97bb-42{number:010d}"
        tests[other] = {**row, "ID": other}
    await company.run("full")
    company.itr.remove("tests", key, database)
    await company.run("delta")
    copy_ledger(company, tmp_path / "copy.db")
    tests[key] = row
    await company.run("full")
    before = company.found()
    company.clock.pass_seconds(2 * HOUR)
    restore_ledger(company, tmp_path / "copy.db")
    company.itr.remove("tests", key, database)
    for _ in range(2):
        report = await company.run(mode)
        assert (report.documents.pending, company.found()) == (1, before), report.reasons
    company.clock.pass_seconds(HOUR)
    report = await company.run("delta")
    assert (report.outcome, report.documents.deleted) == ("succeeded", 1), report.reasons
