"""A trouble that lasts, told sparingly: at once, then after pauses that double, so that a night of it leaves some lines and no thousands. PURE."""

from __future__ import annotations

from connector.document.durations import MINUTE_S

LONGEST_PAUSE_S = 10 * MINUTE_S


class LastingTrouble:
    """One trouble of one loop."""

    def __init__(self) -> None:
        self._due_at: float | None = None
        self._pause_s = float(MINUTE_S)
        self._since = 0.0

    def is_due(self, now: float) -> bool:
        """
        Whether it is to be told now: it is new, or was not told for long.

        Args:
            now: in seconds, of a clock that nobody sets.
        """
        if self._due_at is None:
            self._since, self._pause_s = now, float(MINUTE_S)
        elif now < self._due_at:
            return False
        else:
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        self._due_at = now + self._pause_s
        return True

    def ended(self, now: float) -> float:
        """How many seconds it lasted, where there was one; 0 where there was none."""
        lasted = now - self._since if self._due_at is not None else 0.0
        self._due_at = None
        return lasted
