"""ITR's JSON as we read it, against answers of a real server with invented data."""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from connector.sources.itr import wire
from connector.sources.itr.own_rows import SignedIn, rights_of
from connector.sources.itr.wire import (
    ROWS,
    Battery,
    GeneratedReport,
    Login,
    Person,
    Row,
    Session,
    SessionTest,
    Unreadable,
    moment,
    parse_named,
    parse_rows,
)
from tests.sources.itr_samples import sample

SENSITIVE = (
    "Remarks",
    "PluginData",
    "Results",
    "Scores",
    "ReportText",
    "BirthDate",
    "ShortLoginCode",
    "Password",
)


def test_recorded_sessions_are_read() -> None:
    rows = parse_rows(sample("sessions_all_sorted_by_id").body, Session)
    assert len(rows) == 25
    one = next(row for row in rows if isinstance(row, Session) and row.key.startswith("0b2b735c"))
    assert (one.session_type, one.status, one.goal, one.dbsource) == (0, 31, "Selectie", 0)
    assert one.ended_at == "2026-10-02T08:15:30.123000+00:00"


@pytest.mark.parametrize(
    ("name", "kind", "count"),
    [
        ("sessiontests_all_sorted_by_id", SessionTest, 26),
        ("persons_all_sorted_by_id", Person, 40),
        ("generatedreports_for_session", GeneratedReport, 2),
        ("master_tests_MY_CN", wire.Test, 2),
        ("batteries_all_sorted_by_id", Battery, 3),
    ],
)
def test_every_recorded_row_is_read(name: str, kind: type[wire.Row], count: int) -> None:
    rows = parse_rows(sample(name).body, kind)
    assert len(rows) == count
    assert not any(isinstance(row, Unreadable) for row in rows)


def test_no_row_declares_a_sensitive_column() -> None:
    for kind in (*ROWS.values(), SessionTest, Login):
        columns = {field.encode_name for field in msgspec.structs.fields(kind)}
        assert not columns & set(SENSITIVE), kind


@pytest.mark.parametrize("kind", Row.__subclasses__(), ids=lambda kind: kind.__name__)
def test_no_row_declares_a_column_that_nothing_needs(kind: type[Row]) -> None:
    """An odd value in it would keep the record back for nothing."""
    needed: set[object] = set()
    for path in Path(wire.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                needed.add(node.attr)
            elif isinstance(node, ast.Constant) and path.name != "wire.py":
                needed.add(node.value)
    assert {*kind.__struct_fields__} <= needed


def test_a_row_keeps_its_digest_when_what_we_do_not_read_changes() -> None:
    body = sample("detail_person").body
    person = msgspec.json.decode(body, type=Person)
    other = msgspec.json.decode(body.replace(b"Mon, 01 Jan 1900", b"Tue, 02 Jan 1990"), type=Person)
    renamed = msgspec.json.decode(body.replace(b'"Jan"', b'"Jannie"'), type=Person)
    assert person.digest() == other.digest()
    assert person.digest() != renamed.digest()


def test_a_row_and_its_detail_have_one_digest() -> None:
    rows = parse_rows(sample("sessions_all_sorted_by_id").body, Session)
    detail = msgspec.json.decode(sample("detail_session").body, type=Session)
    assert detail.digest() in {row.digest() for row in rows if isinstance(row, Session)}


@pytest.mark.parametrize(
    "sentinel",
    [
        "2000-01-01T05:00:00+00:00",
        "2000-01-31T23:00:00+00:00",
        "2000-02-01T00:00:00+01:00",
        "2100-01-01T08:00:00+00:00",
        "2099-12-31T23:00:00+00:00",
        "",
        "soon",
    ],
)
def test_times_that_mean_none_are_none(sentinel: str) -> None:
    assert moment(sentinel) is None


def test_a_time_with_the_zone_of_the_database_is_read_as_utc() -> None:
    assert moment("2026-10-02T10:15:30.123000+02:00") == datetime(2026, 10, 2, 8, 15, 30, 123000, tzinfo=UTC)


def test_a_row_that_cannot_be_read_keeps_its_id() -> None:
    rows = parse_rows(
        b'[{"ID": "0b2b735c-6aca-56a9-97bb-424cce4270e7", "Status": "done"},{"ID": "88b5dcea-01fc-541f-82f9-5cf48f2c922c", "Active": true}]',
        Session,
    )
    assert isinstance(rows[0], Unreadable)
    assert rows[0].key == "0b2b735c-6aca-56a9-97bb-424cce4270e7"
    assert isinstance(rows[1], Session)


def test_a_row_without_an_id_is_no_row() -> None:
    with pytest.raises(msgspec.DecodeError):
        parse_rows(b'[{"Status": 10}]', Session)


def test_only_named_fields_are_taken_from_a_detail() -> None:
    body = sample("detail_generatedreport").body
    assert parse_named(body, ()) == {}
    assert list(parse_named(body, ("ReportText", "PluginData"))) == [
        "ReportText"
    ]  # PluginData is empty there


def test_tests_of_a_battery_are_read_and_broken_ones_passed_over() -> None:
    battery = msgspec.json.decode(sample("detail_battery").body, type=Battery)
    assert len(wire.tests_in(battery)) == 2
    assert wire.tests_in(msgspec.structs.replace(battery, battery_tests="{not json")) == []
    assert wire.tests_in(msgspec.structs.replace(battery, battery_tests=[{"TestID": "x"}, 3])) == []


def test_rights_change_with_a_flag_and_not_with_a_login() -> None:
    body = sample("currentuser").body
    mark, login, company = rights_of(body)
    assert login == "6e494804-8558-5875-b4cd-fe2d9325bce5"
    assert company == "b56e7e58-943b-503c-8f57-cc677ef3f396"
    assert rights_of(body.replace(b"2026-11-21T21:05:01", b"2026-11-22T10:00:00"))[0] == mark
    assert (
        rights_of(body.replace(b'"MayWorkWithOwnObjectsOnly":false', b'"MayWorkWithOwnObjectsOnly":true'))[0]
        != mark
    )
    assert rights_of(body.replace(company.encode(), login.encode()))[0] != mark


def test_recorded_logins_are_read() -> None:
    assert msgspec.json.decode(sample("login_ok").body, type=SignedIn).session_id.startswith("W")
    code = msgspec.json.decode(sample("login_mfa_code_required").body, type=SignedIn)
    assert (code.session_id, code.mfa_status) == ("", "CODE")
    assert (
        msgspec.json.decode(sample("login_multiple_companies").body, type=SignedIn).multiple_companies_found
        == "Y"
    )


def test_of_the_keys_that_a_record_names_so_many_are_read() -> None:
    assert len(wire.keys_in(f"{wire.ZERO}," * (wire.MOST_KEYS + 1))) == wire.MOST_KEYS
