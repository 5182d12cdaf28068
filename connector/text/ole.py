"""
OLE compound files: their tree of storages and streams, their kind, and whether a password guards them.

Source: Microsoft [MS-CFB]; the flags of protection in [MS-DOC] 2.5.2, [MS-XLS] 2.4.117, [MS-PPT] 2.3.2.
"""

from __future__ import annotations

import struct
from typing import IO, Final, NamedTuple

from connector.text.embedded import Readable
from connector.text.reasons import NoTextError, Reason

SIGNATURE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END: Final = 0xFFFFFFFA  # from here on sector numbers are marks: end of chain, free, table sector
_MAX_DIRECTORY_BYTES: Final = 4_000_000
_MAX_MINI_BYTES: Final = 32_000_000
_SMALL_BYTES: Final = 4096
"""Below this a stream stands in the mini stream."""
_NO_ENTRY: Final = 0xFFFFFFFF
_STORAGE: Final = 1
_ROOT_ENTRY: Final = 5
_MAX_DEPTH: Final = 20
_DOC_ENCRYPTED: Final = 0x0100
_XLS_FILEPASS: Final = 0x002F
_PPT_ENCRYPTED: Final = 0xF3D1C4DF


class Entry(NamedTuple):
    """One stream or storage: its name as written, where it begins, how many bytes it has."""

    name: str
    start: int
    size: int
    storage: bool


