"""The words of an entry's main document stand in the entry only where all who see the entry may see the document."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from connector.sandbox.faults import LIST_200, Status
from tests.combinations import pairs
from tests.estates import Small
from tests.neighbourhood import Neighbourhood
from tests.people.estate import ALL, ALL_AND_FEW, FEW, address, estate, sees
from tests.rules.ground import authorities_of, break_all

WITH_TEXTS = {"sources__interaxo__content": True, "sources__interaxo__main_document_text": True}


def attach(near: Neighbourhood, small: Small, who: list[tuple[str, str]]) -> str:
    """Give the entry a main document that few or all may see."""
    for person in ("kari", "ola"):
        near.intranet.seed_person(address(person), person.capitalize(), [])
    file: str = near.rooms.add_file(small.rfi, "salary.txt", content=b"kronprinsesse salary list")
    near.rooms.set_authorities(file, who)
    near.rooms.set_main_document(small.rfi, file)
    return file


def hits(near: Neighbourhood, person: str) -> set[str]:
    """What a person finds by a word of the main document."""
    return {hit.id for hit in near.intranet.search("kronprinsesse", person=address(person))}


@pytest.mark.parametrize("permissions", ["item", "folder"])
@pytest.mark.parametrize("mode", ["full", "delta"])
async def test_the_words_of_a_closed_attachment_stand_not_in_its_entry(
    tmp_path: Path, permissions: str, mode: str
) -> None:
    async with estate(tmp_path, permissions, **WITH_TEXTS) as (near, small):
        if mode == "delta":
            await near.run("full")
        secret = attach(near, small, FEW)
        await near.run(mode)
        await near.run("delta")
        assert f"ix-{small.rfi}" in sees(near, "kari")
        assert hits(near, "kari") == set()
        if permissions == "item" or mode == "full":
            assert hits(near, "ola") == {f"ix-{secret}"}


@pytest.mark.parametrize("permissions", ["item", "folder", "room"])
async def test_the_words_of_an_attachment_that_all_may_see_do(tmp_path: Path, permissions: str) -> None:
    async with estate(tmp_path, permissions, **WITH_TEXTS) as (near, small):
        file = attach(near, small, ALL)
        await near.run("full")
        assert hits(near, "kari") == {f"ix-{file}", f"ix-{small.rfi}"}


@pytest.mark.parametrize("how", [Status(403), Status(404), Status(503), LIST_200])
async def test_they_do_not_while_nobody_tells_who_may_see_it(tmp_path: Path, how: Status) -> None:
    async with estate(tmp_path, "folder", **WITH_TEXTS) as (near, small):
        file = attach(near, small, ALL)
        break_all(near, authorities_of(file), how)
        await near.run("full")
        assert f"ix-{small.rfi}" not in hits(near, "kari")
        near.wire.clear()
        await near.run("full")
        assert f"ix-{small.rfi}" in hits(near, "kari")


async def test_they_go_with_the_right_and_come_back_with_it(tmp_path: Path) -> None:
    async with estate(tmp_path, "item", **WITH_TEXTS) as (near, small):
        file = attach(near, small, ALL)
        await near.run("full")
        assert f"ix-{small.rfi}" in hits(near, "kari")
        near.rooms.set_authorities(file, FEW)
        await near.run("delta")
        assert hits(near, "kari") == set()
        near.rooms.set_authorities(file, ALL_AND_FEW)
        await near.run("delta")
        assert f"ix-{small.rfi}" in hits(near, "kari")


async def test_they_go_when_more_people_see_the_entry(tmp_path: Path) -> None:
    async with estate(tmp_path, "item", **WITH_TEXTS) as (near, small):
        file = attach(near, small, FEW)
        near.rooms.set_authorities(small.rfi, FEW)
        near.rooms.set_authorities(file, FEW)
        await near.run("full")
        assert hits(near, "ola") == {f"ix-{file}", f"ix-{small.rfi}"}
        near.rooms.set_authorities(small.rfi, ALL_AND_FEW)
        near.rooms.set_authorities(file, FEW)
        await near.run("delta")
        assert f"ix-{small.rfi}" in sees(near, "kari")
        assert hits(near, "kari") == set()


def moves_to_a_closed_folder(near: Neighbourhood, small: Small, file: str) -> None:
    near.rooms.inherit_authorities(file)
    closed = near.rooms.add_folder(small.bridge, "Closed")
    near.rooms.set_authorities(closed, FEW)
    near.rooms.move(file, closed)


def is_removed(near: Neighbourhood, small: Small, file: str) -> None:
    near.rooms.remove(file)


def is_another_version(near: Neighbourhood, small: Small, file: str) -> None:
    near.rooms.new_version(file, b"nothing to be told any more")


@pytest.mark.parametrize(
    ("what", "permissions", "left"),
    pairs([moves_to_a_closed_folder, is_removed, is_another_version], ["item", "folder", "room"], [0, 1]),
)
async def test_an_entry_tells_nothing_of_what_its_main_document_was_in_the_run_that_sees_it(
    tmp_path: Path, permissions: str, left: int, what: Callable[[Neighbourhood, Small, str], None]
) -> None:
    async with estate(tmp_path, permissions, **WITH_TEXTS) as (near, small):
        file = attach(near, small, ALL)
        if left == 0:
            near.rooms.remove(small.photo)
        await near.run("full")
        assert f"ix-{small.rfi}" in hits(near, "kari")
        what(near, small, file)
        await near.run("delta")
        assert f"ix-{small.rfi}" not in hits(near, "kari")
        mark = near.intranet.mark()
        await near.run("delta")
        assert not near.intranet.pushed_since(mark)
        assert f"ix-{small.rfi}" in sees(near, "kari")


async def test_what_cannot_be_asked_for_in_that_run_is_made_anew_by_the_next_one(tmp_path: Path) -> None:
    async with estate(tmp_path, "item", **WITH_TEXTS) as (near, small):
        file = attach(near, small, ALL)
        await near.run("full")
        is_another_version(near, small, file)
        break_all(near, f"/v1/*/rooms/*/content/{small.rfi}", Status(503))
        await near.run("delta")
        near.wire.clear()
        await near.run("delta")
        assert hits(near, "kari") == set()


def closes(near: Neighbourhood, small: Small, file: str) -> None:
    near.rooms.set_authorities(file, FEW)


def stays_closed_while_the_entry_opens(near: Neighbourhood, small: Small, file: str) -> None:
    near.rooms.set_authorities(small.rfi, ALL_AND_FEW)


@pytest.mark.parametrize("silent", ["document", "main's content"])
@pytest.mark.parametrize("what", [closes, stays_closed_while_the_entry_opens, moves_to_a_closed_folder])
async def test_the_words_that_some_may_not_see_do_not_wait_for_a_main_document_that_cannot_be_read(
    tmp_path: Path, silent: str, what: Callable[[Neighbourhood, Small, str], None]
) -> None:
    async with estate(tmp_path, "item", **WITH_TEXTS) as (near, small):
        file = attach(near, small, FEW if what is stays_closed_while_the_entry_opens else ALL)
        if what is stays_closed_while_the_entry_opens:
            near.rooms.set_authorities(small.rfi, FEW)
        await near.run("full")
        assert f"ix-{small.rfi}" in hits(
            near, "ola" if what is stays_closed_while_the_entry_opens else "kari"
        )
        what(near, small, file)
        if silent == "document":
            break_all(near, f"GET *content/{small.rfi}/document", Status(503))
        else:
            near.rooms.rename(small.rfi, "Another name")
            break_all(near, f"GET *files/{file}/content", Status(503))
        for _ in range(2):
            await near.run("delta")
        assert f"ix-{small.rfi}" in sees(near, "kari")
        assert f"ix-{small.rfi}" not in hits(near, "kari")
