"""By which settings services go that share a ledger, and when it is told that they differ."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from connector.ledger.notes import Notes
from connector.ledger.refused_settings import STANDS_S
from connector.ledger.settings_of_services import KIND, MARK, differing, note_settings
from connector.ledger.store import Ledger

NOW = 1e9
LONG_AGO = NOW - 2 * STANDS_S


@pytest.fixture
def notes() -> Iterator[Notes]:
    with closing(Ledger("sqlite://", now=NOW)) as ledger:
        yield ledger.notes("")


def test_a_table_that_is_not_the_same_on_all_that_have_it_is_told_with_the_machines(notes: Notes) -> None:
    note_settings(notes, "alfa", {"safety": "1", "sources.rooms": "1"}, since=LONG_AGO, at=NOW)
    assert differing(notes, now=NOW) == ""
    note_settings(notes, "beta", {"safety": "1", "sources.rooms": "2"}, since=LONG_AGO, at=NOW)
    note_settings(notes, "gamma", {"safety": "1", "sources.rooms": "1"}, since=LONG_AGO, at=NOW)
    note_settings(notes, "delta", {"safety": "1"}, since=LONG_AGO, at=NOW)
    assert differing(notes, now=NOW) == "[sources.rooms] is not the same on alfa, gamma as on beta"


def test_what_one_had_who_is_gone_or_has_for_a_moment_is_not_told(notes: Notes) -> None:
    note_settings(notes, "alfa", {"safety": "1"}, since=LONG_AGO, at=NOW)
    note_settings(notes, "beta", {"safety": "2"}, since=NOW - STANDS_S, at=NOW)
    assert differing(notes, now=NOW) == "", "one after the other reads them again"
    assert differing(notes, now=NOW + 1) != ""
    assert differing(notes, now=NOW + STANDS_S + 1) == "", "nobody says so any more"


def test_who_said_nothing_for_a_day_is_forgotten(notes: Notes) -> None:
    note_settings(notes, "alfa", {"safety": "1"}, since=NOW, at=NOW)
    note_settings(notes, "beta", {"safety": "1"}, since=NOW, at=NOW + 90_000)
    assert [host for host, _ in notes.page(KIND, MARK)] == ["beta"]
