"""Every answer has bounds: of size, of time, and an end; over real sockets, for every transport, whole answers and downloads alike."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from connector.errors import SourceUnavailable
from connector.http.aiohttp_transport import open_for_reading, open_for_writing
from connector.http.deadlines import Deadlines
from connector.http.exchange import TimedOut
from connector.http.httpx_transport import open_for_latin
from connector.http.intake import SLOWEST, Intake
from connector.http.neighbour import Neighbour
from connector.http.network import Network
from connector.http.unpacking import PIECE, PackedBadly, unpacker
from tests.http.test_wire import Talk, calling, read, saying, write

OPENED = [open_for_reading, open_for_writing, open_for_latin]
TEXT = b'[{"name":"' + b"a plan of the bridge " * 2_000 + b'"}]'


def packed(text: bytes, wbits: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    return packer.compress(text) + packer.flush()


def answer(body: bytes, *headers: str) -> bytes:
    lines = [f"Content-Length: {len(body)}", *headers]
    return b"HTTP/1.1 200 OK\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def in_chunks(body: bytes, *headers: str) -> bytes:
    parts = [body[at : at + 100] for at in range(0, len(body), 100)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    lines = ["Transfer-Encoding: chunked", *headers]
    return b"HTTP/1.1 200 OK\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + chunks + b"0\r\n\r\n"


async def download(neighbour: Neighbour) -> bytes:
    async with neighbour.stream("/rooms") as opened:
        return b"".join([piece async for piece in opened.pieces()])


async def whole(neighbour: Neighbour) -> bytes:
    return (await read(neighbour)).body


WAYS = [whole, download]


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", packed(TEXT, 31)),
        ("x-gzip", packed(TEXT, 31)),
        ("GZIP", packed(TEXT, 31)),
        ("identity, gzip", packed(TEXT, 31)),
        ("gzip", packed(TEXT[:9_000], 31) + packed(TEXT[9_000:], 31)),
        ("gzip", packed(TEXT, 31) + b"\0" * 300),
        ("deflate", packed(TEXT, 15)),
        ("deflate", packed(TEXT, -15)),
        ("identity", TEXT),
    ],
    ids=["gzip", "x-gzip", "in capitals", "identity besides", "two members", "padded", "deflate", "without a frame", "identity"],
)  # fmt: skip
@pytest.mark.parametrize("sent", [answer, in_chunks])
async def test_what_is_packed_as_asked_for_is_unpacked(
    opened: Any, way: Any, encoding: str, body: bytes, sent: Any
) -> None:
    async with calling(saying(sent(body, f"Content-Encoding: {encoding}")), opened) as neighbour:
        assert await way(neighbour) == TEXT


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "sent",
    [
        in_chunks(packed(TEXT, 31)[:-9], "Content-Encoding: gzip"),
        in_chunks(packed(TEXT, 31)[:-1], "Content-Encoding: gzip"),
        answer(packed(TEXT, 31)[:40], "Content-Encoding: gzip"),
        answer(packed(TEXT, 31)[:5], "Content-Encoding: x-gzip"),
        answer(packed(TEXT, 31) + packed(TEXT, 31)[:60], "Content-Encoding: gzip"),
        answer(packed(TEXT, 15)[:-2], "Content-Encoding: deflate"),
        answer(packed(TEXT, -15)[:-2], "Content-Encoding: deflate"),
        answer(b"x", "Content-Encoding: deflate"),
        answer(packed(TEXT, 31)[:-6] + b"wrong!", "Content-Encoding: gzip"),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + packed(TEXT, 31)[:-30],
        b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + TEXT,
        in_chunks(TEXT)[:-5],
        answer(TEXT, "Content-Encoding: br"),
        answer(TEXT, "Content-Encoding: zstd"),
        answer(packed(packed(TEXT, 31), 31), "Content-Encoding: gzip, gzip"),
    ],
    ids=[
        "no trailer", "half a trailer", "the beginning", "a piece of the head", "half a second member", "deflate", "without a frame", "one byte",
        "a wrong sum", "until the end", "shorter than told", "no last chunk", "br", "zstd", "twice",
    ],
)  # fmt: skip
async def test_a_body_without_its_end_is_broken_and_never_the_whole(
    opened: Any, way: Any, sent: bytes
) -> None:
    async with calling(saying(sent), opened) as neighbour:
        with pytest.raises(SourceUnavailable, match="broke off"):
            await way(neighbour)


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize("way", WAYS)
async def test_no_body_at_all_is_not_one_that_is_packed(opened: Any, way: Any) -> None:
    async with calling(saying(answer(b"", "Content-Encoding: gzip")), opened) as neighbour:
        assert await way(neighbour) == b""


def test_what_is_small_on_the_wire_is_never_large_at_once() -> None:
    one = unpacker("gzip")
    assert one is not None
    assert max(len(part) for part in one.feed(packed(b"a" * 20_000_000, 31))) <= PIECE
    one.finish()


@pytest.mark.parametrize("at", range(1, 60, 3))
def test_pieces_of_any_size_give_the_same(at: int) -> None:
    body = packed(TEXT, 31) + packed(TEXT, 31)
    one = unpacker("gzip")
    assert one is not None
    pieces = [body[start : start + at] for start in range(0, len(body), at)]
    assert b"".join(part for piece in pieces for part in one.feed(piece)) == TEXT * 2
    one.finish()


def test_a_packed_body_that_never_was_asked_for_is_not_guessed_at() -> None:
    with pytest.raises(PackedBadly, match="not asked for"):
        unpacker("br")


@asynccontextmanager
async def bounded(talk: Talk, opened: Any, limit: int) -> AsyncIterator[Neighbour]:
    def narrow(concurrency: int, timeout_s: float) -> Any:
        return opened(concurrency, timeout_s, Network(max_answer_bytes=limit))

    async with calling(talk, narrow) as neighbour:
        yield neighbour


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize(
    "sent",
    [
        answer(b"a" * 50_001),
        in_chunks(b"a" * 50_001),
        answer(packed(b"a" * 5_000_000, 31), "Content-Encoding: gzip"),
        answer(packed(b"a" * 5_000_000, -15), "Content-Encoding: deflate"),
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"a" * 50_001,
    ],
    ids=["told", "in chunks", "gzip", "deflate", "until the end"],
)
async def test_an_answer_larger_than_the_limit_is_given_up(opened: Any, sent: bytes) -> None:
    async with bounded(saying(sent), opened, 50_000) as neighbour:
        with pytest.raises(
            SourceUnavailable, match=r"larger than http\.max_answer_bytes \(50,000\)"
        ) as caught:
            await whole(neighbour)
    assert caught.value.lasting  # the next try would bring the same


@pytest.mark.parametrize("opened", OPENED)
async def test_an_answer_of_just_the_limit_is_taken(opened: Any) -> None:
    async with bounded(saying(answer(b"a" * 50_000)), opened, 50_000) as neighbour:
        assert len(await whole(neighbour)) == 50_000


def dripping(before: bytes, drip: bytes) -> Talk:
    """A server that sends little at a time, and never comes to an end."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(before)
        try:
            while True:
                writer.write(drip)
                await writer.drain()
                await asyncio.sleep(0)
        except ConnectionError:
            return

    return talk


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("before", "drip"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + packed(TEXT, 31)[:50], b"\0"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
    ],
    ids=["chunks", "told", "until the end", "packed", "headers"],
)  # fmt: skip
async def test_an_answer_that_drips_comes_to_an_end(
    opened: Any, way: Any, before: bytes, drip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.http.intake.SLOWEST", 1e12)
    async with calling(dripping(before, drip), opened, timeout_s=0.1) as neighbour:
        with pytest.raises(SourceUnavailable, match=r"did not answer in time|broke off") as caught:
            await way(neighbour)
    assert caught.value.sent


class Ending:
    """Until when a call may take."""

    end = 0.0


async def test_every_byte_buys_time_at_the_least_speed_and_silence_uses_it_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_000.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    deadline = Ending()
    intake = Intake(deadline, {}, 30)  # type: ignore[arg-type]
    left = [deadline.end - now]

    async def raw() -> AsyncIterator[bytes]:
        nonlocal now
        for passed, seconds in ((0.5, 1), (100, 1), (50, 0)):  # faster than needed, much slower, and a drip
            now += passed
            yield b"a" * (SLOWEST * seconds + 1)
            left.append(deadline.end - now)

    await intake.whole(raw(), SLOWEST * 10)
    assert left == pytest.approx([30, 30, 30 + 2 - 100.5, 30 + 2 - 150.5], abs=0.01)


async def test_who_is_cancelled_while_a_call_expires_stays_cancelled() -> None:
    deadlines = Deadlines(0.01)
    entered = asyncio.Event()

    async def call() -> None:
        with deadlines.within(0):
            entered.set()
            await asyncio.Event().wait()

    with pytest.raises(TimedOut):
        await call()
    task = asyncio.create_task(call())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()
    deadlines.close()


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "sent",
    [
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"HTTP/9.9 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: xyz\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloo\r\n0\r\n\r\n",
        b"\x16\x03\x01\x00\xff\xfe",
        b"",
    ],
)
async def test_a_garbled_answer_is_one_of_our_own_errors(opened: Any, way: Any, sent: bytes) -> None:
    async with calling(saying(sent), opened) as neighbour:
        with pytest.raises(SourceUnavailable, match="broke off") as caught:
            await way(neighbour)
    assert caught.value.sent


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize(
    "sent",
    [
        answer(b"Kari Nordmann").replace(b"13", b"1"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nKari Nordmann\r\n",
        b"HTTP/1.1 200 OK\r\nKari Nordmann\r\n\r\n",
        b"Kari Nordmann\r\n\r\n",
        b"HTTP/1.1 Kari Nordmann\r\n\r\n",
    ],
    ids=["shorter told", "chunk", "header", "no HTTP", "status"],
)
async def test_what_cannot_be_read_of_an_answer_is_not_repeated(opened: Any, sent: bytes) -> None:
    told = ""
    async with calling(saying(sent), opened) as neighbour:
        try:
            await read(neighbour)
        except SourceUnavailable as error:
            told = str(error)
    assert "Kari" not in told
    assert "\n" not in told


async def fill_the_disk(neighbour: Neighbour) -> None:
    async with neighbour.stream("/rooms") as taken:
        async for _ in taken.pieces():
            raise OSError("no space left")


@pytest.mark.parametrize("opened", OPENED)
async def test_trouble_of_who_reads_a_download_stays_his_own(opened: Any) -> None:
    async with calling(saying(answer(TEXT)), opened) as neighbour:
        with pytest.raises(OSError, match="no space left"):
            await fill_the_disk(neighbour)


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize(
    "mark", [b"\xef\xbb\xbf[]", "[]".encode("utf-16"), b"\xfe\xff" + "[]".encode("utf-16-be")]
)
async def test_a_mark_before_an_answer_is_no_part_of_it(opened: Any, mark: bytes) -> None:
    async with calling(saying(answer(mark)), opened) as neighbour:
        assert msgspec.json.decode(await whole(neighbour)) == []


@pytest.mark.parametrize("opened", OPENED)
async def test_a_call_over_a_fresh_connection_meets_no_kept_one_that_was_closed_unseen(opened: Any) -> None:
    connections = 0

    async def forgetful(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"[]"))
        await reader.readuntil(b"\r\n\r\n")  # a second call on this connection is never answered

    async with calling(forgetful, opened) as neighbour:
        assert (await write(neighbour)).status == 200
        for _ in range(2):
            reply = await neighbour.call(
                "PUT", "/begin", content=b"", read=lambda one: one, repeat=False, fresh=True
            )
            assert reply.status == 200
    assert connections == 3


@pytest.mark.parametrize("opened", OPENED)
async def test_downloads_count_among_the_calls_at_once(opened: Any) -> None:
    at_once = most = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal at_once, most
        await reader.readuntil(b"\r\n\r\n")
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n[]")

    async with calling(talk, opened, concurrency=2) as neighbour:
        await asyncio.gather(*(way(neighbour) for way in WAYS for _ in range(6)))
    assert most <= 2
    assert neighbour.tally.requests == 12
