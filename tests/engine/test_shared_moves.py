"""The walk of one run by several services: what moves from a room that one of them walks to a room of another, meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from connector.access.audience_updates import AudienceUpdates
from connector.document.document import Listed, Met
from connector.ledger.shards import Shards
from connector.plan.step import AudienceUpdate, How
from connector.ports.engine import Seat
from connector.push.document_push import DocumentPush
from connector.push.outbox import Outbox
from connector.runs import seat
from connector.sources.interaxo.files import Files
from connector.sources.interaxo.lists import Lists
from tests.engine.table import Table, nothing_is_left, table
from tests.ledger.cluster import Cluster
from tests.rules.ground import ALL, ALL_AND_FEW, FEW, ONLY_FEW, audience_of

pytestmark = pytest.mark.usefixtures("looking_often")

MOST = 12
"""Files of the two rooms: they are the largest, and each seat begins with one of them."""
OTHERS = [("group", "others")]


def two_rooms(one: Table, hall: list[tuple[str, str]], vault: list[tuple[str, str]]) -> tuple[str, str]:
    """Two rooms, each walked by another seat."""
    rooms, roots = one.near.rooms, []
    for group in ("all", "few", "others"):
        rooms.add_group("example-corp", group, group.title())
    for name, authorities in (("hall", hall), ("vault", vault)):
        roots.append(rooms.add_room("example-corp", name, name.title(), authorities=authorities))
        for n in range(MOST):
            rooms.add_file(roots[-1], f"{name}-{n}.txt", content=b"x")
    return roots[0], roots[1]


def moves_while_it_is_read(
    one: Table,
    monkeypatch: pytest.MonkeyPatch,
    native: str,
    rooms: tuple[str, str],
    *,
    first: int,
) -> list[str]:
    """
    A file moves while one seat reads it in the room that it leaves; then another seat lists it in the other one.

    Args:
        first: which of the two is pushed first; the other one waits for its answer.

    Returns:
        The rooms from which it was handed to the outbox, as they come.
    """
    hall, vault = rooms
    read_in_hall, listed_in_vault, answered = asyncio.Event(), asyncio.Event(), asyncio.Event()
    added, moved = list[str](), list[str]()
    text, children, add, count = Files.text, Lists.children, Outbox.add, Outbox._count

    async def reading(files: Files, row: Any, document: str) -> Any:
        found = await text(files, row, document)
        if row.item.id == native and row.place.native == hall:
            read_in_hall.set()
            await listed_in_vault.wait()
        return found

    async def listing(lists: Lists, info: Any, container: str, skip: int) -> Any:
        if container == vault and not listed_in_vault.is_set():
            await read_in_hall.wait()
            if not moved:
                moved.append(native)
                one.near.rooms.move(native, vault)
        return await children(lists, info, container, skip)

    async def adding(outbox: Outbox, push: DocumentPush) -> None:
        if push.rendered.id != f"ix-{native}":
            await add(outbox, push)
            return
        if push.room == vault:
            listed_in_vault.set()
        if push.room != rooms[first]:
            await answered.wait()
        added.append(push.room)
        await add(outbox, push)

    def counting(outbox: Outbox, pushes: list[DocumentPush]) -> None:
        count(outbox, pushes)
        if any(push.rendered.id == f"ix-{native}" for push in pushes):
            answered.set()

    monkeypatch.setattr(Files, "text", reading)
    monkeypatch.setattr(Lists, "children", listing)
    monkeypatch.setattr(Outbox, "add", adding)
    monkeypatch.setattr(Outbox, "_count", counting)
    return added


@pytest.mark.parametrize(
    ("first", "hall", "vault", "meanwhile", "then"),
    [
        (0, ALL_AND_FEW, FEW, [[ONLY_FEW]], [ONLY_FEW]),
        (1, ALL_AND_FEW, FEW, [[ONLY_FEW]], [ONLY_FEW]),
        (0, OTHERS, FEW, [[], [ONLY_FEW]], [ONLY_FEW]),
        (1, FEW, ALL_AND_FEW, [[ONLY_FEW], [ALL, ONLY_FEW]], [ALL, ONLY_FEW]),
    ],
    ids=["closed, read first where it stood", "closed, where it stands", "another", "opened"],
)
async def test_what_is_new_and_moves_while_two_read_it_is_shown_to_nobody_whom_its_place_does_not_tell(
    tmp_path: Path,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    first: int,
    hall: list[tuple[str, str]],
    vault: list[tuple[str, str]],
    meanwhile: list[list[str]],
    then: list[str],
) -> None:
    values: dict[str, Any] = {"sources__interaxo__content": True, "targets__intranet__batch_documents": 1}
    async with table(tmp_path, cluster, **values) as (one, _):
        rooms = two_rooms(one, hall, vault)
        await one.near.run("full")
        new = one.near.rooms.add_file(rooms[0], "new.txt", content=b"new")
        with monkeypatch.context() as patch:
            added = moves_while_it_is_read(one, patch, new, rooms, first=first)
            async with asyncio.timeout(60):
                await one.run("full")
        assert added == [rooms[first], rooms[1 - first]], "each was made by another seat"
        assert audience_of(one.near, new) in meanwhile
        nothing_is_left(one)
        assert (await one.near.run("delta")).outcome == "succeeded"
        assert audience_of(one.near, new) == then
        assert one.near.document(new)["CrumbLinks"][-1]["Key"].lower() == "vault"
        assert one.near.found() == one.near.expected()


class Heirs(Table):
    """Whoever has a seat first is told to end before it has walked anything; then somebody else has it."""

    async def _sit(self, seat: Seat) -> None:
        self.stopping[seat.number] = lambda: True
        await super()._sit(seat)
        del self.stopping[seat.number]
        await super()._sit(seat)


async def test_whoever_has_a_seat_after_somebody_who_ended_shows_to_others_what_that_one_did_not(
    tmp_path: Path, cluster: Cluster
) -> None:
    async with table(tmp_path, cluster, make=Heirs) as (one, _):
        hall, vault = two_rooms(one, OTHERS, FEW)
        await one.near.run("full")
        moving = [item.id for item in one.near.rooms.items() if item.parent_id == hall][:3]
        for native in moving:
            one.near.rooms.move(native, vault)
        report = await one.run("full")
        assert one.needed
        assert [audience_of(one.near, native) for native in moving] == [[ONLY_FEW]] * 3
        assert report.outcome == "succeeded", report.reasons


class Dying(Table):
    """Whoever has a seat first is gone without a word once a document was to be shown to others; then somebody else has it."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.exchanged = list[str]()
        self.first = set[int]()

    async def _sit(self, seat: Seat) -> None:
        self.stopping[seat.number] = lambda: seat.number in self.first and bool(self.exchanged)
        self.first.add(seat.number)
        await super()._sit(seat)
        self.first.remove(seat.number)
        await super()._sit(seat)


