"""A schedule as APScheduler asks for it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Protocol

from apscheduler.triggers.base import BaseTrigger


class Fires(Protocol):
    """What fires at moments, and shows them in its own zone."""

    def after(self, moment: datetime) -> datetime | None:
        """Find the first firing later than a moment."""

    def local(self, moment: datetime) -> datetime:
        """Show a moment in the zone."""


class Trigger(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """A schedule as APScheduler asks for it; what was missed is not made up for, that is `was_due`'s part."""

    def __init__(self, schedule: Fires, jitter_s: float) -> None:
        self._schedule = schedule
        self._jitter_s = jitter_s

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        """Find the next firing: later than now and than the one before, each match of the fields once."""
        since = now.astimezone(UTC) - timedelta(microseconds=1)
        if previous is not None:
            since = max(now.astimezone(UTC), previous.astimezone(UTC))
        at = self._schedule.after(since)
        if at is None:
            return None
        late = timedelta(seconds=random.uniform(0, self._jitter_s))  # noqa: S311 - spreads load, guards nothing
        return self._schedule.local(at + late)
