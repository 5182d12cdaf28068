"""A search over a real socket, as odd as a test wants it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.loopback import Loopback


class Portal(Loopback):
    """Answers every call with what `answer` says: status and body."""

    def __init__(self, answer: Callable[[str], tuple[str, bytes]], *, hang: bool = False) -> None:
        """
        Args:
            answer: is given the whole head of the call, and its body.
            hang: nothing is ever answered.
        """
        super().__init__()
        self.calls: list[str] = []
        """Heads, each with its body."""
        self._answer, self._hang = answer, hang

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        told = head.lower().partition("content-length:")[2].split()
        body = await reader.readexactly(int(told[0])) if told else b""
        self.calls.append(head + body.decode())
        if self._hang:
            await reader.read()
            return
        status, content = self._answer(self.calls[-1])
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nLocation: {self.url}/round\r\n"
            f"Content-Length: {len(content)}\r\n\r\n".encode()
            + content
        )
        writer.close()
