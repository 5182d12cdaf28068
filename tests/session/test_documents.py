"""The documents' session of a full run: what its gate is asked with, and what is counted of its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from connector.errors import TargetUnavailable
from connector.plan.brake import Cause, Limits
from connector.plan.brake_counts import BrakeCounts
from connector.plan.findings import Code, HoldReason
from connector.session.documents import DocumentSession, Looked
from connector.session.gate import Gate, Kind, Shut, ShutBy
from connector.session.session import Calls, RunSession
from tests.builders import make_listed, make_rendered
from tests.desk import NOW, SOURCE, Desk
from tests.ledger_pushes import Pushed

WHOLE = Looked(sources=[SOURCE], whole=True, incomplete=0, unseen=0, suspects=0, unanswered=0)
FILES = 19
"""With their room twenty documents."""


class Elsewhere:
    """What they say of sources that nobody names."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def settle(self) -> None:
        self.counts = {}


class Notes:
    """The notes beside rooms: what each says that an end would remove."""

    def __init__(self, **predicted: int) -> None:
        self.unknowing: set[str] = set()
        self.accepted = False
        self._predicted = predicted
        self.asked: dict[str, int] = {}
        self.unnamed = Elsewhere()

    def predicted(self, source: str, *, accepted: int) -> int:
        self.asked[source] = accepted
        return self._predicted.get(source, 0)


class Wire:
    """The two calls of a session."""

    def __init__(self, removed: int | None = 0) -> None:
        self.removed = removed
        self.silent = False
        self.sent: list[str] = []

    async def begin(self, *, lost: Any) -> None:
        self.sent.append("begin")
        if self.silent:
            raise TargetUnavailable("no answer")

    async def end(self) -> int:
        self.sent.append("end")
        if self.removed is None:
            raise TargetUnavailable("no answer")
        return self.removed


@pytest.fixture
def desk(desk: Desk) -> Desk:
    for number in range(FILES):
        desk.add(f"ix-f{number}", "ix-r1")
    desk.begin("full")
    return desk


def accept(desk: Desk, *names: str) -> None:
    """Accepted in the session of this run."""
    desk.documents.confirm_pushes(
        [
            Pushed(
                source=SOURCE, listed=make_listed(id=name), rendered=make_rendered(id=name, path=desk.paths[name]),
                room="r1", container=desk.standing(name).container, rules=b"",
            )
            for name in names
        ],
        run=desk.run, session_run=desk.run, backfill=0, now=NOW, settle_s=120.0,
    )  # fmt: skip


def all_but(desk: Desk, left: int) -> None:
    accept(desk, *["ix-r1", *(f"ix-f{number}" for number in range(FILES))][left:])


class Played:
    """One session with everything around it."""

    def __init__(self, desk: Desk, notes: Notes | None = None, wire: Wire | None = None) -> None:
        self.desk = desk
        self.wire = wire or Wire()
        self.notes = notes or Notes()
        self.gates: list[Gate] = []
        calls = Calls(self.wire.begin, self.wire.end)
        inner = RunSession(desk.work, Kind.DOCUMENT, calls, desk.books.runs, desk.tally, lambda: False)
        pass_on = inner.may_end

        def may_end(gate: Gate) -> list[Shut]:
            self.gates.append(gate)
            return pass_on(gate)

        inner.may_end = may_end  # type: ignore[method-assign]
        brake_counts = BrakeCounts(desk.work, desk.documents, [], moved=())
        self.session = DocumentSession(
            desk.work,
            desk.documents,
            inner,
            self.notes,  # type: ignore[arg-type]
            brake_counts,
            desk.tally,
        )

    async def asked(self, looked: Looked = WHOLE) -> Mapping[str, Any]:
        """Begin, and ask the gate; gives what it was asked with."""
        assert await self.session.begin()
        self.may = self.session.may_end(looked)
        (gate,) = self.gates
        return msgspec.structs.asdict(gate)


