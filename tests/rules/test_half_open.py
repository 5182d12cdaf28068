"""
Rule 2, state by state: what a full run leaves behind that did not end its session, and what the next runs make of it.

Each state of the diagram in docs/safety.md is brought about by its name; then a delta, a full run within
`http.settle_s` and a full run after it must find everything and lose nothing, with this release and the next.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from connector.sandbox.faults import LATE, RESET_AFTER, RESET_BEFORE, Call, How, Status
from connector.sources.interaxo import mapping
from tests.combinations import in_turn
from tests.estates import Small
from tests.later import later_release
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import (
    BEGIN,
    END,
    as_it_died,
    ask_ledger,
    break_all,
    break_once,
    calls,
    children_of,
    copy_at_death,
    live_gone,
    small_world,
)

SETTLE_S = 120


async def killed_at(near: Neighbourhood, ending: str, how: How) -> None:
    """A full run whose process dies while it waits for one call; what it would have sent later is never sent."""
    copy = near.folder / "at-death.db"
    dead: list[int] = []

    def strike(call: Call) -> bool:
        if not dead and call.path.endswith(ending):
            dead.append(call.number)
            copy_at_death(near, copy)
            return how is RESET_BEFORE
        return bool(dead) and call.number > dead[0]

    break_all(near, strike, RESET_BEFORE)
    if how is not RESET_BEFORE:
        break_once(near, f"PUT *{ending}", how)
    await near.run("full")
    assert dead
    as_it_died(near, copy)


async def beginning_and_it_arrived(near: Neighbourhood, small: Small) -> None:
    await killed_at(near, "docs/beginsyncsession", RESET_AFTER)


async def beginning_and_it_did_not(near: Neighbourhood, small: Small) -> None:
    await killed_at(near, "docs/beginsyncsession", RESET_BEFORE)


async def beginning_and_it_arrives_late(near: Neighbourhood, small: Small) -> None:
    await killed_at(near, "docs/beginsyncsession", LATE)


async def without(near: Neighbourhood, small: Small) -> None:
    break_all(near, BEGIN, Status(503))
    report = await near.run("full")
    assert not report.session.opened


async def open_and_abandoned(near: Neighbourhood, small: Small) -> None:
    await killed_at(near, "docs/addupdate", RESET_BEFORE)


async def withheld(near: Neighbourhood, small: Small) -> None:
    break_all(near, children_of(small.tunnel), Status(503))
    report = await near.run("full")
    assert (report.session.opened, report.session.ended) == (True, False)


async def withheld_by_the_brake(near: Neighbourhood, small: Small) -> None:
    near.values["safety.max_deletes"] = 0
    near.rooms.remove(small.see)
    report = await near.run("full")
    assert (report.outcome, report.session.ended) == ("braked", False)
    del near.values["safety.max_deletes"]


async def ending_and_it_arrived(near: Neighbourhood, small: Small) -> None:
    await killed_at(near, "docs/endsyncsession", RESET_AFTER)


async def ending_and_it_did_not(near: Neighbourhood, small: Small) -> None:
    await killed_at(near, "docs/endsyncsession", RESET_BEFORE)


async def ending_and_it_arrives_late(near: Neighbourhood, small: Small) -> None:
    await killed_at(near, "docs/endsyncsession", LATE)


async def unanswered_and_it_arrived(near: Neighbourhood, small: Small) -> None:
    break_all(near, END, RESET_AFTER)
    await near.run("full")


async def unanswered_and_it_arrives_late(near: Neighbourhood, small: Small) -> None:
    break_all(near, END, LATE)
    await near.run("full")


async def ended(near: Neighbourhood, small: Small) -> None:
    assert (await near.run("full")).session.ended


STATES: dict[Callable[[Neighbourhood, Small], Awaitable[None]], tuple[str, bool]] = {
    beginning_and_it_arrived: ("beginning", True),
    beginning_and_it_did_not: ("beginning", True),
    beginning_and_it_arrives_late: ("beginning", True),
    without: ("withheld", True),
    open_and_abandoned: ("open", False),
    withheld: ("withheld", False),
    withheld_by_the_brake: ("withheld", False),
    ending_and_it_arrived: ("ending", True),
    ending_and_it_did_not: ("ending", True),
    ending_and_it_arrives_late: ("ending", True),
    unanswered_and_it_arrived: ("ending", True),
    unanswered_and_it_arrives_late: ("ending", True),
    ended: ("ended", False),
}
"""What the ledger says of each, and whether a call may still take effect."""


@pytest.mark.parametrize(
    ("release", "bring_about"),
    in_turn(["this", "next"], STATES),
    ids=lambda one: one if isinstance(one, str) else one.__name__,
)
async def test_what_a_full_run_leaves_behind_costs_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    bring_about: Callable[[Neighbourhood, Small], Awaitable[None]],
    release: str,
) -> None:
    state, unsettled = STATES[bring_about]
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        before = near.found()
        near.wire.clear()
        await bring_about(near, small)
        near.wire.faults.clear()
        assert ask_ledger(near, "SELECT state FROM sessions ORDER BY run DESC LIMIT 1") == [(state,)]
        assert near.found() == before, "every document stays findable"
        if release == "next":
            later_release(tmp_path, monkeypatch)
            monkeypatch.setattr(mapping, "CODE_VERSION", "next")

        near.wire.calls.clear()
        near.rooms.rename(small.plan, "renamed.pdf")
        near.rooms.remove(small.photo)
        await near.run("delta")
        assert near.document(small.plan)["Title"] == "renamed.pdf"
        assert f"ix-{small.photo}" not in near.found(), "proven removals are done by id"
        assert not live_gone(near)
        assert not calls(near, "syncsession"), "a delta knows no session"

        near.clock.pass_seconds(SETTLE_S / 4)
        within = await near.run("full")
        assert within.session.opened == (not unsettled)
        await near.wire.run_late()
        assert not live_gone(near)

        near.clock.pass_seconds(SETTLE_S)
        after = await near.run("full")
        if bring_about is withheld_by_the_brake:
            assert after.outcome == "braked", "it waits for a person"
            await near.run("full", approve=after.run_id)
            after = await near.run("full")
        assert after.session.ended, after.reasons
        assert after.outcome == "succeeded", after.reasons
        assert near.found() == near.expected()
        assert not live_gone(near)


@pytest.mark.parametrize("bring_about", [beginning_and_it_arrives_late, ending_and_it_arrives_late])
async def test_what_a_dead_run_sent_last_may_have_been_under_way_until_it_is_found(
    tmp_path: Path, bring_about: Callable[[Neighbourhood, Small], Awaitable[None]]
) -> None:
    """A begin is tried again and an end is waited for for minutes, in which the process may die."""
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        await bring_about(near, small)
        near.wire.faults.clear()
        near.clock.pass_seconds(2 * SETTLE_S)
        assert not (await near.run("full")).session.opened
        await near.wire.run_late()
        assert not live_gone(near)
        near.clock.pass_seconds(SETTLE_S)
        assert (await near.run("full")).session.ended
        assert near.found() == near.expected()


async def test_a_session_begun_anew_flags_again_what_the_abandoned_one_had_accepted(tmp_path: Path) -> None:
    """What only the abandoned run accepted is no part of the next session: each is pushed once more before the end."""
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        await open_and_abandoned(near, small)
        near.wire.faults.clear()
        mark = near.intranet.mark()
        report = await near.run("full")
        assert report.session.ended
        assert set(near.intranet.pushed_since(mark)) == near.expected()
        assert not near.intranet.deletions


async def test_nothing_is_pushed_before_the_clean_answer_of_a_begin(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        near.values["http.attempts"] = 3
        await near.run("full")
        near.wire.clear()
        break_once(near, BEGIN, RESET_AFTER)
        report = await near.run("full")
        begins = [call.number for call in calls(near, "docs/beginsyncsession")]
        pushes = [call.number for call in calls(near, "docs/addupdate")]
        assert len(begins) == 2
        assert max(begins) < min(pushes)
        assert report.session.opened
        assert not report.session.ended, "one begin was lost"
