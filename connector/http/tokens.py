"""
Access tokens that this process was given, each kept until shortly before it ends: for every run, seat and check of it.

Whoever issues tokens gives few (observed: the quota of Interaxo's sign-in is met long before any limit of its API), and a delta
every few minutes that signs in anew uses them up. They are in memory only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

RENEW_BEFORE_S = 60.0
KEPT_AT_LEAST_S = 10.0
"""A token that is said to end at once is kept so long all the same; else every call would sign in anew."""


class Tokens:
    """Tokens, each by what it was given for: the address that issued it, and the credentials."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            now: goes only forward, in seconds.
        """
        self._now = now
        self._kept: dict[Hashable, tuple[str, float]] = {}

    def good(self, given_for: Hashable) -> str:
        """The token that is good for now; empty: there is none."""
        token, until = self._kept.get(given_for, ("", 0.0))
        return token if self._now() < until else ""

    def keep(self, given_for: Hashable, token: str, *, lifetime_s: float) -> None:
        """Keep a token that was just given; what ended meanwhile is let go of, secrets that were replaced among it."""
        now = self._now()
        self._kept = {whose: one for whose, one in self._kept.items() if now < one[1]}
        self._kept[given_for] = (
            token,
            now + max(lifetime_s - RENEW_BEFORE_S, lifetime_s / 2, KEPT_AT_LEAST_S),
        )

    def drop(self, given_for: Hashable, token: str) -> None:
        """This one was not accepted; one that came meanwhile stays."""
        kept = self._kept.get(given_for)
        if kept is not None and kept[0] == token:
            del self._kept[given_for]
