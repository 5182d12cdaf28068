"""
Who may see and change what on the status page.

Reading from this machine is free, since the page listens there only by default. From elsewhere, and to change
anything, the token of `service.token` is needed: as a bearer header, or once at the sign-in form, which then keeps
a session in a cookie. A request counts as from this machine when the page listens on loopback and is addressed by
a loopback name: what a proxy or a rebound host name brings in is not.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "connector_session"
SESSION_S = 8 * 3_600.0
MOST_SESSIONS = 100
MOST_WRONG = 10
"""Wrong tokens within `WRONG_S` seconds; further ones are refused unread."""
WRONG_S = 60.0
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


class Session(msgspec.Struct, frozen=True):
    """A browser that gave the token."""

    form_key: str
    """What its forms must carry (against forged ones)."""
    until: float


class Access:
    """Decides by token, session and where a request comes from."""

    def __init__(self, *, token: str, loopback: bool, clock: Callable[[], float]) -> None:
        self._token = token
        self._loopback = loopback
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self._wrong: list[float] = []

    @property
    def has_token(self) -> bool:
        """Whether anything can be changed at all."""
        return bool(self._token)

    def session(self, request: Request) -> Session | None:
        """The session of a browser that signed in."""
        session = self._sessions.get(request.cookies.get(COOKIE, ""))
        return session if session is not None and session.until > self._clock() else None

    def may_read(self, request: Request) -> bool:
        """Whether titles and ids may be shown."""
        if self._loopback and is_loopback(urlsplit(f"//{request.headers.get('host', '')}").hostname or ""):
            return True
        return self.session(request) is not None or self._bears_token(request)

    def may_change(self, request: Request, form_key: str) -> bool:
        """Whether a posted form may do what it says."""
        if self._bears_token(request):
            return True
        session = self.session(request)
        return (
            session is not None
            and hmac.compare_digest(session.form_key.encode(), form_key.encode())
            and from_here(request)
        )

    def sign_in(self, token: str) -> str | None:
        """Open a session for the right token; None for a wrong one, and for any after too many wrong ones."""
        now = self._clock()
        self._wrong = [at for at in self._wrong if at > now - WRONG_S]
        if len(self._wrong) >= MOST_WRONG:
            return None
        if not self._token or not hmac.compare_digest(token.encode(), self._token.encode()):
            self._wrong.append(now)
            return None
        self._sessions = {key: one for key, one in self._sessions.items() if one.until > now}
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        key = secrets.token_urlsafe(32)
        self._sessions[key] = Session(secrets.token_urlsafe(24), now + SESSION_S)
        return key

    def sign_out(self, request: Request) -> None:
        """Forget a session."""
        self._sessions.pop(request.cookies.get(COOKIE, ""), None)

    def _bears_token(self, request: Request) -> bool:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        return (
            bool(self._token)
            and scheme.lower() == "bearer"
            and hmac.compare_digest(value.strip().encode(), self._token.encode())
        )


def from_here(request: Request) -> bool:
    """Whether a form was posted from one of our own pages; browsers say so, programs need not."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class SecurityHeaders:
    """Adds to every answer what keeps browsers from helping an attacker."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the headers to the answer, where it does not set its own."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.lower().encode(), value.encode())
                        for name, value in HEADERS.items()
                        if name.lower().encode() not in present
                    ),
                ]
            await send(message)

        await self._app(scope, receive, send_with_headers)