async def test_whoever_has_a_seat_after_somebody_dead_shows_to_others_what_of_that_is_left(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    note, leave = AudienceUpdates.note, Shards.leave
    async with table(tmp_path, cluster, make=Dying, safety__max_widened=4) as (one, _):
        assert isinstance(one, Dying)
        hall, vault = two_rooms(one, OTHERS, FEW)
        await one.near.run("full")
        moving = [item.id for item in one.near.rooms.items() if item.parent_id == hall][:3]
        for native in moving:
            one.near.rooms.move(native, vault)

        def noting(updates: AudienceUpdates, listed: Listed, update: AudienceUpdate, met: Met) -> None:
            note(updates, listed, update, met)
            if update.how is How.REPLACE:
                one.exchanged.append(listed.id)

        def leaving(shards: Shards, told: str) -> None:
            if shards._seat["seat"] not in one.first:
                leave(shards, told)

        monkeypatch.setattr(AudienceUpdates, "note", noting)
        monkeypatch.setattr(Shards, "leave", leaving)
        monkeypatch.setattr(seat, "BEAT_S", 60.0)  # else it may have been told by chance
        await one.run("full")
        assert one.needed
        shown = [audience_of(one.near, native) for native in moving]
        assert shown.count([ONLY_FEW]) == 1, "of two, since of one nobody knows"
        nothing_is_left(one)
