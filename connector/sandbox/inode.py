"""
What the file system knows of one path, the moment of its creation included.

Inode numbers are given again as soon as a file is deleted; only the time of birth tells the new file from the
old one. Python 3.11 does not read it on Linux, so the system call is made directly.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_AT_FDCWD = -100
_AT_SYMLINK_NOFOLLOW = 0x100
_STATX_BASIC_AND_BIRTH = 0xFFF
_STATX_BIRTH = 0x800
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Inode:
    """Times in nanoseconds since the epoch; `born_ns` is 0 where the file system does not tell."""

    device: tuple[int, int]
    number: int
    born_ns: int
    modified_ns: int
    size: int
    links: int
    is_folder: bool
    is_file: bool


def read_inode(path: str) -> Inode | None:
    """What stands at a path, links not followed; None when nothing does, or nothing that may be read."""
    try:
        return _statx_inode(path) if _statx is not None else _stat_inode(path)
    except OSError:
        return None


def _stat_inode(path: str) -> Inode:
    found = os.lstat(path)
    born = int(getattr(found, "st_birthtime", 0) * _SECOND_NS)
    device = (os.major(found.st_dev), os.minor(found.st_dev))
    folder, file = stat.S_ISDIR(found.st_mode), stat.S_ISREG(found.st_mode)
    return Inode(device, found.st_ino, born, found.st_mtime_ns, found.st_size, found.st_nlink, folder, file)


def _statx_inode(path: str) -> Inode:
    """Source: statx(2): offsets of struct statx, which is the same on every architecture."""
    assert _statx is not None
    buffer = ctypes.create_string_buffer(256)
    if _statx(_AT_FDCWD, os.fsencode(path), _AT_SYMLINK_NOFOLLOW, _STATX_BASIC_AND_BIRTH, buffer) != 0:
        raise OSError(ctypes.get_errno(), "statx", path)
    raw = buffer.raw
    links = struct.unpack_from("=I", raw, 16)[0]
    mask, mode = struct.unpack_from("=I", raw, 0)[0], struct.unpack_from("=H", raw, 28)[0]
    number, size = struct.unpack_from("=QQ", raw, 32)
    born_s, born_ns = struct.unpack_from("=qI", raw, 80)
    modified_s, modified_ns = struct.unpack_from("=qI", raw, 112)
    device = struct.unpack_from("=II", raw, 136)
    return Inode(
        (device[0], device[1]),
        number,
        born_s * _SECOND_NS + born_ns if mask & _STATX_BIRTH else 0,
        modified_s * _SECOND_NS + modified_ns,
        size,
        links,
        stat.S_ISDIR(mode),
        stat.S_ISREG(mode),
    )


def _find_statx() -> Callable[..., int] | None:
    try:
        function: Any = ctypes.CDLL(None, use_errno=True).statx
    except (OSError, AttributeError):
        return None
    function.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint, ctypes.c_char_p]
    function.restype = ctypes.c_int
    found: Callable[..., int] = function
    return found


_statx = _find_statx()
