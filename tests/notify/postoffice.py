"""A mail server over a real socket, as odd as a test wants it; and a webhook."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from typing import Any

from tests.loopback import Loopback


class PostOffice(Loopback):
    """An SMTP server (RFC 5321, STARTTLS by RFC 3207) in the loop of the test."""

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        sign_in: bool = False,
        hang_at: str = "",
        refuse: str = "",
        nobody: str = "",
        password: str = "",
        greets: asyncio.Event | None = None,
    ) -> None:
        """
        Args:
            greets: before that nothing is said to anybody.
            nobody: an address that it has no box for.
            password: the only one that it takes, whoever signs in; empty: any.
        """
        super().__init__()
        self.password = password
        self.mails: list[str] = []
        self.commands: list[str] = []
        self.encrypted: list[bool] = []
        """Of each mail."""
        self._tls, self._sign_in = tls, sign_in
        self._hang_at, self._refuse, self._nobody = hang_at, refuse, nobody
        self._greets = greets

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:

        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        encrypted = False
        if self._greets is not None:
            await self._greets.wait()
        if self._hang_at != "GREETING":
            say("220 mail.example.com ESMTP")
        while line := await reader.readline():
            verb = line.decode().strip().partition(" ")[0].upper()
            self.commands.append(verb)
            if verb == self._hang_at or self._hang_at == "GREETING":
                continue
            match verb:
                case "EHLO":
                    say("250-mail.example.com")
                    if self._tls and not encrypted:
                        say("250-STARTTLS")
                    if self._sign_in:
                        say("250-AUTH PLAIN")
                    say("250 8BITMIME")
                case "STARTTLS":
                    assert self._tls is not None
                    say("220 go on")
                    try:
                        await writer.start_tls(self._tls)
                    except (ssl.SSLError, ConnectionError):
                        return
                    encrypted = True
                case "AUTH":
                    say("235 welcome" if self._refuse != verb and self._knows(line) else "535 5.7.8 no")
                case "DATA":
                    say("354 go on")
                    self.mails.append((await reader.readuntil(b"\r\n.\r\n")).decode())
                    self.encrypted.append(encrypted)
                    say("250 taken")
                case "QUIT":
                    say("221 bye")
                    break
                case "RCPT" if self._nobody and self._nobody in line.decode():
                    say("550 5.1.1 nobody of that name")
                case _:
                    say("550 5.1.1 nobody of that name" if self._refuse == verb else "250 ok")
        writer.close()

    def _knows(self, line: bytes) -> bool:
        """Whether an AUTH PLAIN (RFC 4616) has the password."""
        return (
            not self.password
            or base64.b64decode(line.split()[-1]).rpartition(b"\0")[2] == self.password.encode()
        )


class Hook(Loopback):
    """A webhook that keeps what is posted."""

    def __init__(
        self,
        *,
        status: str = "200 OK",
        hang: bool = False,
        body: bytes = b"",
        endless: bool = False,
        kind: str = "text/plain",
    ) -> None:
        """
        Args:
            body: of its answers.
            endless: more is announced than comes, and the connection stays open.
            kind: what it says its answers are.
        """
        super().__init__()
        self.bodies: list[Any] = []
        self.status, self._hang = status, hang
        self.location = "http://127.0.0.1:1/"
        self._body, self._endless, self._kind = body, endless, kind

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/services/T000/secret-path-7a1b"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length:")[2].split()[0])
        self.bodies.append(json.loads(await reader.readexactly(length)))
        if self._hang:
            await reader.read()
        length = len(self._body) + (1_000 if self._endless else 0)
        writer.write(
            f"HTTP/1.1 {self.status}\r\nLocation: {self.location}\r\nContent-Type: {self._kind}\r\n"
            f"Content-Length: {length}\r\n\r\n".encode()
        )
        writer.write(self._body)
        if self._endless:
            await reader.read()
        writer.close()
