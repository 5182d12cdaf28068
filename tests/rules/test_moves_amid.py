"""Rule 6: what moves into a closed room while the room that it left is still worked on is shown as the closed one tells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connector.crawl.items import Items
from connector.crawl.places import Places
from connector.push.outbox import Outbox
from connector.sources.interaxo.files import Files
from connector.sources.interaxo.lists import Lists
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import (
    ALL,
    ALL_AND_FEW,
    FEW,
    ONLY_FEW,
    audience_of,
    files_of,
    plain_world,
)


def moves_before_it_is_listed(
    near: Neighbourhood,
    monkeypatch: pytest.MonkeyPatch,
    root: str,
    after: asyncio.Event,
    deed: Callable[[], Any],
) -> None:
    """Do something once, just before a room is listed; that waits for something else."""
    children = Lists.children
    done: list[bool] = []

    async def listed(lists: Lists, info: Any, native: str, skip: int) -> Any:
        if native == root and not done:
            done.append(True)
            await after.wait()
            deed()
        return await children(lists, info, native, skip)

    monkeypatch.setattr(Lists, "children", listed)


@pytest.mark.parametrize("new", [False, True])
@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_what_moves_while_its_file_is_read_is_shown_as_its_new_room_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, new: bool
) -> None:
    """Its push from the room that it left would come last."""
    async with plain_world(tmp_path, hall=1, vault=1) as (near, roots):
        near.values |= {"sources.interaxo.concurrency": 4, "sources.interaxo.content": True}
        near.values["targets.intranet.batch_documents"] = 1
        near.rooms.set_authorities(roots["hall"], ALL_AND_FEW)
        near.rooms.set_authorities(roots["vault"], FEW)
        await near.run("full")
        (moving,) = files_of(near, roots["hall"])
        assert audience_of(near, moving) == [ALL, ONLY_FEW]
        near.rooms.rename(moving, "another.txt")
        if new:
            moving = near.rooms.add_file(roots["hall"], "new.txt", content=b"new")
        in_hand, arrived = asyncio.Event(), asyncio.Event()
        text, add = Files.text, Outbox.add

        async def read(files: Files, row: Any, document: str) -> Any:
            found = await text(files, row, document)
            if row.item.id == moving and row.place.native == roots["hall"]:
                in_hand.set()
                await arrived.wait()
            return found

        async def added(outbox: Outbox, push: Any) -> None:
            await add(outbox, push)
            if push.rendered.id == f"ix-{moving}" and push.room == roots["vault"]:
                arrived.set()

        monkeypatch.setattr(Files, "text", read)
        monkeypatch.setattr(Outbox, "add", added)
        moves_before_it_is_listed(
            near, monkeypatch, roots["vault"], in_hand, lambda: near.rooms.move(moving, roots["vault"])
        )
        async with asyncio.timeout(60):
            report = await near.run(mode)
        assert audience_of(near, moving) == [ONLY_FEW], report.reasons
        assert near.found() == near.expected()
        await near.run("delta")
        assert audience_of(near, moving) == [ONLY_FEW]


async def test_who_was_to_see_it_where_it_stood_is_not_noted_after_it_was_met_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page that lists it in the opened room is still worked on when the closed one is."""
    async with plain_world(tmp_path, hall=2, vault=1) as (near, roots):
        near.values["sources.interaxo.concurrency"] = 4
        for root in roots.values():
            near.rooms.set_authorities(root, FEW)
        await near.run("full")
        near.rooms.set_authorities(roots["hall"], ALL_AND_FEW)
        first, moving = sorted(files_of(near, roots["hall"]))
        near.rooms.rename(first, "another.txt")
        in_hand, met = asyncio.Event(), asyncio.Event()
        push, arrive = Items._push, Places.arrive

        async def held(items: Items, listed: Any, *more: Any) -> Any:
            if listed.native == first:
                in_hand.set()
                await met.wait()
            return await push(items, listed, *more)

        def arriving(places: Places, rows: Any, known: Any, place: Any) -> None:
            arrive(places, rows, known, place)
            if place.room == roots["vault"] and any(row.native == moving for row in rows):
                met.set()

        monkeypatch.setattr(Items, "_push", held)
        monkeypatch.setattr(Places, "arrive", arriving)
        moves_before_it_is_listed(
            near, monkeypatch, roots["vault"], in_hand, lambda: near.rooms.move(moving, roots["vault"])
        )
        async with asyncio.timeout(60):
            await near.run("delta")
        assert audience_of(near, moving) == [ONLY_FEW]
        assert audience_of(near, first) == [ALL, ONLY_FEW]


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_what_stands_in_a_folder_that_moves_is_shown_as_its_new_room_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """It stands in the same folder as before."""
    inner: list[str] = []
    async with plain_world(tmp_path, hall=1, vault=1) as (near, roots):
        near.values["sources.interaxo.concurrency"] = 4
        for root in roots.values():
            near.rooms.set_authorities(root, FEW)
        folder = near.rooms.add_folder(roots["hall"], "folder")
        deeper = near.rooms.add_folder(folder, "deeper")
        inner += [near.rooms.add_file(one, "inner.txt", content=b"x") for one in (folder, deeper)]
        await near.run("full")
        near.rooms.set_authorities(roots["hall"], ALL_AND_FEW)
        met = asyncio.Event()
        arrive = Places.arrive

        def arriving(places: Places, rows: Any, known: Any, place: Any) -> None:
            arrive(places, rows, known, place)
            if place.room == roots["hall"] and any(row.native == inner[1] for row in rows):
                met.set()

        monkeypatch.setattr(Places, "arrive", arriving)
        moves_before_it_is_listed(
            near, monkeypatch, roots["vault"], met, lambda: near.rooms.move(folder, roots["vault"])
        )
        async with asyncio.timeout(60):
            report = await near.run(mode)
        for one in (folder, deeper, *inner):
            assert audience_of(near, one) == [ONLY_FEW], report.reasons
        assert near.found() == near.expected()


