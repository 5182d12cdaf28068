"""What a file does to its reader costs that file only; the pool leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import file_makers as make
import msgspec
import pytest

from connector.text.extract import Extracted
from connector.text.reasons import Reason
from connector.text.worker import BEGUN, READY, Request, encode_frame
from connector.text.workers import ExtractionPool


@pytest.fixture
async def pool() -> AsyncIterator[ExtractionPool]:
    async with ExtractionPool(workers=1, memory_mb=300, timeout_s=60, max_files_per_worker=3) as pool:
        yield pool


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.txt"
    path.write_text(make.SENTENCE)
    return path


@pytest.fixture
def hanging(tmp_path: Path) -> Path:
    """A pipe that nobody writes to: a reader that opens it waits for ever."""
    path = tmp_path / "hanging.txt"
    os.mkfifo(path)
    return path


async def wait_until_opened(pipe: Path) -> int:
    """Return once a reader has opened the pipe; the descriptor keeps it waiting for content."""
    return await asyncio.to_thread(os.open, pipe, os.O_WRONLY)


def is_gone(pid: int) -> bool:
    """Tell that a process is neither alive nor a zombie."""
    return not Path(f"/proc/{pid}").exists()


async def read(pool: ExtractionPool, path: Path) -> Extracted:
    return await pool.extract(path, path.name, "")


async def test_no_process_before_the_first_file(pool: ExtractionPool, note: Path) -> None:
    assert pool.worker_pids() == []
    assert await read(pool, note) == Extracted(text=make.SENTENCE)
    assert len(pool.worker_pids()) == 1


async def test_fresh_process_after_so_many_files(pool: ExtractionPool, note: Path) -> None:
    seen = []
    for _ in range(4):
        before = pool.worker_pids()
        await read(pool, note)
        seen += pool.worker_pids() or before
    assert len(set(seen)) == 2
    assert all(is_gone(pid) for pid in set(seen) - set(pool.worker_pids()))


async def test_closed_pool_leaves_no_process(note: Path) -> None:
    async with ExtractionPool(workers=2, memory_mb=400, timeout_s=60) as pool:
        await asyncio.gather(*(read(pool, note) for _ in range(4)))
        pids = pool.worker_pids()
        assert len(pids) == 2
    assert all(is_gone(pid) for pid in pids)


async def test_hanging_file_times_out_alone(hanging: Path, note: Path) -> None:
    async with ExtractionPool(workers=1, memory_mb=300, timeout_s=0.5) as pool:
        assert await read(pool, hanging) == Extracted(reason=Reason.TIMEOUT)
        assert pool.worker_pids() == []
        assert (await read(pool, note)).text == make.SENTENCE


async def test_stopped_reader_is_killed(hanging: Path) -> None:
    async with ExtractionPool(workers=1, memory_mb=300, timeout_s=0.5) as pool:
        reading = asyncio.create_task(read(pool, hanging))
        descriptor = await wait_until_opened(hanging)
        (pid,) = pool.worker_pids()
        os.kill(pid, signal.SIGSTOP)
        assert await reading == Extracted(reason=Reason.TIMEOUT)
        assert is_gone(pid)
        os.close(descriptor)


async def test_killed_reader_costs_its_file_only(pool: ExtractionPool, hanging: Path, note: Path) -> None:
    reading = asyncio.create_task(read(pool, hanging))
    descriptor = await wait_until_opened(hanging)
    (pid,) = pool.worker_pids()
    os.kill(pid, signal.SIGKILL)
    assert await reading == Extracted(reason=Reason.CRASHED)
    assert is_gone(pid)
    os.close(descriptor)
    assert (await read(pool, note)).text == make.SENTENCE


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_what_asks_the_whole_group_to_end_costs_no_file_its_words(
    pool: ExtractionPool, hanging: Path, note: Path, number: signal.Signals
) -> None:
    """Ctrl-C at a terminal, `timeout`, a terminal that closes: the run finishes what it has in hand."""
    reading = asyncio.create_task(read(pool, hanging))
    descriptor = await wait_until_opened(hanging)
    (pid,) = pool.worker_pids()
    os.kill(pid, number)
    os.replace(note, hanging)  # it is opened more than once
    os.write(descriptor, make.SENTENCE.encode())
    os.close(descriptor)
    assert await reading == Extracted(text=make.SENTENCE)


async def test_reader_killed_between_files_costs_nothing(pool: ExtractionPool, note: Path) -> None:
    await read(pool, note)
    (pid,) = pool.worker_pids()
    os.kill(pid, signal.SIGKILL)
    assert (await read(pool, note)).text == make.SENTENCE
    assert is_gone(pid)


async def test_cancelled_file_leaves_no_process(pool: ExtractionPool, hanging: Path, note: Path) -> None:
    reading = asyncio.create_task(read(pool, hanging))
    descriptor = await wait_until_opened(hanging)
    (pid,) = pool.worker_pids()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert is_gone(pid)
    os.close(descriptor)
    assert (await read(pool, note)).text == make.SENTENCE


async def test_starving_file_runs_out_of_memory_alone(tmp_path: Path, note: Path) -> None:
    hungry = tmp_path / "hungry.eml"
    head = b"From: a@example.com\nTo: b@example.com\nSubject: long\n\n"
    hungry.write_bytes(head + b"word and more words\n" * 2_400_000)
    async with ExtractionPool(workers=1, memory_mb=160, timeout_s=60) as pool:
        assert await read(pool, hungry) == Extracted(reason=Reason.OUT_OF_MEMORY)
        assert (await read(pool, note)).text == make.SENTENCE


async def test_a_page_that_takes_more_memory_than_there_is_says_so(tmp_path: Path, note: Path) -> None:
    """PDFium ends itself then, without a word."""
    path = tmp_path / "a.pdf"
    drawn = zlib.compress(b"BT /F1 12 Tf " + b"1 0 Td (a) Tj " * 600_000 + b" ET")
    path.write_bytes(
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</F1<</Type/Font"
        b"/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n4 0 obj<</Filter/FlateDecode/Length "
        + str(len(drawn)).encode() + b">>stream\n" + drawn + b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    )  # fmt: skip
    async with ExtractionPool(workers=1, memory_mb=160, timeout_s=60) as pool:
        assert await read(pool, path) == Extracted(reason=Reason.OUT_OF_MEMORY)
        assert (await read(pool, note)).text == make.SENTENCE


async def test_bomb_is_refused_within_the_limits(pool: ExtractionPool, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.docx"
    bomb.write_bytes(make.make_bomb())
    assert await read(pool, bomb) == Extracted(reason=Reason.BOMB)


async def test_little_memory_means_fewer_workers() -> None:
    assert ExtractionPool(workers=8, memory_mb=700, timeout_s=60).workers == 4
    assert ExtractionPool(workers=8, memory_mb=50, timeout_s=60).workers == 1


async def test_reader_knows_nothing_of_our_environment(
    pool: ExtractionPool, note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONNECTOR_TARGETS__INTRANET__API_KEY", "hemmelig")
    await read(pool, note)
    (pid,) = pool.worker_pids()
    assert b"hemmelig" not in await asyncio.to_thread(Path(f"/proc/{pid}/environ").read_bytes)


def test_readers_die_with_a_killed_parent(hanging: Path) -> None:
    program = (
        "import asyncio, pathlib, sys\n"
        "from connector.text.workers import ExtractionPool\n"
        "async def main():\n"
        "    async with ExtractionPool(workers=1, memory_mb=300, timeout_s=60) as pool:\n"
        "        await pool.extract(pathlib.Path(sys.argv[1]), 'x', '')\n"
        "asyncio.run(main())\n"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", program, str(hanging)], cwd=root) as parent:
        descriptor = os.open(hanging, os.O_WRONLY)
        parent.kill()
    with pytest.raises(BrokenPipeError):
        write_until_unread(descriptor)
    os.close(descriptor)


def write_until_unread(descriptor: int) -> None:
    """Write into a pipe for as long as a reader has it open; a full pipe waits for the reader to go."""
    while True:
        os.write(descriptor, bytes(65_536))


# as pip starts its scripts: the path of an interpreter in a line of #! may hold no blank
READER = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import socket, sys
answers = {answers!r}
with socket.socket(fileno=0) as connection:
    connection.sendall(answers.pop(0))
    for answer in answers:
        connection.recv(1_000_000)
        connection.sendall(answer)
"""


