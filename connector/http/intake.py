"""Bodies on their way in, for every transport: neither library unpacks, limits or times one as it should be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping

from connector.http.deadlines import Deadline
from connector.http.exchange import BrokeOff
from connector.http.unpacking import PackedBadly, Unpacker, unpacker

SLOWEST = 50_000
"""Bytes in a second at which a body is to be taken, and at which it is to come, at least."""


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
