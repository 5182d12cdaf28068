"""The client that sources are read with, over real sockets: every way in which a call can break has the same two names."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from connector.errors import SourceUnavailable
from connector.http import Exchange, Neighbour, Reply, open_for_reading

ROOMS = Exchange(method="GET", path="/rooms", purpose="", sends="", receives="", personal_data=False)
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Seen: yes\r\n\r\n[]"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def calling(
    talk: Talk | None, *, timeout_s: float = 5, concurrency: int = 4
) -> AsyncIterator[Neighbour]:
    """A neighbour that talks as told; None: nobody listens there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            assert talk is not None
            await talk(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port) if talk else None
    try:
        async with open_for_reading(concurrency, timeout_s) as client:
            yield Neighbour(
                client,
                name="Interaxo",
                base_url=f"http://127.0.0.1:{port}",
                exchanges=(ROOMS,),
                unavailable=SourceUnavailable,
                attempts=1,
                backoff_max_s=0,
            )
    finally:
        if server is not None:
            server.close()
            await server.wait_closed()


def saying(answer: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return talk


async def read(neighbour: Neighbour) -> Reply:
    return await neighbour.call("GET", "/rooms", read=lambda reply: reply)


async def test_an_answer_is_read_whole_with_its_headers_in_any_case() -> None:
    async with calling(saying(WHOLE)) as neighbour:
        reply = await read(neighbour)
    assert (reply.status, reply.body, reply.headers.get("x-seen")) == (200, b"[]", "yes")
    assert neighbour.tally.by_status == {"200": 1}


async def test_a_redirect_is_an_answer_and_not_followed() -> None:
    async with calling(
        saying(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
    ) as neighbour:
        assert (await read(neighbour)).status == 302
    assert neighbour.tally.requests == 1


async def test_nobody_there_was_never_sent() -> None:
    async with calling(None) as neighbour:
        with pytest.raises(SourceUnavailable, match=r"cannot be reached.*address in the settings") as caught:
            await read(neighbour)
    assert not caught.value.sent


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"this is no HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 70_000 + b"\r\n\r\n",
    ],
    ids=["hangs up", "no HTTP", "cut off", "broken chunk", "not what it says to be", "endless header"],
)
async def test_a_broken_answer_breaks_off_and_may_have_arrived(answer: bytes) -> None:
    async with calling(saying(answer)) as neighbour:
        with pytest.raises(SourceUnavailable, match=r"GET /rooms at 127\.0\.0\.1 broke off") as caught:
            await read(neighbour)
    assert caught.value.sent
    assert neighbour.tally.by_status == {"error": 1}


async def test_silence_is_told_as_such() -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with calling(silent, timeout_s=0.05) as neighbour:
        with pytest.raises(SourceUnavailable, match="did not answer in time") as caught:
            await read(neighbour)
    assert caught.value.sent


async def test_no_more_calls_at_once_than_allowed_and_the_others_wait_their_turn() -> None:
    at_once = most = 0
    full = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal at_once, most
        while await reader.readline():
            await reader.readuntil(b"\r\n\r\n")
            at_once += 1
            most = max(most, at_once)
            if at_once == 3:
                full.set()
            await full.wait()
            at_once -= 1
            writer.write(WHOLE)

    async with calling(slow, concurrency=3) as neighbour:
        replies = await asyncio.gather(*(read(neighbour) for _ in range(12)))
    assert [reply.status for reply in replies] == [200] * 12
    assert most == 3
