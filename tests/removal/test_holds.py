"""What may go past the brake goes; what it stops, or a setting left out, is held by name and told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from connector.errors import LeaseLost, TargetUnavailable
from connector.plan import reason_words
from connector.plan.brake import Cause
from connector.plan.brake_counts import BrakeCounts
from connector.plan.findings import Code, Fewer, Gone, HoldReason
from connector.plan.report import Held
from connector.removal.holds import Holds
from connector.removal.suspects import Proven
from tests.builders import audience_of
from tests.desk import NOW, SOURCE, Desk, intended

FILES = 40
"""With their room 41 documents: eleven at once are too large a share."""


class Bin:
    """A target that notes what it is told to delete; silent about it where it is told so."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.silent = False
        self.batches: list[list[str]] = []

    async def delete(self, ids: Sequence[str], *, lost: Any = None) -> None:
        self.batches.append(list(ids))
        if self.silent:
            raise TargetUnavailable("no answer")

    @property
    def gone(self) -> list[str]:
        return sorted(one for batch in self.batches for one in batch)


class Kinds:
    """A source whose scopes are kinds of record."""

    name = SOURCE

    def is_common(self, scope_key: str) -> bool:
        return scope_key == "catalogue"


@pytest.fixture
def desk(blank_desk: Desk) -> Desk:
    blank_desk.add_room("r1")
    for number in range(FILES):
        blank_desk.add(name(number), "ix-r1")
    return blank_desk


def name(number: int) -> str:
    return f"ix-f{number:02}"


def some(count: int, first: int = 0) -> list[str]:
    return [name(number) for number in range(first, first + count)]


def open_holds(desk: Desk, target: Bin, *sources: Any, moved: Sequence[str] = ()) -> Holds:
    brake_counts = BrakeCounts(desk.work, desk.documents, sources, moved=moved)
    return Holds(desk.work, target, desk.books, brake_counts, desk.tally)  # type: ignore[arg-type]


def prove(desk: Desk, *names: str, reason: Gone = Gone.NOT_FOUND, asked: bool = True) -> list[Proven]:
    return [Proven(desk.standing(one), reason, asked=asked) for one in names]


def told(desk: Desk, code: Code) -> dict[str, Any]:
    (finding,) = [one for one in desk.tally.findings if one.code is code]
    return dict(finding.values)


# -- the brake ------------------------------------------------------------------------------------


async def test_a_few_proven_removals_go_and_count_for_a_day(desk: Desk) -> None:
    target = Bin(desk)
    await open_holds(desk, target).remove(prove(desk, *some(10)))
    assert target.gone == some(10)
    assert desk.held() == {}
    assert desk.documents.removed_since(NOW - 1) == {(SOURCE, "r1"): 10}
    assert not desk.tally.codes


async def test_too_many_at_once_are_held_all_of_them(desk: Desk) -> None:
    target = Bin(desk)
    await open_holds(desk, target).remove(prove(desk, *some(11)))
    assert target.batches == []
    assert desk.held() == dict.fromkeys(some(11), HoldReason.BRAKE)
    values = told(desk, Code.REMOVALS_BRAKED)
    assert [one.cause for one in values["tripped"]] == [Cause.ALL]
    assert values["others_go"] is False


async def test_what_is_in_doubt_counts_with_what_is_proven_and_is_not_held(desk: Desk) -> None:
    target = Bin(desk)
    doubtful = [desk.standing(one) for one in some(6, first=20)]
    await open_holds(desk, target).remove(prove(desk, *some(5)), doubtful)
    assert target.batches == []
    assert desk.held() == dict.fromkeys(some(5), HoldReason.BRAKE)


async def test_what_is_in_doubt_alone_asks_no_brake(desk: Desk) -> None:
    await open_holds(desk, Bin(desk)).remove([], [desk.standing(one) for one in some(30)])
    assert desk.held() == {}
    assert not desk.tally.codes


