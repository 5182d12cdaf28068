"""What a source that reads Interaxo rooms is made of, put together once for each opening."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from connector.http.exchange import Exchange, Party
from connector.http.transport import Transport
from connector.sources.interaxo.addresses import hosts_of
from connector.sources.interaxo.calls import Access, Calls
from connector.sources.interaxo.comments import Comments
from connector.sources.interaxo.details import Details
from connector.sources.interaxo.downloads import API, SIGNED, Downloads
from connector.sources.interaxo.exchanges import (
    EXCHANGES,
    READS_COMMENTS,
    READS_FILES,
    READS_MAIN_DOCUMENTS,
    signed_downloads,
)
from connector.sources.interaxo.files import Files
from connector.sources.interaxo.lists import Lists
from connector.sources.interaxo.main_documents import MainDocuments
from connector.sources.interaxo.mapping import RoomMapping
from connector.sources.interaxo.people import Directory
from connector.sources.interaxo.profiles import Profiles
from connector.sources.interaxo.reader_lists import ReaderLists
from connector.sources.interaxo.rights import Rights
from connector.sources.interaxo.room_audience import Readers, RoomAudience
from connector.sources.interaxo.room_notes import RoomNotes
from connector.sources.interaxo.rooms import Rooms
from connector.sources.interaxo.rotation import Rotation
from connector.sources.interaxo.settings import InteraxoPart
from connector.sources.interaxo.suspects import Suspects
from connector.sources.interaxo.tree import Asked, Authors, Tree
from connector.sources.kind import Surroundings


class Made(NamedTuple):
    """Everything that a source is made of."""

    calls: Calls
    parties: list[Party]
    rotation: Rotation
    lists: Lists
    rooms: Rooms
    authors: Authors
    readers: Readers
    rights: Rights
    room_audience: RoomAudience
    tree: Tree
    suspects: Suspects
    downloads: Downloads
    files: Files | None


def put_together(client: Transport, mapping: RoomMapping, part: InteraxoPart, around: Surroundings) -> Made:
    """Make everything that a source is made of; nothing is called."""
    name, notes, texts = mapping.rules.source, around.notes, around.texts
    reads_texts = part.content and texts is not None
    calls = Calls(
        client,
        source=name,
        access=_access(part),
        exchanges=_exchanges(part),
        policy=msgspec.structs.replace(around.policy, calls_per_s=part.calls_per_s),
        tokens=around.tokens,
    )
    rotation = Rotation(part.audience_share)
    lists = Lists(calls, notes)
    overlooked: dict[str, Sequence[str]] = {}
    authors = _authors(Profiles(calls, lists, notes, rotation, overlooked), part, around)
    readers = Readers(calls, authors.directory, source=name)
    room_notes = RoomNotes(part.permissions, notes)
    details = Details(calls, notes, rotation)
    rights = Rights(
        room_notes,
        ReaderLists(
            readers.of,
            lists.all_children,
            details.stands,
            grants=around.grants,
            room_notes=room_notes,
            clock=around.clock,
        ),
        prefix=part.id_prefix,
        grants=around.grants,
        notes=notes,
        rotation=rotation,
    )
    rooms = Rooms(calls, lists, mapping.globs, part.communities, overlooked, room_notes)
    asks_for_mains = part.main_document_text and reads_texts
    mains = MainDocuments(notes, rights, rotation, around.kept_out) if asks_for_mains else None
    comments = Comments(calls, lists, notes, authors.directory, rotation) if part.comments else None
    tree = Tree(lists, details, mapping, rights, authors, asked=Asked(comments, mains))
    hosts = hosts_of(part.base_url, part.web_url, part.content_hosts)
    downloads = Downloads(
        client, calls, notes, way=part.download, hosts=hosts, max_file_bytes=around.max_file_bytes
    )
    signed = part.content and part.download != API
    return Made(
        calls=calls,
        parties=[
            calls.neighbour.party,
            calls.issuer.party,
            *(signed_downloads(name, part.base_url, hosts) if signed else ()),
        ],
        rotation=rotation,
        lists=lists,
        rooms=rooms,
        authors=authors,
        readers=readers,
        rights=rights,
        room_audience=RoomAudience(
            readers, lists, rights, permissions=part.permissions, identities=part.identities
        ),
        tree=tree,
        suspects=Suspects(calls, mapping, rights, tree, rooms.made_since),
        downloads=downloads,
        files=Files(calls, texts, downloads, notes, mains) if texts is not None and part.content else None,
    )


def _access(part: InteraxoPart) -> Access:
    return Access(
        base_url=part.base_url,
        token_url=part.token_url,
        audience=part.audience,
        client_id=part.client_id.get_secret_value(),
        client_secret=part.client_secret.get_secret_value(),
    )


def _exchanges(part: InteraxoPart) -> tuple[Exchange, ...]:
    """The calls that these settings can lead to."""
    return (
        *EXCHANGES,
        *(READS_FILES if part.content and part.download != SIGNED else ()),
        *(READS_MAIN_DOCUMENTS if part.main_document_text else ()),
        *(READS_COMMENTS if part.comments else ()),
    )


def _authors(profiles: Profiles, part: InteraxoPart, around: Surroundings) -> Authors:
    directory = Directory(
        source=around.name,
        notes=around.notes,
        fixed=part.identities,
        file=around.people_file,
        file_unread=around.people_file_unread,
        asks=profiles,
    )
    profiles.read = directory.profiles
    return Authors(directory, profiles)
