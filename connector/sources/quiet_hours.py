"""
Hours in which a source is to be left in peace by runs that read all of it. PURE: the moment comes as an argument.

A moment is looked up on the wall clock of a time zone and compared with the hours there. No arithmetic is done on the
wall clock, so that the hour that comes twice, and the one that never comes, need no care.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, time
from zoneinfo import ZoneInfo

from connector.document.durations import MINUTE_S

_DAY = frozenset(time(hour, minute) for hour in range(24) for minute in range(60))
NEVER_READ = "a source that is always quiet is never read"
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")


class QuietHours:
    """
    Daily hours on a wall clock; those that end before they begin go over midnight.

    Args:
        hours: such as "07:00-17:00"; several with commas; empty: none.

    Raises:
        ValueError: it says no hours, or leaves no minute of the day.
    """

    def __init__(self, hours: str, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)
        self._spans = [_span(one.strip()) for one in hours.split(",") if one.strip()]
        if len(self._spans) > 1 and self.minutes() == _DAY:
            raise ValueError(f"{hours!r} leaves no minute of the day; {NEVER_READ}")

    def are_on(self, now: float) -> bool:
        """Whether a moment (seconds since 1970) is quiet."""
        return self._has(datetime.fromtimestamp(now, self._zone).time())

    def minutes(self) -> set[time]:
        """Every minute of a wall clock's day that is quiet."""
        return {one for one in _DAY if self._has(one)}

    def _has(self, wall: time) -> bool:
        return any(
            begin <= wall < end if begin < end else wall >= begin or wall < end for begin, end in self._spans
        )

    def until(self, now: float) -> float:
        """The first whole minute after a moment that is not quiet; 0 where it is not quiet now."""
        if not self._spans or not self.are_on(now):
            return 0.0
        moment = now - now % MINUTE_S + MINUTE_S
        while self.are_on(moment):
            moment += MINUTE_S
        return moment


def leave_no_minute(many: Iterable[str]) -> bool:
    """Whether quiet hours of several sources together leave no minute of the day for what reads all of them."""
    return set().union(*(QuietHours(one, "UTC").minutes() for one in many)) == _DAY


def _span(hours: str) -> tuple[time, time]:
    found = _HOURS.fullmatch(hours)
    if found is None:
        raise ValueError(f'expected hours such as "07:00-17:00", not {hours!r}')
    begin, end = _time(found[1], found[2]), _time(found[3], found[4])
    if begin == end:
        raise ValueError(f"{hours!r} begins when it ends; {NEVER_READ}")
    return begin, end


def _time(hour: str, minute: str) -> time:
    if (int(hour), int(minute)) == (24, 0):
        return time(0)
    try:
        return time(int(hour), int(minute))
    except ValueError:
        raise ValueError(f"there is no {hour}:{minute} on a clock") from None
