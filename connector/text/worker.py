"""
One reader process: takes one file at a time over its standard input, which is a socket, until that closes.

Whatever a file does to this process, the daemon only sees the socket close. It is started with an empty
environment, may not write files, and dies with its parent. Signals that ask a whole group of processes to end (Ctrl-C,
`timeout`, a terminal that closes) are for the parent, which finishes what it has in hand: to end here would look as
if the file had done it.

On the wire: frames of four bytes of length (network order) and msgpack. The reader says Ready once; each
Request is answered by Begun before the file is touched, Inside before each file within it, and Extracted after it.
"""

from __future__ import annotations

import math
import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from connector.machine.process_end import end_with_parent
from connector.text.extract import Extracted, Limits, extract
from connector.text.ocr import Scan, Scanned
from connector.text.reasons import Reason

FRAME_HEAD: Final = struct.Struct("!I")
_ADDRESS_SPACE_EXTRA_BYTES: Final = 1 << 30
_LOG_BYTES: Final = 1 << 20
_FOR_THE_PARENT: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Setup(msgspec.Struct, frozen=True):
    """What a reader is told at its start, on its command line."""

    parent_pid: int
    data_bytes: int
    timeout_s: float


class Request(msgspec.Struct, frozen=True):
    """One file to read; the path is absolute, since the worker stands in another folder."""

    path: str
    name: str
    mime_type: str
    limits: Limits
    scan: Scan | None = None
    """What OCR is to read of it; else its text is asked for."""


READY: Final = b"ready"
BEGUN: Final = b"begun"
INSIDE: Final = b"inside"


def encode_frame(payload: bytes) -> bytes:
    """Put the length before a payload."""
    return FRAME_HEAD.pack(len(payload)) + payload


def main(setup: Setup, connection: socket.socket) -> None:
    """Serve one parent until the socket closes; ends the process early after it ran out of memory."""
    _die_with_parent(setup.parent_pid)
    for number in _FOR_THE_PARENT:
        signal.signal(number, signal.SIG_IGN)
    _limit_resources(setup.data_bytes)
    decode = msgspec.msgpack.Decoder(Request).decode
    encode = msgspec.msgpack.Encoder().encode
    with connection, connection.makefile("rb") as stream:
        connection.sendall(encode_frame(READY))
        while head := stream.read(FRAME_HEAD.size):
            request = decode(stream.read(*FRAME_HEAD.unpack(head)))
            connection.sendall(encode_frame(BEGUN))
            _limit_cpu(setup.timeout_s)
            result = _answer(request, lambda: connection.sendall(encode_frame(INSIDE)))
            connection.sendall(encode_frame(encode(result)))
            if result.reason is Reason.OUT_OF_MEMORY:
                return


def _answer(request: Request, inside_begun: Callable[[], None]) -> Extracted | Scanned:
    path = Path(request.path)
    try:
        if request.scan is None:
            return extract(path, request.name, request.mime_type, request.limits, inside_begun)
        # loaded where it is wanted: a worker that reads no scan never pays for the library of pictures
        from connector.text.scan import read_scan

        return read_scan(path, request.scan)
    except MemoryError:
        return (Extracted if request.scan is None else Scanned)(reason=Reason.OUT_OF_MEMORY)


def _die_with_parent(parent_pid: int) -> None:
    end_with_parent()
    if os.getppid() != parent_pid:
        sys.exit("the parent is gone")


def _limit_resources(data_bytes: int) -> None:
    # DATA counts what the process really takes for itself; AS is wider, since libraries reserve address
    # space that they never use, and is there for what DATA does not count.
    _lower(resource.RLIMIT_DATA, data_bytes)
    _lower(resource.RLIMIT_AS, data_bytes + _ADDRESS_SPACE_EXTRA_BYTES)
    _lower(resource.RLIMIT_FSIZE, _LOG_BYTES)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(limit: int, value: int) -> None:
    hard = resource.getrlimit(limit)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (value, value))


def _limit_cpu(timeout_s: float) -> None:
    """Let the kernel stop a file that the parent, itself stopped, could not stop in time."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + 2 * timeout_s) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(
        resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
    )


if __name__ == "__main__":
    main(msgspec.json.decode(sys.argv[1], type=Setup), socket.socket(fileno=os.dup(0)))
