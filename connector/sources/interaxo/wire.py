"""
Interaxo's JSON as we read it. PURE. Source: https://api.interaxo.com, Content objects, and docs/interaxo.md.

Unknown fields pass; `lock_info` and `path` are not read at all: the first says nothing about the item, the
last is not relative to anything in particular (observed in the vendor's own samples). `content_url` changes
with every read and is neither hashed nor kept.

A JSON null stands for *not there*, in every place. An author who cannot be told is nobody, and costs no row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from hashlib import blake2b
from typing import Any, TypeVar

import msgspec

from connector.document.durations import DAY_S, HOUR_S
from connector.document.ids import UUID
from connector.http.json_rows import REFUSALS, OddRow, OddValueError, fields_in, read_rows, read_value
from connector.sources.interaxo.leniency import (
    LONGEST_ID,
    count,
    fits,
    flat,
    leniently,
    numbered,
    said,
    somebody,
    usable,
    without_nulls,
    word_in,
)

T = TypeVar("T", bound=msgspec.Struct)
FOLDERS = frozenset({"simple-folder", "folder", "active-folder", "workflow-folder"})
"""`folder` is the search word, and the older name, of a simple folder."""
DEFINING = frozenset({"active-folder", "workflow-folder"})
LINKS = frozenset({"internal-link", "external-link"})
CONTAINERS = FOLDERS | {"entry"}
MONTH_S = 30 * DAY_S


class Authority(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A user or a group; ids are opaque, names are not always given."""

    id: str
    type: str = ""
    name: str | None = None