class CompoundFile:
    """
    Reads streams by their paths, whose letters' case does not matter; follows at most as many sectors as the file has.

    Raises:
        NoTextError: BROKEN, the header or a chain makes no sense.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        size = stream.seek(0, 2)
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
        self._mini: bytes | None = None
        self._mini_table: tuple[int, ...] = ()
        self.cut = False
        """Its directory leads to where the file has nothing any more."""
        self._root, self._entries = self._read_directory()
        self._children: dict[tuple[str, ...], list[Entry]] | None = None

    @property
    def names(self) -> frozenset[str]:
        """The names of the streams and storages directly under the root, in lower case."""
        return frozenset(path[0] for path in self._entries if len(path) == 1)

    def children(self, *path: str) -> list[Entry]:
        """What stands directly in a storage (in the root, without a path), in the order of the names."""
        if self._children is None:  # a mail of thousands of attachments asks for those of each
            self._children = {}
            for place, entry in sorted(self._entries.items()):
                self._children.setdefault(place[:-1], []).append(entry)
        return self._children.get(tuple(part.lower() for part in path), [])

    def read_stream(self, *path: str, max_bytes: int) -> bytes:
        """Return the first bytes of a stream, empty when there is no such stream."""
        entry = self._entries.get(tuple(part.lower() for part in path))
        if entry is None or entry.storage:
            return b""
        wanted = min(entry.size, max_bytes)
        if entry.size >= _SMALL_BYTES:
            return self._read_chain(entry.start, wanted)
        if self._mini is None:
            self._mini = self._read_chain(self._root.start, min(self._root.size, _MAX_MINI_BYTES))
            table = self._read_chain(self._mini_table_start, _MAX_DIRECTORY_BYTES)
            self._mini_table = struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4])
        found, start = b"", entry.start
        while start < len(self._mini_table) and len(found) < wanted:
            found += self._mini[start * 64 : start * 64 + 64]
            start = self._mini_table[start]
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

    def _read_directory(self) -> tuple[Entry, dict[tuple[str, ...], Entry]]:
        content = self._read_chain(self._directory_start, _MAX_DIRECTORY_BYTES)
        if len(content) < 128 or content[66] != _ROOT_ENTRY:
            raise NoTextError(Reason.BROKEN)
        start, size = struct.unpack_from("<II", content, 116)
        root = Entry("Root Entry", start, size, storage=True)
        entries: dict[tuple[str, ...], Entry] = {}
        waiting: list[tuple[int, tuple[str, ...]]] = [(struct.unpack_from("<I", content, 76)[0], ())]
        seen: set[int] = set()
        while waiting:
            number, parent = waiting.pop()
            offset = number * 128
            if number in seen or offset + 128 > len(content):
                self.cut = self.cut or (number not in seen and number != _NO_ENTRY)
                continue
            seen.add(number)
            name_bytes, kind, left, right, child = struct.unpack_from("<HBx3I", content, offset + 64)
            waiting += [(left, parent), (right, parent)]
            name = content[offset : offset + max(0, min(name_bytes, 64) - 2)].decode(
                "utf-16-le", errors="replace"
            )
            path = (*parent, name.lower())
            storage = kind == _STORAGE
            start, size = struct.unpack_from("<II", content, offset + 116)
            entries[path] = Entry(name, start, size, storage)
            if storage and child != _NO_ENTRY and len(path) < _MAX_DEPTH:
                waiting.append((child, path))
        return root, entries


def _holds_a_file(compound: CompoundFile, names: frozenset[str]) -> bool:
    """Whether it is an object that a document held; other programs have streams of these names, too."""
    whole = (compound.read_stream(name, max_bytes=4) for name in WHOLE_FILES if name in names)
    return NATIVE_FILE in names or any(head in FILE_HEADS for head in whole)


NATIVE_FILE: Final = "\x01ole10native"
"""The stream of a file that was dropped into a document."""
WHOLE_FILES: Final = ("package", "contents")
"""Streams that are a file as it is: an office package, a PDF."""
FILE_HEADS: Final = frozenset({b"PK\x03\x04", b"%PDF"})


class Storage:
    """One storage of a compound file, or the whole of it."""

    def __init__(self, file: CompoundFile, path: tuple[str, ...] = ()) -> None:
        self._file = file
        self._path = path

    @property
    def name(self) -> str:
        """Its own name as written, empty for the whole."""
        return self._path[-1] if self._path else ""

    @property
    def names(self) -> frozenset[str]:
        """The names of what stands directly in it, in lower case."""
        return frozenset(one.name.lower() for one in self._file.children(*self._path))

    def storages(self) -> list[Storage]:
        """The storages that stand directly in it."""
        return [
            Storage(self._file, (*self._path, one.name))
            for one in self._file.children(*self._path)
            if one.storage
        ]

    def read(self, name: str, max_bytes: int) -> bytes:
        """The first bytes of a stream in it, empty when there is no such stream."""
        return self._file.read_stream(*self._path, name, max_bytes=max_bytes)


def tell_ole_kind(file: Readable) -> str:
    """
    Name the kind of an OLE file: doc, xls, ppt, msg, ole (an object with a file in it), or other (Visio, Revit, installers ...).

    Raises:
        NoTextError: ENCRYPTED for protected files, old and new; TOO_OLD, PowerPoint 95; BROKEN when it cannot be read.
    """
    with file.open("rb") as stream:
        compound = CompoundFile(stream)
        names = compound.names
        if {"encryptedpackage", "encryptioninfo", "\x09drmcontent"} & names:
            raise NoTextError(Reason.ENCRYPTED)
        if "worddocument" in names:
            _refuse_when(_word_is_encrypted(compound.read_stream("WordDocument", max_bytes=32)))
            return "doc"
        for book in ("workbook", "book"):
            if book in names:
                _refuse_when(_excel_is_encrypted(compound.read_stream(book, max_bytes=8192)))
                return "xls"
        slides = _slides_in(compound, names)
        if slides is not None:
            token = slides.read("Current User", 16)[12:16]
            _refuse_when(token == struct.pack("<I", _PPT_ENCRYPTED) or "encryptedsummary" in names)
            return "ppt"
        if names & {"pp40", "persistentstorage directory"}:
            raise NoTextError(Reason.TOO_OLD)
        if "__properties_version1.0" in names:
            return "msg"
        if _holds_a_file(compound, names):
            return "ole"
        if compound.cut:  # what would tell is missing
            raise NoTextError(Reason.BROKEN)
        return "other"


def _slides_in(compound: CompoundFile, names: frozenset[str]) -> Storage | None:
    """Where the slides stand: a file for PowerPoint 95, too, keeps those of today in a storage of their own."""
    if DUAL_STORAGE in names:
        return Storage(compound, (DUAL_STORAGE,))
    return (
        Storage(compound)
        if "powerpoint document" in names and "persistentstorage directory" not in names
        else None
    )


DUAL_STORAGE: Final = "pp97_dualstorage"


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
