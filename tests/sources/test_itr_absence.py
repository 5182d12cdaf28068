"""Rule 3 in ITR: what a record's own answer cannot prove, two successive complete listings an hour apart do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector.ledger.store import Ledger
from connector.sources.itr.absence import APART_S, NOTE, Absences

SCOPE, KEY = "groups", "g1"


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    one = Ledger("sqlite://", now=0)
    yield one
    one.close()


def run_of(ledger: Ledger) -> Absences:
    """As the next run begins: with what is in the ledger."""
    absences = Absences(ledger.notes("itr"))
    absences.forget()
    return absences


def lacks(ledger: Ledger, clock: Clock, *, complete: bool = True) -> bool:
    """One run whose listing lacks the record."""
    absences = run_of(ledger)
    absences.begin(SCOPE, at=clock())
    if complete:
        absences.complete(SCOPE)
    return absences.lasts(SCOPE, KEY)


@pytest.mark.parametrize(
    ("later", "gone"), [(0, False), (APART_S - 1, False), (APART_S, True), (APART_S * 30, True)]
)
def test_two_complete_listings_an_hour_apart_prove_it(
    ledger: Ledger, clock: Clock, later: float, gone: bool
) -> None:
    assert not lacks(ledger, clock)
    clock.now += later
    assert lacks(ledger, clock) == gone


def test_the_first_of_many_listings_counts(ledger: Ledger, clock: Clock) -> None:
    for _ in range(6):
        assert not lacks(ledger, clock)
        clock.now += APART_S / 6
    assert lacks(ledger, clock)


def test_a_listing_that_was_not_complete_proves_nothing(ledger: Ledger, clock: Clock) -> None:
    assert not lacks(ledger, clock, complete=False)
    clock.now += APART_S * 2
    assert not lacks(ledger, clock, complete=False)
    assert not lacks(ledger, clock)
    clock.now += APART_S * 2
    assert not lacks(ledger, clock, complete=False)
    assert lacks(ledger, clock)
    assert lacks(ledger, clock, complete=False), "it was proven before"


def test_a_record_that_was_seen_again_is_absent_anew(ledger: Ledger, clock: Clock) -> None:
    assert not lacks(ledger, clock)
    clock.now += APART_S
    absences = run_of(ledger)
    absences.begin(SCOPE, at=clock())
    absences.saw(SCOPE, KEY)
    absences.complete(SCOPE)
    clock.now += APART_S
    assert not lacks(ledger, clock)
    clock.now += APART_S
    assert lacks(ledger, clock)


def test_a_record_that_was_never_missed_is_no_news(ledger: Ledger, clock: Clock) -> None:
    absences = run_of(ledger)
    absences.begin(SCOPE, at=clock())
    absences.saw(SCOPE, KEY)
    assert ledger.notes("itr").get(NOTE, SCOPE) is None


def test_what_was_proven_to_the_second_stays_proven(ledger: Ledger, clock: Clock) -> None:
    assert not lacks(ledger, clock)
    clock.now += APART_S
    assert lacks(ledger, clock)
    assert lacks(ledger, clock, complete=False)


def test_time_counts_from_the_beginning_of_a_listing(ledger: Ledger, clock: Clock) -> None:
    assert not lacks(ledger, clock)
    clock.now += APART_S - 1
    absences = run_of(ledger)
    absences.begin(SCOPE, at=clock())
    clock.now += 100
    absences.complete(SCOPE)
    assert not absences.lasts(SCOPE, KEY)


def test_a_listing_that_begins_anew_is_not_complete(ledger: Ledger, clock: Clock) -> None:
    absences = run_of(ledger)
    absences.begin(SCOPE, at=clock())
    absences.complete(SCOPE)
    absences.begin(SCOPE, at=clock())
    assert not absences.lasts(SCOPE, KEY)
    assert ledger.notes("itr").get(NOTE, SCOPE) is None, "nothing is noted of it"


def test_what_one_run_listed_says_nothing_in_the_next(ledger: Ledger, clock: Clock) -> None:
    absences = run_of(ledger)
    absences.begin(SCOPE, at=clock())
    absences.complete(SCOPE)
    assert not absences.lasts(SCOPE, KEY)
    clock.now += APART_S
    absences.forget()
    assert not absences.lasts(SCOPE, KEY)
    absences.begin(SCOPE, at=clock())
    absences.complete(SCOPE)
    assert absences.lasts(SCOPE, KEY)


def test_scopes_and_records_have_nothing_to_do_with_each_other(ledger: Ledger, clock: Clock) -> None:
    assert not lacks(ledger, clock)
    clock.now += APART_S
    absences = run_of(ledger)
    for scope in (SCOPE, "tests"):
        absences.begin(scope, at=clock())
        absences.complete(scope)
    assert not absences.lasts("tests", KEY)
    assert not absences.lasts(SCOPE, "g2")
    assert absences.lasts(SCOPE, KEY)
