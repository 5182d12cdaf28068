"""
How many seconds a minute, an hour and a day have: whole numbers, so that what is counted in them prints as whole; and when a pause
is over. PURE.
"""

from __future__ import annotations

from typing import Final

MINUTE_S: Final = 60
HOUR_S: Final = 60 * MINUTE_S
DAY_S: Final = 24 * HOUR_S


def pause_is_over(until: float, *, now: float, longest: float) -> bool:
    """
    Whether a pause is over; an end further away than any pause comes from a clock that was ahead.

    Args:
        until, now: in seconds since 1970.
        longest: that such a pause may be, in seconds.
    """
    return not now < until <= now + longest
