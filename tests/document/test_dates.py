"""Dates on which no arithmetic may fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.document.audience import make_audience
from connector.document.dates import FIRST, LAST, LAST_EDIT, a_moment_later, in_utc, wall_times
from connector.target import wire
from tests.builders import make_document
from tests.target.test_interact_wire import sent

EAST, WEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))
OFFSETS = st.timedeltas(min_value=timedelta(hours=-23), max_value=timedelta(hours=23)).map(timezone)
ANY_TIME = st.datetimes(timezones=st.none() | OFFSETS)


@pytest.mark.parametrize(
    ("time", "nearest"),
    [
        (datetime.min.replace(tzinfo=EAST), FIRST),
        (datetime.max.replace(tzinfo=WEST), LAST),
        (datetime(2026, 1, 1, tzinfo=EAST), datetime(2025, 12, 31, 10, tzinfo=UTC)),
        (datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)),  # noqa: DTZ001 - without an offset on purpose
    ],
)
def test_a_moment_that_no_calendar_has_is_the_nearest_one(time: datetime, nearest: datetime) -> None:
    assert in_utc(time) == nearest


@given(ANY_TIME)
def test_no_arithmetic_on_a_date_fails(time: datetime) -> None:
    later = a_moment_later(time)
    assert later.tzinfo is UTC
    assert later > in_utc(time) or later > LAST - timedelta(milliseconds=1)


@given(ANY_TIME)
def test_every_date_of_a_document_goes_out_and_moves_on_with_another_audience(time: datetime) -> None:
    rendered = wire.render(make_document(modified=time, created=time), deletion_mode="Session")
    again = wire.with_audience(rendered.body, rendered.text, make_audience(["ix:user:a"]))
    assert sent(again)["ModifiedDate"] > sent(rendered)["ModifiedDate"]


def test_a_body_of_the_last_moment_that_an_earlier_release_sent_still_gets_another_audience() -> None:
    last = wire.render(make_document(modified=LAST_EDIT), deletion_mode="Session")
    body = last.body.replace(b"9999-12-31T00:00:00.000Z", b"9999-12-31T23:59:59.999Z")
    assert body != last.body
    again = wire.with_audience(body, last.text, make_audience(["ix:user:a"]))
    assert sent(again)["ModifiedDate"] == "9999-12-31T23:59:59.999Z"
    assert sent(again)["ExternalIdentities"] == ["ix:user:a"]


def test_times_in_a_sentence_are_those_of_the_wall_and_nothing_else_changes() -> None:
    told = "hidden by Kari since 2026-07-01T22:30:00Z until 2026-12-24T00:00:00Z: see 2026-07-01 and 12T3"
    assert (
        wall_times(told, "Europe/Oslo")
        == "hidden by Kari since 2026-07-02 00:30 until 2026-12-24 01:00: see 2026-07-01 and 12T3"
    )
    assert wall_times("at 2026-99-99T22:30:00Z", "Europe/Oslo") == "at 2026-99-99T22:30:00Z"
