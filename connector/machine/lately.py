"""What was asked a moment ago needs not be asked again: a process that stood still meanwhile asks."""

from __future__ import annotations

from collections.abc import Callable

from connector.machine.shared_clock import uptime


class Lately:
    """Asks something, at most so often; what it raises is raised, and asked again the next time."""

    def __init__(self, ask: Callable[[], None], *, for_s: float) -> None:
        """
        Args:
            for_s: how long an answer holds, in seconds.
        """
        self._ask = ask
        self._for_s = for_s
        self._asked_at = float("-inf")

    def __call__(self) -> None:
        now = uptime()  # before it is asked: whoever stops amid that has an old answer
        if now - self._asked_at >= self._for_s:
            self._ask()
            self._asked_at = now
