"""
Objects that a document holds: a file that was dropped into it, under its name, or a package of another program.

Source: [MS-OLEDS] 2.3.6 (OLENativeStream); what stands in the native data of a dropped file is documented by no vendor
(observed: its name, its path, where it lay, then its bytes).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from connector.document.clean import TextGatherer
from connector.text.charset import decode_bytes
from connector.text.embedded import MAX_FILE_BYTES, Inside, Readable
from connector.text.ole import FILE_HEADS, NATIVE_FILE, SIGNATURE, WHOLE_FILES, CompoundFile, Storage
from connector.text.reasons import NoTextError

_MOST: Final = MAX_FILE_BYTES + 4_096
_POOL: Final = "objectpool"
_OF_WORKBOOKS: Final = "mbd"
_MAX_OBJECTS: Final = 1_000


def read_object(file: Readable, inside: Inside) -> None:
    """Gather the file within an object: its name and its text; nothing where there is none."""
    with file.open("rb") as stream:
        _add_file(Storage(CompoundFile(stream)), inside)


def read_embedded(file: Readable, gatherer: TextGatherer, inside: Inside) -> None:
    """Gather what is embedded in a DOC or an XLS, which keep each object in a storage of its own; damage ends it."""
    with file.open("rb") as stream, suppress(NoTextError):
        if stream.read(len(SIGNATURE)) != SIGNATURE:
            return
        whole = Storage(CompoundFile(stream))
        pools = [one for one in whole.storages() if one.name.lower() == _POOL]
        held = [one for one in whole.storages() if one.name.lower().startswith(_OF_WORKBOOKS)]
        for one in [*(child for pool in pools for child in pool.storages()), *held][:_MAX_OBJECTS]:
            if gatherer.full:
                return
            read_storage(one, gatherer, inside)


def read_storage(storage: Storage, gatherer: TextGatherer, inside: Inside) -> None:
    """Gather the object that one storage keeps: a document of old Office, or a file."""
    names = storage.names
    gather: Callable[[Storage, TextGatherer], object] | None = None
    if "worddocument" in names:
        from connector.text.word97 import gather_word97

        gather = gather_word97
    elif names & {"workbook", "book"}:
        from connector.text.biff import gather_workbook

        gather = gather_workbook
    elif "powerpoint document" in names:
        from connector.text.powerpoint97 import gather_slides

        gather = gather_slides
    if gather is None:
        _add_file(storage, inside)
    elif inside.forwarded() is not None:
        gatherer.add("\n")
        with suppress(NoTextError):
            gather(storage, gatherer)


def _add_file(storage: Storage, inside: Inside) -> None:
    native = storage.read(NATIVE_FILE, _MOST)
    if native:
        name, content = _dropped(native)
        inside.add(name, "", lambda most: content if len(content) <= most else None, mail=True)
        return
    whole = next((found for name in WHOLE_FILES if (found := storage.read(name, _MOST))), b"")
    if whole[:4] in FILE_HEADS:
        inside.add("", "", lambda most: whole if len(whole) <= most else None, mail=True)


def _dropped(native: bytes) -> tuple[str, bytes]:
    """The name and the bytes of a dropped file; empty what makes no sense."""
    parts = native[6:].split(b"\0", 2)
    if len(parts) < 3 or native[4:6] != b"\x02\x00":
        return "", b""
    place = 6 + len(parts[0]) + 1 + len(parts[1]) + 1 + 4
    if place + 4 > len(native):
        return "", b""
    place += 4 + struct.unpack_from("<I", native, place)[0]  # where it lay for a while
    size = struct.unpack_from("<I", native, place)[0] if place + 4 <= len(native) else 0
    name = decode_bytes(parts[0] or parts[1]).replace("\\", "/").rpartition("/")[2]
    return name, native[place + 4 : place + 4 + size]
