"""Rule 3 in ITR: a 404 is a proof only with a witness, whatever the account's own record says of its rights."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from connector.commands.inspection import inspect
from connector.sandbox.faults import Fault, Status
from connector.sandbox.itr import CLIENT
from connector.sandbox.itr_http import ItrApp
from connector.sources.itr import listing
from connector.sources.itr.listing import UNKNOWN, Lists
from tests.combinations import in_turn
from tests.sources.itr_company import BATTERY, SESSION, ItrCompany, itr_company

HOUR = 3_600.0
OWN = "MayWorkWithOwnObjectsOnly"
SOMEBODY = "77777777-6aca-56a9-97bb-424cce4270e7"
"""A login that manages what is not the account's."""


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[ItrCompany]:
    """An office whose server keeps rights for a minute; no brake for a share hides what a wrong proof would remove."""
    async with itr_company(tmp_path) as made:
        made.itr.clock = lambda: made.clock.now
        made.itr.quirks.rights_kept_s = 60
        made.values["safety.max_delete_ratio"] = 1.0
        yield made


def own_only(company: ItrCompany, narrow: bool, *, company_row: bool = True) -> None:
    """Let the account see its own records only, or all, in the master database's row and in the company's."""
    company.itr.master_login[OWN] = narrow
    if company_row:
        company.itr.login[OWN] = narrow


def without_a_manager_but_the_account(company: ItrCompany) -> None:
    for kind in ("sessions", "persons", "groups"):
        for row in company.itr.tables[CLIENT][kind].values():
            row["ManagedByUserID"] = company.itr.login["ID"]


def sessions_found(company: ItrCompany) -> set[str]:
    return {
        key for key in company.found() if key in {f"itr-{one['ID']}" for one in company.itr.rows("sessions")}
    }


def remove(company: ItrCompany, kind: str, count: int) -> list[str]:
    gone = [one["ID"] for one in company.itr.rows(kind)[:count]]
    for key in gone:
        company.itr.remove(kind, key)
    return gone


def asked(company: ItrCompany, kind: str = "sessions") -> int:
    """Calls for single records since the last time."""
    calls = len(company.calls(f"/{kind}/"))
    company.wire.calls.clear()
    return calls


# -- rights and what is answered disagree ---------------------------------------------------------


@pytest.mark.parametrize("modes", [("delta",) * 3, ("full", "delta"), ("delta", "full", "full")])
async def test_a_right_that_only_the_master_database_knows_of_removes_nothing(
    company: ItrCompany, modes: tuple[str, ...]
) -> None:
    await company.run("full")
    before = company.found()
    own_only(company, True, company_row=False)
    company.clock.pass_seconds(61)
    for mode in modes:
        report = await company.run(mode)
        assert company.found() == before, report.reasons
        assert (report.outcome, report.documents.deleted) == ("withheld", 0)
    own_only(company, False)
    company.clock.pass_seconds(61)
    assert (await company.run()).outcome == "succeeded"
    assert company.found() == before


@pytest.mark.parametrize(("mode", "gap"), in_turn(["delta", "full"], [0, 3, 20, 50]))
async def test_a_right_that_was_just_given_back_removes_nothing(
    company: ItrCompany, mode: str, gap: float
) -> None:
    await company.run("full")
    before = company.found()
    own_only(company, True)
    company.clock.pass_seconds(61)
    assert (await company.run()).outcome == "withheld"
    own_only(company, False)
    company.clock.pass_seconds(gap)
    report = await company.run(mode)
    assert (report.documents.deleted, company.found()) == (0, before), report.reasons
    company.clock.pass_seconds(61)
    assert (await company.run()).outcome == "succeeded"


async def test_a_right_that_was_just_taken_away_removes_nothing(company: ItrCompany) -> None:
    company.values["sources.itr.audience_share"] = 1.0
    await company.run("full")
    own_only(company, True)
    for session in company.itr.rows("sessions"):
        session["Goal"] = "Changed, so that it is read again"
    await company.run()  # within the minute: the old rights answer
    before = company.found()
    for _ in range(3):
        company.clock.pass_seconds(61)
        report = await company.run()
        assert (report.outcome, report.documents.deleted) == ("withheld", 0)
        assert company.found() == before


