"""Three runs in a row without an answer about a document count as a refusal: three within some days, with answers between them, do not."""

from __future__ import annotations

import pytest

from connector.access.unanswered_narrowings import GIVEN_UP_AFTER, UnansweredNarrowings
from connector.document.durations import DAY_S
from tests.builders import audience_of, make_listed, make_rendered
from tests.desk import NOW, SOURCE, Desk
from tests.ledger_pushes import Pushed


@pytest.fixture
def desk(blank_desk: Desk) -> Desk:
    blank_desk.add_room("r1")
    blank_desk.add("ix-f1", "ix-r1")
    return blank_desk


def is_given_up(desk: Desk, number: int, *, at: float = NOW) -> bool:
    """One more run that hears nothing about it."""
    desk.begin(number=number, now=lambda: at)
    unanswered = UnansweredNarrowings(desk.work, desk.documents, desk.books.notes(""))
    unanswered.count("ix-f1")
    return "ix-f1" in unanswered.given_up


def accept(desk: Desk, run: int) -> None:
    push = Pushed(
        source=SOURCE,
        listed=make_listed(id="ix-f1", native="f1", name="ix-f1"),
        rendered=make_rendered(id="ix-f1", title="ix-f1", path="/ix-r1/ix-f1/", audience=audience_of("a")),
        room="r1",
        container="ix-r1",
        rules=b"rules",
    )
    desk.documents.confirm_pushes([push], run=run, session_run=0, backfill=0, now=NOW, settle_s=1.0)


def test_so_many_runs_in_a_row_are_a_refusal(desk: Desk) -> None:
    assert [is_given_up(desk, 10 + n) for n in range(GIVEN_UP_AFTER)] == [False, False, True]


def test_an_answer_in_between_begins_anew(desk: Desk) -> None:
    assert not is_given_up(desk, 10)
    assert not is_given_up(desk, 11)
    accept(desk, 11)  # as another part of that run got an answer
    assert [is_given_up(desk, 12 + n) for n in range(GIVEN_UP_AFTER)] == [False, False, True]


def test_runs_that_are_more_than_a_day_apart_are_not_in_a_row(desk: Desk) -> None:
    at = [NOW, NOW + DAY_S, NOW + 2 * DAY_S + 1, NOW + 3 * DAY_S, NOW + 4 * DAY_S]
    assert [is_given_up(desk, 10 + n, at=one) for n, one in enumerate(at)] == [False] * 4 + [True]
