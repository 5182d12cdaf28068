"""
People's records on their way to the target: pushed in batches, taken out by id, every id accounted for.

What is about to be sent stands in the ledger before the call; what the answer confirmed, after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from itertools import islice
from typing import NamedTuple

import msgspec

from connector.engine.batched import batched
from connector.errors import RemovalsRefused, TargetUnavailable
from connector.ledger.people import Lost, People, Record
from connector.plan.context import Run
from connector.plan.findings import Code
from connector.plan.tally import Counted, Sheet
from connector.ports.target import LostAttempts, Target

GIVEN_UP_AFTER = 3
"""Runs in a row in which a record gets no answer, nor any other one."""
DOWN_AFTER = 3
"""People about whom the intranet answers nothing, one by one, before it is tried with others; and how many of those are tried."""
Wanted = tuple[str, str, Sequence[str]]
"""Id, address, identities."""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch."""

    accepted: list[str]
    unconfirmed: dict[str, Record | None]
    """Refused, or found nobody: the records as they were before; None where there was none."""
    unanswered: list[str]
    refused: list[str] = []

    @property
    def unsettled(self) -> list[str]:
        """Of whom it is not clear what the intranet has, or who has too much there."""
        return [*self.refused, *self.unanswered]


class Left(NamedTuple):
    """Records that were to be removed, and may still be there."""

    unanswered: int = 0
    refused: int = 0


class _TakenOut(NamedTuple):
    """What became of records in one call that removes them; all that are not left are gone."""

    left: set[str]
    """Ids of those that may still be there."""
    are_refused: bool
    """Interact refused them; else it did not answer."""
    redo_after: float | None
    """Until when an attempt without an answer may still take effect; None: there was none."""


