"""What the ledger keeps of people: walked in pages, looked up by ids, and never read as a whole for one batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from connector.ledger import records, shares
from connector.ledger.people import NOT_SINCE, Lost, People, Share
from connector.sandbox.interaxo import InteraxoWorld
from tests.desk import NOW, Desk
from tests.neighbourhood import neighbourhood
from tests.people.estate import COMMUNITY, address

RUN = 5


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> Iterator[People]:
    monkeypatch.setattr(shares, "CHUNK", 3)
    monkeypatch.setattr(records, "CHUNK", 3)
    desk = Desk()
    yield desk.ledger.people("intranet")
    desk.close()


def share(number: int, *, run: int = RUN, mail: str = "", source: str = "ix") -> Share:
    return Share(
        source=source,
        key=f"c/{number}",
        address=mail or f"p{number}@example.com",
        identities=(f"{source}:user:{number}", f"{source}:group:c/all"),
        read_run=run,
        told_at=NOW,
    )


def pushed(people: People, *numbers: int, found: bool = True) -> None:
    records = [(f"person-{n}", f"p{n}@example.com", [f"ix:user:{n}", "ix:group:c/all"]) for n in numbers]
    before = people.intend(records)
    if found:
        people.confirm(records, before={}, session_run=RUN, redo_after=None, now=NOW)
    else:
        people.confirm_not_found(records, before=before, session_run=RUN, redo_after=None, now=NOW)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 6, 8])
def test_every_page_is_reached(people: People, count: int) -> None:
    people.note([share(n) for n in range(count)])
    pushed(people, *range(count))
    assert [one for page in people.addresses() for one in page] == [f"p{n}@example.com" for n in range(count)]
    assert [one.id for page in people.pages() for one in page] == [f"person-{n}" for n in range(count)]
    people.hold([(f"person-{n}", "person-brake") for n in range(1, count)], run=RUN)
    assert [one.id for page in people.pages(held=True) for one in page] == [
        f"person-{n}" for n in range(1, count)
    ]


def test_who_is_silent_keeps_the_address_and_is_named_by_nobody(people: People) -> None:
    people.note([share(1)])
    people.note([Share(source="ix", key="c/1", address="", identities=(), read_run=6, told_at=NOW)])
    assert list(people.addresses()) == []
    assert people.keys_of(["p1@example.com"]) == {"ix": ["c/1"]}
    people.note([Share(source="ix", key="c/1", address="", identities=("ix:user:1",), read_run=7)])
    assert people.keys_of(["p1@example.com"]) == {}, "she has no address any more"


def test_what_the_target_has_of_a_record_stays_known_while_it_finds_nobody(people: People) -> None:
    pushed(people, 1)
    pushed(people, 1, 2, found=False)
    records = people.records(["person-1", "person-2"])
    assert set(records["person-1"].may) == {"ix:group:c/all", "ix:user:1"}
    assert records["person-2"].may == (), "it never was there"
    assert (people.accepted(), people.accepted(RUN), people.accepted(RUN + 1)) == (0, 0, 0)


def test_doubt_forgets_what_was_confirmed_and_read(people: People) -> None:
    people.note([share(1), share(2)])
    pushed(people, 1)
    assert people.any_session()
    assert people.doubt(run=RUN + 1) == 1
    assert people.not_yet_sure("ix") == ["c/1", "c/2"]
    assert {one.read_run for one in people.known("ix", ["c/1", "c/2"]).values()} == {NOT_SINCE}
    record = people.records(["person-1"])["person-1"]
    assert (record.sent, record.session_run) == (None, 0)
    assert record.may, "the intranet may have it all the same"


def test_what_a_source_said_in_the_run_that_doubts_holds(people: People) -> None:
    people.note([share(1), share(2, run=RUN + 1)])
    people.doubt(run=RUN + 1)
    assert people.not_yet_sure("ix") == ["c/1"]
    assert [one.read_run for one in people.known("ix", ["c/1", "c/2"]).values()] == [NOT_SINCE, RUN + 1]


def test_a_removed_record_is_forgotten_once_no_late_call_can_remove_a_newer_one(people: People) -> None:
    pushed(people, 1, 2)
    gone = [
        Lost(id=f"person-{n}", address=f"p{n}@example.com", whole=True, approved=n == 2, why="gone")
        for n in (1, 2)
    ]
    before = people.intend_removal([one.id for one in gone])
    people.removed(gone[:1], before=before, run=RUN, now=NOW, redo_after=NOW + 120)
    people.removed(gone[1:], before=before, run=RUN, now=NOW, redo_after=None)
    assert [one.id for page in people.pages() for one in page] == ["person-1"]
    assert people.not_accepted(RUN + 1) == 0
    people.forget_settled()
    assert people.records(["person-1"])
    assert people.due_again(now=NOW + 119) == []
    assert people.due_again(now=NOW + 120) == ["person-1"]
    people.removed_again(["person-1"], now=NOW + 120, redo_after=None)
    assert not people.records(["person-1"])
    assert people.lost_since(NOW) == 1, "one of them was approved"
    assert people.removed_after_run(RUN - 1) == 2
    assert people.removed_after_run(RUN) == 0


def test_whom_the_target_may_have_removed_it_has_or_not_until_it_says_so(people: People) -> None:
    pushed(people, 1, 2)
    before = people.intend_removal(["person-1", "person-2", "nobody"])
    assert before.keys() == {"person-1", "person-2"}
    assert people.accepted() == 0
    people.still_there([before["person-2"]])
    assert people.records(["person-2"]) == {"person-2": before["person-2"]}
    assert people.accepted() == 1
    people.lose_open(until=NOW + 120)
    after = people.records(["person-1"])["person-1"]
    assert (after.sent, after.may, after.redo_after) == (None, before["person-1"].may, NOW + 120)


def test_two_keys_under_one_address_are_found_when_one_was_just_read(people: People) -> None:
    people.note([share(1, mail="x"), share(2, mail="x", run=3), share(3, mail="y"), share(4, mail="y")])
    assert people.shared_addresses(RUN) == ["x"]


def test_turns_go_to_whoever_was_asked_for_the_longest_ago(people: People) -> None:
    people.note([share(n) for n in range(4)])
    for n in (2, 0, 3):
        people.asked("ix", [f"c/{n}"], run=RUN, now=NOW + n)
    assert people.longest_unasked("ix", 9, run=RUN) == ["c/1"]
    assert people.longest_unasked("ix", 2, run=RUN + 1) == ["c/1", "c/0"]
    assert people.longest_ago("ix", 3) == ["c/1", "c/0", "c/2"]
    assert people.unasked_since("ix", NOW + 2, now=NOW + 9) == ["c/1", "c/0", "c/2"]
    assert people.unasked_since("ix", NOW - 9, now=NOW) == ["c/1", "c/2", "c/3"], "the future counts as never"
    assert people.unasked_in("ix", ["c/0", "c/1"], run=RUN) == ["c/1"]
    assert people.asked_in_vain(RUN + 1) == 0
    people.asked("ix", ["c/1"], run=RUN + 1, now=NOW)
    assert people.asked_in_vain(RUN + 1) == 1


def test_nobody_is_called_by_no_words_and_no_sign_stands_for_other_letters(people: People) -> None:
    def called(key: str, mail: str) -> Share:
        return msgspec.structs.replace(share(0), key=key, address=mail, identities=())

    people.note(
        [called("c/", ""), called("c/U_7", ""), called("c/U17", "u17@example.com"), called("c/%", "")]
    )
    for words, keys in (
        ("", []),
        ("u_7", ["c/U_7"]),
        ("%", ["c/%"]),
        ("_7", []),
        ("c/U_7", ["c/U_7"]),
        ("u17@example.com", ["c/U17"]),
        ("far-longer-than-any-of-the-keys", []),
    ):
        assert [one.key for one in people.shares(words)] == keys, words


async def test_a_batch_reads_its_own_records_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def furnish(world: InteraxoWorld) -> None:
        world.add_community(COMMUNITY, "Example Corp")
        world.add_group(COMMUNITY, "all", "All")
        root = world.add_room(COMMUNITY, "hall", "Hall", authorities=[("group", "all")])
        for number in range(60):
            mail = address(f"p{number}")
            world.add_person(COMMUNITY, mail, f"P{number}", mail, groups=["all"])
            world.add_file(root, f"{number}.txt", content=b"x", author=mail)

    monkeypatch.setattr(shares, "CHUNK", 20)
    monkeypatch.setattr(records, "CHUNK", 20)
    read: list[int] = []
    decode = records._record
    monkeypatch.setattr(records, "_record", lambda row: (read.append(1), decode(row))[1])
    async with neighbourhood(tmp_path, furnish) as near:
        near.values["targets.intranet.batch_documents"] = 10
        await near.run("full")
        read.clear()
        report = await near.run("full")
        assert report.people.pushed == 60
        # weighed, taken, looked up by address, and once more by batch: so many times each, whatever the number of batches
        assert len(read) <= 5 * 60
