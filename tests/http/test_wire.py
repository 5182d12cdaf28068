"""The clients over real sockets: every way in which a call can break has the same two names, and a write is sent once."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from connector.errors import SourceUnavailable
from connector.http.aiohttp_transport import open_for_reading, open_for_writing
from connector.http.any_letters import AnyLetters
from connector.http.call_policy import CallPolicy
from connector.http.exchange import Call, Exchange, Reply
from connector.http.httpx_transport import HttpxTransport, open_for_latin
from connector.http.neighbour import Neighbour

ROOMS = Exchange(method="GET", path="/rooms", purpose="", sends="", receives="", personal_data=False)
BEGIN = Exchange(method="PUT", path="/begin", purpose="", sends="", receives="", personal_data=False)
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Seen: yes\r\n\r\n[]"
OPENED = [open_for_reading, open_for_writing, open_for_latin]
WRITING = [open_for_writing, open_for_latin]
PASSES = 5
"""Of the loop, until a talk that writes or reads hears that its connection is gone."""
Open = Callable[[int, float], Any]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def calling(
    talk: Talk | None,
    opened: Open = open_for_reading,
    *,
    timeout_s: float = 5,
    concurrency: int = 4,
) -> AsyncIterator[Neighbour]:
    """A neighbour that talks as told; None: nobody listens there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    served: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(writer)
        try:
            assert talk is not None
            await talk(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port) if talk else None
    try:
        async with opened(concurrency, timeout_s) as client:
            yield Neighbour(
                client,
                name="Interaxo",
                base_url=f"http://127.0.0.1:{port}",
                exchanges=(ROOMS, BEGIN),
                unavailable=SourceUnavailable,
                policy=CallPolicy(attempts=1, backoff_max_s=0),
            )
    finally:
        if server is not None:
            server.close()
            for writer in served:
                writer.transport.abort()
            for _ in range(PASSES):  # whoever still talks is told, and lets go of the socket
                await asyncio.sleep(0)
            await server.wait_closed()


def saying(answer: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return talk


async def read(neighbour: Neighbour) -> Reply:
    return await neighbour.call("GET", "/rooms", read=lambda reply: reply)


async def write(neighbour: Neighbour, content: bytes | None = None) -> Reply:
    return await neighbour.call("PUT", "/begin", content=content, read=lambda reply: reply)


@pytest.mark.parametrize("opened", OPENED)
async def test_an_answer_is_read_whole_with_its_headers_in_any_case(opened: Open) -> None:
    async with calling(saying(WHOLE), opened) as neighbour:
        reply = await read(neighbour)
    assert (reply.status, reply.body, reply.headers.get("x-seen")) == (200, b"[]", "yes")
    assert neighbour.tally.by_status == {"200": 1}


@pytest.mark.parametrize("opened", OPENED)
async def test_a_redirect_is_an_answer_and_not_followed(opened: Open) -> None:
    async with calling(
        saying(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"), opened
    ) as neighbour:
        assert (await read(neighbour)).status == 302
    assert neighbour.tally.requests == 1


@pytest.mark.parametrize("opened", OPENED)
async def test_nobody_there_was_never_sent(opened: Open) -> None:
    async with calling(None, opened) as neighbour:
        with pytest.raises(SourceUnavailable, match=r"cannot be reached.*address in the settings") as caught:
            await read(neighbour)
    assert not caught.value.sent


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"this is no HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200_000 + b"\r\n\r\n",
    ],
    ids=["hangs up", "no HTTP", "cut off", "broken chunk", "not what it says to be", "endless header"],
)
async def test_a_broken_answer_breaks_off_and_may_have_arrived(answer: bytes, opened: Open) -> None:
    async with calling(saying(answer), opened) as neighbour:
        with pytest.raises(SourceUnavailable, match=r"GET /rooms at 127\.0\.0\.1 broke off") as caught:
            await read(neighbour)
    assert caught.value.sent
    assert neighbour.tally.by_status == {"error": 1}


async def test_words_of_a_broken_answer_have_neither_the_address_nor_what_the_library_writes_around_them() -> (
    None
):
    async with calling(saying(b"HTTP/9.9 abc\r\n\r\n")) as neighbour:
        with pytest.raises(SourceUnavailable, match="broke off: ") as caught:
            await read(neighbour)
    words = str(caught.value).partition("broke off: ")[2]
    assert words
    assert not any(one in words for one in ("127.0.0.1", "url=", "message=")), words


@pytest.mark.parametrize("opened", OPENED)
async def test_silence_is_told_as_such(opened: Open) -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with calling(silent, opened, timeout_s=0.05) as neighbour:
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


class Kept:
    """A server that answers the first call of a connection, and ends the connection with the second one."""

    def __init__(self, *, reset: bool, reads: bool) -> None:
        self.calls = 0
        self._reset, self._reads = reset, reads

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = True
        while head := await reader.readuntil(b"\r\n\r\n"):
            self.calls += 1
            if first:
                writer.write(WHOLE)
                first = False
                continue
            if self._reads:
                length = int(head.lower().split(b"content-length:")[1].split()[0])
                await reader.readexactly(length)
            if self._reset:
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return


@pytest.mark.parametrize("opened", [*WRITING, AnyLetters])
@pytest.mark.parametrize("size", [0, 100, 3_000_000])
@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("reads", [False, True])
async def test_a_write_on_a_kept_connection_that_breaks_is_sent_once(
    opened: Open, size: int, reset: bool, reads: bool
) -> None:
    server = Kept(reset=reset, reads=reads)
    async with calling(server, opened) as neighbour:
        assert (await write(neighbour)).status == 200
        with pytest.raises(SourceUnavailable, match="broke off") as caught:
            await write(neighbour, b"x" * size)
    assert caught.value.sent
    assert "Errno" not in str(caught.value)
    assert "http" not in str(caught.value)
    assert server.calls == 2


