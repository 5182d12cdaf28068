"""
The HTTP face of an Interaxo world: every documented read, bare arrays, the vendor's errors.

Pictures are one grey point, and there are no jobs, since making one is a write.
Only GET is allowed, and POST to the token address: anything else answers 405 and is recorded as a violation.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from starlette.types import Receive, Scope, Send

from connector.sandbox.exchange import Exchange
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_downloads import Downloads
from connector.sandbox.interaxo_items import CHILDREN, IDENTITY, LINKS, Item, Room
from connector.sandbox.interaxo_objects import Writer, drop_tags, write_room, write_time
from connector.sandbox.interaxo_refusals import CODES, Refused
from connector.sandbox.interaxo_search import criteria_of, search, search_files
from connector.sandbox.interaxo_sign_in import SignIn

T = TypeVar("T")
PICTURE = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg=="
)
_ROOM_FILTERS_RESERVED = {"limit", "skip", "sort", "workspace"}


class InteraxoApp:
    """The ASGI application of one world: `POST /oauth/token` and everything below `/v1/`."""

    name = "interaxo"

    def __init__(self, world: InteraxoWorld) -> None:
        self.world = world
        self.writer = Writer(world)
        self.sign_in = SignIn(world)
        self.downloads = Downloads(world)
        self._errors = 0

    def expire_tokens(self) -> None:
        """Make every token given out so far answer 401."""
        self.sign_in.tokens.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        exchange = Exchange(scope, receive, send)
        try:
            if exchange.path == "/oauth/token" and exchange.method == "POST":
                await self.sign_in.give_token(exchange)
            elif exchange.method != "GET":
                self.world.violations.append((exchange.method, exchange.path))
                await exchange.answer_json(
                    405, self._error("method_not_allowed", "Only reading is simulated")
                )
            else:
                await self._read(exchange)
        except Refused as refused:
            code, message = CODES.get(refused.status, ("unexpected_error", "Unexpected error"))
            error = self._error(code, message)
            if refused.errors and not self.world.quirks.opaque_errors:
                error["errors"] = [{"message": text, "code": name} for name, text in refused.errors]
            await exchange.answer_json(refused.status, error)

    def _error(self, code: str, message: str) -> dict[str, Any]:
        self._errors += 1
        return {"trace_id": f"SBX{self._errors:05d}", "code": code, "message": message}

    async def _read(self, exchange: Exchange) -> None:
        match exchange.segments:
            case ["v1", _, "public", "v2", "files", file_id, "content"]:
                await self.downloads.send_signed(exchange, file_id)
                return
        self.sign_in.check_token(exchange)
        match exchange.segments:
            case ["v1", "communities"]:
                rows = [{"id": key, "name": name} for key, name in self.world.communities.items()]
                await exchange.answer_json(200, self._page(exchange, "communities", rows, dict.get))
            case ["v1", community, *rest] if community in self.world.communities:
                await self._read_community(exchange, community, rest)
            case _:
                raise Refused(404)

    async def _read_community(self, exchange: Exchange, community: str, rest: list[str]) -> None:
        world = self.world
        match rest:
            case ["workspaces"]:
                found = {room.workspace: None for room in self._rooms(community)}
                rows = [{"id": key, "name": name} for key, name in found]
                await exchange.answer_json(200, self._page(exchange, "workspaces", rows, dict.get))
            case ["rooms"]:
                rooms = [room for room in self._rooms(community) if _meets(room, exchange)]
                page = self._page(exchange, "rooms", rooms, getattr)
                await exchange.answer_json(200, [write_room(room) for room in page])
            case ["people", person_id, *more] if more in ([], ["groups"]):
                person = world.people.get((community, IDENTITY if person_id == "-me-" else person_id))
                if person is None:
                    raise Refused(404)
                if more:
                    groups = [
                        self.writer.write_authority(community, ("group", group)) for group in person.groups
                    ]
                    await exchange.answer_json(200, self._page(exchange, "groups", groups, dict.get))
                else:
                    shown = {
                        "id": person.id,
                        "email": person.email,
                        "name": person.name,
                        "locale": person.locale,
                    }
                    await exchange.answer_json(200, shown)
            case ["jobs", _]:
                raise Refused(404)
            case ["rooms", key, *more]:
                room = world.find_room(community, key)
                if room is None:
                    raise Refused(404)
                if room.hidden is not None:
                    raise Refused(room.hidden)
                await self._read_room(exchange, room, more)
            case _:
                raise Refused(404)

    def _rooms(self, community: str) -> list[Room]:
        rooms = list(self.world.rooms.values())
        return [room for room in rooms if room.community == community and room.hidden is None]

    async def _read_room(self, exchange: Exchange, room: Room, rest: list[str]) -> None:
        match rest:
            case []:
                await exchange.answer_json(200, write_room(room))
            case ["content", item_id]:
                item = self._item(room, item_id)
                shown = self.writer.write_item(item, room, self.world.path_of(item), listed=False)
                if item.type == "file":
                    shown["content_url"] = self.downloads.signed_url(exchange, room, item)
                await exchange.answer_json(200, shown)
            case ["content", item_id, "children"]:
                await exchange.answer(200, self._listing(exchange, room, self._item(room, item_id)))
            case ["content", item_id, "document"]:
                item = self._item(room, item_id)
                if item.type != "entry":
                    raise Refused(422)
                if item.main_document is None:
                    raise Refused(404)
                document = self._item(room, item.main_document)
                shown = self.writer.write_item(document, room, self.world.path_of(document), listed=True)
                await exchange.answer_json(200, shown)
            case ["content", item_id, "comments"]:
                await exchange.answer_json(200, self._comments(exchange, room, self._item(room, item_id)))
            case ["content", item_id, "comments", "mentionable-authorities"]:
                await exchange.answer_json(200, self._authorities(exchange, room, item_id))
            case ["content", item_id, "comments", comment_id]:
                found = self._comments(exchange, room, self._item(room, item_id), only=comment_id)
                if not found:
                    raise Refused(404)
                await exchange.answer_json(200, found[0])
            case ["content", item_id, "search" | "files" as how]:
                await exchange.answer_json(200, self._found(exchange, room, item_id, how))
            case ["files", item_id, "thumbnail" | "preview"]:
                if self._item(room, item_id).type != "file":
                    raise Refused(422)
                await exchange.answer(200, PICTURE, "image/png")
            case ["jobs", _]:
                raise Refused(404)  # jobs are made by POST, which is not simulated: there is none
            case ["files", item_id, "content"]:
                item = self._item(room, item_id)
                if item.type != "file":
                    raise Refused(422)
                if self.world.quirks.api_download_status != 200:
                    raise Refused(self.world.quirks.api_download_status)
                label = exchange.parameter("version") or exchange.parameter("v")
                await self.downloads.send_file(exchange, item, label)
            case _:
                raise Refused(404)

    def _item(self, room: Room, item_id: str) -> Item:
        item = self.world.find(item_id)
        root = self.world.root_of(item) if item else None
        if item is None or root is None or self.world.rooms[root.id].community != room.community:
            raise Refused(404)
        if root.id != room.root_id and self.world.quirks.wrong_room_status != 200:
            raise Refused(self.world.quirks.wrong_room_status)
        hidden = self.world.hidden_status(item)
        if hidden is not None:
            raise Refused(hidden)
        return item

    # ---- listings

    def _page(self, exchange: Exchange, kind: str, rows: list[T], get: Callable[[T, str], Any]) -> list[T]:
        """
        The part of a collection that limit, skip and sort ask for; `kind` is a word of `Quirks.page_caps`.

        Source: Interaxo API, Query Parameters and Validation errors; the error of a bad skip is assumed.
        """
        quirks = self.world.quirks
        limit, skip, sort = (exchange.parameter(name) for name in ("limit", "skip", "sort"))
        errors = []
        most = quirks.limit_refused_above
        if limit is not None and not (
            limit.isdecimal() and int(limit) > 0 and (most is None or int(limit) <= most)
        ):
            errors.append(("list.invalid_limit_field", "Limit field must be positive number"))
        if skip is not None and not skip.isdecimal():
            errors.append(("list.invalid_skip_field", "Skip field must be positive number"))
        if sort is not None and (kind in quirks.unsorted or sort.removeprefix("-") not in quirks.sort_fields):
            errors.append(("list.invalid_sort_field", "Invalid sort parameter"))
        if errors:
            raise Refused(400, errors)
        size = quirks.default_limit if limit is None else int(limit)
        for cap in (quirks.page_cap, quirks.page_caps.get(kind)):
            size = size if cap is None else min(size, cap)
        first = int(skip or 0)
        if sort is not None:
            field = sort.removeprefix("-")
            rows = sorted(rows, key=lambda row: get(row, field) or "", reverse=sort.startswith("-"))
        return rows[first : first + size]

    def _listing(self, exchange: Exchange, room: Room, item: Item) -> bytes:
        if item.type not in CHILDREN:
            raise Refused(422)
        path = self.world.path_of(item).rstrip("/") + "/"
        quirks = self.world.quirks
        look = (path, *self.writer.look())
        rows = []
        try:
            children = self.world.visible_children(item)
        except PermissionError:  # a folder on disk that may not be read
            raise Refused(403) from None
        except FileNotFoundError:
            raise Refused(404) from None
        for child in self._page(exchange, "children", children, getattr):
            lasting = not quirks.lock_info and (child.tree is None or child.type == "file")
            if child.row is not None and child.row[0] == look and lasting:
                rows.append(child.row[1])
                continue
            row = msgspec.json.encode(self.writer.write_item(child, room, path + child.name, listed=True))
            child.row = (look, row)
            rows.append(row)
        return b"[" + b",".join(rows) + b"]"

    def _found(self, exchange: Exchange, room: Room, item_id: str, how: str) -> list[dict[str, Any]]:
        """What a search finds below a folder or in a step; 404 when nothing (observed)."""
        world, query = self.world, exchange.query
        folder = world.step_of(item_id)
        root = self._item(room, item_id if folder is None else folder.id)
        if root.type not in CHILDREN:
            raise Refused(422)
        if how == "files":
            name = exchange.parameter("name")
            if name is None:
                raise Refused(400, [("search.invalid_name_field", "Name field is required")])
            found = search_files(world, root, name)
        elif exchange.parameter("type") is None or not criteria_of(query):
            raise Refused(400, [("search.invalid_criteria", "Type and one criterion are required")])
        else:
            found = search(world, root, query, "" if folder is None else item_id)
        if not found:
            raise Refused(404)
        return [
            self.writer.write_item(item, room, world.path_of(item), listed=True)
            for item in self._page(exchange, "search", found, getattr)
        ]

    # ---- comments and authorities

    def _comments(
        self, exchange: Exchange, room: Room, item: Item, only: str | None = None
    ) -> list[dict[str, Any]]:
        """Comments, refused on simple folders and links. Source: vendor's help, table of comments."""
        if item.type == "simple-folder" or item.type in LINKS:
            raise Refused(422)
        form = "html" if exchange.parameter("format") == "html" else "raw"
        if only is not None:
            comments = [comment for comment in item.comments if comment.id == only]
        else:
            comments = self._page(exchange, "comments", item.comments, getattr)
        shown = []
        for comment in comments:
            author = self.writer.write_authority(room.community, ("user", comment.author))
            shown.append(
                {
                    "id": comment.id,
                    "format": form,
                    "content": comment.content if form == "html" else drop_tags(comment.content),
                    "created": write_time(comment.created),
                    "created_by": author,
                    "modified": write_time(comment.created),
                    "modified_by": author,
                }
            )
        return shown

    def _authorities(self, exchange: Exchange, room: Room, item_id: str) -> list[dict[str, str]]:
        """Who can be mentioned on an item. Source: Interaxo API, List all mentionable users and groups."""
        quirks = self.world.quirks
        folder = self.world.step_of(item_id) if quirks.authorities_on_steps else None
        item = self._item(room, item_id if folder is None else folder.id)
        if item.authorities_refused:
            raise Refused(422)
        if (item.type == "simple-folder" and not quirks.authorities_on_simple_folders) or (
            item.type in LINKS and not quirks.authorities_on_links
        ):
            raise Refused(quirks.authorities_refusal)
        limit = exchange.parameter("limit") or "100"
        if not (limit.isdecimal() and int(limit) > 0):
            raise Refused(400, [("list.invalid_limit_field", "Limit field must be positive number")])
        size = min(int(limit), quirks.authorities_limit or int(limit))
        first = int(exchange.parameter("skip") or 0) if quirks.authorities_skip else 0
        kind, wanted = exchange.parameter("type"), (exchange.parameter("q") or "").lower()
        told = folder.step_authorities.get(item_id) if folder is not None else None
        found = [
            self.writer.write_authority(room.community, one)
            for one in (told if told is not None else self.world.effective_authorities(item))
        ]
        return [
            one for one in found if (kind is None or one["type"] == kind) and wanted in one["name"].lower()
        ][first : first + size]


def _meets(room: Room, exchange: Exchange) -> bool:
    """Whether a room passes the filters of the query: its workspace, and every metadata key that is named."""
    workspace = exchange.parameter("workspace")
    if workspace is not None and room.workspace[0] != workspace:
        return False
    filters = [(key, value) for key, value in exchange.query if key not in _ROOM_FILTERS_RESERVED]
    return all(room.metadata.get(key, ("", None))[1] == value for key, value in filters)
