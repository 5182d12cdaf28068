"""Whether the wall clock was set, or the machine slept: told by a clock that nobody sets. PURE."""

from __future__ import annotations

from collections.abc import Callable

JUMP_S = 30.0
"""A clock that moved this much against the time that passed was set; the machine may also have slept."""


class ClockJump:
    """What one who looks now and then sees of it."""

    def __init__(self, wall: Callable[[], float], steady: Callable[[], float]) -> None:
        """
        Args:
            wall: the clock that may be set, in seconds.
            steady: seconds that pass while the machine is awake, whoever sets its clock.
        """
        self._wall = wall
        self._steady = steady
        self._ahead = wall() - steady()
        """How far the wall clock was ahead of the steady one before it jumped."""

    def look(self) -> float:
        """How far the wall clock jumped since the last jump, in seconds; 0 where it did not."""
        ahead = self._wall() - self._steady()
        jump = ahead - self._ahead
        if abs(jump) < JUMP_S:
            return 0.0
        self._ahead = ahead
        return jump
