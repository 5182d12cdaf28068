"""Suspects are asked for one by one: what its listing lacks is gone, elsewhere, or cannot be told."""

from __future__ import annotations

from typing import Any

import pytest

from connector.errors import SourceRefused, SourceUnavailable
from connector.plan.findings import Code, Effect, Gone, HoldReason
from connector.ports.source import Verdict
from connector.removal import suspects as suspects_module
from tests.desk import RULES, SOURCE, Desk
from tests.ledger_pushes import UNTOLD
from tests.removal.questions import Asked, Taker, examine, listed_again, miss
from tests.removal.test_removal import Taken, take_out


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
    source = Asked(
        old=listed_again("ix-old", "ix-d2", names_repeat=repeat),
        new=listed_again("ix-new", "ix-d2", kind=kind),
    )
    suspects = examine(desk, source)
    await suspects.examine()
    assert [one.document.id for one in suspects.proven] == (["ix-old"] if gone else [])
    assert bool(suspects.unproven) == (not gone)
    if gone:
        assert (suspects.proven[0].reason, suspects.proven[0].note) == (Gone.SUPERSEDED, "ix-new")


@pytest.mark.parametrize(
    "answer",
    [
        Verdict(gone=True),
        Verdict(unsure="its room answers 403"),
        SourceUnavailable("it is down"),
        SourceRefused("no right"),
        listed_again("ix-new", "ix-d1"),
        listed_again("ix-new", None),

        listed_again("ix-new", "ix-d2", kind="folder"),
        listed_again("ix-new", "ix-d2", left_out="historical step"),
        listed_again("ix-other", "ix-d2"),
    ],
    ids=["gone", "unsure", "unavailable", "refused", "elsewhere", "nowhere", "kind", "left out", "other"],
)  # fmt: skip
async def test_a_row_that_does_not_answer_for_itself_supersedes_no_namesake(
    desk: Desk, answer: Verdict | Exception
) -> None:
    desk.add("ix-old", "ix-d2", title="Plan.pdf")
    desk.add("ix-new", "ix-d2", title="Plan.pdf")
    miss(desk, "ix-old", run=4)
    suspects = examine(desk, Asked(old=listed_again("ix-old", "ix-d2"), new=answer))
    await suspects.examine()
    assert suspects.proven == []
    assert len(suspects.unproven) == 1


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


async def test_what_a_person_keeps_is_not_asked_for_again(desk: Desk) -> None:
    miss(desk, "ix-f1")
    desk.documents.hold([("ix-f1", HoldReason.MAY_HAVE_MOVED)], run=4)
    desk.documents.keep(up_to_run=4)
    source = Asked()
    await examine(desk, source).examine()
    assert source.questions == []


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
