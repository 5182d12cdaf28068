"""
What people find of a room: items become documents. PURE.

The version of an item is a hash of its row and of all it inherits (crumbs, room, field
definitions, settings of the mapping), so that a renamed folder changes the versions of everything below it
without anything being fetched. Source: design of documents in docs/interaxo.md; numeric fields are
hundredths (Interaxo API, Defining number fields).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import msgspec

from connector.document.audience import Audience
from connector.document.document import Container, Crumb, Listed, Scope
from connector.document.ids import child_path, digest, document_id
from connector.document.labels import one_line
from connector.document.overrides import LEFT_OUT, digest_of_rules, excludes_of
from connector.errors import RecordInvalid, SettingsError
from connector.sources.interaxo.documents import Documents, Rules
from connector.sources.interaxo.fields import read_fields
from connector.sources.interaxo.globs import Globs
from connector.sources.interaxo.kinds import KINDS, kind_of
from connector.sources.interaxo.links import link_of
from connector.sources.interaxo.places import Place, RoomInfo, RoomRow, Row, settled
from connector.sources.interaxo.views import title_of, view_of
from connector.sources.interaxo.wire import CONTAINERS, Item, Unreadable

CODE_VERSION = "3"
"""Raised whenever the same item would give another document: the next run then maps everything again."""


class _Above(NamedTuple):
    """What the children of an item inherit of it."""

    native: str
    type: str
    title: str
    row: bytes


def _above(item: Item, place: Place) -> _Above:
    return _Above(item.id, item.type, title_of(item, place), item.digest())


class RoomMapping:
    """Maps rooms and their items by the rules."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.documents = Documents(rules)
        self.digest = digest_of_rules(
            (rules.web_url, rules.prefix, rules.overrides, rules.reading), CODE_VERSION
        )
        """Of the code and the settings that decide how documents look."""
        excludes = excludes_of(rules.overrides)
        self.left_out_rules = digest_of_rules((rules.historical, excludes))
        """Of the settings that decide what is left out."""
        self.reads_to_list = "entry" in excludes
        """Whether the words of every listed entry are read, to tell which ones are left out."""
        self.globs = Globs(rules.rooms, rules.public_rooms)

    # -- rooms --------------------------------------------------------------------------------

    def room_listed(
        self,
        scope: Scope,
        room: RoomInfo,
        root: Item,
        audience: Audience | None,
        author: str,
        *,
        listless: bool = False,
    ) -> Listed:
        """Make the one document of a room and its root folder ready to be planned."""
        identifier = document_id(self.rules.prefix, room.root)
        crumbs = [Crumb(room.community_name)]
        if room.workspace:
            crumbs.append(Crumb(room.workspace))
        path = child_path("/", identifier)
        link = self.link(room, room.root)
        place = settled(
            Place(
                room=room,
                id=identifier,
                native=room.root,
                type=root.type,
                crumbs=(*crumbs, Crumb(room.name, link)),
                folders=(),
                path=path,
                audience=audience,
                listless=listless,
                row=root.digest(),
            ),
            self.digest,
        )
        version = digest([root.digest(), place.inherited, room.description, author])
        origin = RoomRow(room, root, place, author)
        return Listed(
            id=identifier,
            native=room.root,
            kind="room",
            name=room.name,
            version=version,
            audience=audience,
            container=Container(
                id=identifier,
                native=room.root,
                scope=scope,
                path=path,
                expected=root.child_count,
                origin=place,
            ),
            origin=origin,
        )

    # -- items --------------------------------------------------------------------------------

    def listed(
        self,
        scope: Scope,
        item: Item | Unreadable,
        place: Place,
        author: str,
        comments: str = "",
        *,
        audience: Audience | None,
        listless: bool = False,
        silent: bool = False,
        own: Audience | None = None,
    ) -> Listed:
        """
        Make one row of a listing ready to be planned.

        Args:
            audience: who may see it; None: unknown.
            listless: what stands in it is asked for by itself.
            own: the list that it has of its own.
            silent: an entry that does not tell the words of its main document, since not all who see it may see that.
        """
        if isinstance(item, Unreadable):
            return self._listed_unread(scope, item, place, audience, listless, own)
        identifier = document_id(self.rules.prefix, item.id)
        kind = kind_of(item, place)
        row = Row(identifier, item, place, author, comments, audience)
        try:
            left_out = self._left_out(kind, row)
        except RecordInvalid as error:
            # what stands in it cannot be listed without knowing whether it belongs into the search
            return Listed(
                id=identifier,
                native=item.id,
                kind="unreadable" if item.type in CONTAINERS else kind,
                name=item.name or "",
                version=digest([item.digest(), self.digest]),
                audience=audience,
                origin=Unreadable(item.id, str(error), item.digest()),
            )
        parts: list[bytes | str] = [item.digest(), place.inherited, author]
        if comments:
            parts.append(comments)
        if silent:
            parts.append(b"silent")
        container = None
        if item.type in CONTAINERS and not left_out:
            container = self.container(scope, item, place, audience=audience, listless=listless, own=own)
        return Listed(
            id=identifier,
            native=item.id,
            kind=kind,
            name=one_line(item.name or ""),
            version=digest(parts),
            audience=audience,
            container=container,
            above=place.lists,
            stands_in=_told_place(item, place, self.rules.prefix),
            left_out=left_out,
            origin=row,
        )

    def container(
        self,
        scope: Scope,
        item: Item,
        place: Place,
        *,
        audience: Audience | None,
        listless: bool = False,
        own: Audience | None = None,
    ) -> Container:
        """An item whose children can be listed, by itself."""
        identifier = document_id(self.rules.prefix, item.id)
        # most entries hold nothing, and are never listed; of the others thousands may wait, and not with all that is written in them
        above = partial(_above, item, place) if item.child_count == 0 else _above(item, place)
        return Container(
            id=identifier,
            native=item.id,
            scope=scope,
            path=child_path(place.path, identifier),
            expected=item.child_count,
            origin=partial(self._place_in, above, place, audience, listless, own),
        )

    def _place_in(
        self,
        above: _Above | Callable[[], _Above],
        place: Place,
        audience: Audience | None,
        listless: bool,
        own: Audience | None,
    ) -> Place:
        """What the children of an item inherit."""
        told = above if isinstance(above, _Above) else above()
        identifier = document_id(self.rules.prefix, told.native)
        return settled(
            Place(
                room=place.room,
                id=identifier,
                native=told.native,
                type=told.type,
                crumbs=(*place.crumbs, Crumb(told.title, self.link(place.room, told.native))),
                folders=(*place.folders, told.title),
                path=child_path(place.path, identifier),
                audience=audience,
                listless=listless,
                row=told.row,
                lists=(*place.lists, (identifier, own)) if own is not None else place.lists,
            ),
            self.digest,
        )

    def _listed_unread(
        self,
        scope: Scope,
        item: Unreadable,
        place: Place,
        audience: Audience | None,
        listless: bool,
        own: Audience | None,
    ) -> Listed:
        """A row that cannot be read: it waits in quarantine, and what stands in it is listed all the same where that can be."""
        rest = item.rest
        override = self.documents.overrides.get(kind_of(rest, place)) if rest is not None else None
        if rest is not None and (rest.type not in CONTAINERS or override is None or override.exclude is None):
            listed = self.listed(scope, rest, place, "", audience=audience, listless=listless, own=own)
            return (
                listed
                if listed.left_out
                else msgspec.structs.replace(listed, version=item.digest, origin=item)
            )
        return Listed(
            id=document_id(self.rules.prefix, item.id),
            native=item.id,
            kind="unreadable",
            name=item.name,
            version=item.digest,
            audience=audience,
            origin=item,
        )

    def with_definitions(self, place: Place, definitions: Item) -> Place:
        """Add what an active folder says about its entries, in place of what it said before; a changed definition changes their versions."""
        titles = frozenset(field.id for field in definitions.fields or () if field.entry_title and field.id)
        historical = frozenset(step.id for step in definitions.steps or () if step.historical)
        names = [f"{field.id}={field.name}={field.type}" for field in definitions.fields or ()]
        plain = place.plain or place.inherited
        return msgspec.structs.replace(
            place,
            titles=titles,
            historical=historical,
            named=frozenset(step.id for step in definitions.steps or ()),
            plain=plain,
            inherited=digest([plain, *sorted(titles), b"|", *sorted(historical), b"|", *names], 16),
        )

    def link(self, room: RoomInfo, native: str) -> str:
        """The address where a click opens an item; the short name of a room is part of it, so a change of it changes every link."""
        return link_of(self.rules.web_url, room.community, room.slug, native)

    def superseded(self, item: Item, place: Place) -> bool:
        """Whether an entry stands in a historical step, and settings leave those out."""
        return not self.rules.historical and item.step is not None and item.step.id in place.historical

    def _left_out(self, kind: str, row: Row) -> str:
        if self.superseded(row.item, row.place):
            return "historical step"
        override = self.documents.overrides.get(kind)
        if override is not None and override.exclude is not None:
            _, fields, _, _ = read_fields(row.item.fields or []) if kind == "entry" else ([], {}, [], "")
            name = title_of(row.item, row.place)
            if override.leaves_out(view_of(kind, row.item, row.place, row.author, name=name, fields=fields)):
                return LEFT_OUT
        return ""


def _told_place(item: Item, place: Place, prefix: str) -> str:
    """Id of the container in which an item stands by its own row; empty: that does not tell."""
    if not item.parent_id:
        return ""
    return place.id if item.parent_id == place.native else document_id(prefix, item.parent_id)


def check_rules(rules: Rules) -> None:
    """
    Check everything about the rules that needs no request.

    Raises:
        SettingsError: names the template or key that is wrong.
    """
    for kind in rules.overrides:
        if kind not in KINDS:
            raise SettingsError(
                f"sources.{rules.source}.mapping.{kind}",
                f"there is no such kind of item; there are {', '.join(KINDS)}",
            )
    RoomMapping(rules)