async def test_why_something_is_held_tells_what_is_decided_with_the_audiences(desk: Desk) -> None:
    proven = [*prove(desk, *some(5), reason=Gone.EXPIRED), *prove(desk, *some(6, first=5))]
    await open_holds(desk, Bin(desk)).remove(proven)
    wanted = dict.fromkeys(some(5), HoldReason.EXPIRED) | dict.fromkeys(some(6, first=5), HoldReason.BRAKE)
    assert desk.held() == wanted


async def test_nothing_of_a_source_that_moved_goes_by_itself(desk: Desk) -> None:
    desk.add("other-1", "", room="o1", source="other")
    target = Bin(desk)
    await open_holds(desk, target, moved=[SOURCE]).remove(prove(desk, name(1), "other-1"))
    assert target.gone == ["other-1"]
    assert desk.held() == {name(1): HoldReason.SOURCE_MOVED}
    assert told(desk, Code.REMOVALS_BRAKED)["others_go"] is True


async def test_a_kind_of_record_that_is_stopped_holds_its_own_only(desk: Desk) -> None:
    for number in range(200):
        desk.add(f"ix-t{number}", "", room="tests")
    target = Bin(desk)
    await open_holds(desk, target, Kinds()).remove(prove(desk, *some(11), "ix-t1"))
    assert target.gone == ["ix-t1"]
    assert desk.held() == dict.fromkeys(some(11), HoldReason.BRAKE)
    assert [one.cause for one in told(desk, Code.REMOVALS_BRAKED)["tripped"]] == [Cause.KIND]


async def test_what_was_not_looked_for_everywhere_waits_for_a_person(desk: Desk) -> None:
    target = Bin(desk)
    proven = [*prove(desk, *some(2), asked=False), *prove(desk, name(5))]
    await open_holds(desk, target).remove(proven)
    assert target.gone == [name(5)]
    assert desk.held() == dict.fromkeys(some(2), HoldReason.UNASKED)
    assert told(desk, Code.REMOVALS_UNASKED) == {"count": 2}


async def test_what_is_gone_with_something_live_below_it_is_counted(desk: Desk) -> None:
    target = Bin(desk)
    holds = open_holds(desk, target)
    await holds.remove(prove(desk, "ix-r1"))
    await holds.delete(prove(desk, "ix-r1"), approved=True)
    assert (holds.blocked, target.batches) == (2, [])


# -- repeated, and left out by settings -----------------------------------------------------------


def lose(desk: Desk, *names: str, at: float = NOW - 200) -> None:
    """Removed, by a call of which an earlier attempt may arrive late."""
    desk.documents.lose(names, until=at + 120, fingerprints={})
    desk.documents.confirm_deletions(names, run=4, now=at, settle_s=60.0, approved=False, why={})
    assert sorted(desk.documents.due_again(now=NOW)) == sorted(names)


async def test_a_removal_that_a_lost_call_may_have_undone_is_repeated(desk: Desk) -> None:
    lose(desk, *some(2))
    target = Bin(desk)
    await open_holds(desk, target).repeat_removals()
    assert target.gone == some(2)
    assert not desk.tally.codes
    assert desk.documents.due_again(now=NOW + 119) == []
    assert desk.documents.removed_since(NOW - 1) == {}, "the brake counts it once"
    assert intended(desk) == []
    assert desk.documents.removed_since(NOW - 300) == {(SOURCE, "r1"): 2}


async def test_removals_are_repeated_in_batches_until_one_gets_no_answer(desk: Desk) -> None:
    lose(desk, *some(5))
    desk.begin(batch_documents=2)
    target = Bin(desk)
    target.silent = True
    await open_holds(desk, target).repeat_removals()
    assert [len(one) for one in target.batches] == [2]
    assert told(desk, Code.REMOVALS_REPEATED) == {"count": 5, "why": "no answer"}
    assert len(desk.documents.due_again(now=NOW)) == 3, "they were not sent"
    target.silent, target.batches = False, []
    await open_holds(desk, target).repeat_removals()
    assert [len(one) for one in target.batches] == [2, 1]


