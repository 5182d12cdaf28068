"""
What is noted of documents that fewer or more people may see: what of it outlasts a run, what is sent, what waits for a decision. A note that
is lost leaves a document with whom it had; one too many shows it to others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connector.ledger.engines.sqlite import Sqlite
from connector.ledger.pending_audiences import PendingAudiences
from tests.access.audience_work import ALL, ONE, TWO
from tests.desk import SOURCE, Desk

NAMES = [f"ix-f{number}" for number in range(1, 7)]


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Six documents that two groups see, in a room that this run listed to its end."""
    for name in NAMES:
        desk.add(name, "ix-r1", audience=TWO)
    return desk


@pytest.fixture
def pending(desk: Desk) -> PendingAudiences:
    return desk.ledger.pending_audiences("intranet")


def change(desk: Desk, name: str, what: str) -> None:
    desk.say(f"UPDATE documents SET {what} WHERE id = '{name}'")


def hold(desk: Desk, name: str, why: str) -> None:
    change(desk, name, f"state = 'held', held_run = 4, held_why = '{why}'")


def noted(desk: Desk, table: str = "narrowings") -> list[str]:
    database = desk.ledger._database
    assert isinstance(database, Sqlite)
    return [one for (one,) in database.driver.execute(f"SELECT id FROM {table} ORDER BY id")]


def walked(rows: Iterator[Any]) -> list[str]:
    return [standing.id for standing, *_ in rows]


def note(pending: PendingAudiences, how: str, *names: str) -> None:
    digest = pending.remember(ONE)
    pending.narrow([(name, digest, how) for name in names])


def test_what_fewer_may_see_and_the_target_has_not_confirmed_outlasts_a_run(
    desk: Desk, pending: PendingAudiences
) -> None:
    note(pending, "narrow", *NAMES)
    note(pending, "expired", "ix-r1")
    hold(desk, "ix-f2", "absent")
    assert pending.has_unsent()
    change(desk, "ix-f3", "state = 'removed'")
    hold(desk, "ix-f4", "audience-lost")
    change(desk, "ix-f5", "fingerprint = NULL")
    desk.add("ix-f6", "ix-r1", audience=ONE)  # it was confirmed
    assert pending.begin_narrowings()
    assert noted(desk) == ["ix-f1", "ix-f2"]


def test_nothing_is_unsent_of_what_is_refused_confirmed_or_waits_for_a_decision(
    desk: Desk, pending: PendingAudiences
) -> None:
    note(pending, "narrow", "ix-f1", "ix-f2", "ix-f3", "ix-f4")
    note(pending, "expired", "ix-f5")
    hold(desk, "ix-f1", "audience-lost")
    desk.add("ix-f2", "ix-r1", audience=ONE)
    change(desk, "ix-f3", "state = 'removed'")
    desk.say(
        "INSERT INTO quarantine (target, id, source, native, room, title, reason, message, told, first_seen, last_seen,"
        " attempts, next_try, version) VALUES ('intranet', 'ix-f4', '', '', '', '', 'refused', '', '', 0, 0, 1, 0, x'')"
    )
    assert not pending.has_unsent()


def test_what_is_held_since_all_its_readers_lost_it_is_neither_counted_nor_sent_again(
    desk: Desk, pending: PendingAudiences
) -> None:
    note(pending, "empty", "ix-f1", "ix-f2", "ix-f3", "ix-f4")
    note(pending, "narrow", "ix-f5")
    hold(desk, "ix-f1", "audience-lost")
    hold(desk, "ix-f2", "absent")
    change(desk, "ix-f3", "state = 'removed'")
    assert walked(pending.narrowings("empty")) == ["ix-f2", "ix-f4"]
    assert pending.emptied() == {(SOURCE, "r1"): 2}
    assert list(pending.empties("empty")) == ["ix-f2", "ix-f4"]
    change(desk, "ix-f3", "state = 'live'")
    assert pending.count_narrowings() == {"empty": {(SOURCE, "r1"): 3}, "narrow": {(SOURCE, "r1"): 1}}
    desk.add("ix-f4", "ix-r1", audience=ONE)  # it was left to them
    assert pending.emptied() == {(SOURCE, "r1"): 2}


