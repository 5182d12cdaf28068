"""Suspects are asked for one by one: what its listing lacks is gone, elsewhere, or cannot be told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
import pytest

from connector.document.document import Listed
from connector.errors import SourceRefused, SourceUnavailable
from connector.plan.findings import Code, Effect, Gone, HoldReason
from connector.plan.options import Watch
from connector.ports.source import Verdict
from connector.removal import suspects as suspects_module
from connector.removal.suspects import Ground, Suspects
from tests.builders import make_listed
from tests.desk import RULES, SOURCE, Desk
from tests.ledger_pushes import UNTOLD
from tests.removal.test_removal import Taken, take_out


class Asked:
    """A source that is asked for suspects; answers by native id, 404 where nothing else is said."""

    name = SOURCE
    left_out_rules = RULES

    def __init__(self, **answers: Verdict | Exception) -> None:
        self.answers = answers
        self.questions: list[tuple[str, str, str, frozenset[str]]] = []

    async def ask(self, native: str, scope_key: str, ancestor: str, elsewhere: Collection[str]) -> Verdict:
        self.questions.append((native, scope_key, ancestor, frozenset(elsewhere)))
        answer = self.answers.get(native, Verdict(gone=True))
        if isinstance(answer, Exception):
            raise answer
        return answer


class Taker:
    """What a crawl is told to push."""

    def __init__(self, *complete: str) -> None:
        self.complete = list(complete)
        self.taken: list[tuple[str, str, str, bool]] = []
        self.known: list[Any] = []

    async def take(self, listed: Listed, *, room: str, container: str, known: Any, present: bool) -> None:
        self.taken.append((listed.id, room, container, present))
        self.known.append(known)


def examine(
    desk: Desk,
    source: Asked,
    crawl: Taker | None = None,
    *,
    walked: Sequence[str] = ("r1", "r2"),
    **more: Any,
) -> Suspects:
    if "stopping" in more:
        desk.begin(desk.work.mode, watch=Watch(stopping=more["stopping"]))
    taker = crawl or Taker("r1", "r2")
    ground = Ground(
        scopes=frozenset(walked), complete=frozenset(taker.complete), unlisted=more.get("unlisted", ())
    )
    run = msgspec.structs.replace(desk.work, number=desk.run)
    return Suspects(run, source, desk.documents, ground, taker.take, desk.tally)  # type: ignore[arg-type]


def miss(desk: Desk, *names: str, run: int = Desk.run, why: str = "absent", witness: bool = True) -> None:
    desk.documents.miss(names, run=run, why=why, witness=witness)


def listed_again(name: str, container: str | None, **changes: Any) -> Verdict:
    verdict = {key: changes.pop(key) for key in ("room", "names_repeat") if key in changes}
    return Verdict(listed=make_listed(id=name, **changes), container=container, **verdict)


async def test_what_answers_404_is_proven_gone(desk: Desk) -> None:
    miss(desk, "ix-f1")
    source = Asked()
    suspects = examine(desk, source)
    await suspects.examine()
    assert [(one.document.id, one.words) for one in suspects.proven] == [
        ("ix-f1", "gone from its source (404)")
    ]
    assert desk.report.documents.suspect == len(suspects.unproven) == 0
    assert source.questions == [("f1", "r1", "d2", frozenset({"r2"}))]


async def test_what_stands_in_a_container_that_was_not_reached_is_asked_for_as_well(desk: Desk) -> None:
    desk.documents.see_containers(
        [
            {
                "id": "ix-d2",
                "source": SOURCE,
                "room": "r1",
                "run": desk.run - 1,
                "proven": b"",
                "unsteady": False,
                **UNTOLD,
            }
        ]
    )
    miss(desk, "ix-d2")
    source = Asked()
    await examine(desk, source).examine()
    assert [(native, ancestor) for native, _, ancestor, _ in source.questions] == [
        ("d2", "d1"),
        *((f"f{n}", "d1") for n in range(1, 6)),
    ]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Verdict(unsure="its room answers 403"), "its room answers 403"),
        (SourceUnavailable("it is down"), "it is down"),
        (SourceRefused("no right"), "no right"),
    ],
)
async def test_no_other_answer_proves_anything(desk: Desk, answer: Any, words: str) -> None:
    miss(desk, "ix-f1", "ix-f2")
    suspects = examine(desk, Asked(f1=answer))
    await suspects.examine()
    assert [one.document.id for one in suspects.proven] == ["ix-f2"]
    assert desk.report.documents.suspect == len(suspects.unproven) == 1
    assert [(one.id, one.title) for one in suspects.unproven] == [("ix-f1", "ix-f1")]
    assert words in suspects.unproven[0].reason
    assert Effect.WITHHELD in desk.report.effects
    assert words in desk.report.reasons[0]


async def test_only_the_first_three_suspects_are_told_in_words(desk: Desk) -> None:
    miss(desk, *(f"ix-f{n}" for n in range(1, 6)))
    suspects = examine(desk, Asked(**{f"f{n}": Verdict(unsure="no") for n in range(1, 6)}))
    await suspects.examine()
    assert desk.report.documents.suspect == len(suspects.unproven) == 5
    assert len(desk.report.reasons) == 3
    assert [dict(one.values)["id"] for one in desk.tally.findings] == ["ix-f1", "ix-f2", "ix-f3"]
    assert {one.code for one in suspects.unproven} == {Code.MISSING}


async def test_what_moved_is_found_where_it_answers(desk: Desk) -> None:
    miss(desk, "ix-f1")
    crawl = Taker("r1", "r2")
    suspects = examine(desk, Asked(f1=listed_again("ix-f1", "ix-r2", room="r2")), crawl)
    await suspects.examine()
    assert (suspects.proven, len(suspects.unproven)) == ([], 0)
    assert crawl.taken == [("ix-f1", "r2", "ix-r2", True)]
    assert crawl.known[0].id == "ix-f1"
    one = desk.standing("ix-f1")
    assert (one.container, one.room, one.missing_run) == ("ix-r2", "r2", None)


@pytest.mark.parametrize("place", ["ix-d2", None])
async def test_what_answers_from_the_folder_that_lacks_it_is_pushed_and_suspected(
    desk: Desk, place: str | None
) -> None:
    miss(desk, "ix-f1")
    crawl = Taker("r1", "r2")
    suspects = examine(desk, Asked(f1=listed_again("ix-f1", place)), crawl)
    await suspects.examine()
    assert (suspects.proven, len(suspects.unproven)) == ([], 1)
    assert crawl.taken == [("ix-f1", "r1", "ix-d2", False)]
    assert desk.standing("ix-f1").missing_run == desk.run


@pytest.mark.parametrize(
    ("since", "title", "kind", "repeat", "gone"),
    [
        (4, "Plan.pdf", "file", False, True),
        (4, "PLAN.PDF", "file", False, True),
        (5, "Plan.pdf", "file", False, False),
        (4, "Other.pdf", "file", False, False),
        (4, "Plan.pdf", "folder", False, False),
        (4, "Plan.pdf", "file", True, False),
    ],
)
async def test_superseded_is_what_two_listings_lack_while_its_namesake_stands_there(
    desk: Desk, since: int, title: str, kind: str, repeat: bool, gone: bool
) -> None:
    desk.add("ix-old", "ix-d2", title="Plan.pdf")
    desk.add("ix-new", "ix-d2", title=title, listed={"kind": kind})
    miss(desk, "ix-old", run=since)
    suspects = examine(desk, Asked(old=listed_again("ix-old", "ix-d2", names_repeat=repeat)))
    await suspects.examine()
    assert [one.document.id for one in suspects.proven] == (["ix-old"] if gone else [])
    assert bool(suspects.unproven) == (not gone)
    if gone:
        assert (suspects.proven[0].reason, suspects.proven[0].note) == (Gone.SUPERSEDED, "ix-new")


@pytest.mark.parametrize("unsteady", ["then", "now"])
async def test_a_listing_that_told_on_itself_is_no_witness_for_a_namesake(desk: Desk, unsteady: str) -> None:
    desk.add("ix-old", "ix-d2", title="Plan.pdf")
    desk.add("ix-new", "ix-d2", title="Plan.pdf")
    miss(desk, "ix-old", run=4, witness=unsteady != "then")
    miss(desk, "ix-old")
    if unsteady == "now":
        desk.documents.see_containers(
            [
                {
                    "id": "ix-d2",
                    "source": SOURCE,
                    "room": "r1",
                    "run": desk.run,
                    "proven": b"",
                    "unsteady": True,
                    **UNTOLD,
                }
            ]
        )
    suspects = examine(desk, Asked(old=listed_again("ix-old", "ix-d2")))
    await suspects.examine()
    assert suspects.proven == []
    assert len(suspects.unproven) == 1


@pytest.mark.parametrize("before", ["moved", "unlisted"])
async def test_what_moved_is_superseded_by_nothing(desk: Desk, before: str) -> None:
    desk.add("ix-old", "ix-d2", title="Plan.pdf")
    desk.add("ix-new", "ix-d2", title="Plan.pdf")
    miss(desk, "ix-old", run=4)
    if before == "unlisted":
        miss(desk, "ix-new")
    place = "ix-d1" if before == "moved" else "ix-d2"
    suspects = examine(desk, Asked(old=listed_again("ix-old", place), new=Verdict(unsure="who knows")))
    await suspects.examine()
    assert suspects.proven == []


@pytest.mark.parametrize(
    ("rules", "held"), [(RULES, False), (b"others", True), (None, False)], ids=["same", "other", "unknown"]
)
async def test_what_the_settings_leave_out_is_gone_unless_the_settings_changed(
    desk: Desk, rules: bytes | None, held: bool
) -> None:
    desk.add("ix-f6", "ix-d2", rules=rules)
    miss(desk, "ix-f6")
    crawl = Taker("r1", "r2")
    suspects = examine(desk, Asked(f6=listed_again("ix-f6", "ix-d2", left_out="historical step")), crawl)
    await suspects.examine()
    assert [one.words for one in suspects.proven] == (
        [] if held else ["left out by the settings: historical step"]
    )
    assert [one.document.id for one in suspects.proven] == ([] if held else ["ix-f6"])
    assert crawl.taken == []
    assert suspects.unproven == []
    one = desk.standing("ix-f6")
    assert (one.state, one.held_why) == (("held", "settings-left-out") if held else ("live", ""))
    assert desk.fact("ix-f6", "held_run") == (desk.run if held else None)


async def test_what_a_listing_showed_as_left_out_needs_no_question(desk: Desk) -> None:
    miss(desk, "ix-f1", why="left-out")
    source = Asked(f1=Verdict(unsure="never asked"))
    suspects = examine(desk, source)
    await suspects.examine()
    assert [one.words for one in suspects.proven] == ["left out by the settings"]
    assert source.questions == []


@pytest.mark.parametrize(("mode", "suspected"), [("delta", 0), ("full", 1)])
async def test_what_is_pending_withholds_an_end_and_nothing_else(
    desk: Desk, mode: str, suspected: int
) -> None:
    desk.begin(mode)
    miss(desk, "ix-f1", "ix-f2")
    suspects = examine(
        desk, Asked(f1=Verdict(pending=True, unsure="in an hour"), f2=Verdict(pending=True, unsure="too"))
    )
    await suspects.examine()
    assert desk.report.documents.pending == 2
    assert desk.report.documents.suspect == len(suspects.unproven) == 2 * suspected
    assert (Effect.WITHHELD in desk.report.effects) == bool(suspected)
    assert [one.id for one in suspects.unproven] == ["ix-f1", "ix-f2"][: 2 * suspected]
    assert all("in an hour" in reason or "too" in reason for reason in desk.report.reasons)


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


@pytest.mark.parametrize(("title", "called"), [("Plan of the bridge", "Plan of the bridge"), ("", "ix-f6")])
async def test_documents_are_called_by_their_titles(desk: Desk, title: str, called: str) -> None:
    desk.add("ix-f6", "ix-d2", title=title)
    miss(desk, "ix-f6")
    await examine(desk, Asked(f6=listed_again("ix-f6", "ix-d2"))).examine()
    words = "missing from its listing, but not confirmed as deleted: its folder does not list it, but the source still has it."
    assert desk.report.reasons == [f"{called} is {words}"]
    desk.begin()
    desk.add("ix-g1", "ix-f6")
    await take_out(desk, Taken(desk), "ix-f6")
    assert desk.report.reasons == [
        f"{called} is gone from its source, but documents below it are still there. It is removed after them."
    ]


async def test_left_out_ones_wait_for_no_second_run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suspects_module, "MOST_QUESTIONS", 0)
    miss(desk, "ix-f1", why="left-out")
    suspects = examine(desk, Asked())
    await suspects.examine()
    assert len(suspects.proven) == 1


async def test_a_run_that_is_to_stop_asks_nothing_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suspects_module, "ASKED_AT_ONCE", 2)
    miss(desk, *(f"ix-f{n}" for n in range(1, 6)))
    source = Asked()
    suspects = examine(desk, source, stopping=lambda: len(source.questions) >= 2)
    await suspects.examine()
    assert len(source.questions) == len(suspects.proven) == 2


async def test_the_ancestor_that_is_asked_for_is_the_nearest_that_was_listed(desk: Desk) -> None:
    miss(desk, "ix-d2", "ix-f1")
    source = Asked()
    await examine(desk, source).examine()
    assert {native: ancestor for native, _, ancestor, _ in source.questions} == {"d2": "d1", "f1": "d1"}
    miss(desk, "ix-d1")
    desk.documents.hold([("ix-r1", "brake")], run=4)
    source = Asked()
    await examine(desk, source).examine()
    assert {ancestor for _, _, ancestor, _ in source.questions} == {"r1"}, (
        "the room, when nothing else is left"
    )


async def test_what_an_earlier_run_found_left_out_is_asked_for(desk: Desk) -> None:
    miss(desk, "ix-f1", run=4, why="left-out")
    source = Asked(f1=Verdict(unsure="the room that it moved to is down"))
    suspects = examine(desk, source)
    await suspects.examine()
    assert [native for native, *_ in source.questions] == ["f1"]
    assert suspects.proven == []


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


async def test_what_a_person_keeps_is_not_asked_for_again(desk: Desk) -> None:
    miss(desk, "ix-f1")
    desk.documents.hold([("ix-f1", HoldReason.MAY_HAVE_MOVED)], run=4)
    desk.documents.keep(up_to_run=4)
    source = Asked()
    await examine(desk, source).examine()
    assert source.questions == []


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


async def test_what_is_absent_for_so_long_is_held_and_what_is_in_doubt_is_named(desk: Desk) -> None:
    miss(desk, "ix-f1", "ix-f2")
    lasting = Verdict(absent=True, lasting=True, unsure="404 without proof")
    suspects = examine(desk, Asked(f1=lasting, f2=Verdict(absent=True, unsure="404 without proof")))
    await suspects.examine()
    assert [(one.id, one.held_why) for one in desk.documents.held()] == [("ix-f1", HoldReason.ABSENT)]
    assert desk.fact("ix-f1", "held_run") == desk.run
    assert [one.id for one in suspects.doubtful] == ["ix-f2"]
    assert suspects.undecided


async def test_what_waits_for_another_listing_is_undecided(desk: Desk) -> None:
    assert not examine(desk, Asked()).undecided
    miss(desk, "ix-f1", "ix-f2")
    suspects = examine(desk, Asked(f1=Verdict(pending=True), f2=Verdict(pending=True)))
    await suspects.examine()
    assert suspects.undecided


@pytest.mark.parametrize(("unlisted", "complete"), [(["corp/bridge"], ["r1", "r2"]), ([], ["r1"])])
async def test_what_may_have_moved_stays_held_while_any_room_cannot_be_looked_into(
    desk: Desk, unlisted: list[str], complete: list[str]
) -> None:
    miss(desk, "ix-f1", run=4)
    desk.documents.hold([("ix-f1", HoldReason.MAY_HAVE_MOVED)], run=4)
    await examine(desk, Asked(), Taker(*complete), unlisted=unlisted).examine()
    assert [one.id for one in desk.documents.held()] == ["ix-f1"]


def listed_by_run(desk: Desk, run: int) -> None:
    """Every room and folder, by a later run."""
    desk.run = run
    desk.begin()
    desk.rooms.complete(SOURCE, ["r1", "r2"], run=run)
    desk.documents.see_containers(
        [
            {"id": i, "source": SOURCE, "room": "r1", "run": run, "proven": b"", "unsteady": False, **UNTOLD}
            for i in ("ix-r1", "ix-d1", "ix-d2", "ix-r2")
        ]
    )