@pytest.mark.parametrize("dry", [True, False])
async def test_nothing_is_repeated_without_need_or_in_a_dry_run(desk: Desk, dry: bool) -> None:
    if dry:
        lose(desk, name(1))
    desk.begin(dry_run=dry, still_ours=lambda: pytest.fail("nothing is removed"))
    target = Bin(desk)
    await open_holds(desk, target).repeat_removals()
    assert target.batches == []


async def test_a_repeated_removal_without_an_answer_is_repeated_again(desk: Desk) -> None:
    lose(desk, name(1))
    target = Bin(desk)
    target.silent = True
    await open_holds(desk, target).repeat_removals()
    assert told(desk, Code.REMOVALS_REPEATED) == {"count": 1, "why": "no answer"}
    assert desk.documents.due_again(now=NOW + 119) == []
    assert desk.documents.due_again(now=NOW + 120) == [name(1)]


async def test_whoever_lost_the_lease_repeats_nothing(desk: Desk) -> None:
    def still_ours() -> None:
        raise LeaseLost("another one")

    lose(desk, name(1))
    desk.begin(still_ours=still_ours)
    target = Bin(desk)
    with pytest.raises(LeaseLost):
        await open_holds(desk, target).repeat_removals()
    assert target.batches == []


def test_what_stands_of_sources_that_the_settings_have_no_more_is_held(desk: Desk) -> None:
    desk.add("old-1", "", room="o1", source="old")
    desk.add("down-1", "", room="d1", source="down")
    open_holds(desk, Bin(desk)).hold_removed_sources([SOURCE, "down"])
    assert desk.held() == {"old-1": HoldReason.SOURCE_REMOVED}


# -- what the intranet refuses with fewer people --------------------------------------------------


async def test_what_is_refused_with_fewer_people_leaves_the_search_and_is_tried_again(desk: Desk) -> None:
    target = Bin(desk)
    await open_holds(desk, target).remove_refused([desk.standing(name(1))])
    assert target.gone == [name(1)]
    assert not desk.tally.codes
    (parked,) = desk.books.quarantine.parked()
    assert (parked.id, parked.source, parked.native, parked.room, parked.title) == (
        *(name(1), SOURCE, "f01", "r1"),
        name(1),
    )
    assert (parked.reason, parked.version, parked.attempts) == ("refused", b"v1", 1)
    assert (parked.first_seen, parked.next_try) == (NOW, NOW + 300)
    assert parked.values == {"fewer": Fewer.TAKEN_OUT}
    assert desk.documents.removed_since(NOW - 1) == {(SOURCE, "r1"): 1}


@pytest.mark.parametrize("mode", ["delta", "backfill"])
async def test_what_is_refused_and_cannot_go_is_told(desk: Desk, mode: str) -> None:
    """A folder has something live below it; a backfill removes nothing at all."""
    desk.begin(mode)
    target = Bin(desk)
    one = "ix-r1" if mode == "delta" else name(1)
    await open_holds(desk, target).remove_refused([desk.standing(one)])
    assert (target.batches, desk.held()) == ([], {})
    assert told(desk, Code.STILL_FOUND) == {"title": one, "id": one, "live_below": mode == "delta"}
    assert desk.books.quarantine.parked() == []


async def test_a_folder_that_is_refused_goes_with_everything_in_it(desk: Desk) -> None:
    desk.add("ix-d1", "ix-r1", listed={"kind": "folder"})
    desk.add("ix-g1", "ix-d1")
    target = Bin(desk)
    await open_holds(desk, target).remove_refused([desk.standing("ix-d1"), desk.standing("ix-g1")])
    assert target.batches == [["ix-g1"], ["ix-d1"]]


async def test_many_that_are_refused_meet_the_brake(desk: Desk) -> None:
    target = Bin(desk)
    desk.documents.hold([(name(30), HoldReason.REFUSED), (name(31), HoldReason.BRAKE)], run=desk.run)
    refused = [desk.standing(one) for one in [*some(10), name(30), name(31)]]
    await open_holds(desk, target).remove_refused(refused)
    assert target.batches == []
    assert desk.held() == dict.fromkeys([*some(10), name(30)], HoldReason.REFUSED) | {
        name(31): HoldReason.REFUSED
    }
    assert [one.cause for one in told(desk, Code.REFUSED_BRAKED)["tripped"]] == [Cause.ALL]
    assert desk.books.quarantine.parked() == []


