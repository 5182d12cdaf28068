"""What a look tells, of runs as the history has them: once, by each channel, in their order, and no longer than it is news."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest

from connector.errors import LedgerAway, LedgerError
from connector.ledger.runs import Run
from connector.ledger.store import Ledger
from connector.notify.events import Event, What
from connector.notify.mail import NotTold
from connector.notify.notifier import (
    AWAKE_S,
    GIVEN_UP_S,
    MOST_WAITING,
    PAUSES_S,
    Notifier,
    Telling,
    Unwritten,
)
from connector.notify.stored_state import NotifyState, keep_notify_state, read_notify_state
from tests.desk import NOW, Desk

FAILED, RECOVERED, LATE, BRAKED = What.FAILED, What.RECOVERED, What.LATE, What.BRAKED
LATE_S = 7_200.0


class Listening:
    """A channel that may be down."""

    def __init__(self, name: str) -> None:
        self.name, self.is_down, self.missed = name, False, ""
        self.tried = 0
        self.events: list[Event] = []

    async def tell(self, event: Event) -> str:
        self.tried += 1
        if self.is_down:
            raise NotTold(f"{self.name} is down.")
        self.events.append(event)
        return self.missed

    @property
    def told(self) -> list[What]:
        return [one.what for one in self.events]


class Look:
    """A notifier with two channels, and the runs of one target in a ledger that may be away."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.now, self.awake = desk, NOW, 0.0
        self.mail, self.hook = Listening("mail"), Listening("webhook")
        self.channels: list[Listening] = [self.mail, self.hook]
        self.on = tuple(one.value for one in What)
        self.away: LedgerError | None = None
        self.unwritten: Unwritten | None = None
        self.begin()

    def begin(self) -> None:
        """The service begins."""
        self.notifier = Notifier(
            self.telling,
            self.ledger,
            clock=lambda: self.now,
            steady=lambda: self.awake,
            unwritten=lambda _: self.unwritten,
        )

    def telling(self) -> Telling:
        return Telling(
            targets={"intranet": {"interaxo"}},
            on=self.on,
            withheld_runs=3,
            channels=tuple(self.channels),
            late_after_s=LATE_S,
        )

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        if self.away is not None:
            raise self.away
        yield self.desk.ledger

    def passes(self, seconds: float) -> None:
        """So much time passes."""
        self.now += seconds
        self.awake += seconds

    def run(self, outcome: str, *, dry_run: bool = False, only: tuple[str, ...] = ()) -> Run:
        """One run that began a while ago comes to its end now."""
        runs = self.desk.books.runs
        run = runs.start(
            mode="delta", dry_run=dry_run, now=self.now - 60, wanted={"only": list(only)} if only else {}
        )
        report = {"findings": [], "reasons": [f"It {outcome}."], "sources": {"interaxo": {"complete": True}}}
        runs.finish(run.number, outcome=outcome, report=msgspec.json.encode(report).decode(), now=self.now)
        return run

    async def look(self) -> list[What]:
        """What the webhook hears in one look."""
        before = len(self.hook.events)
        await self.notifier.look()
        return self.hook.told[before:]

    @property
    def state(self) -> NotifyState:
        found = read_notify_state(self.desk.ledger.notes(""), "intranet")
        assert found is not None
        return found


@pytest.fixture
def one(blank_desk: Desk) -> Look:
    return Look(blank_desk)


async def test_trouble_and_its_end_are_told_once_by_each_channel(one: Look) -> None:
    one.run("succeeded")
    assert await one.look() == []
    one.run("failed")
    one.run("failed")
    assert (await one.look(), await one.look()) == ([FAILED], [])
    one.run("succeeded")
    assert await one.look() == [RECOVERED]
    assert one.mail.told == one.hook.told
    (event, _) = one.hook.events
    assert (event.target, event.at, event.reasons, event.none_good) == (
        "intranet",
        NOW,
        ("It failed.",),
        False,
    )


async def test_who_is_told_from_now_on_hears_how_it_stands_and_of_nothing_before(one: Look) -> None:
    for outcome in ("failed", "succeeded", "braked"):
        one.run(outcome)
    assert await one.look() == [BRAKED]


