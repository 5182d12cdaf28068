"""
Objects that a document holds: a file that was dropped into it, under its name, or a package of another program.

Source: [MS-OLEDS] 2.3.6 (OLENativeStream); what stands in the native data of a dropped file is documented by no vendor
(observed: its name, its path, where it lay, then its bytes).
"""

from __future__ import annotations

import struct
from typing import Final

from connector.text.charset import decode_bytes
from connector.text.inner import MAX_FILE_BYTES, Inside, Readable
from connector.text.ole import NATIVE_FILE, WHOLE_FILES, CompoundFile

_MOST: Final = MAX_FILE_BYTES + 4_096


def read_object(file: Readable, inside: Inside) -> None:
    """Gather the file within an object: its name and its text; nothing where there is none."""
    with file.open("rb") as stream:
        compound = CompoundFile(stream)
        native = compound.read_stream(NATIVE_FILE, max_bytes=_MOST)
        whole = next(
            (found for name in WHOLE_FILES if (found := compound.read_stream(name, max_bytes=_MOST))), b""
        )
    if native:
        name, content = _dropped(native)
        inside.add(name, "", lambda most: content if len(content) <= most else None, mail=True)
    elif whole:
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
