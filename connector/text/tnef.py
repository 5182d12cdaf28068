"""
winmail.dat (TNEF): the subject, the body and the attachments of a mail that Outlook wrapped up.

Source: [MS-OXTNEF]; properties as in [MS-OXPROPS].
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import partial
from typing import Final

from connector.document.clean import TextGatherer
from connector.text.charset import decode_bytes
from connector.text.inner import Inside
from connector.text.mapi import DATA, LONG_FILENAME, SUBJECT, Bodies

_SUBJECT: Final = 0x00018004
_BODY: Final = 0x0002800C
_MESSAGE_PROPERTIES: Final = 0x00069003
_CODE_PAGE: Final = 0x00069007
_ATTACHMENT_BEGINS: Final = 0x00069002
_ATTACHMENT_DATA: Final = 0x0006800F
_ATTACHMENT_TITLE: Final = 0x00018010
_ATTACHMENT_PROPERTIES: Final = 0x00069005
_FIXED: Final = {
    0x02: 4,
    0x03: 4,
    0x04: 4,
    0x05: 8,
    0x06: 8,
    0x07: 8,
    0x0A: 4,
    0x0B: 4,
    0x14: 8,
    0x40: 8,
    0x48: 16,
}
_NAMED_FROM: Final = 0x8000
_STRING8: Final = 0x1E
_UNICODE: Final = 0x1F
_OBJECT: Final = 0x0D
_BINARY: Final = 0x0102
_MANY: Final = 0x1000


class _Attachment:
    """One attachment while its attributes come."""

    def __init__(self) -> None:
        self.name = ""
        self.data: bytes | None = None


def read_tnef(content: bytes, gatherer: TextGatherer, inside: Inside) -> None:
    """Gather what is wrapped up; damage ends the reading there."""
    page = "cp1252"
    bodies = Bodies()
    subject = ""
    attached: list[_Attachment] = []
    for attribute, data in _attributes(content):
        if attribute == _CODE_PAGE and len(data) >= 4:
            page = f"cp{struct.unpack_from('<I', data)[0]}"
        elif attribute == _SUBJECT:
            subject = decode_bytes(data.rstrip(b"\0"), page)
        elif attribute == _BODY:
            bodies.plain = decode_bytes(data.rstrip(b"\0"), page)
        elif attribute == _MESSAGE_PROPERTIES:
            for tag, value in _properties(data, page):
                if tag == SUBJECT and isinstance(value, str):
                    subject = value
                bodies.take(tag, value)
        elif attribute == _ATTACHMENT_BEGINS:
            attached.append(_Attachment())
        elif attached and attribute == _ATTACHMENT_TITLE:
            attached[-1].name = attached[-1].name or decode_bytes(data.rstrip(b"\0"), page)
        elif attached and attribute == _ATTACHMENT_DATA:
            attached[-1].data = data
        elif attached and attribute == _ATTACHMENT_PROPERTIES:
            for tag, value in _properties(data, page):
                if tag == LONG_FILENAME and isinstance(value, str) and value:
                    attached[-1].name = value
                elif tag == DATA and isinstance(value, bytes) and attached[-1].data is None:
                    attached[-1].data = value[16:]  # after the id of its interface
    gatherer.add(f"\n{subject}\n")
    bodies.gather(gatherer)
    for one in attached:
        inside.add(one.name, "", partial(_at_most, one.data or b""), mail=True)


def _at_most(data: bytes, most: int) -> bytes | None:
    return data if len(data) <= most else None


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Attributes in their order: level byte, id, length, data, checksum (not looked at)."""
    place = 6
    while place + 9 <= len(content):
        attribute, length = struct.unpack_from("<II", content, place + 1)
        yield attribute, content[place + 9 : place + 9 + length]
        place += 9 + length + 2


def _properties(data: bytes, page: str) -> Iterator[tuple[int, str | bytes]]:
    """The texts and bytes of a list of MAPI properties; ends where it makes no sense."""
    try:
        yield from _walk_properties(data, page)
    except (struct.error, IndexError):
        return


def _walk_properties(data: bytes, page: str) -> Iterator[tuple[int, str | bytes]]:
    count, place = struct.unpack_from("<I", data)[0], 4
    for _ in range(min(count, 10_000)):
        kind, tag = struct.unpack_from("<HH", data, place)
        place += 4
        if tag >= _NAMED_FROM:
            place += 16
            by_name, length = struct.unpack_from("<II", data, place)
            place += 8 + ((length + 3) // 4 * 4 if by_name else 0)
        single = kind & ~_MANY
        if single in _FIXED:
            many = 1
            if kind & _MANY:
                many = struct.unpack_from("<I", data, place)[0]
                place += 4
            place += max(4, _FIXED[single]) * many
            continue
        if single not in {_STRING8, _UNICODE, _OBJECT, _BINARY}:
            return
        for _ in range(min(struct.unpack_from("<I", data, place)[0], 10_000)):
            length = struct.unpack_from("<I", data, place + 4)[0]
            raw = data[place + 8 : place + 8 + length]
            if single == _STRING8:
                yield tag, decode_bytes(raw.rstrip(b"\0"), page)
            elif single == _UNICODE:
                yield tag, raw.decode("utf-16-le", errors="replace").rstrip("\0")
            else:
                yield tag, raw
            place += 4 + (length + 3) // 4 * 4
        place += 4
