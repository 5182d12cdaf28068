"""Where an item stands in its room, and what is handed on with it on its way to a document."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from connector.document.audience import Audience
from connector.document.document import Container, Crumb, Facet, Scope
from connector.document.ids import digest
from connector.document.labels import one_line
from connector.ports.grants import Grant
from connector.sources.interaxo.room_rows import Room
from connector.sources.interaxo.wire import Item


class RoomTold(msgspec.Struct, frozen=True, kw_only=True):
    """What Interaxo tells of one room."""

    community: str
    community_name: str
    slug: str
    root: str
    name: str
    description: str
    workspace: str
    metadata: tuple[tuple[str, str], ...]
    """(label, value), in the order of their keys."""


class RoomInfo(RoomTold, frozen=True, kw_only=True):
    """One room with what its documents share."""

    facets: tuple[Facet, ...]


def room_info(community: str, community_name: str, room: Room) -> RoomInfo:
    """Gather what the documents of a room share."""
    workspace = one_line(room.workspace.name or "") or room.workspace.id if room.workspace else ""
    metadata = tuple(
        (value.label or key, str(value.value))
        for key, value in sorted((room.metadata or {}).items())
        if value.value not in (None, "")
    )
    return _with_facets(
        RoomTold(
            community=community,
            community_name=community_name,
            slug=room.id,
            root=room.content.root_id,
            name=one_line(room.name or "") or room.id,
            description=room.description or "",
            workspace=workspace,
            metadata=metadata,
        )
    )


def scope_of(info: RoomInfo) -> Scope:
    """The room as a scope."""
    return Scope(key=info.root, name=f"{info.community}/{info.slug}", origin=info)


def write_room(info: RoomInfo) -> str:
    """Write what Interaxo told of a room, as JSON."""
    told = msgspec.structs.asdict(info)
    del told["facets"]
    return msgspec.json.encode(told).decode()


def read_room(text: str) -> RoomInfo:
    """Read it again."""
    return _with_facets(msgspec.json.decode(text, type=RoomTold))


def as_told_last(info: RoomInfo, last: RoomInfo, overlooked: Collection[str]) -> RoomInfo:
    """
    A room with some values as they were told before; of its metadata what is told now counts.

    Args:
        overlooked: names of its fields.
    """
    told = {**msgspec.structs.asdict(info), **{name: getattr(last, name) for name in overlooked}}
    if "metadata" in overlooked:
        told["metadata"] = tuple((dict(last.metadata) | dict(info.metadata)).items())
    del told["facets"]
    return _with_facets(RoomTold(**told))


def _with_facets(told: RoomTold) -> RoomInfo:
    facets = [
        Facet("Community", told.community_name),
        Facet("Room", told.name),
        *(Facet(label, value) for label, value in told.metadata),
    ]
    if told.workspace:
        facets.insert(1, Facet("Workspace", told.workspace))
    return RoomInfo(**msgspec.structs.asdict(told), facets=tuple(facets))


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What the children of a container inherit."""

    room: RoomInfo
    id: str
    native: str
    type: str
    crumbs: tuple[Crumb, ...]
    """Of the children: down to and including the container."""
    folders: tuple[str, ...]
    path: str
    audience: Audience | None
    listless: bool = False
    """The container has no list of who may see it: what stands in it is asked for by itself."""
    steps: Mapping[str, Grant] = {}
    """Who may see what stands in each step of a workflow folder."""
    titles: frozenset[str] = frozenset()
    """Ids of the fields that are an entry's title."""
    lists: tuple[tuple[str, Audience], ...] = ()
    """Ids of the containers below the room, down to this one, that have a list of their own, with that list."""
    historical: frozenset[str] = frozenset()
    """Ids of the steps that keep superseded entries."""
    named: frozenset[str] = frozenset()
    """Ids of all steps of which its definitions tell."""
    plain: bytes = b""
    """`inherited` without the definitions; empty: it has none."""
    inherited: bytes = b""
    row: bytes = b""
    """Hash of the container's own row: what is kept of its definitions is good for it."""


class Row(msgspec.Struct, frozen=True, gc=False):
    """An item with what is needed to map it."""

    id: str
    """Of its document."""
    item: Item
    place: Place
    author: str
    comments: str = ""
    """As plain text, one after the other."""
    audience: Audience | None = None


class Found(msgspec.Struct, frozen=True):
    """What was read of a file: its text, or why it has none."""

    text: str = ""
    missing: str = ""
    key: str = ""
    provisional: bool = False
    why: str = ""
    """Why it could not be read at this moment, in words."""


class RoomRow(msgspec.Struct, frozen=True):
    """A room with what is needed to map it."""

    room: RoomInfo
    root: Item
    place: Place
    author: str


def place_in(container: Container) -> Place:
    """What the children of a container inherit; made only now, unless it is a room."""
    origin = container.origin
    return origin if isinstance(origin, Place) else origin()


def settled(place: Place, mapping_digest: bytes) -> Place:
    """Hash all that children inherit."""
    room = place.room
    parts: list[bytes | str] = [
        mapping_digest,
        room.community,
        room.slug,
        room.workspace,
        place.path,
        place.type,
    ]
    parts += [f"{crumb.label}\x00{crumb.url or ''}" for crumb in place.crumbs]
    parts += [f"{facet.name}\x00{facet.value}" for facet in room.facets]
    return msgspec.structs.replace(place, inherited=digest(parts))
