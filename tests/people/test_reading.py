"""Whom a run asks for, and what is remembered of each answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pytest

from connector.ledger.orders import About, Order, OrderKind
from connector.ledger.people import NOT_SINCE, Share
from connector.people import reading
from connector.people.reading import PeopleReading
from connector.people.unread_files import UnreadFiles
from connector.plan.options import UnreadFile
from connector.ports.matching import Matching, key_id, record_id
from connector.ports.source import PersonRead
from tests.desk import NOW, SOURCE, Desk

ALL, FEW = f"{SOURCE}:group:c/all", f"{SOURCE}:group:c/few"
AGE_S = 1_000.0


class Office:
    """A source that says of each person what it is told to, and of others nothing."""

    name, share = SOURCE, 0.5

    def __init__(self, *answers: PersonRead) -> None:
        self.answers = {one.key: one for one in answers}
        self.asked: list[str] = []
        self.has_met: set[str] = set()

    def renew_people(self) -> None:
        """Nothing was read before."""

    def people_met(self) -> set[str]:
        return self.has_met

    async def people(self, keys: Sequence[str]) -> list[PersonRead]:
        self.asked += keys
        return [self.answers[key] for key in keys if key in self.answers]


def mail(key: str) -> str:
    return f"{key}@example.com"


def own(key: str) -> str:
    return f"{SOURCE}:user:{key}"


def told(key: str, *identities: str, **changes: str | bool) -> PersonRead:
    return PersonRead(
        **{"key": key, "email": mail(key), "username": key, "identities": identities or (ALL,), **changes}  # type: ignore[arg-type]
    )


def knows(desk: Desk, key: str, *, asked: float = NOW - 9, **changes: object) -> None:
    """An earlier run read a person, and asked for her at a moment."""
    one = {"address": mail(key), "identities": (ALL, own(key)), "read_run": 1, "told_at": asked, **changes}
    desk.books.people.note([Share(source=SOURCE, key=key, **one)])  # type: ignore[arg-type]
    if one["told_at"] is not None:  # an earlier release did not say when it was told
        desk.books.people.asked(SOURCE, [key], run=1, now=asked)


def kept(desk: Desk, key: str) -> Share | None:
    return desk.books.people.known(SOURCE, [key]).get(key)


def has(desk: Desk, key: str) -> tuple[str, tuple[str, ...]]:
    """By which address she is found, and what her source gives her."""
    share = kept(desk, key)
    assert share is not None
    return share.address, share.identities


def begin(desk: Desk, **changes: object) -> PeopleReading:
    run = desk.begin(**{"audience_max_age_s": AGE_S, **changes})
    return PeopleReading(run, desk.books.people)


# -- who is asked for --------------------------------------------------------------------------


async def test_everybody_is_asked_for_once_in_a_run(
    blank_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "READ_AT_ONCE", 2)
    for key in "abcde":
        knows(blank_desk, key)
    office, one = Office(told("a")), begin(blank_desk)
    await one.everybody(office)
    await one.everybody(office)
    assert sorted(office.asked) == list("abcde")
    assert one.unread == 4, "who was asked for in vain is told"


@pytest.mark.parametrize(("count", "share", "most"), [(8, 0.3, 3), (8, 0.0, 2), (1, 0.5, 1)])
async def test_a_delta_asks_for_a_share_the_longest_unasked_first(
    blank_desk: Desk, count: int, share: float, most: int
) -> None:
    for n in range(count):
        knows(blank_desk, f"p{n}", asked=NOW - 100 + n)
    office = Office()
    office.share = share
    await begin(blank_desk).turn(office, late=[])
    assert office.asked == [f"p{n}" for n in range(most)]


async def test_a_delta_asks_for_whoever_is_late_or_not_yet_sure_besides(blank_desk: Desk) -> None:
    for n in range(6):
        knows(blank_desk, f"p{n}", asked=NOW - 100 + n)
    knows(blank_desk, "p4", asked=NOW - 96, read_run=NOT_SINCE)
    office = Office()
    office.share = 0.0
    await begin(blank_desk).turn(office, late=["p5", "p0"])
    assert office.asked == ["p5", "p0", "p4", "p1"]


async def test_whom_a_source_met_is_asked_for_once_where_nobody_knew_her(blank_desk: Desk) -> None:
    knows(blank_desk, "a")
    office, one = Office(told("b")), begin(blank_desk)
    office.has_met = {"a", "b", "c"}
    await one.met(office)
    assert (office.asked, one.unread) == (["b", "c"], 1)
    office.has_met.add("d")
    await one.met(office)
    assert (office.asked, one.unread) == (["b", "c", "d"], 2)


async def test_who_is_asked_for_in_a_turn_brings_whoever_has_her_address_with_her(blank_desk: Desk) -> None:
    for key in ("a", "b"):
        knows(blank_desk, key, address=mail("a"))
    knows(blank_desk, "c")
    blank_desk.books.people.note(
        [Share(source="another", key="z", address=mail("a"), identities=(own("z"),), read_run=1)]
    )
    office, one = Office(told("a", ALL, own("a")), told("b", ALL, own("b"))), begin(blank_desk)
    await one.these(office, ["a"])
    assert office.asked == ["a", "b"]
    assert has(blank_desk, "b") == (mail("b"), (ALL, own("b")))
    await one.these(office, ["a"])
    assert office.asked == ["a", "b", "a"], "she is asked for again, and nobody has her address any more"


async def test_who_has_the_address_of_several_is_asked_for_once(
    blank_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "READ_AT_ONCE", 1)
    for key in "abc":
        knows(blank_desk, key, address=mail("a"))
    office = Office()
    await begin(blank_desk).these(office, ["a", "b"])
    assert office.asked == ["a", "b", "c"]


async def test_of_an_address_that_two_people_have_both_are_asked_for(blank_desk: Desk) -> None:
    for key in ("a", "b", "c"):
        knows(blank_desk, key, address=mail("a") if key != "c" else mail(key))
    blank_desk.books.people.note(
        [Share(source="another", key="c", address=mail("a"), identities=(own("c"),), read_run=1)]
    )
    office, one = Office(told("a", ALL, own("a")), told("b", ALL, own("b"))), begin(blank_desk)
    await one.some(office, ["a"])
    await one.settle_disputes([office])
    assert office.asked == ["a", "b"]


async def test_one_person_with_two_keys_is_no_dispute(blank_desk: Desk) -> None:
    for key in ("x/a", "y/a"):
        knows(blank_desk, key, address=mail("a"), identities=(ALL, own("a")))
    office = Office(told("x/a", ALL, own("a"), email=mail("a")))
    one = begin(blank_desk)
    await one.these(office, ["x/a"])
    await one.settle_disputes([office])
    assert office.asked == ["x/a"]


# -- what is remembered ------------------------------------------------------------------------


async def asked(desk: Desk, *answers: PersonRead, **changes: object) -> PeopleReading:
    one = begin(desk, **changes)
    await one.these(Office(*answers), ["a"])
    return one


async def test_what_is_told_is_remembered_once_and_in_order(blank_desk: Desk) -> None:
    knows(blank_desk, "a", identities=(ALL,))
    await asked(blank_desk, told("a", own("a"), FEW, FEW, email=" A@New.example "))
    share = kept(blank_desk, "a")
    assert share is not None
    assert (share.address, share.identities) == ("a@new.example", (FEW, own("a")))
    assert (share.read_run, share.told_at) == (blank_desk.run, NOW)


async def test_who_is_gone_has_nothing_and_is_found_by_no_other_address(blank_desk: Desk) -> None:
    knows(blank_desk, "a")
    one = await asked(blank_desk, told("a", gone=True, email="b@example.com"))
    assert has(blank_desk, "a") == (mail("a"), ())
    assert one.lasted == set()


async def test_an_absence_that_lasted_is_told_by_address(blank_desk: Desk) -> None:
    for key in "abc":
        knows(blank_desk, key)
    one = begin(blank_desk)
    answers = (
        told("a", gone=True, lasted=True),
        told("b", gone=True),
        told("c", lasted=True),
        told("d", gone=True, lasted=True),
    )
    await one.these(Office(*answers), list("abcd"))
    assert one.lasted == {mail("a")}


@pytest.mark.parametrize(
    ("answer", "address", "identities"),
    [
        ({"email": ""}, mail("a"), (ALL, own("a"))),
        ({"email": "b@example.com"}, "b@example.com", (ALL, own("a"))),
        ({"identities": (own("a"), FEW)}, mail("a"), (own("a"),)),
    ],
    ids=["nothing is told", "another address", "she has less"],
)
async def test_of_whom_nothing_is_told_what_was_known_stays_and_never_more(
    blank_desk: Desk, answer: Mapping[str, str], address: str, identities: tuple[str, ...]
) -> None:
    knows(blank_desk, "a")
    await asked(
        blank_desk,
        PersonRead(**{"key": "a", "email": mail("a"), "hidden": True, **answer}),  # type: ignore[arg-type]
    )
    assert has(blank_desk, "a") == (address, identities)
    share = kept(blank_desk, "a")
    assert share is not None
    assert share.told_at == NOW - 9, "her time runs on"


@pytest.mark.parametrize(("told_at", "stays"), [(NOW - AGE_S, True), (NOW - AGE_S - 1, False), (None, True)])
async def test_of_whom_nothing_was_told_for_too_long_nothing_stays(
    blank_desk: Desk, told_at: float | None, stays: bool
) -> None:
    knows(blank_desk, "a", told_at=told_at)
    one = await asked(blank_desk, told("a", hidden=True, email=""))
    assert has(blank_desk, "a") == (mail("a"), (ALL,) if stays else ())
    assert one.unread == stays, "that she has nothing any more is an answer"


async def test_of_whom_nothing_was_ever_told_it_is_known_since_when(blank_desk: Desk) -> None:
    one = await asked(blank_desk, told("a", hidden=True))
    share = kept(blank_desk, "a")
    assert share is not None
    assert (share.address, share.identities, share.told_at) == ("", (), NOW)
    assert one.unread == 1


@pytest.mark.parametrize("subject", [record_id(mail("a")), key_id(SOURCE, "a")], ids=["address", "key"])
async def test_who_is_to_be_forgotten_is_not_remembered(blank_desk: Desk, subject: str) -> None:
    order = Order(
        id="o1", target="intranet", kind=OrderKind.FORGET, about=About.PERSON, subject=subject, at=NOW
    )
    blank_desk.books.orders.write(order)
    await begin(blank_desk).these(Office(told("a"), told("b")), ["a", "b"])
    assert (kept(blank_desk, "a"), has(blank_desk, "b")) == (None, (mail("b"), (ALL,)))


async def test_what_other_sources_alone_can_tell_is_left_out(blank_desk: Desk) -> None:
    sources = frozenset({SOURCE, "itr"})
    await asked(blank_desk, told("a", ALL, "ITR:office", "extern:group:1"), sources=sources)
    assert has(blank_desk, "a")[1] == ("extern:group:1", ALL)


# -- a people file that cannot be read ----------------------------------------------------------

FILE = {SOURCE: UnreadFile(why="people.csv is broken", addresses={"A": " A@example.com"})}
BY_NAME = Matching(by="username")


def was_sent(desk: Desk, key: str, *identities: str) -> None:
    """The intranet took her record so."""
    records = [(record_id(mail(key)), mail(key), list(identities))]
    desk.books.people.confirm(
        records, before=desk.books.people.intend(records), session_run=1, redo_after=None, now=NOW - 9
    )


async def test_whom_an_unread_file_may_name_gets_nothing_more_by_it(blank_desk: Desk) -> None:
    knows(blank_desk, "a", identities=(ALL, FEW, own("a")))
    was_sent(blank_desk, "a", ALL, own("a"))
    await asked(blank_desk, told("a", own("a"), FEW, ALL), unread_files=FILE)
    assert has(blank_desk, "a")[1] == (ALL, own("a")), "what was never sent is more"
    await asked(blank_desk, told("a", own("a")), unread_files=FILE)
    assert has(blank_desk, "a")[1] == (own("a"),)
    share = kept(blank_desk, "a")
    assert share is not None
    assert (share.read_run, share.told_at) == (blank_desk.run, NOW - 9), "her time runs on"


async def test_whom_an_unread_file_may_name_and_nobody_knew_stays_unknown(blank_desk: Desk) -> None:
    await asked(blank_desk, told("a"), unread_files=FILE)
    assert kept(blank_desk, "a") is None


async def test_by_another_address_of_an_unread_file_nobody_has_anything(blank_desk: Desk) -> None:
    """The one that it names now may be somebody else's."""
    for run in (1, NOT_SINCE):
        knows(blank_desk, "a", address=mail("b"), read_run=run)
        await asked(blank_desk, told("a"), unread_files=FILE)
        assert has(blank_desk, "a") == (mail("a"), ())
        was_sent(blank_desk, "b", ALL)


