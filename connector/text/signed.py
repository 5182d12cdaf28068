"""
Signed mails and files (P7M): the content within the signature. PURE.

Only as much of DER is read as leads to the content; the signature itself is not looked at. What is encrypted
has no content that anybody without its key could read.

Source: RFC 5652 sections 3 and 5.1, X.690 8.1 (definite and indefinite lengths).
"""

from __future__ import annotations

import base64
import binascii
from typing import Final, NamedTuple

from connector.text.embedded import Inside, Readable
from connector.text.reasons import NoTextError, Reason

_SIGNED_DATA: Final = bytes.fromhex("2a864886f70d010702")
_SEQUENCE: Final = 0x30
_CONTEXT_0: Final = 0xA0
_IDENTIFIER: Final = 0x06
_OCTETS: Final = 0x04
_OCTETS_IN_PARTS: Final = 0x24
_MAX_PARTS: Final = 1_000_000


class _Element(NamedTuple):
    tag: int
    begin: int
    """Of its content."""
    end: int
    after: int


def signed_content(der: bytes) -> bytes | None:
    """Return what was signed, empty where it stands elsewhere; None where it is encrypted, or is no such thing."""
    if der[:1] != b"\x30":
        try:
            der = base64.b64decode(b"".join(line for line in der.split() if not line.startswith(b"-----")))
        except (binascii.Error, ValueError):
            return None
    try:
        return _content_of(der)
    except (IndexError, ValueError):
        return None


def _content_of(der: bytes) -> bytes | None:
    outer = _element(der, 0)
    kind = _element(der, outer.begin)
    if kind.tag != _IDENTIFIER or der[kind.begin : kind.end] != _SIGNED_DATA:
        return None
    signed = _element(der, _element(der, kind.after).begin)
    place = _element(der, signed.begin).after  # the version
    place = _element(der, place).after  # the digests' names
    encapsulated = _element(der, place)
    kind = _element(der, encapsulated.begin)
    if encapsulated.tag != _SEQUENCE or kind.tag != _IDENTIFIER:
        return None
    if kind.after >= encapsulated.end:
        return b""
    wrapper = _element(der, kind.after)
    if wrapper.tag != _CONTEXT_0:
        return None
    octets = _element(der, wrapper.begin)
    if octets.tag == _OCTETS:
        return der[octets.begin : octets.end]
    if octets.tag != _OCTETS_IN_PARTS:
        return None
    pieces, place = [], octets.begin
    for _ in range(_MAX_PARTS):
        if place >= octets.end:
            break
        piece = _element(der, place)
        if piece.tag != _OCTETS:
            break
        pieces.append(der[piece.begin : piece.end])
        place = piece.after
    return b"".join(pieces)


def _element(der: bytes, place: int) -> _Element:
    """Read a tag and a length; an indefinite length is followed to its end mark."""
    tag, length = der[place], der[place + 1]
    begin = place + 2
    if length == 0x80:
        return _Element(tag, begin, len(der), _end_of(der, begin) if tag not in _WALKED_INTO else len(der))
    if length > 0x80:
        count = length - 0x80
        if count > 8:
            raise ValueError("a length of more than eight bytes")
        length = int.from_bytes(der[begin : begin + count])
        begin += count
    end = begin + length
    return _Element(tag, begin, min(end, len(der)), end)


_WALKED_INTO: Final = frozenset({_SEQUENCE, _CONTEXT_0, _OCTETS_IN_PARTS})
"""What is looked into, never passed over, as far as the content: their ends need not be known."""


def _end_of(der: bytes, place: int) -> int:
    """Find the end mark of an element of indefinite length, without recursion."""
    depth = 1
    while depth:
        tag, length = der[place], der[place + 1]
        if tag == 0 and length == 0:
            depth -= 1
            place += 2
        elif length == 0x80:
            depth += 1
            place += 2
        else:
            place = _element(der, place).after
    return place


def read_signed(file: Readable, inside: Inside) -> None:
    """
    Gather a signed file: what was signed, as a file of its own.

    Raises:
        NoTextError: ENCRYPTED; EMPTY, the signature stands by itself.
    """
    with file.open("rb") as stream:
        content = signed_content(stream.read())
    if content is None:
        raise NoTextError(Reason.ENCRYPTED)
    if not content:
        raise NoTextError(Reason.EMPTY)
    inside.add("", "", lambda most: content if len(content) <= most else None, mail=True)
