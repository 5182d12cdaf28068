"""
The pool of reader processes: at most so many, at most so much memory, one file at a time each.

A file that hangs, crashes or starves its reader costs that reader and nothing else. A place in the pool is
free again only when its process is gone, so that the sum of the memory holds at every moment.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any, Final, Self, TypeVar

import msgspec

import connector.text
from connector.machine.storage import words_of_error
from connector.text.extract import Extracted, Limits
from connector.text.ocr import Ocr, Scan, Scanned
from connector.text.pool_slots import PoolSlots
from connector.text.reasons import Reason
from connector.text.worker import BEGUN, FRAME_HEAD, INSIDE, READY, Request, Setup, encode_frame

_MEGABYTE: Final = 1 << 20
# Pages of the interpreter and the libraries, which no limit of the kernel counts against a process.
_CODE_MB: Final = 64
# Below this a reader cannot load its libraries and hold an ordinary document.
_LEAST_MB: Final = 160
_START_TIMEOUT_S: Final = 60
_MOST_BESIDE_BYTES: Final = 10_000_000
"""What a reader may answer beside the text that it was asked for: what OCR read of a piece, numbers of pages."""
_SHARE_OF_READING: Final = 0.8
"""Of the time for a file: a reader that is not through by then answers what it has, instead of being killed with it."""
_ATTEMPTS: Final = 3
_DISPLACED: Final = 20
"""So often files may take the place of one piece until that is told, with the time that it cost."""
_OUT_OF_MEMORY_WORDS: Final = (
    b"memory allocation of",
    b"MemoryError",
    b"std::bad_alloc",
    b"out of memory",
    b"Out of memory",
)

Answer = TypeVar("Answer", Extracted, Scanned)


class _ReaderGone(Exception):
    """A reader process ended before it began with the file: the file is not to blame."""


class _LostInside(Exception):
    """A reader process ended while it read a file within the file."""


class ExtractionPool:
    """
    Reads files in worker processes, started when the first file comes; OCR takes the places that are left over.

    Args:
        workers: how many files are read at once; fewer when memory_mb does not suffice for so many.
        memory_mb: of all workers together.
        timeout_s: of one file, by the clock on the wall; shortly before it ends a reader is content with what it has.
        max_files_per_worker: a fresh process after so many files, against leaks in libraries.

    Only usable inside `async with`, and in one event loop.
    """

    def __init__(
        self,
        *,
        workers: int,
        memory_mb: int,
        timeout_s: float,
        max_files_per_worker: int = 200,
    ) -> None:
        self.workers = max(1, min(workers, memory_mb // _LEAST_MB))
        self._data_bytes = max(_LEAST_MB - _CODE_MB, memory_mb // self.workers - _CODE_MB) * _MEGABYTE
        self._timeout_s = timeout_s
        self._max_files_per_worker = max_files_per_worker
        self._slots = PoolSlots(self.workers)
        self._idle: list[_Reader] = []
        self._readers: set[_Reader] = set()
        self._endings: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End every process, and wait until they are gone."""
        for reader in list(self._readers):
            self._begin_end(reader)
        self._idle.clear()
        await asyncio.gather(*self._endings)

    async def trouble(self) -> str:
        """Start a reader where none waits, and say what keeps it from starting; empty where nothing does."""
        try:
            self._idle.append(await self._take_reader())
        except _ReaderGone as error:
            return str(error)
        return ""

    def worker_pids(self) -> list[int]:
        """The processes that live now; empty before the first file."""
        return sorted(reader.pid for reader in self._readers)

    async def extract(
        self, path: Path, name: str, mime_type: str, *, max_text_bytes: int = 1_000_000
    ) -> Extracted:
        """
        Read one file: text (at most max_text_bytes of UTF-8) or a reason, never an error of the file.

        Cancelling ends the reader of this file before the cancellation goes on.
        """
        limits = Limits(max_text_bytes=max_text_bytes, seconds=self._timeout_s * _SHARE_OF_READING)
        request = _to_request(path, name, mime_type, limits)
        async with self._slots.taken():
            for _ in range(_ATTEMPTS):
                try:
                    result = await self._read(request, Extracted)
                except _ReaderGone:
                    continue
                except _LostInside:
                    # what stands in it is not worth the loss of the whole: a mail has words of its own
                    request = msgspec.structs.replace(
                        request, limits=msgspec.structs.replace(request.limits, closed=True)
                    )
                    continue
                if request.limits.closed:
                    result = msgspec.structs.replace(result, truncated=True, limited=True)
                return result
            return Extracted(reason=Reason.UNAVAILABLE)

    async def scan(self, path: Path, page: int, piece: int, ocr: Ocr) -> Scanned:
        """
        Read one piece of one page by OCR, in a place that no file wants: words or a reason, never an error of the file.

        A file that comes meanwhile and finds no place takes this one; the piece is then read anew later, and is told as displaced
        when that went on. Its processor time counts all the same.
        """
        scan = Scan(page, piece, ocr, self._timeout_s)
        request = _to_request(path, "", "", Limits(max_text_bytes=0), scan)
        lost, gone = 0.0, 0
        clock = asyncio.get_running_loop().time
        for _ in range(_DISPLACED):
            async with self._slots.lent() as wanted_back:
                began = clock()
                work = asyncio.ensure_future(self._read(request, Scanned))
                try:
                    both: set[asyncio.Future[Any]] = {work, wanted_back}
                    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    if not work.done():
                        work.cancel()
                        await asyncio.wait({work})
                if not work.cancelled():
                    try:
                        result = work.result()
                    except _ReaderGone:
                        gone += 1
                        if gone == _ATTEMPTS:
                            return Scanned(reason=Reason.UNAVAILABLE, seconds=lost)
                        continue
                    spent = result.seconds or clock() - began
                    return msgspec.structs.replace(result, seconds=spent + lost)
                lost += clock() - began
        return Scanned(displaced=True, seconds=lost)

    async def _read(self, request: Request, kind: type[Answer]) -> Answer:
        reader = await self._take_reader()
        try:
            await reader.begin(request, self._timeout_s)
            async with asyncio.timeout(self._timeout_s):
                result = await reader.finish(kind)
        except TimeoutError:
            result = kind(reason=Reason.TIMEOUT)
            await self._end(reader)
        except EOFError:
            await self._end(reader)
            result = kind(reason=reader.why_it_ended())
        except BaseException:
            await self._end(reader)
            raise
        else:
            if reader.files >= self._max_files_per_worker or result.reason is Reason.OUT_OF_MEMORY:
                await self._end(reader)
            else:
                self._idle.append(reader)
        if reader.inside and result.reason is not None and result.reason.counted:
            raise _LostInside
        return result

    async def _take_reader(self) -> _Reader:
        while self._idle:
            reader = self._idle.pop()
            if reader.alive:
                return reader
            await self._end(reader)
        setup = Setup(parent_pid=os.getpid(), data_bytes=self._data_bytes, timeout_s=self._timeout_s)
        try:
            reader = _Reader(setup)
        except OSError as error:
            raise _ReaderGone(words_of_error(error) or str(error)) from error
        self._readers.add(reader)
        try:
            await reader.open()
        except _ReaderGone as error:
            await self._end(reader)
            raise _ReaderGone(reader.last_line or "it ends, or is not ready, and says nothing") from error
        except BaseException:
            await self._end(reader)
            raise
        return reader

    async def _end(self, reader: _Reader) -> None:
        """Kill a reader and wait until it is gone, even when the waiting itself is cancelled meanwhile."""
        await asyncio.shield(self._begin_end(reader))

    def _begin_end(self, reader: _Reader) -> asyncio.Task[None]:
        self._readers.discard(reader)
        reader.kill()
        task = asyncio.create_task(reader.end())
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)
        return task


