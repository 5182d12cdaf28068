"""
What one answer of a list tells of a record that answered 404: whether the list lacks it while it shows what somebody else manages.

Each process of the server keeps rights for a minute of its own (observed), so a 404, a list and a witness may be of several that know
different rights: a list that ends at a record of the account itself seems whole to a process that shows only such. One answer is of one
process. The list is asked from the record's key on, then backwards: the record would come first, so that a page that is cut hides it never.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from enum import Enum

import msgspec

from connector.sources.itr.account import Account
from connector.sources.itr.kinds import Kind
from connector.sources.itr.list_cache import ListCache
from connector.sources.itr.listing import BACKWARDS, BY_KEY, Managed


class Told(Enum):
    """What an answer tells of a record."""

    LACKS = "lacks"
    HOLDS = "holds"
    NOTHING = "nothing"
    """All that stands around it is managed by the account, or does not tell by whom: the others may be hidden."""


class _Stretch(msgspec.Struct, frozen=True):
    """A part of a list that one answer told whole, with something that somebody else manages."""

    low: str
    high: str
    keys: frozenset[str]


class SameAnswer:
    """What single answers of one account's lists told in one run."""

    def __init__(self, account: Account, list_cache: ListCache) -> None:
        self._account = account
        self._list_cache = list_cache
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._stretches: defaultdict[str, list[_Stretch]] = defaultdict(list)

    def forget(self) -> None:
        """Begin a run."""
        self._stretches.clear()

    async def tells(self, kind: Kind, key: str) -> Told:
        """
        Say what an answer tells of a record of the company's database.

        Raises:
            ListingIncomplete, SourceUnavailable, SourceRefused, RecordHidden: no answer.
        """
        async with self._locks[kind.name]:
            for sort, sign in ((None, ""), (BY_KEY, ">="), (BACKWARDS, "<=")):
                if sort is not None:
                    self._take(kind, key, await self._list_cache.managed(kind, f"ID{sign}{key}", sort))
                for one in self._stretches[kind.name]:
                    if one.low <= key <= one.high:
                        return Told.HOLDS if key in one.keys else Told.LACKS
        return Told.NOTHING

    def _take(self, kind: Kind, key: str, rows: list[Managed]) -> None:
        """Keep what an answer told, if its rows are in order on one side of the key, and one is somebody else's."""
        keys = [one.key for one in rows]
        if not any(one.manager is not None and str(one.manager) != self._account.login_key for one in rows):
            return
        if "" in keys or keys not in (sorted(keys), sorted(keys, reverse=True)):
            return
        if key <= min(keys) or max(keys) <= key:
            low, high = min(key, *keys), max(key, *keys)
            self._stretches[kind.name].append(_Stretch(low, high, frozenset(keys)))
