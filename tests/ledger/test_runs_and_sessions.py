"""What every ledger keeps of runs and of their sessions."""

from __future__ import annotations

from typing import Any

import pytest

from connector.ledger.runs import Runs, make_run_id
from tests.ledger_pushes import NOW


def test_run_ids_sort_by_time_and_are_ulids() -> None:
    made = [make_run_id(NOW + second) for second in range(5)]
    assert made == sorted(made)
    assert all(len(one) == 26 and one.isalnum() and one.isupper() for one in made)
    assert len({make_run_id(NOW) for _ in range(50)}) == 50


def test_a_run_that_was_killed_is_closed_by_the_next(runs: Runs) -> None:
    first = runs.start(mode="delta", dry_run=False, now=NOW)
    runs.start(mode="delta", dry_run=False, now=NOW + 60)
    closed = runs.get(first.id.lower())
    assert closed is not None
    assert (closed.outcome, closed.report) == ("failed", None)


def test_the_newest_run_comes_first_and_rehearsals_do_not_count_as_the_last(runs: Runs) -> None:
    first = runs.start(mode="full", dry_run=False, now=NOW)
    runs.finish(first.number, outcome="succeeded", report="{}", now=NOW + 1)
    runs.remember_rehearsal(
        make_run_id(NOW + 2), mode="delta", started=NOW + 2, finished=NOW + 3, outcome="withheld", report="{}"
    )
    assert [run.dry_run for run in runs.recent(5)] == [True, False]
    last = runs.last()
    assert last is not None
    assert last.id == first.id


@pytest.mark.parametrize(
    ("outcome", "resumed"),
    [("cancelled", True), ("failed", True), ("withheld", True), ("succeeded", False), ("quarantined", False)],
)
def test_a_backfill_that_was_stopped_is_resumed_for_the_same_wish_only(
    runs: Runs, outcome: str, resumed: bool
) -> None:
    wish: dict[str, Any] = {"only": [], "rooms": ["example-corp/bridge"]}
    number = runs.new_backfill()
    run = runs.start(mode="backfill", dry_run=False, now=NOW, backfill=number, wanted=wish)
    runs.finish(run.number, outcome=outcome, report="{}", now=NOW)
    assert runs.open_backfill(wish) == (number if resumed else 0)
    assert runs.open_backfill({"only": [], "rooms": []}) == 0
    assert runs.new_backfill() == number + 1


def test_an_unanswered_begin_or_end_is_unsettled_until_it_can_no_longer_take_effect(runs: Runs) -> None:
    assert runs.unsettled_session(now=NOW, settle_s=120) is None
    runs.note_session(1, "beginning", now=NOW)
    assert runs.unsettled_session(now=NOW + 20, settle_s=120) == 100
    runs.note_session(1, "open", now=NOW + 1)
    assert runs.unsettled_session(now=NOW + 20, settle_s=120) is None
    runs.note_session(2, "beginning", now=NOW + 30, lost=True)
    runs.note_session(2, "withheld", now=NOW + 40)
    # a clean answer later does not unsay the loss
    assert runs.unsettled_session(now=NOW + 50, settle_s=120) == 100
    assert runs.unsettled_session(now=NOW + 150, settle_s=120) is None


def test_a_begin_or_an_end_of_a_process_that_died_is_unsettled_from_when_that_is_found(runs: Runs) -> None:
    runs.note_session(1, "beginning", now=NOW, lost=True)
    runs.lose_sessions(now=NOW + 300)
    assert runs.unsettled_session(now=NOW + 310, settle_s=120) == 110
    assert runs.session_state(1, kind="document") == "withheld"
    runs.note_session(2, "ending", now=NOW + 500)
    for later in (700, 800):
        runs.lose_sessions(now=NOW + later)
    assert runs.unsettled_session(now=NOW + 810, settle_s=120) == 10
    runs.note_session(3, "ending", now=NOW + 1_000)
    runs.lose_sessions(now=NOW + 100_000)
    assert runs.unsettled_session(now=NOW + 100_000, settle_s=120) is None, "nothing is waited for so long"
