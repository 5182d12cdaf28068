"""
The tests of sessions: of one session by itself, or of all that follow it, many in one call.

The list of all tests is asked for from one session on, ordered by session. What stands before the last session of
an answer is whole, whether a session has tests there or none; for the last one, which the page may have cut,
the session's own list is asked. Never the detail of a test, which bills it. Source: docs/itr.md, lists (observed).
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import cast
from uuid import UUID

import msgspec

from connector.errors import RecordInvalid, SourceUnavailable
from connector.sources.itr.account import quote_key
from connector.sources.itr.kinds import CLIENT
from connector.sources.itr.listing import Lists
from connector.sources.itr.wire import ZERO, Record, SessionTest, Unreadable

AHEAD = 1_000
"""Tests of one call that looks ahead; a session has two to five."""
ALONE = 3
"""Sessions of one page of the list that are asked for one by one, before looking ahead is cheaper."""


class SessionTests:
    """The tests of one account's sessions in one run."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._lock = asyncio.Lock()
        self._starts: list[str] = []
        self._asked: Counter[int] = Counter()
        self.forget()

    def forget(self) -> None:
        """Begin a run."""
        self._starts.clear()
        self._asked.clear()
        self.calls_ahead = 0
        """Calls for sessions that were asked for with those that follow."""
        self._first = self._end = ""
        self._whole: dict[str, list[SessionTest]] = {}
        self._odd: dict[str, str] = {}
        """Why a test of a session cannot be read."""
        self._nothing_from: str | None = None
        """From this session on, looking ahead tells nothing."""

    def meet(self, session: str) -> None:
        """Note where a page of the list of sessions starts; pages come in their order."""
        self._starts.append(session)

    async def of(self, session: str, *, ahead: bool) -> list[SessionTest]:
        """
        Read the tests of a session, in their sequence.

        Args:
            ahead: the sessions that follow are asked for as well.

        Raises:
            RecordInvalid: one of them cannot be read.
            SourceUnavailable, SourceRefused, ListingIncomplete, RecordGone, RecordHidden: they cannot be read now.
        """
        page = bisect_right(self._starts, session)
        self._asked[page] += 1
        async with self._lock:
            many = ahead or self._asked[page] > ALONE
            if many and not self._covers(session) and not self._is_past(session):
                self.calls_ahead += ahead
                await self._look_ahead(session)
            found = self._whole.get(session, []) if self._covers(session) else None
        if found is None:
            self.calls_ahead += ahead
            found = await self._alone(session)
        if session in self._odd:
            raise RecordInvalid(f"one of its tests cannot be read: {self._odd[session]}")
        return sorted(found, key=lambda one: one.sequence)

    def _covers(self, session: str) -> bool:
        return self._first <= session < self._end

    def _is_past(self, session: str) -> bool:
        return self._nothing_from is not None and session >= self._nothing_from

    async def _look_ahead(self, session: str) -> None:
        answer = await self._lists.page(
            "/sessiontests",
            SessionTest,
            (CLIENT,),
            where=f"SessionID>={session}",
            sort="SessionID,ID",
            size=AHEAD,
        )
        rows = answer[CLIENT]
        tests = self._tests_of(rows)
        sessions = [str(one.session_id) for one in tests]
        if len(tests) < len(rows) or sessions != sorted(sessions) or min(sessions, default=session) < session:
            self._nothing_from = ""  # not the answer that was asked for: nothing of it is used, in this run
            return
        whole: defaultdict[str, list[SessionTest]] = defaultdict(list)
        for key, one in zip(sessions, tests, strict=True):
            whole[key].append(one)
        self._first, self._end, self._whole = session, max(sessions, default=session), dict(whole)
        if len(rows) < AHEAD:
            self._nothing_from = self._end

    async def _alone(self, session: str) -> list[SessionTest]:
        path = f"/sessiontests/{quote_key(session)}"
        rows = await self._lists.at_once(path, "/sessiontests", SessionTest)
        if not rows and not await self._lists.is_well(CLIENT):
            raise SourceUnavailable(
                f"ITR names no tests of the session {session}, and its database does not work"
            )
        if others := {str(one.session_id) for one in map(_as_told, rows)} - {session, str(ZERO)}:
            raise SourceUnavailable(
                f"ITR was asked for the tests of the session {session}, and answers with those of {min(others)}"
            )
        return self._tests_of(rows, session)

    def _tests_of(self, rows: Sequence[Record | Unreadable], session: str = "") -> list[SessionTest]:
        """
        Take the tests out of an answer, and note the sessions of those that cannot be read.

        Args:
            session: of all of them; else each one tells. One that does not is left out.
        """
        tests = []
        for row in rows:
            if isinstance(row, Record):
                tests.append(cast(SessionTest, row.row))
            elif at := session or row.told.get("SessionID", ""):
                tests.append(msgspec.structs.replace(_as_told(row), session_id=UUID(at)))
                self._odd[at] = row.problem
        return tests


def _as_told(row: Record | Unreadable) -> SessionTest:
    return cast(SessionTest, row.row if isinstance(row, Record) else row.as_far_as_told(SessionTest))
