"""The notes beside room documents: what a run makes of those it finds, and what it writes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from connector.document.document import Scope
from connector.ledger.before_restore import note_restore
from connector.ledger.orders import Order, OrderKind
from connector.ledger.taken_out_counts import only_taken, taken_since, with_rest, with_taken, without_taken
from connector.ports.source import FoundScope
from connector.ports.target import RemoteState
from connector.session.markers import Markers
from tests.desk import NOW, SOURCE, Desk

NAMES = ("f1", "f2", "f3")


class Noted:
    """A target with notes beside some documents."""

    def __init__(self, **notes: RemoteState) -> None:
        self.notes = {name.replace("_", "-"): note for name, note in notes.items()}
        self.asked: list[str] = []

    async def state(self, identifier: str) -> RemoteState:
        self.asked.append(identifier)
        return self.notes.get(identifier, RemoteState(exists=False))


class Named:
    """A source whose rooms have documents, except those that begin with a dash."""

    name = SOURCE

    def scope_id(self, scope: Scope) -> str | None:
        return None if scope.key.startswith("-") else f"ix-{scope.key}"


@pytest.fixture
def desk(desk: Desk) -> Desk:
    for name in NAMES:
        desk.add(f"ix-{name}", "ix-r1")
    return desk


def note(desk: Desk, **changes: Any) -> RemoteState:
    """As this ledger wrote it in run 4, of four documents."""
    return RemoteState(**{"exists": True, "ledger": desk.ledger.id, "run": 4, "count": 4, **changes})


async def compare(desk: Desk, target: Noted, *rooms: str) -> Markers:
    markers = Markers(desk.work, target, desk.books, desk.tally, lambda: None, ())  # type: ignore[arg-type]
    scopes = [
        FoundScope(scope=Scope(key=key, name=key, origin=None), included=True, public=False, rules=b"")
        for key in rooms or ("r1",)
    ]
    await markers.compare(Named(), scopes)  # type: ignore[arg-type]
    return markers


def forgotten(desk: Desk) -> bool:
    """Whether every document is pushed again."""
    return all(
        known.fingerprint is None for known in desk.documents.known([f"ix-{n}" for n in NAMES]).values()
    )


def remove(desk: Desk, *names: str, run: int) -> None:
    desk.documents.confirm_deletions(names, run=run, now=NOW, settle_s=120.0, approved=False, why={})


async def test_a_note_of_our_own_last_run_changes_nothing(desk: Desk) -> None:
    target = Noted(ix_r1=note(desk))
    markers = await compare(desk, target, "r1", "r2")
    assert target.asked == ["ix-r1"], "one room carries the note"
    assert markers.unknowing == set()
    assert desk.report.reasons == []
    assert not forgotten(desk)
    assert markers.predicted(SOURCE, accepted=4) == 0
    assert markers.count(SOURCE) == 4


@pytest.mark.parametrize("changes", [{"ledger": "another"}, {"run": 5}, {"run": 6}])
async def test_a_note_of_another_or_newer_ledger_makes_everything_new(
    desk: Desk, changes: dict[str, Any]
) -> None:
    remove(desk, "ix-f3", run=5)
    markers = await compare(desk, Noted(ix_r1=note(desk, count=30, **changes)))
    assert markers.unknowing == {SOURCE}
    assert forgotten(desk)
    assert f"All documents of {SOURCE} are sent again" in desk.report.reasons[0]
    # what this ledger removed says nothing of what the other one counted
    assert markers.predicted(SOURCE, accepted=3) == 27
    assert markers.count(SOURCE) == 30
    assert markers.count(SOURCE, settled=True) == 0, "what was not pushed again is not confirmed"


async def test_what_was_removed_since_the_note_is_explained(desk: Desk) -> None:
    remove(desk, "ix-f2", run=4)
    remove(desk, "ix-f3", run=5)
    markers = await compare(desk, Noted(ix_r1=note(desk, count=20)))
    assert markers.predicted(SOURCE, accepted=2) == 17, "only the removal after run 4"
    assert markers.count(SOURCE) == 19
    assert markers.unknowing == set()


async def test_a_note_that_is_gone_makes_everything_new(desk: Desk) -> None:
    markers = await compare(desk, Noted())
    assert forgotten(desk)
    assert markers.unknowing == set()
    assert "The intranet lost the documents of interaxo" in desk.report.reasons[0]
    assert "4 documents are sent again" in desk.report.reasons[0]


async def test_a_document_without_a_note_tells_nothing(desk: Desk) -> None:
    markers = await compare(desk, Noted(ix_r1=RemoteState(exists=True, count=99, run=99)))
    assert (markers.unknowing, desk.report.reasons) == (set(), [])
    assert not forgotten(desk)
    assert markers.predicted(SOURCE, accepted=0) == 0


async def test_a_new_ledger_looks_beside_every_room() -> None:
    new = Desk()
    rooms = [f"r{n}" for n in range(20)]
    target = Noted(ix_r3=note(new, count=7), ix_r11=note(new, count=40), ix_r19=note(new, count=0, ledger=""))
    markers = await compare(new, target, *rooms, "-hidden")
    assert sorted(target.asked) == sorted(f"ix-{room}" for room in rooms)
    assert markers.unknowing == {SOURCE}
    assert "this ledger does not know" in new.report.reasons[0]
    assert markers.predicted(SOURCE, accepted=15) == 25
    assert markers.count(SOURCE) == 40
    new.close()


async def test_a_new_ledger_before_an_empty_intranet_knows_all() -> None:
    new = Desk()
    markers = await compare(new, Noted(), "r1", "r2")
    assert (markers.unknowing, new.report.reasons) == (set(), [])
    assert markers.predicted(SOURCE, accepted=0) == 0
    assert markers.count(SOURCE) == 0
    new.close()


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("noted", [4, 15, 500])
async def test_a_note_that_is_too_high_is_not_lowered_by_itself(desk: Desk, noted: int, strict: bool) -> None:
    markers = await compare(desk, Noted(ix_r1=note(desk, count=noted)))
    assert markers.count(SOURCE) == noted
    assert not markers.is_far_off(SOURCE, strict=strict)


@pytest.mark.parametrize(
    ("noted", "strict", "far"),
    [(44, True, True), (45, True, False), (28, False, True), (29, False, True), (30, False, False)],
)
async def test_a_note_that_is_too_low_is_raised(desk: Desk, noted: int, strict: bool, far: bool) -> None:
    for n in range(51):
        desk.add(f"ix-x{n}", "ix-r1")
    markers = await compare(desk, Noted(ix_r1=note(desk, count=noted)))
    assert markers.count(SOURCE) == 55
    assert markers.is_far_off(SOURCE, strict=strict) == far


@pytest.mark.parametrize(("documents", "far"), [(10, False), (11, True)])
async def test_a_first_note_is_written_when_there_is_something_to_note(documents: int, far: bool) -> None:
    new = Desk()
    new.add_room("r1")
    for n in range(documents - 1):
        new.add(f"ix-x{n}", "ix-r1")
    markers = Markers(new.work, Noted(), new.books, new.tally, lambda: None, ())  # type: ignore[arg-type]
    assert markers.is_far_off(SOURCE, strict=True) == far
    new.close()


@pytest.mark.parametrize(("noted", "far"), [(274, True), (275, False), (276, False)])
async def test_in_a_delta_a_tenth_is_not_far(noted: int, far: bool) -> None:
    new = Desk()
    new.add_room("r1")
    for n in range(304):
        new.add(f"ix-x{n}", "ix-r1")
    markers = await compare(new, Noted(ix_r1=note(new, count=noted)))
    assert markers.is_far_off(SOURCE, strict=False) == far
    new.close()


async def test_what_was_removed_since_a_note_counts_in_how_far_it_is_off(desk: Desk) -> None:
    for n in range(20):
        desk.add(f"ix-x{n}", "ix-r1")
    remove(desk, "ix-f1", "ix-f2", run=5)
    # thirteen, less two: eleven of twenty-two
    markers = await compare(desk, Noted(ix_r1=note(desk, count=13)))
    assert markers.is_far_off(SOURCE, strict=True)


async def test_an_approval_of_a_note_lifts_it(desk: Desk) -> None:
    markers = await compare(desk, Noted(ix_r1=note(desk, ledger="another", count=50)))
    markers.accept()
    assert markers.unknowing == set()
    assert markers.predicted(SOURCE, accepted=0) == 0
    assert markers.count(SOURCE) == 0


@pytest.mark.parametrize(
    ("hidden_in", "explained"), [(4, 1), (6, 3)], ids=["before the copy was made", "after it was made"]
)
async def test_what_people_hid_of_a_ledger_that_was_put_back_is_explained_once(
    desk: Desk, hidden_in: int, explained: int
) -> None:
    """One document went in run 4, which the copy of run 5 knows; two were hidden, which it knows only if that was before."""
    note_restore(desk.books.notes(""), "intranet", "L0", run=5)
    remove(desk, "ix-f1", run=4)
    told = with_taken("{}", {SOURCE: 2}, run=hidden_in, ledger="L0")
    desk.books.orders.write(
        Order(id="O1", target="intranet", kind=OrderKind.HIDE, subject="ix-x", who="kari", at=NOW)
    )
    desk.books.orders.done("O1", now=NOW, told=told)
    markers = await compare(desk, Noted(ix_r1=note(desk, ledger="L0", run=3, count=10)))
    assert markers.predicted(SOURCE, accepted=0) == 10 - explained


def test_what_is_left_of_an_order_belongs_to_the_run_that_takes_it() -> None:
    """Ten were to go in run 5; four of them are left in run 6, and one more came below it in run 7."""
    told = "{}"

    def write(values: dict[str, object]) -> None:
        nonlocal told
        told = msgspec.json.encode(values).decode()

    def explained(run: int) -> int:
        return taken_since([replace(order, told=told)], SOURCE, ledger="L", run=run)

    order = Order(id="O1", target="intranet", kind=OrderKind.HIDE, subject="ix-x", at=NOW)
    write(with_rest(told, {SOURCE: 10}, run=5, ledger="L"))
    write(with_rest(told, {SOURCE: 10}, run=5, ledger="L"))
    assert [explained(run) for run in (4, 5)] == [10, 0]
    write(with_rest(told, {SOURCE: 4}, run=6, ledger="L"))
    assert [explained(run) for run in (4, 5, 6)] == [10, 4, 0]
    write(with_taken(told, {SOURCE: 1}, run=7, ledger="L"))
    assert [explained(run) for run in (4, 5, 6, 7)] == [11, 5, 1, 0]
    assert only_taken(told) == told
    write(without_taken(told, SOURCE) or {})
    assert explained(0) == 0
    assert only_taken(told) == "{}"
    write(with_rest(told, {SOURCE: 3}, run=8, ledger="another"))
    assert [explained(7), taken_since([replace(order, told=told)], SOURCE, ledger="another", run=7)] == [0, 3]


def test_what_an_earlier_release_told_of_an_order_is_read() -> None:
    order = Order(
        id="O1",
        target="intranet",
        kind=OrderKind.HIDE,
        subject="ix-x",
        at=NOW,
        told='{"hidden":2,"took":{"interaxo":2},"took_in":5,"ledger":"L"}',
    )
    assert taken_since([order], SOURCE, ledger="L", run=4) == 2
    more = with_taken(order.told, {SOURCE: 1}, run=6, ledger="L")
    told = msgspec.json.encode(more).decode()
    assert [taken_since([replace(order, told=told)], SOURCE, ledger="L", run=run) for run in (4, 5)] == [3, 1]
    assert more["hidden"] == 2
    assert with_taken(order.told, {}, run=6, ledger="L") == msgspec.json.decode(order.told)
    assert without_taken(order.told, "another") is None
