"""Lists that a run shares: read once, and never taken for whole when their reading was cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast
from uuid import UUID

import pytest

from connector.errors import SourceUnavailable
from connector.ports.source import Note
from connector.sources.itr.kinds import CLIENT, GROUPS
from connector.sources.itr.list_cache import ListCache
from connector.sources.itr.listing import Listing, Lists, Proof, key_of
from connector.sources.itr.wire import Group, Record

ROWS = [Record(Group(id=UUID(int=number), active=True)) for number in range(1, 5)]


class Notes:
    """What a source remembers, in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Note] = {}

    def get(self, kind: str, key: str) -> Note | None:
        return self.kept.get((kind, key))

    def put(self, kind: str, key: str, value: bytes, *, mark: bytes = b"", run: int = 0) -> None:
        self.kept[kind, key] = Note(value, mark, run)


class Slow:
    """Lists whose second page can be cut off; one row a page."""

    def __init__(self) -> None:
        self.cut: BaseException | None = None
        self.begun = 0
        self.trusted: list[Mapping[str, Proof]] = []

    async def read(
        self,
        path: str,
        kind: type[Group],
        listings: Mapping[str, Listing],
        *,
        names: tuple[str, ...],
        trusted: Mapping[str, Proof],
    ) -> AsyncIterator[None]:
        self.begun += 1
        self.trusted.append(trusted)
        for row in ROWS:
            await asyncio.sleep(0)
            if self.cut is not None and listings[CLIENT].count:
                cut, self.cut = self.cut, None
                raise cut
            listings[CLIENT].add([row], path)
            yield
        listings[CLIENT].proven = True

    def forget(self) -> None:
        """Nothing is kept."""


def made() -> tuple[ListCache, Slow]:
    slow = Slow()
    return ListCache(cast(Lists, slow), Notes(), {}, lambda: 0.0), slow


async def keys(list_cache: ListCache) -> list[str]:
    return [key_of(row) for page in (await list_cache.read(GROUPS, CLIENT)).pages() for row in page]


async def test_all_who_need_a_list_at_once_share_one_reading() -> None:
    list_cache, slow = made()
    found = await asyncio.gather(*(keys(list_cache) for _ in range(5)))
    assert slow.begun == 1
    assert all(one == [row.row.key for row in ROWS] for one in found)


@pytest.mark.parametrize("cut", [SourceUnavailable("down"), asyncio.CancelledError()])
async def test_a_reading_that_was_cut_off_is_begun_anew(cut: BaseException) -> None:
    list_cache, slow = made()
    slow.cut = cut
    first, *others = await asyncio.gather(*(keys(list_cache) for _ in range(3)), return_exceptions=True)
    outcomes: list[Any] = [first, *others]
    assert sum(isinstance(one, BaseException) for one in outcomes) == 1
    assert all(len(one) == len(ROWS) for one in outcomes if not isinstance(one, BaseException))
    assert len(await keys(list_cache)) == len(ROWS)
    assert slow.begun == 2


async def test_only_a_run_that_may_trust_is_given_what_was_proven_before() -> None:
    list_cache, slow = made()
    await keys(list_cache)
    for trusting in (True, False):
        list_cache.forget(trusting=trusting)
        await keys(list_cache)
    assert [set(one) for one in slow.trusted] == [set(), {CLIENT}, set()]