def _to_request(path: Path, name: str, mime_type: str, limits: Limits, scan: Scan | None = None) -> Request:
    return Request(str(path.absolute()), name, mime_type, limits, scan)


class _Reader:
    """One worker process and the socket to it."""

    def __init__(self, setup: Setup) -> None:
        """Start the process; raises OSError when the machine has no room for one."""
        self.files = 0
        self.inside = False
        """Whether it read a file within the file that it has now."""
        self._socket, theirs = socket.socketpair()
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, told by us
                [sys.executable, "-P", "-m", "connector.text.worker", msgspec.json.encode(setup).decode()],
                stdin=theirs.fileno(),
                stdout=self._complaints,
                stderr=self._complaints,
                cwd="/",
                # Nothing of the daemon's environment, where secrets may be; one arena keeps memory countable.
                env={
                    "PYTHONPATH": str(Path(connector.text.__file__).parents[2]),
                    "PYTHONUTF8": "1",
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "MALLOC_ARENA_MAX": "2",
                    "LC_ALL": "C.UTF-8",
                },
            )
        except OSError:
            self._socket.close()
            self._complaints.close()
            raise
        finally:
            theirs.close()
        self._last_words = b""
        self._most = 0
        """Bytes of an answer about the file that it has now."""
        self._stream: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    async def open(self) -> None:
        """Wait until the process is ready; raises _ReaderGone when it does not get there."""
        self._stream, self._writer = await asyncio.open_unix_connection(sock=self._socket)
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                await self._expect(READY)
        except TimeoutError as error:
            raise _ReaderGone from error

    async def begin(self, request: Request, timeout_s: float) -> None:
        """Hand over a file; raises _ReaderGone when the process ended before it touched the file."""
        assert self._writer is not None
        self.files += 1
        self.inside = False
        self._most = request.limits.max_text_bytes + _MOST_BESIDE_BYTES
        self._writer.write(encode_frame(msgspec.msgpack.encode(request)))
        try:
            async with asyncio.timeout(timeout_s):
                await self._expect(BEGUN)
        except TimeoutError as error:
            raise _ReaderGone from error

    async def finish(self, kind: type[Answer]) -> Answer:
        """Return what the process says of the file; raises EOFError when it ended instead, or says nothing that makes sense."""
        while (frame := await self._read_frame(self._most)) == INSIDE:
            self.inside = True
        try:
            answer = msgspec.msgpack.decode(frame, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise EOFError from error
        if isinstance(answer, Extracted) and answer.text is None and answer.reason is None:
            raise EOFError
        return answer

    async def _expect(self, word: bytes) -> None:
        try:
            frame = await self._read_frame(len(word))
        except EOFError as error:
            raise _ReaderGone from error
        if frame != word:  # a file before may have got the better of it
            raise _ReaderGone

    async def _read_frame(self, most: int) -> bytes:
        """One frame; raises EOFError where there is none, or one of more bytes than told: whoever wrote that is no reader of ours."""
        assert self._stream is not None
        try:
            (size,) = FRAME_HEAD.unpack(await self._stream.readexactly(FRAME_HEAD.size))
            if size > most:
                raise EOFError
            return await self._stream.readexactly(size)
        except ConnectionError as error:
            raise EOFError from error

    def kill(self) -> None:
        """End the process at once; harmless when it has ended by itself."""
        self._process.kill()

    async def end(self) -> None:
        """Take the exit status of the killed process, so that no zombie stays, and close what led to it."""
        await asyncio.to_thread(self._process.wait)
        self._complaints.seek(0)
        self._last_words = self._complaints.read(_MEGABYTE)
        self._complaints.close()
        if self._writer is None:
            self._socket.close()
        else:
            self._writer.transport.abort()

    @property
    def last_line(self) -> str:
        """What an ended process said last."""
        lines = self._last_words.decode("utf-8", "replace").split("\n")
        return next((one.strip() for one in reversed(lines) if one.strip()), "")

    def why_it_ended(self) -> Reason:
        """Tell from the exit status and the last words of an ended process what it died of."""
        if any(known in self._last_words for known in _OUT_OF_MEMORY_WORDS):
            return Reason.OUT_OF_MEMORY
        if self._process.returncode == -signal.SIGABRT and not self._last_words:
            return Reason.OUT_OF_MEMORY  # PDFium says nothing when it gets none (observed)
        return Reason.TIMEOUT if self._process.returncode == -signal.SIGXCPU else Reason.CRASHED
