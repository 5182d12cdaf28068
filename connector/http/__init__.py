"""One way to call a neighbour. What is used elsewhere can be taken from here; each name has its home in a module below."""

from connector.http.exchange import (
    PASSING,
    BrokeOff,
    CallFailed,
    Exchange,
    NeverSent,
    Observer,
    Party,
    Reply,
    Tally,
    TimedOut,
)
from connector.http.neighbour import KeptPauses, Neighbour, words_of
from connector.http.network import Network
from connector.http.noted import NotedPauses
from connector.http.transports import (
    USER_AGENT,
    Download,
    Transport,
    open_for_reading,
    open_for_writing,
)

__all__ = [
    "PASSING",
    "USER_AGENT",
    "BrokeOff",
    "CallFailed",
    "Download",
    "Exchange",
    "KeptPauses",
    "Neighbour",
    "Network",
    "NeverSent",
    "NotedPauses",
    "Observer",
    "Party",
    "Reply",
    "Tally",
    "TimedOut",
    "Transport",
    "open_for_reading",
    "open_for_writing",
    "words_of",
]  # fmt: skip
