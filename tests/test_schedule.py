"""When runs are due: weekdays as cron counts them, time zones, and what was missed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connector.schedule import make_trigger, next_time, was_due

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
