"""What is gone from its place may stand in another room: which rooms are asked, when that is too much, and what a room that cannot be asked keeps."""

from __future__ import annotations

import pytest

from connector.plan.findings import HoldReason
from connector.ports.source import Verdict
from connector.removal import suspects as suspects_module
from tests.desk import SOURCE, Desk
from tests.ledger_pushes import UNTOLD
from tests.removal.questions import Asked, Taker, examine, listed_by_run, miss


async def test_every_room_is_asked_again_for_what_an_earlier_run_found_gone(desk: Desk) -> None:
    """It may have stood in a third room meanwhile, and moved on behind the crawl."""
    miss(desk, "ix-f1", "ix-f2", "ix-f3", run=4)
    desk.documents.gone(["ix-f1"], run=4)
    desk.documents.gone(["ix-f3"], run=5)
    source = Asked()
    await examine(desk, source, Taker("r1", "r2"), walked=("r1", "r2", "r3")).examine()
    assert {native: elsewhere for native, _, _, elsewhere in source.questions} == {
        "f1": {"r2", "r3"},
        "f2": {"r2", "r3"},
        "f3": {"r2", "r3"},
    }


@pytest.mark.parametrize(("most", "everywhere"), [(4, True), (3, False)])
async def test_too_many_questions_wait_for_a_second_run(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, most: int, everywhere: bool
) -> None:
    monkeypatch.setattr(suspects_module, "MOST_QUESTIONS", most)
    miss(desk, "ix-f1", "ix-f2")
    source = Asked()
    walked = ("r1", "r2", "r3")  # two suspects and two other rooms: four questions
    suspects = examine(desk, source, Taker(*walked), walked=walked)
    await suspects.examine()
    assert {one[3] for one in source.questions} == {frozenset({"r2", "r3"} if everywhere else ())}
    if everywhere:
        assert len(suspects.proven) == 2
        return
    assert (suspects.proven, len(suspects.unproven)) == ([], 2)
    assert "next run finds out whether it moved" in desk.report.reasons[0]
    assert desk.standing("ix-f1").gone_run == 5
    desk.run = 6
    miss(desk, "ix-f1", "ix-f2")  # as the next listing notes it: what was asked is not forgotten
    for key in ("r1", "r2"):
        desk.rooms.complete(SOURCE, [key], run=6)
    desk.documents.see_containers(
        [
            {"id": i, "source": SOURCE, "room": "r1", "run": 6, "proven": b"", "unsteady": False, **UNTOLD}
            for i in ("ix-r1", "ix-d1", "ix-d2", "ix-r2")
        ]
    )
    second = examine(desk, source, Taker(*walked), walked=walked)
    await second.examine()
    assert [one.document.id for one in second.proven] == ["ix-f1", "ix-f2"]
    assert all(one.asked for one in second.proven)


@pytest.mark.parametrize(
    ("again", "everywhere"), [(4, True), (3, False)], ids=["few enough by then", "too many still"]
)
async def test_what_is_gone_in_two_runs_and_was_not_looked_for_everywhere_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, again: int, everywhere: bool
) -> None:
    """Two suspects of an earlier run and two other rooms are four questions; a third suspect, of now, counts for the first look only."""
    monkeypatch.setattr(suspects_module, "MOST_QUESTIONS", 5)
    monkeypatch.setattr(suspects_module, "MOST_QUESTIONS_AGAIN", again)
    miss(desk, "ix-f1", "ix-f2", run=4)
    desk.documents.gone(["ix-f1", "ix-f2"], run=4)
    miss(desk, "ix-f1", "ix-f2", "ix-f3")
    source = Asked()
    walked = ("r1", "r2", "r3")
    suspects = examine(desk, source, Taker(*walked), walked=walked)
    await suspects.examine()
    assert {native: bool(elsewhere) for native, _, _, elsewhere in source.questions} == {
        "f1": everywhere,
        "f2": everywhere,
        "f3": False,
    }
    assert {one.document.id: one.asked for one in suspects.proven} == {
        "ix-f1": everywhere,
        "ix-f2": everywhere,
    }
    assert [one.id for one in suspects.unproven] == ["ix-f3"]


async def test_where_there_is_no_other_room_nothing_waits_for_a_second_run(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suspects_module, "MOST_QUESTIONS", 0)
    miss(desk, "ix-f1")
    suspects = examine(desk, Asked(), walked=("r1",))
    await suspects.examine()
    assert [one.document.id for one in suspects.proven] == ["ix-f1"]


@pytest.mark.parametrize("where", ["unlisted", "untold"])
async def test_what_may_stand_in_a_room_that_cannot_be_asked_is_held_by_the_second_run(
    desk: Desk, where: str
) -> None:
    """Its own room answers 404: but it may have moved, and nobody can look."""
    miss(desk, "ix-f1")
    source = Asked(f1=Verdict(gone=True, untold=("corp/bridge",) if where == "untold" else ()))
    unlisted = ["corp/bridge"] if where == "unlisted" else []
    first = examine(desk, source, unlisted=unlisted)
    await first.examine()
    assert (first.proven, len(first.unproven)) == ([], 1)
    assert "may have moved to corp/bridge" in desk.report.reasons[0]
    assert desk.standing("ix-f1").state == "live"
    listed_by_run(desk, 6)
    miss(desk, "ix-f1")
    second = examine(desk, source, unlisted=unlisted)
    await second.examine()
    assert (second.proven, len(second.unproven)) == ([], 0)
    one = desk.standing("ix-f1")
    assert (one.held_why, one.held_note) == (HoldReason.MAY_HAVE_MOVED, "corp/bridge")
    assert desk.fact("ix-f1", "held_run") == 6
    # as soon as every room can be asked it is proven, without anybody's decision
    listed_by_run(desk, 7)
    miss(desk, "ix-f1")
    third = examine(desk, Asked(), unlisted=[])
    await third.examine()
    assert [one.document.id for one in third.proven] == ["ix-f1"]


async def test_records_that_never_change_their_list_are_asked_for_in_it_alone(desk: Desk) -> None:
    class Kinds(Asked):
        def is_common(self, scope_key: str) -> bool:
            return False

    miss(desk, "ix-f1")
    source = Kinds()
    suspects = examine(desk, source, unlisted=["corp/sessions"])
    await suspects.examine()
    assert source.questions == [("f1", "r1", "d2", frozenset())]
    assert [one.asked for one in suspects.proven] == [True], "there is no other place to look"


@pytest.mark.parametrize(("unlisted", "complete"), [(["corp/bridge"], ["r1", "r2"]), ([], ["r1"])])
async def test_what_may_have_moved_stays_held_while_any_room_cannot_be_looked_into(
    desk: Desk, unlisted: list[str], complete: list[str]
) -> None:
    miss(desk, "ix-f1", run=4)
    desk.documents.hold([("ix-f1", HoldReason.MAY_HAVE_MOVED)], run=4)
    await examine(desk, Asked(), Taker(*complete), unlisted=unlisted).examine()
    assert [one.id for one in desk.documents.held()] == ["ix-f1"]
