"""A check whose good answer holds for a while. The clock goes on while a process stands still, so whoever stood still checks again."""

from __future__ import annotations

from collections.abc import Callable

from connector.machine.shared_clock import uptime


class CachedCheck:
    """Calls a check at most once in so many seconds; what the check raises is raised, and the next call checks again."""

    def __init__(self, check: Callable[[], None], *, for_s: float) -> None:
        """
        Args:
            check: raises where something is not as it must be.
            for_s: how long a good answer holds, in seconds.
        """
        self._check = check
        self._for_s = for_s
        self._checked_at = float("-inf")

    def __call__(self) -> None:
        now = uptime()  # before the check: whoever stops amid it has an old answer
        if now - self._checked_at >= self._for_s:
            self._check()
            self._checked_at = now