class Field(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """A field of an entry (with a value), or its definition on the folder (with `entry_title`)."""

    id: str = ""
    type: str = "string"
    name: str = ""
    value: Any = None
    value_colon: Any = msgspec.field(name="value:", default=None)
    """Some answers name the value `value:` (vendor's samples of create and update)."""
    entry_title: bool = False

    @property
    def content(self) -> Any:
        """The value, whatever its key was called."""
        return self.value if self.value is not None else self.value_colon


class Step(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """A step of a workflow; on entries only id and name."""

    id: str = ""
    name: str = ""
    publish: bool = False
    historical: bool = False


class Item(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """One content item of any type."""

    id: str
    type: str
    parent_id: str | None = None
    name: str | None = None
    created: str | None = None
    last_modified: str | None = None
    created_by: Authority | None = None
    last_modified_by: Authority | None = None
    owner: Authority | None = None
    child_count: int | None = None
    fields: list[Field] | None = None
    features: list[str] | None = None
    steps: list[Step] | None = None
    step: Step | None = None
    version: str | None = None
    mime_type: str | None = None
    file_size: int | None = None
    destination: str | None = None
    url: str | None = None
    instruction: str | None = None
    """Of a folder."""
    content_url: str | None = None
    """Pre-signed, another one with every read: used at once, never kept (dropped by `settled`)."""

    def digest(self) -> bytes:
        """Hash of all that people search for: apart from the number of children, and who edited or owns it."""
        told = msgspec.structs.replace(
            self, child_count=None, content_url=None, last_modified_by=None, owner=None
        )
        return blake2b(_pack(told), digest_size=16).digest()


class Comment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One comment, asked for as HTML."""

    id: str
    content: str | None = None
    created: str | None = None
    created_by: Authority | None = None


class Token(msgspec.Struct, frozen=True):
    """The answer of the token URL; lifetimes are not documented, about an hour was observed."""

    access_token: str
    expires_in: Any = None

    @property
    def lifetime_s(self) -> float:
        """How long it is good; an hour where that is not told, or not as a number."""
        try:
            told = float(self.expires_in)
        except (TypeError, ValueError, OverflowError):
            return HOUR_S
        return told if 0 <= told < MONTH_S else HOUR_S


class Unreadable(msgspec.Struct, frozen=True):
    """A row of a list that cannot be read."""

    id: str
    """Empty when the row has none."""
    problem: str
    digest: bytes
    gone: bool = False
    """Its own answer was a 404."""
    passing: bool = False
    """It may be readable the next time."""
    name: str = ""
    """As far as the row tells it."""
    rest: Item | None = None
    """What can be read of an item: good for listing what stands in it, never for being pushed."""


_MIDNIGHT = time(tzinfo=UTC)
_NUMBER, _ENDLESS = (int, float), float("inf")
_pack = msgspec.json.Encoder().encode  # unlike MessagePack, JSON has integers of any length


# -- reading answers ----------------------------------------------------------------------------


def parse_value(data: bytes, kind: type[T]) -> T:
    """
    Read an answer that is one object.

    Raises:
        msgspec.DecodeError: it is not one.
    """
    try:
        return read_value(data, kind)
    except OddValueError as error:
        found = _leniently(fields_in(data), kind)
        if isinstance(found, str):
            raise msgspec.ValidationError(found) from error
        return found


def parse_item(data: bytes) -> Item:
    """
    Read one item.

    Raises:
        msgspec.DecodeError: it is not one.
    """
    item = _checked(parse_value(data, Item))
    if isinstance(item, Unreadable):
        raise msgspec.ValidationError(item.problem)
    return item


def parse_items(data: bytes) -> list[Item | Unreadable]:
    """
    Read one page of a listing; a row that cannot be read becomes `Unreadable` and costs no other.

    Raises:
        msgspec.DecodeError: it is not a listing.
    """
    found: list[Item | Unreadable] = []
    for row in read_rows(data, Item):
        if isinstance(row, Item):
            own, parent, step = row.id, row.parent_id, row.step
            plain = (
                2 < len(own) <= LONGEST_ID
                and own.islower()
                and (parent is None or parent.islower())
                and (step is None or step.id.islower())
                and row.steps is None
            )
            # nearly every row: nothing of it needs a second look
            found.append(row if plain and not (row.fields and _deep(row.fields)) else _checked(row))
        else:
            found.append(_checked(_odd_item(row)))
    return found


def parse_rows(data: bytes, kind: type[T]) -> list[T | Unreadable]:
    """
    Read a list of any kind, row by row.

    Raises:
        msgspec.DecodeError: it is not a list.
    """
    return [_second_look(row, kind) if isinstance(row, OddRow) else row for row in read_rows(data, kind)]


def parse_authorities(data: bytes) -> list[Authority | Unreadable]:
    """Read users and groups; one without an id is `Unreadable`: it is not known who it is."""
    return [_with_usable_id(row) for row in parse_rows(data, Authority)]


def parse_comments(data: bytes) -> list[Comment | Unreadable]:
    """Read comments; of one whose author or date cannot be told, what it says is read all the same."""
    return parse_rows(data, Comment)


def _checked(item: Item | Unreadable) -> Item | Unreadable:
    """See to what no type tells: the id, its spelling, and how deep the values of fields are."""
    if isinstance(item, Unreadable):
        return item
    if not usable(item.id):
        return odd(item.id, item.name, "its id is no id")
    item = _in_one_spelling(item)
    if item.fields and _deep(item.fields):
        rest = msgspec.structs.replace(item, fields=[one for one in item.fields if flat(one.content)])
        return Unreadable(
            item.id, "a field is nested too deeply", rest.digest(), name=item.name or "", rest=rest
        )
    return item


def _odd_item(row: OddRow) -> Item | Unreadable:
    found = _leniently(row.fields, Item) if row.fields else row.problem
    if isinstance(found, Item):
        return found
    told = {name: value for name, value in sorted(row.fields.items()) if name in _TOLD}
    mark = blake2b(repr((found, told)).encode(), digest_size=16).digest()
    rest = _rest_of(row.fields)
    # spelled as the rest of it is: by that it is asked who may see it
    return Unreadable(one_case(row.id), found, mark, name=word_in(row.fields.get("name")), rest=rest)


def _rest_of(fields: Mapping[str, bytes]) -> Item | None:
    """What can be read of an item; None where even that does not tell where it stands."""
    values: dict[str, Any] = {}
    for name, kind in _TYPES.items():
        try:
            value = without_nulls(msgspec.json.decode(fields.get(name, b"null")))
            if name == "fields" and isinstance(value, list):
                value = [one for one in value if fits(one, Field)]
            if value is not None and fits(value, kind):
                values[name] = value
            elif value is not None and name in _NEEDED:
                return None
        except REFUSALS:
            if name in _NEEDED:
                return None
    try:
        item = msgspec.convert(values, Item)
    except msgspec.ValidationError:
        return None
    checked = _checked(item)
    return checked if isinstance(checked, Item) else checked.rest


def _with_usable_id(row: Authority | Unreadable) -> Authority | Unreadable:
    return row if isinstance(row, Unreadable) or usable(row.id) else odd(row.id, row.name, "its id is no id")


def odd(identifier: str, name: str | None, problem: str) -> Unreadable:
    """A row that can be read, and is none."""
    mark = blake2b(problem.encode(), digest_size=16).digest()
    return Unreadable(identifier.strip(), problem, mark, name=name or "")


def unread(row: OddRow, problem: str) -> Unreadable:
    """A row that cannot be read."""
    return Unreadable(row.id, problem, row.digest, name=word_in(row.fields.get("name")))


def _deep(fields: Sequence[Field]) -> bool:
    """Whether a value is nested deeper than anybody could mean it."""
    for field in fields:
        value = field.value
        if (value.__class__ is list or value.__class__ is dict) and not flat(value):
            return True
        if field.value_colon is not None and not flat(field.value_colon):
            return True
    return False


def _in_one_spelling(item: Item) -> Item:
    """A UUID is the same UUID in any case, whichever of two calls gives it in capitals; those of steps, too."""
    return msgspec.structs.replace(
        item,
        id=one_case(item.id),
        parent_id=item.parent_id and one_case(item.parent_id),
        step=item.step and _step_in_one_spelling(item.step),
        steps=item.steps and [_step_in_one_spelling(one) for one in item.steps],
    )


def _step_in_one_spelling(step: Step) -> Step:
    return msgspec.structs.replace(step, id=one_case(step.id))


def one_case(identifier: str) -> str:
    """A UUID in lower case; the letter case of any other id may matter."""
    return identifier.lower() if UUID.fullmatch(identifier) else identifier


def _second_look(row: OddRow, kind: type[T]) -> T | Unreadable:
    found = _leniently(row.fields, kind) if row.fields else row.problem
    return unread(row, found) if isinstance(found, str) else found


def _leniently(fields: Mapping[str, bytes], kind: type[T]) -> T | str:
    if kind is Authority:
        return leniently(fields, kind, whole=somebody)
    if kind is Comment:
        return leniently(fields, kind, _COMMENT_HINTS, whole=_told_apart)
    return leniently(fields, kind, _HINTS if kind is Item else {})


_HINTS = {"created_by": somebody, "last_modified_by": somebody, "owner": somebody, "child_count": count}
"""Fields of an item that it is found without: nobody, or no hint of a number."""
_COMMENT_HINTS = {"id": numbered, "created": said, "created_by": somebody}
"""Fields of a comment that its words are found without."""


def _told_apart(values: dict[str, Any]) -> dict[str, Any]:
    """A comment without an id is told apart from others by what it says: nothing is asked for by it."""
    if values.get("id") or "content" not in values:
        return values
    mark = blake2b(repr(sorted(values.items(), key=str)).encode("utf-8", "replace"), digest_size=16)
    return {**values, "id": f"comment-{mark.hexdigest()}"}


_TYPES = {one.encode_name: one.type for one in msgspec.structs.fields(Item)}
_NEEDED = frozenset({"id", "type", "step"})
"""Without these nothing that stands in an item can be told apart from what settings leave out, or others may not see."""
_TOLD = frozenset(_TYPES) - {"content_url", "child_count", "last_modified_by", "owner"}


def id_in(data: bytes) -> str:
    """The id of an object that cannot be read otherwise; empty where it has none."""
    try:
        return word_in(fields_in(data).get("id"))
    except msgspec.DecodeError:
        return ""


class _Detail(msgspec.Struct, frozen=True):
    code: str = ""


class _Refusal(msgspec.Struct, frozen=True):
    errors: list[_Detail] = []


def codes_in(data: bytes) -> frozenset[str]:
    """The codes of `errors[]` of an error answer; none when it has none. Source: Interaxo API, Error handling."""
    try:
        return frozenset(one.code for one in parse_value(data, _Refusal).errors if one.code)
    except msgspec.DecodeError:
        return frozenset()


# -- reading values -----------------------------------------------------------------------------


def parse_time(value: str | None) -> datetime | None:
    """Read an ISO 8601 time as UTC; None for what is not one."""
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is UTC:  # as nearly all are
            return moment
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_date(value: object) -> datetime | None:
    """Read a date field (`yyyy-mm-dd`) as midnight UTC; None for what is not one."""
    if not isinstance(value, str):
        return None
    try:
        day = date.fromisoformat(value[:10])
    except ValueError:
        return None
    return datetime.combine(day, _MIDNIGHT)


def parse_hundredths(value: object) -> int | float | None:
    """Read a numeric field: integer hundredths, 123 means 1.23, and 100 the whole number 1 (vendor, Important Note for number field)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if not isinstance(value, _NUMBER) or value != value or abs(value) == _ENDLESS:
        return None
    try:
        number = round(value / 100, 4)
    except OverflowError:
        return None
    return int(number) if number == int(number) else number
