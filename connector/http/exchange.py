"""What passes between the connector and one host: declared exchanges, answers, and how a call can fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Protocol

import msgspec

PASSING = frozenset({408, 425, 429, *range(500, 600)} - {501, 505})
"""
Statuses that say nothing of the call itself; another time it may go well.

One that is not registered counts as the first of its hundred (RFC 9110, 15): networks that stand before hosts have their own (520 to 530).
"""

AS_DOCUMENT = "in the ledger, as part of the document, until the document is removed"
"""What is kept of an answer that becomes a document (`Exchange.kept`)."""


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One call that a client can make, in words for auditors."""

    method: str
    path: str
    """With `{name}` for what varies; below the neighbour's base URL."""
    purpose: str
    sends: str
    """What passes in header, query and body."""
    receives: str
    personal_data: bool
    header: tuple[str, ...] = ()
    """Names of the headers it sends, besides those of every call; each with a word in brackets where one helps."""
    query: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    """Names of the fields of its body."""
    kept: str = "nothing"
    """What of the answer stays, where, and for how long."""


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """One host that a client calls, with every call that it can make to it."""

    name: str
    base_url: str
    exchanges: tuple[Exchange, ...]
    proviso: str = ""
    """When it is called at all; empty: as its exchanges say."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call to a host, whose answer is read whole."""

    method: str
    url: str
    """Quoted already; sent byte for byte."""
    headers: Mapping[str, str] | None = None
    content: bytes | None = None
    timeout_s: float | None = None
    """How long its answer is waited for; None: as the transport was opened."""
    fresh: bool = False
    """Over a connection of its own, since a kept one may have been closed unseen."""


class Reply(msgspec.Struct, frozen=True):
    """An answer that is not passing trouble; reading it is the client's work."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Dated(msgspec.Struct, frozen=True):
    """What a host's clock says."""

    base_url: str
    told: str = ""
    """Its Date header (RFC 9110, 6.6.1) as last heard; empty: none was."""
    heard: float = 0.0
    """When that was by our clock, in seconds since 1970."""

    @property
    def ahead_s(self) -> float:
        """How far our clock is ahead of it, in seconds; 0 where the host tells no date."""
        told = read_date(self.told)
        return 0.0 if told is None else self.heard - told


def read_date(text: str) -> float | None:
    """
    Read a date of a header, in seconds since 1970; None: it is no date.

    Source: RFC 9110, 5.6.7.
    """
    try:
        at = parsedate_to_datetime(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


class Tally:
    """What a neighbour was asked: for the report and the metrics."""

    def __init__(self) -> None:
        self.requests = 0
        self.bytes_sent = 0
        self.by_status: Counter[str] = Counter()

    @property
    def answered(self) -> int:
        """Requests with a clean answer."""
        return sum(count for status, count in self.by_status.items() if status.startswith("2"))


class Observer(Protocol):
    """Hears of every call that ended, for metrics: host, method, path template, status or the error's name, seconds."""

    def __call__(self, host: str, method: str, path: str, status: str, seconds: float) -> None: ...


class CallFailed(Exception):
    """
    A call got no whole answer; what every transport raises, whatever its library raises.

    Args:
        lasting: the next attempt would end the same way, so none is made.
    """

    sent = True
    """False when the call certainly never reached the other side."""
    in_words = "broke off"

    def __init__(self, words: str, *, lasting: bool = False) -> None:
        super().__init__(words)
        self.lasting = lasting


class NeverSent(CallFailed):
    """There was no connection to send it over."""

    sent = False
    in_words = "cannot be reached"


class BrokeOff(CallFailed):
    """The answer ended early, or is none that can be read."""


class TimedOut(CallFailed):
    """The answer did not come in time, or too slowly."""

    in_words = "did not answer in time"
