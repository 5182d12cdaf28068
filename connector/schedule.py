"""
When runs are due: cron fields in a named time zone, as administrators know them.

Weekday numbers are cron's (0 and 7 are Sunday). APScheduler 3 counts from Monday, which it calls a historical
mistake in its own documentation; so numbers become names before it sees them.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from apscheduler.triggers.cron import CronTrigger

DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


def make_trigger(cron: str, timezone: str, *, jitter_s: int = 0) -> CronTrigger:
    """
    Make the trigger of five cron fields.

    Args:
        jitter_s: each firing is late by a random time up to this, so that many connectors do not call as one.

    Raises:
        ValueError: not five fields that cron would take.
    """
    fields = cron.split()
    if len(fields) != 5:
        raise ValueError(f"five fields are needed, not {len(fields)}")
    minute, hour, day, month, weekday = fields
    return CronTrigger(
        minute=minute,
        hour=hour,
        day=day,
        month=month,
        day_of_week=_named_days(weekday),
        timezone=timezone,
        jitter=jitter_s or None,
    )


def next_time(cron: str, timezone: str, *, after: float) -> datetime | None:
    """When cron fields fire next after a moment; None for empty fields and dates that never come."""
    if not cron:
        return None
    trigger = make_trigger(cron, timezone)
    moment = datetime.fromtimestamp(after, UTC).astimezone(trigger.timezone)
    found: datetime | None = trigger.get_next_fire_time(None, moment)
    return found


def was_due(cron: str, timezone: str, *, since: float, now: float) -> bool:
    """Whether cron fields fired between two moments."""
    at = next_time(cron, timezone, after=since)
    return at is not None and at.timestamp() <= now


def _named_days(field: str) -> str:
    """Write `0`, `1-5` or `6,0` as names; a range that passes Sunday becomes a list. `*/2` counts from Sunday, too."""
    named: list[str] = []
    for part in field.split(","):
        match = re.fullmatch(r"(\*|(\d)(?:-(\d))?)(?:/(\d))?", part)
        if part == "*" or match is None:
            named.append(part)
            continue
        whole, first, last, step = match.groups()
        start = 0 if whole == "*" else int(first)
        end = 6 if whole == "*" else int(last) if last else (6 if step else start)
        if not (0 <= start <= end <= 7) or step == "0":
            raise ValueError(f"the weekday {part!r} is not of 0-7")
        named += [DAYS[day] for day in range(start, end + 1, int(step or 1))]
    return ",".join(dict.fromkeys(named))
