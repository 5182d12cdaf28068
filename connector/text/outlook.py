"""
Mails that Outlook saved (MSG): headers, the best body, names and text of attachments, mails in mails.

Source: [MS-OXMSG]; properties in [MS-OXPROPS].
"""

from __future__ import annotations

import struct
from typing import Final

from connector.document.clean import TextGatherer
from connector.text import mapi
from connector.text.charset import decode_bytes
from connector.text.embedded import Inside, Readable
from connector.text.ole import CompoundFile, Storage
from connector.text.packaged import read_storage

_PROPERTIES: Final = "__properties_version1.0"
_VALUE: Final = "__substg1.0_"
_ATTACHMENT: Final = "__attach_version1.0_"
_UNICODE: Final = "001F"
_STRING8: Final = "001E"
_BINARY: Final = "0102"
_OBJECT: Final = "000D"
_MAX_TEXT_BYTES: Final = 8_000_000
_MAX_ATTACHMENTS: Final = 5_000
_UTF8_PAGE: Final = 65001


class _Store:
    """One storage of properties: a message, a recipient or an attachment."""

    def __init__(self, file: CompoundFile, path: tuple[str, ...], page: str) -> None:
        self._file = file
        self.path = path
        self._page = page

    def text(self, tag: int) -> str:
        """A property that is a text, in either of its forms."""
        wide = self._file.read_stream(*self.path, f"{_VALUE}{tag:04X}{_UNICODE}", max_bytes=_MAX_TEXT_BYTES)
        if wide:
            return wide.decode("utf-16-le", errors="replace").rstrip("\0")
        narrow = self._file.read_stream(*self.path, f"{_VALUE}{tag:04X}{_STRING8}", max_bytes=_MAX_TEXT_BYTES)
        return decode_text(narrow.rstrip(b"\0"), self._page)

    def binary(self, tag: int, max_bytes: int) -> bytes:
        """A property that is bytes."""
        return self._file.read_stream(*self.path, f"{_VALUE}{tag:04X}{_BINARY}", max_bytes=max_bytes)


def decode_text(raw: bytes, page: str) -> str:
    """UTF-8 where it is valid: what the mail says of its code page speaks of its HTML, not always of its texts."""
    if raw.isascii():  # some encodings of the east have no other bytes
        return decode_bytes(raw, page)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return decode_bytes(raw, page)


def read_outlook(file: Readable, gatherer: TextGatherer, inside: Inside) -> None:
    """
    Gather a saved mail.

    Raises:
        NoTextError: BROKEN, the file cannot be read.
    """
    with file.open("rb") as stream:
        _read_message(CompoundFile(stream), (), gatherer, inside)


def _read_message(file: CompoundFile, path: tuple[str, ...], gatherer: TextGatherer, inside: Inside) -> None:
    page_of_texts, page_of_html = _code_pages(file, path)
    store = _Store(file, path, page_of_texts)
    sender = " ".join(
        dict.fromkeys(
            filter(
                None,
                (
                    store.text(mapi.SENDER_NAME),
                    store.text(mapi.SENDER_SMTP) or store.text(mapi.SENDER_ADDRESS),
                ),
            )
        )
    )
    for name, value in (
        ("Subject", store.text(mapi.SUBJECT)),
        ("From", sender),
        ("To", store.text(mapi.DISPLAY_TO)),
        ("Cc", store.text(mapi.DISPLAY_CC)),
    ):
        if value:
            gatherer.add(f"{name}: {value}\n")
    if store.text(mapi.CLASS).startswith("IPM.Contact"):
        for tag in mapi.CONTACT:
            gatherer.add(store.text(tag) + "\n")
    gatherer.add("\n")
    bodies = mapi.Bodies()
    bodies.plain = store.text(mapi.BODY)
    page = store.binary(mapi.BODY_HTML, _MAX_TEXT_BYTES) or store.text(mapi.BODY_HTML)
    bodies.take(mapi.BODY_HTML, page, page_of_html)
    bodies.rtf = store.binary(mapi.BODY_RTF, _MAX_TEXT_BYTES)
    bodies.gather(gatherer)
    attachments = [one for one in file.children(*path) if one.name.lower().startswith(_ATTACHMENT)]
    for one in attachments[:_MAX_ATTACHMENTS]:
        if inside.full:
            return
        _read_attachment(file, (*path, one.name), gatherer, inside)


def _read_attachment(
    file: CompoundFile, path: tuple[str, ...], gatherer: TextGatherer, inside: Inside
) -> None:
    store = _Store(file, path, "")
    name = store.text(mapi.LONG_FILENAME) or store.text(mapi.FILENAME) or store.text(mapi.DISPLAY_NAME)
    message = f"{_VALUE}{mapi.DATA:04X}{_OBJECT}"
    if any(one.name.lower() == message.lower() and one.storage for one in file.children(*path)):
        gatherer.add(f"\n{name}\n")
        content_of = Storage(file, (*path, message))
        if _PROPERTIES not in content_of.names:
            # no mail: an object of another program that stands in its midst
            read_storage(content_of, gatherer, inside)
            return
        within = inside.forwarded()
        if within is not None:
            _read_message(file, (*path, message), gatherer, within)
        return

    def content(most: int) -> bytes | None:
        data = store.binary(mapi.DATA, most + 1)
        return data if len(data) <= most else None

    inside.add(name, store.text(mapi.MIME_TYPE), content, mail=True)


def _code_pages(file: CompoundFile, path: tuple[str, ...]) -> tuple[str, str]:
    """The code pages of the texts that are not Unicode, and of the HTML; empty where the mail does not say, or cannot mean it."""
    head = 24 if path else 32
    fixed = file.read_stream(*path, _PROPERTIES, max_bytes=100_000)
    pages: dict[int, int] = {}
    for place in range(head, len(fixed) - 15, 16):
        _, tag, _, value = struct.unpack_from("<HHIi", fixed, place)
        pages[tag] = value
    texts, page = pages.get(mapi.MESSAGE_CODE_PAGE), pages.get(mapi.INTERNET_CODE_PAGE)
    return _named(texts or page), _named(page or texts)


def _named(page: int | None) -> str:
    return f"cp{page}" if page and page != _UTF8_PAGE else ""
