"""Interaxo's JSON as we read it: all types of items and fields, and what may be wrong with a row."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.sources.interaxo.room_rows import Room
from connector.sources.interaxo.wire import (
    Item,
    Token,
    Unreadable,
    parse_date,
    parse_hundredths,
    parse_item,
    parse_items,
    parse_time,
)
from tests.builders import sample

ENTRY: dict[str, Any] = json.loads(sample("interaxo/entry.json"))
ROWS: list[dict[str, Any]] = json.loads(sample("interaxo/children.json"))


def read(**changes: Any) -> Item:
    return parse_item(json.dumps({**ENTRY, **changes}).encode())


def test_all_seven_types_of_items_are_read() -> None:
    rows = parse_items(sample("interaxo/children.json"))
    assert all(isinstance(row, Item) for row in rows)
    assert [row.type for row in rows if isinstance(row, Item)] == [
        "simple-folder", "active-folder", "workflow-folder", "entry", "file", "internal-link", "external-link",
    ]  # fmt: skip


def test_all_seven_types_of_fields_are_read_under_either_key() -> None:
    fields = read().fields
    assert fields is not None
    assert {field.type for field in fields} == {
        "string", "numeric", "date", "list", "rich-text", "member", "auto-number",
    }  # fmt: skip
    assert [field.content for field in fields if field.name == "Remark"] == ["under a key with a colon"]
    assert all(field.content is not None for field in fields)


def test_unknown_keys_and_types_pass() -> None:
    item = read(type="hologram", colour="red", retention={"years": 10})
    assert item.type == "hologram"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"id": "x", "type": "file", "file_size": "big"}, "file_size"),
        ({"id": "x", "type": None}, "type"),
        ({"id": "x"}, "type"),
        ({"id": "x", "type": "entry", "fields": {"a": 1}}, "fields"),
    ],
)
def test_a_row_that_cannot_be_read_keeps_its_id_and_spoils_no_other(
    row: dict[str, Any], problem: str
) -> None:
    rows = parse_items(json.dumps([ROWS[0], row, ROWS[4]]).encode())
    assert [one.id for one in rows] == ["d1", "x", "f1"]
    assert isinstance(rows[1], Unreadable)
    assert problem in rows[1].problem


def test_an_unreadable_row_that_changes_has_another_digest() -> None:
    def digest_of(row: dict[str, Any]) -> bytes:
        (one,) = parse_items(json.dumps([row]).encode())
        assert isinstance(one, Unreadable)
        return one.digest

    assert digest_of({"id": "x", "type": 1}) == digest_of({"id": "x", "type": 1})
    assert digest_of({"id": "x", "type": 1}) != digest_of({"id": "x", "type": 2})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[",
        b"{}",
        b"null",
        b"<html>",
        b'{"rows": []}',
        b"\xff\xfe",
    ],
)
def test_what_is_no_listing_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        parse_items(body)


# -- digests ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"content_url": "https://ix.example.com/?t=1"},
        {"lock_info": {"owner": {"id": "x"}, "timestamp": "2026-01-01T00:00:00Z"}},
        {"path": "/Renamed/RFI one"},
        {"child_count": 99},
        {"colour": "red"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_tells_nothing_to_people_is_not_in_the_digest(change: dict[str, Any]) -> None:
    assert read(**change).digest() == read().digest()


@pytest.mark.parametrize(
    "change",
    [
        {"name": "RFI two"}, {"last_modified": "2018-01-01T00:00:00Z"}, {"step": {"id": "s2", "name": "Done"}}, {"fields": []},
        {"parent_id": "a2"}, {"version": "2.0"}, {"mime_type": "text/plain"}, {"file_size": 5}, {"url": "https://x"},
        {"destination": "f2"}, {"created_by": {"id": "other"}}, {"type": "file"},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_what_people_find_is_in_the_digest(change: dict[str, Any]) -> None:
    assert read(**change).digest() != read().digest()


@pytest.mark.parametrize("number", [10**30, -(10**400)], ids=["long", "longer"])
def test_a_number_of_any_length_does_not_break_a_listing(number: int) -> None:
    field = {"id": "n", "type": "numeric", "name": "Amount", "value": number}
    assert read(fields=[field]).digest() != read(fields=[]).digest()


# -- values -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2017-07-12T10:11:12.345Z", datetime(2017, 7, 12, 10, 11, 12, 345_000, tzinfo=UTC)),
        ("2017-07-12T10:11:12+02:00", datetime(2017, 7, 12, 8, 11, 12, tzinfo=UTC)),
        ("2017-07-12T10:11:12", datetime(2017, 7, 12, 10, 11, 12, tzinfo=UTC)),
        ("0001-01-01T00:00:00+02:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_times_are_read_as_utc_or_not_at_all(text: str | None, expected: datetime | None) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2017-07-12", datetime(2017, 7, 12, tzinfo=UTC)),
        ("2017-07-12T23:00:00Z", datetime(2017, 7, 12, tzinfo=UTC)),
        ("12.07.2017", None),
        ("2017-13-40", None),
        (20170712, None),
        (None, None),
        ([], None),
    ],
)
def test_dates_are_midnight_utc_or_nothing(value: object, expected: datetime | None) -> None:
    assert parse_date(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (123, 1.23), (0, 0.0), (-5, -0.05), (100, 1.0), ("123", 1.23), (12.5, 0.125), ("many", None), (True, None), (None, None),
        ([1], None), ("nan", None), ("inf", None), (float("inf"), None), (10**400, None), ("1e999", None),
    ],
    ids=lambda value: str(value)[:8],
)  # fmt: skip
def test_numbers_are_hundredths(value: object, expected: float | None) -> None:
    assert parse_hundredths(value) == expected


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_hundredths_lose_no_cent(value: int) -> None:
    number = parse_hundredths(value)
    assert number is not None
    assert round(number * 100) == value


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.text() | st.integers(), st.lists, max_leaves=5)
)
def test_no_value_of_a_field_breaks_the_reading(value: object) -> None:
    parse_hundredths(value)
    parse_date(value)
    parse_time(value if isinstance(value, str) else None)


def test_rooms_and_tokens_are_read_with_what_is_there() -> None:
    room = msgspec.json.decode(
        b'{"id": "bridge", "content": {"root_id": "r1"}, "lock": "false", "metadata": {"k": {"label": "L", "value": 3}}}',
        type=Room,
    )
    assert room.content.root_id == "r1"
    assert msgspec.json.decode(b'{"access_token": "t"}', type=Token).lifetime_s == 3_600
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"error": "access_denied"}', type=Token)


@given(
    st.one_of(
        st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
        st.datetimes().map(datetime.isoformat),
        st.text(max_size=30),
    )
)
def test_a_time_is_the_same_moment_in_utc(text: str) -> None:
    read = parse_time(text)
    try:
        moment = datetime.fromisoformat(text)
        expected = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        expected = None
    assert read == expected
    assert read is None or read.tzinfo is UTC


@given(st.one_of(st.dates().map(date.isoformat), st.text(max_size=12)))
def test_a_date_is_its_midnight_in_utc(text: str) -> None:
    read = parse_date(text)
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        assert read is None
        return
    assert read == datetime(day.year, day.month, day.day, tzinfo=UTC)
