"""
The directory of an OLE compound file, enough to tell its kind and whether a password guards it.

Source: Microsoft [MS-CFB]; the flags of protection in [MS-DOC] 2.5.2, [MS-XLS] 2.4.117, [MS-PPT] 2.3.2.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import IO, Final

from connector.text.reasons import NoTextError, Reason

SIGNATURE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END: Final = 0xFFFFFFFA  # from here on sector numbers are marks: end of chain, free, table sector
_MAX_DIRECTORY_BYTES: Final = 4_000_000
_ROOT_ENTRY: Final = 5
_DOC_ENCRYPTED: Final = 0x0100
_XLS_FILEPASS: Final = 0x002F
_PPT_ENCRYPTED: Final = 0xF3D1C4DF


class CompoundFile:
    """
    Reads names and beginnings of streams; follows at most as many sectors as the file has.

    Raises:
        NoTextError: BROKEN, the header or a chain makes no sense.
    """

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        stream.seek(0)
        header = stream.read(512)
        if len(header) < 512 or not header.startswith(SIGNATURE):
            raise NoTextError(Reason.BROKEN)
        sector_shift, mini_shift = struct.unpack_from("<HH", header, 30)
        if sector_shift not in {9, 12} or mini_shift != 6:
            raise NoTextError(Reason.BROKEN)
        self._sector_bytes = 1 << sector_shift
        self._sectors = size // self._sector_bytes + 1
        self._directory_start, self._mini_table_start = (
            struct.unpack_from("<I", header, 48)[0],
            struct.unpack_from("<I", header, 60)[0],
        )
        self._table_sectors = list(struct.unpack_from("<109I", header, 76))
        self._add_table_sectors(*struct.unpack_from("<I", header, 68))
        self._tables: dict[int, tuple[int, ...]] = {}
        self._entries = self._read_directory()

    @property
    def names(self) -> frozenset[str]:
        """The names of the streams and storages directly under the root."""
        return frozenset(self._entries)

    def read_stream(self, name: str, max_bytes: int) -> bytes:
        """Return the first bytes of a stream, empty when there is no such stream."""
        if name not in self._entries:
            return b""
        start, size = self._entries[name]
        wanted = min(size, max_bytes)
        if size >= 4096:
            return self._read_chain(start, wanted)
        root_start, root_size = self._entries["Root Entry"]
        mini = self._read_chain(root_start, min(root_size, _MAX_DIRECTORY_BYTES))
        table_bytes = self._read_chain(self._mini_table_start, _MAX_DIRECTORY_BYTES)
        table = struct.unpack(f"<{len(table_bytes) // 4}I", table_bytes[: len(table_bytes) // 4 * 4])
        found = b""
        while start < len(table) and len(found) < wanted:
            found += mini[start * 64 : start * 64 + 64]
            start = table[start]
        return found[:wanted]

    def _sector(self, number: int) -> bytes:
        self._stream.seek((number + 1) * self._sector_bytes)
        return self._stream.read(self._sector_bytes)

    def _add_table_sectors(self, number: int) -> None:
        for _ in range(self._sectors):
            if number >= _END:
                return
            words = self._sector_words(number)
            self._table_sectors += words[:-1]
            number = words[-1]
        raise NoTextError(Reason.BROKEN)

    def _sector_words(self, number: int) -> tuple[int, ...]:
        content = self._sector(number)
        if len(content) < self._sector_bytes:
            raise NoTextError(Reason.BROKEN)
        return struct.unpack(f"<{self._sector_bytes // 4}I", content)

    def _next(self, number: int) -> int:
        table, place = divmod(number, self._sector_bytes // 4)
        if table >= len(self._table_sectors) or self._table_sectors[table] >= _END:
            raise NoTextError(Reason.BROKEN)
        if table not in self._tables:
            self._tables[table] = self._sector_words(self._table_sectors[table])
        following: int = self._tables[table][place]
        return following

    def _read_chain(self, number: int, max_bytes: int) -> bytes:
        found = bytearray()
        for _ in range(self._sectors):
            if number >= _END or len(found) >= max_bytes:
                break
            found += self._sector(number)
            number = self._next(number)
        return bytes(found[:max_bytes])

    def _read_directory(self) -> dict[str, tuple[int, int]]:
        content = self._read_chain(self._directory_start, _MAX_DIRECTORY_BYTES)
        if len(content) < 128 or content[66] != _ROOT_ENTRY:
            raise NoTextError(Reason.BROKEN)
        entries = {"Root Entry": struct.unpack_from("<II", content, 116)}
        # Only what stands directly under the root tells the kind: embedded objects repeat the names below.
        waiting = [struct.unpack_from("<I", content, 76)[0]]
        seen: set[int] = set()
        while waiting:
            number = waiting.pop()
            offset = number * 128
            if number in seen or offset + 128 > len(content):
                continue
            seen.add(number)
            name_bytes, left, right = struct.unpack_from("<H2x2I", content, offset + 64)
            waiting += [left, right]
            name = content[offset : offset + max(0, min(name_bytes, 64) - 2)].decode(
                "utf-16-le", errors="replace"
            )
            entries[name] = struct.unpack_from("<II", content, offset + 116)
        return entries


def tell_ole_kind(path: Path) -> str:
    """
    Name the kind of an OLE file: doc, xls, ppt, msg, or other (Visio, Revit, installers ...).

    Raises:
        NoTextError: ENCRYPTED for protected files, old and new; BROKEN when it cannot be read.
    """
    with path.open("rb") as stream:
        compound = CompoundFile(stream, path.stat().st_size)
        names = compound.names
        if {"EncryptedPackage", "EncryptionInfo"} & names:
            raise NoTextError(Reason.ENCRYPTED)
        if "WordDocument" in names:
            _refuse_when(_word_is_encrypted(compound.read_stream("WordDocument", 32)))
            return "doc"
        for book in ("Workbook", "Book"):
            if book in names:
                _refuse_when(_excel_is_encrypted(compound.read_stream(book, 8192)))
                return "xls"
        if "PowerPoint Document" in names:
            token = compound.read_stream("Current User", 16)[12:16]
            _refuse_when(token == struct.pack("<I", _PPT_ENCRYPTED) or "EncryptedSummary" in names)
            return "ppt"
        return "msg" if "__properties_version1.0" in names else "other"


def _refuse_when(encrypted: bool) -> None:
    if encrypted:
        raise NoTextError(Reason.ENCRYPTED)


def _word_is_encrypted(header: bytes) -> bool:
    return len(header) >= 12 and bool(struct.unpack_from("<H", header, 10)[0] & _DOC_ENCRYPTED)


def _excel_is_encrypted(head: bytes) -> bool:
    """Look for the FilePass record, which stands near the first BOF record."""
    offset = 0
    while offset + 4 <= len(head):
        record, size = struct.unpack_from("<HH", head, offset)
        if record == _XLS_FILEPASS:
            return True
        offset += 4 + size
    return False
