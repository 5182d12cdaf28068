"""What becomes of the search test's renewals, looked for and not, by what each look saw."""

from __future__ import annotations

import pytest

from connector.canary.stored_state import CanaryState
from connector.canary.watching import MOST_WAITING, Look, is_due, is_late, looked, renewed, waited_s

NOTHING = Look(newest=False)
HOUR = 3_600.0


def sent(*at: float) -> CanaryState:
    """Renewals that nobody found yet."""
    state = CanaryState()
    for number, moment in enumerate(at, 1):
        renewed(state, f"w{number}", run=number, now=moment)
    return state


def words(state: CanaryState) -> list[str]:
    return [one.word for one in state.waiting]


def test_what_nobody_finds_is_late_after_all_patience_however_often_runs_end() -> None:
    state = CanaryState()
    for minute in range(180):
        renewed(state, f"w{minute}", run=minute + 1, now=minute * 60.0)
        looked(state, NOTHING, now=minute * 60.0)
        assert is_late(state, now=minute * 60.0, patience_s=HOUR) == (minute > 60)
        assert waited_s(state, now=minute * 60.0) == minute * 60.0
    assert words(state) == ["w0", *(f"w{minute}" for minute in range(180 - MOST_WAITING + 1, 180))]
    assert state.number == 180


@pytest.mark.parametrize(
    ("look", "left", "lags"),
    [
        (Look(newest=True), [], [(100.0, 60.0)]),
        (Look(newest=False, oldest=True), ["w2", "w3"], [(300.0, 260.0)]),
        (Look(newest=False, titled=True), ["w1", "w2", "w3"], []),
        (NOTHING, ["w1", "w2", "w3"], []),
    ],
    ids=["newest", "oldest", "titled", "nothing"],
)
def test_what_is_found_is_waited_for_no_more(
    look: Look, left: list[str], lags: list[tuple[float, float]]
) -> None:
    state = sent(1_000.0, 1_100.0, 1_200.0)
    looked(state, NOTHING, now=1_260.0)
    state.late = True
    looked(state, look, now=1_300.0)
    assert words(state) == left
    assert [(one.seconds, one.at_least) for one in state.lags] == lags
    assert state.late == (not lags)
    assert [one.titled_at for one in state.waiting if one.titled_at] == ([1_300.0] if look.titled else [])
    looked(state, look, now=1_400.0)
    assert not look.titled or state.waiting[-1].titled_at == 1_300.0  # when it was found first


@pytest.mark.parametrize(("waited", "pause"), [(10.0, 15.0), (500.0, 100.0), (9_000.0, 600.0), (-50.0, 15.0)])
def test_it_is_looked_for_again_after_a_fifth_of_the_time_that_was_waited(
    waited: float, pause: float
) -> None:
    state = sent(10_000.0)
    assert is_due(state, now=10_000.0)
    looked(state, NOTHING, now=10_000.0 + waited)
    assert state.next_look == 10_000.0 + waited + pause
    assert not is_due(state, now=state.next_look - 1)
    assert is_due(state, now=state.next_look)


def test_a_clock_that_was_set_back_makes_nothing_late_and_no_time_less_than_nothing() -> None:
    state = sent(1_000.0)
    looked(state, NOTHING, now=9_000.0)
    assert not is_late(state, now=900.0, patience_s=60.0)
    assert waited_s(state, now=900.0) == 0.0
    looked(state, Look(newest=True), now=900.0)
    assert [one.seconds for one in state.lags] == [0.0]


def test_nothing_is_due_or_late_where_nothing_is_waited_for() -> None:
    state = CanaryState()
    assert not is_due(state, now=HOUR)
    assert not is_late(state, now=HOUR, patience_s=1.0)
    assert waited_s(state, now=HOUR) is None
