"""Until when a host asked to be left alone, whoever it asked: this run, an earlier one, or another service with this ledger."""

from __future__ import annotations

from connector.document.durations import pause_is_over
from connector.http.call_policy import CallPolicy
from connector.http.retries import LONGEST_ASKED_S

LOOK_S = 5.0
"""How often it is looked whether it asked somebody else."""


class HostPause:
    """The pause that one host asked for."""

    def __init__(self, host: str, policy: CallPolicy) -> None:
        self._host = host
        self._pauses = policy.pauses
        self._clock = policy.clock
        self._now = policy.now
        self._until = 0.0
        self._looks_at = float("-inf")

    def until(self) -> float:
        """Until when it is to be left alone, in seconds since 1970; 0: it may be called."""
        if (now := self._now()) >= self._looks_at:
            self._looks_at = now + LOOK_S
            self._until = max(self._until, self._pauses.until(self._host))
        if self._until and pause_is_over(self._until, now=self._clock(), longest=LONGEST_ASKED_S):
            self._until = 0.0
        return self._until

    def keep(self, seconds: float) -> float:
        """It asks for a pause that is longer than a call waits; says until when."""
        self._until = self._clock() + seconds
        self._pauses.keep(self._host, self._until)
        return self._until