class Sending:
    """What is sent of people in one run."""

    def __init__(self, run: Run, people: People, target: Target, sheet: Sheet) -> None:
        self.batch = run.options.batch_documents
        self.session_run = 0
        """The run's number while its session is open."""
        self.turn = asyncio.Lock()
        """Of whoever pushes people, or forgets one: a push may not come after the removal of somebody who was forgotten meanwhile."""
        self.unsettled: set[str] = set()
        """Ids of records that were refused, or got no clear answer."""
        self.refused: set[str] = set()
        """Of them, those that were refused."""
        self._has_changed = False
        """Whether the ledger was told that records change in this run."""
        self._is_down = False
        """Whether the intranet answered nothing, not even about one."""
        self._run = run
        self._people = people
        self._target = target
        self._sheet = sheet

    async def push(self, batch: Sequence[Wanted]) -> Answered:
        """
        Push one batch; where it gets no answer, one by one: what the intranet cannot answer about one holds up no other.

        Raises:
            TargetRefused: nothing was taken, and a person must act.
        """
        answered = await self._push(batch)
        if not batch or len(answered.unanswered) < len(batch) or self._is_down:
            self.unsettled.update(answered.unsettled)
            return answered
        if len(batch) == 1:
            self.unsettled.update(answered.unsettled)
            return self._give_up_on(answered)
        accepted: list[str] = []
        unconfirmed: dict[str, Record | None] = {}
        silent: dict[str, Record | None] = {}
        for identifier, address, identities in batch:
            before = self._people.records([identifier]).get(identifier)
            one = await self._push([(identifier, address, identities)])
            accepted += one.accepted
            unconfirmed |= one.unconfirmed
            silent |= dict.fromkeys(one.unanswered, before)
            self.unsettled.update(one.unsettled)
            if not accepted and not unconfirmed and len(silent) == DOWN_AFTER:
                self._is_down = not await self._takes_others([one for one, _, _ in batch])
                if self._is_down:
                    break
        if not accepted and not unconfirmed:
            self.unsettled.update(answered.unsettled)
            self._is_down = self._is_down or not await self._takes_others(silent)
            return answered if self._is_down else self._give_up_on(answered)
        return Answered(accepted=accepted, unconfirmed=unconfirmed | silent, unanswered=[])

    def _give_up_on(self, answered: Answered) -> Answered:
        """Nobody else's answer tells whether the intranet is down; run after run without one counts as a refusal."""
        records = self._people.records(answered.unanswered)
        self._people.refuse(answered.unanswered)
        given_up = {i: record for i, record in records.items() if record.refused + 1 >= GIVEN_UP_AFTER}
        left = [i for i, record in records.items() if record.refused + 1 < GIVEN_UP_AFTER]
        return Answered(accepted=[], unconfirmed=dict(given_up), unanswered=left)

    async def _takes_others(self, silent: Collection[str]) -> bool:
        """Whether the intranet takes records at all: a few others are sent as it has them, until it answers about one."""
        others = (one for page in self._people.pages() for one in page if one.id not in silent)
        witnesses = (
            (one.id, one.address, one.sent)
            for one in others
            if one.sent and one.sent == one.may and one.found
        )
        for witness in islice(witnesses, DOWN_AFTER):
            if not (await self._push([witness])).unanswered:
                return True
        return False

    async def _push(self, batch: Sequence[Wanted]) -> Answered:
        """
        Push one batch.

        Raises:
            TargetRefused: nothing was taken, and a person must act.
        """
        if self._run.dry_run or not batch:
            return Answered(accepted=[], unconfirmed={}, unanswered=[])
        async with self.turn:
            forgotten = self._people.forgotten()
            return await self._push_now([one for one in batch if one[0] not in forgotten])

    async def _push_now(self, batch: Sequence[Wanted]) -> Answered:
        if not batch:
            return Answered(accepted=[], unconfirmed={}, unanswered=[])
        before = self._people.intend(batch)
        if any(_is_change(before.get(i), identities) for i, _, identities in batch):
            self._change()
        lost = LostAttempts()
        result = await self._target.push_people(batch, lost=lost)
        by_id = {record[0]: record for record in batch}
        now = self._run.now()
        redo_after = self._run.settles_at() if lost.count else None
        self._people.confirm(
            [by_id[i] for i in result.accepted],
            before=before,
            session_run=self.session_run,
            redo_after=redo_after,
            now=now,
            run=self._run.effects,
        )
        self._people.confirm_not_found(
            [by_id[i] for i in result.not_found],
            before=before,
            session_run=self.session_run,
            redo_after=redo_after,
            now=now,
        )
        self._sheet.count(Counted.PEOPLE_PUSHED, len(result.accepted))
        if result.refused:
            self._people.refuse(list(result.refused))
            self.refused.update(result.refused)
            first, why = next(iter(result.refused.items()))
            # what Interact says may name her: as a title, that is kept out of logs
            self._sheet.tell(
                Code.PEOPLE_REFUSED, count=len(result.refused), why=why, title=by_id[first][1], id=first
            )
        if result.unanswered:
            self._people.lose(result.unanswered, until=self._run.settles_at())
            self._sheet.tell(Code.PEOPLE_UNANSWERED, count=len(result.unanswered))
        return Answered(
            accepted=result.accepted,
            unconfirmed={i: before.get(i) for i in (*result.refused, *result.not_found)},
            unanswered=result.unanswered,
            refused=list(result.refused),
        )

    async def remove(self, lost: Sequence[Lost], *, run: int) -> Left:
        """
        Take records out by id, in batches; says how many are left. One that is refused holds up no other.

        Args:
            run: to which the removals belong.

        Raises:
            LeaseLost: before anything further is removed. TargetRefused: a person must act.
        """
        if self._run.dry_run:
            self._sheet.count(Counted.PEOPLE_REMOVED, len(lost))
            return Left()
        unanswered = refused = 0
        for part in batched(lost, self.batch):
            ids = [one.id for one in part]
            self._run.still_ours()
            self._change()
            before = self._people.intend_removal(ids)
            out = await self._take_out(ids)
            self.unsettled.difference_update(ids)
            self.unsettled.update(out.left)
            if out.are_refused:
                refused += len(out.left)
                self.refused.update(out.left)
            else:
                unanswered += len(out.left)
            if out.are_refused and out.redo_after is None:
                self._people.still_there([before[one] for one in sorted(out.left) if one in before])
            else:  # it may be refused since an attempt without an answer took them out
                self._people.lose(sorted(out.left), until=self._run.settles_at())
            gone = [one for one in part if one.id not in out.left]
            self._people.removed(gone, before=before, run=run, now=self._run.now(), redo_after=out.redo_after)
            self._sheet.count(Counted.PEOPLE_REMOVED, len(gone))
        return Left(unanswered, refused)

    async def repeat_removals(self) -> None:
        """
        Take out once more whom a call without an answer may have brought back since.

        Raises:
            LeaseLost: before anything is removed. TargetRefused: a person must act.
        """
        again = self._people.due_again(now=self._run.now())
        if self._run.dry_run:
            return
        for part in batched(again, self.batch):
            async with self.turn:
                self._run.still_ours()
                out = await self._take_out(part)
                self._people.removed_again(
                    [one for one in part if one not in out.left],
                    now=self._run.now(),
                    redo_after=out.redo_after,
                )
            self._people.lose(sorted(out.left), until=self._run.settles_at())

    async def _take_out(self, ids: Sequence[str]) -> _TakenOut:
        """Remove records in one call, and tell of those that may still be there."""
        lost, left, are_refused = LostAttempts(), set[str](), False
        try:
            await self._target.delete_people(ids, lost=lost)
        except RemovalsRefused as error:
            left, are_refused = {*error.refused}, True
            self._sheet.tell(Code.PEOPLE_REMOVALS_REFUSED, count=len(left), why=error.why)
        except TargetUnavailable as error:
            left = {*ids}
            self._sheet.tell(Code.PEOPLE_REMOVALS_UNANSWERED, count=len(left), why=str(error))
        return _TakenOut(left, are_refused, self._run.settles_at() if lost.count else None)

    def _change(self) -> None:
        if not self._has_changed:
            self._people.change(run=self._run.effects)
            self._has_changed = True


def _is_change(before: Record | None, identities: Sequence[str]) -> bool:
    return before is None or before.sent is None or {*before.sent} != {*identities}