@pytest.mark.parametrize("permissions", ["folder", "item"])
async def test_what_stands_in_a_folder_that_moves_within_a_room_is_shown_as_its_new_place_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, permissions: str
) -> None:
    async with plain_world(tmp_path, hall=0) as (near, roots):
        near.values |= {
            "sources.interaxo.concurrency": 4,
            "sources.interaxo.permissions": permissions,
            "sources.interaxo.audience_share": 1.0,
        }
        near.rooms.set_authorities(roots["hall"], ALL_AND_FEW)
        opened = near.rooms.add_folder(roots["hall"], "opened")
        closed = near.rooms.add_folder(roots["hall"], "closed")
        folder = near.rooms.add_folder(opened, "folder")
        inner = near.rooms.add_file(folder, "inner.txt", content=b"x")
        everything = (opened, closed, folder, inner, near.rooms.add_file(closed, "there.txt", content=b"x"))
        for one in everything:
            near.rooms.set_authorities(one, FEW)
        await near.run("full")
        for one in (opened, folder, inner):
            near.rooms.set_authorities(one, ALL_AND_FEW)
        met = asyncio.Event()
        arrive = Places.arrive

        def arriving(places: Places, rows: Any, known: Any, place: Any) -> None:
            arrive(places, rows, known, place)
            if any(row.native == inner for row in rows):
                met.set()

        def move() -> None:
            near.rooms.move(folder, closed)
            for one in (folder, inner):
                near.rooms.set_authorities(one, FEW)

        monkeypatch.setattr(Places, "arrive", arriving)
        moves_before_it_is_listed(near, monkeypatch, closed, met, move)
        async with asyncio.timeout(60):
            report = await near.run("delta")
        assert audience_of(near, inner) == [ONLY_FEW], report.reasons
        assert audience_of(near, folder) == [ONLY_FEW], report.reasons


@pytest.mark.parametrize("last", ["itself", "what stands in it"])
@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_a_folder_that_moves_before_it_is_listed_in_the_room_that_it_left_is_missing_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, last: str
) -> None:
    """What it left answers 404 for it, after it was sent as its new room lists it."""
    async with plain_world(tmp_path, hall=1, vault=1) as (near, roots):
        near.values["sources.interaxo.concurrency"] = 4
        folder = near.rooms.add_folder(roots["hall"], "folder")
        deeper = near.rooms.add_folder(folder, "deeper")
        inner = near.rooms.add_file(deeper, "inner.txt", content=b"x")
        near.rooms.set_authorities(roots["vault"], FEW)
        await near.run("full")
        late = folder if last == "itself" else deeper
        for one in (folder, deeper):
            near.rooms.add_file(one, "another.txt", content=b"x")
        near.values["targets.intranet.batch_documents"] = 1
        left, arrived = asyncio.Event(), asyncio.Event()
        arrive, children, count = Places.arrive, Lists.children, Outbox._count

        def arriving(places: Places, rows: Any, known: Any, place: Any) -> None:
            arrive(places, rows, known, place)
            if place.room == roots["hall"] and any(row.native == late for row in rows):
                left.set()

        def counting(outbox: Outbox, pushes: list[Any]) -> None:
            count(outbox, pushes)
            if any(one.listed.native == late and one.room == roots["vault"] for one in pushes):
                arrived.set()

        async def listed(lists: Lists, info: Any, native: str, skip: int) -> Any:
            if native == late and info.root == roots["hall"]:
                await arrived.wait()
            elif native == roots["vault"] and not arrived.is_set():
                await left.wait()
                if near.rooms.item(folder).parent_id != roots["vault"]:
                    near.rooms.move(folder, roots["vault"])
            return await children(lists, info, native, skip)

        monkeypatch.setattr(Places, "arrive", arriving)
        monkeypatch.setattr(Outbox, "_count", counting)
        monkeypatch.setattr(Lists, "children", listed)
        async with asyncio.timeout(60):
            report = await near.run(mode)
        assert arrived.is_set()
        assert report.outcome == "succeeded", report.reasons
        assert near.found() == near.expected()
        assert audience_of(near, inner) == [ONLY_FEW]