@pytest.mark.parametrize(
    ("name", "says", "reason"),
    [
        ("no reader", [b"Usage: tesseract imagename outputbase"], Reason.UNAVAILABLE),
        (
            "out of turn",
            [encode_frame(READY), encode_frame(msgspec.msgpack.encode(Extracted(text="of another file")))],
            Reason.UNAVAILABLE,
        ),
        ("rubbish", [encode_frame(READY), encode_frame(BEGUN) + encode_frame(b"\xc1\xff")], Reason.CRASHED),
        (
            "no UTF-8",
            [encode_frame(READY), encode_frame(BEGUN) + encode_frame(b"\x81\xa4text\xa2\xff\xfe")],
            Reason.CRASHED,
        ),
        ("another shape", [encode_frame(READY), encode_frame(BEGUN) + encode_frame(b"\x93\x01\x02\x03")], Reason.CRASHED),
        ("four gigabytes", [encode_frame(READY), encode_frame(BEGUN) + b"\xff\xff\xff\xff" + bytes(100)], Reason.CRASHED),
        ("nothing", [encode_frame(READY), encode_frame(BEGUN) + encode_frame(b"\x80")], Reason.CRASHED),
        ("half an answer", [encode_frame(READY), encode_frame(BEGUN) + b"\0\0\0\x09text"], Reason.CRASHED),
    ],
)  # fmt: skip
async def test_a_reader_that_talks_rubbish_costs_its_file_only(
    tmp_path: Path, note: Path, monkeypatch: pytest.MonkeyPatch, name: str, says: list[bytes], reason: Reason
) -> None:
    """As one may that a file got the better of: the run goes on, and the next file gets another reader."""
    reader = tmp_path / "reader"
    reader.write_text(READER.format(python=sys.executable, answers=says))
    reader.chmod(0o700)
    async with ExtractionPool(workers=1, memory_mb=300, timeout_s=60) as pool:
        with monkeypatch.context() as patched:
            patched.setattr(sys, "executable", str(reader))
            assert await read(pool, note) == Extracted(reason=reason)
        assert (await read(pool, note)).text == make.SENTENCE


