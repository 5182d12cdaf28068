"""When runs are due: weekdays as cron counts them, time zones, and what was missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.daemon.schedule import (
    FULL_AGAIN_S,
    Schedule,
    last_time,
    make_trigger,
    next_full,
    next_time,
    was_due,
)
from connector.document.states import KILLED

ZONES = sorted(available_timezones())
SATURDAY = datetime(2026, 11, 21, 12, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("field", "day"),
    [
        ("0", "Sunday"),
        ("7", "Sunday"),
        ("1", "Monday"),
        ("2-4", "Tuesday"),
        ("sun", "Sunday"),
        ("5,0", "Sunday"),
        ("6-7", "Sunday"),
    ],
)
def test_weekday_numbers_are_crons(field: str, day: str) -> None:
    at = next_time(f"30 2 * * {field}", "Europe/Oslo", after=SATURDAY)
    assert at is not None
    assert at.strftime("%A") == day


def test_every_second_weekday_counts_from_sunday() -> None:
    days, after = [], SATURDAY
    for _ in range(4):
        at = next_time("0 0 * * */2", "UTC", after=after)
        assert at is not None
        days.append(at.strftime("%a"))
        after = at.timestamp() + 1
    assert days == ["Sun", "Tue", "Thu", "Sat"]


@pytest.mark.parametrize("cron", ["* * * *", "* * * * 8", "* * * * 5-2", "61 * * * *", "* * * * */0"])
def test_what_cron_would_refuse_is_refused(cron: str) -> None:
    with pytest.raises(ValueError):
        make_trigger(cron, "UTC")


def test_times_are_of_the_named_zone() -> None:
    at = next_time("30 2 * * *", "Europe/Oslo", after=SATURDAY)
    assert at is not None
    assert at.astimezone(UTC).strftime("%H:%M") == "01:30"


def test_empty_fields_are_never_due() -> None:
    assert next_time("", "UTC", after=SATURDAY) is None
    assert not was_due("", "UTC", since=0, now=SATURDAY)


def test_a_firing_between_two_moments_was_due() -> None:
    assert was_due("0 12 * * *", "UTC", since=SATURDAY - 60, now=SATURDAY)
    assert not was_due("0 12 * * *", "UTC", since=SATURDAY + 1, now=SATURDAY + 3600)


# -- the hour that comes twice, and the one that is left out --------------------------------------

OSLO = "Europe/Oslo"


def firings(cron: str, zone: str, start: str, end: str) -> list[str]:
    """Local times of all firings after one moment and up to another."""
    at, last, told = datetime.fromisoformat(start), datetime.fromisoformat(end), []
    schedule = Schedule(cron, zone)
    while True:
        found = schedule.after(at)
        assert found is not None
        assert found > at
        if found > last:
            return told
        told.append(schedule.local(found).isoformat(timespec="minutes"))
        at = found


@pytest.mark.parametrize("cron", ["*/15 * * * *", "30 2 * * 0", "0 * * * *", "45 2 * * *"])
@pytest.mark.parametrize("jitter_s", [0, 20])
def test_nothing_fires_before_now_in_the_hour_that_comes_twice(cron: str, jitter_s: float) -> None:
    zone = ZoneInfo(OSLO)
    trigger = make_trigger(cron, OSLO, jitter_s=jitter_s)
    start = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    for seconds in range(0, 4 * 3600, 37):
        now = (start + timedelta(seconds=seconds)).astimezone(zone)
        for previous in (None, now, (start - timedelta(hours=2)).astimezone(zone)):
            found = trigger.get_next_fire_time(previous, now)
            assert found is not None
            assert found.timestamp() >= now.timestamp()
            assert previous is None or found.timestamp() > previous.timestamp()


def test_a_quarter_fires_in_both_passes_and_a_certain_time_in_the_first_only() -> None:
    night = ("2026-10-25T01:50+02:00", "2026-10-25T03:00+01:00")
    assert firings("*/30 * * * *", OSLO, *night) == [
        "2026-10-25T02:00+02:00",
        "2026-10-25T02:30+02:00",
        "2026-10-25T02:00+01:00",
        "2026-10-25T02:30+01:00",
        "2026-10-25T03:00+01:00",
    ]
    assert firings("30 2 * * 0", OSLO, *night) == ["2026-10-25T02:30+02:00"]
    assert firings("15 * * * *", OSLO, *night) == ["2026-10-25T02:15+02:00", "2026-10-25T02:15+01:00"]
    assert firings("*/30 2 * * *", OSLO, *night)[1:] == [
        f"2026-10-25T02:{minute}" for minute in ("30+02:00", "00+01:00", "30+01:00")
    ]


def test_a_certain_time_that_is_left_out_fires_once_after_the_gap() -> None:
    night = ("2026-03-29T00:00+01:00", "2026-03-30T04:00+02:00")
    assert firings("0,30 2 * * *", OSLO, *night) == [
        "2026-03-29T03:00+02:00",
        "2026-03-30T02:00+02:00",
        "2026-03-30T02:30+02:00",
    ]


@pytest.mark.parametrize(
    ("cron", "after", "right"),
    [
        ("0 0 * * *", "2026-03-29T00:00:30+01:00", "2026-03-30T00:00+02:00"),
        ("30 0 * * 1", "2026-03-23T01:00+01:00", "2026-03-30T00:30+02:00"),
        ("0 0 1 * *", "2026-03-01T00:01+01:00", "2026-04-01T00:00+02:00"),
        ("0 2 1 * 0", "2026-11-02T00:00+01:00", "2026-11-08T02:00+01:00"),
        ("0 0 1 * 1", "2026-11-24T00:00+01:00", "2026-11-30T00:00+01:00"),
        ("0 0 1 * */3", "2026-11-24T00:00+01:00", "2027-05-01T00:00+02:00"),
    ],
)
def test_no_firing_is_left_out(cron: str, after: str, right: str) -> None:
    at = next_time(cron, OSLO, after=datetime.fromisoformat(after).timestamp())
    assert at is not None
    assert at.isoformat(timespec="minutes") == right


def test_a_weekly_run_after_the_spring_change_was_due() -> None:
    since, now = (
        datetime.fromisoformat(f"2026-03-{day}+02:00").timestamp() for day in ("23T01:31", "30T12:00")
    )
    assert was_due("30 0 * * 1", OSLO, since=since, now=now)


def test_a_zone_that_left_out_a_day_loses_no_daily_run() -> None:
    days = firings("0 2 * * *", "Pacific/Apia", "2011-12-29T00:00-10:00", "2012-01-01T12:00+14:00")
    assert days == [
        "2011-12-29T02:00-10:00",
        "2011-12-31T00:00+14:00",
        "2011-12-31T02:00+14:00",
        "2012-01-01T02:00+14:00",
    ]


def test_dates_that_never_come_are_refused() -> None:
    with pytest.raises(ValueError, match="day-of-month"):
        make_trigger("0 0 31 2 *", "UTC")


def changes(zone: ZoneInfo, year: int) -> list[datetime]:
    """Hours (UTC) of a year in which the zone's offset changed."""
    hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=6 * n) for n in range(4 * 366)]
    turned = [
        (a, b) for a, b in pairwise(hours) if a.astimezone(zone).utcoffset() != b.astimezone(zone).utcoffset()
    ]
    return [a for a, _ in turned]


