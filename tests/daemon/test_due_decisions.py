"""Which run is due of a target, by what the ledger tells of the last ones: decided for a service that starts, and after each pause."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import structlog
from structlog.testing import capture_logs

from connector.daemon.due import Due
from connector.daemon.schedule import FULL_AGAIN_S
from connector.document.durations import DAY_S, HOUR_S
from connector.errors import LedgerAway
from connector.ledger.store import Ledger
from connector.plan.item import Mode
from tests.desk import NOW, Desk

NOON = NOW // DAY_S * DAY_S + 12 * HOUR_S
"""Full runs are due at one in the night, deltas every quarter of an hour."""
JITTER_S = 20


class Service:
    """What is due of a service, as its ledger and its settings are."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.now = desk, NOON
        self.next_mode = Mode.DELTA
        self.quiet_until = 0.0
        self.is_away = False
        self.schedule = SimpleNamespace(full="0 1 * * *", delta="*/15 * * * *", timezone="UTC")
        app = SimpleNamespace(
            settings=SimpleNamespace(schedule=self.schedule),
            ledger=self.ledger,
            next_mode=lambda _: self.next_mode,
            quiet_until=lambda _: self.quiet_until,
        )
        self.due = Due(lambda: app, clock=lambda: self.now, jitter_s=JITTER_S)  # type: ignore[arg-type,return-value]

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        if self.is_away:
            raise LedgerAway("It does not answer.")
        yield self.desk.ledger

    def ran(self, mode: str, outcome: str, *, ago: float, lasted: float = 0.0) -> None:
        """A run ended so long ago."""
        runs = self.desk.books.runs
        run = runs.start(mode=mode, dry_run=False, now=self.now - ago - lasted)
        if outcome != "killed":
            runs.finish(run.number, outcome=outcome, report="{}", now=self.now - ago)

    def full(self) -> bool:
        return self.due.full("intranet")


@pytest.fixture
def one(blank_desk: Desk) -> Service:
    structlog.reset_defaults()
    return Service(blank_desk)


def test_the_first_run_is_a_full_one_where_there_are_any(one: Service) -> None:
    assert one.full()
    one.schedule.full = ""
    assert not one.full()
    one.next_mode = Mode.FULL
    assert one.full(), "what the last run asks for is due without a schedule, too"


@pytest.mark.parametrize(
    ("outcome", "ago", "is_due"),
    [
        ("succeeded", 10 * HOUR_S, False),
        ("succeeded", 12 * HOUR_S, True),
        ("succeeded", 11 * HOUR_S, False),
        ("withheld", HOUR_S, False),
        ("cancelled", HOUR_S, True),
        ("killed", HOUR_S, True),
        ("failed", FULL_AGAIN_S - 1, False),
        ("failed", FULL_AGAIN_S, True),
    ],
)
def test_a_full_run_is_due_where_one_was_missed_or_did_not_come_to_its_end(
    one: Service, outcome: str, ago: float, is_due: bool
) -> None:
    one.ran("full", outcome, ago=ago)
    one.ran("delta", "succeeded", ago=1)
    assert one.full() is is_due


def test_the_firing_that_a_late_full_run_answered_counts_once(one: Service) -> None:
    one.ran("full", "succeeded", ago=11 * HOUR_S - 1 + JITTER_S, lasted=1)
    assert not one.full()


def test_one_that_failed_has_its_pause_from_its_end_on(one: Service) -> None:
    one.ran("full", "failed", ago=60, lasted=9 * HOUR_S)
    assert not one.full()
    assert one.due.put_off == {"intranet": NOON - 60 + FULL_AGAIN_S}
    one.now += FULL_AGAIN_S - 61
    assert one.due.waited_for(["intranet"]) == []
    one.now += 1
    assert one.due.waited_for(["intranet"]) == ["intranet"]
    assert one.due.put_off == {}


@pytest.mark.parametrize(
    ("ago", "delta", "is_due"),
    [(14 * 60, "*/15 * * * *", None), (16 * 60, "*/15 * * * *", Mode.DELTA), (16 * 60, "", None)],
)
def test_a_delta_that_fell_due_meanwhile_is_done_at_the_start(
    one: Service, ago: float, delta: str, is_due: Mode | None
) -> None:
    one.now += 14 * 60 + 30
    one.schedule.delta = delta
    one.ran("full", "succeeded", ago=ago)
    assert one.due.missed("intranet") is is_due


def test_at_the_very_first_start_a_delta_is_due_where_no_full_run_may_be(one: Service) -> None:
    assert one.due.missed("intranet") is Mode.FULL
    one.quiet_until = NOON + 60
    assert one.due.missed("intranet") is Mode.DELTA


def test_in_quiet_hours_a_full_run_waits_for_their_end_and_that_is_said_once(one: Service) -> None:
    one.quiet_until = NOON + HOUR_S
    with capture_logs() as logs:
        assert (one.full(), one.full(), one.due.must_wait("intranet")) == (False, False, True)
    assert [told["event"] for told in logs] == ["run.waits"]
    assert one.due.waited_for(["intranet"]) == []
    one.quiet_until = 0.0
    assert one.due.waited_for(["another"]) == []
    assert one.due.put_off == {}, "a target that the settings have no more waits for nothing"


def test_what_waited_is_asked_for_once(one: Service) -> None:
    one.quiet_until = NOON + HOUR_S
    one.full()
    one.quiet_until = 0.0
    assert (one.due.waited_for(["intranet"]), one.due.waited_for(["intranet"])) == (["intranet"], [])


def test_what_waited_waits_on_where_the_ledger_does_not_answer(one: Service) -> None:
    one.due.try_again("intranet")
    one.now += FULL_AGAIN_S
    one.is_away = True
    with pytest.raises(LedgerAway):
        one.due.waited_for(["intranet"])
    one.is_away = False
    assert one.due.waited_for(["intranet"]) == ["intranet"]


def test_a_pause_of_a_clock_that_was_ahead_is_no_pause_once_it_was_set_back(one: Service) -> None:
    one.due.try_again("intranet")
    one.now -= DAY_S
    assert one.due.waited_for(["intranet"]) == ["intranet"]
    assert one.due.waited_for(["intranet"]) == [], "it is asked for once"
