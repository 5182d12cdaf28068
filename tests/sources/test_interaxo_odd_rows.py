"""Whole runs over odd rows of Interaxo: each costs itself only, never its page, its room or the run."""

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

from connector.crawl.unpushed import LONGEST_TITLE
from connector.document.document import Scope
from connector.errors import RecordInvalid
from connector.sandbox.faults import Fault, Instead
from connector.sandbox.interaxo_http import InteraxoApp
from connector.sources.interaxo import room_rows, wire
from connector.sources.interaxo.documents import Rules
from connector.sources.interaxo.mapping import RoomMapping
from connector.sources.interaxo.places import room_info
from connector.sources.interaxo.wire import Item, Unreadable
from connector.target.wire import render
from tests.builders import AUDIENCE
from tests.combinations import every_other
from tests.people.estate import estate
from tests.rules.ground import FEW, ONLY_FEW, audience_of, live_gone, small_world
from tests.sources.interaxo_odd import ENTRY, ROOM, ROWS, anything, page


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


@pytest.mark.parametrize("padded", [b'" ola "', b'"\\tola"', b'"ola\\u00a0"'], ids=str)
async def test_an_author_whose_id_has_blanks_around_it_takes_nobodys_access(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, padded: bytes
) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.add_person("example-corp", "ola", "Ola", "ola@example.com", groups=["few"])
        near.rooms.set_authorities(small.tunnel, FEW)
        near.rooms.add_file(small.tunnel, "of ola.txt", content=b"x", author="ola")
        near.intranet.seed_person("ola@example.com", "Ola", [])
        edit_rows(
            monkeypatch,
            lambda body: body.replace(b'"created_by":{"id":"ola"', b'"created_by":{"id":' + padded),
        )
        for _ in range(3):
            report = await near.run("full")
        monkeypatch.undo()
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert ONLY_FEW in near.intranet.identities_of("ola@example.com")


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
    (room,) = room_rows.parse_rooms(
        page(
            {
                **ROOM,
                **data.draw(st.dictionaries(st.sampled_from(["name", "description"]), words, max_size=2)),
            }
        )
    )
    assert isinstance(room, room_rows.Room)
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


@pytest.mark.parametrize("call", every_other(CALLS))
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
