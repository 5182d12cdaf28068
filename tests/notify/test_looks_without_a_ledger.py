"""What a look tells where the ledger cannot be used, or takes no run: once, and it stands when the ledger is back."""

from __future__ import annotations

import pytest

from connector.errors import LedgerAway, LedgerError
from connector.notify.events import What
from connector.notify.notifier import AWAKE_S, PAUSES_S, Unwritten
from tests.desk import NOW
from tests.notify.looking import Looking

FAILED, RECOVERED, LATE, BRAKED = What.FAILED, What.RECOVERED, What.LATE, What.BRAKED


async def broken(one: Looking) -> list[What]:
    with pytest.raises(LedgerError):
        return await one.look()
    return one.hook.told


@pytest.mark.parametrize("error", [LedgerAway("It does not answer."), LedgerError("It does not answer.")])
async def test_a_ledger_that_cannot_be_used_for_an_hour_is_told_once(
    one: Looking, error: LedgerError
) -> None:
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


async def test_a_ledger_that_comes_back_within_an_hour_was_no_trouble(one: Looking) -> None:
    one.run("succeeded")
    await one.look()
    one.away = LedgerAway("It does not answer.")
    await broken(one)
    one.away = None
    assert (await one.look(), one.state.standing.told) == ([], ())


async def test_without_a_ledger_too_nothing_is_told_that_nobody_is_to_be_told(one: Looking) -> None:
    one.on = (FAILED.value,)
    one.away = LedgerAway("It does not answer.")
    await broken(one)
    one.passes(AWAKE_S)
    assert await broken(one) == []


async def test_what_was_told_before_the_ledger_went_away_stands_when_it_is_back(one: Looking) -> None:
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
    one: Looking, error: LedgerError, what: What
) -> None:
    one.run("succeeded")
    await one.look()
    one.away, one.unwritten = error, Unwritten(error, one.now + 1)
    one.passes(2)
    assert await broken(one) == ([FAILED] if what is FAILED else [])
    one.passes(AWAKE_S)
    assert await broken(one) == [what]


async def test_a_ledger_that_can_be_read_and_takes_no_run_is_told_of_until_it_does(one: Looking) -> None:
    one.run("succeeded")
    await one.look()
    one.passes(10)
    one.unwritten = Unwritten(LedgerError("Its disk is full."), one.now)
    assert (await one.look(), await one.look()) == ([FAILED], [])
    one.passes(10)
    one.unwritten = None
    one.run("succeeded")
    assert await one.look() == [RECOVERED]


async def test_a_ledger_that_takes_no_run_is_told_of_beside_a_brake_that_waits(one: Looking) -> None:
    one.run("succeeded")
    one.run("braked")
    await one.look()
    one.passes(10)
    one.unwritten = Unwritten(LedgerError("Its disk is full."), one.now)
    one.mail.is_down = True
    assert (await one.look(), await one.look()) == ([FAILED], [])
    one.passes(10)
    one.unwritten, one.mail.is_down = None, False
    one.run("failed")
    one.passes(PAUSES_S[0])
    assert (await one.look(), one.mail.told) == ([], [BRAKED, FAILED])
    one.run("succeeded")
    assert await one.look() == [RECOVERED]


async def test_what_a_later_run_made_good_before_anybody_looked_is_no_news(one: Looking) -> None:
    one.run("succeeded")
    await one.look()
    one.unwritten = Unwritten(LedgerError("Its disk is full."), NOW - 5)
    assert await one.look() == []


async def test_trouble_that_was_told_is_not_told_again_while_there_is_no_ledger(one: Looking) -> None:
    one.run("succeeded")
    one.run("failed")
    assert await one.look() == [FAILED]
    error = LedgerError("Its disk is full.")
    one.away, one.unwritten = error, Unwritten(error, one.now)
    assert await broken(one) == [FAILED]


async def test_what_nobody_could_be_told_without_a_ledger_is_told_with_it(one: Looking) -> None:
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
