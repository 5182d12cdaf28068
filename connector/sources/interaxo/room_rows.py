"""
Communities, rooms and people as their own rows tell them. PURE. Source: Interaxo API, Communities, Rooms and Users.

What decides is an id, the root of a room, the address of a person. All else only decorates: where it cannot be read it is taken as missing,
and named, since a room that is not read keeps its readers as they were, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from connector.http.json_rows import (
    REFUSALS,
    OddRow,
    OddValueError,
    fields_in,
    fields_of,
    read_rows,
    read_value,
)
from connector.sources.interaxo import wire
from connector.sources.interaxo.leniency import fits, flat, leniently, said, usable, without_nulls
from connector.sources.interaxo.wire import Unreadable, one_case

T = TypeVar("T", bound=msgspec.Struct)


class Named(msgspec.Struct, frozen=True):
    """A community or a workspace."""

    id: str
    name: str | None = None


class NamedInPart(Named, frozen=True):
    """One with values that are left out."""

    overlooked: tuple[str, ...] = ()


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


class RoomInPart(Room, frozen=True):
    """One with values that are left out."""

    overlooked: tuple[str, ...] = ()


class Person(msgspec.Struct, frozen=True):
    """A person's profile."""

    id: str
    name: str | None = None
    email: str | None = None


class PersonInPart(Person, frozen=True):
    """One with values that are left out."""

    overlooked: tuple[str, ...] = ()


def parse_rooms(data: bytes) -> list[Room | Unreadable]:
    """
    Read one page of a list of rooms; a room without a root that can be asked for is `Unreadable`.

    Raises:
        msgspec.DecodeError: it is not a list.
    """
    rows = (
        _in_part(row, RoomInPart, _OF_ROOMS) if isinstance(row, OddRow) else row
        for row in read_rows(data, Room)
    )
    return [row if isinstance(row, Unreadable) else _checked(row) for row in rows]


def parse_named(data: bytes) -> list[Named | Unreadable]:
    """
    Read communities; one without an id that can be asked for is `Unreadable`.

    Raises:
        msgspec.DecodeError: it is not a list.
    """
    rows = (
        _in_part(row, NamedInPart, _OF_NAMED) if isinstance(row, OddRow) else row
        for row in read_rows(data, Named)
    )
    return [
        row
        if isinstance(row, Unreadable) or usable(row.id)
        else wire.odd(row.id, row.name, "its id is no id")
        for row in rows
    ]


def parse_person(data: bytes) -> Person:
    """
    Read a person's profile.

    Raises:
        msgspec.DecodeError: it is none, or it does not tell whose address it is.
    """
    try:
        return read_value(data, Person)
    except OddValueError as error:
        read = _without_odd(fields_in(data), PersonInPart, _OF_NAMED)
        if isinstance(read, str):
            raise msgspec.ValidationError(read) from error
        return read


def overlooked_in(row: object) -> tuple[str, ...]:
    """Which values of a row are left out, since they cannot be read."""
    return row.overlooked if isinstance(row, RoomInPart | NamedInPart | PersonInPart) else ()


def name_of(person: Person, last: str) -> str:
    """
    Say how a person is called, empty where that is not told.

    Args:
        last: as it was told before; it stands while the name cannot be read.
    """
    return last if "name" in overlooked_in(person) else person.name or ""


def _checked(room: Room) -> Room | Unreadable:
    if not usable(room.id):
        return wire.odd(room.id, room.name, "its id is no id")
    root = room.content.root_id
    if not usable(root):
        return wire.odd(room.id, room.name, "it has no root folder")
    room = msgspec.structs.replace(room, content=RoomContent(one_case(root)))
    metadata = {key: one for key, one in (room.metadata or {}).items() if flat(one.value)}
    if len(metadata) == len(room.metadata or {}):
        return room
    told = {**msgspec.structs.asdict(room), "metadata": metadata}
    return RoomInPart(
        **{**told, "overlooked": tuple({**dict.fromkeys(overlooked_in(room)), "metadata": None})}
    )


def _in_part(row: OddRow, kind: type[T], hints: Mapping[str, Callable[[Any], Any]]) -> T | Unreadable:
    read = _without_odd(row.fields, kind, hints) if row.fields else row.problem
    return wire.unread(row, read) if isinstance(read, str) else read


def _without_odd(
    fields: Mapping[str, bytes], kind: type[T], hints: Mapping[str, Callable[[Any], Any]]
) -> T | str:
    """Read an object without what of its decorations cannot be read, which is named; or why it cannot be read."""
    types = {one.encode_name: one.type for one in fields_of(kind)}
    overlooked = [name for name in hints if name in fields and not _is_sound(fields[name], types[name])]
    told = {name: value for name, value in fields.items() if name != "overlooked"}
    return leniently({**told, "overlooked": msgspec.json.encode(overlooked)}, kind, hints)


def _is_sound(raw: bytes, kind: Any) -> bool:
    try:
        value = without_nulls(msgspec.json.decode(raw))
    except REFUSALS:
        return False
    return value is None or fits(value, kind)


def _workspace(value: Any) -> dict[str, str] | None:
    """A workspace, as far as it can be told how it is called."""
    told = value if isinstance(value, dict) else {}
    read = {key: told[key] for key in ("id", "name") if isinstance(told.get(key), str)}
    return {"id": "", **read} if read else None


def _metadata(value: Any) -> dict[str, Any] | None:
    """Metadata, without those of which no value can be told."""
    told = value if isinstance(value, dict) else {}
    values = {key: one for key, one in told.items() if isinstance(one, dict) and "value" in one}
    return {
        key: {
            name: one[name]
            for name in ("label", "value")
            if name != "label" or isinstance(one.get(name), str)
        }
        for key, one in values.items()
    }


_OF_NAMED: Mapping[str, Callable[[Any], Any]] = {"name": said}
_OF_ROOMS = {**_OF_NAMED, "description": said, "workspace": _workspace, "metadata": _metadata}
