"""
The transport that carries nearly every call: aiohttp, at a quarter of the CPU of httpx's own pool at 16 connections.

aiohttp silently repeats a PUT whose connection broke, and a repeated `beginsyncsession` must never happen unseen: a
transport that writes forbids it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Self, TypeVar

import aiohttp
import msgspec
from yarl import URL

from connector.http.call_errors import refused_by_proxy, unreached, untrusted, why_of, words_of_error
from connector.http.deadlines import TOO_SLOW, Deadline, Deadlines
from connector.http.exchange import BrokeOff, Call, CallFailed, NeverSent, Reply, TimedOut
from connector.http.intake import SLOWEST, Intake, too_large
from connector.http.network import OF_THE_MACHINE, Network
from connector.http.transport import EVERY_CALL, PATIENCE, Download

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ConnectionKey
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

T = TypeVar("T")
IN_ONE_PIECE = 1_000_000
"""Bytes of a body that is handed to the socket at once; of a longer one aiohttp says that it holds up the loop."""


async def _only_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """
    Keep aiohttp from repeating a call by itself: it does so after just these errors, so they become another one.

    Source: aiohttp 3.14, `ClientSession._request`; methods that it takes for idempotent on a connection used before.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise  # nothing was sent, and nothing is repeated
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise BrokeOff(words_of_error(error)) from error


class _Connections(aiohttp.TCPConnector):
    """Kept connections, none of which holds an answer already: aiohttp would take that for the answer to the next call."""

    async def _get(self, key: ConnectionKey, traces: list[Trace]) -> Connection | None:
        while (found := await super()._get(key, traces)) is not None:
            if found.protocol is not None and not found.protocol.should_close:
                return found
            found.close()
        return None


class _Way(msgspec.Struct, frozen=True):
    """How aiohttp is told to reach a host."""

    ssl: ssl.SSLContext | bool
    proxy: str | None
    proxy_headers: dict[str, str] | None
    named: str
    """The setting that names the proxy."""


class AiohttpTransport:
    """
    Calls through aiohttp.

    Args:
        concurrency: calls at once, downloads included; the others wait for their turn without a limit of time.
        timeout_s: how long to wait for an answer, and for more of it.
        middlewares: of the sessions that make the calls.
    """

    def __init__(
        self,
        concurrency: int,
        timeout_s: float,
        network: Network,
        *,
        middlewares: Sequence[aiohttp.ClientMiddlewareType] = (),
    ) -> None:
        self._slots = asyncio.Semaphore(concurrency)
        self._timeout_s = timeout_s
        self._deadlines = Deadlines(timeout_s)
        self._connect = _to_connect(timeout_s)
        self._network = network
        self._middlewares = middlewares
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._ways: dict[str, _Way] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._deadlines.close()
        for session in self._sessions.values():
            await session.close()

    async def fetch(self, call: Call) -> Reply:
        """See `Transport`."""

        async def read(response: aiohttp.ClientResponse, deadline: Deadline, wait_s: float) -> Reply:
            whole = await self._whole(response, deadline, wait_s)
            return Reply(response.status, whole, response.headers)

        return await self._answer(call, read)

    async def fetch_status(self, call: Call) -> Reply:
        """
        Call a host whose answer says little but its status: of HTML its beginning is read, of another answer nothing.

        Raises:
            CallFailed
        """

        async def read(response: aiohttp.ClientResponse, deadline: Deadline, wait_s: float) -> Reply:
            first = b""
            if "html" in response.headers.get("Content-Type", "").lower():
                pieces = Intake(deadline, response.headers, wait_s).pieces(response.content.iter_any())
                async with aclosing(pieces) as body:
                    first = await anext(body, b"")
            response.close()
            return Reply(response.status, first, response.headers)

        return await self._answer(call, read)

    async def _answer(
        self, call: Call, read: Callable[[aiohttp.ClientResponse, Deadline, float], Awaitable[T]]
    ) -> T:
        """
        Make one call and read its answer.

        Args:
            read: is handed the answer while its body is still to come, until when it may, and how long more of it is waited for.
        """
        wait_s, connect = self._timeout_s, self._connect
        if call.timeout_s is not None:
            wait_s = call.timeout_s
            connect = _to_connect(wait_s)
        content = call.content
        body: bytes | BytesIO | None = content
        longest = PATIENCE * wait_s
        if content is not None:
            longest += len(content) / SLOWEST  # aiohttp would wait for ever for a reader of it
            if len(content) > IN_ONE_PIECE:
                body = BytesIO(content)
        way = self._way(call.url)
        async with self._slots:
            try:
                with self._deadlines.within(longest) as deadline:
                    async with self._session(call.fresh).request(
                        call.method,
                        URL(call.url, encoded=True),
                        headers=call.headers,
                        data=body,
                        allow_redirects=False,
                        timeout=connect,
                        ssl=way.ssl,
                        proxy=way.proxy,
                        proxy_headers=way.proxy_headers,
                    ) as response:
                        return await read(response, deadline, wait_s)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                raise _of_aiohttp(error, way) from error

    def take_more(self, calls: int) -> None:
        """See `GrowingTransport`."""
        for _ in range(calls):
            self._slots.release()

    @asynccontextmanager
    async def stream(self, url: str, *, headers: Mapping[str, str] | None) -> AsyncIterator[Download]:
        """See `Transport`."""
        way = self._way(url)
        async with self._slots:
            with self._deadlines.within(PATIENCE * self._timeout_s) as deadline:
                try:
                    response = await self._session(False).get(
                        URL(url, encoded=True),
                        headers=headers,
                        allow_redirects=False,
                        timeout=self._connect,
                        ssl=way.ssl,
                        proxy=way.proxy,
                        proxy_headers=way.proxy_headers,
                    )
                except (aiohttp.ClientError, OSError, ValueError) as error:
                    raise _of_aiohttp(error, way) from error

                async def raw() -> AsyncIterator[bytes]:
                    try:
                        async for piece in response.content.iter_any():
                            yield piece
                    except (aiohttp.ClientError, OSError) as error:
                        raise _of_aiohttp(error, way) from error

                try:
                    intake = Intake(deadline, response.headers, self._timeout_s)
                    async with aclosing(intake.pieces(raw())) as body:
                        yield Download(response.status, response.headers, body)
                finally:
                    response.release()

    async def _whole(self, response: aiohttp.ClientResponse, deadline: Deadline, wait_s: float) -> bytes:
        content, limit = response.content, self._network.max_answer_bytes
        if content.is_eof() and "Content-Encoding" not in response.headers:
            body = content.read_nowait()  # most answers come whole with their headers
            if len(body) > limit:
                raise too_large(limit)
            return body
        return await Intake(deadline, response.headers, wait_s).whole(content.iter_any(), limit)

    def _way(self, url: str) -> _Way:
        origin = url[: url.find("/", 8)]
        way = self._ways.get(origin)
        if way is None:
            proxy = self._network.proxy_for(url)
            way = self._ways[origin] = _Way(
                ssl=self._network.trust() if url.startswith("https:") else True,
                proxy=proxy.url if proxy else None,
                proxy_headers={"Proxy-Authorization": proxy.authorization}
                if proxy and proxy.authorization
                else None,
                named=proxy.origin if proxy else "",
            )
        return way

    def _session(self, fresh: bool) -> aiohttp.ClientSession:
        """The session for kept connections, or for one a call; made where the loop runs."""
        session = self._sessions.get(fresh)
        if session is None:
            session = self._sessions[fresh] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, force_close=True)
                if fresh
                else _Connections(limit=0, keepalive_timeout=60),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=EVERY_CALL,
                auto_decompress=False,
                middlewares=self._middlewares,
            )
        return session


