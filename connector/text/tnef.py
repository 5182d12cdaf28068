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
from connector.text.embedded import Inside
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


class _Mail:
    """What was read of a mail so far."""

    def __init__(self) -> None:
        self.subject = ""
        self.bodies = Bodies()
        self.attached: list[_Attachment] = []
        self._page = "cp1252"
        """Of texts that are no Unicode, until the mail names another code page."""

    def take(self, attribute: int, data: bytes) -> None:
        """Take the next attribute; those of an attachment count for the one that began last."""
        if attribute == _CODE_PAGE and len(data) >= 4:
            self._page = f"cp{struct.unpack_from('<I', data)[0]}"
        elif attribute == _SUBJECT:
            self.subject = self._text(data)
        elif attribute == _BODY:
            self.bodies.plain = self._text(data)
        elif attribute == _MESSAGE_PROPERTIES:
            self._take_properties(data)
        elif attribute == _ATTACHMENT_BEGINS:
            self.attached.append(_Attachment())
        elif self.attached:
            self._take_of_attachment(self.attached[-1], attribute, data)

    def _text(self, data: bytes) -> str:
        return decode_bytes(data.rstrip(b"\0"), self._page)

    def _take_properties(self, data: bytes) -> None:
        for tag, value in _properties(data, self._page):
            if tag == SUBJECT and isinstance(value, str):
                self.subject = value
            self.bodies.take(tag, value)

    def _take_of_attachment(self, one: _Attachment, attribute: int, data: bytes) -> None:
        if attribute == _ATTACHMENT_TITLE:
            one.name = one.name or self._text(data)
        elif attribute == _ATTACHMENT_DATA:
            one.data = data
        elif attribute == _ATTACHMENT_PROPERTIES:
            for tag, value in _properties(data, self._page):
                if tag == LONG_FILENAME and isinstance(value, str) and value:
                    one.name = value
                elif tag == DATA and isinstance(value, bytes) and one.data is None:
                    one.data = value[16:]  # after the id of its interface


def read_tnef(content: bytes, gatherer: TextGatherer, inside: Inside) -> None:
    """Gather what is wrapped up; damage ends the reading there."""
    mail = _Mail()
    for attribute, data in _attributes(content):
        mail.take(attribute, data)
    gatherer.add(f"\n{mail.subject}\n")
    mail.bodies.gather(gatherer)
    for one in mail.attached:
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