async def test_a_reader_is_asked_for_what_it_has_before_it_would_be_killed_with_it(
    note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Request] = []

    async def read_once(_pool: ExtractionPool, request: Request, _kind: type[Extracted]) -> Extracted:
        asked.append(request)
        return Extracted(text="some words", truncated=True)

    monkeypatch.setattr(ExtractionPool, "_read", read_once)
    async with ExtractionPool(workers=1, memory_mb=300, timeout_s=60) as pool:
        await read(pool, note)
    assert 30 <= asked[0].limits.seconds < 60


async def test_what_keeps_readers_from_starting_is_told(
    pool: ExtractionPool, note: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interpreter that whoever runs the service may not start, say, or a library that does not fit."""
    broken = tmp_path / "broken"
    broken.write_text(
        "#!/bin/sh\necho Traceback >&2\necho \"ImportError: No module named 'msgspec'\" >&2\nexit 1\n"
    )
    broken.chmod(0o700)
    assert await pool.trouble() == ""
    with monkeypatch.context() as patched:
        await pool.aclose()
        patched.setattr(sys, "executable", str(broken))
        assert await pool.trouble() == "ImportError: No module named 'msgspec'"
        patched.setattr(sys, "executable", str(tmp_path / "missing"))
        assert str(tmp_path / "missing") in await pool.trouble()
        assert pool.worker_pids() == []
    assert (await read(pool, note)).text == make.SENTENCE