def fits(cron: str, wall: datetime) -> bool:
    """Whether minute and hour fields of the simple kinds below fit; written apart from what is tested."""
    for field, value, size in zip(cron.split()[:2], (wall.minute, wall.hour), (60, 24), strict=True):
        values = set(range(size))
        if field.startswith("*/"):
            values = set(range(0, size, int(field[2:])))
        elif field != "*":
            values = {int(one) for one in field.split(",")}
        if value not in values:
            return False
    return True


def by_hand(cron: str, zone: ZoneInfo, start: datetime, minutes: int) -> list[datetime]:
    """Walk every minute from a moment on, and say which fire by the rules of cron(8)."""
    often = cron.startswith("*") or cron.split()[1].startswith("*")
    found = []
    minute = timedelta(minutes=1)
    for n in range(minutes):
        at = start + n * minute
        wall = at.astimezone(zone).replace(tzinfo=None)
        before = (at - minute).astimezone(zone).replace(tzinfo=None)
        if often:
            fires = fits(cron, wall)
        else:
            left_out = [before + k * minute for k in range(1, int((wall - before) / minute))]
            fires = (fits(cron, wall) and at.astimezone(zone).fold == 0) or any(
                fits(cron, one) for one in left_out
            )
        if fires:
            found.append(at)
    return found