async def test_what_may_be_hidden_is_shown_to_a_person_after_an_hour_and_not_asked_for_meanwhile(
    company: ItrCompany,
) -> None:
    await company.run("full")
    before = company.found()
    own_only(company, True, company_row=False)
    company.clock.pass_seconds(61)
    company.wire.calls.clear()
    assert (await company.run()).documents.suspect == 22
    assert asked(company) == 22
    company.clock.pass_seconds(HOUR / 2)
    assert (await company.run()).documents.suspect == 22
    assert asked(company) == 0
    company.clock.pass_seconds(HOUR / 2)
    report = await company.run()
    assert (report.outcome, report.documents.held, report.documents.deleted) == ("braked", 22, 0)
    assert any("nothing can prove" in reason and "--approve" in reason for reason in report.reasons)
    asked(company)
    assert (await company.run()).outcome == "braked"
    assert asked(company) == 0
    own_only(company, False, company_row=False)
    company.clock.pass_seconds(61)
    report = await company.run(approve=report.run_id)
    assert (report.documents.deleted, report.documents.held) == (0, 0)
    assert company.found() == before


# -- what is really gone --------------------------------------------------------------------------


async def test_one_witness_serves_many_and_the_brake_holds_them_at_once(company: ItrCompany) -> None:
    company.values["safety.max_deletes"] = 50
    for _ in range(100):
        company.itr.add("sessions")
    await company.run("full")
    before = company.found()
    gone = remove(company, "sessions", 90)
    company.wire.calls.clear()
    report = await company.run()
    assert (report.outcome, report.documents.held, company.found()) == ("braked", 90, before)
    assert 90 < asked(company) <= 100
    assert (await company.run()).outcome == "braked"
    assert asked(company) == 0, "what is held is asked for no more"
    await company.run(approve=report.run_id)
    assert before - company.found() == {f"itr-{key}" for key in gone}
    assert 90 < asked(company) <= 100, "an approval asks many at once, too"


@pytest.mark.parametrize("kinds", [["sessions"], ["sessions", "groups", "organisations", "persons"]])
async def test_a_few_that_are_gone_go_in_the_next_run(company: ItrCompany, kinds: list[str]) -> None:
    company.values["sources.itr.records"] = ["tests", *kinds]
    await company.run("full")
    before = company.found()
    gone = {f"itr-{remove(company, kind, 1)[0]}" for kind in kinds}
    report = await company.run()
    assert (report.outcome, before - company.found()) == ("succeeded", gone)


async def test_what_no_right_filters_needs_no_witness(company: ItrCompany) -> None:
    company.values["sources.itr.records"] = ["sessions", "batteries", "organisations"]
    await company.run("full")
    own_only(company, True, company_row=False)
    company.clock.pass_seconds(61)
    company.itr.remove("batteries", BATTERY)
    gone = remove(company, "organisations", 3)
    report = await company.run()
    assert report.documents.deleted == 4, report.reasons
    assert not company.found() & {f"itr-{key}" for key in [BATTERY, *gone]}


async def test_without_any_witness_two_listings_an_hour_apart_bring_it_before_a_person(
    company: ItrCompany,
) -> None:
    without_a_manager_but_the_account(company)
    await company.run("full")
    before = company.found()
    gone = {f"itr-{key}" for key in remove(company, "sessions", 2)}
    for _ in range(4):
        report = await company.run()
        assert (report.outcome, report.documents.suspect) == ("withheld", 2)
        company.clock.pass_seconds(HOUR / 4)
    held = await company.run("full")
    assert (held.outcome, held.documents.held, held.session.ended) == ("braked", 2, False)
    assert company.found() == before
    report = await company.run(approve=held.run_id)
    assert (report.outcome, before - company.found()) == ("succeeded", gone)


async def test_a_kind_of_which_nothing_is_left_is_held_for_a_person(company: ItrCompany) -> None:
    await company.run("full")
    before = company.found()
    gone = {f"itr-{key}" for key in remove(company, "sessions", 25)}
    assert (await company.run()).outcome == "withheld"
    company.clock.pass_seconds(HOUR)
    held = await company.run()
    assert (held.outcome, held.documents.held, company.found()) == ("braked", 25, before)
    await company.run(approve=held.run_id)
    assert before - company.found() == gone


async def test_new_records_of_somebody_else_bear_witness(company: ItrCompany) -> None:
    await company.run("full")
    before = company.found()
    pattern = dict(company.itr.get("sessions", SESSION))
    gone = {f"itr-{key}" for key in remove(company, "sessions", 25)}
    assert (await company.run()).outcome == "withheld"
    fresh = "99999999-6aca-56a9-97bb-424cce4270e7"
    company.itr.tables[CLIENT]["sessions"][fresh] = {**pattern, "ID": fresh}
    report = await company.run()
    assert (report.outcome, before - company.found()) == ("succeeded", gone)


