"""Removals go deepest first, intent before effect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from connector.errors import LeaseLost, TargetUnavailable
from connector.plan import reason_words
from connector.plan.findings import Effect, Gone
from connector.removal.removal import remove, remove_part
from connector.removal.suspects import Proven
from tests.desk import NOW, Desk, intended, removals


class Taken:
    """A target that notes what it is told to delete, and what the ledger said at that moment."""

    def __init__(self, desk: Desk, *answers: str) -> None:
        self.desk = desk
        self.answers = list(answers)
        self.batches: list[list[str]] = []

    async def delete(self, ids: Sequence[str], *, lost: Any = None) -> None:
        assert intended(self.desk) == [("delete", self.desk.run, NOW, list(ids))], (
            "the intent stands before the effect"
        )
        self.batches.append(list(ids))
        match self.answers.pop(0) if self.answers else "taken":
            case "silence":
                raise TargetUnavailable("no answer")
            case "second attempt":
                lost()


async def take_out(desk: Desk, target: Taken, *names: str, approved: bool = False, **changes: Any) -> int:
    run = desk.begin(**{"batch_documents": 2, "dry_run": desk.work.dry_run, **changes})
    going = [Proven(desk.standing(name), Gone.SUPERSEDED, f"why {name}") for name in names]
    removed = await remove(
        run,
        target,  # type: ignore[arg-type]
        desk.documents,
        going,
        approved=approved,
        sheet=desk.tally,
    )
    return removed.done


async def test_children_go_before_their_parents_in_batches(desk: Desk) -> None:
    target = Taken(desk)
    names = ["ix-r1", "ix-d1", "ix-d2", "ix-f1", "ix-f2", "ix-f3", "ix-f4", "ix-f5"]
    assert await take_out(desk, target, *names) == 8
    assert target.batches == [
        ["ix-f1", "ix-f2"],
        ["ix-f3", "ix-f4"],
        ["ix-f5"],
        ["ix-d2"],
        ["ix-d1"],
        ["ix-r1"],
    ]
    assert desk.report.documents.deleted == 8
    assert Effect.WITHHELD not in desk.report.effects
    assert {desk.fact(name, "state") for name in names} == {"removed"}
    assert sum(desk.documents.removed_since(NOW - 1).values()) == 8
    assert desk.documents.due_again(now=NOW + 1_000) == []


async def test_a_parent_stays_while_something_live_stands_below_it(desk: Desk) -> None:
    target = Taken(desk)
    assert await take_out(desk, target, "ix-d1", "ix-d2", "ix-f1") == 1
    assert target.batches == [["ix-f1"]]
    assert desk.report.documents.suspect == 2
    assert len(desk.report.reasons) == 2
    assert all("documents below it are still there" in reason for reason in desk.report.reasons)
    assert {dict(one.values)["id"] for one in desk.tally.findings} == {"ix-d1", "ix-d2"}
    assert Effect.WITHHELD in desk.report.effects


@pytest.mark.parametrize("answer", ["taken", "silence"])
async def test_what_stays_above_something_live_counts_whatever_became_of_the_rest(
    desk: Desk, answer: str
) -> None:
    going = [Proven(desk.standing(one), Gone.NOT_FOUND) for one in ("ix-d1", "ix-d2", "ix-f1")]
    removed = await remove(
        desk.begin(batch_documents=2),
        Taken(desk, answer),  # type: ignore[arg-type]
        desk.documents,
        going,
        approved=False,
        sheet=desk.tally,
    )
    assert (removed.done, removed.blocked) == (int(answer == "taken"), 2)
    assert intended(desk) == [], "each answer, and each silence, settles its intent"


async def test_a_removal_belongs_to_its_run_or_to_the_one_that_it_is_counted_in(desk: Desk) -> None:
    await take_out(desk, Taken(desk), "ix-f1")
    why = {"ix-f2": "hidden"}
    codes = {"ix-f2": Gone.HIDDEN}
    assert await remove_part(
        desk.begin(),
        Taken(desk),  # type: ignore[arg-type]
        desk.documents,
        ["ix-f2"],
        why=why,
        codes=codes,
        approved=True,
        sheet=desk.tally,
        counted_in=9,
    )
    assert [(one, run, code) for one, run, _, code in removals(desk)] == [
        ("ix-f1", desk.run, Gone.SUPERSEDED),
        ("ix-f2", 9, Gone.HIDDEN),
    ]


async def test_approved_removals_do_not_count_for_the_brake(desk: Desk) -> None:
    await take_out(desk, Taken(desk), "ix-f1", approved=True)
    assert desk.documents.removed_since(NOW - 1) == {}
    assert desk.fact("ix-f1", "state") == "removed"


async def test_a_removal_without_an_answer_ends_the_removing(desk: Desk) -> None:
    target = Taken(desk, "taken", "silence")
    assert await take_out(desk, target, "ix-f1", "ix-f2", "ix-f3", "ix-f4", "ix-f5") == 2
    assert target.batches == [["ix-f1", "ix-f2"], ["ix-f3", "ix-f4"]]
    assert desk.report.documents.deleted == 2
    assert Effect.WITHHELD in desk.report.effects
    assert desk.report.reasons == [
        "Interact did not confirm 2 removals (no answer). The next run repeats them."
    ]
    assert {name: desk.fact(name, "state") for name in ("ix-f2", "ix-f3", "ix-f5")} == {
        "ix-f2": "removed",
        "ix-f3": "live",
        "ix-f5": "live",
    }
    assert desk.fact("ix-f3", "redo_after") == NOW + 120
    assert desk.fact("ix-f5", "redo_after") is None


async def test_a_removal_that_a_late_attempt_may_repeat_is_done_once_more(desk: Desk) -> None:
    assert await take_out(desk, Taken(desk, "second attempt"), "ix-f1", "ix-f2", "ix-f3") == 3
    assert desk.documents.due_again(now=NOW + 119) == []
    assert sorted(desk.documents.due_again(now=NOW + 120)) == ["ix-f1", "ix-f2"]


async def test_whoever_lost_the_lease_removes_nothing_more(desk: Desk) -> None:
    target = Taken(desk)

    def still_ours() -> None:
        if target.batches:
            raise LeaseLost("another one")

    with pytest.raises(LeaseLost):
        await take_out(desk, target, "ix-f1", "ix-f2", "ix-f3", still_ours=still_ours)
    assert target.batches == [["ix-f1", "ix-f2"]]
    assert intended(desk) == []


async def test_a_dry_run_says_what_it_would_remove(desk: Desk) -> None:
    desk.begin(dry_run=True)
    target = Taken(desk)
    assert (
        await take_out(
            desk, target, "ix-f1", "ix-f2", "ix-f3", still_ours=lambda: pytest.fail("it has no lease")
        )
        == 0
    )
    assert target.batches == []
    assert [(c.id, c.change, c.title, c.why, c.code) for c in desk.report.changes] == [
        (name, "delete", name, reason_words.gone(Gone.SUPERSEDED, f"why {name}"), Gone.SUPERSEDED)
        for name in ("ix-f1", "ix-f2", "ix-f3")
    ]
    assert desk.report.documents.deleted == 3
    assert desk.fact("ix-f1", "state") == "live"
