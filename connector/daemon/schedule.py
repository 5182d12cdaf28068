"""
When runs are due: five cron fields in a named time zone, as Debian's cron reads them.

`cronsim` reads the fields and walks wall-clock times; what a wall-clock time is in this zone is decided here, and
everything is compared and added to in UTC. Arithmetic on local times is wrong in the hour that comes twice
(agronholm/apscheduler#1021) and skips firings after the hour that is left out (#606).

    the clock        fields with a star in minute or hour      other fields (a certain time of the day)
    skips an hour    what lies in it does not fire             fires once, at the first moment after it
    repeats an hour  fires in both                             fires in the first only

Source: crontab(5) and cron(8) of Debian. Day of month and weekday are both asked for: one of them is enough, unless
one begins with a star.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from connector.document.durations import DAY_S, HOUR_S
from connector.document.states import KILLED, Outcome
from connector.plan.item import Mode

if TYPE_CHECKING:
    from connector.daemon.trigger import Trigger

SECOND = timedelta(seconds=1)
FULL_AGAIN_S = HOUR_S
"""Pause after the end of a full run that failed, however long that took; deltas go on meanwhile."""
LOOKS_BACK_S = (120, HOUR_S, DAY_S, 31 * DAY_S, 366 * DAY_S)
"""The last firing is looked for in ever longer times, so that few are counted."""


class Schedule:
    """
    Five cron fields in a time zone.

    Raises:
        ValueError: cron would not take the fields, or they name a date that never comes.
    """

    def __init__(self, cron: str, timezone: str) -> None:
        fields = cron.split()
        if len(fields) != 5:
            raise ValueError(f"it needs five fields, not {len(fields)}")
        self._cron = " ".join(fields)
        self._zone = ZoneInfo(timezone)
        self._often = any(field.startswith("*") for field in fields[:2])
        next(self._walls(datetime(2000, 1, 1)), None)  # noqa: DTZ001 - a wall-clock time; refuses what cron would

    def after(self, moment: datetime) -> datetime | None:
        """Find the first firing later than an aware moment, in UTC; None where no date of the next 50 years fits."""
        moment = moment.astimezone(UTC)
        wall = self._wall(moment)
        if not self._often:
            return next((at for at in map(self._once, self._walls(wall)) if at > moment), None)
        found = self._first(wall, moment)
        turn = self._turn_back(wall, moment)
        if turn is None or (found is not None and found < turn):
            return found
        return self._first(self._wall(turn) - SECOND, turn - SECOND)

    def _walls(self, wall: datetime) -> Iterator[datetime]:
        """Wall-clock times later than one that fit the fields, whether or not they exist in the zone."""
        try:
            yield from CronSim(self._cron, wall)
        except CronSimError as error:
            raise ValueError(str(error)) from error

    def _first(self, wall: datetime, moment: datetime) -> datetime | None:
        """Find the first fitting moment later than one and a wall-clock time; wall-clock times that are left out do not fire."""
        fitting = (at for one in self._walls(wall) for at in self._moments(one) if at > moment)
        return next(fitting, None)

    def _once(self, wall: datetime) -> datetime:
        """Name the one moment at which a certain time of the day fires."""
        moments = self._moments(wall)
        if moments:
            return moments[0]
        ahead, behind = (self._read(wall, fold) for fold in (1, 0))
        return self._change(ahead, behind)

    def _turn_back(self, wall: datetime, moment: datetime) -> datetime | None:
        """Tell when the clock goes back over this moment's wall-clock time, if it still will."""
        again = [at for at in self._moments(wall) if at > moment]
        return self._change(moment.replace(microsecond=0), again[0]) if again else None

    def _change(self, low: datetime, high: datetime) -> datetime:
        """Find the second between two moments (UTC) at which the zone's offset changes."""
        before = low.astimezone(self._zone).utcoffset()
        while high - low > SECOND:
            middle = low + (high - low) // 2
            middle = middle.replace(microsecond=0)
            if middle.astimezone(self._zone).utcoffset() == before:
                low = middle
            else:
                high = middle
        return high

    def _moments(self, wall: datetime) -> list[datetime]:
        """Every moment (UTC) at which clocks show a wall-clock time: none, one or two, in order."""
        read = {self._read(wall, fold) for fold in (0, 1)}
        return sorted(at for at in read if self._wall(at) == wall)

    def _read(self, wall: datetime, fold: int) -> datetime:
        return wall.replace(tzinfo=self._zone, fold=fold).astimezone(UTC)

    def _wall(self, moment: datetime) -> datetime:
        return moment.astimezone(self._zone).replace(tzinfo=None, fold=0)

    def local(self, moment: datetime) -> datetime:
        """Show a moment in the schedule's zone."""
        return moment.astimezone(self._zone)


