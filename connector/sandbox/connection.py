"""
HTTP/1.1 as the simulated neighbours speak it: the calls of one connection, one after the other, and their answers.

What arrives is read strictly, and an answer has to keep what its head promises: a client of theirs that sends no HTTP, or a
neighbour that answers none, fails. Uvicorn's protocol does the same, and more, at several times the price; a run of all tests makes
hundreds of thousands of these calls.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import cast
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Scope

MOST_HEAD = 16 * 1024
"""Bytes that the head of a call may have."""
MUCH = 64 * 1024
"""Bytes of a body that wait for their reader before its sender has to."""
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE = rb"[^\x00-\x08\x0a-\x1f\x7f]*"
_ASKED = re.compile(rb"(%b) ([\x21-\x7e]+) HTTP/1\.([01])" % _TOKEN)
_HEADER = re.compile(rb"(%b):[ \t]*(%b)" % (_TOKEN, _VALUE))
_FIRST_LINES = {
    one.value: f"HTTP/1.1 {one.value} {one.phrase}".encode() for one in HTTPStatus if one.value >= 200
}
_WITHOUT_BODY = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Served:
    """An application, whoever is connected to it, and the calls that are under way."""

    app: ASGIApp
    connections: set[Connection] = field(default_factory=set)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class Connection(asyncio.Protocol):
    """One connection. It is kept open until its client closes it, or says that it will."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._data = bytearray()
        self._call: _Call | None = None
        self._room = asyncio.Event()
        self._room.set()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's own class, which is no subclass of it
        self._served.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the call that is under way."""
        self._served.connections.discard(self)
        self._room.set()
        if self._call is not None:
            self._call.is_lost()

    def data_received(self, data: bytes) -> None:
        """Begin a call, or go on with one."""
        self._data += data
        self._go_on()

    def pause_writing(self) -> None:
        """The client reads more slowly than it is answered."""
        self._room.clear()

    def resume_writing(self) -> None:
        """It has caught up."""
        self._room.set()

    async def write(self, data: bytes) -> None:
        """Send something, once there is room for it; to nobody where the client is gone."""
        if not self._room.is_set():
            await self._room.wait()
        self.transport.write(data)

    def is_answered(self, call: _Call) -> None:
        """A call has its answer: the next one may come, behind what is left of this one's body."""
        if not call.keeps_open:
            self.transport.close()
            return
        if not call.missing:
            self._call = None
        self.transport.resume_reading()
        self._go_on()

    def _go_on(self) -> None:
        while self._data and not self.transport.is_closing():
            call = self._call
            if call is None:
                if not self._begin():
                    return
            elif call.missing:
                part = bytes(self._data[: call.missing])
                del self._data[: len(part)]
                call.takes(part)
                if call.answered and not call.missing:
                    self._call = None
            else:
                self.transport.pause_reading()
                return

    def _begin(self) -> bool:
        """Read the head of a call and begin it; False: it is not whole yet, or none."""
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            if len(self._data) > MOST_HEAD:
                self._refuse(400)
            return False
        first, *lines = bytes(self._data[:end]).split(b"\r\n")
        del self._data[: end + 4]
        asked = _ASKED.fullmatch(first)
        found = [_HEADER.fullmatch(line) for line in lines]
        if asked is None or not all(found):
            return self._refuse(400)
        headers = [(one[1].lower(), one[2].rstrip(b" \t")) for one in found if one]
        told = dict(headers)
        names = [name for name, _ in headers]
        if names.count(b"host") != 1 or names.count(b"content-length") > 1:
            return self._refuse(400)
        if b"transfer-encoding" in told:
            return self._refuse(411)
        length = told.get(b"content-length", b"0")
        if not length.isdigit():
            return self._refuse(400)
        if told.get(b"expect", b"").lower() == b"100-continue":
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        path, _, query = asked[2].partition(b"?")
        scope: Scope = {
            "client": self.transport.get_extra_info(
                "peername"
            ),  # calls without a token are counted by connection
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": f"1.{asked[3].decode()}",
            "scheme": "http",
            "method": asked[1].decode(),
            "root_path": "",
            "path": unquote(path.decode()),
            "raw_path": path,
            "query_string": query,
            "headers": headers,
            "state": {"transport": self.transport},  # so that a reset can be a real one
        }
        keeps_open = asked[3] == b"1" and told.get(b"connection", b"").lower() != b"close"
        self._call = call = _Call(self, scope, int(length), keeps_open=keeps_open)
        task = asyncio.get_running_loop().create_task(call.run(self._served.app))
        self._served.tasks.add(task)
        task.add_done_callback(lambda task: self._ended(call, task))
        return True

    def _ended(self, call: _Call, task: asyncio.Task[None]) -> None:
        """Whoever owes a call its answer, or fails, is told in the log, and loses the connection."""
        self._served.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is None and not call.is_open:
            return
        _log.error("a simulated neighbour gave no whole answer", exc_info=error)
        if call.is_open and not call.begun:
            self._refuse(500)
        else:
            self.transport.close()

    def _refuse(self, status: int) -> bool:
        self.transport.write(_FIRST_LINES[status] + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()
        return False


class _Call:
    """One call: how much of it has arrived, and how far it is answered."""

    __slots__ = (
        "_body", "_connection", "_given", "_head", "_lost", "_news", "_owed", "_scope", "answered", "keeps_open", "missing",
    )  # fmt: skip

    def __init__(self, connection: Connection, scope: Scope, length: int, *, keeps_open: bool) -> None:
        self._connection = connection
        self._scope = scope
        self.missing = length
        """Bytes of its body that have not arrived."""
        self.keeps_open = keeps_open
        self.answered = False
        self._body = bytearray()
        self._given = False
        self._news = asyncio.Event()
        self._lost = False
        self._head = b""
        self._owed: int | None = None
        """Bytes of the answer's body that are still promised; None before its head."""

    @property
    def is_open(self) -> bool:
        """Whether somebody waits for more of its answer."""
        return not (self.answered or self._lost)

    @property
    def begun(self) -> bool:
        """Whether any of its answer was promised."""
        return self._owed is not None

    async def run(self, app: ASGIApp) -> None:
        """Have it answered."""
        await app(self._scope, self._receive, self._send)

    def takes(self, part: bytes) -> None:
        """More of its body arrived; nobody wants it any more where it is answered."""
        self.missing -= len(part)
        if self.answered:
            return
        self._body += part
        if len(self._body) > MUCH:
            self._connection.transport.pause_reading()
        self._news.set()

    def is_lost(self) -> None:
        """Its client is gone."""
        self._lost = True
        self._news.set()

    async def _receive(self) -> Message:
        while self.is_open:
            if not self._given and (self._body or not self.missing):
                body = bytes(self._body)
                self._body.clear()
                self._given = not self.missing
                if len(body) > MUCH:
                    self._connection.transport.resume_reading()
                return {"type": "http.request", "body": body, "more_body": not self._given}
            self._news.clear()
            await self._news.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if self._lost:
            return
        if message["type"] == "http.response.start":
            self._promise(message["status"], message["headers"])
            return
        if self._owed is None or self.answered:
            raise RuntimeError("a body before its head, or behind the whole answer")
        body = message.get("body", b"") if self._scope["method"] != "HEAD" else b""
        self._owed -= len(body)
        more = message.get("more_body", False)
        if self._owed < 0 or (self._owed and not more):
            raise RuntimeError(f"the body is not as long as its head tells: {-self._owed:+} bytes")
        head, self._head = self._head, b""
        await self._connection.write(head + body)
        if not more and not self._lost:
            self.answered = True
            self._news.set()
            self._connection.is_answered(self)

    def _promise(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        if self._owed is not None:
            raise RuntimeError("two heads")
        lines = [b"%b: %b" % (name, value) for name, value in headers]
        if not all(map(_HEADER.fullmatch, lines)):
            raise RuntimeError(f"no headers: {lines}")
        told = {name.lower(): value for name, value in headers}
        if told.get(b"connection", b"").lower() == b"close":
            self.keeps_open = False
        elif not self.keeps_open:
            lines.append(b"connection: close")
        silent = self._scope["method"] == "HEAD" or status in _WITHOUT_BODY
        self._owed = 0 if silent else int(told[b"content-length"])
        self._head = b"\r\n".join([_FIRST_LINES[status], *lines, b"", b""])
