"""What a person approves goes, minus what has come back; what she keeps stays: each exactly as far as the run that she named."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from connector.document.document import Scope
from connector.errors import ConnectorError, SourceRefused, SourceUnavailable
from connector.ledger.unconfirmed import UnconfirmedDocument
from connector.plan import reason_words
from connector.plan.findings import Gone, HoldReason
from connector.ports.source import FoundScope, Verdict
from connector.removal.decisions import Decisions
from tests.builders import audience_of, make_listed
from tests.desk import NOW, SOURCE, Desk, removals
from tests.removal.test_holds import Bin, open_holds

GONE = Verdict(gone=True)
THERE = Verdict(listed=make_listed(), room="r1", container="ix-r1")


class Asked:
    """A source that is asked for what is held; answers by native id, 404 where nothing else is said."""

    name = SOURCE

    def __init__(self, **answers: Verdict | Exception) -> None:
        self.answers = answers
        self.questions: list[tuple[str, str, str, set[str]]] = []

    async def ask(self, native: str, scope_key: str, ancestor: str, elsewhere: Collection[str]) -> Verdict:
        self.questions.append((native, scope_key, ancestor, set(elsewhere)))
        answer = self.answers.get(native, GONE)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Notes:
    """The notes beside rooms, as far as a decision touches them."""

    accepted = False

    def accept(self) -> None:
        self.accepted = True


@pytest.fixture
def desk(blank_desk: Desk) -> Desk:
    for key in ("r1", "r2"):
        blank_desk.add_room(key)
    for number in range(1, 6):
        blank_desk.add(f"ix-f{number}", "ix-r1")
    return blank_desk


def held_by_run(desk: Desk, number: int, *, report: bytes | None = b"{}", dry_run: bool = False) -> str:
    """An earlier run, as the ledger remembers it; gives its id."""
    text = "NULL" if report is None else f"'{report.decode()}'"
    desk.say(
        "INSERT INTO runs (number, target, id, mode, dry_run, started_at, finished_at, outcome, report, backfill, wanted) "
        f"VALUES ({number}, 'intranet', 'R{number}', 'delta', {int(dry_run)}, {NOW}, {NOW}, 'braked', {text}, 0, '{{}}')"
    )
    return f"R{number}"


def rooms(*included: str, excluded: Collection[str] = ()) -> list[FoundScope]:
    return [
        FoundScope(
            scope=Scope(key=key, name=key, origin=None), included=key in included, public=False, rules=b""
        )
        for key in [*included, *excluded]
    ]


def decide(
    desk: Desk, target: Bin, notes: Notes | None = None, configured: Collection[str] = (SOURCE,)
) -> Decisions:
    return Decisions(
        desk.work,
        desk.books,
        open_holds(desk, target),
        notes or Notes(),  # type: ignore[arg-type]
        configured,
    )


async def approve(
    desk: Desk, source: Asked | None, *found: FoundScope, run: int = 4, **more: Any
) -> tuple[Bin, Asked]:
    """Carry out an approval of an earlier run."""
    desk.begin(approve=held_by_run(desk, run))
    target, asked = Bin(desk), source or Asked()
    await decide(desk, target, **more).decide_held([(asked, list(found or rooms("r1", "r2")))])  # type: ignore[list-item]
    return target, asked


def reasons(desk: Desk) -> set[str]:
    """Why documents were removed, as it is remembered."""
    return {why for _, _, why, _ in removals(desk)}


def hold(desk: Desk, *names: str, why: HoldReason = HoldReason.BRAKE, run: int = 4, note: str = "") -> None:
    desk.documents.miss(names, run=run, why="absent")
    desk.documents.hold([(one, why) for one in names], run=run, note=note)


# -- which runs can be decided about --------------------------------------------------------------


@pytest.mark.parametrize("which", ["approve", "keep"])
@pytest.mark.parametrize(
    ("dry_run", "since", "named", "words"),
    [
        (False, 0, "R4", None),
        (False, 4, "R4", None),
        (False, 5, "R4", "another intranet"),
        (True, 0, "R4", "dry run"),
        (False, 0, "R9", "no run R9"),
    ],
)
def test_only_a_run_that_held_something_here_can_be_decided_about(
    desk: Desk, which: str, dry_run: bool, since: int, named: str, words: str | None
) -> None:
    held_by_run(desk, 4, dry_run=dry_run)
    desk.begin(**{which: named})
    decisions = decide(desk, Bin(desk))
    if words is None:
        decisions.check(since=since)
        return
    with pytest.raises(ConnectorError, match=words) as caught:
        decisions.check(since=since)
    assert named in str(caught.value)
    assert "connector " in str(caught.value), "it names the command that helps"


async def test_without_a_decision_nothing_is_decided(desk: Desk) -> None:
    hold(desk, "ix-f1")
    target = Bin(desk)
    decisions = decide(desk, target)
    decisions.check(since=9)
    await decisions.decide_held([])
    await decisions.decide_lost(lambda _: True)
    assert target.batches == []
    assert [one.id for one in desk.documents.held()] == ["ix-f1"]


# -- approved -------------------------------------------------------------------------------------


async def test_what_the_run_named_goes_and_nothing_that_was_held_since(desk: Desk) -> None:
    hold(desk, "ix-f1", "ix-f2")
    hold(desk, "ix-f3", run=5)
    target, asked = await approve(desk, None)
    assert target.gone == ["ix-f1", "ix-f2"]
    assert [one.id for one in desk.documents.held()] == ["ix-f3"]
    assert asked.questions == [("f1", "r1", "r1", {"r1", "r2"}), ("f2", "r1", "r1", {"r1", "r2"})]
    assert desk.documents.removed_since(NOW - 1) == {}, "what a person approved does not count for the brake"
    assert reasons(desk) == {reason_words.gone(Gone.APPROVED, reason_words.held(HoldReason.BRAKE))}


async def test_many_are_asked_for_in_parts_and_none_is_forgotten(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.removal.decisions.ASKED_AT_ONCE", 2)
    hold(desk, *(f"ix-f{number}" for number in range(1, 6)))
    target, asked = await approve(desk, Asked(f3=THERE))
    assert target.gone == ["ix-f1", "ix-f2", "ix-f4", "ix-f5"]
    assert len(asked.questions) == 5


@pytest.mark.parametrize(
    ("answer", "goes"),
    [
        (GONE, True),
        (Verdict(absent=True, unsure="it is nowhere"), True),
        (Verdict(unsure="its room answers 403"), False),
        (SourceUnavailable("down"), False),
        (SourceRefused("no right"), False),
        (THERE, False),
        (Verdict(listed=make_listed(), container="ix-r1"), False),
        (Verdict(listed=make_listed(left_out="historical step"), room="r1"), True),
        (Verdict(listed=make_listed(), room="r3"), True),
        (Verdict(gone=True, untold=("corp/bridge",)), False),
    ],
)
async def test_what_has_come_back_or_may_have_is_not_touched(
    desk: Desk, answer: Verdict | Exception, goes: bool
) -> None:
    hold(desk, "ix-f1")
    target, _ = await approve(desk, Asked(f1=answer), *rooms("r1", "r2", excluded=["r3"]))
    assert target.gone == (["ix-f1"] if goes else [])
    assert [one.id for one in desk.documents.held()] == []
    if not goes:
        one = desk.standing("ix-f1")
        assert (one.state, one.container, one.room, one.missing_run) == ("live", "ix-r1", "r1", None)


@pytest.mark.parametrize(
    ("note", "untold", "goes"),
    [
        ("corp/bridge", ("corp/bridge",), True),
        ("corp/bridge, corp/tunnel", ("corp/tunnel", "corp/bridge"), True),
        ("corp/bridge", ("corp/bridge", "corp/tunnel"), False),
    ],
)
async def test_an_approval_covers_the_rooms_that_it_was_told_of_and_no_other(
    desk: Desk, note: str, untold: tuple[str, ...], goes: bool
) -> None:
    hold(desk, "ix-f1", why=HoldReason.MAY_HAVE_MOVED, note=note)
    target, _ = await approve(desk, Asked(f1=Verdict(gone=True, untold=untold)))
    assert target.gone == (["ix-f1"] if goes else [])


@pytest.mark.parametrize(
    ("why", "found", "answer", "goes"),
    [
        (HoldReason.ROOM_EXCLUDED, rooms("r2", excluded=["r1"]), GONE, True),
        (HoldReason.ROOM_EXCLUDED, rooms("r2", excluded=["r1"]), THERE, True),
        (HoldReason.ROOM_EXCLUDED, rooms("r2", excluded=["r1"]), Verdict(listed=make_listed(), room="r2"), False),
        (HoldReason.ROOM_EXCLUDED, rooms("r1", "r2"), GONE, False),
        (HoldReason.ROOM_EXCLUDED, rooms("r2"), GONE, False),
        (HoldReason.ROOM_VANISHED, rooms("r2"), GONE, True),
        (HoldReason.ROOM_VANISHED, rooms("r2"), Verdict(unsure="its room answers 404"), True),
        (HoldReason.ROOM_VANISHED, rooms("r2"), SourceUnavailable("down"), False),
        (HoldReason.ROOM_VANISHED, rooms("r2"), Verdict(listed=make_listed(), room="r2"), False),
        (HoldReason.ROOM_VANISHED, rooms("r1", "r2"), GONE, False),
        (HoldReason.ROOM_VANISHED, rooms("r2", excluded=["r1"]), GONE, False),
        (HoldReason.BRAKE, rooms("r2"), GONE, False),
        (HoldReason.BRAKE, rooms("r2", excluded=["r1"]), GONE, True),
        (HoldReason.SOURCE_REMOVED, rooms("r1", "r2"), GONE, False),
    ],
)  # fmt: skip
async def test_a_room_that_is_there_again_is_not_touched(
    desk: Desk, why: HoldReason, found: list[FoundScope], answer: Verdict | Exception, goes: bool
) -> None:
    hold(desk, "ix-f1", why=why)
    target, _ = await approve(desk, Asked(f1=answer), *found)
    assert target.gone == (["ix-f1"] if goes else [])


@pytest.mark.parametrize(("configured", "goes"), [(["other"], True), ([SOURCE, "other"], False)])
async def test_what_stands_of_a_source_goes_once_the_settings_have_it_no_more(
    desk: Desk, configured: list[str], goes: bool
) -> None:
    """A source that the settings still have, and that this run could not read, may have it again."""
    hold(desk, "ix-f1", why=HoldReason.SOURCE_REMOVED)
    desk.begin(approve=held_by_run(desk, 4))
    target = Bin(desk)
    other = Asked()
    other.name = "other"
    await decide(desk, target, configured=configured).decide_held([(other, rooms("r1"))])  # type: ignore[list-item]
    assert target.gone == (["ix-f1"] if goes else [])
    assert other.questions == []


@pytest.mark.parametrize(
    ("report", "accepted"),
    [
        (b'{"braked_by_note": true}', True),
        (b'{"braked_by_note": false}', False),
        (b"{}", False),
        (None, False),
    ],
)
async def test_only_an_approval_of_a_run_that_a_note_braked_takes_the_note_back(
    desk: Desk, report: bytes | None, accepted: bool
) -> None:
    desk.begin(approve=held_by_run(desk, 4, report=report))
    notes = Notes()
    await decide(desk, Bin(desk), notes).decide_held([])
    assert notes.accepted == accepted


@pytest.mark.parametrize("word", ["approve", "keep"])
async def test_a_decision_reaches_wider_audiences_and_rooms_that_are_not_listed(
    desk: Desk, word: str
) -> None:
    pending = desk.books.pending_audiences
    wider = pending.remember(audience_of("interaxo:group:c/all", "interaxo:group:c/few"))
    for run, names in ((4, ["ix-f1"]), (5, ["ix-f1", "ix-f2"])):
        pending.widen([(name, wider) for name in names], run=run)
        pending.settle_widenings(run=run, most=0)
    assert pending.held_counts() == (2, 2)
    hold(desk, "ix-r2", why=HoldReason.ROOM_VANISHED)
    desk.rooms.miss(SOURCE, ["r2"], now=NOW, anew=False)
    assert desk.rooms.unlisted(SOURCE, since=NOW - 9) == ["r2"]
    desk.begin(**{word: held_by_run(desk, 4)})
    await decide(desk, Bin(desk)).decide_held([(Asked(), rooms("r1"))])  # type: ignore[list-item]
    assert desk.rooms.unlisted(SOURCE, since=NOW - 9) == []
    assert pending.held_counts() == ((1, 1) if word == "approve" else (2, 1))


# -- kept -----------------------------------------------------------------------------------------


async def test_what_is_kept_stays_and_what_was_held_since_is_not_kept(desk: Desk) -> None:
    hold(desk, "ix-f1")
    hold(desk, "ix-f2", run=5)
    desk.begin(keep=held_by_run(desk, 4))
    target = Bin(desk)
    await decide(desk, target).decide_held([(Asked(), rooms("r1", "r2"))])  # type: ignore[list-item]
    assert target.batches == []
    assert desk.documents.held_counts() == {("brake", True): 1, ("brake", False): 1}


async def test_what_an_earlier_ledger_pushed_is_kept_and_tried_again_at_once(desk: Desk) -> None:
    quarantine = desk.books.quarantine
    for number, run in ((1, 4), (2, 5)):
        identifier = f"ix-q{number}"
        unsent = UnconfirmedDocument(
            id=identifier, source=SOURCE, native=f"q{number}", room="r1", container="ix-r1",
            kind="file", title="Q", url="", audience=audience_of("interaxo:group:c/all"),
        )  # fmt: skip
        quarantine.unconfirmed.note(unsent, run=run)
        quarantine.unconfirmed.told([(identifier, True)], run=run)
        quarantine.park(
            identifier, source=SOURCE, native=f"q{number}", room="r1", title="Q", reason="refused",
            values={"why": "no"}, version=b"v1", now=NOW,
        )  # fmt: skip
    desk.begin(keep=held_by_run(desk, 4))
    await decide(desk, Bin(desk)).decide_held([(Asked(), rooms("r1", "r2"))])  # type: ignore[list-item]
    assert (quarantine.unconfirmed.count(), quarantine.unconfirmed.count_there()) == (1, 2)
    assert set(quarantine.waiting(now=NOW)) == {"ix-q2"}


# -- what is decided with the audiences -----------------------------------------------------------


@pytest.mark.parametrize("why", [HoldReason.EXPIRED, HoldReason.LOST, HoldReason.REFUSED])
@pytest.mark.parametrize(
    ("mode", "lost", "goes"), [("delta", True, True), ("delta", False, False), ("backfill", True, False)]
)
async def test_what_lost_its_audience_goes_once_this_run_finds_the_same(
    desk: Desk, why: HoldReason, mode: str, lost: bool, goes: bool
) -> None:
    hold(desk, "ix-f1", why=why)
    hold(desk, "ix-f2", why=why, run=5)
    hold(desk, "ix-f3")
    desk.begin(mode, approve=held_by_run(desk, 4))
    target, source = Bin(desk), Asked(f3=THERE)
    decisions = decide(desk, target)
    await decisions.decide_held([(source, rooms("r1", "r2"))])  # type: ignore[list-item]
    assert target.batches == []
    assert [native for native, *_ in source.questions] == ["f3"]
    await decisions.decide_lost(lambda one: lost and one.id != "ix-f3")
    assert target.gone == (["ix-f1"] if goes else [])
    assert reasons(desk) == ({reason_words.gone(Gone.APPROVED, reason_words.held(why))} if goes else set())
    assert desk.documents.removed_since(NOW - 1) == {}
