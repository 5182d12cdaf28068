"""
What people find of a room: items become documents. PURE.

The version of an item is a hash of its row and of all it inherits (crumbs, room, field
definitions, settings of the mapping), so that a renamed folder changes the versions of everything below it
without anything being fetched. Source: design of documents in docs/interaxo.md; numeric fields are
hundredths (Interaxo API, Defining number fields).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from connector.audience import Audience
from connector.document import (
    Container,
    Crumb,
    Document,
    Facet,
    Listed,
    Scope,
    child_path,
    digest,
    document_id,
)
from connector.errors import RecordInvalid, SettingsError
from connector.labels import one_line, short
from connector.sources.interaxo.fields import NOTHING, read_fields, words_of
from connector.sources.interaxo.places import Found, Place, RoomInfo, RoomRow, Row
from connector.sources.interaxo.wire import (
    CONTAINERS,
    DEFINING,
    FOLDERS,
    LINKS,
    Field,
    Item,
    Room,
    Unreadable,
    parse_time,
)
from connector.templates import Template, compile_template, says_yes
from connector.text.clean import compose
from connector.text.html import html_to_text

CODE_VERSION = "2"
"""Raised whenever the same item would give another document: the next run then maps everything again."""

KINDS = ("room", "folder", "entry", "attachment", "file", "link")
KIND_WORDS = {
    "room": "Room",
    "simple-folder": "Folder",
    "folder": "Folder",
    "active-folder": "Active folder",
    "workflow-folder": "Workflow folder",
    "entry": "Entry",
    "attachment": "Attachment",
    "file": "File",
    "internal-link": "Link",
    "external-link": "Link",
}
ATTRIBUTES = frozenset(
    {
        "id", "kind", "type", "name", "number", "author", "created", "modified", "step", "fields", "version", "extension",
        "mime_type", "size", "url", "room", "community", "workspace", "folders", "metadata",
    }
)  # fmt: skip
"""What a template may ask of `item`; the settings reference explains each."""

LIKE_A_NAME = frozenset({"name", "namn", "navn", "title", "titel", "tittel"})
SUMMARY = 400
"""Characters of a summary made of an entry's text."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Plain values of the settings that decide about documents."""

    source: str
    prefix: str
    web_url: str
    historical: bool
    rooms: tuple[str, ...]
    public_rooms: tuple[str, ...]
    overrides: dict[str, dict[str, Any]]
    """Per kind: type, title, summary, keywords, best_bets, facets, exclude."""
    reading: tuple[str, ...] = ()
    """What decides about texts: whether files and comments are read, and by which extractor with which limits."""


class _Override(msgspec.Struct, frozen=True, kw_only=True):
    type: Template | None
    title: Template | None
    summary: Template | None
    keywords: Template | None
    best_bets: tuple[Template, ...]
    facets: frozenset[str] | None
    exclude: Template | None


