"""What one look of the search test does, by what search and the intranet answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from connector.canary.canary import AGAIN_S, NOT_KNOWN, ONE_OF_OURS, Canary, Plan
from connector.canary.canary import Desk as Tools
from connector.canary.own_document import canary_id, mark_of
from connector.canary.stored_state import CanaryState, Renewal, keep_canary_state, read_canary_state
from connector.errors import TargetUnavailable
from connector.ledger.on_hold import is_tested_elsewhere, note_tested, put_on_hold, read_hold
from connector.ledger.store import Ledger
from connector.ports.matching import Matching, record_id
from connector.ports.search import NotSearched, Searcher
from connector.ports.target import PeopleResult, PushResult, RemoteState
from connector.target.format import InteractFormat
from tests.desk import NOW, Desk

KEY, OTHER = "host|tenant|app", "elsewhere|tenant|app"
PERSON, STRANGER = "person@example.com", "stranger@example.com"
MARK = mark_of(KEY)


class Intranet:
    """Stands in for the target and for its search: takes what it is given, and finds what it is told to."""

    format = InteractFormat()

    def __init__(self) -> None:
        self.is_away = False
        self.search_is_away = False
        self.knows_person = True
        self.takes_person = True
        self.takes_document = True
        self.beside = RemoteState(exists=False)
        self.found: dict[str, set[str]] = {PERSON.upper(): set(), STRANGER: set()}
        self.asked: list[tuple[str, str]] = []
        self.counts: list[int] = []
        """What stands beside the document, by push."""
        self.deleted: list[str] = []

    async def push_people(self, records: Sequence[Any]) -> PeopleResult:
        ids = [one for one, _, _ in records]
        assert [address for _, address, _ in records] == [PERSON]
        return PeopleResult(
            accepted=ids if self.knows_person and self.takes_person else [],
            not_found=[] if self.knows_person else ids,
            refused={} if self.takes_person else dict.fromkeys(ids, "no"),
            unanswered=[],
        )

    async def push(self, batch: Sequence[Any]) -> PushResult:
        ((rendered, stamp),) = batch
        assert rendered.id == canary_id(KEY)
        self.counts.append(stamp.count)
        taken = self.takes_document
        return PushResult(
            accepted=[rendered.id] if taken else [],
            refused={} if taken else {rendered.id: "no"},
            unanswered=[],
        )

    async def state(self, identifier: str) -> RemoteState:
        return self.beside

    async def delete(self, ids: Sequence[str]) -> None:
        self.deleted += ids

    async def delete_people(self, ids: Sequence[str]) -> None:
        self.deleted += ids

    async def finds(self, who: Searcher, words: str, mark: str) -> bool:
        assert mark == MARK
        self.asked.append((who.name, words))
        if self.search_is_away:
            raise NotSearched("The search answers nothing.")
        return words in self.found[who.name]

    def parties(self) -> list[Any]:
        return []


class Look:
    """A search test, its ledger and its intranet."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.intranet = desk, Intranet()
        self.now = NOW
        self.plan: Plan | None = Plan(
            target="intranet",
            key=KEY,
            url="https://example.com/",
            person=Searcher(name=PERSON.upper()),
            stranger=Searcher(name=STRANGER),
            search=self.intranet,
            patience_s=3_600.0,
            matching=Matching(),
        )
        self.canary = Canary(
            Tools(
                plan=lambda: self.plan,
                keys=lambda: {"intranet": KEY, "other": OTHER},
                ledger=self.ledger,
                target=self.target,  # type: ignore[arg-type]
                clock=lambda: self.now,
            )
        )

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        yield self.desk.ledger

    @asynccontextmanager
    async def target(self, name: str) -> AsyncIterator[Intranet]:
        if self.intranet.is_away:
            raise TargetUnavailable("The intranet is away.")
        yield self.intranet

    @property
    def notes(self) -> Any:
        return self.desk.ledger.notes("")

    def keep(self, **changes: Any) -> None:
        keep_canary_state(self.notes, "intranet", CanaryState(**{"key": KEY, **changes}))

    @property
    def kept(self) -> CanaryState | None:
        return read_canary_state(self.notes, "intranet")

    @property
    def trouble(self) -> str:
        state = self.kept
        return state.trouble if state is not None else ""

    @property
    def on_hold(self) -> bool:
        return read_hold(self.notes, "intranet") is not None

    def hold(self) -> None:
        put_on_hold(self.notes, "intranet", now=NOW)

    def run_ends(self, *, dry_run: bool = False) -> int:
        runs = self.desk.books.runs
        run = runs.start(mode="delta", dry_run=dry_run, now=NOW)
        runs.finish(run.number, outcome="succeeded", report="{}", next_mode="", now=NOW)
        return run.number


