"""Whole runs between the sandbox's ITR and Interact: what is found, what goes wrong, and two sources of one target."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from connector.engine.loop_yield import LONG_TEXT
from connector.errors import SettingsError
from connector.sandbox.faults import Status
from connector.sandbox.itr import CLIENT, MASTER
from connector.sources.itr import parts
from tests.sources.itr_company import BATTERY, MASTER_TEST, SESSION, TEST, ItrCompany
from tests.sources.itr_records import DEFAULT_KINDS, HOUR, OFFICE, OLAF, expected, facets

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


async def test_a_very_long_text_is_read_while_everything_else_goes_on(
    company: ItrCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[int] = set()

    def html_to_text(markup: str) -> str:
        if len(markup) >= LONG_TEXT:
            threads.add(threading.get_ident())
        return markup[:100]

    monkeypatch.setattr(parts, "html_to_text", html_to_text)
    company.itr.get("tests", TEST)["CatalogInformation"] = "<" * LONG_TEXT
    company.itr.rows("reportdefinitions")[0]["Explanation"] = "<" * LONG_TEXT
    await company.run()
    assert threads
    assert threading.get_ident() not in threads


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
