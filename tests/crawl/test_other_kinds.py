"""Which rows have the id of a record of another kind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from connector.access.comparing import Sight
from connector.crawl.other_kinds import OtherKinds
from connector.crawl.results import Results
from connector.document.document import Scope
from connector.ports.source import Source
from tests.builders import make_listed
from tests.desk import SOURCE, Desk

ROOMS = cast(Source, SimpleNamespace(name=SOURCE))
KINDS = cast(Source, SimpleNamespace(name=SOURCE, is_common=lambda key: False))


@pytest.fixture
def desk(blank_desk: Desk) -> Desk:
    for room in ("r1", "r2"):
        blank_desk.add_room(room)
        blank_desk.add(f"ix-{room}-a", f"ix-{room}", room=room)
    return blank_desk


def kinds_of(desk: Desk, source: Source = KINDS) -> tuple[OtherKinds, Results]:
    results = Results(SOURCE, desk.work.watch)
    for room in ("r1", "r2", "r3"):
        results.meet(Sight(scope=Scope(key=room, name=room.upper()), audience=None, public=False), None)
    return OtherKinds(source, desk.documents, results), results


def others(desk: Desk, source: Source = KINDS, scope: str = "r1") -> set[str]:
    """Ids of the rows that are left out of a scope; each of them is told."""
    other_kinds, results = kinds_of(desk, source)
    rows = [make_listed(id=one, native=one) for one in ("ix-r1-a", "ix-r2-a", "ix-new")]
    known = desk.documents.known([row.id for row in rows])
    left = {row.id for row in rows} - {
        row.id for row in other_kinds.left_out(rows, known, Scope(key=scope, name=scope))
    }
    told = [one.words for one in results.found[scope].problems]
    assert len(told) == len(left)
    assert all(any(one in words for words in told) for one in left)
    return left


def test_what_another_scope_has_is_of_another_kind_where_nothing_moves(desk: Desk) -> None:
    assert others(desk) == {"ix-r2-a"}
    assert others(desk, KINDS, "r3") == {"ix-r1-a", "ix-r2-a"}
    assert others(desk, ROOMS) == set()


@pytest.mark.parametrize("why", ["room-excluded", "absent", "audience-lost"])
def test_it_is_so_while_a_person_is_to_decide(desk: Desk, why: str) -> None:
    desk.documents.hold([("ix-r2-a", why)], run=desk.run)
    assert others(desk) == {"ix-r2-a"}


def test_it_is_so_while_its_own_list_lacks_it(desk: Desk) -> None:
    desk.documents.miss(["ix-r2-a"], run=desk.run, why="absent")
    assert others(desk) == {"ix-r2-a"}


def test_it_ends_with_the_removal_of_that_record_or_where_its_scope_is_no_more(desk: Desk) -> None:
    desk.documents.hold_room(SOURCE, "r2", run=desk.run, why="room-vanished")
    assert others(desk) == set()
    desk.documents.release_room(SOURCE, "r2")
    desk.say("UPDATE documents SET state = 'removed' WHERE id = 'ix-r2-a'")
    assert others(desk) == set()


def test_of_two_new_ones_the_first_is_sent(desk: Desk) -> None:
    known = desk.documents.known(["ix-r2-a"])["ix-r2-a"]
    new, old = (make_listed(id=one, native=one) for one in ("ix-new", "ix-r2-a"))
    for source, second in ((KINDS, False), (ROOMS, True)):
        other_kinds, results = kinds_of(desk, source)
        assert [other_kinds.may_send(new, None, scope) for scope in ("r1", "r2", "r1")] == [
            True,
            second,
            True,
        ]
        assert [other_kinds.may_send(old, known, scope) for scope in ("r1", "r2")] == [True, True]
        assert bool(results.found["r2"].problems) is not second


def test_a_first_load_keeps_few_of_what_it_sent_and_finds_the_others_in_the_ledger(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.crawl.other_kinds.SENT_KEPT", 2)
    other_kinds, _ = kinds_of(desk)
    for number in range(4):
        assert other_kinds.may_send(make_listed(id=f"ix-n{number}", native="n"), None, "r1")
        desk.add(f"ix-n{number}", "ix-r1", room="r1")
    assert len(other_kinds._sent) == 2
    again = [make_listed(id=f"ix-n{number}", native="n") for number in range(4)]
    assert [other_kinds.may_send(one, None, "r2") for one in again] == [False] * 4
    assert other_kinds.may_send(make_listed(id="ix-n9", native="n"), None, "r2")
