"""The brake: how many removals are too many, of everything, of a source, of a kind of record."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.plan.brake import ENOUGH_OF_A_KIND, FEW, Brake, Braking, Cause, Limits, Share
from connector.plan.words import braked

COUNTS = st.integers(min_value=0, max_value=100_000)
GOING = st.integers(min_value=1, max_value=5_000)
LIMITS = st.builds(
    lambda most, ratio: Limits(max_deletes=most, max_delete_ratio=ratio),
    st.integers(min_value=0, max_value=2_000),
    st.floats(min_value=0, max_value=1),
)
USUAL = Limits(max_deletes=500, max_delete_ratio=0.1)
ROOMS = Share("rooms")
SESSIONS, PERSONS, REPORTS = (Share("itr", kind) for kind in ("sessions", "persons", "reports"))
CATALOGUE = Share("itr", "tests/master", common=True)


def judge(limits: Limits, *, going: int, lately: int = 0, standing: int) -> Braking:
    """Of one source without kinds."""
    return Brake(limits, standing={ROOMS: standing}, lately={ROOMS: lately}).judge({ROOMS: going})


def causes(braking: Braking) -> list[Cause]:
    return [one.cause for one in braking.tripped]


@given(LIMITS, GOING, COUNTS, COUNTS, st.integers(min_value=0, max_value=1_000))
def test_more_removals_never_open_the_brake(
    limits: Limits, going: int, lately: int, standing: int, more: int
) -> None:
    if judge(limits, going=going, lately=lately, standing=standing).stops:
        assert judge(limits, going=going + more, lately=lately, standing=standing).stops


@given(LIMITS, st.integers(min_value=1, max_value=5_000), st.integers(min_value=1, max_value=5_000), COUNTS)
def test_removing_in_two_runs_of_one_day_passes_no_more_than_in_one(
    limits: Limits, first: int, second: int, rest: int
) -> None:
    standing = first + second + rest
    at_once = judge(limits, going=first + second, standing=standing)
    later = judge(limits, going=second, lately=first, standing=standing - first)
    assert at_once.stops == later.stops


@given(LIMITS, GOING, COUNTS, COUNTS)
def test_the_brake_says_how_many_removals_it_lets_pass(
    limits: Limits, going: int, lately: int, standing: int
) -> None:
    brake = Brake(limits, standing={ROOMS: standing}, lately={ROOMS: lately})
    assert (going <= brake.allows()) == (not brake.judge({ROOMS: going}).stops)


@given(LIMITS, COUNTS, COUNTS)
def test_without_removals_nothing_is_braked(limits: Limits, lately: int, standing: int) -> None:
    assert judge(limits, going=0, lately=lately, standing=standing) == Braking()


def test_ten_removals_are_never_too_large_a_share_and_eleven_can_be() -> None:
    assert not judge(USUAL, going=FEW, standing=10).stops
    assert causes(judge(USUAL, going=FEW + 1, standing=109)) == [Cause.ALL]
    assert not judge(USUAL, going=FEW + 1, standing=110).stops
    assert judge(USUAL, going=1, lately=FEW, standing=10).stops


def test_the_count_brakes_whatever_the_share() -> None:
    limits = Limits(max_deletes=3, max_delete_ratio=1.0)
    assert not judge(limits, going=3, standing=1_000).stops
    assert causes(judge(limits, going=4, standing=1_000)) == [Cause.MAX_DELETES]
    assert judge(Limits(max_deletes=0, max_delete_ratio=1.0), going=1, standing=5).stops


def test_what_went_today_still_counts_as_the_whole_of_which_a_share_may_go() -> None:
    assert Brake(USUAL, standing={ROOMS: 1_000}, lately={}).allows() == 100
    assert Brake(USUAL, standing={ROOMS: 940}, lately={ROOMS: 60}).allows() == 40


def test_a_large_share_of_one_source_stops_everything() -> None:
    brake = Brake(USUAL, standing={ROOMS: 1_000, SESSIONS: 100}, lately={})
    assert not brake.judge({ROOMS: 20}).stops
    braking = brake.judge({ROOMS: 3, SESSIONS: 11})
    assert causes(braking) == [Cause.SOURCE]
    assert braking.holds(ROOMS)
    assert braking.holds(SESSIONS)
    assert brake.judge({SESSIONS: 10}) == Braking()


def test_a_large_share_of_one_kind_stops_that_kind_only() -> None:
    brake = Brake(USUAL, standing={SESSIONS: 100, PERSONS: 900}, lately={})
    braking = brake.judge({SESSIONS: 11, PERSONS: 3})
    assert causes(braking) == [Cause.KIND]
    assert braking.holds(SESSIONS)
    assert not braking.holds(PERSONS)


@pytest.mark.parametrize(("standing", "stops"), [(ENOUGH_OF_A_KIND, True), (ENOUGH_OF_A_KIND - 1, False)])
def test_a_share_of_a_kind_says_nothing_of_few_records(standing: int, stops: bool) -> None:
    brake = Brake(USUAL, standing={SESSIONS: standing, PERSONS: 900}, lately={})
    assert brake.judge({SESSIONS: FEW + 1}).stops is stops


def test_a_kind_that_bleeds_slowly_is_stopped_too() -> None:
    brake = Brake(USUAL, standing={SESSIONS: 24, PERSONS: 900}, lately={SESSIONS: 6})
    assert brake.judge({SESSIONS: 5}).holds(SESSIONS)
    assert not brake.judge({SESSIONS: 4}).stops
    assert (
        not Brake(USUAL, standing={SESSIONS: 24, PERSONS: 900}, lately={PERSONS: 6})
        .judge({SESSIONS: 5})
        .stops
    )


def test_the_central_catalogue_makes_no_companys_share_look_small() -> None:
    brake = Brake(USUAL, standing={SESSIONS: 18, CATALOGUE: 172}, lately={})
    assert causes(brake.judge({SESSIONS: 18})) == [Cause.SOURCE]
    assert not Brake(USUAL, standing={SESSIONS: 18, PERSONS: 172}, lately={}).judge({SESSIONS: 18}).stops
    other = Brake(USUAL, standing={SESSIONS: 900, CATALOGUE: 50}, lately={}).judge({CATALOGUE: 11})
    assert causes(other) == [Cause.SOURCE]


@pytest.mark.parametrize("cause", [Cause.MOVED, Cause.UNNAMED])
def test_no_number_is_small_enough_where_it_is_the_source_that_is_in_doubt(cause: Cause) -> None:
    named = {"moved": ["records"]} if cause is Cause.MOVED else {"unnamed": ["records"]}
    brake = Brake(USUAL, standing={Share("records"): 900, Share("rooms"): 900}, lately={}, **named)
    braking = brake.judge({Share("records"): 1, Share("rooms"): 1})
    assert causes(braking) == [cause]
    assert braking.holds(Share("records"))
    assert not braking.holds(Share("rooms")), "it costs no other source"
    assert "1 document would be removed" in braked(braking.tripped)
    assert "records" in braked(braking.tripped)
    assert not brake.judge({Share("rooms"): 1}).stops


def test_words_tell_the_numbers_and_the_setting() -> None:
    assert braked(judge(USUAL, going=11, standing=50).tripped) == (
        "11 of 50 documents would be removed: more than safety.max_delete_ratio (10%)"
    )
    assert braked(
        judge(Limits(max_deletes=0, max_delete_ratio=1.0), going=1, lately=60, standing=940).tripped
    ) == ("1 document would be removed, after 60 in the last 24 hours: more than safety.max_deletes (0)")
    brake = Brake(USUAL, standing={SESSIONS: 100, PERSONS: 900}, lately={})
    assert braked(brake.judge({SESSIONS: 11}).tripped, noun="person", plural="people") == (
        "11 of 100 people of sessions would be removed: more than safety.max_delete_ratio (10%)"
    )
    assert braked(Braking().tripped) == ""
