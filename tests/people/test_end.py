"""The end of the people's session: each thing that may hide somebody from a run keeps it open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from connector.document.durations import HOUR_S
from connector.ledger.people import Share
from connector.people.granting import RunGaps
from connector.people.records import PeopleSync
from connector.plan.findings import WHOLE_NEXT, Code, HoldReason
from connector.plan.words import say
from connector.ports.matching import record_id
from connector.ports.target import PeopleResult
from connector.session.gate import Kind, ShutBy
from connector.session.session import Calls, RunSession
from tests.desk import NOW, SOURCE, Desk
from tests.people.estate import COMMUNITY, address, estate, sees
from tests.rules.ground import lose_ledger

WHO = ("kari@example.com", "ola@example.com")


class Office:
    """A target that takes people's records, but for those whom it is told to refuse or not to answer for, and counts what an end removes."""

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self.silent: set[str] = set()
        self.ends = 0
        self.removes = 0

    async def push_people(self, records: Sequence[Any], *, lost: Any = None) -> PeopleResult:
        ids = [one for one, _, _ in records]
        return PeopleResult(
            accepted=[one for one in ids if one not in self.refused | self.silent],
            not_found=[],
            refused={one: "no" for one in ids if one in self.refused},
            unanswered=[one for one in ids if one in self.silent],
        )

    async def begin(self, *, lost: Any) -> None:
        return None

    async def end(self) -> int:
        self.ends += 1
        return self.removes


@pytest.fixture
def desk(blank_desk: Desk) -> Desk:
    for who in WHO:
        told(blank_desk, who)
    return blank_desk


def told(desk: Desk, address: str, key: str = "") -> None:
    share = Share(
        source=SOURCE,
        key=key or address,
        address=address,
        identities=(f"{SOURCE}:group:c/all", f"{SOURCE}:user:{key or address}"),
        read_run=desk.run,
        told_at=NOW,
    )
    desk.books.people.note([share])


async def push_all(
    desk: Desk,
    office: Office,
    gaps: RunGaps | None = None,
    *,
    started: float = NOW,
    now: float = NOW,
    later: int = 0,
) -> PeopleSync:
    """One full run's people, up to the end of their session; so many runs after that of the desk."""
    run = desk.begin("full", started=started, now=lambda: now, number=desk.run + later)
    session = RunSession(
        run, Kind.PERSON, Calls(office.begin, office.end), desk.books.runs, desk.tally, lambda: False
    )
    people = PeopleSync(run, desk.books.people, office, session, desk.tally, lambda: False)  # type: ignore[arg-type]
    await people.begin()
    await people.complete([], gaps or RunGaps())
    return people


async def complete(
    desk: Desk, office: Office, gaps: RunGaps | None = None, *, with_documents: bool = True, **moments: float
) -> list[str]:
    """One full run's people; gives what kept their session open."""
    people = await push_all(desk, office, gaps, **moments)
    await people.end(with_documents=with_documents)
    shut = [dict(one.values)["reasons"] for one in desk.tally.findings if one.code is Code.SESSION_NOT_ENDED]
    return [reason["code"] for reasons in shut for reason in reasons]


async def test_the_second_full_run_ends_it_and_the_first_leaves_it(desk: Desk) -> None:
    office = Office()
    assert (await complete(desk, office), office.ends) == ([], 0)
    assert (await complete(desk, office), office.ends) == ([], 1)


async def test_it_is_left_open_where_the_session_of_documents_is(desk: Desk) -> None:
    """Nobody says that they have a flag each: an end of people's might remove what the documents' gate keeps."""
    office = Office()
    await complete(desk, office)
    assert (await complete(desk, office, with_documents=False), office.ends) == ([], 0)
    assert desk.books.runs.session_state(desk.run, kind=Kind.PERSON) == "withheld"
    assert (await complete(desk, office), office.ends) == ([], 1)


async def test_whom_an_earlier_ledger_sent_is_told_where_she_leaves_with_the_next_full_run(
    desk: Desk,
) -> None:
    office = Office()
    await complete(desk, office, RunGaps(noted=3))
    (told,) = [one for one in desk.tally.findings if one.code is Code.PEOPLE_LEAVE_NEXT]
    assert say(told, run_id="R") == (
        "Interact may have 1 person whom an earlier ledger sent and this one does not know. She finds what she found until the end "
        "of the next full run. Run: connector sync --mode full"
    )
    assert desk.report.outcome == "withheld"
    office.removes = 1
    assert await complete(desk, office, RunGaps(noted=3)) == []
    assert (desk.tally.codes, office.ends) == (set(), 1)


