"""
Zip packages: looked over before anything is unpacked.

A package is told a bomb by what its directory declares, and read piece by piece under a budget, because
the directory may lie. Packages inside of packages are never opened, so their depth does not matter.
"""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final

from connector.text.embedded import Readable
from connector.text.reasons import NoTextError, Reason

SIGNATURES: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK\x03\x04", b"PK00PK\x03\x04")
"""The last two begin an archive that was meant for several disks, and fitted on one."""
MAX_MEMBERS: Final = 20_000
MAX_UNPACKED_BYTES: Final = 2_000_000_000
MAX_RATIO: Final = 200
RATIO_FROM_BYTES: Final = 50_000_000
READ_BYTES: Final = 65_536
_END_RECORD: Final = b"PK\x05\x06"
_END_RECORD_BYTES: Final = 22
_ZIP64_END_RECORD: Final = b"PK\x06\x06"
BAD: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    struct.error,
    ValueError,
    OSError,
)
"""What reading of a damaged package raises."""


@contextmanager
def open_package(file: Readable, *, passwords: bool = False) -> Iterator[zipfile.ZipFile]:
    """
    Open a zip package whose declared sizes are bearable.

    Args:
        passwords: members may have one; they cannot be read, but their names can.

    Raises:
        NoTextError: BOMB, too many members, too much in all, or one large member packed beyond reason;
            ENCRYPTED, a member has a password; BROKEN, it cannot be read, now or later in the block.
    """
    end = _refuse_too_many_members(file)
    try:
        with (
            file.open("rb") as stream,
            zipfile.ZipFile(stream if end is None else _Start(stream, end)) as package,
        ):
            members = package.infolist()
            _refuse_bomb(members)
            if not passwords and any(member.flag_bits & 0x1 for member in members):
                raise NoTextError(Reason.ENCRYPTED)
            yield package
    except BAD as error:
        raise NoTextError(Reason.BROKEN) from error


def _refuse_bomb(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise NoTextError(Reason.BOMB)
    for member in members:
        if member.file_size > RATIO_FROM_BYTES and member.file_size > MAX_RATIO * max(
            member.compress_size, 1
        ):
            raise NoTextError(Reason.BOMB)


class _Start(io.RawIOBase):
    """The first bytes of a file, as if it had no more."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        self._size = size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._stream.seek(*((self._size + offset, 0) if whence == io.SEEK_END else (offset, whence)))

    def readinto(self, buffer: Any, /) -> int:
        taken = self._stream.read(max(0, min(len(buffer), self._size - self._stream.tell())))
        buffer[: len(taken)] = taken
        return len(taken)


def _refuse_too_many_members(file: Readable) -> int | None:
    """
    Read the end record alone: a directory of millions would fill the memory before it could be counted.

    Returns:
        Where the file ends for whoever takes the last mark for that of the end record: the comment behind it has one, too.
    """
    with file.open("rb") as stream:
        stream.seek(0, 2)
        begin = max(0, stream.tell() - 66_000)
        stream.seek(begin)
        tail = stream.read()
    place = _end_record(tail)
    if place < 0 or len(tail) < place + 16:
        raise NoTextError(Reason.BROKEN)
    members, directory_bytes = struct.unpack_from("<HI", tail, place + 10)
    wide = tail.rfind(_ZIP64_END_RECORD, 0, place)
    if (members == 0xFFFF or directory_bytes == 0xFFFFFFFF) and wide >= 0 and len(tail) >= wide + 48:
        members, directory_bytes = struct.unpack_from("<QQ", tail, wide + 32)
    if members > MAX_MEMBERS or directory_bytes > MAX_MEMBERS * 512:
        raise NoTextError(Reason.BOMB)
    return None if place == tail.rfind(_END_RECORD) else begin + place + _END_RECORD_BYTES


def _end_record(tail: bytes) -> int:
    """Where the end record stands: the last whose comment reaches to the end of the file, or the last of all."""
    place = tail.rfind(_END_RECORD)
    while place >= 0:
        behind = len(tail) - place - _END_RECORD_BYTES
        if behind >= 0 and struct.unpack_from("<H", tail, place + _END_RECORD_BYTES - 2)[0] == behind:
            return place
        place = tail.rfind(_END_RECORD, 0, place)
    return tail.rfind(_END_RECORD)
