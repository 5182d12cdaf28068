"""ITR's readers against every odd value in every column: one odd row costs itself only, and nothing is read with a field missing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from itertools import zip_longest
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.errors import RecordInvalid
from connector.sandbox.faults import Fault, Instead, Status
from connector.sandbox.itr import CLIENT, MASTER
from connector.sandbox.itr_http import ItrApp
from connector.sources.itr import wire
from connector.sources.itr.listing import PAGE, Listing
from connector.sources.itr.mapping import Entry, RecordMapping, Rules
from connector.sources.itr.own_rows import rights_of
from connector.sources.itr.parts import Detail, Related
from connector.sources.itr.wire import (
    ROWS,
    Login,
    Record,
    Row,
    Session,
    SessionTest,
    Unreadable,
    moment,
    parse_named,
    parse_row,
    parse_rows,
)
from tests.sources.itr_company import BATTERY, NO_END, SESSION, TEST, ItrCompany, itr_company
from tests.sources.itr_samples import sample

DEEP = "[" * 2_000 + "]" * 2_000
ODD = (
    "null", '""', r'"\ud83d"', r'"\ude00 x"', "NaN", "-Infinity", "1e999", "9" * 5_000, str(2**63), "-1", "1.5", "true",
    "[]", "{}", '[{"a":[null]}]', DEEP, '"0001-01-01T00:00:00+01:00"', '"9999-12-31T23:59:59.999"',
    '"9999-12-31T23:59:59.999-01:00"', '"0000-00-00"', '"soon"', '"\x01\t\x00"', '"\u202e\u200b"', '"00000000-0000-0000-0000-000000000000"',
    '"not-a-key"', '"' + "x" * 70_000 + '"', '"\\u0000"',
)  # fmt: skip
"""Values as they stand in an answer."""
LISTS: dict[str, type[Row]] = {
    "sessions_all_sorted_by_id": Session,
    "persons_all_sorted_by_id": wire.Person,
    "sessiontests_all_sorted_by_id": SessionTest,
    "batteries_all_sorted_by_id": wire.Battery,
    "master_tests_MY_CN": wire.Test,
    "generatedreports_for_session": wire.GeneratedReport,
}
DETAILS: dict[str, type[Row]] = {
    "detail_session": Session,
    "detail_person": wire.Person,
    "detail_battery": wire.Battery,
    "detail_generatedreport": wire.GeneratedReport,
}
RULES = Rules(
    source="itr",
    prefix="itr",
    web_url="https://itr.example.com",
    records=tuple(wire.ROWS),
    person_names=True,
    fields={},
    archived=True,
    overrides={},
)


def with_odd(row: dict[str, Any], column: str, value: str) -> bytes:
    """A row as it stands in an answer, with one value that is odd."""
    fields = {name: json.dumps(held) for name, held in row.items()} | {column: value}
    return ("{" + ",".join(f"{json.dumps(name)}:{held}" for name, held in fields.items()) + "}").encode(
        errors="surrogatepass"
    )


def read_on(row: Row, kind: str) -> None:
    """Do with a row all that is done with rows."""
    entry = Entry(
        kind=kind, database=CLIENT, record=Record(row), related=Related(), company="Office", audience=None
    )
    mapping = RecordMapping(RULES)
    try:
        listed = mapping.listed(entry)
        document = mapping.document(entry, Detail(row=row))
    except RecordInvalid:
        return
    assert (listed.native, bool(document.title)) == (row.key, True)


@pytest.mark.parametrize("name", LISTS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_an_odd_row_of_a_list_leaves_every_other_one_alone(name: str, data: st.DataObject) -> None:
    kind, rows = LISTS[name], json.loads(sample(name).body)
    at = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.sampled_from(sorted(rows[0])))
    value = data.draw(st.sampled_from(ODD))
    texts = [json.dumps(row).encode() for row in rows]
    plain = parse_rows(b"[" + b",".join(texts) + b"]", kind)
    texts[at] = with_odd(rows[at], column, value)
    read = parse_rows(b"[" + b",".join(texts) + b"]", kind)
    assert [*read[:at], *read[at + 1 :]] == [*plain[:at], *plain[at + 1 :]]
    if column != "ID":
        assert read[at].key == plain[at].key
    listing = Listing(kind, began=0)
    listing.add([row if isinstance(row, Unreadable) else Record(row) for row in read], name)
    assert sum(len(page) for page in listing.pages()) + bool(listing.nameless) == len(rows)
    one = read[at]
    if isinstance(one, Unreadable):
        assert one.problem
        one.as_far_as_told(kind).digest()
    elif kind in ROWS.values():
        read_on(one, next(key for key, row in ROWS.items() if row is kind))


@pytest.mark.parametrize("name", DETAILS)
@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_an_odd_record_is_read_or_refused_and_nothing_else(name: str, data: st.DataObject) -> None:
    row = json.loads(sample(name).body)
    body = with_odd(row, data.draw(st.sampled_from(sorted(row))), data.draw(st.sampled_from(ODD)))
    try:
        parse_row(body, DETAILS[name]).digest()
        parse_named(body, tuple(row))
    except msgspec.DecodeError:
        return


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_an_odd_account_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    row = json.loads(sample("currentuser").body)
    body = with_odd(row, data.draw(st.sampled_from(sorted(row))), data.draw(st.sampled_from(ODD)))
    try:
        rights_of(body)
    except msgspec.DecodeError:
        return


@given(st.one_of(st.sampled_from([value.strip('"') for value in ODD]), st.text()))
def test_no_time_is_too_odd(value: str) -> None:
    moment(value)
    wire.ends_at(value)


def test_what_is_no_time_is_not_taken_for_none() -> None:
    rows = json.loads(sample("sessions_all_sorted_by_id").body)
    rows[0]["StartedAt"], rows[1]["StartedAt"] = "soon", "0001-01-01T00:00:00+01:00"
    read = parse_rows(json.dumps(rows).encode(), Session)
    assert isinstance(read[0], Unreadable)
    assert read[0].problem == "StartedAt is no time"
    assert isinstance(read[1], Session)
    assert moment(read[1].started_at) is None


def test_null_is_no_text_and_no_relation_but_no_number_and_no_yes() -> None:
    rows = json.loads(sample("sessions_all_sorted_by_id").body)[:4]
    for row, column in zip(rows, ("Description", "GroupID", "Status", "Active"), strict=True):
        row[column] = None
    one, two, three, four = parse_rows(json.dumps(rows).encode(), Session)
    assert isinstance(one, Session)
    assert isinstance(two, Session)
    assert (one.description, two.group_id) == ("", wire.ZERO)
    assert isinstance(three, Unreadable)
    assert isinstance(four, Unreadable)


# -- whole runs -----------------------------------------------------------------------------------


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[ItrCompany]:
    async with itr_company(tmp_path) as made:
        made.values["sources.itr.records"] = [
            "sessions", "tests", "batteries", "reportdefinitions", "groups", "organisations", "persons", "generatedreports",
        ]  # fmt: skip
        made.values["sources.itr.person_names"] = True
        yield made


VALUES: tuple[Any, ...] = (
    None, "", "\ud83d", float("nan"), 2**70, True, [], {"a": {}}, [[[[1]]]], "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59.999", "soon", "\x00\x1f", "not-a-key", 1.5, float("inf"),
)  # fmt: skip
KEYS = {"ID", "ManagedByUserID"}


def changes_of(company: ItrCompany, kind: str) -> list[list[tuple[str, Any]]]:
    """Round by round which column of which row of a kind is odd, in which way."""
    columns = sorted({*company.itr.listed[kind]} - KEYS)
    changes = [(column, value) for value in VALUES for column in columns]
    step = max(len(company.itr.rows(kind)), len(changes) // 6)
    return [changes[start:] for start in range(0, len(changes), step)]


async def quarantined(company: ItrCompany) -> set[str]:
    with company.app().ledger() as ledger:
        return {row.id for row in ledger.quarantine("intranet").parked()}


@pytest.mark.parametrize(
    ("kinds", "known"),
    [
        (["sessions"], True),
        (["tests", "groups"], True),
        (["batteries", "organisations"], True),
        (["reportdefinitions", "persons"], True),
        (["sessions"], False),
        (["batteries", "organisations"], False),
    ],
    ids=str,
)
async def test_odd_rows_of_a_kind_cost_themselves_only(
    company: ItrCompany, kinds: list[str], known: bool
) -> None:
    """Two kinds at once where no record of one names one of the other."""
    plain = dict(company.itr.tables[CLIENT])
    everything = {f"itr-{key}" for of in company.values["sources.itr.records"] for key in plain[of]}
    everything |= {
        f"itr-m-{key}"
        for of in company.values["sources.itr.records"]
        for key in company.itr.tables[MASTER][of]
    }
    if known:
        await company.run("full")
        assert company.found() == everything
    rounds = [changes_of(company, kind) for kind in kinds]
    rows = [row for kind in kinds for row in company.itr.rows(kind)]
    for changes in zip_longest(*rounds, fillvalue=[]):
        before = [dict(row) for row in rows]
        for kind, of_kind in zip(kinds, changes, strict=True):
            for row, (column, value) in zip(company.itr.rows(kind), of_kind, strict=False):
                row[column] = value
        company.itr.details.clear()
        report = await company.run("full")
        assert report.outcome in {"succeeded", "quarantined"}, report.reasons
        assert report.session.ended
        assert report.documents.deleted == 0
        assert company.found() | await quarantined(company) >= everything
        if known:
            assert company.found() == everything
        for row, held in zip(rows, before, strict=True):
            row.update(held)
    company.itr.details.clear()
    report = await company.run("full")
    assert (report.outcome, company.found()) == ("succeeded", everything), report.reasons


@pytest.mark.parametrize("value", [None, "", 7, "\ud83d", float("nan")])
async def test_a_row_without_a_key_keeps_its_list_from_being_whole_and_no_other_row_away(
    company: ItrCompany, value: Any
) -> None:
    await company.run("full")
    before = company.found()
    row = company.itr.get("sessions", SESSION)
    company.itr.get("groups", company.itr.rows("groups")[0]["ID"])["Description"] = "Renamed all the same"
    row["ID"] = value
    report = await company.run("full")
    assert (report.outcome, report.session.ended, report.documents.deleted) == ("withheld", False, 0)
    assert company.found() == before
    assert report.documents.updated
    row["ID"] = SESSION
    assert (await company.run("full")).outcome == "succeeded"


async def test_an_odd_row_in_the_key_alone_is_found_by_its_other_name(company: ItrCompany) -> None:
    rows = json.loads(sample("sessions_all_sorted_by_id").body)
    rows[0]["ID"] = None
    read = parse_rows(json.dumps(rows).encode(), Session)
    assert isinstance(read[0], Unreadable)
    assert read[0].key == rows[0]["id"]


async def test_an_odd_login_leaves_everybody_elses_access_and_her_own_as_they_were(
    company: ItrCompany,
) -> None:
    company.values["sources.itr.permissions"] = "manager"
    await company.run("full")
    people = {key: one.identities for key, one in company.intranet.users.items()}
    shown = {key: one.document["ExternalIdentities"] for key, one in company.intranet.documents.items()}
    manager = company.itr.get("sessions", SESSION)["ManagedByUserID"]
    for column, value in (("UserName", 7), ("Email", []), ("Active", None), ("EndDateLicense", "soon")):
        held = company.itr.get("logins", manager)[column]
        company.itr.get("logins", manager)[column] = value
        for mode in ("delta", "full"):
            report = await company.run(mode)
            assert report.outcome in {"succeeded", "withheld"}, report.reasons
            assert people == {key: one.identities for key, one in company.intranet.users.items()}
            assert shown == {
                key: one.document["ExternalIdentities"] for key, one in company.intranet.documents.items()
            }
        company.itr.get("logins", manager)[column] = held


async def test_an_odd_login_that_may_not_sign_in_any_more_loses_what_it_had(company: ItrCompany) -> None:
    company.values["sources.itr.permissions"] = "manager"
    await company.run("full")
    manager = company.itr.get("sessions", SESSION)["ManagedByUserID"]
    company.itr.get("logins", manager).update({"Active": False, "UserName": 7})
    await company.run()
    assert not any(
        f"itr:user:{manager}" in one.document["ExternalIdentities"]
        for one in company.intranet.documents.values()
    )


@pytest.mark.parametrize("column", sorted(wire.UNTOLD))
def test_a_login_without_a_column_that_decides_about_somebody_cannot_be_read(column: str) -> None:
    whole = json.loads(sample("currentuser").body)
    odd = {name: value for name, value in whole.items() if name != column}
    first, other = parse_rows(json.dumps([odd, whole]).encode(), Login)
    assert isinstance(first, Unreadable)
    assert column in first.problem
    assert first.as_far_as_told(Login).active
    assert isinstance(other, Login)


GONE = object()


@pytest.mark.parametrize(
    ("kept_out", "column", "values", "known"),
    [
        (
            {"EndDateLicense": "2021-01-01T00:00:00+00:00"},
            "EndDateLicense",
            (GONE, None, "", "soon", 7),
            True,
        ),
        ({"IsTestTakingUser": True}, "IsTestTakingUser", (GONE, None, "yes"), False),
        ({"Active": False}, "Active", (GONE, None, "no"), True),
        ({"MayWorkWithOwnObjectsOnly": True}, "MayWorkWithOwnObjectsOnly", (GONE, None, []), False),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
async def test_a_login_that_does_not_tell_what_keeps_it_out_gains_nothing(
    company: ItrCompany, kept_out: dict[str, Any], column: str, values: tuple[Any, ...], known: bool
) -> None:
    company.values["sources.itr.records"] = ["sessions", "persons"]
    login = next(row for row in company.itr.rows("logins") if row["ID"] != company.itr.login["ID"])
    login |= {"EndDateLicense": NO_END, **kept_out}
    if known:
        await company.run("full")
    before = company.intranet.visible_to(login["Email"])
    for value in values:
        login.pop(column, None)
        if value is not GONE:
            login[column] = value
        for mode in ("delta", "full"):
            await company.run(mode)
            assert company.intranet.visible_to(login["Email"]) <= before, value


async def test_who_may_see_an_odd_record_is_as_narrow_as_it_tells(company: ItrCompany) -> None:
    company.values["sources.itr.permissions"] = "manager"
    await company.run("full")
    session = company.itr.get("sessions", SESSION)
    former, session["ManagedByUserID"] = session["ManagedByUserID"], company.itr.login["ID"]
    session["Status"] = "odd"
    await company.run()
    shown = company.intranet.documents[f"itr-{SESSION}"].document["ExternalIdentities"]
    assert f"itr:user:{former}" not in shown
    assert all(not one.startswith("itr:user:") or one.endswith(session["ManagedByUserID"]) for one in shown)


async def test_a_session_whose_test_cannot_be_read_keeps_what_the_intranet_has(company: ItrCompany) -> None:
    await company.run("full")
    before = company.intranet.documents[f"itr-{SESSION}"].document
    one = next(row for row in company.itr.rows("sessiontests") if row["SessionID"] == SESSION)
    one["Sequence"] = None
    report = await company.run("full")
    assert (report.outcome, report.session.ended) == ("quarantined", True)
    assert await quarantined(company) == {f"itr-{SESSION}"}
    assert company.intranet.documents[f"itr-{SESSION}"].document["Taxonomy"] == before["Taxonomy"]
    assert sum("/sessiontests/" in path for path in company.calls()) < 10, "the others are read many at once"


async def test_a_named_field_that_cannot_be_read_is_not_left_out(company: ItrCompany) -> None:
    company.values["sources.itr.fields"] = {"sessions": ["PluginData"], "persons": ["UserDefinedFields"]}
    person = company.itr.rows("persons")[0]
    person["UserDefinedFields"] = {"a": float("nan")}
    company.itr.get("sessions", SESSION)["PluginData"] = {"deep": float("inf")}
    report = await company.run("full")
    assert report.outcome == "quarantined"
    assert await quarantined(company) == {f"itr-{SESSION}", f"itr-{person['ID']}"}


async def test_odd_details_cost_themselves_only(company: ItrCompany) -> None:
    company.itr.get("tests", TEST)["CatalogInformation"] = 7
    company.itr.get("batteries", BATTERY)["Description"] = [1]
    report = await company.run("full")
    assert (report.outcome, report.session.ended) == ("quarantined", True)
    assert await quarantined(company) == {f"itr-{TEST}", f"itr-{BATTERY}"}


@pytest.mark.parametrize(
    "value", ["soon", "9999-12-31T23:59:59+00:00", "2026-10-02\n08:00:00", None, "\ud83d"]
)
async def test_an_odd_audit_row_takes_no_hint_away(company: ItrCompany, value: Any) -> None:
    await company.run()
    company.itr.note_change(SESSION, "2020-01-01T00:00:00+00:00")
    company.itr.rows("audittrail")[-1]["CreateDate"] = value
    report = await company.run()
    assert report.outcome == "succeeded"
    with company.app().ledger() as ledger:
        note = ledger.notes("itr").get("audit", "since")
    assert note is not None
    assert note[0] < b"2027-02"


@pytest.mark.parametrize("token", ["W\nX: y", "W\ud83d", "", 7, None, "Wé"])
async def test_a_token_that_no_header_can_carry_is_none(
    company: ItrCompany, monkeypatch: pytest.MonkeyPatch, token: Any
) -> None:
    monkeypatch.setattr(ItrApp, "_give_token", lambda _: token)
    report = await company.run()
    assert report.outcome == "failed"
    assert not any("bug" in reason for reason in report.reasons)


async def test_an_audit_trail_whose_pages_repeat_has_an_end(company: ItrCompany) -> None:
    await company.run()
    rows = [
        {"ID": str(UUID(int=number)), "CreateDate": "2020-01-01T00:00:00+00:00"}
        for number in range(1, PAGE + 1)
    ]
    company.wire.add(Fault("GET */audittrail", Instead(json.dumps(rows).encode()), times=9))
    company.wire.calls.clear()
    report = await company.run()
    assert report.outcome == "succeeded"
    assert company.calls("/audittrail") == ["/api/audittrail"] * 2


@pytest.mark.parametrize("odd", [Instead(b"<html>"), Status(500)], ids=["a page", "an error"])
async def test_records_whose_own_answers_cannot_be_read_cost_no_other_kind_anything(
    company: ItrCompany, odd: Instead | Status
) -> None:
    await company.run("full")
    everything = company.found()
    company.intranet.documents.clear()
    company.values["sources.itr.fields"] = {"sessions": ["PluginData"]}
    company.wire.add(Fault("GET */sessions/*", odd, times=None))
    report = await company.run("full")
    sessions = {f"itr-{row['ID']}" for row in company.itr.rows("sessions")}
    assert len(sessions) > 5
    assert company.found() >= everything - sessions
    assert not any("several calls in a row" in one for one in report.sources["itr"].errors)
