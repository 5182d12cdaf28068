"""What carries calls to a host, whichever library does it: a small Protocol, and what every call has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from connector.http.exchange import Call, CallFailed, Reply
from connector.http.unpacking import ACCEPTED

EVERY_CALL = {
    "User-Agent": "interact-connector",
    "Accept-Encoding": ACCEPTED,
    "Cache-Control": "no-cache",  # what stands between keeps answers by their address, and ITR's pages differ by headers only
}
"""Headers of every call."""
PATIENCE = 1.25
"""A call waits so many times its wait for the answer's head: finding a connection is a part of it."""
ERROR_BYTES = 10_000
"""Of an error answer that are read for its words."""


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

    async def fetch(self, call: Call) -> Reply:
        """
        Make one call and read its answer whole.

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


class GrowingTransport(Transport, Protocol):
    """One for a source whose calls other services make in part, until they need them no more."""

    def take_more(self, calls: int) -> None:
        """Let so many more calls be under way at once from now on."""
        ...