@pytest.fixture
def one(blank_desk: Desk) -> Look:
    structlog.reset_defaults()  # as it is in every connector: what is logged is looked at
    return Look(blank_desk)


def waiting(*words: str) -> list[Renewal]:
    return [Renewal(word=word, at=NOW - 60) for word in words]


# -- a renewal -----------------------------------------------------------------------------------


async def test_it_is_sent_once_after_each_run_that_was_no_rehearsal(one: Look) -> None:
    one.run_ends()
    last = one.run_ends()
    one.run_ends(dry_run=True)
    await one.canary.look()
    await one.canary.look()
    assert one.kept is not None
    assert (one.kept.key, one.kept.number, len(one.kept.waiting)) == (KEY, last, 1)
    assert one.intranet.counts == [0]
    one.run_ends()
    one.hold()
    await one.canary.look()
    assert one.intranet.counts == [0, 1], "a hold stands beside it"


@pytest.mark.parametrize(
    ("unwell", "words"),
    [
        ("is_away", "The intranet is away."),
        ("knows_person", NOT_KNOWN.format(target="intranet")),
        ("takes_person", "Interact did not take the test person: no."),
        ("takes_document", "Interact did not take the search test: no."),
    ],
)
async def test_what_was_not_taken_is_told_and_sent_again_after_a_minute(
    one: Look, unwell: str, words: str
) -> None:
    one.run_ends()
    is_well = getattr(one.intranet, unwell)
    setattr(one.intranet, unwell, not is_well)
    await one.canary.look()
    assert one.kept is not None
    assert (one.trouble, one.kept.waiting, one.kept.key) == (words, [], KEY)
    assert one.intranet.asked == [], "nothing was sent that could be found"
    setattr(one.intranet, unwell, is_well)
    one.now += AGAIN_S - 1
    await one.canary.look()
    assert one.trouble == words
    one.now += 1
    await one.canary.look()
    assert one.trouble == ""


async def test_a_clock_that_was_set_back_keeps_trouble_from_nothing(one: Look) -> None:
    one.keep(trouble="It was away.", trouble_at=NOW + 3_600)
    one.run_ends()
    await one.canary.look()
    assert one.trouble == ""


async def test_trouble_that_is_over_keeps_from_nothing(one: Look) -> None:
    one.keep(trouble_at=NOW, waiting=waiting("w1"))
    await one.canary.look()
    assert one.intranet.asked


async def test_a_search_that_answers_again_is_no_trouble_any_more(one: Look) -> None:
    one.keep(trouble="It was away.", trouble_at=NOW - AGAIN_S, waiting=waiting("w1"))
    await one.canary.look()
    assert one.trouble == ""
    one.run_ends()
    one.now += 1
    await one.canary.look()
    assert one.intranet.counts == [0], "what is over keeps from nothing"


# -- what is found -------------------------------------------------------------------------------


@pytest.mark.parametrize("finds", [MARK, "w2"])
async def test_whatever_a_stranger_finds_of_it_holds_and_stands_beside_it(one: Look, finds: str) -> None:
    one.keep(waiting=waiting("w1", "w2"), number=1)
    one.intranet.found[STRANGER] = {finds}
    with capture_logs() as logs:
        await one.canary.look()
    assert (one.on_hold, one.intranet.counts) == (True, [1])
    assert [told["event"] for told in logs] == ["canary.leak"]
    one.now += 3_600
    await one.canary.look()
    assert one.intranet.counts == [1], "it is told once"


