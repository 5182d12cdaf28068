"""
Interaxo and Interact in one process of their own, as fast as Python serves: what both sides are measured against.

The protocol is a raw one on uvloop with connections kept alive; latency is added before each answer. Everything that was
asked is counted, so that a run that asked or pushed something else than it should is told from one that was fast.
`/bench/...` is for the measuring program only.

Run: `python -m bench.servers ESTATE PLAN_FOLDER` (JSON of `bench.cases.Estate`); prints its port, serves until its
standard input closes.
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

from bench.answers import NOT_FOUND, answer, encode
from bench.cases import Estate, Round
from bench.intranets import DOCS, Intranets
from bench.rooms import Rooms

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Begin(msgspec.Struct, frozen=True):
    """What the measuring program says before a run."""

    round: Round
    """A full run finds empty intranets; `edited` finds one item in a hundred edited."""
    latency_ms: float = 0
    record: bool = False
    """Keep what is asked and sent as a plan, in a folder of the round's name."""
    notes: bool = False
    """The intranets keep the note beside every document, not those of rooms alone."""
    replayed: bool = False
    """The bare loop comes; what it sends changes nothing that the connector finds later."""


class Neighbours:
    """What both servers know, and what they were asked."""

    def __init__(self, estate: Estate, folder: Path) -> None:
        self.latency_s = 0.0
        self._folder = folder
        self._rooms = Rooms(estate)
        self._rooms.prepare(False)
        self._intranets = Intranets()
        self._bodies: IO[bytes] | None = None
        self.begin(Begin(round=Round.FULL))

    def begin(self, asked: Begin) -> None:
        """Count from nothing again."""
        self._asked_for = asked
        self.latency_s = asked.latency_ms / 1000
        self.gets = self.puts = self.put_bytes = 0
        self.strange: list[str] = []
        self._asked: list[str] = []
        self._sent: list[tuple[str, int, int]] = []
        self._edited = asked.round is Round.EDITED
        self._intranets.keep_notes(every=asked.notes)
        self._rooms.prepare(self._edited)
        self._intranets.count_anew()
        if asked.round is Round.FULL and not asked.replayed:
            self._intranets.empty()
        if self._bodies is not None:
            self._bodies.close()
        self._bodies = None
        if asked.record:
            self._plan.mkdir()
            self._bodies = (self._plan / "bodies").open("wb")

    @property
    def _plan(self) -> Path:
        return self._folder / self._asked_for.round

    def counts(self) -> dict[str, Any]:
        """What was asked since `begin`."""
        if self._bodies is not None:
            self._bodies.flush()
            (self._plan / "plan.json").write_bytes(encode({"gets": self._asked, "puts": self._sent}))
        return {
            "gets": self.gets,
            "puts": self.puts,
            "put_bytes": self.put_bytes,
            "documents": self._intranets.arrived,
            "strange": self.strange[:5],
        }

    def handle(self, method: str, target: str, body: bytes) -> bytes:
        """Answer one call."""
        path, _, query = target.partition("?")
        if path == "/bench/begin":
            self.begin(msgspec.convert(dict(parse_qsl(query)), Begin, strict=False))
        if path.startswith("/bench/"):
            return answer(self.counts())
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
            found = self._intranets.put(path, body, keep=not self._asked_for.replayed)
        if found is None:
            self.strange.append(f"{method} {target}")
            return NOT_FOUND
        return found

    def _get(self, path: str, query: str) -> bytes | None:
        if path.startswith(DOCS) and path.endswith("/docs/state"):
            return self._intranets.state(path, query)
        return self._rooms.get(path, query, edited=self._edited)


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


async def serve(estate: Estate, folder: Path) -> None:
    """Serve until standard input closes."""
    loop = asyncio.get_running_loop()
    neighbours = Neighbours(estate, folder)
    server = await loop.create_server(lambda: Connection(neighbours), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    closed = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), closed.set)
    await closed.wait()
    server.close()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(msgspec.json.decode(sys.argv[1], type=Estate), Path(sys.argv[2])))
