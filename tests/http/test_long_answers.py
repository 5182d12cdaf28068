"""Long answers hold up nothing but themselves, whoever wrote what stands in them: members of a room can write much of it."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

import msgspec
import pytest

from connector.errors import SourceUnavailable
from connector.http import json_rows
from connector.http.aiohttp_transport import open_for_reading
from connector.http.exchange import Reply
from connector.http.httpx_transport import open_for_latin
from connector.http.json_rows import AT_ONCE, ODD_AT_ONCE, OddRow, mended, read_rows, without_nul
from connector.http.neighbour import LONGEST_REFUSAL, words_of
from connector.sources.interaxo import wire as interaxo
from connector.sources.itr import wire as itr
from tests.http.test_bounds import answer
from tests.http.test_json_rows import ODD, READ, Item, page
from tests.http.test_wire import calling, saying

IN_VAIN_S = 20
LONG = b'{"id":"0","name":"' + b"long " * (AT_ONCE // 5) + b'"},'


@pytest.mark.parametrize("opened", [open_for_reading, open_for_latin])
async def test_a_long_answer_is_read_while_everything_else_goes_on(opened: Any) -> None:
    loop, began, others = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def read(reply: Reply) -> bool:
        loop.call_soon_threadsafe(began.set)
        return others.wait(IN_VAIN_S)

    async with calling(saying(answer(b"[" + LONG + b"{}]")), opened) as neighbour:
        reading = asyncio.create_task(neighbour.call("GET", "/rooms", read=read))
        await began.wait()
        others.set()
        assert await reading


@pytest.mark.parametrize(
    ("row", "beside"), [(b'{"id":"1"}', False), (b'{"id":"1","name":NaN}', True), (rb'{"id":"\u0000"}', True)]
)
async def test_what_takes_long_to_read_is_read_while_everything_else_goes_on(
    row: bytes, beside: bool
) -> None:
    def read(reply: Reply) -> tuple[int, bool]:
        return len(read_rows(reply.body, Item)), threading.get_ident() != here

    here, rows = threading.get_ident(), [row] * (ODD_AT_ONCE // len(row))
    async with calling(saying(answer(b"[" + b",".join(rows) + b"]")), open_for_reading) as neighbour:
        assert await neighbour.call("GET", "/rooms", read=read) == (len(rows), beside)


async def test_what_a_long_answer_is_refused_for_comes_out_as_that_of_a_short_one() -> None:
    def read(reply: Reply) -> None:
        raise SourceUnavailable("it is no list", lasting=True)

    async with calling(saying(answer(b"[" + LONG + b"{}]")), open_for_reading) as neighbour:
        with pytest.raises(SourceUnavailable, match="it is no list"):
            await neighbour.call("GET", "/rooms", read=read)


async def test_a_short_answer_waits_for_no_thread() -> None:
    async with calling(saying(answer(b"[]")), open_for_reading) as neighbour:
        found = await neighbour.call("GET", "/rooms", read=lambda _: threading.get_ident())
        assert found == threading.get_ident()


@pytest.mark.parametrize("field", [*(one[0] for one in READ.values()), *ODD.values()], ids=[*READ, *ODD])
def test_rows_are_read_alike_however_long_their_page_is(field: bytes) -> None:
    short = page(field)
    first, *rest = read_rows(b"[" + LONG + short[1:], Item)
    assert isinstance(first, Item)
    assert [_plain(row) for row in rest] == [_plain(row) for row in read_rows(short, Item)]


def _plain(row: Item | OddRow) -> object:
    return (row.id, row.fields) if isinstance(row, OddRow) else row


def calls_of(work: Callable[[], object]) -> int:
    """How many functions in Python are called in it."""
    count = 0

    def look(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(look)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("odd", [rb"\u0000", rb"\ud83d", b"\x01", b"\xff"])
@pytest.mark.parametrize("sign", [rb"\n", rb"\"", rb"\\", rb"\u00e5", rb"\ud83d\ude00", b"\x02"])
def test_mending_a_text_takes_some_passes_and_no_step_for_each_of_its_signs(odd: bytes, sign: bytes) -> None:
    text = b'[{"id":"1","name":"' + sign * 20_000 + odd + b'"}]'
    assert calls_of(lambda: mended(text)) < 50
    (row,) = read_rows(text, Item)
    assert isinstance(row, Item)
    assert len(row.name or "") in {20_000, 20_001}


def test_what_is_left_out_or_mended_is_just_that() -> None:
    assert without_nul(rb'"\u0000\\u0000\\\u0000a\u0000" \ ') == rb'"\\u0000\\a" \ '
    lone = rb'"\ud83d\n\ud83d\ude00\ude00\\ud83d\\\ud83dz"'
    assert mended(lone) == rb'"\ufffd\n\ud83d\ude00\ufffd\\ud83d\\\ufffdz"'
    assert mended(b'"a\x01b\x01\x1f"') == b'"a\\u0001b\\u0001\\u001f"'


@pytest.mark.parametrize(
    ("read", "row"),
    [
        (interaxo.parse_items, b'{"id":5,"type":"entry"}'),
        (lambda data: itr.parse_rows(data, itr.Session), b'{"ID":5,"Status":"x"}'),
    ],
)
def test_the_fields_of_a_kind_are_looked_up_once_for_all_its_odd_rows(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[bytes], list[Any]], row: bytes
) -> None:
    looked_up = 0
    fields = msgspec.structs.fields

    def counted(kind: Any) -> Any:
        nonlocal looked_up
        looked_up += 1
        return fields(kind)

    json_rows.fields_of.cache_clear()
    monkeypatch.setattr(msgspec.structs, "fields", counted)
    good = b'{"id":"a1","type":"entry","ID":"6f9619ff-8b86-d011-b42d-00cf4fc964ff"}'
    assert len(read(b"[" + good + (b"," + row) * 50 + b"]")) == 51
    assert looked_up <= 2


def test_a_refusal_beyond_reason_has_no_words() -> None:
    assert words_of(b'{"message":"no"}') == ": no"
    assert words_of(b'{"message":"' + b"no " * LONGEST_REFUSAL + b'"}') == ""