async def test_an_old_word_that_a_stranger_finds_alone_is_none_of_it(one: Look) -> None:
    """The document has the mark and the newest word; another one may have any other."""
    one.keep(waiting=waiting("w1", "w2"))
    one.intranet.found[STRANGER] = {"w1"}
    await one.canary.look()
    assert not one.on_hold


async def test_a_search_without_an_answer_is_told_and_ends_no_hold(one: Look) -> None:
    one.hold()
    one.keep(waiting=waiting("w1"))
    one.intranet.search_is_away = True
    await one.canary.look()
    assert (one.trouble, one.on_hold) == ("The search answers nothing.", True)
    assert one.kept is not None
    assert one.kept.next_look > NOW


@pytest.mark.parametrize(
    ("found", "left", "titled"),
    [
        ({"w2"}, [], False),
        ({"w1"}, ["w2"], False),
        ({"t2"}, ["w1", "w2"], True),
        (set(), ["w1", "w2"], False),
    ],
)
async def test_what_its_person_finds_is_waited_for_no_more(
    one: Look, found: set[str], left: list[str], titled: bool
) -> None:
    one.keep(waiting=waiting("w1", "w2"))
    one.intranet.found[PERSON.upper()] = found
    await one.canary.look()
    assert one.kept is not None
    assert [wait.word for wait in one.kept.waiting] == left
    assert [wait.titled_at is not None for wait in one.kept.waiting[-1:]] == [titled] * bool(left)
    assert not one.kept.late


async def test_that_nobody_finds_it_is_told_once(one: Look) -> None:
    one.keep(waiting=[Renewal(word="w1", at=NOW - 4_000)], looked_at=NOW - 300)
    with capture_logs() as logs:
        await one.canary.look()
        one.now += 700
        await one.canary.look()
    assert [told["minutes"] for told in logs if told["event"] == "canary.late"] == [67]
    assert one.kept is not None
    assert one.kept.late


# -- where there is to be none -------------------------------------------------------------------


async def test_where_there_is_to_be_none_it_is_taken_away_and_its_hold_ends(one: Look) -> None:
    one.keep()
    one.hold()
    one.plan = None
    one.intranet.is_away = True
    await one.canary.look()
    assert (one.on_hold, one.kept is not None) == (False, True), "nobody looks any more"
    one.intranet.is_away = False
    await one.canary.look()
    assert (one.kept, one.intranet.deleted) == (None, [canary_id(KEY)] * 2)


async def test_where_another_target_has_it_now_it_is_taken_away_from_the_one_before(one: Look) -> None:
    keep_canary_state(one.notes, "other", CanaryState(key=OTHER))
    one.keep()
    await one.canary.look()
    assert (read_canary_state(one.notes, "other"), one.intranet.deleted) == (None, [canary_id(OTHER)] * 2)
    assert one.kept is not None


async def test_services_with_one_ledger_tell_each_other_who_has_one(one: Look) -> None:
    await one.canary.stand_by()
    assert [is_tested_elsewhere(one.notes, name, now=NOW) for name in ("intranet", "other")] == [True, False]
    one.plan = None
    with capture_logs() as logs:
        await one.canary.look()
    assert logs == [], "it has nothing here that could be left"


async def test_a_hold_that_the_intranet_alone_told_of_ends_with_the_search_test(one: Look) -> None:
    one.hold()
    one.plan = None
    await one.canary.look()
    assert not one.on_hold


async def test_what_stands_in_another_intranet_is_out_of_reach(one: Look) -> None:
    one.keep(key=OTHER)
    one.plan = None
    await one.canary.look()
    assert (one.kept, one.intranet.deleted) == (None, [])


async def test_what_another_service_looks_for_is_left_to_it(one: Look) -> None:
    one.keep()
    one.hold()
    note_tested(one.notes, "intranet", now=NOW)
    one.plan = None
    with capture_logs() as logs:
        await one.canary.look()
        await one.canary.look()
    assert (one.on_hold, one.kept is not None, one.intranet.deleted) == (True, True, [])
    assert [told["event"] for told in logs] == ["canary.not_here"], "it is said once"