async def test_who_was_never_sent_gets_nothing_by_an_unread_file(blank_desk: Desk) -> None:
    knows(blank_desk, "a")
    await asked(blank_desk, told("a"), unread_files=FILE)
    assert has(blank_desk, "a") == (mail("a"), ())


@pytest.mark.parametrize(("told_at", "stays"), [(NOW - AGE_S, True), (NOW - AGE_S - 1, False), (None, True)])
async def test_a_file_that_was_unread_for_too_long_counts_as_if_it_named_nobody(
    blank_desk: Desk, told_at: float | None, stays: bool
) -> None:
    knows(blank_desk, "a", told_at=told_at)
    was_sent(blank_desk, "a", ALL)
    await asked(blank_desk, told("a"), unread_files=FILE)
    assert has(blank_desk, "a")[1] == ((ALL,) if stays else ())


async def test_while_a_push_has_no_answer_what_the_intranet_may_have_stays_hers(blank_desk: Desk) -> None:
    knows(blank_desk, "a")
    was_sent(blank_desk, "a", ALL)
    blank_desk.books.people.intend([(record_id(mail("a")), mail("a"), [ALL, FEW])])
    await asked(blank_desk, told("a", ALL, FEW), unread_files=FILE)
    assert has(blank_desk, "a")[1] == tuple(sorted((ALL, FEW)))