async def test_a_witness_that_went_meanwhile_is_replaced_by_another_one(company: ItrCompany) -> None:
    await company.run("full")
    before = company.found()
    others = sorted(
        one["ID"] for one in company.itr.rows("sessions") if one["ManagedByUserID"] != company.itr.login["ID"]
    )
    gone = others.pop()
    company.itr.remove("sessions", gone)
    company.wire.add(Fault(f"GET */sessions/{others[0]}", Status(403), times=None))
    assert (await company.run()).documents.deleted == 1
    assert before - company.found() == {f"itr-{gone}"}


async def test_a_witness_that_was_handed_to_the_account_is_none(company: ItrCompany) -> None:
    await company.run("full")
    before = company.found()
    remove(company, "sessions", 1)
    serve = type(company.itr).rows

    def rows(kind: str, database: str = CLIENT) -> Any:
        found = [dict(one) for one in serve(company.itr, kind, database)]
        if kind == "sessions":  # the list is read, then every record is handed to the account
            without_a_manager_but_the_account(company)
        return found

    company.itr.rows = rows  # type: ignore[method-assign]
    report = await company.run()
    assert (report.outcome, report.documents.deleted) == ("withheld", 0)
    assert company.found() == before


@pytest.mark.parametrize("told", [{"ManagedByUserID": None}, {}])
async def test_a_record_that_does_not_tell_who_manages_it_is_no_witness(
    company: ItrCompany, monkeypatch: pytest.MonkeyPatch, told: dict[str, None]
) -> None:
    await company.run("full")
    before, own = company.found(), company.itr.rows("sessions")[0]
    own["ManagedByUserID"] = company.itr.login["ID"]
    own_only(company, True, company_row=False)
    company.clock.pass_seconds(61)
    listed, detailed = ItrApp._list, ItrApp._detail

    def untold(row: dict[str, Any]) -> dict[str, Any]:
        return {**{key: row[key] for key in row if key != "ManagedByUserID"}, **told}

    def of_list(*asked: Any) -> list[dict[str, Any]]:
        return [untold(row) if row["ID"] == own["ID"] else row for row in listed(*asked)]

    def of_detail(*asked: Any) -> tuple[Any, str]:
        row, kind = detailed(*asked)
        return (untold(row) if row["ID"] == own["ID"] else row), kind

    monkeypatch.setattr(ItrApp, "_list", of_list)
    monkeypatch.setattr(ItrApp, "_detail", of_detail)
    for mode in ("delta", "full"):
        report = await company.run(mode)
        assert (report.outcome, report.documents.deleted) == ("withheld", 0)
        assert company.found() == before


