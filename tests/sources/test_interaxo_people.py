"""What Interaxo's answers about one person become: who she is, what she has, or that nothing is known."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from connector.errors import RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.ports.source import PersonRead, Reading
from connector.sources.interaxo.people import (
    GIVEN_OTHERWISE_RUNS,
    ME,
    PERSON,
    Directory,
    person_key,
    read_key,
)
from connector.sources.interaxo.room_rows import Person
from connector.sources.interaxo.spellings import LASTS
from connector.sources.interaxo.wire import Authority, Item
from tests.sources.notes_in_memory import NotesInMemory

CORP, OTHER = "corp", "other"
KARI = "Kari"
OWN, GROUP = "ix:user:kari", "ix:group:corp/all"
FILE = {KARI: "file@example.com"}
GONE, HIDDEN = RecordGone("It is not there."), RecordHidden("It may not be seen.")
REFUSED, DOWN = SourceRefused("It is not allowed."), SourceUnavailable("It does not answer.")


class Corp:
    """Answers for each person as it is told; the connector is `bot`. Implements `AsksPeople`."""

    def __init__(self) -> None:
        self.told: dict[tuple[str, str], Person | Exception] = {
            (name, ME): Person(id="bot") for name in (CORP, OTHER)
        }
        self.groups_of: dict[tuple[str, str], Sequence[str] | Exception] = {}
        self.asked: list[tuple[str, str]] = []

    async def profile(self, community: str, person: str) -> Person:
        self.asked.append((community, person))
        await asyncio.sleep(0)  # others ask meanwhile
        found = self.told.get((community, person), GONE)
        if isinstance(found, Exception):
            raise found
        return found

    async def groups(self, community: str, person: str) -> list[Authority]:
        found = self.groups_of.get((community, person), ["all"])
        if isinstance(found, Exception):
            raise found
        return [Authority(id=one, type="group") for one in found]


class Desk:
    """A directory, what it asks, and its notes, which outlive it."""

    def __init__(self) -> None:
        self.corp, self.notes, self.run = Corp(), NotesInMemory(), 0
        self.corp.told[CORP, KARI] = Person(id=KARI, name="Kari N", email="kari@example.com")

    def open(
        self,
        *,
        fixed: Sequence[str] = (),
        file: Mapping[str, str] | None = None,
        file_unread: bool = False,
        thorough: bool = True,
    ) -> Directory:
        """The directory of the next run."""
        self.run += 1
        one = Directory(
            source="ix",
            notes=self.notes,
            fixed=fixed,
            file=file or {},
            file_unread=file_unread,
            asks=self.corp,
        )
        one.open(Reading(run=self.run, thorough=thorough))
        return one

    async def read(self, person: str = KARI, **changes: Any) -> PersonRead | None:
        """What a run is told of one person."""
        return next(iter(await self.open(**changes).people([person_key(CORP, person)])), None)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def told(**changes: Any) -> PersonRead:
    one = {"email": "kari@example.com", "username": KARI, "identities": (GROUP, OWN), **changes}
    return PersonRead(key=person_key(CORP, KARI), **one)


NOTHING = PersonRead(key=person_key(CORP, KARI), gone=True)


@pytest.mark.parametrize(("community", "person"), [("a", "b/c"), ("a/b", "c"), ("a%2Fb", "c")])
def test_a_key_names_one_person_of_one_community(community: str, person: str) -> None:
    assert read_key(person_key(community, person)) == (community, person)
    assert person_key(community, person) != person_key(community.replace("%2F", "/") + "x", person)


async def test_her_groups_and_her_address_are_told(desk: Desk) -> None:
    assert await desk.read() == told()


async def test_where_settings_give_everybody_the_same_groups_play_no_part(desk: Desk) -> None:
    desk.corp.groups_of[CORP, KARI] = DOWN
    assert await desk.read(fixed=["portal:all"]) == told(identities=(OWN, "portal:all"))


async def test_the_connector_itself_is_nobody(desk: Desk) -> None:
    desk.corp.told[CORP, "bot"] = Person(id="bot", email="bot@example.com")
    assert await desk.read("bot") == PersonRead(key="corp/bot")
    directory = desk.open()
    assert await directory.is_me(CORP, Authority(id="bot", type="user"))
    assert not await directory.is_me(CORP, Authority(id="bot", type="group"))
    assert not await directory.is_me(CORP, Authority(id=KARI, type="user"))


@pytest.mark.parametrize(("answer", "is_asked"), [(GONE, True), (HIDDEN, True), (Person(id="bot"), True)])
async def test_who_the_connector_is_is_asked_once_in_a_run_and_known_in_a_delta(
    desk: Desk, answer: Person | Exception, is_asked: bool
) -> None:
    desk.corp.told[CORP, ME] = answer
    directory = desk.open()
    for _ in range(2):
        await directory.people([person_key(CORP, KARI)])
    assert desk.corp.asked.count((CORP, ME)) == is_asked
    await desk.read(thorough=False)
    assert desk.corp.asked.count((CORP, ME)) == 1
    await desk.read()
    assert desk.corp.asked.count((CORP, ME)) == 2
    fresh = Desk()
    assert await fresh.read(thorough=False) == told()


@pytest.mark.parametrize("error", [GONE, HIDDEN, REFUSED, DOWN])
async def test_where_groups_are_not_told_nothing_is_lost(desk: Desk, error: Exception) -> None:
    """A 404 for her groups is none for her."""
    desk.corp.groups_of[CORP, KARI] = error
    hidden = told(identities=(), hidden=True)
    assert await desk.read() == (None if error is DOWN else hidden)


@pytest.mark.parametrize("error", [HIDDEN, REFUSED, DOWN])
async def test_where_nothing_of_her_is_told_nothing_is_lost(desk: Desk, error: Exception) -> None:
    desk.corp.told[CORP, KARI] = error
    assert await desk.read() == (None if error is DOWN else told(email="", identities=(), hidden=True))


@pytest.mark.parametrize(
    ("answer", "is_gone"),
    [(Person(id="bot"), True), (Person(id=""), False), (GONE, False), (HIDDEN, False), (DOWN, False)],
)
async def test_who_is_not_found_is_gone_only_where_her_community_answers_for_somebody(
    desk: Desk, answer: Person | Exception, is_gone: bool
) -> None:
    await desk.read()  # a delta knows who it is itself
    desk.corp.told[CORP, KARI] = GONE
    desk.corp.told[CORP, ME] = answer
    assert await desk.read(thorough=False) == (NOTHING if is_gone else None)
    named = told(email="file@example.com", identities=(OWN,))
    assert await desk.read(thorough=False, file=FILE) == (named if is_gone else None), (
        "nor does she lose her groups"
    )


async def test_two_groups_that_become_one_identity_give_her_neither(desk: Desk) -> None:
    desk.corp.groups_of[CORP, KARI] = ["all", "ALL"]
    assert await desk.read() == told(identities=(), hidden=True)


async def test_of_two_people_that_become_one_identity_the_first_has_it_until_she_is_gone(desk: Desk) -> None:
    desk.corp.told[CORP, "kari"] = Person(id="kari", email="other@example.com")
    assert await desk.read() == told()
    directory, keys = desk.open(), [person_key(CORP, one) for one in ("kari", KARI)]
    assert await directory.people(keys) == [told()]
    fresh = Desk()
    fresh.corp.told[CORP, KARI] = GONE
    fresh.corp.told[CORP, "kari"] = Person(id="kari", email="other@example.com")
    read = await fresh.open().people([keys[1], keys[0]])
    assert [(one.key, one.gone) for one in read] == [(keys[1], True), (keys[0], False)]


@pytest.mark.parametrize("person", ["", " ", ".", "..", "x" * 5_000])
async def test_what_is_no_id_is_asked_for_by_nobody(desk: Desk, person: str) -> None:
    assert await desk.read(person) is None
    assert desk.corp.asked == []


async def test_how_people_are_called_is_kept_where_somebody_keeps_it(desk: Desk) -> None:
    directory = desk.open()
    directory.names = {}
    desk.corp.told[CORP, "ola"] = Person(id="ola", name="")
    await directory.people([person_key(CORP, one) for one in (KARI, "ola")])
    assert directory.names == {OWN: "Kari N"}


async def test_the_new_name_of_an_author_is_noted_and_of_nobody_else(desk: Desk) -> None:
    await desk.read()
    assert desk.notes.get(PERSON, person_key(CORP, KARI)) is None
    for one in (KARI, "bot"):
        desk.notes.put(PERSON, person_key(CORP, one), b"Before")
    desk.corp.told[CORP, ME] = Person(id="bot", name="Bot")
    await desk.read()
    noted = [desk.notes.get(PERSON, person_key(CORP, one)) for one in (KARI, "bot")]
    assert [one.value for one in noted if one is not None] == [b"Kari N", b"Bot"]


async def test_what_is_out_of_date_is_asked_for_anew(desk: Desk) -> None:
    directory = desk.open()
    for address in ("kari@example.com", "new@example.com"):
        desk.corp.told[CORP, KARI] = Person(id=KARI, email=address)
        assert await directory.people([person_key(CORP, KARI)]) == [told(email=address)]
        directory.renew()
    desk.corp.told |= {(CORP, KARI): GONE, (CORP, ME): GONE}
    assert await directory.people([person_key(CORP, KARI)]) == []
    desk.corp.told[CORP, ME] = Person(id="bot")
    directory.open(Reading(run=2, thorough=True))
    assert await directory.people([person_key(CORP, KARI)]) == [NOTHING], "another run asks again who answers"


async def test_who_is_spelt_otherwise_has_the_identity_after_some_full_runs(desk: Desk) -> None:
    await desk.read()
    desk.corp.told[CORP, "kari"] = Person(id="kari")
    read = [await desk.read("kari") for _ in range(LASTS + 2)]
    assert [one is not None for one in read] == [False] * LASTS + [True] * 2


# -- the people file -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "email"),
    [
        (Person(id=KARI, email="kari@example.com"), "kari@example.com"),
        (Person(id=KARI, email="-"), "file@example.com"),
        (Person(id=KARI), "file@example.com"),
        (HIDDEN, "file@example.com"),
    ],
)
async def test_the_file_has_an_address_for_whom_interaxo_tells_none(
    desk: Desk, answer: Person | Exception, email: str
) -> None:
    desk.corp.told[CORP, KARI] = answer
    assert await desk.read(file=FILE) == told(email=email)


async def test_an_address_that_is_none_is_told_as_it_is_where_the_file_has_none(desk: Desk) -> None:
    desk.corp.told[CORP, KARI] = Person(id=KARI, email="-")
    assert await desk.read(file={"ola": "ola@example.com"}) == told(email="-")


async def test_whom_the_file_names_and_her_community_does_not_know_has_what_everybody_has(desk: Desk) -> None:
    desk.corp.told[CORP, KARI] = GONE
    assert await desk.read(file=FILE, fixed=["portal:all"]) == told(
        email="file@example.com", identities=(OWN, "portal:all")
    )
    assert await desk.read(file={"ola": "ola@example.com"}) == NOTHING


@pytest.mark.parametrize(
    ("elsewhere", "email"),
    [
        (Person(id=KARI, email="told@example.com"), "told@example.com"),
        (Person(id=KARI, email="-"), "file@example.com"),
        (Person(id=KARI), "file@example.com"),
        (GONE, "file@example.com"),
        (HIDDEN, "file@example.com"),
        (REFUSED, "file@example.com"),
    ],
)
async def test_what_another_community_tells_of_her_comes_before_the_file(
    desk: Desk, elsewhere: Person | Exception, email: str
) -> None:
    desk.corp.told |= {(CORP, KARI): Person(id=KARI), (OTHER, KARI): elsewhere}
    directory = desk.open(file=FILE)
    directory.meet_file([CORP, OTHER])
    for _ in range(2):
        assert await directory.people([person_key(CORP, KARI)]) == [told(email=email)]
    assert desk.corp.asked.count((OTHER, KARI)) == 1
    directory.renew()
    await directory.people([person_key(CORP, KARI)])
    assert desk.corp.asked.count((OTHER, KARI)) == 2


async def test_whom_the_file_does_not_name_no_other_community_is_asked_for(desk: Desk) -> None:
    desk.corp.told |= {(CORP, KARI): HIDDEN, (OTHER, KARI): Person(id=KARI, email="told@example.com")}
    directory = desk.open(file={"ola": "ola@example.com"})
    directory.meet_file([CORP, OTHER])
    assert await directory.people([person_key(CORP, KARI)]) == [told(email="", identities=(), hidden=True)]


async def test_where_another_community_does_not_answer_nothing_is_known(desk: Desk) -> None:
    desk.corp.told |= {(CORP, KARI): GONE, (OTHER, KARI): DOWN}
    directory = desk.open(file=FILE)
    directory.meet_file([CORP, OTHER])
    assert await directory.people([person_key(CORP, KARI)]) == []


async def test_a_row_that_is_out_of_date_gives_her_no_address(desk: Desk) -> None:
    assert await desk.read(file=FILE) == told()
    desk.corp.told[CORP, KARI] = Person(id=KARI)
    assert await desk.read(file=FILE) == told(email="")
    desk.corp.told[CORP, KARI] = GONE
    assert await desk.read(file=FILE, thorough=False) == told(email="", identities=(OWN,))


def test_everybody_of_the_file_is_met_in_each_community(desk: Desk) -> None:
    directory = desk.open()
    directory.meet_file([CORP])
    assert directory.met == set()
    directory = desk.open(file=FILE)
    directory.meet_file([CORP, OTHER])
    assert directory.met == {person_key(CORP, KARI), person_key(OTHER, KARI)}


# -- who is met ----------------------------------------------------------------------------------


def test_whoever_made_edited_or_owns_something_is_met_and_no_group(desk: Desk) -> None:
    directory = desk.open()

    def who(name: str, kind: str = "user") -> Authority:
        return Authority(id=name, type=kind)

    directory.meet_in(
        CORP,
        [
            Item(id="1", type="file", created_by=who("a"), last_modified_by=who("b"), owner=who("c", "")),
            Item(id="2", type="file", created_by=who("d", "group"), owner=who(" e")),
        ],
    )
    for one in (None, who("f"), who("g", "group"), who(" h"), who("")):
        directory.meet(CORP, one)
    assert directory.met == {person_key(CORP, one) for one in "abcf"}
    desk.run += 1
    directory.open(Reading(run=desk.run, thorough=True))
    assert directory.met == set()


# -- what the settings give ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [{"fixed": ["portal:all"]}, {"file": FILE}, {"file": {KARI: "new@example.com"}}, {"file_unread": True}],
)
def test_what_settings_give_otherwise_is_known_for_some_runs(desk: Desk, changes: dict[str, Any]) -> None:
    assert not desk.open().given_otherwise, "the first run has nothing to compare"
    assert not desk.open().given_otherwise
    told = [desk.open(**changes).given_otherwise for _ in range(GIVEN_OTHERWISE_RUNS + 1)]
    assert told == [True] * GIVEN_OTHERWISE_RUNS + [False]
