"""Hosts behind TLS and a proxy with tunnels to them, and a neighbour that is called through it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from connector.errors import SourceUnavailable
from connector.http.aiohttp_transport import open_for_reading, open_for_writing
from connector.http.call_policy import CallPolicy
from connector.http.exchange import Exchange
from connector.http.httpx_transport import open_for_latin
from connector.http.neighbour import Neighbour
from connector.http.network import Network
from tests.authority import Authority
from tests.http.test_wire import Talk

OPENED = [open_for_reading, open_for_writing, open_for_latin]


ROOMS = Exchange(method="GET", path="/rooms", purpose="", sends="", receives="", personal_data=False)
BEGIN = Exchange(method="PUT", path="/begin", purpose="", sends="", receives="", personal_data=False)
VARIABLES = (
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)


@asynccontextmanager
async def served(talk: Talk, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on a port of this machine; whoever still talks when it ends is cut off."""
    talking: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talking[task] = writer
        with contextlib.suppress(
            ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError
        ):
            await talk(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(note, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task, writer in talking.items():
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)
        for _ in range(5):  # transports close in the next rounds of the loop
            await asyncio.sleep(0)


class Host:
    """A TLS server that answers every call; with `closes` it hangs up on every second call of a connection."""

    def __init__(self, authority: Authority, *, closes: bool = False) -> None:
        self._authority = authority
        self._closes = closes
        self.heads: list[bytes] = []
        self.connections = 0
        self.port = 0

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        first = True
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            self.heads.append(head)
            told = head.lower().partition(b"content-length:")[2]
            await reader.readexactly(int(told.split()[0]) if told else 0)
            if self._closes and not first:
                return
            first = False
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")
            await writer.drain()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Host]:
        async with served(self._talk, self._authority.server()) as self.port:
            yield self


class TunnelProxy:
    """A proxy that knows CONNECT only, and leads every name to one port of this machine."""

    def __init__(self, port: int, *, sign_in: str = "", status: int = 200, silent: bool = False) -> None:
        self._to = port
        self.take(sign_in)
        self._status = status
        self._silent = silent
        self.asked: list[str] = []
        self.seen = b""
        """Everything that passed, from the caller."""
        self.url = ""

    def take(self, sign_in: str) -> None:
        """Take this sign-in from now on, and no other; empty: anybody."""
        self._sign_in = base64.b64encode(sign_in.encode())

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.seen += head
        self.asked.append(head.split(b"\r\n")[0].decode())
        if self._silent:
            await reader.read()
        elif self._sign_in and b"Basic " + self._sign_in not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        elif self._status != 200 or not head.startswith(b"CONNECT "):
            writer.write(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % max(self._status, 400))
        else:
            there, back = await asyncio.open_connection("127.0.0.1", self._to)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            try:
                await asyncio.gather(self._pipe(reader, back, note=True), self._pipe(there, writer))
            finally:
                back.transport.abort()
        await writer.drain()

    async def _pipe(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, note: bool = False
    ) -> None:
        while piece := await reader.read(65_536):
            self.seen += piece if note else b""
            writer.write(piece)
            await writer.drain()
        writer.close()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[TunnelProxy]:
        async with served(self._talk) as port:
            self.url = f"http://127.0.0.1:{port}"
            yield self


@asynccontextmanager
async def calling(
    opened: Any, network: Network, base_url: str, *, timeout_s: float = 10
) -> AsyncIterator[Neighbour]:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with opened(4, timeout_s, network) as transport:
        yield Neighbour(
            transport,
            name="Interaxo",
            base_url=base_url,
            exchanges=(ROOMS, BEGIN),
            unavailable=SourceUnavailable,
            policy=CallPolicy(attempts=5, backoff_max_s=1, sleep=sleep),
        )


async def whole(neighbour: Neighbour) -> bytes:
    return await neighbour.call(
        "GET", "/rooms", headers={"Authorization": "Bearer TOKEN-0815"}, read=lambda reply: reply.body
    )


async def download(neighbour: Neighbour) -> bytes:
    async with neighbour.stream("/rooms", headers={"Authorization": "Bearer TOKEN-0815"}) as opened:
        return b"".join([piece async for piece in opened.pieces()])


WAYS = [whole, download]
