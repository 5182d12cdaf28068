"""
How many seconds a minute, an hour and a day have: whole numbers, so that what is counted in them prints as whole; how long something
took, in words; and when a pause is over. PURE.
"""

from __future__ import annotations

from typing import Final

MINUTE_S: Final = 60
HOUR_S: Final = 60 * MINUTE_S
DAY_S: Final = 24 * HOUR_S


def duration(seconds: float) -> str:
    """A span of time in its two largest units."""
    if seconds < 1:
        return "0 s" if seconds <= 0 else "<1 s"
    whole = round(seconds)
    for unit, size, below, part in (("d", DAY_S, "h", HOUR_S), ("h", HOUR_S, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            rest = whole % size // part
            return f"{whole // size} {unit}" + (f" {rest} {below}" if rest else "")
    return f"{whole} s"


def pause_is_over(until: float, *, now: float, longest: float) -> bool:
    """
    Whether a pause is over; an end further away than any pause comes from a clock that was ahead.

    Args:
        until, now: in seconds since 1970.
        longest: that such a pause may be, in seconds.
    """
    return not now < until <= now + longest
