"""
The transport whose headers may be Latin-1, which aiohttp cannot send: httpx, with the bounds and errors of the other one.

Loaded only where a neighbour needs it.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Self

import httpcore
import httpx

from connector.http.call_errors import refused_by_proxy, unreached, untrusted, words_of_error
from connector.http.deadlines import TOO_SLOW, Deadlines
from connector.http.exchange import BrokeOff, Call, CallFailed, NeverSent, Reply, TimedOut
from connector.http.intake import SLOWEST, Intake
from connector.http.network import NO_TLS, OF_THE_MACHINE, Network, Proxy, speaks_no_tls
from connector.http.transport import EVERY_CALL, PATIENCE, Download


class _Connections(httpcore.AsyncConnectionPool):
    """Kept connections, none of which holds an answer already: httpcore would take that for the answer to the next call."""

    def _assign_requests_to_connections(self) -> list[httpcore.AsyncConnectionInterface]:
        spoilt = [one for one in self._connections if one.is_idle() and _holds_more(one)]
        for one in spoilt:
            self._connections.remove(one)
        return [*spoilt, *super()._assign_requests_to_connections()]


def _holds_more(connection: object) -> bool:
    """Whether more came over a connection than the answers to its calls; what is still to be read is looked at by httpcore itself."""
    while not isinstance(connection, httpcore.AsyncHTTP11Connection):
        if connection is None:
            return False
        connection = getattr(
            connection, "_connection", None
        )  # a new one, or a tunnel, has the real one inside
    return bool(connection._h11_state.trailing_data[0])


class _Httpx(httpx.AsyncHTTPTransport):
    """What httpx makes of errors, over connections of ours."""

    def __init__(self, network: Network, concurrency: int, proxy: Proxy | None) -> None:
        through = None
        if proxy is not None:
            signed = [("Proxy-Authorization", proxy.authorization)] if proxy.authorization else []
            through = httpcore.Proxy(proxy.url, headers=signed)
        self._pool = _Connections(
            ssl_context=network.trust(),
            proxy=through,
            max_connections=None,
            max_keepalive_connections=concurrency,
            keepalive_expiry=30,
            retries=0,
        )


class HttpxTransport:
    """
    Calls through httpx, whose headers may be Latin-1.

    Args:
        make: opens a client that goes through a proxy or straight; asked once more where a call wants its own connection.
    """

    def __init__(
        self,
        make: Callable[[Proxy | None], httpx.AsyncClient],
        concurrency: int,
        timeout_s: float,
        network: Network,
    ) -> None:
        self._make = make
        self._clients: dict[Proxy | None, httpx.AsyncClient] = {}
        self._slots = asyncio.Semaphore(concurrency)
        self._deadlines = Deadlines(timeout_s)
        self._timeout_s = timeout_s
        self._network = network

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._deadlines.close()
        for client in self._clients.values():
            await client.aclose()

    async def fetch(self, call: Call) -> Reply:
        """See `Transport`."""
        proxy = self._network.proxy_for(call.url)
        if not call.fresh:
            return await self._fetch(self._kept(proxy), call, proxy)
        async with self._make(proxy) as client:
            return await self._fetch(client, call, proxy)

    async def _fetch(self, client: httpx.AsyncClient, call: Call, proxy: Proxy | None) -> Reply:
        wait_s = self._timeout_s if call.timeout_s is None else call.timeout_s
        longest = PATIENCE * wait_s + len(call.content or b"") / SLOWEST
        async with self._slots:
            try:
                with self._deadlines.within(longest) as deadline:
                    async with client.stream(
                        call.method,
                        httpx.URL(call.url),
                        headers=_latin(call.headers),
                        content=call.content,
                        timeout=httpx.Timeout(wait_s, pool=None),
                    ) as response:
                        intake = Intake(deadline, response.headers, wait_s)
                        body = await intake.whole(response.aiter_raw(), self._network.max_answer_bytes)
                        return Reply(response.status_code, body, response.headers)
            except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
                raise _of_httpx(error, proxy) from error

    @asynccontextmanager
    async def stream(self, url: str, *, headers: Mapping[str, str] | None) -> AsyncIterator[Download]:
        """See `Transport`."""
        proxy = self._network.proxy_for(url)
        client = self._kept(proxy)
        async with self._slots:
            with self._deadlines.within(PATIENCE * self._timeout_s) as deadline:
                try:
                    request = client.build_request("GET", httpx.URL(url), headers=_latin(headers))
                    response = await client.send(request, stream=True)
                except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
                    raise _of_httpx(error, proxy) from error

                async def raw() -> AsyncIterator[bytes]:
                    try:
                        async for piece in response.aiter_raw():
                            yield piece
                    except (httpx.HTTPError, OSError) as error:
                        raise _of_httpx(error, proxy) from error

                try:
                    intake = Intake(deadline, response.headers, self._timeout_s)
                    async with aclosing(intake.pieces(raw())) as body:
                        yield Download(response.status_code, response.headers, body)
                finally:
                    await response.aclose()

    def _kept(self, proxy: Proxy | None) -> httpx.AsyncClient:
        client = self._clients.get(proxy)
        if client is None:
            client = self._clients[proxy] = self._make(proxy)
        return client


def open_for_latin(concurrency: int, timeout_s: float, network: Network = OF_THE_MACHINE) -> HttpxTransport:
    """Open a transport whose headers may be Latin-1, which aiohttp cannot send; no call is ever repeated unseen."""

    def make(proxy: Proxy | None) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=_Httpx(network, concurrency, proxy),
            timeout=httpx.Timeout(timeout_s, pool=None),
            follow_redirects=False,
            headers=EVERY_CALL,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # it keeps none
        )

    return HttpxTransport(make, concurrency, timeout_s, network)


def _latin(headers: Mapping[str, str] | None) -> httpx.Headers:
    return httpx.Headers(dict(headers or {}), encoding="latin-1")


def _of_the_system(error: BaseException) -> OSError | None:
    """Why there is no connection, as the system said it, which is told as "all attempts failed"; of several addresses the first."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno and not isinstance(cause, ssl.SSLError):
            return cause
        several = cause.exceptions if isinstance(cause, BaseExceptionGroup) else ()
        cause = several[0] if several else cause.__cause__ or cause.__context__
    return None


def _of_httpx(error: Exception, proxy: Proxy | None) -> CallFailed:
    """Make one of our three errors of whatever httpx raises."""
    if isinstance(error, httpx.ProxyError):
        status = re.match(r"\d{3}", str(error))
        return refused_by_proxy(
            proxy.origin if proxy else "", int(status[0]) if status else 0, str(error)[4:]
        )
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return untrusted(cause)
            if speaks_no_tls(cause):
                return NeverSent(f"{NO_TLS} Check its address in the settings")
            cause = cause.__cause__ or cause.__context__
        through = f"through the proxy that {proxy.origin} names: " if proxy else ""
        refused = _of_the_system(error)
        if refused is not None:
            return unreached(refused, through)
        return NeverSent(f"{through}{words_of_error(error)}; check its address in the settings")
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return TimedOut(words_of_error(error) if str(error) else TOO_SLOW)
    if isinstance(
        error, httpx.InvalidURL | httpx.UnsupportedProtocol | httpx.LocalProtocolError | ValueError
    ):
        return NeverSent(f"{type(error).__name__}: what is to be sent cannot be", lasting=True)
    return BrokeOff(words_of_error(error))
