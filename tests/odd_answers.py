"""Transports for tests that play what is told, without sockets."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import httpx
import respx

from connector.http.exchange import Call, Reply
from connector.http.httpx_transport import HttpxTransport
from connector.http.network import Network
from connector.http.transport import Download

Answer = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]


class Played:
    """A transport whose answers a function gives; what it raises comes out as it is."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.fresh: list[bool] = []
        """Of every call: whether it wanted a connection of its own."""
        self.timeouts: list[float | None] = []

    async def fetch(self, call: Call) -> Reply:
        self.fresh.append(call.fresh)
        self.timeouts.append(call.timeout_s)
        response = await self._response(
            httpx.Request(call.method, call.url, headers=call.headers, content=call.content)
        )
        return Reply(response.status_code, response.content, response.headers)

    @asynccontextmanager
    async def stream(self, url: str, *, headers: Mapping[str, str] | None) -> AsyncIterator[Download]:
        response = await self._response(httpx.Request("GET", url, headers=headers))

        async def pieces() -> AsyncIterator[bytes]:
            yield response.content

        yield Download(response.status_code, response.headers, pieces())

    async def _response(self, request: httpx.Request) -> httpx.Response:
        given = self.answer(request)
        return await given if inspect.isawaitable(given) else given


class Body(httpx.AsyncByteStream):
    """A body that has not been read yet."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content


def through_httpx(answer: Answer) -> HttpxTransport:
    """The transport of ITR, with respx below instead of sockets; bodies come over the wire as real ones do."""

    async def played(request: httpx.Request) -> httpx.Response:
        given = answer(request)
        one = await given if inspect.isawaitable(given) else given
        return httpx.Response(one.status_code, headers=one.headers, stream=Body(await one.aread()))

    router = respx.Router(assert_all_called=False)
    router.route().mock(side_effect=played)
    below = httpx.MockTransport(router.async_handler)
    return HttpxTransport(
        lambda _: httpx.AsyncClient(verify=False, transport=below), 8, 30, Network(proxy="none")
    )
