"""How many people the notes beside rooms tell of, and when that number binds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.ledger.people import Lost, People
from connector.plan.brake import FEW
from connector.ports.target import RemoteState
from connector.session.people_note import PeopleNote
from tests.desk import NOW, Desk
from tests.estates import furnish_small
from tests.neighbourhood import neighbourhood


@pytest.fixture
def people() -> Iterator[People]:
    desk = Desk()
    yield desk.ledger.people("intranet")
    desk.close()


def accept(people: People, count: int) -> None:
    records = [(f"person-{n}", f"p{n}", ["a"]) for n in range(count)]
    people.intend(records)
    people.confirm(records, before={}, session_run=1, redo_after=None, now=NOW)


def removed(people: People, *, run: int) -> None:
    people.count_lost([Lost(id="x", address="x", whole=True, approved=True, why="gone")], run=run, now=NOW)


def state(people: int, *, run: int = 4) -> RemoteState:
    return RemoteState(exists=True, ledger="L", run=run, people=people)


def test_the_largest_number_counts_without_what_was_removed_since(people: People) -> None:
    for run in (3, 4, 5, 6):
        removed(people, run=run)
    note = PeopleNote(people)
    assert note.noted == 0
    note.hear(state(3), foreign=False)
    note.hear(state(9), foreign=False)
    note.hear(state(7), foreign=False)
    assert note.noted == 7
    note.hear(state(10), foreign=True)
    assert note.noted == 10, "another ledger's removals are not known here"


def test_more_removed_than_noted_is_nobody(people: People) -> None:
    for _ in range(3):
        removed(people, run=9)
    note = PeopleNote(people)
    note.hear(state(2), foreign=False)
    assert note.noted == 0


def test_the_number_is_not_lowered_until_it_is_settled(people: People) -> None:
    accept(people, 4)
    note = PeopleNote(people)
    note.hear(state(9), foreign=False)
    assert note.count() == 9
    note.settle()
    assert (note.noted, note.count()) == (0, 4)


def test_what_was_counted_is_counted_anew_when_asked_to(people: People) -> None:
    note = PeopleNote(people)
    assert note.count() == 0
    accept(people, 4)
    assert note.count() == 0
    note.recount()
    assert note.count() == 4


@pytest.mark.parametrize(
    ("accepted", "noted", "strict", "far"),
    [
        (10, 0, True, False),
        (11, 0, True, True),
        (25, 0, False, False),
        (26, 0, False, True),
        (300, 270, False, False),
        (300, 269, False, True),
    ],
)
def test_a_note_that_is_far_off_is_worth_a_push(
    people: People, accepted: int, noted: int, strict: bool, far: bool
) -> None:
    accept(people, accepted)
    note = PeopleNote(people)
    note.hear(state(noted), foreign=False)
    assert note.is_far_off(strict=strict) == far


@pytest.mark.parametrize(("accepted", "far"), [(80, False), (70, False), (69, True)])
def test_a_note_that_is_settled_is_as_far_off_as_before(people: People, accepted: int, far: bool) -> None:
    accept(people, accepted)
    note = PeopleNote(people)
    note.hear(state(80), foreign=False)
    note.settle()
    assert note.count() == accepted
    assert note.is_far_off(strict=True) == far


async def test_a_full_run_that_changes_nothing_ends_with_one_note_however_many_people_there_are(
    tmp_path: Path,
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        near.values["targets.intranet.batch_documents"] = 1
        names = [f"person{number}@example.com" for number in range(FEW + 1)]
        bridge = next(iter(near.rooms.rooms.values()))
        for name in names:
            near.rooms.add_person("example-corp", name, name, name, groups=["all"])
            near.intranet.seed_person(name, name)
        near.rooms.set_authorities(bridge.root_id, [("user", name) for name in names])
        await near.run("full")
        near.wire.clear()
        assert (await near.run("full")).session.ended
        people_ended = next(
            n for n, call in enumerate(near.wire.calls) if call.path.endswith("users/endsyncsession")
        )
        after = near.wire.calls[people_ended + 1 :]
        written = [call.path.rpartition("/docs/")[2] for call in after if call.method != "GET"]
        assert written == ["addupdate", "endsyncsession"]
        assert len(near.intranet.people) > FEW
