"""A page of Interaxo with an odd row: all others are read, and no exception of ours leaves a reader."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.sources.interaxo import room_rows, wire
from connector.sources.interaxo.wire import Item, Unreadable
from tests.sources.interaxo_odd import ENTRY, ROOM, ROWS, anything, page


def raw_page(odd: bytes) -> bytes:
    """A page of two good rows with an odd one between them."""
    return b"[" + json.dumps(ROWS[0]).encode() + b"," + odd + b"," + json.dumps(ROWS[4]).encode() + b"]"


@pytest.mark.parametrize(
    "odd",
    [
        b'{"id": "x", "type": "file", "file_size": "big"}',
        b'{"id": "x", "type": "entry", "fields": [{"id": "a", "name": "A", "value": ' + b"[" * 3_000 + b"]" * 3_000 + b"}]}",
        b'{"id": "x", "type": "entry", "fields": [{"id": "a", "name": "A", "value": ' + b"[" * 40 + b"]" * 40 + b"}]}",
        b'{"id": "x", "type": "entry", "fields": [{"id": "a", "name": "A", "value": NaN}]}',
        b'{"id": "", "type": "file"}', b'{"id": null, "type": "file"}', b'{"type": "file"}', b"null", b'"f1"', b"17", b"[]",
        b'{"id": ".", "type": "simple-folder"}', b'{"id": "' + b"a" * 5_000 + b'", "type": "simple-folder"}',
    ],
    ids=lambda odd: odd[:40].decode(),
)  # fmt: skip
def test_every_other_row_of_a_page_arrives(odd: bytes) -> None:
    first, other, last = wire.parse_items(raw_page(odd))
    assert [first.id, last.id] == ["d1", "f1"]
    assert isinstance(first, Item)
    assert isinstance(last, Item)
    assert isinstance(other, Unreadable)
    assert other.problem


@pytest.mark.parametrize(
    "odd",
    [
        {"created_by": {"id": ""}}, {"created_by": {"id": None}}, {"created_by": {}}, {"created_by": {"id": 17}}, {"created_by": "kari"},
        {"created_by": []}, {"created_by": None}, {"created_by": {"id": "kari", "name": 5}}, {"owner": 5}, {"last_modified_by": [1]},
        {"child_count": "many"}, {"child_count": None}, {"child_count": 2.5},
    ],
    ids=str,
)  # fmt: skip
def test_an_author_or_a_count_that_cannot_be_told_costs_no_row(odd: dict[str, Any]) -> None:
    (row,) = wire.parse_items(page({**ROWS[0], **odd}))
    assert isinstance(row, Item)
    assert row.name == "Drawings"


def test_a_lone_half_of_a_sign_and_a_mark_before_the_page_cost_one_sign() -> None:
    body = b"\xef\xbb\xbf" + raw_page(b'{"id": "x", "type": "file", "name": "plan \\ud83d.pdf"}')
    assert [row.name for row in wire.parse_items(body)] == [
        "Drawings",
        "plan \N{REPLACEMENT CHARACTER}.pdf",
        "plan.PDF",
    ]


@pytest.mark.parametrize("key", sorted(set(ENTRY) - {"id", "type"}))
def test_null_stands_for_what_is_not_there(key: str) -> None:
    absent = {name: value for name, value in ENTRY.items() if name != key}
    (without,) = wire.parse_items(page(absent))
    (row,) = wire.parse_items(page({**ENTRY, key: None}))
    assert isinstance(without, Item)
    assert isinstance(row, Item)
    assert row.digest() == without.digest()


@pytest.mark.parametrize("key", ["entry_title", "name", "type", "id", "value"])
def test_null_in_a_field_stands_for_what_is_not_there(key: str) -> None:
    field = {"id": "F1", "type": "string", "name": "Subject", "value": "Bolts", "entry_title": True}
    item = wire.parse_item(
        json.dumps({**ENTRY, "fields": [{**field, key: None}, {**field, "id": "F2"}]}).encode()
    )
    assert item.fields is not None
    assert len(item.fields) == 2
    assert item.fields[1].name == "Subject"


@pytest.mark.parametrize("key", ["historical", "publish", "name", "id"])
def test_null_in_a_step_stands_for_what_is_not_there(key: str) -> None:
    steps = [{"id": "s1", "name": "New", "publish": False, "historical": False, key: None}]
    item = wire.parse_item(json.dumps({**ROWS[2], "steps": steps}).encode())
    assert item.steps is not None
    assert not item.steps[0].historical


def test_a_uuid_is_the_same_in_capitals() -> None:
    key, parent = "0F0A7E4B-9C1D-4C60-8F3B-1B2C3D4E5F60", "1F0A7E4B-9C1D-4C60-8F3B-1B2C3D4E5F60"
    (row,) = wire.parse_items(page({**ROWS[0], "id": key, "parent_id": parent}))
    assert isinstance(row, Item)
    assert (row.id, row.parent_id) == (key.lower(), parent.lower())
    (room,) = room_rows.parse_rooms(page({**ROOM, "content": {"root_id": key}}))
    assert isinstance(room, room_rows.Room)
    assert room.content.root_id == key.lower()


READERS: dict[str, tuple[Callable[[bytes], object], dict[str, Any]]] = {
    "item": (wire.parse_item, ENTRY),
    "person": (room_rows.parse_person, {"id": "kari", "name": "Kari", "email": "k@example.com"}),
    "token": (lambda data: wire.parse_value(data, wire.Token).lifetime_s, {"access_token": "t", "expires_in": 3600}),
}  # fmt: skip
LISTS: dict[str, tuple[Callable[[bytes], list[Any]], dict[str, Any]]] = {
    "items": (wire.parse_items, ENTRY),
    "folders": (wire.parse_items, ROWS[2]),
    "rooms": (room_rows.parse_rooms, ROOM),
    "communities": (room_rows.parse_named, {"id": "c", "name": "C"}),
    "authorities": (wire.parse_authorities, {"type": "user", "id": "kari", "name": "Kari"}),
    "comments": (wire.parse_comments, {"id": "c1", "content": "<p>x</p>", "created": "2026-01-01T00:00:00Z", "created_by": {"id": "kari"}}),
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=60)
@given(data=st.data())
def test_an_object_with_any_field_replaced_is_read_or_refused(reader: str, data: st.DataObject) -> None:
    parse, good = READERS[reader]
    key = data.draw(st.sampled_from(sorted(good)))
    body = json.dumps({**good, key: data.draw(anything)}).encode()
    with suppress(msgspec.DecodeError):
        parse(body)


@pytest.mark.parametrize("reader", LISTS)
@settings(max_examples=60)
@given(data=st.data())
def test_a_list_with_any_field_of_a_row_replaced_keeps_its_other_rows(
    reader: str, data: st.DataObject
) -> None:
    parse, good = LISTS[reader]
    key = data.draw(st.sampled_from(sorted(good)))
    other = {**good, key: data.draw(anything)}
    rows = parse(json.dumps([good, other, {**good, "id": "last"}]).encode())
    assert len(rows) == 3
    assert [rows[0].id, rows[2].id] == [good["id"], "last"]
    assert not any(isinstance(row, Unreadable) for row in (rows[0], rows[2]))


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for parse, _ in [*LISTS.values(), *READERS.values()]:
        with suppress(msgspec.DecodeError):
            parse(body)
    wire.codes_in(body)
    wire.id_in(body)
