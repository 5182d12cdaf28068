"""
How calls travel: transports behind one small Protocol, with the same bounds and the same three errors.

Neighbours are called through aiohttp (a quarter of the CPU of httpx's own pool at 16 connections), as
here; a call one of whose headers is Latin-1 through httpx (`latin1.py`, chosen by `any_letters.py`). Neither unpacks,
limits or times a body as it should be: that is done here, once for both (`Intake`). aiohttp silently repeats a PUT whose connection broke, and a repeated `beginsyncsession` must
never happen unseen: a transport that writes forbids it.
"""

from __future__ import annotations

import asyncio
import os
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from io import BytesIO
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

import aiohttp
import msgspec
from yarl import URL

from connector.http.deadlines import TOO_SLOW, Deadline, Deadlines
from connector.http.exchange import PASSING, BrokeOff, CallFailed, NeverSent, Reply, TimedOut
from connector.http.network import NO_TLS, Network, speaks_no_tls, words_of_certificate
from connector.http.unpacking import ACCEPTED, PackedBadly, Unpacker, unpacker
from connector.secrets.hiding import hide

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ConnectionKey
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

T = TypeVar("T")
EVERY_CALL = {
    "User-Agent": "interact-connector",
    "Accept-Encoding": ACCEPTED,
    "Cache-Control": "no-cache",  # what stands between keeps answers by their address, and ITR's pages differ by headers only
}
"""Headers of every call."""
IN_ONE_PIECE = 1_000_000
"""Bytes of a body that is handed to the socket at once; of a longer one aiohttp says that it holds up the loop."""
SLOWEST = 50_000
"""Bytes in a second at which a body is to be taken, and at which it is to come, at least."""
PATIENCE = 1.25
"""A call waits so many times its wait for the answer's head: finding a connection is a part of it."""
LONGEST_WORDS = 200
"""Characters of somebody else's words that are repeated in ours."""
ERROR_BYTES = 10_000
"""Of an error answer that are read for its words."""
_WHAT_CAME = re.compile(r"""(?:bytearray\()?\bb['"]| for https?://""")
"""Where others' words go over to the bytes that could not be read, or to the address."""
STRAIGHT = Network()
"""As the environment says, with the machine's own certificates."""


class Download:
    """An answer whose body is read in pieces."""

    def __init__(self, status: int, headers: Mapping[str, str], body: AsyncIterator[bytes]) -> None:
        self.status = status
        self.headers = headers
        self._body = body

    def pieces(self) -> AsyncIterator[bytes]:
        """
        Yield the body, unpacked.

        Raises:
            CallFailed: it ended early, came too slowly, or is not what it says to be.
        """
        return self._body

    async def beginning(self) -> bytes:
        """The first bytes of an error answer, for its words; what breaks there takes nothing away from its status."""
        body = b""
        try:
            async for piece in self._body:
                body += piece
                if len(body) >= ERROR_BYTES:
                    break
        except CallFailed:
            pass
        return body[:ERROR_BYTES]


class Transport(Protocol):
    """Carries calls to any host; knows nothing of what they mean."""

    async def fetch(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        timeout_s: float | None,
        fresh: bool,
    ) -> Reply:
        """
        Make one call and read its answer whole.

        Args:
            url: quoted already; sent byte for byte.
            timeout_s: how long to wait for the answer; None: as the transport was opened.
            fresh: over a connection of its own, since a kept one may have been closed unseen.

        Raises:
            CallFailed
        """
        ...

    def stream(self, url: str, *, headers: Mapping[str, str] | None) -> AbstractAsyncContextManager[Download]:
        """
        Open one GET whose body is read in pieces.

        Raises:
            CallFailed: also while the body is read.
        """
        ...


