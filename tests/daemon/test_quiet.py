"""Quiet hours: when they are on, when they end, and what waits for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connector.commands.progress import wait_for_quiet_hours
from connector.errors import LedgerAway, SettingsError
from connector.plan.item import Mode
from connector.plan.options import Watch
from connector.sources.quiet_hours import QuietHours
from tests.daemon.serving import ended, history, make_service, serving, until
from tests.estates import furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood

OSLO = "Europe/Oslo"


def at(text: str, zone: str = OSLO, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


@pytest.mark.parametrize(
    ("hours", "wall", "on"),
    [
        ("07:00-17:00", "2026-11-27T06:59:59", False), ("07:00-17:00", "2026-11-27T07:00", True), ("07:00-17:00", "2026-11-27T16:59:59", True),
        ("07:00-17:00", "2026-11-27T17:00", False), ("22:00-06:00", "2026-11-27T23:30", True), ("22:00-06:00", "2026-11-27T05:59", True),
        ("22:00-06:00", "2026-11-27T06:00", False), ("22:00-24:00", "2026-11-27T23:59", True), ("22:00-24:00", "2026-11-27T00:00", False),
        ("00:00-06:00, 12:00-13:00", "2026-11-27T12:30", True), ("7:00 - 17:00", "2026-11-27T08:00", True), ("", "2026-11-27T08:00", False),
    ],
)  # fmt: skip
def test_hours_are_those_of_the_wall_clock(hours: str, wall: str, on: bool) -> None:
    assert QuietHours(hours, OSLO).are_on(at(wall)) is on


@pytest.mark.parametrize(
    "hours",
    [
        "7-17",
        "07:00",
        "25:00-26:00",
        "07:60-08:00",
        "07:00-07:00",
        "a",
        "07:00-17:00;",
        "24:30-01:00",
        "٠٧:00-17:00",
        "00:00-12:00, 12:00-24:00",
        "20:00-08:00,07:00-20:00",
    ],
)
def test_what_says_no_hours_or_leaves_none_is_refused(hours: str) -> None:
    with pytest.raises(
        ValueError, match=r"expected hours|no .* on a clock|begins when it ends|leaves no minute"
    ):
        QuietHours(hours, OSLO)


def test_sources_that_together_leave_no_minute_for_a_full_run_are_refused(near: Neighbourhood) -> None:
    near.values |= {
        key.replace("interaxo", "other"): one
        for key, one in near.values.items()
        if key.startswith("sources.interaxo.")
    }
    near.values |= {"sources.other.id_prefix": "other", "sources.other.quiet": "17:00-06:59"}
    near.app()
    near.values["sources.other.quiet"] = "16:00-07:30"
    with pytest.raises(SettingsError, match="no minute of the day") as caught:
        near.app()
    assert caught.value.key == "sources.other.quiet"
    near.values |= {"targets.south." + key: one for key, one in SOUTH.items()}
    near.values |= {"sources.interaxo.target": "intranet", "sources.other.target": "south"}
    near.app()


SOUTH = {"base_url": "https://south.example.com", "tenant": "south", "app_id": 5, "api_key": "a-key-of-south"}


@pytest.mark.parametrize(
    ("hours", "now", "end"),
    [
        ("07:00-17:00", at("2026-11-27T08:00:30"), at("2026-11-27T17:00")),
        ("22:00-06:00", at("2026-11-27T23:00"), at("2026-11-28T06:00")),
        ("07:00-17:00", at("2026-11-27T06:00"), 0.0),
        # the hour that comes twice is quiet twice
        ("02:15-02:45", at("2026-10-25T02:20"), at("2026-10-25T02:45")),
        ("02:00-03:00", at("2026-10-25T02:20"), at("2026-10-25T03:00")),
        ("02:30-03:00", at("2026-10-25T02:30", fold=1), at("2026-10-25T03:00")),
        # the hour that never comes: its end is where the clock goes on
        ("01:30-02:30", at("2027-03-28T01:45"), at("2027-03-28T03:00")),
    ],
)
def test_the_end_is_the_first_minute_that_is_not_quiet(hours: str, now: float, end: float) -> None:
    assert QuietHours(hours, OSLO).until(now) == end


def test_every_minute_of_a_year_is_quiet_just_as_its_wall_clock_says() -> None:
    quiet = QuietHours("02:10-02:50", OSLO)
    moment = datetime(2026, 10, 24, tzinfo=UTC)
    for _ in range(3 * 24 * 60):
        wall = moment.astimezone(ZoneInfo(OSLO))
        assert quiet.are_on(moment.timestamp()) == (wall.hour == 2 and 10 <= wall.minute < 50)
        moment += timedelta(minutes=1)


@pytest.fixture
async def near(tmp_path: Path) -> AsyncIterator[Neighbourhood]:
    async with neighbourhood(tmp_path, furnish_small) as one:
        one.values["service.listen"] = "127.0.0.1:0"
        one.values["schedule.timezone"] = OSLO
        one.values["sources.interaxo.quiet"] = "07:00-17:00"
        one.clock.now = at("2026-11-27T08:00")
        yield one


async def test_a_full_run_of_the_service_waits_for_their_end_and_deltas_go_on(near: Neighbourhood) -> None:
    near.values["schedule.delta"] = "*/15 * * * *"
    service = make_service(near)
    async with serving(service):
        await until(ended(service, near, 1))
        assert [mode for mode, _ in history(near)] == ["delta"]
        near.clock.now = at("2026-11-27T17:01")
        await until(ended(service, near, 2))
    assert history(near)[1] == ("full", "succeeded")
    assert near.found() == near.expected()


async def test_it_is_done_at_their_end_where_no_delta_is_scheduled(near: Neighbourhood) -> None:
    near.values["schedule.delta"] = ""
    service = make_service(near)
    async with serving(service):
        await until(lambda: "intranet" in service._due.put_off)
        assert history(near) == []
        near.clock.now = at("2026-11-27T17:01")
        await until(ended(service, near, 1))
    assert [mode for mode, _ in history(near)] == ["full"]


async def test_a_ledger_that_is_away_at_their_end_costs_neither_the_run_nor_who_watches(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    near.values["schedule.delta"] = ""
    service = make_service(near)
    asked, away = service._due.full, [LedgerAway("it restarts")] * 3

    def full(target: str) -> bool:
        if away:
            raise away.pop()
        return asked(target)

    async with serving(service):
        await until(lambda: "intranet" in service._due.put_off)
        monkeypatch.setattr(service._due, "full", full)
        near.clock.now = at("2026-11-27T17:01")
        await until(ended(service, near, 1))
    assert away == []
    assert [mode for mode, _ in history(near)] == ["full"]


@pytest.mark.parametrize("mode", ["full", "backfill"])
async def test_a_run_that_is_under_way_ends_where_they_begin(near: Neighbourhood, mode: str) -> None:
    near.clock.now = at("2026-11-27T06:59")

    def seen(_: int) -> None:
        near.clock.now = max(near.clock.now, at("2026-11-27T07:00"))

    report = await near.run(mode, Watch(seen=seen))
    assert report.outcome == "cancelled"
    assert not report.session.ended
    near.clock.now = at("2026-11-27T17:00")
    assert (await near.run(mode)).outcome == "succeeded"
    assert near.found() == near.expected()


async def test_a_delta_waits_for_nothing(near: Neighbourhood) -> None:
    report = await near.run("delta")
    assert report.outcome != "cancelled"
    assert near.found() == near.expected()


def test_by_itself_and_for_other_sources_nothing_is_quiet(near: Neighbourhood) -> None:
    app = near.app()
    assert app.quiet_until("intranet") == at("2026-11-27T17:00")
    assert app.quiet_until("intranet", app.options("intranet", Mode.BACKFILL)) == at("2026-11-27T17:00")
    assert app.quiet_until("intranet", app.options("intranet", Mode.DELTA)) == 0
    assert app.quiet_until("intranet", app.options("intranet", Mode.BACKFILL, adopt=True)) == 0
    near.values["sources.interaxo.quiet"] = ""
    assert near.app().quiet_until("intranet") == 0


async def test_by_hand_a_run_waits_until_they_end_or_somebody_stops_it() -> None:
    left = [60.0, 60.0, 60.0, 0.0]
    paused: list[float] = []

    async def pause(seconds: float) -> None:
        paused.append(seconds)

    await wait_for_quiet_hours(lambda: left.pop(0), lambda: False, pause)
    assert len(paused) == 2
    await wait_for_quiet_hours(lambda: 60.0, lambda: True, pause)
    assert len(paused) == 2
