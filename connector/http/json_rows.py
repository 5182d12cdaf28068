"""
Reads a neighbour's JSON so that one odd row costs itself only. PURE.

U+0000 is left out of all that is read. msgspec refuses a whole page for one lone surrogate (`\\ud83d`), one byte that is no UTF-8, one NaN, one raw control
character, one value nested too deeply, and for a byte order mark before it. What it takes at once is read at once. Else
the text is mended where nothing is lost by it (an unreadable sign becomes U+FFFD), the page is taken apart into its rows
without understanding them, and each row is read by itself, at last without the fields that nobody asked for. What then
cannot be read is an `OddRow`: told by its id, never passed over, never read with a field missing.

Members of a room write much of what stands there: mending a text takes some passes over it, and no step in Python for each of its signs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from hashlib import blake2b
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
REFUSALS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for a text that it cannot read as it is asked to."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_WORD = rb"[-+.\w]++"
"""Words such as NaN count as values: where a row ends does not depend on whether it can be read."""
_FLAT = rb"\{\s*+(?:" + _STRING + rb"\s*+:\s*+(?:" + _STRING + rb"|" + _WORD + rb")\s*+,?\s*+)*+\}"
"""An object without anything nested, in one step."""
_TOKEN = re.compile(
    rb"\s*+(?:(?P<value>" + _STRING + rb"|" + _WORD + rb"|" + _FLAT + rb")|(?P<sign>[\[\]{},:]))",
    re.DOTALL | re.ASCII,
)
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""A string; one that has no end ends with the text, so that no quote in it is taken for another one's beginning."""
_FIELD = re.compile(rb"\s*(" + _STRING + rb")\s*:\s*(.*)", re.DOTALL)
_SURROGATE = rb"u[dD][89a-fA-F][0-9a-fA-F]{2}"
_PAIR = rb"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_LONE = re.compile(
    rb"((?:[^\\]++|\\(?:" + _PAIR + rb"|(?!" + _SURROGATE + rb").))++)|\\" + _SURROGATE, re.DOTALL
)
"""What has no lone surrogate in it as one group, as much of it as there is; or a lone one."""
NUL = rb"\u0000"
_NUL = re.compile(rb"((?:[^\\]++|\\(?!u0000).)++)|\\u0000", re.DOTALL)
"""The same of U+0000."""
_CONTROL = re.compile(rb"[\x00-\x1f]")
_CONTROLS = frozenset(range(0x20))
AT_ONCE = 1_000_000
"""Bytes of a page that is read in one step, in which nothing else can be done; a longer one is read row by row."""
ODD_AT_ONCE = 50_000
"""Bytes of one that msgspec does not take: to take it apart costs some microseconds for each of them."""
_BLANK = b" \t\r\n"


class Hasty(bytes):
    """A text that is to be read while everything else waits, or not at all: `TakesLongError`."""


class TakesLongError(Exception):
    """A hasty text is not what msgspec takes, and too long to be taken apart while everything else waits."""


class OddRow(msgspec.Struct, frozen=True):
    """A row that cannot be read."""

    id: str
    """Empty where none can be found."""
    problem: str
    """Why, in msgspec's words: they name places and types, never values."""
    digest: bytes
    """Of the problem: it stays while the row is odd in the same way."""
    fields: dict[str, bytes] = {}
    """Its fields as they stand in the text, as far as they can be told apart."""


def read_rows(
    data: bytes, kind: type[T], *, ids: tuple[str, ...] = ("id",), absent: Collection[str] = ()
) -> list[T | OddRow]:
    """
    Read a list of rows, in its order.

    Args:
        ids: fields that may hold a row's id, the best one first.
        absent: fields in which null means that nothing is there, although the kind does not say so.

    Raises:
        msgspec.DecodeError: it is not a list, or ends before its end.
    """
    data = without_nul(data)
    try:
        return list(_plain_rows(data, kind))
    except REFUSALS:
        text = mended(data)
    try:
        return list(_plain_rows(text, kind))
    except REFUSALS:
        return [_read_row(part, kind, ids, absent) for part in raw_rows(text)]


def raw_rows(data: bytes) -> list[bytes]:
    """
    Take a list apart into its rows, each as it stands in the text; as many, and in the same order, as `read_rows` reads.

    Raises:
        msgspec.DecodeError: it is not a list, or ends before its end.
    """
    data = without_nul(data)
    try:
        return [bytes(one) for one in _decoder(list[msgspec.Raw]).decode(data)]
    except REFUSALS:
        return [*_parts(mended(data), b"[")]


def _plain_rows(data: bytes, kind: type[T]) -> Iterable[T]:
    """Read rows none of which is odd."""
    if len(data) <= AT_ONCE:
        return _rows(kind).decode(data)
    return map(_one(kind).decode, _decoder(list[msgspec.Raw]).decode(data))


def read_value(data: bytes, kind: type[T], *, absent: Collection[str] = ()) -> T:
    """
    Read one value; what nobody asked for may be as odd as it likes.

    Args:
        absent: as of `read_rows`.

    Raises:
        msgspec.DecodeError: it cannot be read as that; nothing else is ever raised.
        OddValueError: it is a whole JSON object, in which something that is asked for cannot be read.
    """
    data = without_nul(data)
    try:
        return _one(kind).decode(data)
    except REFUSALS:
        text = mended(data)
    try:
        return _one(kind).decode(text)
    except REFUSALS as error:
        try:
            parts = fields_in(text)
        except msgspec.DecodeError:
            raise _decode_error(error) from error
        try:
            return _one(kind).decode(_only(parts, kind, absent))
        except REFUSALS as odd:
            raise OddValueError(why_unread(odd)) from odd