async def test_what_is_held_for_being_refused_does_not_go_by_itself(desk: Desk) -> None:
    desk.documents.hold([(name(30), HoldReason.REFUSED)], run=desk.run)
    target = Bin(desk)
    await open_holds(desk, target).remove_refused([desk.standing(name(30)), desk.standing(name(2))])
    assert target.gone == [name(2)]
    assert desk.held() == {name(30): HoldReason.REFUSED}


async def test_nothing_refused_asks_nothing(desk: Desk) -> None:
    holds = open_holds(desk, Bin(desk))
    await holds.remove_refused([])
    assert not desk.tally.codes


# -- told -----------------------------------------------------------------------------------------


def test_what_is_held_is_told_by_reason_until_somebody_acknowledges_it(desk: Desk) -> None:
    desk.documents.hold([(name(9), HoldReason.SETTINGS)], run=4)
    desk.documents.keep(up_to_run=4)
    desk.documents.hold([(name(1), HoldReason.BRAKE), (name(2), HoldReason.BRAKE)], run=5)
    desk.documents.hold([(name(3), HoldReason.ABSENT)], run=5)
    desk.documents.hold([(name(4), HoldReason.MAY_HAVE_MOVED)], run=5, note="corp/bridge")
    suspect = Held("ix-s", "S", "missing")
    found = open_holds(desk, Bin(desk)).tell([suspect])
    assert [(one.code, dict(one.values)) for one in desk.tally.findings] == [
        (Code.ABSENT_HELD, {"count": 1, "reason": "absent"}),
        (Code.HELD_BRAKED, {"count": 2, "reason": "brake"}),
        (Code.HELD, {"count": 1, "reason": "may-have-moved"}),
    ]
    assert {(one.id, one.title, one.code) for one in found} == {
        *((name(number), name(number), "brake") for number in (1, 2)),
        (name(3), name(3), "absent"),
        (name(4), name(4), "may-have-moved"),
        (name(9), name(9), "settings-left-out"),
        ("ix-s", "S", ""),
    }
    assert found[-1] is suspect
    assert next(one.reason for one in found if one.id == name(1)) == reason_words.held(HoldReason.BRAKE)
    assert "corp/bridge" in next(one.reason for one in found if one.id == name(4))


def test_what_waits_to_be_shown_to_more_people_is_told_until_somebody_acknowledges_it(desk: Desk) -> None:
    pending = desk.books.pending_audiences
    wider = pending.remember(audience_of("interaxo:group:c/all", "interaxo:group:c/few"))
    pending.widen([(name(1), wider)], run=desk.run)
    pending.settle_widenings(run=desk.run, most=0)
    found = open_holds(desk, Bin(desk)).tell([])
    assert [(one.id, one.title, one.code) for one in found] == [(name(1), name(1), HoldReason.WIDER)]
    assert "more people" in found[0].reason
    assert told(desk, Code.WIDER_UNDECIDED) == {"count": 1}
    pending.keep(up_to_run=desk.run)
    desk.begin()
    (kept,) = open_holds(desk, Bin(desk)).tell([])
    assert (kept.id, kept.code) == (found[0].id, found[0].code)
    assert kept.reason == f"{found[0].reason}; kept by a person's decision"
    assert not desk.tally.codes


def test_what_is_held_and_what_waits_to_be_shown_to_more_people_are_told_together(desk: Desk) -> None:
    pending = desk.books.pending_audiences
    wider = pending.remember(audience_of("interaxo:group:c/all", "interaxo:group:c/few"))
    pending.widen([(name(1), wider)], run=desk.run)
    pending.settle_widenings(run=desk.run, most=0)
    desk.documents.hold([(name(2), HoldReason.BRAKE)], run=desk.run)
    assert [one.id for one in open_holds(desk, Bin(desk)).tell([])] == [name(2), name(1)]
