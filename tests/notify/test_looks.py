"""What a look tells, of runs as the history has them: once, by each channel, in their order, and no longer than it is news."""

from __future__ import annotations

import pytest

from connector.errors import LedgerError
from connector.notify.events import What
from connector.notify.notifier import AWAKE_S, GIVEN_UP_S, MOST_WAITING, PAUSES_S
from connector.notify.stored_state import NotifyState, keep_notify_state
from tests.desk import NOW
from tests.notify.looking import LATE_S, Looking

FAILED, RECOVERED, LATE, BRAKED = What.FAILED, What.RECOVERED, What.LATE, What.BRAKED


async def test_trouble_and_its_end_are_told_once_by_each_channel(one: Looking) -> None:
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


async def test_who_is_told_from_now_on_hears_how_it_stands_and_of_nothing_before(one: Looking) -> None:
    for outcome in ("failed", "succeeded", "braked"):
        one.run(outcome)
    assert await one.look() == [BRAKED]


async def test_that_search_was_never_up_to_date_is_told(one: Looking) -> None:
    one.run("failed")
    await one.look()
    assert one.hook.events[0].none_good


async def test_a_run_of_a_part_that_went_well_and_a_rehearsal_are_no_news(one: Looking) -> None:
    one.run("failed")
    await one.look()
    one.run("succeeded", only=("interaxo",))
    one.run("braked", dry_run=True)
    assert await one.look() == []
    one.run("braked", only=("interaxo",))
    assert await one.look() == [BRAKED], "one that did not is"


async def test_a_source_that_is_not_read_while_a_decision_is_waited_for_is_told(one: Looking) -> None:
    one.run("succeeded")
    await one.look()
    for read in (True, True, False, False):
        one.run("braked", read=read)
    assert await one.look() == [BRAKED]
    one.run("braked", read=False)
    assert await one.look() == [What.WITHHELD]
    one.run("braked", read=False)
    assert await one.look() == []


async def test_what_does_not_get_through_is_tried_again_by_that_channel_alone(one: Looking) -> None:
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


async def test_an_all_clear_never_comes_before_the_alarm(one: Looking) -> None:
    one.run("succeeded")
    await one.look()
    one.mail.is_down = one.hook.is_down = True
    one.run("failed")
    await one.look()
    one.mail.is_down = one.hook.is_down = False
    one.run("succeeded")
    assert await one.look() == [FAILED, RECOVERED], "though the alarm's pause is not over"
    assert one.mail.told == [FAILED, RECOVERED]


async def test_what_reached_nobody_for_a_day_is_given_up_and_told_anew_as_long_as_it_lasts(
    one: Looking,
) -> None:
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


async def test_what_reached_somebody_is_not_told_anew_after_it_was_given_up(one: Looking) -> None:
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


async def test_of_too_much_that_waits_the_oldest_is_given_up(one: Looking) -> None:
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


async def test_whom_a_channel_missed_is_told_of_and_nobody_is_told_twice_for_it(one: Looking) -> None:
    one.run("succeeded")
    await one.look()
    one.mail.missed = "kari@example.com has no box."
    one.run("failed")
    await one.look()
    assert (one.state.trouble, one.state.waiting) == ({"mail": one.mail.missed}, [])
    assert one.state.last is not None


async def test_of_a_channel_that_the_settings_have_no_more_nothing_is_kept(one: Looking) -> None:
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
    one: Looking,
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


async def test_that_no_run_comes_to_its_end_is_told_once_after_all_patience(one: Looking) -> None:
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


async def test_before_the_first_end_of_a_run_nothing_is_late(one: Looking) -> None:
    await one.look()
    one.passes(LATE_S + AWAKE_S)
    one.run("cancelled")
    assert await one.look() == []
    one.passes(LATE_S + 1)
    assert await one.look() == [LATE]


async def test_whoever_just_began_or_slept_has_time_for_a_run_first(one: Looking) -> None:
    one.run("succeeded")
    await one.look()
    one.now += LATE_S + AWAKE_S  # the machine slept
    assert await one.look() == []
    one.passes(AWAKE_S - 1)
    assert await one.look() == []
    one.passes(1)
    assert await one.look() == [LATE]


@pytest.mark.parametrize(("outcome", "told"), [("failed", []), ("braked", [LATE])])
async def test_that_none_comes_to_its_end_is_told_beside_what_says_nothing_of_that(
    one: Looking, outcome: str, told: list[What]
) -> None:
    """A brake may wait for its decision for weeks, while runs come to their end."""
    one.run("succeeded")
    one.run(outcome)
    await one.look()
    one.passes(LATE_S + AWAKE_S)
    assert (await one.look(), await one.look()) == (told, [])
    one.run(outcome)
    assert await one.look() == [], "it stands"
    one.run("succeeded")
    assert await one.look() == [RECOVERED]


async def test_where_it_is_not_to_be_told_nothing_is_late(one: Looking) -> None:
    one.on = (FAILED.value,)
    one.run("succeeded")
    await one.look()
    one.passes(LATE_S + AWAKE_S)
    assert await one.look() == []


@pytest.mark.parametrize("ended_at", [0.0, NOW + LATE_S])
async def test_an_end_that_is_not_known_or_lies_ahead_counts_as_now(one: Looking, ended_at: float) -> None:
    run = one.run("succeeded")
    state = NotifyState(number=run.number, ended_at=ended_at)
    keep_notify_state(one.desk.ledger.notes(""), "intranet", state)
    await one.look()
    assert one.state.ended_at == NOW


# -- settings ------------------------------------------------------------------------------------


async def settings(
    one: Looking, refused: str, *, runs: bool = True, host: str = "a"
) -> list[tuple[str, str]]:
    """What is told of them, and of which machine."""
    before = len(one.hook.events)
    await one.notifier.look_at_settings(refused, host=host, runs=runs)
    return [(event.outcome, event.host) for event in one.hook.events[before:]]


async def test_settings_that_are_refused_are_told_once_for_each_machine_and_when_they_are_taken(
    one: Looking,
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


async def test_where_settings_are_not_to_be_told_of_they_are_not(one: Looking) -> None:
    one.on = (FAILED.value,)
    assert await settings(one, "It is wrong.") == []
    one.on, one.channels = (What.SETTINGS.value,), []
    assert await settings(one, "It is wrong.") == []