async def test_what_one_process_of_the_server_lists_and_another_one_hides_is_not_gone(
    company: ItrCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each process of the server keeps rights for a minute of its own: a witness answers from one that read them before."""
    company.values["sources.itr.fields"] = {"sessions": ["Remarks"]}
    await company.run("full")
    before, detailed = company.found(), ItrApp._detail
    company.itr.get("sessions", SESSION)["Goal"] = "Changed, so that it is read again"

    def hidden(app: ItrApp, exchange: Any, kind: str, key: str) -> tuple[Any, str]:
        return detailed(app, exchange, kind, UNKNOWN if key == SESSION else key)

    monkeypatch.setattr(ItrApp, "_detail", hidden)
    for mode in ("delta", "full"):
        report = await company.run(mode)
        assert (report.outcome, report.documents.deleted) == ("withheld", 0)
        assert company.found() == before
    company.itr.remove("sessions", SESSION)
    assert (await company.run()).documents.deleted == 1
    assert before - company.found() == {f"itr-{SESSION}"}


@pytest.mark.parametrize("knows", [{"list"}, {"list", "one"}], ids=["one is wide", "all are narrow"])
@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_a_list_that_ends_at_a_record_of_the_account_proves_nothing_of_the_rest(
    company: ItrCompany, monkeypatch: pytest.MonkeyPatch, mode: str, knows: set[str]
) -> None:
    """One process of the server read a right that narrows, others did not yet: of the second page, it shows what the account manages."""
    monkeypatch.setattr(listing, "PAGE", 10)
    monkeypatch.setitem(Lists.page.__kwdefaults__, "size", 10)
    keys = sorted(one["ID"] for one in company.itr.rows("sessions"))
    for one in company.itr.rows("sessions"):
        if one["ID"] == keys[9] or one["ManagedByUserID"] == company.itr.login["ID"]:
            one["ManagedByUserID"] = company.itr.login["ID"] if one["ID"] == keys[9] else SOMEBODY
    await company.run("full")
    before, rights = company.found(), ItrApp._rights_now
    narrow = False

    def now(app: ItrApp) -> dict[str, Any]:
        return {**rights(app), OWN: narrow}

    def whole(app: ItrApp, exchange: Any, kind: str) -> Any:
        nonlocal narrow
        told = exchange.header("filter") or ""
        narrow = (
            exchange.header("startpage") != "0" or told == f"ID>={keys[9]}" or ("one" in knows and bool(told))
        )
        return lists(app, exchange, kind)

    def detail(app: ItrApp, exchange: Any, kind: str, key: str) -> tuple[Any, str]:
        nonlocal narrow
        narrow = key in keys[10:]
        return details(app, exchange, kind, key)

    lists, details = ItrApp._whole_list, ItrApp._detail
    monkeypatch.setattr(ItrApp, "_rights_now", now)
    monkeypatch.setattr(ItrApp, "_whole_list", whole)
    monkeypatch.setattr(ItrApp, "_detail", detail)
    company.clock.pass_seconds(61)
    report = await company.run(mode)
    assert (report.outcome, report.documents.deleted) == ("withheld", 0)
    assert company.found() == before


async def test_a_witness_that_cannot_be_asked_leaves_all_in_doubt(company: ItrCompany) -> None:
    await company.run("full")
    before = company.found()
    gone = remove(company, "sessions", 1)
    for one in company.itr.rows("sessions"):
        company.wire.add(Fault(f"GET */sessions/{one['ID']}", Status(503), times=None))
    report = await company.run()
    assert (report.outcome, report.documents.deleted, company.found()) == ("withheld", 0, before)
    company.wire.clear()
    await company.run()
    assert before - company.found() == {f"itr-{gone[0]}"}


async def test_rights_that_changed_prove_something_again_after_a_minute(company: ItrCompany) -> None:
    await company.run("full")
    before = company.found()
    company.itr.login["IsResearcher"] = True
    gone = remove(company, "sessions", 1)
    report = await company.run()
    assert (report.outcome, report.documents.deleted) == ("withheld", 0)
    company.clock.pass_seconds(61)
    report = await company.run()
    assert (report.outcome, before - company.found()) == ("succeeded", {f"itr-{gone[0]}"})


async def test_rights_that_were_noted_by_a_clock_that_was_ahead_do_not_wait_for_it(
    company: ItrCompany,
) -> None:
    await company.run("full")
    company.clock.pass_seconds(30 * 24 * HOUR)
    company.itr.login["IsResearcher"] = True
    await company.run()
    company.clock.pass_seconds(-30 * 24 * HOUR)
    remove(company, "sessions", 1)
    await company.run()
    company.clock.pass_seconds(61)
    assert (await company.run()).documents.deleted == 1


# -- what check and errors say --------------------------------------------------------------------


async def told(company: ItrCompany) -> dict[str, Any]:
    found: dict[str, Any] = (await inspect(company.app(), now=company.clock()))["sources"]["itr"]
    return found


async def test_check_says_so_where_the_account_sees_only_its_own(company: ItrCompany) -> None:
    own_only(company, True)
    found = await told(company)
    assert not found["ok"]
    assert "may work with its own objects only" in found["message"]


async def test_check_sees_it_where_only_the_master_database_says_so(company: ItrCompany) -> None:
    own_only(company, True, company_row=False)
    found = await told(company)
    assert not found["ok"]
    assert "no sessions but those that it manages itself" in found["message"]


async def test_check_advises_an_account_that_manages_nothing(company: ItrCompany) -> None:
    found = await told(company)
    assert found["ok"]
    assert "manages sessions itself; one that manages nothing is better" in found["message"]
    for row in company.itr.rows("sessions"):
        row["ManagedByUserID"] = next(
            one["ID"] for one in company.itr.rows("logins") if one["ID"] != company.itr.login["ID"]
        )
    assert "manages nothing" not in (await told(company))["message"]


@pytest.mark.parametrize("refuses", [True, False])
async def test_a_database_that_is_down_is_not_told_as_a_wrong_password(
    company: ItrCompany, refuses: bool
) -> None:
    company.itr.quirks.refuses_while_down = refuses
    company.itr.quirks.database_down = True
    found = await told(company)
    assert not found["ok"]
    assert "password" not in found["message"]
    assert ("its database does not answer" in found["message"]) == refuses
    company.itr.quirks.database_down = False
    company.values["sources.itr.password"] = "wrong"
    found = await told(company)
    assert "sources.itr.password" in found["message"]
    assert "database is up" in found["message"]
