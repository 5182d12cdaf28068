"""
A transport for a neighbour of whose headers a few may be Latin-1: a call with such a header goes through httpx, all others
through aiohttp, at a third of the processor time. httpx is loaded with the first call that needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Self

from connector.http.aiohttp_transport import open_for_writing
from connector.http.exchange import Call, Reply
from connector.http.network import OF_THE_MACHINE, Network
from connector.http.transport import Download, Transport

if TYPE_CHECKING:
    from connector.http.httpx_transport import HttpxTransport


class AnyLetters:
    """
    Calls through aiohttp, and through httpx where a header has letters beyond ASCII; none is ever repeated unseen.

    Args:
        concurrency: calls at once through aiohttp; of the others one at a time.
        timeout_s: how long to wait for an answer, and for more of it.
    """

    def __init__(self, concurrency: int, timeout_s: float, network: Network = OF_THE_MACHINE) -> None:
        self._timeout_s = timeout_s
        self._network = network
        self._plain = open_for_writing(concurrency, timeout_s, network)
        self._latin: HttpxTransport | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *how: object) -> None:
        await self._plain.__aexit__(*how)
        if self._latin is not None:
            await self._latin.__aexit__(*how)

    async def fetch(self, call: Call) -> Reply:
        """See `Transport`."""
        return await self._for(call.headers).fetch(call)

    def stream(self, url: str, *, headers: Mapping[str, str] | None) -> AbstractAsyncContextManager[Download]:
        """See `Transport`."""
        return self._for(headers).stream(url, headers=headers)

    def _for(self, headers: Mapping[str, str] | None) -> Transport:
        if headers is None or all(value.isascii() for value in headers.values()):
            return self._plain
        if self._latin is None:
            from connector.http.httpx_transport import open_for_latin

            self._latin = open_for_latin(1, self._timeout_s, self._network)
        return self._latin