async def test_who_left_while_the_ledger_was_lost_leaves_with_the_second_full_run_and_the_first_says_so(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path, "item") as (near, _):
        for _ in range(2):
            await near.run("full")
        lose_ledger(near)
        del near.rooms.people[COMMUNITY, address("kari")]
        await near.run(
            "delta"
        )  # tells the ledger of every document, so that the full run may end its session
        near.clock.pass_seconds(90_000)
        report = await near.run("full")
        assert (report.outcome, set(report.codes)) == ("withheld", {Code.PEOPLE_LEAVE_NEXT})
        assert sees(near, "kari")
        assert (await near.run("full")).outcome == "succeeded"
        assert not sees(near, "kari")


async def test_more_people_than_predicted_are_told_and_the_next_run_is_a_full_one(desk: Desk) -> None:
    """An intranet with one flag for documents and people would lose documents by it, and the run said nothing."""
    office = Office()
    await complete(desk, office)
    office.removes = 3
    assert await complete(desk, office) == []
    found = [one for one in desk.tally.findings if one.code is Code.UNEXPECTED_REMOVALS]
    assert [dict(one.values) for one in found] == [
        {"kind": "person", "count": 3, "predicted": 0, "of_another": False}
    ]
    assert say(found[0], run_id="R") == (
        "unexpected_removals: ending the session for people removed 3 people, and 0 were predicted. The next run is a full one."
    )
    assert found[0].code in WHOLE_NEXT


@pytest.mark.parametrize(
    ("took_h", "asks_at"),
    [
        (0, ((0, True), (1, False), (23, False), (25, True), (26, False), (48, False), (50, True))),
        (30, ((0, True), (30, False), (60, True), (90, False))),  # else no delta would ever run
    ],
)
async def test_an_intranet_that_always_removes_more_asks_for_one_full_run_a_day(
    desk: Desk, took_h: int, asks_at: Sequence[tuple[int, bool]]
) -> None:
    office = Office()
    await complete(desk, office)
    office.removes = 3
    runs = desk.books.runs
    for hours, asks in asks_at:
        begun = runs.start(mode="full", dry_run=False, now=NOW + hours * HOUR_S)
        ended = begun.started_at + took_h * HOUR_S
        await complete(desk, office, started=begun.started_at, now=ended)
        (code,) = desk.tally.codes
        assert (hours, code is Code.UNEXPECTED_REMOVALS) == (hours, asks)
        assert (
            asks
            or "again within a day. A full run for it is done once a day at most" in desk.report.reasons[0]
        )
        mode = desk.report.next_mode
        runs.finish(begun.number, outcome="succeeded", report="{}", now=ended, next_mode=mode)


@pytest.mark.parametrize(
    ("gaps", "code"),
    [
        (RunGaps(incomplete=1), ShutBy.INCOMPLETE),
        (RunGaps(absent=1), ShutBy.INCOMPLETE),
        (RunGaps(unseen=1), ShutBy.UNSEEN),
        (RunGaps(unknowing=frozenset({"another"})), ShutBy.UNKNOWN),
        (RunGaps(noted=40), ShutBy.BRAKED),
    ],
)
async def test_what_a_run_did_not_see_keeps_it_open(desk: Desk, gaps: RunGaps, code: ShutBy) -> None:
    office = Office()
    await complete(desk, office)
    assert (await complete(desk, office, gaps), office.ends) == ([code], 0)
    assert (Code.PEOPLE_NOTE_BRAKED in desk.tally.codes) is (code is ShutBy.BRAKED)


async def test_who_is_held_refused_or_disputed_keeps_it_open(desk: Desk) -> None:
    office = Office()
    await complete(desk, office)
    people, kari = desk.books.people, record_id(WHO[0])
    people.hold([(kari, HoldReason.PERSON)], run=desk.run)
    assert ShutBy.HELD in await complete(desk, office)
    people.release([kari])
    office.refused = {kari}
    assert ShutBy.UNSETTLED in await complete(desk, office)
    office.refused.clear()
    told(desk, WHO[0], key="per")
    assert ShutBy.SUSPECTS in await complete(desk, office)
    assert office.ends == 0


async def test_documents_end_waits_for_whoever_was_not_sent_again_but_for_a_few_whom_no_run_can_send(
    desk: Desk,
) -> None:
    """Where both have one flag, the end of documents takes whoever was not sent since both were begun."""
    office, many = Office(), [f"who{number}@example.com" for number in range(40)]
    ids = [record_id(one) for one in many]
    for who in many:
        told(desk, who)
    assert (await push_all(desk, office)).left_out(noted=0) == 0
    office.refused = {ids[0]}
    told(desk, many[1], key="another")
    few = await push_all(desk, office, later=1)
    assert (few.left_out(noted=0), few.left_out(noted=42)) == (0, 0)
    assert few.left_out(noted=400) == 360, "a ledger that was lost does not know them"
    office.silent = {ids[2]}
    assert (await push_all(desk, office, later=2)).left_out(noted=0) == 1
    office.silent, office.refused = set(), {*ids[:20]}
    assert (await push_all(desk, office, later=3)).left_out(noted=0) == 20, "more than the brake lets pass"