@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_in_every_zone_each_match_fires_once(data: st.DataObject) -> None:
    zone = ZoneInfo(data.draw(st.sampled_from(ZONES)))
    turned = changes(zone, data.draw(st.integers(1975, 2037)))
    middle = data.draw(st.sampled_from(turned)) if turned else datetime(2026, 6, 1, tzinfo=UTC)
    start = middle - timedelta(hours=data.draw(st.integers(0, 5)), minutes=data.draw(st.integers(0, 59)))
    minute = data.draw(st.sampled_from(["*", "*/7", "*/15", "0", "30", "5,35", "59", "0,15,30,45"]))
    hour = data.draw(st.sampled_from(["*", "*/2", "0", "1", "2", "3", "1,2,3", "23,0", "0,1,2,3,4,5"]))
    cron = f"{minute} {hour} * * *"
    schedule = Schedule(cron, zone.key)
    reads = 0
    read = schedule._read

    def counted(wall: datetime, fold: int) -> datetime:
        nonlocal reads
        reads += 1
        return read(wall, fold)

    schedule._read = counted  # type: ignore[method-assign]
    right = by_hand(cron, zone, start, 30 * 60)
    at, found = start - timedelta(seconds=1), []
    while (at := schedule.after(at) or start + timedelta(days=9)) < start + timedelta(hours=30):
        found.append(at)
        assert reads < 6_000 + 10 * len(found)
    assert found == right


@pytest.mark.parametrize("cron", ["* * * * *", "*/15 * * * *", "30 2 * * 0", "0 0 1 1 *"])
def test_the_last_firing_is_the_one_that_every_service_names(cron: str) -> None:
    now = datetime(2026, 10, 25, 3, 7, 31, tzinfo=UTC).timestamp()
    last = last_time(cron, "Europe/Oslo", before=now)
    assert last <= now
    following = next_time(cron, "Europe/Oslo", after=last)
    assert following is not None
    assert following.timestamp() > now
    assert last_time(cron, "Europe/Oslo", before=last) == last
    assert last_time(cron, "Europe/Oslo", before=last + 0.5) == last


def test_where_nothing_ever_fires_the_minute_is_named() -> None:
    assert last_time("", "UTC", before=125.0) == 120.0


def test_a_certain_time_fires_once_on_the_night_on_which_the_clock_goes_back() -> None:
    night = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()
    assert {
        last_time("30 2 * * 0", "Europe/Oslo", before=night + late) for late in (0.0, 60.0, 3_600.0, 7_200.0)
    } == {night}


@pytest.mark.parametrize(
    ("last", "delta", "minutes"),
    [
        (("succeeded", SATURDAY - 600), "*/15 * * * *", 14 * 60 + 30),
        (("failed", SATURDAY - 600), "*/15 * * * *", 50),
        (("failed", SATURDAY - 600), "", 50),
        (("failed", SATURDAY - 2 * FULL_AGAIN_S), "*/15 * * * *", 0),
        (("cancelled", SATURDAY - 600), "*/15 * * * *", 15),
        ((KILLED, SATURDAY - 600), "*/15 * * * *", 15),
        ((KILLED, SATURDAY - 600), "", 14 * 60 + 30),
        (None, "*/15 * * * *", 15),
    ],
)
def test_a_full_run_that_did_not_come_to_its_end_is_next_before_the_schedule_says_so(
    last: tuple[str, float] | None, delta: str, minutes: int
) -> None:
    schedules = {"delta": delta, "full": "30 2 * * 0"}
    at = next_full(schedules, "UTC", last=last, now=SATURDAY)
    assert at is not None
    assert at.timestamp() == SATURDAY + minutes * 60
    assert next_full({**schedules, "full": ""}, "UTC", last=last, now=SATURDAY) is None