async def test_that_search_was_never_up_to_date_is_told(one: Look) -> None:
    one.run("failed")
    await one.look()
    assert one.hook.events[0].none_good


async def test_a_run_of_a_part_that_went_well_and_a_rehearsal_are_no_news(one: Look) -> None:
    one.run("failed")
    await one.look()
    one.run("succeeded", only=("interaxo",))
    one.run("braked", dry_run=True)
    assert await one.look() == []
    one.run("braked", only=("interaxo",))
    assert await one.look() == [BRAKED], "one that did not is"


async def test_what_does_not_get_through_is_tried_again_by_that_channel_alone(one: Look) -> None:
    one.run("succeeded")
    await one.look()
    one.mail.is_down = True
    one.run("failed")
    assert (await one.look(), one.mail.told) == ([FAILED], [])
    assert one.state.trouble == {"mail": "mail is down."}
    one.mail.is_down = False
    one.passes(PAUSES_S[0] - 1)
    await one.look()
    assert one.mail.told == []
    one.passes(1)
    assert (await one.look(), one.mail.told) == ([], [FAILED])
    assert (one.state.trouble, one.state.waiting) == ({}, [])


async def test_an_all_clear_never_comes_before_the_alarm(one: Look) -> None:
    one.run("succeeded")
    await one.look()
    one.mail.is_down = one.hook.is_down = True
    one.run("failed")
    await one.look()
    one.mail.is_down = one.hook.is_down = False
    one.run("succeeded")
    assert await one.look() == [FAILED, RECOVERED], "though the alarm's pause is not over"
    assert one.mail.told == [FAILED, RECOVERED]


async def test_what_reached_nobody_for_a_day_is_given_up_and_told_anew_as_long_as_it_lasts(one: Look) -> None:
    one.run("succeeded")
    await one.look()
    one.mail.is_down = one.hook.is_down = True
    one.run("failed")
    await one.look()
    one.passes(GIVEN_UP_S)
    await one.look()
    assert len(one.state.waiting) == 1
    one.passes(PAUSES_S[-1])
    await one.look()
    assert (one.state.waiting, one.state.standing.told) == ([], ())
    one.mail.is_down = one.hook.is_down = False
    one.run("failed")
    assert await one.look() == [FAILED]


async def test_what_reached_somebody_is_not_told_anew_after_it_was_given_up(one: Look) -> None:
    one.run("succeeded")
    await one.look()
    one.mail.is_down = True
    one.run("failed")
    await one.look()
    one.passes(GIVEN_UP_S + 1)
    await one.look()
    assert one.state.waiting == []
    one.run("failed")
    assert await one.look() == []


