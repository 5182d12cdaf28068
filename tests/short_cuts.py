"""
What tests of runs leave out of what a real process does, where it decides nothing: together half of what such a test costs.

Each real process that a test starts has all of it, and so has every test where CONNECTOR_TEST_AS_IT_IS is set (`make soak`).
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from connector.http.aiohttp_transport import AiohttpTransport
from connector.ledger import store
from connector.ledger.engines import sqlite
from connector.sandbox import run as sandbox
from tests import calls_in_memory, kept_connections, ledgers

AS_IT_IS = bool(os.environ.get("CONNECTOR_TEST_AS_IT_IS"))

_SHORT: list[tuple[Any, str, Any]] = [
    # the sandbox around a run is called without sockets, unless something breaks on them
    (sandbox, "serve", calls_in_memory.serve_and_tell),
    (AiohttpTransport, "_session", calls_in_memory.session),
    # a ledger in a file is opened again with the connection of before
    (sqlite, "sqlite3", kept_connections.Driver()),
    (sqlite, "_set", kept_connections.set_once),
    # a new one is a copy of the first that was made
    (store, "connect", ledgers.connect_to_a_copy),
    # what is written ahead of its file is moved into it at the end, not beside a run as well, which costs three connections:
    # only a machine that loses its power would tell
    (store, "_checkpoint", lambda _: None),
]
_LONG = [(where, name, getattr(where, name)) for where, name, _ in _SHORT]


def take(patch: pytest.MonkeyPatch) -> None:
    """Take all of them."""
    for where, name, short in [] if AS_IT_IS else _SHORT:
        patch.setattr(where, name, short)


def leave(patch: pytest.MonkeyPatch) -> None:
    """Do all as every connector does it."""
    for where, name, long in _LONG:
        patch.setattr(where, name, long)
