"""
Interaxo's JSON as we read it. PURE. Source: https://api.interaxo.com, Content objects, and docs/interaxo.md.

Unknown fields pass; `lock_info` and `path` are not read at all: the first says nothing about the item, the
last is not relative to anything in particular (observed in the vendor's own samples). `content_url` changes
with every read and is neither hashed nor kept.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any

import msgspec

FOLDERS = frozenset({"simple-folder", "folder", "active-folder", "workflow-folder"})
"""`folder` is the search word, and the older name, of a simple folder."""
DEFINING = frozenset({"active-folder", "workflow-folder"})
LINKS = frozenset({"internal-link", "external-link"})
CONTAINERS = FOLDERS | {"entry"}


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
    content_url: str | None = None
    """Pre-signed, another one with every read: used at once, never kept (dropped by `settled`)."""

    def digest(self) -> bytes:
        """Hash of all that people search for: apart from the number of children, and who edited or owns it."""
        told = msgspec.structs.replace(
            self, child_count=None, content_url=None, last_modified_by=None, owner=None
        )
        return blake2b(_pack(told), digest_size=16).digest()


class Named(msgspec.Struct, frozen=True):
    """A community or a workspace."""

    id: str
    name: str | None = None


class Metadata(msgspec.Struct, frozen=True):
    """One value of a room's metadata."""

    label: str | None = None
    value: Any = None


class RoomContent(msgspec.Struct, frozen=True):
    """Where a room's tree begins."""

    root_id: str


class Room(msgspec.Struct, frozen=True):
    """One room; its id is a short name that an administrator may change, its root's id stays."""

    id: str
    content: RoomContent
    name: str | None = None
    description: str | None = None
    workspace: Named | None = None
    metadata: dict[str, Metadata] | None = None


class Comment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One comment, asked for as HTML."""

    id: str = ""
    content: str | None = None
    created: str | None = None
    created_by: Authority | None = None


class Person(msgspec.Struct, frozen=True):
    """A person's profile."""

    id: str
    name: str | None = None
    email: str | None = None


class Token(msgspec.Struct, frozen=True):
    """The answer of the token URL; lifetimes are not documented, about an hour was observed."""

    access_token: str
    expires_in: float = 3_600.0


class Unreadable(msgspec.Struct, frozen=True):
    """A row of a listing that has an id but cannot be read otherwise."""

    id: str
    problem: str
    digest: bytes
    gone: bool = False
    """Its own answer was a 404."""
    passing: bool = False
    """It may be readable the next time."""


_pack = msgspec.json.Encoder().encode  # unlike MessagePack, JSON has integers of any length
_items = msgspec.json.Decoder(list[Item])
_item = msgspec.json.Decoder(Item)
_raws = msgspec.json.Decoder(list[msgspec.Raw])


class _OnlyId(msgspec.Struct):
    id: str


def parse_item(data: bytes) -> Item:
    """
    Read one item.

    Raises:
        msgspec.DecodeError: it is not one.
    """
    return _item.decode(data)


def parse_items(data: bytes) -> list[Item | Unreadable]:
    """
    Read one page of a listing; a row that has an id but cannot be read becomes `Unreadable`.

    Raises:
        msgspec.DecodeError: it is not a listing, or a row has no id.
    """
    try:
        return list(_items.decode(data))
    except msgspec.ValidationError:
        rows: list[Item | Unreadable] = []
        for raw in _raws.decode(data):
            try:
                rows.append(_item.decode(raw))
            except msgspec.ValidationError as error:
                named = msgspec.json.decode(raw, type=_OnlyId)
                rows.append(Unreadable(named.id, str(error), blake2b(bytes(raw), digest_size=16).digest()))
        return rows


def parse_time(value: str | None) -> datetime | None:
    """Read an ISO 8601 time as UTC; None for what is not one."""
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
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
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def parse_hundredths(value: object) -> float | None:
    """Read a numeric field: integer hundredths, 123 means 1.23 (vendor, Important Note for number field)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if not isinstance(value, int | float) or value != value or abs(value) == float("inf"):
        return None
    try:
        return round(value / 100, 4)
    except OverflowError:
        return None