class RoomMapping:
    """Maps rooms and their items by the rules."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._overrides = {
            kind: _compile(rules.source, kind, values) for kind, values in rules.overrides.items() if values
        }
        self.digest = digest(
            [
                CODE_VERSION,
                msgspec.json.encode(
                    (rules.web_url, rules.prefix, rules.overrides, rules.reading), order="deterministic"
                ),
            ],
            8,
        )
        """Of the code and the settings that decide how documents look."""
        excludes = {
            kind: values["exclude"] for kind, values in rules.overrides.items() if values.get("exclude")
        }
        self.left_out_rules = digest(
            [msgspec.json.encode((rules.historical, excludes), order="deterministic")], 8
        )
        """Of the settings that decide what is left out."""
        self.globs = digest(rules.rooms, 8) + digest(rules.public_rooms, 8)

    # -- rooms --------------------------------------------------------------------------------

    def chosen(self, community: str, slug: str) -> bool:
        """Whether the globs include a room; an exclusion wins."""
        return _matches(self.rules.rooms, community, slug)

    def public(self, community: str, slug: str) -> bool:
        """Whether a setting makes a room public by name."""
        return _matches(self.rules.public_rooms, community, slug)

    def room_info(self, community: str, community_name: str, room: Room, *, public: bool) -> RoomInfo:
        """Gather what the documents of a room share."""
        workspace = one_line(room.workspace.name or "") or room.workspace.id if room.workspace else ""
        metadata = tuple(
            (value.label or key, str(value.value))
            for key, value in sorted((room.metadata or {}).items())
            if value.value not in (None, "")
        )
        name = one_line(room.name or "") or room.id
        facets = [
            Facet("Community", community_name),
            Facet("Room", name),
            *(Facet(label, value) for label, value in metadata),
        ]
        if workspace:
            facets.insert(1, Facet("Workspace", workspace))
        return RoomInfo(
            community=community,
            community_name=community_name,
            slug=room.id,
            root=room.content.root_id,
            name=name,
            description=room.description or "",
            workspace=workspace,
            metadata=metadata,
            facets=tuple(facets),
            public=public,
        )

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
        place = _settled(
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

    def room_document(self, row: RoomRow) -> Document:
        """Make the document of a room."""
        room, root = row.room, row.root
        description = html_to_text(room.description)
        view = self._view("room", root, row.place, row.author, name=room.name, fields={})
        return self._override(
            "room",
            view,
            Document(
                id=row.place.id,
                type_name="Interaxo room",
                title=room.name,
                url=self.link(room, room.root),
                summary=description,
                author=row.author,
                created=parse_time(root.created),
                modified=parse_time(root.last_modified),
                facets=(*room.facets, Facet("Kind", "Room")),
                crumbs=row.place.crumbs[:-1],
                keywords=" ".join([room.slug, room.root]),
                text=description,
                audience=row.place.audience or Audience(),
                path=row.place.path,
                is_parent=True,
            ),
            (),
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
        row = Row(item, place, author, comments, audience)
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
        container = None
        if item.type in CONTAINERS and not left_out:
            path = child_path(place.path, identifier)
            title = self.title(item, place)
            container = Container(
                id=identifier,
                native=item.id,
                scope=scope,
                path=path,
                expected=item.child_count,
                origin=_settled(
                    Place(
                        room=place.room,
                        id=identifier,
                        native=item.id,
                        type=item.type,
                        crumbs=(*place.crumbs, Crumb(title, self.link(place.room, item.id))),
                        folders=(*place.folders, title),
                        path=path,
                        audience=audience,
                        listless=listless,
                        row=item.digest(),
                        lists=(*place.lists, (identifier, own)) if own is not None else place.lists,
                    ),
                    self.digest,
                ),
            )
        return Listed(
            id=identifier,
            native=item.id,
            kind=kind,
            name=one_line(item.name or ""),
            version=digest(
                [
                    item.digest(),
                    place.inherited,
                    author,
                    *([comments] if comments else []),
                    *([b"silent"] if silent else []),
                ]
            ),
            audience=audience,
            container=container,
            above=place.lists,
            left_out=left_out,
            origin=row,
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
        override = self._overrides.get(kind_of(rest, place)) if rest is not None else None
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
        """Add what an active folder says about its entries; a changed definition changes their versions."""
        titles = frozenset(field.id for field in definitions.fields or () if field.entry_title and field.id)
        historical = frozenset(step.id for step in definitions.steps or () if step.historical)
        names = [f"{field.id}={field.name}={field.type}" for field in definitions.fields or ()]
        mark = digest([place.inherited, *sorted(titles), b"|", *sorted(historical), b"|", *names], 16)
        return msgspec.structs.replace(place, titles=titles, historical=historical, inherited=mark)

    def item_document(self, row: Row, found: Found | None = None) -> Document:
        """
        Make the document of an item.

        Args:
            found: what was read of the file, or of an entry's main document.

        Raises:
            RecordInvalid: a template of the settings fails for this item.
        """
        item, place = row.item, row.place
        kind = kind_of(item, place)
        found = found or Found()
        text = found.text
        facets: list[Facet] = [
            *place.room.facets,
            Facet("Kind", KIND_WORDS.get(kind if kind == "attachment" else item.type, item.type)),
        ]
        summary = ""
        keywords = [item.id]
        fields: dict[str, Any] = {}
        field_facets: tuple[tuple[str, Facet], ...] = ()
        title = self.title(item, place)
        url = self.link(place.room, item.id)
        if kind == "entry":
            if item.step is not None and item.step.name:
                facets.append(Facet("Step", item.step.name))
            read, fields, lines, rich = read_fields(item.fields or [])
            field_facets = tuple(read)
            text = "\n".join([*map(compose, lines), *([text] if text else [])])
            summary = short(" ".join(rich.split()), SUMMARY) if rich else short("; ".join(lines), SUMMARY)
            keywords += [
                str(field.content)
                for field in item.fields or []
                if field.type == "auto-number" and field.content
            ]
            name = one_line(item.name or "")
            if name and name != title:
                keywords.append(name)
        elif kind in {"file", "attachment"}:
            extension = _extension(item.name or "")
            if extension:
                facets.append(Facet("File type", extension.upper()))
            if item.version:
                facets.append(Facet("Version", item.version))
            summary = short(" ".join(text.split()), SUMMARY)
        elif item.type == "external-link":
            url = _web_link(item.url) or url
            summary = item.url or ""
        elif item.type == "internal-link" and item.destination:
            url = self.link(place.room, item.destination)
        if row.comments:
            text = f"{text}\n{row.comments}" if text else row.comments
        identifier = document_id(self.rules.prefix, item.id)
        document = Document(
            id=identifier,
            type_name=f"Interaxo {kind}",
            title=title,
            url=url,
            summary=summary,
            author=row.author,
            created=parse_time(item.created),
            modified=parse_time(item.last_modified),
            facets=tuple(facets),
            crumbs=place.crumbs,
            keywords=" ".join(keywords),
            text=text,
            text_missing=found.missing,
            text_key="" if kind == "entry" or row.comments else found.key,
            provisional=found.provisional,
            trouble=found.why,
            audience=row.audience or Audience(),
            path=child_path(place.path, identifier),
            is_parent=item.type in CONTAINERS,
        )
        view = self._view(kind, item, place, row.author, name=title, fields=fields)
        return self._override(kind, view, document, field_facets)

    def title(self, item: Item, place: Place) -> str:
        """
        The name that a person knows an item by; never empty.

        An entry's title is the field that its folder marks as such; whether its name says the same is not
        documented, so the name comes next; then a field that is called like a name (live registers name their
        drawings in NAMN), its number, any field of text, and at last its id.
        """
        fields = item.fields or [] if item.type == "entry" else []
        return (
            _first_words(field for field in fields if field.id in place.titles)
            or one_line(item.name or "")
            or _first_words(field for field in fields if one_line(field.name).casefold() in LIKE_A_NAME)
            or _first_words(field for field in fields if field.type == "auto-number")
            or _first_words(field for field in fields if field.type == "string")
            or item.id
        )

    def link(self, room: RoomInfo, native: str) -> str:
        """The address where a click opens an item; the short name of a room is part of it, so a change of it changes every link."""
        return _links_of(self.rules.web_url, room.community, room.slug).replace("{id}", _quoted(native))

    def superseded(self, item: Item, place: Place) -> bool:
        """Whether an entry stands in a historical step, and settings leave those out."""
        return not self.rules.historical and item.step is not None and item.step.id in place.historical

    def _left_out(self, kind: str, row: Row) -> str:
        if self.superseded(row.item, row.place):
            return "historical step"
        override = self._overrides.get(kind)
        if override is not None and override.exclude is not None:
            _, fields, _, _ = read_fields(row.item.fields or []) if kind == "entry" else ([], {}, [], "")
            view = self._view(
                kind, row.item, row.place, row.author, name=self.title(row.item, row.place), fields=fields
            )
            if says_yes(override.exclude(view)):
                return "excluded by the mapping"
        return ""

    def _view(
        self, kind: str, item: Item, place: Place, author: str, *, name: str, fields: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What a template sees."""
        if kind not in self._overrides:
            return {}
        numbers = [
            str(field.content) for field in item.fields or () if field.type == "auto-number" and field.content
        ]
        return {
            "id": item.id,
            "kind": kind,
            "type": item.type,
            "name": name,
            "number": numbers[0] if numbers else "",
            "author": author,
            "created": parse_time(item.created),
            "modified": parse_time(item.last_modified),
            "step": one_line(item.step.name) if item.step else "",
            "fields": fields,
            "version": item.version or "",
            "extension": _extension(item.name or ""),
            "mime_type": item.mime_type or "",
            "size": item.file_size,
            "url": item.url or "",
            "room": place.room.name,
            "community": place.room.community_name,
            "workspace": place.room.workspace,
            "folders": list(place.folders),
            "metadata": dict(place.room.metadata),
        }

    def _override(
        self,
        kind: str,
        view: Mapping[str, Any],
        document: Document,
        field_facets: tuple[tuple[str, Facet], ...],
    ) -> Document:
        """Apply the settings' own titles, types and facets to a document."""
        override = self._overrides.get(kind)
        if override is None:
            return (
                msgspec.structs.replace(document, facets=(*document.facets, *(f for _, f in field_facets)))
                if field_facets
                else document
            )
        chosen = [facet for name, facet in field_facets if override.facets is None or name in override.facets]
        changes: dict[str, Any] = {"facets": (*document.facets, *chosen)}
        if override.type is not None:
            changes["type_name"] = override.type(view) or document.type_name
        if override.title is not None:
            changes["title"] = override.title(view) or document.title
        if override.summary is not None:
            changes["summary"] = override.summary(view)
        if override.keywords is not None:
            changes["keywords"] = override.keywords(view)
        if override.best_bets:
            changes["best_bets"] = tuple(
                words for words in (bet(view) for bet in override.best_bets) if words
            )
        return msgspec.structs.replace(document, **changes)


