"""A comparison knows only what stood while it asked: what was sent, removed or hidden meanwhile is no drift."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from types import SimpleNamespace
from typing import Any, cast

import pytest

from connector.ledger.compared import note_kept, read_compared
from connector.plan.findings import Code
from connector.ports.target import RemoteState, Target
from connector.runs.comparing import NO_NOTE, Compared, ask_slice, take_slice
from tests.desk import Desk

LOST = RemoteState(exists=False)
IDS = [f"ix-{number:02}" for number in range(12)]


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Twelve confirmed documents."""
    with closing(Desk()) as one:
        for identifier in IDS:
            one.add(identifier, "")
        yield one


def intranet(desk: Desk, lost: set[str], meanwhile: Callable[[str], None] = lambda _: None) -> Target:
    """An intranet that has all but some as the ledger says; something happens while it answers."""

    async def state(identifier: str) -> RemoteState:
        fingerprint = desk.documents.fingerprints([identifier])[identifier][0]
        meanwhile(identifier)
        return LOST if identifier in lost else RemoteState(exists=True, fingerprint=fingerprint.hex())

    return cast(Target, SimpleNamespace(state=state, key="intranet-1"))


def drop(desk: Desk, identifier: str) -> None:
    desk.say(f"DELETE FROM documents WHERE id = '{identifier}'")


async def test_what_was_removed_since_the_ids_were_read_is_not_asked_for(desk: Desk) -> None:
    compared = Compared(notes_are_kept=True)
    drop(desk, "ix-09")
    await compared.compare(intranet(desk, set()), desk.documents, IDS, at_once=8)
    assert (compared.asked, compared.counts, compared.last) == (11, {}, "ix-11")


async def test_what_was_removed_or_sent_while_it_was_asked_for_is_no_drift(desk: Desk) -> None:
    compared = Compared(notes_are_kept=True)

    def meanwhile(identifier: str) -> None:
        if identifier == "ix-01":
            drop(desk, identifier)
        if identifier == "ix-02":
            desk.add(identifier, "", title="sent anew")

    await compared.compare(
        intranet(desk, {"ix-01", "ix-02", "ix-03"}, meanwhile), desk.documents, IDS, at_once=8
    )
    take_slice(desk.work, intranet(desk, set()), desk.books, compared, desk.tally)
    assert (compared.asked, compared.counts, [one.id for one in compared.found]) == (
        10,
        {"missing": 1},
        ["ix-03"],
    )
    (found,) = [one for one in desk.report.findings if one.code is Code.NOT_AS_NOTED]
    assert cast(Any, found).values == {"count": 1, "asked": 10}
    left = desk.documents.known(IDS)
    assert {one for one in left if left[one].fingerprint is None} == {"ix-03"}


async def test_whether_notes_are_kept_is_decided_by_what_the_run_has_heard_when_it_takes_the_slice(
    desk: Desk,
) -> None:
    async def state(_: str) -> RemoteState:
        return RemoteState(exists=True)  # as it is, but without a note

    target = cast(Target, SimpleNamespace(state=state, key="intranet-1"))
    run = desk.begin("full")
    for kept, drift in ((False, {}), (True, {NO_NOTE: 1})):
        note_kept(desk.books.notes(""), target.key, kept=not kept)
        asked = await ask_slice(run, target, desk.books)
        assert asked is not None
        note_kept(
            desk.books.notes(""), target.key, kept=kept
        )  # the notes beside rooms were looked at meanwhile
        take_slice(run, target, desk.books, asked, desk.tally)
        told = read_compared(desk.books.notes(""), run.target)
        assert told is not None
        assert (told.asked, told.drift, told.notes_are_kept) == (1, drift, kept)


async def test_an_intranet_that_only_changed_meanwhile_was_not_emptied(desk: Desk) -> None:
    compared = Compared(notes_are_kept=True)
    await compared.compare(
        intranet(desk, set(IDS), lambda one: desk.add(one, "", title="sent anew")),
        desk.documents,
        IDS,
        at_once=8,
    )
    assert compared.tells_of_everything
    compared.leave_out_changed(desk.documents)
    assert not compared.tells_of_everything
    assert not compared.counts
