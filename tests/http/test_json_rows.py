"""One odd row of a neighbour's page costs itself only, whatever is odd about it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.http.json_rows import OddRow, OddValueError, fields_in, read_rows, read_value


class Item(msgspec.Struct):
    """What these rows should be."""

    id: str
    size: int = 0
    name: str | None = None


DEEP = b"[" * 100_000 + b"]" * 100_000
HUGE = b"9" * 6_000
READ = {
    "a lone surrogate": (rb'"name":"Kari \ud83d"', "Kari \ufffd"),
    "a lone low surrogate": (rb'"name":"\ude00"', "\ufffd"),
    "half a pair before a whole one": (rb'"name":"\ud83d\ud83d\ude00"', "\ufffd😀"),
    "a backslash before u": (rb'"name":"C:\\ud83d"', r"C:\ud83d"),
    "bytes that are no text": (b'"name":"\xff"', "\ufffd"),
    "a surrogate written in UTF-8": (b'"name":"\xed\xa0\xbd"', "\ufffd\ufffd\ufffd"),
    "raw control characters": (b'"name":"a\tb\x01c\n"', "a\tb\1c\n"),
    "a raw U+0000": (b'"name":"a\x00c"', "ac"),
    "U+0000": (rb'"name":"\u0000a\\\u0000c"', "a\\c"),
    "a backslash before U+0000": (rb'"name":"\\u0000"', r"\u0000"),
    "brackets in a text": (b'"name":"x,}]{\\""', 'x,}]{"'),
    "NaN where nobody looks": (b'"name":"x","unread":NaN', "x"),
    "depth where nobody looks": (b'"name":"x","unread":' + DEEP, "x"),
    "a huge number where nobody looks": (b'"name":"x","unread":' + HUGE, "x"),
}
ODD = {
    "not a number": b'"size":NaN',
    "infinity": b'"size":-Infinity',
    "too large a number": b'"size":1e999',
    "too many digits": b'"size":' + HUGE,
    "no integer": b'"size":1.5',
    "null": b'"size":null',
    "depth": b'"name":' + DEEP,
    "an object": b'"name":{"a":[{"b":"}"}]}',
    "an unknown escape": rb'"name":"\q"',
    "an empty value": b'"size":',
}


def page(field: bytes) -> bytes:
    """Three rows, of which the one in the middle is odd."""
    return b'[{"id":"1","name":"before"}, {"id":"2",' + field + b'} ,{"id":"3","name":"after"}]'


@pytest.mark.parametrize("what", READ)
def test_a_text_that_loses_nothing_by_it_is_mended(what: str) -> None:
    field, name = READ[what]
    assert read_rows(page(field), Item) == [
        Item("1", name="before"),
        Item("2", name=name),
        Item("3", name="after"),
    ]
    assert read_value(b'{"id":"2",' + field + b"}", Item) == Item("2", name=name)


@pytest.mark.parametrize("what", ODD)
def test_a_row_that_cannot_be_read_is_told_by_its_id_and_costs_nothing_else(what: str) -> None:
    first, odd, last = read_rows(page(ODD[what]), Item)
    assert (first, last) == (Item("1", name="before"), Item("3", name="after"))
    assert isinstance(odd, OddRow)
    assert (odd.id, bool(odd.problem)) == ("2", True)
    with pytest.raises(OddValueError):
        read_value(b'{"id":"2",' + ODD[what] + b"}", Item)


def test_a_row_stays_odd_in_the_same_way_whatever_else_changes_in_it() -> None:
    _, one, _ = read_rows(page(b'"size":null,"seen":1'), Item)
    _, other, _ = read_rows(page(b'"size":null,"seen":2'), Item)
    assert isinstance(one, OddRow)
    assert isinstance(other, OddRow)
    assert one.digest == other.digest


@pytest.mark.parametrize("row", [b"null", b"7", b"[]", b'"x"', b"{}", b'{"id":null}', b'{"id":[]}'])
def test_a_row_without_an_id_is_odd_and_has_none(row: bytes) -> None:
    odd, good = read_rows(b"[" + row + b',{"id":"1"}]', Item)
    assert isinstance(odd, OddRow)
    assert (odd.id, good) == ("", Item("1"))


def test_an_id_is_found_under_either_of_its_names_and_as_a_number() -> None:
    rows = read_rows(b'[{"ID":"a","size":null},{"ID":null,"id":"b"},{"id":7}]', Item, ids=("ID", "id"))
    assert [row.id for row in rows] == ["a", "b", "7"]


def test_a_byte_order_mark_is_no_part_of_an_answer() -> None:
    assert read_rows(b'\xef\xbb\xbf[{"id":"1"}]', Item) == [Item("1")]
    assert read_value(b'\xef\xbb\xbf{"id":"1"}', Item) == Item("1")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html>[]</html>",
        b"{}",
        b"500 error",
        b'[{"id":"1"},{"id":"2"',
        b'[{"id":"1"}]x',
        b'[{"id":"1"}{"id":"2"}]',
        b'[{"id":"1","name":"5" pipe"},{"id":"2"},{"id":"3"}]',
        b"[" * 300_000,
    ],
)
def test_what_is_no_list_is_none_and_no_row_hides_in_another(text: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_rows(text, Item)


@pytest.mark.parametrize("text", [b"", b"<html>", b'{"id":"1"', b"[]", b'{"id":"1"}}'])
def test_what_is_no_object_is_no_odd_one(text: bytes) -> None:
    with pytest.raises(msgspec.DecodeError) as caught:
        read_value(text, Item)
    assert not isinstance(caught.value, OddValueError)


def test_fields_are_told_apart_however_odd_their_values_are() -> None:
    assert fields_in(b'{"a" : NaN , "b":[1,{"a":2}],"c":"x"}') == {
        "a": b"NaN",
        "b": b'[1,{"a":2}]',
        "c": b'"x"',
    }
    assert fields_in(b"{}") == {}


@given(st.binary())
def test_whatever_comes_one_error_is_all_there_is(data: bytes) -> None:
    for read in (read_rows, read_value):
        try:
            read(data, Item)  # type: ignore[operator]
        except msgspec.DecodeError:
            continue


VALUES = (None, True, 3, 10**30, 1.5, "", "x", "\0", 'a"b', [], [{}], {"id": "no"}, {"a": [1, {"b": None}]})


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["id", "size", "name", "unread"]), st.sampled_from(VALUES)),
        max_size=4,
    )
)
def test_rows_are_read_alike_whether_their_page_is_odd_or_not(rows: list[dict[str, object]]) -> None:
    def told(data: bytes) -> list[tuple[object, ...]]:
        return [
            (one.id,) if isinstance(one, OddRow) else msgspec.structs.astuple(one)
            for one in read_rows(data, Item)
        ]

    plain = [msgspec.json.encode(row) for row in rows]
    odd = b'[{"id":"odd","size":NaN}' + b"".join(b"," + one for one in plain) + b"]"
    assert told(odd)[1:] == told(b"[" + b",".join(plain) + b"]")


@pytest.mark.parametrize(
    "text",
    [
        b'[\n{"id":"' + b'<p class=\\"x\\">' * 60_000,
        b'[\n{"id":"' + b'\\"' * 400_000 + b"\\",
        b'<html>\n"' + b'\\"' * 400_000,
    ],
    ids=["cut amid rich text", "cut amid a sign", "a web page"],
)
def test_a_text_that_ends_amid_a_string_is_refused_at_once(text: bytes) -> None:
    """Each quote in it may seem to begin a string of its own: it took minutes of the event loop."""
    with pytest.raises(msgspec.DecodeError):
        read_rows(text, Item)