def shut(desk: Desk) -> list[str]:
    (finding,) = [one for one in desk.tally.findings if one.code is Code.SESSION_NOT_ENDED]
    return [one["code"] for one in finding.values["reasons"]]


# -- begun ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "changes", "opens"),
    [
        ("full", {}, True),
        ("full", {"only": ("interaxo",)}, False),
        ("full", {"dry_run": True}, False),
        ("full", {"sessions": False}, False),
        ("delta", {}, False),
        ("backfill", {}, False),
    ],
)
async def test_only_a_full_run_over_all_sources_opens_one(
    desk: Desk, mode: str, changes: dict[str, Any], opens: bool
) -> None:
    desk.begin(mode, **changes)
    played = Played(desk)
    assert await played.session.begin() is opens
    assert played.session.opened is opens
    assert played.session.told.opened is opens
    assert played.wire.sent == (["begin"] if opens else [])
    if not opens:
        assert not played.session.may_end(WHOLE)
        assert played.gates == []


async def test_a_begin_without_an_answer_opens_nothing(desk: Desk) -> None:
    played = Played(desk)
    played.wire.silent = True
    assert not await played.session.begin()
    assert not played.session.told.opened
    assert not played.session.may_end(WHOLE)


# -- the gate -------------------------------------------------------------------------------------


async def test_nothing_shuts_the_gate_where_everything_was_accepted(desk: Desk) -> None:
    all_but(desk, 0)
    played = Played(desk)
    assert await played.asked() == {
        **dict.fromkeys(
            (
                "incomplete",
                "unseen",
                "unknown",
                "not_accepted",
                "suspects",
                "held",
                "unsettled",
                "unread",
                "kept_back",
                "other_begin",
                "people_left",
            ),
            0,
        ),
        "predicted_removals": 0,
        "removals_allowed": 10,
        "braked": False,
        "on_hold": False,
    }
    assert played.may
    assert played.notes.asked == {SOURCE: FILES + 1}
    assert not desk.tally.codes


async def test_each_thing_that_a_run_saw_reaches_the_gate(desk: Desk) -> None:
    all_but(desk, 3)
    desk.documents.hold([("ix-f4", HoldReason.BRAKE), ("ix-f5", HoldReason.SETTINGS)], run=4)
    played = Played(desk)
    played.notes.unknowing = {"interaxo", "itr"}
    gate = await played.asked(
        msgspec.structs.replace(WHOLE, incomplete=4, unseen=5, suspects=6, unanswered=7, kept_back=8)
    )
    assert not played.may
    assert gate["not_accepted"] == gate["predicted_removals"] == 3
    assert played.session.told.predicted_removals == 3
    assert (gate["incomplete"], gate["unseen"], gate["suspects"], gate["unsettled"], gate["kept_back"]) == (
        4,
        5,
        6,
        7,
        8,
    )
    assert (gate["unknown"], gate["held"]) == (2, 2)
    assert set(shut(desk)) == {
        *(ShutBy.INCOMPLETE, ShutBy.UNSEEN, ShutBy.UNKNOWN, ShutBy.NOT_ACCEPTED, ShutBy.SUSPECTS),
        *(ShutBy.HELD, ShutBy.UNSETTLED, ShutBy.KEPT_BACK),
    }


async def test_what_only_the_notes_tell_of_is_predicted_and_few_of_it_pass(desk: Desk) -> None:
    all_but(desk, 0)
    played = Played(desk, Notes(interaxo=6, itr=4))
    gate = await played.asked(msgspec.structs.replace(WHOLE, sources=[SOURCE, "itr"]))
    assert played.may
    assert gate["predicted_removals"] == played.session.told.predicted_removals == 10
    assert played.notes.asked == {SOURCE: FILES + 1, "itr": 0}


