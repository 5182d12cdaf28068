"""
Whether a 404 of ITR proves that a record is gone. It does if another record (the witness) shows that the account sees such records,
and its rights have not changed.

An account that may work with its own objects only gets a 404 for everybody else's records, and its own record need not
say so: rights stand in two databases, and lists and details are filtered by the one that it cannot read. A record of the
same kind that somebody else manages (or nobody: those are hidden as well), and that answers 200 after the 404, shows that
the account sees such records. Kinds without a manager's column are filtered by no right. Source: docs/itr.md, rights (observed).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from enum import Enum

from connector.errors import BROKEN_OFF, RecordGone, RecordHidden, RecordInvalid
from connector.sources.itr.account import Account
from connector.sources.itr.kinds import CLIENT, Kind, Place
from connector.sources.itr.list_cache import ListCache
from connector.sources.itr.listing import readable
from connector.sources.itr.records import Records
from connector.sources.itr.rights import Rights
from connector.sources.itr.same_answer import SameAnswer
from connector.sources.itr.wire import ZERO, Row, manager_of

CALLED = 3
"""Witnesses that are asked for, one after the other: the first may have gone meanwhile."""


class Doubt(Enum):
    """Why a 404 proves nothing, in words."""

    NO_WITNESS = "no record of its kind that somebody else manages answers this account, so this one may only be hidden"
    NEW_RIGHTS = "the account's company or rights have just changed"


class NotFoundProof:
    """
    What the 404s of one account prove in one run.

    Args:
        clock: seconds by a clock that nobody sets.
    """

    def __init__(
        self,
        account: Account,
        list_cache: ListCache,
        records: Records,
        rights: Rights,
        clock: Callable[[], float],
    ) -> None:
        self.same_answer = SameAnswer(account, list_cache)
        self._account = account
        self._list_cache = list_cache
        self._records = records
        self._rights = rights
        self._clock = clock
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.forget()

    def forget(self) -> None:
        """Begin a run."""
        self.same_answer.forget()
        self._not_founds = 0
        self._found: dict[str, tuple[int, Doubt | None]] = {}
        """By kind: the newest 404 that was looked into, counted from 1, and what was found."""
        self._witnesses_of: dict[str, list[str]] = {}

    async def is_possible(self, kind: Kind) -> bool:
        """Whether a 404 of this kind can be a proof at all; where rights do not filter, it always can."""
        return not kind.own_objects or bool(await self._witnesses(kind))

    async def doubt(self, kind: Kind) -> Doubt | None:
        """
        Say why a 404 that just came proves nothing; None when it is proof.

        What is found counts for every 404 that came before it: those that come together are looked into once.

        Raises:
            SourceUnavailable, SourceRefused: nobody can be asked now.
        """
        self._not_founds += 1
        mine = self._not_founds
        async with self._locks[kind.name]:
            newest, doubt = self._found.get(kind.name, (0, None))
            if newest < mine:
                newest = self._not_founds
                doubt = await self._look(kind)
                self._found[kind.name] = newest, doubt
            return doubt

    async def _look(self, kind: Kind) -> Doubt | None:
        if not self._rights.settled(self._clock()) or not await self._account.has_same_rights():
            return Doubt.NEW_RIGHTS
        if kind.own_objects and not await self._somebody_elses_answers(kind):
            return Doubt.NO_WITNESS
        return None

    async def _somebody_elses_answers(self, kind: Kind) -> bool:
        for key in await self._witnesses(kind):
            try:
                manager = await self._records.manager(Place(kind=kind, database=CLIENT), key)
            except (RecordGone, RecordHidden, RecordInvalid):
                continue
            # a record that does not tell who manages it may be the account's own, which no right hides
            if manager is not None and str(manager) != self._account.login_key:
                return True
        return False

    async def _witnesses(self, kind: Kind) -> list[str]:
        """Keys of the first records of this run's list that somebody else manages; of nobody's, which may be those that do not tell, the last."""
        if kind.name not in self._witnesses_of:
            found: list[Row] = []
            try:
                for page in (await self._list_cache.read(kind, CLIENT)).pages():
                    found += [row for row in readable(page) if self._is_somebody_elses(row)]
                    if len(found) >= CALLED:
                        break
            except BROKEN_OFF:
                return []
            found.sort(key=lambda row: manager_of(row) in {ZERO, None})
            self._witnesses_of[kind.name] = [row.key for row in found[:CALLED]]
        return self._witnesses_of[kind.name]

    def _is_somebody_elses(self, row: Row) -> bool:
        return str(manager_of(row)) != self._account.login_key
