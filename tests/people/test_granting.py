"""Who is pushed at the end of a run: whoever is new or may see more, in a full run everybody, and nobody whose answer is not certain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from connector.ledger.people import NOT_SINCE, Share
from connector.people.granting import Granting, RunGaps
from connector.plan.findings import NAMED_IN_REASONS, Code
from connector.ports.matching import record_id
from tests.desk import NOW, SOURCE, Desk

ALL, FEW = f"{SOURCE}:group:c/all", f"{SOURCE}:group:c/few"
OTHER = "itr"


class Post:
    """Notes which batches of people are pushed. Stands in for `Sending`."""

    batch = 2

    def __init__(self) -> None:
        self.batches: list[dict[str, tuple[str, ...]]] = []

    async def push(self, batch: Sequence[Any]) -> None:
        for identifier, address, _ in batch:
            assert identifier == record_id(address)
        self.batches.append({address: tuple(identities) for _, address, identities in batch})

    @property
    def sent(self) -> dict[str, tuple[str, ...]]:
        return {address: has for one in self.batches for address, has in one.items()}


def mail(key: str) -> str:
    return f"{key}@example.com"


def own(key: str) -> str:
    return f"{SOURCE}:user:{key}"


def told(desk: Desk, key: str, *identities: str, **changes: Any) -> None:
    """This run read her so."""
    one = {"source": SOURCE, "address": mail(key), "read_run": desk.run, "told_at": NOW, **changes}
    desk.books.people.note([Share(key=key, identities=tuple(sorted({*identities, own(key)})), **one)])


def has(desk: Desk, key: str, *identities: str) -> None:
    """The intranet took her record so."""
    people = desk.books.people
    records = [(record_id(mail(key)), mail(key), sorted({*identities, own(key)}))]
    people.confirm(records, before=people.intend(records), session_run=1, redo_after=None, now=NOW)


async def give(
    desk: Desk,
    gaps: RunGaps | None = None,
    *,
    whole: bool = False,
    is_on_hold: Callable[[], bool] = lambda: False,
) -> tuple[Post, bool, set[str]]:
    """What was pushed, whether that is all of it, and whose address is disputed."""
    post = Post()
    granting = Granting(desk.begin(), desk.books.people, post, desk.tally, is_on_hold)  # type: ignore[arg-type]
    return post, await granting.give(gaps or RunGaps(), whole=whole), granting.disputed


async def test_who_is_new_or_may_see_more_is_pushed_and_in_a_full_run_everybody(blank_desk: Desk) -> None:
    for key in "abc":
        told(blank_desk, key, ALL)
    has(blank_desk, "a", ALL)
    has(blank_desk, "b", FEW)
    post, all_of_it, _ = await give(blank_desk)
    assert (post.sent.keys(), all_of_it) == ({mail("b"), mail("c")}, True)
    assert post.sent[mail("b")] == (ALL, own("b"))
    post, _, _ = await give(blank_desk, whole=True)
    assert [len(one) for one in post.batches] == [2, 1]
    assert post.sent.keys() == {mail("a"), mail("b"), mail("c")}


async def test_whoever_waits_for_another_source_is_given_nothing_yet(blank_desk: Desk) -> None:
    told(blank_desk, "a", ALL)
    told(blank_desk, "a", FEW, source=OTHER, read_run=NOT_SINCE)
    assert (await give(blank_desk, whole=True))[0].sent == {}


async def test_nothing_is_sent_from_the_moment_that_the_target_is_on_hold(blank_desk: Desk) -> None:
    for key in "abcde":
        told(blank_desk, key, ALL)
    answers = iter([False, True])
    post, all_of_it, _ = await give(blank_desk, is_on_hold=lambda: next(answers))
    assert ([len(one) for one in post.batches], all_of_it) == ([2], False)


async def test_who_is_held_is_sent_in_a_full_run_as_the_intranet_has_her_and_in_a_delta_not(
    blank_desk: Desk,
) -> None:
    for key in "abc":
        told(blank_desk, key, FEW)
        has(blank_desk, key, ALL)
    told(blank_desk, "d", FEW)
    blank_desk.books.people.hold([(record_id(mail(key)), "person-brake") for key in "abc"], run=4)
    post, _, _ = await give(blank_desk, whole=True)
    assert post.sent == {**{mail(key): (ALL, own(key)) for key in "abc"}, mail("d"): (FEW, own("d"))}
    assert max(map(len, post.batches)) == 2
    assert (await give(blank_desk))[0].sent == {mail("d"): (FEW, own("d"))}
    post, all_of_it, _ = await give(blank_desk, whole=True, is_on_hold=lambda: True)
    assert (post.batches, all_of_it) == ([], False)


@pytest.mark.parametrize("unclear", ["no answer", "disputed", "waits"])
async def test_who_is_held_and_not_clear_is_not_sent_what_the_intranet_may_have(
    blank_desk: Desk, unclear: str
) -> None:
    told(blank_desk, "a", FEW)
    has(blank_desk, "a", ALL)
    if unclear == "no answer":
        blank_desk.books.people.intend([(record_id(mail("a")), mail("a"), [ALL])])
    elif unclear == "disputed":
        told(blank_desk, "b", FEW, address=mail("a"))
    else:
        told(blank_desk, "a", FEW, read_run=NOT_SINCE)
    blank_desk.books.people.hold([(record_id(mail("a")), "person-brake")], run=4)
    assert (await give(blank_desk, whole=True))[0].sent == {}


@pytest.mark.parametrize(
    ("gaps", "sent"),
    [
        (RunGaps(absent=1, incomplete=1, unseen=1), "ab"),
        (RunGaps(unknowing=frozenset({SOURCE})), "a"),
        (RunGaps(unknowing=frozenset({OTHER})), "ab"),
        (RunGaps(unknowing=frozenset({OTHER}), absent=1), ""),
        (RunGaps(unknowing=frozenset({OTHER}), incomplete=1), ""),
        (RunGaps(unnamed=1), ""),
    ],
)
async def test_whoever_may_have_more_than_a_ledger_in_doubt_can_tell_waits(
    blank_desk: Desk, gaps: RunGaps, sent: str
) -> None:
    told(blank_desk, "a", ALL)
    told(blank_desk, "b")
    told(blank_desk, "b", source="another")
    assert (await give(blank_desk, gaps))[0].sent.keys() == {mail(key) for key in sent}


async def test_an_address_that_two_people_have_is_told_and_given_nothing(blank_desk: Desk) -> None:
    shared = NAMED_IN_REASONS + 2
    for n in range(shared):
        for one in ("x", "y"):
            told(blank_desk, f"{one}{n}", ALL, address=mail(f"shared{n:03}"))
    told(blank_desk, "a", ALL)
    post, _, disputed = await give(blank_desk, whole=True)
    assert post.sent.keys() == {mail("a")}
    assert disputed == {record_id(mail(f"shared{n:03}")) for n in range(shared)}
    found = [one for one in blank_desk.tally.findings if one.code is Code.TWO_PEOPLE]
    assert [one.values["title"] for one in found] == [mail(f"shared{n:03}") for n in range(NAMED_IN_REASONS)]
    assert {one.values["sources"] for one in found} == {SOURCE}


async def test_an_address_is_disputed_no_more_once_one_of_them_has_another(blank_desk: Desk) -> None:
    for key in "ab":
        told(blank_desk, key, ALL, address=mail("a"))
    granting = Granting(blank_desk.begin(), blank_desk.books.people, Post(), blank_desk.tally, lambda: False)  # type: ignore[arg-type]
    await granting.give(RunGaps())
    assert granting.disputed == {record_id(mail("a"))}
    told(blank_desk, "b", ALL)
    await granting.give(RunGaps())
    assert granting.disputed == set()
