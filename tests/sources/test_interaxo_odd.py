"""Odd rows of Interaxo: each costs itself only, whichever list it stands in, and nothing of ours leaves a reader."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.crawl.items import LONGEST_TITLE
from connector.document.document import Scope
from connector.errors import RecordInvalid
from connector.sandbox.faults import HTML_200, Call, Fault, How, Instead, Status
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_http import InteraxoApp
from connector.sources.interaxo import wire
from connector.sources.interaxo.documents import Rules
from connector.sources.interaxo.mapping import RoomMapping
from connector.sources.interaxo.places import room_info
from connector.sources.interaxo.wire import Item, Unreadable
from connector.target.wire import render
from tests.builders import AUDIENCE, sample
from tests.estates import EVERYONE
from tests.people.estate import estate
from tests.rules.ground import FEW, ONLY_FEW, audience_of, break_all, live_gone, small_world

ROWS: list[dict[str, Any]] = json.loads(sample("interaxo/children.json"))
ENTRY: dict[str, Any] = json.loads(sample("interaxo/entry.json"))
ROOM = {
    "id": "bridge",
    "name": "Bridge",
    "description": "",
    "content": {"root_id": "r1"},
    "workspace": {"id": "w", "name": "W"},
    "metadata": {"k": {"label": "L", "value": 3}},
}
ODD = [
    "",
    0,
    -1,
    1e308,
    10**30,
    True,
    None,
    [],
    {},
    [None],
    [[]],
    {"id": None},
    {"id": ""},
    {"id": 5},
    "\x00",
    "x" * 5_000,
]


def page(*rows: dict[str, Any]) -> bytes:
    return json.dumps(rows).encode()


def raw_page(odd: bytes) -> bytes:
    """A page of two good rows with an odd one between them."""
    return b"[" + json.dumps(ROWS[0]).encode() + b"," + odd + b"," + json.dumps(ROWS[4]).encode() + b"]"


# -- one page -----------------------------------------------------------------------------------


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
    (room,) = wire.parse_rooms(page({**ROOM, "content": {"root_id": key}}))
    assert isinstance(room, wire.Room)
    assert room.content.root_id == key.lower()


# -- no exception of ours leaves a reader -------------------------------------------------------

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "name", "type", "value", "label", "root_id"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
READERS: dict[str, tuple[Callable[[bytes], object], dict[str, Any]]] = {
    "item": (wire.parse_item, ENTRY),
    "person": (lambda data: wire.parse_value(data, wire.Person), {"id": "kari", "name": "Kari", "email": "k@example.com"}),
    "token": (lambda data: wire.parse_value(data, wire.Token).lifetime_s, {"access_token": "t", "expires_in": 3600}),
}  # fmt: skip
LISTS: dict[str, tuple[Callable[[bytes], list[Any]], dict[str, Any]]] = {
    "items": (wire.parse_items, ENTRY),
    "folders": (wire.parse_items, ROWS[2]),
    "rooms": (wire.parse_rooms, ROOM),
    "communities": (wire.parse_named, {"id": "c", "name": "C"}),
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


# -- whole runs ---------------------------------------------------------------------------------


def edit_rows(monkeypatch: pytest.MonkeyPatch, edit: Callable[[bytes], bytes]) -> None:
    """Change the bytes of every listing that the sandbox gives."""
    listing = InteraxoApp._listing
    monkeypatch.setattr(InteraxoApp, "_listing", lambda *given: edit(listing(*given)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"name":"section.txt"', b'"name":5'),
        (b'"name":"section.txt"', b'"name":"a \\ud83d"'),
        (b'"name":"section.txt"', b'"name":"section.txt","url":[' + b"[" * 20_000 + b"]" * 20_000 + b"]"),
        (b'"name":"section.txt"', b'"name":"section.txt","file_size":NaN'),
        (b'"name":"section.txt"', b'"name":"section.txt","created_by":{"id":""}'),
        (b'"name":"section.txt"', b'"name":"section.txt","created_by":{"id":null}'),
        (b'"name":"section.txt"', b'"name":"section.txt","created":"99999-01-01T00:00:00Z"'),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("permissions", ["room", "item"])
async def test_an_odd_row_costs_neither_its_page_nor_its_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bytes, after: bytes, permissions: str
) -> None:
    async with estate(tmp_path, permissions) as (near, small):
        edit_rows(monkeypatch, lambda body: body.replace(before, after))
        report = await near.run("full")
    odd = {f"ix-{small.section}"}
    assert near.found() | odd == near.expected()
    assert report.outcome in {"succeeded", "quarantined"}, report.reasons
    assert report.session.ended
    assert report.documents.quarantined == len(odd - near.found())


@pytest.mark.parametrize(
    "odd",
    [
        {"created_by": {"id": None, "name": "Kari"}},
        {"created_by": {"id": 5}},
        {"created_by": ""},
        {"created_by": {"id": "kari", "name": 5}},
        {"created": 5},
        {"id": None},
        {"id": 7},
    ],
    ids=str,
)
async def test_a_comment_by_nobody_who_can_be_told_keeps_no_item_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: dict[str, Any]
) -> None:
    comments = InteraxoApp._comments
    monkeypatch.setattr(
        InteraxoApp, "_comments", lambda *given, **more: [one | odd for one in comments(*given, **more)]
    )
    async with estate(tmp_path, "room") as (near, small):
        near.values["sources.interaxo.comments"] = True
        for words in ("first remark", "second notice"):
            near.rooms.add_comment(small.section, words, author="kari@example.com")
        report = await near.run("full")
        text = near.document(small.section)["FileContents"]
    assert report.outcome == "succeeded", report.reasons
    assert "first remark" in text
    assert ("second notice" in text) is (odd.get("id") != 7), "of one id, one is read"


async def test_an_odd_row_with_its_id_in_capitals_is_shown_to_its_own_readers_and_not_to_its_rooms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["sources.interaxo.permissions"] = "item"
        for closed in (small.drawings, small.section):
            near.rooms.set_authorities(closed, FEW)
        await near.run("full")
        lower, odd = f'"id":"{small.drawings}"'.encode(), f'"id":"{small.drawings.upper()}"'.encode()
        edit_rows(
            monkeypatch, lambda body: body.replace(lower, odd).replace(b'"name":"Drawings"', b'"name":5')
        )
        await near.run("delta")
        readers = [audience_of(near, one) for one in (small.drawings, small.details, small.section)]
        assert readers == [[ONLY_FEW]] * 3


async def test_a_historical_step_is_the_same_in_capitals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with estate(tmp_path, "item") as (near, small):
        old = next(step.id for step in near.rooms._items[small.reviews].steps if step.historical).encode()
        edit_rows(monkeypatch, lambda body: body.replace(old, old.upper()))
        await near.run("full")
        assert near.found() == near.expected()


async def test_what_an_odd_row_is_called_is_kept_as_far_as_a_person_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = b'"name":"' + rb"section\u202e\n" + b"x" * 1_000_000 + b'","step":"Draft"'
    async with estate(tmp_path, "room") as (near, small):
        edit_rows(monkeypatch, lambda body: body.replace(b'"name":"section.txt"', name))
        await near.run("full")
        with near.app().ledger() as ledger:
            (parked,) = ledger.quarantine("intranet").parked()
            assert parked.id == f"ix-{small.section}"
            assert parked.title.startswith("section xxx")
            assert len(parked.title) <= LONGEST_TITLE


async def test_what_stands_in_an_entry_that_cannot_be_read_is_found_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with estate(tmp_path, "item") as (near, small):
        edit_rows(
            monkeypatch,
            lambda body: body.replace(b'"value":"Which bolts?"', b'"value":' + b"[" * 40 + b"]" * 40),
        )
        report = await near.run("full")
    assert near.expected() - near.found() == {f"ix-{small.rfi}"}
    assert report.outcome == "quarantined", report.reasons


async def test_a_row_without_an_id_is_named_and_leaves_its_folder_unproven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        edit_rows(monkeypatch, lambda body: body.replace(b'"id":"' + small.section.encode(), b'"id":"'))
        for _ in range(2):
            near.clock.pass_seconds(1_000)
            report = await near.run("delta")
            assert report.outcome == "withheld"
            assert any("example-corp/bridge" in reason for reason in report.reasons)
        assert report.documents.quarantined == 1
        assert not live_gone(near)
        assert near.found() == near.expected()


NULLS = {
    "title of a definition": (b'"entry_title":true', b'"entry_title":null'),
    "history of a step": (b'"publish":false,"historical":true', b'"publish":null,"historical":true'),
    "publishing of a step": (b'"publish":true,"historical":false', b'"publish":true,"historical":null'),
}


@pytest.mark.parametrize(("before", "after"), NULLS.values(), ids=NULLS)
async def test_a_null_in_a_definition_keeps_nothing_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bytes, after: bytes
) -> None:
    answered: list[bytes] = []
    encode = msgspec.json.encode

    async with estate(tmp_path, "room") as (near, _):

        async def answer_json(this: Any, status: int, value: Any) -> None:
            body = encode(value).replace(before, after)
            answered.append(body)
            await this.answer(status, body)

        monkeypatch.setattr("connector.sandbox.exchange.Exchange.answer_json", answer_json)
        report = await near.run("full")
    assert any(after in body for body in answered)
    assert report.outcome == "succeeded", report.reasons
    assert near.found() == near.expected()


async def test_a_field_without_a_name_is_left_out_and_its_entry_arrives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with estate(tmp_path, "room") as (near, small):
        edit_rows(monkeypatch, lambda body: body.replace(b'"name":"Amount"', b'"name":null'))
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        names = {facet["Name"] for facet in near.document(small.rfi)["Taxonomy"]}
    assert "Due" in names
    assert not {"Amount", "", None} & names


# -- rooms, communities and lists of people -----------------------------------------------------


def room_row(world: InteraxoWorld, root: str, **changes: Any) -> dict[str, Any]:
    room = world.rooms[root]
    return {"id": room.id, "name": room.name, "content": {"root_id": root}, **changes}


@pytest.mark.parametrize(
    "odd",
    [
        {"metadata": []}, {"content": None}, {"content": {}}, {"content": {"root_id": ""}}, {"content": {"root_id": None}}, {"content": "r"},
        {"id": ""}, {"id": None}, {"name": 5}, {"workspace": []}, {"metadata": {"k": {"value": [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}}},
    ],
    ids=str,
)  # fmt: skip
async def test_a_room_in_an_odd_form_is_named_and_the_others_go_on(
    tmp_path: Path, odd: dict[str, Any]
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.add_file(small.tunnel, "new.txt", content=b"new")
        rows = [room_row(near.rooms, small.bridge, **odd), room_row(near.rooms, small.tunnel), None]

        def first_page(call: Call) -> bool:
            return call.path.endswith("/rooms") and "skip" not in call.query

        break_all(near, first_page, Instead(page(*[row for row in rows if row is not None])))
        report = await near.run("delta")
        assert report.outcome == "withheld"
        assert any("cannot be read" in error for error in report.sources["interaxo"].errors)
        assert not report.documents.held
        assert not live_gone(near)
        assert near.found() == near.expected()


async def test_an_odd_community_costs_no_other(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        body = page({"id": 5}, {"id": "example-corp", "name": "Example Corp"}, {"id": ""})
        near.wire.add(Fault("GET */communities", Instead(body)))
        report = await near.run("full")
        assert near.found() == near.expected()
        assert report.outcome == "withheld"
        assert len(report.sources["interaxo"].errors) == 2


@pytest.mark.parametrize("how", [Status(403), Status(404), Status(500), HTML_200], ids=str)
async def test_a_community_whose_rooms_cannot_be_listed_is_named_and_the_others_go_on(
    tmp_path: Path, how: How
) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.add_community("other.no", "Other")
        near.rooms.add_group("other.no", "all", "All")
        other = near.rooms.add_room("other.no", "quay", "Quay", authorities=EVERYONE)
        moves = near.rooms.add_file(small.tunnel, "moves.txt", content=b"x")
        near.rooms.add_file(other, "stays.txt", content=b"x")
        await near.run("full")
        before = near.found()
        break_all(near, "GET */other.no/rooms", how)
        near.rooms.add_file(small.tunnel, "new.txt", content=b"new")
        near.rooms.set_authorities(small.bridge, FEW)
        near.rooms.move(moves, other)
        for mode in ("delta", "full"):
            report = await near.run(mode)
            assert report.outcome == "withheld"
            assert [error for error in report.sources["interaxo"].errors if "the community other.no" in error]
            assert before <= near.found() == near.expected(), "also what moved there, and what stands there"
            assert audience_of(near, small.plan) == [ONLY_FEW], "who loses a room elsewhere loses it now"
            near.clock.pass_seconds(200)
        near.wire.clear()
        assert (await near.run("delta")).outcome == "succeeded"
        assert near.found() == near.expected()


async def test_where_no_community_lists_its_rooms_the_source_is_not_read(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        before = near.found()
        break_all(near, "GET */rooms", Status(403))
        report = await near.run("full")
        assert (report.outcome, near.found()) == ("failed", before)
        assert any("403" in error for error in report.sources["interaxo"].errors)


@pytest.mark.parametrize(
    "odd",
    [
        {"id": None, "type": "user"},
        {"id": "", "type": "group"},
        {"id": "all"},
        {"id": "all", "type": 5},
        None,
    ],
)
async def test_a_list_of_readers_with_an_odd_row_is_unknown_and_narrows_nothing(
    tmp_path: Path, odd: Any
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.clock.pass_seconds(1_000)
        body = json.dumps([{"type": "group", "id": "few"}, odd]).encode()
        break_all(near, f"GET *content/{small.tunnel}/comments/mentionable-authorities", Instead(body))
        report = await near.run("delta")
        assert report.outcome == "withheld"
        assert near.document(small.report)["ExternalIdentities"] == ["interaxo:group:example-corp/all"]


# -- from a row to what is pushed ---------------------------------------------------------------

MAPPING = RoomMapping(
    Rules(
        source="interaxo",
        prefix="ix",
        web_url="https://ix.example.com/{community}/{room}/documentLibrary/{id}",
        historical=False,
        rooms=("*",),
        public_rooms=(),
        overrides={
            "entry": {
                "title": "{{ item.fields['A'] }} {{ item.name }}",
                "exclude": "{{ item.step == 'Draft' }}",
            }
        },
    )
)
FIELD = {"id": "a", "type": "string", "name": "A", "value": "x"}
words = st.text(max_size=30) | st.sampled_from(
    ["{}", "{id}", "..", "%00", "a/b", "http://[", "\u202e", "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00+14:00", "-", "é" * 400]
)  # fmt: skip


@settings(max_examples=200)
@given(data=st.data())
def test_whatever_a_row_says_it_becomes_a_document_or_a_reason(data: st.DataObject) -> None:
    good = data.draw(st.sampled_from([ENTRY, *ROWS]))
    changes = data.draw(st.dictionaries(st.sampled_from(sorted(good)), words | anything, max_size=3))
    field = {
        **FIELD,
        **data.draw(st.dictionaries(st.sampled_from(sorted(FIELD)), words | anything, max_size=2)),
    }
    (room,) = wire.parse_rooms(
        page(
            {
                **ROOM,
                **data.draw(st.dictionaries(st.sampled_from(["name", "description"]), words, max_size=2)),
            }
        )
    )
    assert isinstance(room, wire.Room)
    info = room_info("example-corp", "Example Corp", room)
    scope = Scope(key=info.root, name="example-corp/bridge", origin=info)
    root = Item(id=info.root, type="simple-folder")
    top = MAPPING.room_listed(scope, info, root, AUDIENCE, "")
    assert top.container is not None
    place = MAPPING.with_definitions(top.container.origin, Item(id="x", type="active-folder", fields=[wire.Field(id="a", entry_title=True)]))  # fmt: skip
    (row,) = wire.parse_items(page({**good, "fields": [field], **changes}))
    listed = MAPPING.listed(scope, row, place, "Kari", audience=AUDIENCE)
    if isinstance(listed.origin, Unreadable) or listed.left_out:
        return
    with suppress(RecordInvalid):
        document = MAPPING.documents.of_item(listed.origin)
        rendered = render(document, deletion_mode="Session")
        assert document.title
        assert json.loads(rendered.body)["Title"]


CALLS = ["*/communities", "*/rooms", "*/content/*", "*/children", "*/people/*", "*/groups", "*/mentionable-authorities", "*/comments", "*/document", "*token"]  # fmt: skip
BODIES = [b"null", b"[null]", b'[{"id": ""}]', b'{"id": ""}', b"[" * 20_000 + b"]" * 20_000, b'{"id": {"a": [1e999]}, "name": NaN}', b'"\\ud800"', b"\xff\xfe"]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
async def test_no_answer_to_any_call_ends_a_run_as_a_bug(tmp_path: Path, call: str) -> None:
    async with estate(
        tmp_path, "item", sources__interaxo__comments=True, sources__interaxo__content=True
    ) as (near, _):
        near.values["sources.interaxo.main_document_text"] = True
        near.values["http.backoff_max_s"] = 0.01
        await near.run("full")
        for body in BODIES:
            near.wire.faults.clear()
            near.clock.pass_seconds(1_000)
            match = f"GET {call}" if call != "*token" else "POST *"
            near.wire.add(Fault(match, Instead(body), times=None))
            report = await near.run("delta")  # raises what is a bug
            assert not any("bug" in reason for reason in report.reasons)
            assert not live_gone(near)
