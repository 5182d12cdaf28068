"""
Interaxo and Interact in one process of their own, as fast as Python serves: what both sides are measured against.

Pages are rendered before the first call. The protocol is a raw one on uvloop with connections kept alive; latency
is added before each answer. Everything that was asked is counted, so that a run that asked or pushed something
else than it should is told from one that was fast. `/bench/...` is for the measuring program only.

Run: `python -m bench.servers ITEMS PLAN_FOLDER`; prints its port, serves until its standard input closes.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import parse_qsl, unquote

import msgspec
import uvloop

from bench import tree

PAGE = 500
DOCS = "/api/search/connector/"
IDS = re.compile(rb'"GloballyUniqueId":"([^"]+)"')
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)

NOTE = rb"\"ledger\""
"""In the bodies that hold the document of a room: its state is asked for."""


class Noted(msgspec.Struct):
    """What is kept of a document that was pushed."""

    GloballyUniqueId: str
    SynchroniseState: str = ""


_encode = msgspec.json.Encoder().encode
_noted = msgspec.json.Decoder(list[Noted]).decode


def answer(value: object) -> bytes:
    """Render a whole answer of one JSON value."""
    body = _encode(value)
    return HEAD + str(len(body)).encode() + b"\r\n\r\n" + body


EMPTY_PAGE = answer([])


class Neighbours:
    """What both servers know, and what they were asked."""

    def __init__(self, items: int, folder: Path) -> None:
        self.latency_s = 0.0
        self._folder = folder
        self._trees = tree.grow(items)
        self._people = {
            f"/v1/{tree.COMMUNITY}/people/{tree.person(n)}": answer(
                {"id": tree.person(n), "name": f"Person {n}", "email": tree.person(n)}
            )
            for n in range(tree.PEOPLE)
        }
        self._people[f"/v1/{tree.COMMUNITY}/people/-me-"] = answer({"id": "connector@example.com"})
        self._authorities = answer(tree.authorities())
        self._pages: dict[str, list[bytes]] = {}
        self._items: dict[str, tuple[tree.Tree, str]] = {}
        self._edited = False
        self.known: set[bytes] = set()
        """Ids that the intranet has: a full run finds an empty one, the delta what that run pushed."""
        self._notes: dict[str, str] = {}
        self._bodies: IO[bytes] | None = None
        self._asked: list[str] = []
        self._sent: list[tuple[str, int, int]] = []
        self._render()
        self.begin(latency_ms=0, record=False, edited=False, replayed=False)

    def begin(self, *, latency_ms: float, record: bool, edited: bool, replayed: bool) -> None:
        """
        Count from nothing again.

        Args:
            record: keep what is asked and sent as a plan.
            replayed: the bare loop comes; what it sends changes nothing that the connector finds later.
        """
        self._replayed = replayed
        self.latency_s = latency_ms / 1000
        self.gets = self.puts = self.put_bytes = 0
        self.strange: list[str] = []
        self.ids: set[bytes] = set()
        if not edited and not replayed:
            self.known = set()
            self._notes = {}
        self._asked, self._sent = [], []
        if self._bodies is not None:
            self._bodies.close()
        self._bodies = (self._folder / "bodies").open("wb") if record else None
        if edited != self._edited:
            self._edited = edited
            self._render()

    def counts(self) -> dict[str, Any]:
        """What was asked since `begin`."""
        if self._bodies is not None:
            self._bodies.flush()
            plan = {"gets": self._asked, "puts": self._sent}
            (self._folder / "plan.json").write_bytes(_encode(plan))
        return {
            "gets": self.gets,
            "puts": self.puts,
            "put_bytes": self.put_bytes,
            "documents": len(self.ids),
            "strange": self.strange[:5],
        }

    def handle(self, method: str, target: str, body: bytes) -> bytes:
        """Answer one call."""
        path, _, query = target.partition("?")
        if path.startswith("/bench/"):
            return self._control(path, query)
        if method == "GET":
            self.gets += 1
            if self._bodies is not None:
                self._asked.append(target)
            found = self._get(unquote(path), query)
        else:
            self.puts += 1
            self.put_bytes += len(body)
            if self._bodies is not None:
                self._sent.append((target, self._bodies.tell(), len(body)))
                self._bodies.write(body)
            found = self._put(path, body)
        if found is None:
            self.strange.append(f"{method} {target}")
            return NOT_FOUND
        return found

    # -- Interaxo -----------------------------------------------------------------------------

    def _get(self, path: str, query: str) -> bytes | None:
        pages = self._pages.get(path)
        if pages is not None:
            asked = dict(parse_qsl(query))
            skip = int(asked.get("skip", 0))
            if asked.get("limit") != str(PAGE) or (skip % PAGE and skip // PAGE < len(pages) - 1):
                return None  # only whole pages are rendered
            if not skip:
                return pages[0]
            return pages[skip // PAGE] if skip % PAGE == 0 and skip // PAGE < len(pages) else EMPTY_PAGE
        if path in self._people:
            return self._people[path]
        if path.startswith(DOCS) and path.endswith("/docs/state"):
            asked_for = dict(parse_qsl(query)).get("docId", "")
            return answer(
                {
                    "DocExists": asked_for.encode() in self.known,
                    "SynchroniseState": self._notes.get(asked_for),
                }
            )
        if path.endswith("/comments/mentionable-authorities"):
            return self._authorities
        owner = self._items.get(path.rpartition("/")[2])
        return answer(owner[0].shown(owner[1], edited=self._edited, listed=False)) if owner else None

    def _render(self) -> None:
        """Make every page before it is asked for."""
        listing = f"/v1/{tree.COMMUNITY}/rooms"
        rooms = [
            {
                "id": one.slug,
                "name": one.name,
                "description": f"<p>All about {one.name}.</p>",
                "content": {"root_id": one.root},
                "workspace": {"id": "north", "name": "North"},
                "metadata": {"phase": {"label": "Phase", "value": "Construction"}},
            }
            for one in self._trees
        ]
        pages = {
            "/v1/communities": [answer([{"id": tree.COMMUNITY, "name": "Example Corp"}])],
            listing: [answer(rooms)],
        }
        for n in range(tree.PEOPLE):
            pages[f"/v1/{tree.COMMUNITY}/people/{tree.person(n)}/groups"] = [answer(tree.groups_of(n))]
        for one in self._trees:
            for container in one.children:
                rows = list(one.rows(container, edited=self._edited))
                pages[f"{listing}/{one.slug}/content/{container}/children"] = [
                    answer(rows[at : at + PAGE]) for at in range(0, len(rows), PAGE)
                ] or [EMPTY_PAGE]
            self._items.update((key, (one, key)) for key in one.items)
        self._pages = pages

    # -- Interact -----------------------------------------------------------------------------

    def _put(self, path: str, body: bytes) -> bytes | None:
        if path == "/oauth/token":
            return answer({"access_token": "made-up", "expires_in": 3_600, "token_type": "Bearer"})
        match path.removeprefix(DOCS).split("/")[1:]:
            case ["docs", "addupdate"]:
                ids = IDS.findall(body)
                self.ids.update(ids)
                if not self._replayed:
                    self.known.update(ids)
                if NOTE in body and not self._replayed:
                    self._notes |= {one.GloballyUniqueId: one.SynchroniseState for one in _noted(body)}
                return answer({"HasErrors": False, "Errors": [], "AddedUpdated": [i.decode() for i in ids]})
            case ["users", "addupdate"]:
                added = [i.decode() for i in IDS.findall(body)]
                return answer(
                    {"HasErrors": False, "Errors": [], "Added": added, "Updated": [], "NotFound": []}
                )
            case [_, "endsyncsession"]:
                return answer({"Deleted": 0})
            case [_, "beginsyncsession" | "delete"]:
                return answer(None)
        return None

    # -- the measuring program ----------------------------------------------------------------

    def _control(self, path: str, query: str) -> bytes:
        if path == "/bench/begin":
            asked = dict(parse_qsl(query))
            self.begin(
                latency_ms=float(asked["latency_ms"]),
                record=asked["record"] == "1",
                edited=asked["edited"] == "1",
                replayed=asked["replayed"] == "1",
            )
        return answer(self.counts())


class Connection(asyncio.Protocol):
    """One connection; requests are answered in their order, each after the latency."""

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._transport: asyncio.Transport
        self._data = bytearray()
        self._wanted = 0
        """Bytes that the request at the front needs before it is whole."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class, which is no subclass of it

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._data += data
        while len(self._data) > self._wanted:
            end = self._data.find(b"\r\n\r\n")
            if end < 0:
                return
            length = LENGTH.search(self._data, 0, end + 2)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._data) < whole:
                self._wanted = whole - 1
                return
            line = bytes(self._data[: self._data.index(b"\r\n")]).decode()
            body = bytes(self._data[end + 4 : whole])
            del self._data[:whole]
            self._wanted = 0
            method, target, _ = line.split(" ")
            found = self._neighbours.handle(method, target, body)
            if self._neighbours.latency_s:
                asyncio.get_running_loop().call_later(self._neighbours.latency_s, self._write, found)
            else:
                self._transport.write(found)

    def _write(self, found: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(found)


async def serve(items: int, folder: Path) -> None:
    """Serve until standard input closes."""
    loop = asyncio.get_running_loop()
    neighbours = Neighbours(items, folder)
    server = await loop.create_server(lambda: Connection(neighbours), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    closed = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), closed.set)
    await closed.wait()
    server.close()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