def make_trigger(cron: str, timezone: str, *, jitter_s: float = 0) -> Trigger:
    """
    Make the trigger of five cron fields.

    Args:
        jitter_s: each firing is late by a random time up to this, so that many connectors do not call as one.

    Raises:
        ValueError: not five fields that cron would take.
    """
    from connector.daemon.trigger import Trigger  # brings APScheduler, which only the service needs

    return Trigger(Schedule(cron, timezone), jitter_s)


def next_time(cron: str, timezone: str, *, after: float) -> datetime | None:
    """When cron fields fire next after a moment, in their zone; None for empty fields."""
    if not cron:
        return None
    schedule = Schedule(cron, timezone)
    at = schedule.after(datetime.fromtimestamp(after, UTC))
    return None if at is None else schedule.local(at)


def next_full(
    schedules: Mapping[str, str], timezone: str, *, last: tuple[str, float] | None, now: float
) -> datetime | None:
    """
    When a service begins a full run next, in the zone; None where its schedule has none.

    That is before the schedule says so where the last one did not come to its end: after a pause where it failed, else in place
    of the next delta, as `daemon.due` has it.

    Args:
        schedules: cron fields by mode.
        last: how and when the newest one over all sources ended, in seconds since 1970; None before the first.
    """
    planned = next_time(schedules[Mode.FULL], timezone, after=now)
    if planned is None:
        return None
    outcome, ended = last or (Outcome.CANCELLED, now)
    if outcome == Outcome.FAILED:
        again = datetime.fromtimestamp(max(ended + FULL_AGAIN_S, now), UTC).astimezone(ZoneInfo(timezone))
    elif outcome in {Outcome.CANCELLED, KILLED}:
        again = next_time(schedules[Mode.DELTA], timezone, after=now) or planned
    else:
        return planned
    return min(planned, again.replace(microsecond=0))


def last_time(cron: str, timezone: str, *, before: float) -> float:
    """
    When cron fields fired last until a moment, in seconds since 1970.

    Returns:
        That moment, without its seconds, where they are empty or did not fire for a year.
    """
    if not cron:
        return before // 60 * 60
    schedule = Schedule(cron, timezone)
    for back in LOOKS_BACK_S:
        at, last = schedule.after(datetime.fromtimestamp(before - back, UTC)), None
        while at is not None and at.timestamp() <= before:
            at, last = schedule.after(at), at
        if last is not None:
            return last.timestamp()
    return before // 60 * 60


def pause_of(cron: str, timezone: str, *, now: float) -> float:
    """Seconds between the next two firings of cron fields; 0 where there are no two."""
    first = next_time(cron, timezone, after=now)
    second = next_time(cron, timezone, after=first.timestamp()) if first is not None else None
    return second.timestamp() - first.timestamp() if first is not None and second is not None else 0.0


def was_due(cron: str, timezone: str, *, since: float, now: float) -> bool:
    """Whether cron fields fired between two moments."""
    at = next_time(cron, timezone, after=since)
    return at is not None and at.timestamp() <= now
