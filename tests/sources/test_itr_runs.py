"""Whole runs between the sandbox's ITR and Interact: what is pushed, what is removed, and what is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from connector.commands.inspection import inspect
from connector.document.audience import make_audience
from connector.errors import SettingsError
from connector.ports.source import Reading
from connector.sandbox.faults import Fault, Status
from connector.sandbox.itr import CLIENT, MASTER
from connector.sources.itr.client import Itr
from tests.sources.itr_company import (
    BATTERY,
    MASTER_BATTERY,
    MASTER_TEST,
    SESSION,
    TEST,
    ItrCompany,
    itr_company,
)

HOUR = 3_600.0
COMPANY = "b56e7e58-943b-503c-8f57-cc677ef3f396"
OFFICE = f"itr:group:{COMPANY}/office"
OLAF = "c62b4b15-ab5e-5f76-afaa-24b043dca964"
"""May work with his own objects only, and manages SESSION."""
DEFAULT_KINDS = ("sessions", "tests", "batteries", "reportdefinitions")


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[ItrCompany]:
    async with itr_company(tmp_path) as made:
        yield made


def expected(company: ItrCompany, *kinds: str) -> set[str]:
    """Ids of what should be found."""
    mine = {f"itr-{key}" for kind in kinds or DEFAULT_KINDS for key in company.itr.tables[CLIENT][kind]}
    return mine | {
        f"itr-m-{key}" for kind in kinds or DEFAULT_KINDS for key in company.itr.tables[MASTER][kind]
    }


def facets(company: ItrCompany, key: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for one in company.intranet.documents[key].document["Taxonomy"]:
        value = one.get("TextValue") or one.get("NumberValue") or one.get("DateValue")
        found.setdefault(one["Name"], []).append(value)
    return found


# -- what is found --------------------------------------------------------------------------------


async def test_a_full_run_brings_every_record_of_the_named_kinds(company: ItrCompany) -> None:
    report = await company.run("full")
    assert (report.outcome, report.session.ended) == ("succeeded", True)
    assert company.found() == expected(company)
    assert company.itr.violations == []
    assert company.itr.billed == []


async def test_persons_reports_groups_and_organisations_are_off_until_named(company: ItrCompany) -> None:
    await company.run()
    for part in ("/persons", "/generatedreports", "/organisations"):
        assert company.calls(part) == []
    company.values["sources.itr.records"] = ["persons", "generatedreports", "groups", "organisations"]
    company.values["sources.itr.person_names"] = True
    await company.run()
    new = expected(company, "persons", "generatedreports", "groups", "organisations")
    assert new <= company.found()


async def test_a_second_run_without_changes_reads_lists_only(company: ItrCompany) -> None:
    await company.run()
    company.wire.calls.clear()
    report = await company.run()
    assert (report.documents.unchanged, report.documents.updated, report.documents.added) == (39, 0, 0)
    # what stands beside the record that carries the ledger's note, and three that the last delta sent (is it an older intranet?)
    assert report.push.requests == 4
    assert [path for path in company.calls() if SESSION in path or TEST in path] == []


async def test_only_a_changed_record_is_read_again(company: ItrCompany) -> None:
    await company.run()
    company.wire.calls.clear()
    company.itr.get("sessions", SESSION)["Goal"] = "Coaching"
    report = await company.run()
    assert report.documents.updated == 1
    assert company.calls("/sessiontests/") == [f"/api/sessiontests/{SESSION}"]
    assert "Coaching" in company.intranet.documents[f"itr-{SESSION}"].document["FileContents"]


async def test_a_renamed_group_and_a_renamed_battery_change_the_sessions_that_name_them(
    company: ItrCompany,
) -> None:
    await company.run()
    group = company.itr.get("sessions", "30a0bb6b-cd06-5d69-ab8a-6e8c2d1e56c2")["GroupID"]
    company.itr.get("groups", group)["Description"] = "Renamed group"
    company.itr.get("batteries", BATTERY)["BatteryName"] = "Renamed battery"
    await company.run()
    named = [key for key in company.found() if "Renamed group" in facets(company, key).get("Group", [])]
    assert len(named) == 6
    assert facets(company, f"itr-{SESSION}")["Battery"] == ["Renamed battery"]


async def test_details_that_change_without_their_row_come_on_a_rotation(company: ItrCompany) -> None:
    company.values["sources.itr.audience_share"] = 0.25
    await company.run()
    company.itr.get("tests", TEST)["CatalogInformation"] = "<p>Rewritten</p>"
    company.itr.details.clear()
    reread = 0
    for _ in range(4):
        report = await company.run()
        reread += report.sources["itr"].reread
    sessions = len(company.itr.rows("sessions"))
    assert company.intranet.documents[f"itr-{TEST}"].document["FileContents"] == "Rewritten"
    others = len(company.found()) - sessions - 1  # of the master's battery nothing more is read
    assert others < reread < others + sessions  # every record once; the tests of several sessions in one call


async def test_the_audit_trail_hints_at_sessions_whose_tests_changed(company: ItrCompany) -> None:
    await company.run()
    company.itr.add("sessiontests", SessionID=SESSION, TestID=TEST, TestLanguage="de", Sequence=9)
    company.itr.note_change(SESSION, "2027-03-01T00:00:00.5+00:00")
    company.wire.calls.clear()
    await company.run()
    assert facets(company, f"itr-{SESSION}")["Number of tests"] == [3]
    assert company.calls("/sessiontests/") == [f"/api/sessiontests/{SESSION}"]
    company.wire.calls.clear()
    await company.run()
    assert company.calls("/sessiontests/") == []


async def test_names_of_persons_are_read_only_where_they_may_stand(company: ItrCompany) -> None:
    company.values["sources.itr.person_names"] = True
    company.itr.get("sessions", SESSION)["Description"] = "Intake assessment"
    await company.run()
    title = company.intranet.documents[f"itr-{SESSION}"].document["Title"]
    assert title == "Intake assessment, Zoë Müller-Lüdenscheidt MSc, 2 October 2026"
    company.values["sources.itr.person_names"] = False
    await company.run()
    assert (
        company.intranet.documents[f"itr-{SESSION}"].document["Title"]
        == "Intake assessment – Selectie, 2 October 2026"
    )


# -- audiences ------------------------------------------------------------------------------------


async def test_records_show_to_the_companys_office(company: ItrCompany) -> None:
    await company.run()
    shown = {key: one.document["ExternalIdentities"] for key, one in company.intranet.documents.items()}
    own = {f"itr-{one['ID']}" for one in company.itr.rows("sessions") if one["ManagedByUserID"] == OLAF}
    assert len(own) == 3
    for key, identities in shown.items():
        assert identities == [OFFICE, *([f"itr:user:{OLAF}"] if key in own else [])]
    assert not any(one.document["IsPublic"] for one in company.intranet.documents.values())


async def test_records_show_to_their_manager_and_the_supervisors(company: ItrCompany) -> None:
    company.values["sources.itr.permissions"] = "manager"
    await company.run()
    supervisors = f"itr:group:{COMPANY}/supervisors"
    manager = company.itr.get("sessions", SESSION)["ManagedByUserID"]
    document = company.intranet.documents[f"itr-{SESSION}"].document
    assert document["ExternalIdentities"] == sorted([supervisors, f"itr:user:{manager}"])
    assert company.intranet.documents[f"itr-{TEST}"].document["ExternalIdentities"] == [supervisors]
    company.itr.get("logins", manager)["Active"] = False
    await company.run()
    document = company.intranet.documents[f"itr-{SESSION}"].document
    assert document["ExternalIdentities"] == [supervisors]


async def test_managers_are_read_before_anything_is_pushed(company: ItrCompany) -> None:
    company.values["sources.itr.permissions"] = "manager"
    app = company.app()
    with app.ledger() as ledger:
        async with app.source("itr", ledger) as source:
            assert isinstance(source, Itr)
            await source.open(Reading(run=1, thorough=False))
            told = {}
            for found in await source.scopes():
                audience, _ = await source.audience(found.scope, None, [])
                async for seen in source.audiences(found.scope, audience, None):
                    told |= {one.id: one.audience for one in seen}
    manager = company.itr.get("sessions", SESSION)["ManagedByUserID"]
    supervisors = f"itr:group:{COMPANY}/supervisors"
    assert told[f"itr-{SESSION}"] == make_audience([supervisors, f"itr:user:{manager}"])
    assert told[f"itr-m-{MASTER_BATTERY}"] == make_audience([supervisors])
    assert told[f"itr-{TEST}"] == make_audience([supervisors])  # nobody manages tests


async def test_a_former_manager_loses_a_record_even_where_it_cannot_be_read(company: ItrCompany) -> None:
    company.values["sources.itr.permissions"] = "manager"
    await company.run()
    former = company.itr.get("sessions", SESSION)["ManagedByUserID"]
    company.itr.get("sessions", SESSION)["ManagedByUserID"] = company.itr.login["ID"]
    company.wire.add(Fault("GET */sessiontests/*", Status(503), times=None))
    await company.run()
    document = company.intranet.documents[f"itr-{SESSION}"].document
    assert f"itr:user:{former}" not in document["ExternalIdentities"]
    company.wire.clear()
    await company.run()
    shown = company.intranet.documents[f"itr-{SESSION}"].document["ExternalIdentities"]
    assert shown == [f"itr:group:{COMPANY}/supervisors", f"itr:user:{company.itr.login['ID']}"]


async def test_a_narrower_choice_of_permissions_takes_everything_from_the_office(company: ItrCompany) -> None:
    await company.run()
    company.values["sources.itr.permissions"] = "manager"
    company.values["safety.max_widened"] = 1_000
    await company.run()
    shown = [one.document["ExternalIdentities"] for one in company.intranet.documents.values()]
    assert not any(OFFICE in identities for identities in shown)


async def test_check_signs_in_and_says_what_the_choice_exposes(company: ItrCompany) -> None:
    told = (await inspect(company.app(), now=company.clock()))["sources"]["itr"]
    assert told["ok"]
    assert "7 of 11 lists of records" in told["message"]
    assert "every office user" in told["message"]
    assert company.calls("/sessions")
    assert company.itr.tokens == set()


async def test_fixed_identities_are_taken_from_the_settings(company: ItrCompany) -> None:
    company.values["sources.itr.permissions"] = "fixed"
    company.values["sources.itr.identities"] = ["itr:group:everyone/all"]
    await company.run()
    document = company.intranet.documents[f"itr-{SESSION}"].document
    assert document["ExternalIdentities"] == ["itr:group:everyone/all"]


# -- what is removed ------------------------------------------------------------------------------


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


# -- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_a_database_that_goes_down_during_a_run_removes_nothing(company: ItrCompany, mode: str) -> None:
    await company.run("full")
    before = company.found()
    account = type(company.itr).rows

    def rows(kind: str, database: str = CLIENT) -> Any:
        company.itr.quirks.database_down = True
        return account(company.itr, kind, database)

    company.itr.rows = rows  # type: ignore[method-assign]
    report = await company.run(mode)
    assert report.outcome in {"withheld", "failed"}
    assert report.documents.deleted == 0
    assert not report.session.ended
    assert company.found() == before


@pytest.mark.parametrize("kind", [*DEFAULT_KINDS, "groups", "sessiontests"])
async def test_a_list_whose_query_fails_removes_nothing(company: ItrCompany, kind: str) -> None:
    await company.run("full")
    before = company.found()
    company.itr.quirks.failing.add(kind)
    for _ in range(3):
        report = await company.run()
        assert report.documents.deleted == 0
        assert report.outcome != "braked"
        company.clock.pass_seconds(HOUR)
    if kind != "sessiontests":  # they are read for changed sessions only
        assert report.outcome == "withheld"
    assert company.found() == before


async def test_an_emptied_server_is_braked(company: ItrCompany) -> None:
    await company.run("full")
    before = company.found()
    company.itr.shut()
    company.itr.tables[CLIENT]["logins"][company.itr.login["ID"]] = company.itr.login
    for mode in ("delta", "full"):
        report = await company.run(mode)
        assert (report.outcome, report.documents.deleted, report.session.ended) == ("braked", 0, False)
        company.clock.pass_seconds(2 * HOUR)
    assert company.found() == before


async def test_what_was_held_by_the_brake_goes_when_a_person_approves(company: ItrCompany) -> None:
    company.values["safety.max_deletes"] = 1
    await company.run()
    for kind, key in (("sessions", SESSION), ("tests", TEST)):
        company.itr.remove(kind, key)
    company.itr.remove("tests", MASTER_TEST, MASTER)
    await company.run()
    company.clock.pass_seconds(2 * HOUR)
    braked = await company.run()
    assert (braked.outcome, braked.documents.deleted) == ("braked", 0)
    report = await company.run(approve=braked.run_id)
    assert report.documents.deleted + len(company.found() - expected(company)) <= 3
    assert company.found() == expected(company)


async def test_tokens_that_end_during_a_run_do_no_harm(company: ItrCompany) -> None:
    await company.run()
    for session in company.itr.rows("sessions"):
        session["Goal"] = "New goal"
    rows, count = type(company.itr).rows, 0

    def forgetful(kind: str, database: str = CLIENT) -> Any:
        nonlocal count
        count += 1
        if count % 40 == 0:
            company.itr.tokens.clear()
        return rows(company.itr, kind, database)

    company.itr.rows = forgetful  # type: ignore[method-assign]
    report = await company.run()
    assert (report.outcome, report.documents.updated) == ("succeeded", 25)


async def test_every_run_signs_out(company: ItrCompany) -> None:
    await company.run()
    assert company.itr.tokens == set()


async def test_cut_wires_lose_nothing_and_the_next_run_makes_good(
    company: ItrCompany, tmp_path: Path
) -> None:
    await company.run("full")
    company.wire.calls.clear()
    await company.run()
    calls = len(company.wire.calls)
    before = company.found()
    for number in range(1, calls + 1, 7):
        company.wire.clear()
        company.wire.calls.clear()
        company.wire.break_at(number, Status(503))
        report = await company.run()
        assert report.documents.deleted == 0
        assert company.found() == before
    company.wire.clear()
    assert (await company.run()).outcome == "succeeded"


# -- two sources, one target ----------------------------------------------------------------------


async def test_two_sources_share_a_target_without_colliding(company: ItrCompany) -> None:
    company.rooms.add_room("example-corp", "tunnel", "The tunnel", authorities=[("user", "kari@example.com")])
    company.values = {**company.both, **company.values}
    report = await company.run("full")
    assert (report.outcome, report.session.ended) == ("succeeded", True)
    rooms = {key for key in company.found() if key.startswith("ix-")}
    assert company.found() - rooms == expected(company)
    assert rooms
    identities = {
        i for one in company.intranet.documents.values() for i in one.document["ExternalIdentities"]
    }
    assert {identity.split(":")[0] for identity in identities} == {"interaxo", "itr"}
    company.itr.remove("sessions", SESSION)
    report = await company.run()
    assert (report.outcome, report.documents.deleted) == ("succeeded", 1)
    assert rooms <= company.found()


async def test_one_source_that_is_down_hurts_the_other_not(company: ItrCompany) -> None:
    company.rooms.add_room("example-corp", "tunnel", "The tunnel", authorities=[("user", "kari@example.com")])
    company.values = {**company.both, **company.values}
    await company.run("full")
    company.itr.quirks.database_down = True
    before = company.found()
    report = await company.run("full")
    assert report.outcome == "withheld"
    assert not report.session.ended
    assert company.found() == before


async def test_two_sources_of_one_prefix_are_refused(company: ItrCompany) -> None:
    company.values = {**company.both, **company.values, "sources.itr.id_prefix": "ix"}
    with pytest.raises(SettingsError, match="would collide"):
        company.app()


async def test_two_sources_of_one_company_keep_their_own_audiences(company: ItrCompany) -> None:
    second = {key.replace("sources.itr.", "sources.second."): value for key, value in company.values.items()}
    company.values |= second | {"sources.second.id_prefix": "two"}
    for _ in range(2):
        assert (await company.run()).outcome == "succeeded"
    first = company.intranet.documents[f"itr-{SESSION}"].document["ExternalIdentities"]
    other = company.intranet.documents[f"two-{SESSION}"].document["ExternalIdentities"]
    assert first == [OFFICE, f"itr:user:{OLAF}"]
    assert other == [OFFICE.replace("itr:", "second:"), f"second:user:{OLAF}"]


async def test_a_server_that_counts_calls_is_kept_within_its_limit(company: ItrCompany) -> None:
    company.itr.quirks.calls_per_s = 20
    company.values["sources.itr.calls_per_s"] = 10
    company.itr.tables[CLIENT]["sessions"] = {SESSION: company.itr.get("sessions", SESSION)}
    async with asyncio.timeout(30):
        report = await company.run()
    assert report.outcome == "succeeded"


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
