"""
Mail by SMTP: STARTTLS, or TLS from the first byte at port 465; in the clear only to this machine.

The standard library's client blocks, so it works in a thread of its own that nobody waits for longer than `LONGEST_S`:
a server that hangs keeps neither a run nor the end of the service waiting.
"""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

import msgspec

from connector.errors import ConnectorError
from connector.http.call_errors import LONGEST_WORDS
from connector.http.exchange import Exchange, Party
from connector.http.hosts import is_loopback
from connector.http.network import NO_TLS, Network, speaks_no_tls, words_of_certificate
from connector.notify.message_words import PURPOSE, Letter
from connector.secrets.hiding import hide

TLS_AT_ONCE = 465
ANSWER_S = 20.0
"""How long one answer of the server is waited for."""
Meet = Callable[[Any], None]
"""Is handed a client that is being made."""
LONGEST_S = 60.0
"""How long a whole mail may take."""


class NotTold(ConnectorError):
    """Somebody could not be told; it is tried again."""


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """A mail server, and who writes through it."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""


class Mail:
    """One mail server."""

    def __init__(
        self, server: Server, network: Network, *, answer_s: float = ANSWER_S, longest_s: float = LONGEST_S
    ) -> None:
        self._server = server
        self._network = network
        self._answer_s = answer_s
        self._longest_s = longest_s

    def party(self, *, digest: bool) -> Party:
        """
        What passes to the server, for auditors.

        Args:
            digest: whether owners of rooms get the week's mail.
        """
        weekly = (
            " To owners of rooms, each week, what is lacking in them, with titles that they may see."
            if digest
            else ""
        )
        server = self._server
        return Party(
            name="Mail server",
            base_url=f"smtp://{server.host}:{server.port}",
            exchanges=(
                Exchange(
                    method="SMTP",
                    path="",
                    purpose=PURPOSE,
                    sends=f"Outcomes and reasons of runs, with titles of documents.{weekly}",
                    receives="that it was taken",
                    personal_data=True,
                    header=("sign-in (notify.smtp.user and password, over TLS)",) if server.user else (),
                    body=("Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "text"),
                ),
            ),
        )

    async def send(self, letter: Letter, to: tuple[str, ...]) -> str:
        """
        Send one mail.

        Returns:
            For whom of several it was not taken, in words; empty where it was for all. It is not sent again for one of them.

        Raises:
            NotTold: it was taken for nobody; says why.
        """
        message = self._message(letter, to)
        talk = _Talk(self._open, self._secure, self._server, message, to)
        loop = asyncio.get_running_loop()
        done: asyncio.Future[str] = loop.create_future()

        def work() -> None:
            words = talk.hold()
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(tell, words)

        def tell(words: str) -> None:
            if not done.done():
                done.set_result(words)

        # not asyncio's own threads: the end of the program would wait for them
        threading.Thread(target=work, name="mail", daemon=True).start()
        try:
            async with asyncio.timeout(self._longest_s):
                words = await done
        except TimeoutError:
            words = f"did not finish within {self._longest_s:.0f} s"
        finally:
            talk.hang_up()
        if not words:
            return ""
        said = f"The mail server {self._server.host}:{self._server.port} {words}."
        if talk.reached:
            return said
        raise NotTold(said)

    def _message(self, letter: Letter, to: tuple[str, ...]) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = " ".join(letter.subject.split())
        message["From"] = self._server.sender
        message["To"] = ", ".join(to)
        message["Date"] = formatdate(localtime=False)
        message["Message-ID"] = make_msgid(domain=self._server.sender.rpartition("@")[2] or None)
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's vacation answers it
        message.set_content(letter.text)
        return message

    def _open(self, meet: Meet) -> smtplib.SMTP:
        server = self._server
        if server.port == TLS_AT_ONCE:
            return _Secured(meet, server.host, server.port, timeout=self._answer_s, context=self._trust())
        return _Plain(meet, server.host, server.port, timeout=self._answer_s)

    def _secure(self, client: smtplib.SMTP) -> None:
        """
        Raises:
            _Clear: the server offers no encryption, and is not this machine.
        """
        client.ehlo_or_helo_if_needed()
        if client.has_extn("starttls"):
            client.starttls(context=self._trust())
            client.ehlo()
        elif self._server.port != TLS_AT_ONCE and not is_loopback(self._server.host):
            raise _Clear

    def _trust(self) -> ssl.SSLContext:
        return self._network.trust(protocol="")


class _Clear(Exception):
    """The server offers no encryption."""


class _Met:
    """A client that is known before it connects, which the library does as it makes it: who has not greeted yet can be left, too."""

    def __init__(self, meet: Meet, *args: Any, **options: Any) -> None:
        meet(self)
        super().__init__(*args, **options)


class _Plain(_Met, smtplib.SMTP):
    pass


class _Secured(_Met, smtplib.SMTP_SSL):
    pass


class _Talk:
    """One connection: held in a thread, ended from another."""

    def __init__(
        self,
        open_it: Callable[[Meet], smtplib.SMTP],
        secure: Callable[[smtplib.SMTP], None],
        server: Server,
        message: EmailMessage,
        to: tuple[str, ...],
    ) -> None:
        self._open = open_it
        self._secure = secure
        self._server = server
        self._message = message
        self._to = to
        self._client: smtplib.SMTP | None = None
        self._left = False
        """Nobody waits for it any more: it is tried anew by then."""
        self.reached = False
        """Whether the mail was taken for anybody."""

    def hold(self) -> str:
        """Send the mail; says why that did not work, and nothing when it did."""
        try:
            client = self._open(self._meet)
            if self._left:
                return "answered too late"
            self._secure(client)
            if self._server.user:
                client.login(self._server.user, self._server.password)
            refused = client.send_message(
                self._message, from_addr=self._server.sender, to_addrs=list(self._to)
            )
            self.reached = True  # else it would have raised
            with contextlib.suppress(smtplib.SMTPException, OSError):
                client.quit()
        except (smtplib.SMTPException, OSError, ValueError, _Clear) as error:
            return _words(error)
        finally:
            if self._client is not None:
                self._client.close()
        return f"does not take mail for {', '.join(refused)}" if refused else ""

    def _meet(self, client: Any) -> None:
        self._client = client

    def hang_up(self) -> None:
        """End the connection, whatever is waited for on it; one that is still being made sends nothing."""
        self._left = True
        talking = self._client.sock if self._client is not None else None
        if talking is not None:
            with contextlib.suppress(OSError):
                talking.shutdown(socket.SHUT_RDWR)


def _words(error: Exception) -> str:
    """Why a mail did not go out, to follow the server's name."""
    if isinstance(error, _Clear):
        return (
            "offers no STARTTLS, and mail goes in the clear to this machine only; name another port or server"
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"cannot be trusted: {words_of_certificate(error)}"
    if isinstance(error, ssl.SSLError):
        return NO_TLS if speaks_no_tls(error) else f"speaks no TLS that is safe ({error.reason or error})"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "does not accept notify.smtp.user and its password"
    if isinstance(error, smtplib.SMTPNotSupportedError) and "SMTPUTF8" in str(error):
        return "takes no address with letters beyond ASCII (no SMTPUTF8); write it otherwise"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "offers no sign-in; leave notify.smtp.user empty, or name another port"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return f"does not take mail for {', '.join(error.recipients)}"
    if isinstance(error, smtplib.SMTPSenderRefused):
        return f"does not take mail from {error.sender} (notify.smtp.from)"
    if isinstance(error, smtplib.SMTPResponseException):
        told = (
            error.smtp_error.decode("utf-8", "replace")
            if isinstance(error.smtp_error, bytes)
            else error.smtp_error
        )
        return f"answered {error.smtp_code} ({hide(str(told))[:LONGEST_WORDS]})"
    if isinstance(error, TimeoutError):
        return "did not answer in time"
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):
        return f"cannot be reached ({error.strerror or type(error).__name__})"
    return f"broke off ({hide(str(error))[:LONGEST_WORDS] or type(error).__name__})"
