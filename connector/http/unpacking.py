"""
Compressed bodies, unpacked piece by piece: never more at once than asked for, and never half of one for the whole. PURE.

Only what was asked for (`ACCEPTED`) is unpacked. Neither aiohttp nor httpx says that a compression has no end, and both
unpack without a limit: a body of 600 kB can be 600 MB.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

ACCEPTED = "gzip, deflate"
"""What the connector says it takes."""
PIECE = 262_144
"""Bytes that are unpacked at once, at most."""
_GZIP, _ZLIB, _RAW = 31, 15, -15


class PackedBadly(ValueError):
    """A body is not what its Content-Encoding says, or has no end."""


def unpacker(encoding: str | None) -> Unpacker | None:
    """
    Choose how to unpack a body; None where it is not packed.

    Args:
        encoding: the Content-Encoding header; `x-gzip` is gzip (RFC 9110, 8.4.1.3).

    Raises:
        PackedBadly: it was not asked for.
    """
    if encoding is None:
        return None
    names = [name for part in encoding.split(",") if (name := part.strip().lower()) not in {"", "identity"}]
    if not names:
        return None
    if len(names) > 1 or names[0] not in {"gzip", "x-gzip", "deflate"}:
        raise PackedBadly(f"it is compressed as {encoding.strip()[:40]!r}, which was not asked for")
    return Unpacker(gzip=names[0] != "deflate")


class Unpacker:
    """
    Unpacks one body.

    A gzip body may have several members; what follows the last one is padding. What is called deflate comes with the
    frame of zlib, as it should, or without (observed of old servers).
    """

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._head = b""
        self._inner = zlib.decompressobj(_GZIP) if gzip else None
        self._fed = False
        self._over = False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """
        Unpack what came, in pieces of at most `PIECE` bytes.

        Raises:
            PackedBadly
        """
        self._fed = self._fed or bool(piece)
        if self._inner is None:
            self._head += piece
            if len(self._head) < 2:
                return
            piece, self._head = self._head, b""
            framed = piece[0] & 0x0F == 8 and int.from_bytes(piece[:2], "big") % 31 == 0
            self._inner = zlib.decompressobj(_ZLIB if framed else _RAW)
        full = False
        while (piece or full) and not self._over:
            try:
                out = self._inner.decompress(piece, PIECE)
            except zlib.error as error:
                raise PackedBadly(f"it is not what its encoding says ({error})") from error
            full = len(out) == PIECE
            if out:
                yield out
            piece = self._inner.unconsumed_tail
            if self._inner.eof:
                piece, full = self._inner.unused_data.lstrip(b"\0"), False
                if self._gzip and piece[:1] == b"\x1f":
                    self._inner = zlib.decompressobj(_GZIP)
                else:
                    self._over = bool(piece)
                    piece = b""

    def finish(self) -> None:
        """
        Say that no more comes; no body at all is none that is packed.

        Raises:
            PackedBadly: the end of the compression is missing.
        """
        if self._fed and not self._over and (self._inner is None or not self._inner.eof):
            raise PackedBadly("it ended before its compression did")