@pytest.mark.parametrize("whole", [True, False])
async def test_many_that_only_the_notes_tell_of_meet_the_brake(desk: Desk, whole: bool) -> None:
    all_but(desk, 0)
    played = Played(desk, Notes(interaxo=11))
    gate = await played.asked(msgspec.structs.replace(WHOLE, whole=whole))
    assert not played.may
    assert (gate["braked"], gate["predicted_removals"], gate["removals_allowed"]) == (True, 11, 10)
    assert shut(desk) == [ShutBy.BRAKED]
    noted = [one.values for one in desk.tally.findings if one.code is Code.NOTE_BRAKED]
    assert noted == ([{"count": 11}] if whole else []), "where not all was listed the note proves nothing"


async def test_what_the_ledger_knows_itself_is_not_told_as_a_matter_of_the_notes(desk: Desk) -> None:
    all_but(desk, 12)
    played = Played(desk, Notes(interaxo=12))
    await played.asked()
    assert Code.NOTE_BRAKED not in desk.tally.codes


async def test_the_brake_speaks_of_each_source(desk: Desk) -> None:
    for number in range(500):
        desk.add(f"itr-{number}", "", room="s", source="itr")
    played = Played(desk, Notes(interaxo=11))
    gate = await played.asked(msgspec.structs.replace(WHOLE, sources=[SOURCE, "itr"]))
    assert gate["braked"], "eleven of thirty-one, however large the other source is"
    assert [
        one.cause for one in played.session._brake_counts.weigh_end({SOURCE: 11}, unnamed=())[0].tripped
    ] == [Cause.SOURCE]


# -- ended ----------------------------------------------------------------------------------------


def of_today(desk: Desk) -> int:
    return sum(desk.documents.removed_since(NOW - 1).values())


@pytest.mark.parametrize(
    ("predicted", "removed", "counted", "unexpected"),
    [(0, 0, 0, False), (4, 4, 4, False), (4, 2, 2, False), (4, 6, 6, True), (0, 1, 1, True)],
)
async def test_what_an_end_removed_counts_for_the_day_and_more_than_predicted_is_told(
    desk: Desk, predicted: int, removed: int, counted: int, unexpected: bool
) -> None:
    all_but(desk, 0)
    played = Played(desk, Notes(interaxo=predicted), Wire(removed))
    await played.asked()
    await played.session.end(of_another=False)
    told = played.session.told
    assert (told.ended, told.predicted_removals, told.reported_removals) == (True, predicted, removed)
    assert of_today(desk) == counted
    found = [one.values for one in desk.tally.findings if one.code is Code.UNEXPECTED_REMOVALS]
    expected = {"kind": "document", "count": removed, "predicted": predicted, "of_another": False}
    assert found == ([expected] if unexpected else [])


async def test_an_end_without_an_answer_counts_as_predicted(desk: Desk) -> None:
    all_but(desk, 0)
    played = Played(desk, Notes(interaxo=4), Wire(None))
    await played.asked()
    await played.session.end(of_another=False)
    assert (played.session.told.ended, played.session.told.reported_removals) == (False, 0)
    assert of_today(desk) == 4
    assert Code.SESSION_END_UNANSWERED in desk.tally.codes


async def test_beyond_its_own_limit_every_number_stops_the_brake_alike(desk: Desk) -> None:
    all_but(desk, 0)
    desk.begin("full", limits=Limits(max_deletes=3, max_delete_ratio=0.1))
    played = Played(desk, wire=Wire(1_000_000))
    await played.asked()
    await played.session.end(of_another=False)
    assert of_today(desk) == 4


@pytest.mark.parametrize("approved", [True, False])
async def test_what_a_person_approved_of_an_end_does_not_count(desk: Desk, approved: bool) -> None:
    all_but(desk, 0)
    played = Played(desk, Notes(interaxo=4), Wire(4))
    played.notes.accepted = approved
    await played.asked()
    await played.session.end(of_another=False)
    assert of_today(desk) == (0 if approved else 4)