async def test_of_a_ledger_in_doubt_an_unread_file_makes_nothing_certain(blank_desk: Desk) -> None:
    knows(blank_desk, "a", read_run=NOT_SINCE)
    for _ in range(2):
        await asked(blank_desk, told("a"), unread_files=FILE)
        share = kept(blank_desk, "a")
        assert share is not None
        assert (share.read_run, share.identities) == (NOT_SINCE, (ALL, own("a")))
        blank_desk.books.people.intend([(record_id(mail("a")), mail("a"), [ALL])])
    was_sent(blank_desk, "a", ALL)
    await asked(blank_desk, told("a"), unread_files=FILE)
    share = kept(blank_desk, "a")
    assert share is not None
    assert (share.read_run, share.identities) == (blank_desk.run, (ALL,)), "what it took since is certain"


@pytest.mark.parametrize(
    ("changes", "matching", "names"),
    [
        ({}, Matching(), True),
        ({"email": "b@example.com"}, Matching(), False),
        ({"email": ""}, Matching(), False),
        ({"gone": True}, Matching(), False),
        ({"hidden": True}, Matching(), False),
        ({}, BY_NAME, True),
        ({"key": "c/a"}, BY_NAME, True),
        ({"key": "a/c"}, BY_NAME, False),
    ],
)
def test_whom_an_unread_file_may_name(
    blank_desk: Desk, changes: Mapping[str, str | bool], matching: Matching, names: bool
) -> None:
    files = {SOURCE: UnreadFile(why="it is broken", addresses={"A": "A@example.com ", "n": "-", "x": ""})}
    run = blank_desk.begin(unread_files=files, matching=matching)
    one = UnreadFiles(run, blank_desk.books.people)
    person = msgspec.structs.replace(told("a"), **changes)
    assert one.names(SOURCE, person) is names
    assert not one.names("itr", person)