@pytest.mark.parametrize(("beside", "on_hold"), [(1, True), (0, False), (None, False)])
async def test_at_another_address_a_hold_ends_unless_that_intranet_tells_of_it(
    one: Look, beside: int | None, on_hold: bool
) -> None:
    one.keep(key=OTHER, waiting=waiting("w1"))
    one.hold()
    one.run_ends()
    one.intranet.is_away = True
    await one.canary.look()
    assert (one.on_hold, one.trouble) == (True, "The intranet is away.")
    assert one.kept is not None
    assert one.kept.key == OTHER, "it is asked again"
    one.intranet.is_away = False
    one.intranet.beside = RemoteState(exists=beside is not None, count=beside)
    one.now += AGAIN_S
    await one.canary.look()
    assert one.on_hold is on_hold
    assert (one.kept.key, len(one.kept.waiting)) == (KEY, 1)
    assert one.intranet.counts == [int(on_hold)]


async def test_where_its_person_is_somebody_of_the_sources_it_is_taken_away_and_that_is_told_once(
    one: Look,
) -> None:
    one.keep()
    one.desk.books.people.intend([(record_id(PERSON), PERSON, ["ix:group:c/all"])])
    one.run_ends()
    with capture_logs() as logs:
        for _ in range(3):
            await one.canary.look()
            one.now += AGAIN_S
    assert (one.trouble, one.intranet.counts) == (ONE_OF_OURS, [])
    assert one.intranet.deleted == [canary_id(KEY)] * 2
    assert [told["event"] for told in logs] == ["canary.taken_away", "canary.failed"]


async def test_what_of_it_could_not_be_taken_away_is_not_forgotten(one: Look) -> None:
    one.keep()
    one.desk.books.people.intend([(record_id(PERSON), PERSON, ["ix:group:c/all"])])
    one.intranet.is_away = True
    await one.canary.look()
    assert one.kept is not None
    assert one.kept.key == KEY
    one.intranet.is_away = False
    await one.canary.look()
    assert (one.intranet.deleted, one.trouble) == ([canary_id(KEY)] * 2, ONE_OF_OURS)


# -- `check` -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "leaked", "held", "key", "is_well", "words", "on_hold"),
    [
        ({MARK}, set(), False, KEY, True, "finds it, and the stranger does not", False),
        ({MARK}, set(), True, KEY, True, "is not on hold any longer", False),
        ({MARK}, {MARK}, False, KEY, False, "on hold", True),
        (set(), {MARK}, True, KEY, False, "on hold", True),
        (set(), set(), True, KEY, False, "which proves nothing", True),
        (set(), set(), False, KEY, True, "it may be on its way", False),
        (set(), set(), False, "", True, "The first run sends", False),
    ],
)
async def test_a_check_says_what_both_find_and_ends_a_hold_only_by_proof(
    one: Look,
    found: set[str],
    leaked: set[str],
    held: bool,
    key: str,
    is_well: bool,
    words: str,
    on_hold: bool,
) -> None:
    one.keep(key=key)
    if held:
        one.hold()
    one.intranet.found = {PERSON.upper(): found, STRANGER: leaked}
    told = await one.canary.test()
    assert told is not None
    assert (told[0], words in told[1], one.on_hold) == (is_well, True, on_hold), told


@pytest.mark.parametrize("unwell", ["one of ours", "no search", "trouble"])
async def test_a_check_that_is_not_well_ends_no_hold(one: Look, unwell: str) -> None:
    one.keep(trouble="It was not taken." if unwell == "trouble" else "")
    one.hold()
    one.intranet.found[PERSON.upper()] = {MARK}
    one.intranet.search_is_away = unwell == "no search"
    if unwell == "one of ours":
        one.desk.books.people.intend([(record_id(PERSON), PERSON, ["ix:group:c/all"])])
    told = await one.canary.test()
    assert told is not None
    assert (told[0], one.on_hold) == (False, True)