def open_for_reading(
    concurrency: int, timeout_s: float, network: Network = OF_THE_MACHINE
) -> AiohttpTransport:
    """Open the transport that sources are read with."""
    return AiohttpTransport(concurrency, timeout_s, network)


def open_for_writing(
    concurrency: int, timeout_s: float, network: Network = OF_THE_MACHINE
) -> AiohttpTransport:
    """Open the transport that a target is written with: no call is ever repeated unseen."""
    return AiohttpTransport(concurrency, timeout_s, network, middlewares=(_only_once,))


def _to_connect(wait_s: float) -> aiohttp.ClientTimeout:
    """Until there is a connection: a name server, or a proxy, that is silent has certainly passed nothing on."""
    return aiohttp.ClientTimeout(total=None, connect=wait_s, sock_connect=wait_s)


def _of_aiohttp(error: Exception, way: _Way) -> CallFailed:
    """Make one of our three errors of whatever aiohttp raises; the address is never repeated, it may be signed."""
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return refused_by_proxy(way.named, error.status, error.message)
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return NeverSent(f"the proxy that {way.named} names cannot be reached: {why_of(error.os_error)}")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return untrusted(error.certificate_error)
    if isinstance(error, aiohttp.ClientConnectorError):
        # through a proxy no other name than its own is looked up
        is_of_proxy = bool(way.named) and isinstance(error, aiohttp.ClientConnectorDNSError)
        through = f"the proxy that {way.named} names cannot be reached: " if is_of_proxy else ""
        return unreached(error.os_error, through)
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        through = f" through the proxy that {way.named} names" if way.named else ""
        return NeverSent(f"no connection in time{through}; check its address in the settings")
    if isinstance(error, TimeoutError):
        return TimedOut(words_of_error(error) if str(error) else TOO_SLOW)
    if isinstance(error, ValueError):  # an address or a header that cannot be sent
        return NeverSent(f"{type(error).__name__}: what is to be sent cannot be", lasting=True)
    said = error.message if isinstance(error, aiohttp.ClientResponseError) else None
    return BrokeOff(words_of_error(error, said))
