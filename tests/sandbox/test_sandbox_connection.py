"""HTTP as the neighbours speak it: calls in any pieces, one after the other; what is no HTTP fails on either side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from starlette.types import Receive, Scope, Send

from connector.sandbox.connection import MOST_HEAD
from connector.sandbox.exchange import TEXT, Exchange
from connector.sandbox.server import serve

HEAD = b"PUT /a%20b?c=d HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\n"
TOLD = b"PUT /a b c=d hello"
GET = b"GET /x HTTP/1.1\r\nHost: here\r\n\r\n"


async def tell(scope: Scope, receive: Receive, send: Send) -> None:
    """Say what was asked."""
    exchange = Exchange(scope, receive, send)
    asked = f"{exchange.method} {exchange.path} {scope['query_string'].decode()} ".encode()
    await exchange.answer(200, asked + await exchange.body(), TEXT)


@asynccontextmanager
async def talking(
    app: Callable[[Scope, Receive, Send], Awaitable[None]] = tell,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with serve(app) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        try:
            yield reader, writer
        finally:
            writer.close()


async def answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The head and the body of the next answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return head, await reader.readexactly(length)


async def test_a_call_arrives_in_any_pieces_and_the_next_ones_wait_for_their_turn() -> None:
    async with talking() as (reader, writer):
        for one in HEAD + b"hello":
            writer.write(bytes([one]))
            await writer.drain()
            await asyncio.sleep(0)
        assert (await answer(reader))[1] == TOLD
        writer.write((HEAD + b"hello") * 3 + GET)
        assert [(await answer(reader))[1] for _ in range(4)] == [TOLD] * 3 + [b"GET /x  "]


async def test_a_call_tells_whose_connection_it_came_over() -> None:
    async def tell_client(scope: Scope, receive: Receive, send: Send) -> None:
        await Exchange(scope, receive, send).answer(200, repr(scope["client"]).encode(), TEXT)

    async with talking(tell_client) as (reader, writer):
        writer.write(GET)
        assert (await answer(reader))[1] == repr(writer.get_extra_info("sockname")).encode()


async def test_a_call_that_is_answered_before_it_is_whole_keeps_its_rest_from_the_next() -> None:
    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send)
        await exchange.answer(429 if exchange.method == "PUT" else 200, exchange.method.encode())

    async with talking(refuse) as (reader, writer):
        writer.write(HEAD + b"he")
        assert b" 429 " in (await answer(reader))[0]
        writer.write(b"llo" + GET)
        assert (await answer(reader))[1] == b"GET"


async def test_whoever_says_so_is_answered_once() -> None:
    async with talking() as (reader, writer):
        writer.write(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert b"\r\nconnection: close\r\n" in (await answer(reader))[0]
        assert await reader.read() == b""


async def test_whoever_asks_first_whether_to_go_on_is_told_so_and_a_head_alone_has_no_body() -> None:
    async with talking() as (reader, writer):
        writer.write(HEAD.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"hello" + GET.replace(b"GET", b"HEAD") + GET)
        assert (await answer(reader))[1] == TOLD
        assert b"content-length: 9\r\n" in await reader.readuntil(b"\r\n\r\n")
        assert (await answer(reader))[1] == b"GET /x  "


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"hello\r\n\r\n", b"400"),
        ("GET /ø HTTP/1.1\r\nHost: here\r\n\r\n".encode(), b"400"),
        (b"GET / HTTP/2\r\nHost: here\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: here\r\nX Y: z\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: here\r\nX: a\nb\r\n\r\n", b"400"),
        (b"PUT / HTTP/1.1\r\nHost: here\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"PUT / HTTP/1.1\r\nHost: here\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"400"),
        (b"PUT / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"GET /" + b"x" * MOST_HEAD, b"400"),
    ],
)
async def test_what_is_no_http_is_refused_and_the_connection_closed(sent: bytes, status: bytes) -> None:
    async with talking() as (reader, writer):
        writer.write(sent)
        assert (await reader.read()).split()[:2] == [b"HTTP/1.1", status]


async def fail(_: Exchange) -> None:
    raise ValueError("a bug of a neighbour")


async def nothing(_: Exchange) -> None:
    return


async def split(exchange: Exchange) -> None:
    await exchange.answer(200, headers=[("x", "a\r\nset-cookie: b")])


async def too_short(exchange: Exchange) -> None:
    await exchange._start(200, 6, TEXT, ())
    await exchange._send({"type": "http.response.body", "body": b"hello"})


async def too_long(exchange: Exchange) -> None:
    await exchange._start(200, 4, TEXT, ())
    await exchange._send({"type": "http.response.body", "body": b"hello"})


async def half(exchange: Exchange) -> None:
    await exchange._start(200, 6, TEXT, ())
    await exchange._send({"type": "http.response.body", "body": b"hello", "more_body": True})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [(fail, b"500"), (nothing, b"500"), (split, b"500"), (too_short, b""), (too_long, b""), (half, b"200")],
)
async def test_a_neighbour_that_answers_no_http_fails_and_closes(
    wrong: Callable[[Exchange], Awaitable[None]], said: bytes
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await wrong(Exchange(scope, receive, send))

    async with talking(app) as (reader, writer):
        writer.write(GET)
        told = await reader.read()
        assert (told.split()[1] if told else b"") == said
        assert b"set-cookie" not in told


async def test_whoever_reads_slowly_keeps_a_long_answer_waiting_and_ends_it_by_going() -> None:
    chunk, sent, ended = b"x" * 65_536, 0, asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal sent
        exchange = Exchange(scope, receive, send)
        await exchange._start(200, 1_000 * len(chunk), TEXT, ())
        for _ in range(1_000):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            sent += 1
        ended.set()

    async with talking(app) as (reader, writer):
        writer.write(GET)
        await reader.readuntil(b"\r\n\r\n")
        assert sent < 1_000
        writer.transport.abort()
        await asyncio.wait_for(ended.wait(), 60)
    assert sent == 1_000