@pytest.mark.parametrize("opened", WRITING)
async def test_a_connection_that_was_closed_between_two_writes_is_made_anew(opened: Open) -> None:
    closed = asyncio.Event()

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(WHOLE)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        closed.set()

    async with calling(once, opened) as neighbour:
        for _ in range(3):
            closed.clear()
            assert (await write(neighbour)).status == 200
            await closed.wait()
            for _ in range(5):  # the end arrives here, too
                await asyncio.sleep(0)


@pytest.mark.parametrize("opened", WRITING)
@pytest.mark.parametrize("size", [0, 100, 1_000_000, 1_000_001, 5_000_000])
async def test_a_body_of_any_size_arrives_whole(opened: Open, size: int) -> None:
    body = bytes(n % 251 for n in range(1_000)) * (size // 1_000) + b"x" * (size % 1_000)
    arrived: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split()[0])
        arrived.append(await reader.readexactly(length))
        writer.write(WHOLE)

    async with calling(take, opened) as neighbour:
        assert (await write(neighbour, body)).status == 200
    assert arrived == [body]
    assert neighbour.tally.bytes_sent == size


@pytest.mark.parametrize("opened", WRITING)
async def test_a_body_that_nobody_reads_ends_in_time(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.http.aiohttp_transport.SLOWEST", 1_000_000_000)
    over = asyncio.Event()

    async def deaf(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await over.wait()

    async with calling(deaf, opened, timeout_s=0.05) as neighbour:
        with pytest.raises(SourceUnavailable, match="did not answer in time") as caught:
            await write(neighbour, b"x" * 20_000_000)
        over.set()
    assert caught.value.sent


async def test_a_header_of_any_letters_arrives_as_latin_1_and_httpx_carries_no_other_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heads: list[bytes] = []
    through_httpx: list[str] = []
    fetch = HttpxTransport.fetch

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while True:
                heads.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(WHOLE)

    async def note(self: HttpxTransport, call: Call) -> Any:
        through_httpx.append((call.headers or {})["UserID"])
        return await fetch(self, call)

    monkeypatch.setattr(HttpxTransport, "fetch", note)
    async with calling(hear, AnyLetters) as neighbour:
        for user in ("kari", "søren", "per"):
            call = neighbour.call("GET", "/rooms", headers={"UserID": user}, read=lambda reply: reply)
            assert (await call).status == 200
    assert [f"UserID: {user}".encode("latin-1") in head for user, head in zip(("kari", "søren", "per"), heads, strict=True)] == [True] * 3  # fmt: skip
    assert through_httpx == ["søren"]


@pytest.mark.parametrize("opened", OPENED)
async def test_no_connection_is_told_in_the_words_of_the_system(opened: Open) -> None:
    async with calling(None, opened) as neighbour:
        with pytest.raises(
            SourceUnavailable,
            match=r"cannot be reached: Connection refused; check its address in the settings$",
        ):
            await read(neighbour)


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize(
    ("code", "step"),
    [(socket.EAI_AGAIN, "this machine finds no names now (DNS)"), (socket.EAI_NONAME, "check its address in the settings")],
)  # fmt: skip
async def test_a_machine_that_finds_no_names_is_told_as_that_and_not_as_a_wrong_address(
    opened: Open, code: int, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unnamed(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(code, "no such luck")

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(type(loop), "getaddrinfo", unnamed)
    monkeypatch.setattr(type(loop), "create_connection", unnamed)
    async with calling(None, opened) as neighbour:
        with pytest.raises(SourceUnavailable) as caught:
            await read(neighbour)
    assert str(caught.value).endswith(f"; {step}")


@pytest.mark.parametrize("opened", OPENED)
async def test_no_cookie_is_kept_and_no_answer_of_another_moment_is_asked_for(opened: Open) -> None:
    heads: list[bytes] = []

    async def baker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            heads.append(head.lower())
            writer.write(WHOLE.replace(b"X-Seen: yes", b"Set-Cookie: session=other; Path=/"))

    async with calling(baker, opened) as neighbour:
        for _ in range(2):
            assert (await read(neighbour)).status == 200
    assert len(heads) == 2
    assert not any(b"cookie" in head for head in heads)
    assert all(b"cache-control: no-cache\r\n" in head for head in heads)


@pytest.mark.parametrize(
    ("opened", "at_once"),
    [
        (open_for_reading, False), (open_for_reading, True), (open_for_writing, False), (open_for_writing, True),
        (open_for_latin, False), (open_for_latin, True),
    ],
)  # fmt: skip
async def test_an_answer_that_nobody_asked_for_is_not_the_answer_to_the_next_call(
    opened: Open, at_once: bool
) -> None:
    connections = 0
    go_on, stray, over = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        mine = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[%d]" % connections
        other = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[0]"
        writer.write(mine + other if at_once else mine)
        if not at_once:
            await go_on.wait()
            writer.write(other)
        await writer.drain()
        stray.set()
        await reader.read()

    async with calling(talk, opened) as neighbour:
        assert (await read(neighbour)).body == b"[1]"
        go_on.set()
        await stray.wait()
        for _ in range(5):  # it arrives here, too
            await asyncio.sleep(0)
        assert (await write(neighbour)).body == b"[2]"
        over.set()
    assert connections == 2
