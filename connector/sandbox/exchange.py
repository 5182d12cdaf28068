"""
One HTTP exchange as the simulated neighbours see it: what was asked, and the ways to answer.

Plain ASGI instead of a routing framework: the servers answer tens of thousands of calls in one test run.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
from starlette.types import Receive, Scope, Send

JSON = "application/json; charset=UTF-8"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


class Exchange:
    """One request with its answer; `segments` is the path, split and then percent-decoded."""

    __slots__ = ("_query", "_receive", "_send", "method", "path", "scope", "segments")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        raw: bytes = scope.get("raw_path") or self.path.encode()
        self.segments = [unquote(part) for part in raw.decode("ascii", "replace").split("/")[1:]]
        self._query: list[tuple[str, str]] | None = None

    @property
    def query(self) -> list[tuple[str, str]]:
        """Every key and value of the query string, in order, blank values included."""
        if self._query is None:
            self._query = parse_qsl(
                self.scope["query_string"].decode("ascii", "replace"), keep_blank_values=True
            )
        return self._query

    def parameter(self, name: str) -> str | None:
        """The last value of a query key; None when it is absent."""
        return next((value for key, value in reversed(self.query) if key == name), None)

    def header(self, name: str) -> str | None:
        """A request header by its lower-case name; None when it is absent."""
        wanted = name.encode()
        for key, value in self.scope["headers"]:
            if key == wanted:
                return str(value, "latin-1")
        return None

    @property
    def base_url(self) -> str:
        """Scheme and authority this request was sent to, without a final slash."""
        return f"{self.scope['scheme']}://{self.header('host')}"

    async def body(self) -> bytes:
        """The whole request body."""
        chunks: list[bytes] = []
        while True:
            message = await self._receive()
            if message["type"] != "http.request":
                break
            chunks.append(message.get("body", b""))
            if not message.get("more_body", False):
                break
        return b"".join(chunks)

    async def answer(
        self, status: int, body: bytes = b"", kind: str = JSON, headers: Iterable[tuple[str, str]] = ()
    ) -> None:
        """Send a whole answer; `kind` is the Content-Type."""
        await self._start(status, len(body), kind, headers)
        await self._send({"type": "http.response.body", "body": body})

    async def answer_json(self, status: int, value: Any) -> None:
        """Send `value` as JSON."""
        await self.answer(status, msgspec.json.encode(value))

    async def stream(self, chunks: AsyncIterator[bytes], length: int, kind: str) -> None:
        """Send `length` bytes piece by piece, so that a large file is never whole in memory."""
        await self._start(200, length, kind, ())
        async for chunk in chunks:
            await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        await self._send({"type": "http.response.body", "body": b""})

    async def _start(self, status: int, length: int, kind: str, headers: Iterable[tuple[str, str]]) -> None:
        lines = [(b"content-type", kind.encode("latin-1")), (b"content-length", str(length).encode())]
        lines += [(name.encode(), value.encode("latin-1")) for name, value in headers]
        await self._send({"type": "http.response.start", "status": status, "headers": lines})