async def test_of_too_much_that_waits_the_oldest_is_given_up(one: Look) -> None:
    one.run("succeeded")
    await one.look()
    one.mail.is_down = one.hook.is_down = True
    for outcome in ["failed", "succeeded"] * MOST_WAITING:
        one.run(outcome)
    await one.look()
    assert len(one.state.waiting) == MOST_WAITING
    assert one.state.waiting[-1].event.what is RECOVERED
    one.hook.is_down = False
    one.passes(PAUSES_S[0])
    assert await one.look() == [FAILED, RECOVERED] * (MOST_WAITING // 2)


async def test_whom_a_channel_missed_is_told_of_and_nobody_is_told_twice_for_it(one: Look) -> None:
    one.run("succeeded")
    await one.look()
    one.mail.missed = "kari@example.com has no box."
    one.run("failed")
    await one.look()
    assert (one.state.trouble, one.state.waiting) == ({"mail": one.mail.missed}, [])
    assert one.state.last is not None


async def test_of_a_channel_that_the_settings_have_no_more_nothing_is_kept(one: Look) -> None:
    one.run("succeeded")
    await one.look()
    one.mail.is_down = True
    one.run("failed")
    await one.look()
    one.channels.remove(one.mail)
    one.passes(PAUSES_S[0])
    await one.look()
    assert (one.state.trouble, one.state.waiting) == ({}, [])


async def test_where_nobody_is_to_be_told_what_waits_is_given_up_and_told_anew_from_some_day_on(
    one: Look,
) -> None:
    one.run("succeeded")
    await one.look()
    one.hook.is_down = one.mail.is_down = True
    one.run("failed")
    await one.look()
    channels, one.channels = one.channels, []
    await one.look()
    assert (one.state.waiting, one.state.trouble, one.state.standing.told) == ([], {}, ())
    one.away = LedgerError("It is asked for nothing.")
    await one.look()
    one.away, one.channels = None, channels
    one.hook.is_down = False
    one.run("failed")
    assert await one.look() == [FAILED]
    one.channels = []
    await one.look()
    assert (one.state.standing.told, one.state.waiting) == ((FAILED.value,), []), "what somebody heard stands"


# -- no run at all -------------------------------------------------------------------------------


async def test_that_no_run_comes_to_its_end_is_told_once_after_all_patience(one: Look) -> None:
    one.run("succeeded")
    await one.look()
    one.passes(LATE_S)
    assert await one.look() == []
    one.run("cancelled")
    one.passes(1)
    assert (await one.look(), await one.look()) == ([LATE], [])
    assert one.hook.events[0].at == NOW
    one.run("succeeded")
    assert await one.look() == [RECOVERED]


async def test_before_the_first_end_of_a_run_nothing_is_late(one: Look) -> None:
    await one.look()
    one.passes(LATE_S + AWAKE_S)
    one.run("cancelled")
    assert await one.look() == []
    one.passes(LATE_S + 1)
    assert await one.look() == [LATE]


async def test_whoever_just_began_or_slept_has_time_for_a_run_first(one: Look) -> None:
    one.run("succeeded")
    await one.look()
    one.now += LATE_S + AWAKE_S  # the machine slept
    assert await one.look() == []
    one.passes(AWAKE_S - 1)
    assert await one.look() == []
    one.passes(1)
    assert await one.look() == [LATE]


async def test_other_trouble_that_was_told_is_not_told_as_late_too(one: Look) -> None:
    one.run("succeeded")
    one.run("failed")
    await one.look()
    one.passes(LATE_S + AWAKE_S)
    assert await one.look() == []


async def test_where_it_is_not_to_be_told_nothing_is_late(one: Look) -> None:
    one.on = (FAILED.value,)
    one.run("succeeded")
    await one.look()
    one.passes(LATE_S + AWAKE_S)
    assert await one.look() == []


@pytest.mark.parametrize("ended_at", [0.0, NOW + LATE_S])
async def test_an_end_that_is_not_known_or_lies_ahead_counts_as_now(one: Look, ended_at: float) -> None:
    run = one.run("succeeded")
    state = NotifyState(number=run.number, ended_at=ended_at)
    keep_notify_state(one.desk.ledger.notes(""), "intranet", state)
    await one.look()
    assert one.state.ended_at == NOW


# -- no ledger -----------------------------------------------------------------------------------


async def broken(one: Look) -> list[What]:
    with pytest.raises(LedgerError):
        return await one.look()
    return one.hook.told


@pytest.mark.parametrize("error", [LedgerAway("It does not answer."), LedgerError("It does not answer.")])
async def test_a_ledger_that_cannot_be_used_for_an_hour_is_told_once(one: Look, error: LedgerError) -> None:
    one.run("succeeded")
    await one.look()
    one.away = error
    assert await broken(one) == []
    one.now += 10 * AWAKE_S  # the machine slept
    assert await broken(one) == []
    one.passes(AWAKE_S - 1)
    assert await broken(one) == []
    one.passes(1)
    assert await broken(one) == [LATE]
    assert await broken(one) == [LATE]
    assert one.hook.events[0].reasons == ("It does not answer.",)
    one.away = None
    one.run("succeeded")
    assert await one.look() == [RECOVERED]


async def test_a_ledger_that_comes_back_within_an_hour_was_no_trouble(one: Look) -> None:
    one.run("succeeded")
    await one.look()
    one.away = LedgerAway("It does not answer.")
    await broken(one)
    one.away = None
    assert (await one.look(), one.state.standing.told) == ([], ())


async def test_without_a_ledger_too_nothing_is_told_that_nobody_is_to_be_told(one: Look) -> None:
    one.on = (FAILED.value,)
    one.away = LedgerAway("It does not answer.")
    await broken(one)
    one.passes(AWAKE_S)
    assert await broken(one) == []


async def test_what_was_told_before_the_ledger_went_away_stands_when_it_is_back(one: Look) -> None:
    one.run("succeeded")
    one.run("failed")
    await one.look()
    one.away = LedgerAway("It does not answer.")
    await broken(one)
    one.passes(AWAKE_S)
    assert await broken(one) == [FAILED, LATE]
    one.away = None
    one.run("failed")
    assert await one.look() == []


@pytest.mark.parametrize(
    ("error", "what"), [(LedgerError("Its disk is full."), FAILED), (LedgerAway("It is down."), LATE)]
)
async def test_a_run_that_the_ledger_did_not_take_is_told_at_once_where_waiting_helps_nobody(
    one: Look, error: LedgerError, what: What
) -> None:
    one.run("succeeded")
    await one.look()
    one.away, one.unwritten = error, Unwritten(error, one.now + 1)
    one.passes(2)
    assert await broken(one) == ([FAILED] if what is FAILED else [])
    one.passes(AWAKE_S)
    assert await broken(one) == [what]


async def test_a_ledger_that_can_be_read_and_takes_no_run_is_told_of_until_it_does(one: Look) -> None:
    one.run("succeeded")
    await one.look()
    one.passes(10)
    one.unwritten = Unwritten(LedgerError("Its disk is full."), one.now)
    assert (await one.look(), await one.look()) == ([FAILED], [])
    one.passes(10)
    one.unwritten = None
    one.run("succeeded")
    assert await one.look() == [RECOVERED]


async def test_what_a_later_run_made_good_before_anybody_looked_is_no_news(one: Look) -> None:
    one.run("succeeded")
    await one.look()
    one.unwritten = Unwritten(LedgerError("Its disk is full."), NOW - 5)
    assert await one.look() == []


async def test_trouble_that_was_told_is_not_told_again_while_there_is_no_ledger(one: Look) -> None:
    one.run("succeeded")
    one.run("failed")
    assert await one.look() == [FAILED]
    error = LedgerError("Its disk is full.")
    one.away, one.unwritten = error, Unwritten(error, one.now)
    assert await broken(one) == [FAILED]


async def test_what_nobody_could_be_told_without_a_ledger_is_told_with_it(one: Look) -> None:
    one.run("succeeded")
    await one.look()
    one.passes(1)
    error = LedgerError("Its disk is full.")
    one.away = error
    assert await broken(one) == []
    one.unwritten = Unwritten(error, one.now)
    one.mail.is_down = True
    assert (await broken(one), await broken(one)) == ([FAILED], [FAILED])
    assert one.mail.tried == 1, "not in each look"
    one.away, one.mail.is_down = None, False
    one.passes(PAUSES_S[0])
    one.run("failed")
    assert (await one.look(), one.mail.told) == ([], [FAILED])


# -- settings ------------------------------------------------------------------------------------


async def settings(one: Look, refused: str, *, runs: bool = True, host: str = "a") -> list[tuple[str, str]]:
    """What is told of them, and of which machine."""
    before = len(one.hook.events)
    await one.notifier.look_at_settings(refused, host=host, runs=runs)
    return [(event.outcome, event.host) for event in one.hook.events[before:]]


async def test_settings_that_are_refused_are_told_once_for_each_machine_and_when_they_are_taken(
    one: Look,
) -> None:
    assert await settings(one, "") == []
    assert (await settings(one, "It is wrong.\nAlso."), await settings(one, "It is wrong.")) == (
        [("refused", "a")],
        [],
    )
    assert one.hook.events[0].reasons == ("It is wrong.", "Also.")
    assert await settings(one, "It is wrong.", host="b") == [("refused", "b")]
    assert await settings(one, "It is wrong.", runs=False) == [("not-started", "a")]
    assert (await settings(one, ""), await settings(one, "")) == ([("taken", "a")], [])


async def test_where_settings_are_not_to_be_told_of_they_are_not(one: Look) -> None:
    one.on = (FAILED.value,)
    assert await settings(one, "It is wrong.") == []
    one.on, one.channels = (What.SETTINGS.value,), []
    assert await settings(one, "It is wrong.") == []
