"""
What Outlook keeps of a mail, in MSG files and in winmail.dat alike: numbers of properties, and which body is read. PURE.

Source: [MS-OXPROPS]; compressed RTF in [MS-OXRTFCP].
"""

from __future__ import annotations

import re
import struct
from typing import Final

from connector.document.clean import TextGatherer
from connector.document.encoded import without_encoded
from connector.text.charset import decode_page
from connector.text.html import MAX_FILE_STEPS, MAX_MAIL_CHARS, markup_to_raw
from connector.text.rtf import gather_rtf

SUBJECT: Final = 0x0037
SENDER_NAME: Final = 0x0C1A
SENDER_ADDRESS: Final = 0x0C1F
SENDER_SMTP: Final = 0x5D01
DISPLAY_TO: Final = 0x0E04
DISPLAY_CC: Final = 0x0E03
BODY: Final = 0x1000
BODY_RTF: Final = 0x1009
BODY_HTML: Final = 0x1013
MESSAGE_CODE_PAGE: Final = 0x3FFD
INTERNET_CODE_PAGE: Final = 0x3FDE
DATA: Final = 0x3701
FILENAME: Final = 0x3704
LONG_FILENAME: Final = 0x3707
MIME_TYPE: Final = 0x370E
DISPLAY_NAME: Final = 0x3001
CLASS: Final = 0x001A
CONTACT: Final = (
    0x3001,
    0x3A16,
    0x3A17,
    0x3A18,
    0x3A08,
    0x3A1C,
    0x3A09,
    0x3A15,
    0x3A29,
    0x3A27,
    0x3A2A,
    0x3A26,
)
"""Of a contact: name, company, title, department, telephones, address."""
_COMPRESSED: Final = 0x75465A4C
_UNCOMPRESSED: Final = 0x414C454D
_MAX_RTF_BYTES: Final = 30_000_000
_FIRST_WORDS: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_WORD: Final = re.compile(r"\w+")


class Bodies:
    """The bodies that one mail has: the same words, more or less of them."""

    def __init__(self) -> None:
        self.plain = ""
        self.html = ""
        self.rtf = b""

    def take(self, tag: int, value: str | bytes, page: str = "") -> None:
        """Keep a property if it is a body; the code page is that of a page that does not declare its own."""
        if tag == BODY and isinstance(value, str):
            self.plain = value
        elif tag == BODY_HTML:
            self.html = without_encoded(value if isinstance(value, str) else decode_page(value, page))
        elif tag == BODY_RTF and isinstance(value, bytes):
            self.rtf = value

    def gather(self, gatherer: TextGatherer) -> None:
        """Gather the plain body, the HTML one where that says much more, else the rich one."""
        page = markup_to_raw(self.html[:MAX_MAIL_CHARS], MAX_FILE_STEPS) if self.html else ""
        plain, rich = len(_WORD.findall(self.plain)), len(_WORD.findall(page))
        if plain and plain >= 0.8 * rich:
            gatherer.add(self.plain)
        elif rich:
            gatherer.add(page)
        elif self.rtf:
            gather_rtf(decompress_rtf(self.rtf), gatherer)
        gatherer.add("\n")


def decompress_rtf(packed: bytes) -> bytes:
    """Unpack compressed RTF, as far as it makes sense; empty where it is none."""
    if len(packed) < 16:
        return b""
    _, raw_size, kind = struct.unpack_from("<III", packed)
    if kind == _UNCOMPRESSED:
        return packed[16 : 16 + raw_size]
    if kind != _COMPRESSED:
        return b""
    found = bytearray(_FIRST_WORDS)
    most = min(raw_size, _MAX_RTF_BYTES) + len(_FIRST_WORDS)
    place, end = 16, len(packed)
    while place < end and len(found) < most:
        control = packed[place]
        place += 1
        for bit in range(8):
            if place >= end:
                break
            if not control >> bit & 1:
                found.append(packed[place])
                place += 1
                continue
            if place + 2 > end:
                return bytes(found[len(_FIRST_WORDS) :])
            offset, length = packed[place] << 4 | packed[place + 1] >> 4, (packed[place + 1] & 15) + 2
            place += 2
            if offset == len(found) % 4096:
                return bytes(found[len(_FIRST_WORDS) :])
            back = (len(found) - offset) % 4096 or 4096
            for _ in range(length):
                found.append(found[-back] if back <= len(found) else 32)
    return bytes(found[len(_FIRST_WORDS) :])