class Intake:
    """
    One body on its way in: within a size, at a least speed, unpacked, and whole.

    Args:
        deadline: of the call; its answer has begun, so from now on its body moves it.
    """

    def __init__(self, deadline: Deadline, headers: Mapping[str, str], wait_s: float) -> None:
        self._deadline = deadline
        self._wait_s = wait_s
        self._time = asyncio.get_running_loop().time
        self._began = self._time()
        self._came = 0
        try:
            self._unpacker: Unpacker | None = unpacker(headers.get("content-encoding"))
        except PackedBadly as error:
            raise BrokeOff(str(error), lasting=True) from error
        deadline.end = self._began + wait_s

    async def pieces(self, raw: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Yield what came, unpacked."""
        try:
            async for piece in raw:
                self._came_in(piece)
                if self._unpacker is None:
                    yield piece
                else:
                    for part in self._unpacker.feed(piece):
                        yield part
            self._finish()
        except PackedBadly as error:
            raise BrokeOff(str(error)) from error

    async def whole(self, raw: AsyncIterator[bytes], limit: int) -> bytes:
        """Read a body to its end. (Not made of `pieces`: a source is read in thousands of these.)"""
        parts: list[bytes] = []
        size = 0
        try:
            async for piece in raw:
                self._came_in(piece)
                for part in (piece,) if self._unpacker is None else self._unpacker.feed(piece):
                    size += len(part)
                    if size > limit:
                        raise too_large(limit)
                    parts.append(part)
            self._finish()
        except PackedBadly as error:
            raise BrokeOff(str(error)) from error
        return b"".join(parts)

    def _came_in(self, piece: bytes) -> None:
        """Every byte buys time, and silence uses it up."""
        self._came += len(piece)
        self._deadline.end = self._wait_s + min(self._time(), self._began + self._came / SLOWEST)

    def _finish(self) -> None:
        if self._unpacker is not None:
            self._unpacker.finish()


def too_large(limit: int) -> BrokeOff:
    """What an answer without bounds is told as."""
    return BrokeOff(f"the answer is larger than http.max_answer_bytes ({limit:,})", lasting=True)


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

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deadlines.close()
        for session in self._sessions.values():
            await session.close()

    async def fetch(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        timeout_s: float | None,
        fresh: bool,
    ) -> Reply:
        """See `Transport`."""

        async def read(response: aiohttp.ClientResponse, deadline: Deadline, wait_s: float) -> Reply:
            whole = await self._whole(response, deadline, wait_s)
            return Reply(response.status, whole, response.headers)

        return await self._answer(
            method, url, read, headers=headers, content=content, timeout_s=timeout_s, fresh=fresh
        )

    async def post(self, url: str, *, headers: Mapping[str, str], content: bytes, timeout_s: float) -> Reply:
        """
        Post something to a host whose answer says little but its status: of HTML its beginning is read, of another answer nothing.

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

        return await self._answer(
            "POST", url, read, headers=headers, content=content, timeout_s=timeout_s, fresh=True
        )

    async def _answer(
        self,
        method: str,
        url: str,
        read: Callable[[aiohttp.ClientResponse, Deadline, float], Awaitable[T]],
        *,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        timeout_s: float | None,
        fresh: bool,
    ) -> T:
        """
        Make one call and read its answer.

        Args:
            read: is handed the answer while its body is still to come, until when it may, and how long more of it is waited for.
        """
        wait_s, connect = self._timeout_s, self._connect
        if timeout_s is not None:
            wait_s = timeout_s
            connect = _to_connect(wait_s)
        body: bytes | BytesIO | None = content
        longest = PATIENCE * wait_s
        if content is not None:
            longest += len(content) / SLOWEST  # aiohttp would wait for ever for a reader of it
            if len(content) > IN_ONE_PIECE:
                body = BytesIO(content)
        way = self._way(url)
        async with self._slots:
            try:
                with self._deadlines.within(longest) as deadline:
                    async with self._session(fresh).request(
                        method,
                        URL(url, encoded=True),
                        headers=headers,
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


def open_for_reading(concurrency: int, timeout_s: float, network: Network = STRAIGHT) -> AiohttpTransport:
    """Open the transport that sources are read with."""
    return AiohttpTransport(concurrency, timeout_s, network)


def open_for_writing(concurrency: int, timeout_s: float, network: Network = STRAIGHT) -> AiohttpTransport:
    """Open the transport that a target is written with: no call is ever repeated unseen."""
    return AiohttpTransport(concurrency, timeout_s, network, middlewares=(_only_once,))


def _to_connect(wait_s: float) -> aiohttp.ClientTimeout:
    """Until there is a connection: a name server, or a proxy, that is silent has certainly passed nothing on."""
    return aiohttp.ClientTimeout(total=None, connect=wait_s, sock_connect=wait_s)


# -- foreign errors become ours -------------------------------------------------------------------


def _of_aiohttp(error: Exception, way: _Way) -> CallFailed:
    """Make one of our three errors of whatever aiohttp raises; the address is never repeated, it may be signed."""
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return refused_by_proxy(way.named, error.status, error.message)
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return NeverSent(f"the proxy that {way.named} names cannot be reached: {why_of(error.os_error)}")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return untrusted(error.certificate_error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return NeverSent(f"{why_of(error.os_error)}; check its address in the settings")
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        through = f" through the proxy that {way.named} names" if way.named else ""
        return NeverSent(f"no connection in time{through}; check its address in the settings")
    if isinstance(error, TimeoutError):
        return TimedOut(words_of_error(error) if str(error) else TOO_SLOW)
    if isinstance(error, ValueError):  # an address or a header that cannot be sent
        return NeverSent(f"{type(error).__name__}: what is to be sent cannot be", lasting=True)
    return BrokeOff(words_of_error(error))


def why_of(error: OSError) -> str:
    """Why there is no connection, in the words of the system: Connection refused, Name or service not known ..."""
    if speaks_no_tls(error):
        return NO_TLS
    if isinstance(error, ssl.SSLError) or not error.errno:
        return words_of_error(error)
    return os.strerror(error.errno) if error.errno > 0 else error.strerror or words_of_error(error)


def untrusted(error: Exception) -> NeverSent:
    """The host's certificate is not trusted: nothing was sent, and no further attempt would be."""
    return NeverSent(
        words_of_certificate(error)
        if isinstance(error, ssl.SSLCertVerificationError)
        else words_of_error(error),
        lasting=True,
    )


def refused_by_proxy(named: str, status: int, words: str) -> NeverSent:
    """A proxy let no connection through. `named`: the setting or variable that names it; the others: its answer."""
    if status == 407:
        return NeverSent(
            f"the proxy that {named} names requires a valid sign-in (407); check its user and http.proxy_password",
            lasting=True,
        )
    return NeverSent(
        f"the proxy that {named} names refused to connect ({status} {hide(words.strip())[:80]})",
        lasting=status not in PASSING,
    )


def words_of_error(error: Exception) -> str:
    """An error's own words, without the address that was asked for, and without what came: that may be somebody's name."""
    words = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
    words = " ".join(_WHAT_CAME.split(words, maxsplit=1)[0].split()).rstrip(":")
    return hide(re.sub(r"^\[Errno -?\w+\] ", "", words))[:LONGEST_WORDS] or type(error).__name__