class OddValueError(msgspec.ValidationError):
    """A JSON object is whole, but cannot be read as what it should be."""


def fields_in(data: bytes) -> dict[str, bytes]:
    """
    Take an object apart into its fields, each value as it stands in the text.

    Raises:
        msgspec.DecodeError: it is no object, or ends before its end.
    """
    found = {}
    for part in _parts(mended(data), b"{"):
        match = _FIELD.fullmatch(part)
        if match is None:
            raise msgspec.DecodeError("an object holds something that is no field")
        try:
            found[msgspec.json.decode(match[1], type=str)] = match[2].rstrip(_BLANK)
        except REFUSALS as error:
            raise _decode_error(error) from error
    return found


def without_nul(data: bytes) -> bytes:
    """
    Leave out U+0000, which no text of PostgreSQL may hold, nor of the target; nobody can see it.

    Raises:
        TakesLongError: it is not left out in haste.
    """
    if b"\0" in data or NUL in data:
        _not_in_haste(data)
        data = _NUL.sub(rb"\1", data.replace(b"\0", b""))
    return data


def mended(data: bytes) -> bytes:
    """
    Take off a byte order mark, and make of a text what msgspec takes as far as no value is lost by it.

    Raises:
        TakesLongError: not in haste.
    """
    _not_in_haste(data)
    text = without_nul(data).removeprefix(BYTE_ORDER_MARK)
    try:
        text.decode()
    except UnicodeDecodeError:
        text = text.decode(errors="replace").encode()
    if b"\\u" in text:
        text = _LONE.sub(lambda found: found[1] or rb"\ufffd", text)
    return _TEXT.sub(_without_controls, text) if _CONTROL.search(text) else text


def _not_in_haste(data: bytes) -> None:
    if isinstance(data, Hasty) and len(data) > ODD_AT_ONCE:
        raise TakesLongError


def _without_controls(found: re.Match[bytes]) -> bytes:
    text = found[0]
    for code in _CONTROLS.intersection(text):
        text = text.replace(bytes([code]), b"\\u%04x" % code)
    return text


def _read_row(part: bytes, kind: type[T], ids: tuple[str, ...], absent: Collection[str]) -> T | OddRow:
    try:
        return _one(kind).decode(part)
    except REFUSALS as error:
        problem = why_unread(error)
    fields: dict[str, bytes] = {}
    try:
        fields = fields_in(part)
        return _one(kind).decode(_only(fields, kind, absent))
    except REFUSALS as error:
        if fields:
            problem = why_unread(error)
    return OddRow(
        next(filter(None, (_id_of(fields.get(name, b"null")) for name in ids)), ""),
        problem,
        blake2b(problem.encode(), digest_size=16).digest(),
        fields,
    )


def _id_of(value: bytes) -> str:
    try:
        read = msgspec.json.decode(value, type=str | int | None)
    except REFUSALS:
        return ""
    return "" if read is None else str(read)


def _only(fields: dict[str, bytes], kind: type, absent: Collection[str]) -> bytes:
    """Put an object together again, of the fields that a kind reads."""
    asked = {one.encode_name for one in fields_of(kind)} if _is_struct(kind) else fields.keys()
    kept = (
        msgspec.json.encode(name) + b":" + value
        for name, value in fields.items()
        if name in asked and not (value == b"null" and name in absent)
    )
    return b"{" + b",".join(kept) + b"}"


@cache
def fields_of(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """The fields of a kind: looked up once, since msgspec reads its annotations anew each time, for as long as a hundred rows take."""
    return msgspec.structs.fields(kind)


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _parts(text: bytes, bracket: bytes) -> Iterator[bytes]:
    """
    Take a list or an object apart into what stands between its commas; how deep any of it is nested does not matter.

    Raises:
        msgspec.DecodeError: it is something else, ends before its end, or has a quote that nobody can pair.
    """
    whole = text.strip(_BLANK)
    if not whole.startswith(bracket):
        raise msgspec.DecodeError(f"expected a text that begins with {bracket.decode()}")
    depth, start, at, after_value = 1, 1, 1, False
    while depth:
        token = _TOKEN.match(whole, at)
        if token is None or (after_value and token["value"] is not None):
            raise msgspec.DecodeError(f"the text is malformed, or ends before its end (byte {at})")
        at, sign = token.end(), token["sign"]
        after_value = sign is None
        if sign in (b"[", b"{"):
            depth += 1
        elif sign in (b"]", b"}"):
            depth -= 1
        elif sign == b"," and depth == 1:
            yield whole[start : at - 1]
            start = at
    if at != len(whole):
        raise msgspec.DecodeError(f"the text continues after its end (byte {at})")
    if whole[start : at - 1].strip(_BLANK) or start > 1:
        yield whole[start : at - 1]


def why_unread(error: Exception) -> str:
    """Why some JSON cannot be read, in words; of an error of `REFUSALS`."""
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _decode_error(error: Exception) -> msgspec.DecodeError:
    return error if isinstance(error, msgspec.DecodeError) else msgspec.DecodeError(why_unread(error))


def _rows(kind: type[T]) -> msgspec.json.Decoder[list[T]]:
    return _decoder(list[kind])  # type: ignore[valid-type]


def _one(kind: type[T]) -> msgspec.json.Decoder[T]:
    return _decoder(kind)  # type: ignore[arg-type]


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)