@lru_cache(maxsize=1_000)
def _links_of(web_url: str, community: str, room: str) -> str:
    """The address of a room's items, with `{id}` still to be put in; a quoted name has no braces."""
    return web_url.format(community=_quoted(community), room=_quoted(room), id="{id}")


def kind_of(item: Item, place: Place) -> str:
    """One of `KINDS`: what the settings call an item."""
    if item.type in FOLDERS:
        return "folder"
    if item.type == "entry":
        return "entry"
    if item.type in LINKS:
        return "link"
    return "attachment" if place.type == "entry" else "file"


def needs_detail(item: Item) -> bool:
    """Whether a listing leaves out what only the item's own answer tells (seen in some listings, not in others)."""
    return item.type == "entry" and item.fields is None


def may_have_comments(item: Item) -> bool:
    """Whether this kind of item can have comments: not simple folders and links (vendor's help)."""
    return item.type in {"file", "entry"} or item.type in DEFINING


def defines(item_type: str) -> bool:
    """Whether a folder of this type defines fields for its entries."""
    return item_type in DEFINING


def _compile(source: str, kind: str, values: Mapping[str, Any]) -> _Override:
    def template(name: str) -> Template | None:
        text = values.get(name)
        return (
            None
            if text is None
            else compile_template(f"sources.{source}.mapping.{kind}.{name}", text, ATTRIBUTES)
        )

    key = f"sources.{source}.mapping.{kind}.best_bets"
    return _Override(
        type=template("type"),
        title=template("title"),
        summary=template("summary"),
        keywords=template("keywords"),
        best_bets=tuple(compile_template(key, text, ATTRIBUTES) for text in values.get("best_bets") or ()),
        facets=None if values.get("facets") is None else frozenset(values["facets"]),
        exclude=template("exclude"),
    )


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


def _matches(globs: tuple[str, ...], community: str, slug: str) -> bool:
    names = (slug.lower(), f"{community}/{slug}".lower())

    def hit(glob: str) -> bool:
        return any(fnmatchcase(name, glob.lower()) for name in names)

    return any(hit(g) for g in globs if not g.startswith("!")) and not any(
        hit(g[1:]) for g in globs if g.startswith("!")
    )


def _settled(place: Place, mapping_digest: bytes) -> Place:
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


@lru_cache(maxsize=1_000)
def _quoted(part: str) -> str:
    return quote(part, safe="")


def _first_words(fields: Iterable[Field]) -> str:
    """What the first filled of some fields says."""
    said = (one_line(", ".join(word for word in words_of(field) if word not in NOTHING)) for field in fields)
    return next(filter(None, said), "")


def _extension(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem and 0 < len(extension) <= 8 and extension.isalnum() else ""


def _web_link(url: str | None) -> str:
    """An address that is safe to click; empty for anything but http and https."""
    if not url:
        return ""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in {"http", "https"} and parts.netloc else ""
