"""Calls to the API of ITR, each in its turn. Everything is sent in headers, which are latin-1."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from connector.errors import SourceUnavailable, Stopped
from connector.http.call_policy import CallPolicy
from connector.http.exchange import Reply
from connector.http.neighbour import Neighbour
from connector.http.transport import Transport
from connector.sources.itr.answers import Answers
from connector.sources.itr.exchanges import EXCHANGES
from connector.sources.itr.rate_limit import RateLimit

T = TypeVar("T")
PAUSE_S = 1.0
"""After any passing trouble, at least: a 429 comes without Retry-After and its window is a second."""


class Calls:
    """
    Those of one source.

    Args:
        source: its name, for messages.
    """

    def __init__(
        self, client: Transport, *, source: str, base_url: str, calls_per_s: float, policy: CallPolicy
    ) -> None:
        self.source = source
        self.neighbour = Neighbour(
            client,
            name=f"ITR ({source})",
            base_url=base_url,
            exchanges=EXCHANGES,
            unavailable=SourceUnavailable,
            policy=msgspec.structs.replace(
                policy, backoff_max_s=max(policy.backoff_max_s, PAUSE_S), least_pause_s=PAUSE_S
            ),
        )
        self.answers = Answers(source, self.neighbour.name)
        self._rate_limit = RateLimit(
            calls_per_s, sleep=policy.sleep, now=lambda: asyncio.get_running_loop().time()
        )

    async def make(
        self, method: str, path: str, endpoint: str, headers: Mapping[str, str], read: Callable[[Reply], T]
    ) -> T:
        """
        Make one call; after passing trouble make it again, each time in its turn and after a pause.

        Args:
            endpoint: what the server counts calls by: the path without its ids.
        """
        return await self.neighbour.call(
            method, path, headers=headers, read=read, turn=lambda: self._rate_limit.wait(endpoint)
        )

    async def sign_out(self, token: str) -> None:
        """Give a token back; a server that does not answer forgets it by itself after ten minutes."""
        try:
            await self.neighbour.call(
                "POST", "/logout", headers={"SessionID": token}, read=lambda _: None, repeat=False
            )
        except (SourceUnavailable, Stopped):
            return
