"""Mails with attachments, what was signed or wrapped up, and the text of a mail."""

from __future__ import annotations

import struct
from email.message import EmailMessage
from pathlib import Path

import file_makers as make

from connector.text.extract import Extracted


def read(tmp_path: Path, content: bytes, name: str = "a.eml", *, closed: bool = False) -> Extracted:
    return make.read(tmp_path, content, name, closed=closed)


def words_of(tmp_path: Path, content: bytes, name: str = "a.eml") -> str:
    return read(tmp_path, content, name).text or ""


def mail(subject: str, body: str = "") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "kari@example.com"
    message["To"] = "ola@example.com"
    message.set_content(body or f"body of {subject}")
    return message


def attach(
    message: EmailMessage, content: bytes, name: str, kind: str = "application/octet-stream"
) -> EmailMessage:
    main, _, sub = kind.partition("/")
    message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x84]) + size.to_bytes(4)
    return bytes([tag]) + length + content


def signed(content: bytes, *, parts: int = 0) -> bytes:
    octets = der(0x04, content)
    if parts:
        step = -(-len(content) // parts)
        pieces = b"".join(der(0x04, content[at : at + step]) for at in range(0, len(content), step))
        octets = b"\x24\x80" + pieces + b"\0\0"
    name = der(0x06, bytes.fromhex("2a864886f70d010701"))
    inner_part = (
        der(0x30, name + der(0xA0, octets))
        if not parts
        else b"\x30\x80" + name + b"\xa0\x80" + octets + b"\0\0\0\0"
    )
    body = der(0x02, b"\x01") + der(0x31, b"") + inner_part + der(0x31, b"")
    kind = der(0x06, bytes.fromhex("2a864886f70d010702"))
    if parts:
        return b"\x30\x80" + kind + b"\xa0\x80\x30\x80" + body + b"\0\0" * 3
    return der(0x30, kind + der(0xA0, der(0x30, body)))


def tnef(attributes: list[tuple[int, bytes]]) -> bytes:
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(
        b"\x01" + struct.pack("<II", number, len(data)) + data + b"\0\0" for number, data in attributes
    )


SAVED_PAGE = (
    b'MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n boundary="x"\r\n\r\nThis is a Single File Web Page.\r\n\r\n'
    b'--x\r\nContent-Type: text/html; charset="windows-1252"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    b"<p>Bl=E5b=E6r</p>\r\n\r\n--x--\r\n"
)
