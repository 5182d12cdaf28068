"""
Who may see and change what on the status page.

Reading from this machine is free, since the page listens there only by default. From elsewhere, and to change
anything, the token of `service.token` is needed: as a bearer header, or once at the sign-in form, which then keeps
a session in a cookie. A request counts as from this machine when the page listens on loopback, is addressed by a
loopback name, and nothing tells of a proxy: what a proxy or a rebound host name brings in is not.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable
from enum import Enum

import msgspec
from starlette.requests import Request

from connector.document.durations import HOUR_S
from connector.document.printable import printable
from connector.http.hosts import is_loopback

COOKIE = "connector_session"
SESSION_S = 8 * HOUR_S
MOST_SESSIONS = 100
LONGEST_NAME = 80
"""Characters."""
MOST_WRONG = 10
"""Wrong tokens within `WRONG_S` seconds; further ones are refused unread."""
WRONG_S = 60.0
OF_PROXIES = frozenset(
    {
        "forwarded",
        "via",
        "x-real-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "x-original-host",
        "x-original-url",
        "x-proxy-user",
    }
    | {
        "true-client-ip",
        "cf-connecting-ip",
        "fastly-client-ip",
        "client-ip",
        "x-envoy-external-address",
        "x-request-uri",
    }
)
"""What proxies add, beside everything that begins with `x-forwarded`: whoever asks sits behind one, not at this machine."""
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))(?::[0-9]{1,5})?")


class Session(msgspec.Struct, frozen=True):
    """A browser that gave the token."""

    form_key: str
    """What its forms must carry (against forged ones)."""
    until: float
    name: str = ""
    """Who signed in, as said there: whoever has the token may say any."""


class Refusal(Enum):
    """Why no session was opened."""

    WRONG = "wrong"
    LATER = "later"
    """Too many wrong tokens: even the right one is not looked at now."""
    STALE = "stale"
    """A form of a session that is over, or of none."""


class Access:
    """Decides by token, session and where a request comes from."""

    def __init__(self, *, token: Callable[[], str], loopback: bool, clock: Callable[[], float]) -> None:
        """
        Args:
            token: as it is now, empty where there is none; whoever signed in with another one is signed out.
        """
        self._token_now = token
        self._token_of_sessions = token()
        self._loopback = loopback
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self._wrong: list[float] = []
        self._told: dict[str, str] = {}

    @property
    def _token(self) -> str:
        token = self._token_now()
        if token != self._token_of_sessions:
            self._token_of_sessions = token
            self._sessions.clear()
            self._told.clear()
            self._wrong.clear()
        return token

    @property
    def has_token(self) -> bool:
        """Whether anything can be changed at all."""
        return bool(self._token)

    def session(self, request: Request) -> Session | None:
        """The session of a browser that signed in."""
        session = self._sessions.get(request.cookies.get(COOKIE, "")) if self._token else None
        return session if session is not None and session.until > self._clock() else None

    def may_read(self, request: Request) -> bool:
        """Whether titles and ids may be shown."""
        if self._loopback and is_addressed_here(request):
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

    def sign_in(self, token: str, name: str = "") -> str | Refusal:
        """Open a session for the right token: its key, or why there is none."""
        if self.is_closed:
            return Refusal.LATER
        if not self._is_right(token):
            return Refusal.WRONG
        now = self._clock()
        self._sessions = {key: one for key, one in self._sessions.items() if one.until > now}
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        self._told = {key: words for key, words in self._told.items() if key in self._sessions}
        key = secrets.token_urlsafe(32)
        self._sessions[key] = Session(
            secrets.token_urlsafe(24), now + SESSION_S, printable(name).strip()[:LONGEST_NAME]
        )
        return key

    @property
    def is_closed(self) -> bool:
        """Whether so many wrong tokens came within a minute that none is looked at now."""
        now = self._clock()
        self._wrong = [at for at in self._wrong if now - WRONG_S < at <= now]
        return len(self._wrong) >= MOST_WRONG

    def leave_word(self, request: Request, words: str) -> None:
        """Keep for a browser what its form did; nobody else can put words onto its next page."""
        if self.session(request) is not None:
            self._told[request.cookies[COOKIE]] = words

    def take_word(self, request: Request) -> str:
        """Hand out what was kept for a browser, once."""
        return self._told.pop(request.cookies.get(COOKIE, ""), "")

    def sign_out(self, request: Request) -> None:
        """Forget a session."""
        self._sessions.pop(request.cookies.get(COOKIE, ""), None)

    def _bears_token(self, request: Request) -> bool:
        """Whether a request carries the token; it is looked at once a request, and guesses count as those of the form do."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return False
        if not hasattr(request.state, "bears_token"):
            request.state.bears_token = not self.is_closed and self._is_right(value.strip())
        return bool(request.state.bears_token)

    def _is_right(self, token: str) -> bool:
        wanted = self._token
        right = bool(wanted) and hmac.compare_digest(token.encode("utf-8", "replace"), wanted.encode())
        if not right:
            self._wrong.append(self._clock())
        return right


def from_here(request: Request) -> bool:
    """Whether a form was posted from one of our own pages; browsers say so, programs need not."""
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    return origin is None or origin in {f"http://{host}", f"https://{host}"}


def is_addressed_here(request: Request) -> bool:
    """Whether a request came to a loopback name of this machine, through no proxy that tells of itself."""
    # as nginx speaks to what it stands before, if it is not told otherwise
    if request.scope["http_version"] == "1.0":
        return False
    if any(name in OF_PROXIES or name.startswith("x-forwarded") for name in request.headers):
        return False
    hosts = request.headers.getlist("host")
    return len(hosts) == 1 and is_loopback(host_of(hosts[0]))


def host_of(header: str) -> str:
    """Read the host of a Host header, without its port; empty where it is not one."""
    found = _HOST.fullmatch(header)
    return (found[1] or found[2]) if found else ""
