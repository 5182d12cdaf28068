"""Whole answers of HTTP, as bytes. PURE."""

from __future__ import annotations

import msgspec

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
encode = msgspec.json.Encoder().encode


def answer(value: object) -> bytes:
    """Render a whole answer of one JSON value."""
    body = encode(value)
    return HEAD + str(len(body)).encode() + b"\r\n\r\n" + body


EMPTY_PAGE = answer([])