def test_what_is_confirmed_is_forgotten_and_nothing_else(desk: Desk, pending: PendingAudiences) -> None:
    digest = pending.remember(ALL)
    pending.widen([("ix-f1", digest), ("ix-f2", digest)], run=5)
    note(pending, "narrow", "ix-f1", "ix-f2", "ix-f3")
    desk.add("ix-f1", "ix-r1", audience=ALL)
    pending.forget_widenings()
    assert noted(desk, "widenings") == ["ix-f2"]
    assert noted(desk) == ["ix-f2", "ix-f3"]


def test_what_more_may_see_is_given_up_where_a_whole_listing_says_nothing_of_it(
    desk: Desk, pending: PendingAudiences
) -> None:
    digest = pending.remember(ALL)
    desk.add_room("r2", run=4)
    desk.add("ix-g1", "ix-r2", room="r2", audience=TWO)
    pending.widen([("ix-f1", digest), ("ix-g1", digest)], run=4)
    pending.widen([("ix-f2", digest), ("ix-f3", digest)], run=5)
    change(desk, "ix-f3", "state = 'removed'")
    assert pending.settle_widenings(run=5, most=9) == 0
    assert noted(desk, "widenings") == ["ix-f2", "ix-g1"]


def test_what_a_person_decides_is_what_was_held_up_to_that_run(desk: Desk, pending: PendingAudiences) -> None:
    digest = pending.remember(ALL)
    for run, names in ((4, ["ix-f1"]), (5, ["ix-f1", "ix-f2"])):
        pending.widen([(name, digest) for name in names], run=run)
        assert pending.settle_widenings(run=run, most=0) == 1
    pending.widen([("ix-f3", digest)], run=5)
    pending.widen([("ix-f4", digest)], run=4)  # not held, and not read again
    assert [name for name, _, _ in pending.held(up_to_run=4)] == ["ix-f1"]
    assert pending.keep(up_to_run=4) == pending.approve(up_to_run=4) == 1
    assert [name for name, _, _ in pending.held()] == ["ix-f2"]
    assert walked(pending.widenings(run=5)) == ["ix-f1", "ix-f3"]
    assert pending.settle_widenings(run=5, most=0) == 1, "of what nobody decided about"
    assert walked(pending.widenings(run=5)) == ["ix-f1"]
    assert pending.held_counts() == (2, 2)


def test_of_what_is_held_for_one_list_only_what_another_is_read_for_is_let_go(
    desk: Desk, pending: PendingAudiences
) -> None:
    was, now = pending.remember(ONE), pending.remember(ALL)
    for name in NAMES[:4]:
        hold(desk, name, "absent" if name == "ix-f3" else "audience-lost")
        change(desk, name, "held_note = 'was'")
    pending.narrow([("ix-f1", now, "narrow"), ("ix-f2", was, "narrow")])
    pending.narrow([("ix-f3", now, "narrow"), ("ix-f4", now, "expired")])
    pending.release_read_otherwise(lambda digest: "was" if digest == was else "now")
    assert [one.id for one in desk.documents.held()] == ["ix-f2", "ix-f3", "ix-f4"]


def test_what_a_run_takes_back_is_that_nobody_may_see_it_and_not_that_fewer_may(
    desk: Desk, pending: PendingAudiences
) -> None:
    note(pending, "empty", "ix-f1", "ix-f3")
    note(pending, "narrow", "ix-f2", "ix-f4")
    pending.take_back(["ix-f1", "ix-f2"], run=5)
    assert noted(desk) == ["ix-f2", "ix-f3", "ix-f4"]
    desk.add("ix-d1", "ix-r1")
    desk.add("ix-g1", "ix-d1", audience=TWO)
    note(pending, "empty", "ix-g1")
    pending.take_back([], run=5, containers=["ix-d1"])
    assert noted(desk) == ["ix-f2", "ix-f3", "ix-f4"]
    pending.take_back([], run=5, containers=["ix-r1"])
    assert noted(desk) == ["ix-f2", "ix-f4"]
