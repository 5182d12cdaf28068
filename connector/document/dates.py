"""
Dates of neighbours, on which no arithmetic may fail: some say the year 1, or the last moment of 9999, for *not set*. PURE.

A date and an offset may name a moment that no calendar has (the first hours of year 1 east of Greenwich, say); a
moment after the last one does not exist. Both come out as the nearest moment that there is.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_STAMP = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
A_MOMENT = timedelta(milliseconds=1)
"""The target's dates have no smaller part."""
FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)
LAST_EDIT = LAST.replace(hour=0, minute=0, second=0, microsecond=0)
"""As which a later date of a last change is sent: there is a later moment then, and every narrowing needs one."""


def in_utc(time: datetime) -> datetime:
    """The same moment in UTC; a time without an offset is in UTC already."""
    if time.tzinfo is UTC:
        return time
    if time.tzinfo is None:
        return time.replace(tzinfo=UTC)
    try:
        return time.astimezone(UTC)
    except OverflowError:
        # only within a day of either end
        return FIRST if time.year == 1 else LAST


def clock_time(moment: str, zone: str) -> str:
    """
    A time of a report as a clock on the wall of a zone shows it, to the minute; what is no time stays as it is.

    Args:
        moment: as ISO 8601, with its offset.
    """
    try:
        return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    except (ValueError, TypeError, OverflowError):
        return moment


def wall_times(words: str, zone: str) -> str:
    """A sentence with each of its times, as ISO 8601 in UTC, told as a clock of a zone shows it."""
    return _STAMP.sub(lambda found: clock_time(found[0], zone), words)


def a_moment_later(time: datetime) -> datetime:
    """The next moment, in UTC; the last one there is stays."""
    time = in_utc(time)
    return time + A_MOMENT if time <= LAST - A_MOMENT else time
