"""
The walk over one source by several services, as the run sees it: it offers seats, waits, and folds what came of it.

    expect: seats are offered while the run lists its sources, so that nobody is waited for then
    open -> wait -> close: nobody writes any more for it -> fold: every room that is done, by what the ledger says of it

A room that is not done counts as not listed to its end, and is named. What nobody has begun is walked here, as is everything
where something unusual is to be done: an order to hide something, trouble of those who took a part.
Nothing is decided here, or by whoever has a seat, about removals, people, wider audiences, begin or end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

import structlog

from connector.access.comparing import Sight
from connector.crawl.results import ScopeResult
from connector.crawl.walk import Walk
from connector.engine.task_group import together
from connector.errors import LeaseLost, LedgerError
from connector.ledger.members import Members
from connector.ledger.shards import RoomState, SeatKey, SeatRow, SeatState
from connector.plan.context import Books, Run
from connector.plan.report import Problem
from connector.plan.tally import Tally
from connector.plan.words import ENDED_FIRST, ROOM_GIVEN_UP
from connector.ports.engine import Others, Seat
from connector.ports.source import Shareable, Source
from connector.runs.lots import FEWEST, Lot, Lots
from connector.runs.parts import Opened, Parts, settle_unanswered
from connector.runs.reading import Sources
from connector.runs.walk_messages import (
    SeatWork,
    Terms,
    read_result,
    read_work,
    reading_of,
    release,
    write,
    write_sight,
    writing_of,
)

LOOK_S = 0.5
LAST_LOOK_S = 0.05
"""The same once every room is begun: whoever has the run waits for the end of the last one."""
HELD_LOOK_S = 5.0
"""How often the queue is asked who has, or will have, a seat."""
PATIENCE_S = 60.0
"""How long those who were asked to stop may take; whoever takes longer is dead, or writes nothing any more."""


class Sharing:
    """The walks of one run that several services do together."""

    def __init__(
        self, run: Run, opened: Opened, books: Books, parts: Parts, sources: Sources, tally: Tally
    ) -> None:
        self._run = run
        self._books = books
        self._parts = parts
        self._sources = sources
        self._tally = tally
        self._others = opened.others
        self._target = opened.target
        self._files_by = opened.files_by
        self._lots = Lots(run, opened, books, parts.outbox)
        self._lent: dict[str, Lot] = {}
        """What others have of the target's pushes, by the source that they walk."""
        self._exchanging = 0
        """Sources, those that the run walks itself as one, that have no part yet of how many documents may be exchanged."""
        self._members = opened.ledger.members()
        self._expected: dict[str, int] = {}
        """Seats that were made before anybody knew whether they are needed, by source."""
        self._was_offered = False
        """Whether the queue took them."""
        self._log = structlog.get_logger()

    async def expect(self, sources: Sequence[Source]) -> None:
        """Have those who may take a part get ready while the run lists what there is to be walked."""
        if self._others is None:
            return
        for source in sources:
            if (most := self._lots.most(source)) >= FEWEST:
                self._expected[source.name] = most
                self._books.shards.expect(self._run.number, source.name, seats=most)
                self._lots.sizes_of(source.name)  # now, while the sources are waited for
        if seats := [one for name, most in self._expected.items() for one in self._named(name, range(most))]:
            self._was_offered = await self._offer(seats)

    async def _offer(self, seats: Sequence[Seat]) -> bool:
        """Offer seats; says whether that was done. Where the queue does not answer, the run goes on with whoever comes."""
        assert self._others is not None
        try:
            await asyncio.to_thread(self._others.offer, seats)
        except LedgerError as trouble:
            self._log.warning("queue.unanswered", why=str(trouble))
            return False
        return True

    async def walk(self, walks: Sequence[tuple[Source, Walk, Sequence[Sight]]]) -> None:
        """Walk the rooms of every source, by as many services as may."""
        self._lent = self._lots.part([(source, sights) for source, _, sights in walks])
        for name in self._expected.keys() - self._lent.keys():
            self._expect_nobody(name)
        self._exchanging = len(self._lent) + (len(self._lent) < len(walks))
        self._keep_the_rest()
        await together(self._walk(*one, self._lent.get(one[0].name)) for one in walks)
        if self._others is not None and not self._run.dry_run:
            self._books.shards.clear()

    async def _walk(self, source: Source, walk: Walk, sights: Sequence[Sight], lot: Lot | None) -> None:
        if lot is None:
            await walk.go(sights)
            return
        # of what was hidden since this was parted nobody else knows, and nobody who could be asked to stop was there
        if not self._parts.outbox.hidden_barrier.hidden_roots:
            left = await self._share(source, walk, sights, lot)
        else:
            self._expect_nobody(source.name)
            left = list(sights)
        del self._lent[source.name]
        self._keep_the_rest()
        if left and not self._run.stopping():
            await walk.go(left)

    def _expect_nobody(self, source: str) -> None:
        """Whoever was offered a seat of it leaves."""
        if self._expected.pop(source, 0):
            self._books.shards.forget(self._run.number, source)

    def _keep_the_rest(self) -> None:
        """Push no more at once than the seats leave; where they leave nothing, the run pushes nothing while they are at it."""
        lent = sum(lot.pushes for lot in self._lent.values())
        self._parts.outbox.at_once = max(1, self._run.options.concurrency - lent)

    def _named(self, source: str, numbers: Iterable[int]) -> list[Seat]:
        run = self._run
        return [Seat(run.target, run.number, source, one, run.id) for one in numbers]

    async def _share(self, source: Source, walk: Walk, sights: Sequence[Sight], lot: Lot) -> list[Sight]:
        """Have rooms walked by others; says which nobody began."""
        assert isinstance(source, Shareable)
        assert self._others is not None
        run, shards = self._run, self._books.shards
        terms = self._terms(source, lot, rooms=len(sights))
        seats = self._named(source.name, range(lot.seats))
        shared = _Shared(self._others, seats)
        by_key = {one.scope.key: one for one in sights}
        barrier, updates = self._parts.outbox.hidden_barrier, self._parts.audience_updates
        barrier.others.append(shared.stop)
        lent = terms.exchanges * lot.seats
        updates.count_exchanged(updates.exchanged + lent)
        try:
            await source.lend(source.concurrency - terms.calls, terms.share)
            shards.open(
                run.number,
                source.name,
                seats=lot.seats,
                terms=write(terms),
                rooms=[
                    (place, key, write_sight(source, by_key[key]))
                    for place, key in lot.sizes.in_even_parts(list(by_key), lot.seats)
                ],
            )
            expected = self._expected.pop(source.name, 0)
            if not_offered := seats[expected if self._was_offered else 0 :]:
                await self._offer(not_offered)
            self._log.info("walk.shared", source=source.name, rooms=len(sights), services=lot.seats)
            await self._wait(source.name, shared)
        except BaseException:
            with suppress(LeaseLost):
                shards.close(run.number, source.name)
            raise
        else:
            updates.count_exchanged(updates.exchanged - lent)
            return self._fold(source, walk, sights)
        finally:
            source.take_back()
            barrier.others.remove(shared.stop)
            shared.over.set()

    def _terms(self, source: Source, lot: Lot, *, rooms: int) -> Terms:
        run, parts, count = self._run, self._parts, lot.seats
        calls = source.concurrency - 1
        exchanges = parts.audience_updates.exchanges_left // self._exchanging
        self._exchanging -= 1
        return Terms(
            id=run.id,
            ledger=run.ledger,
            options=run.options,
            started=run.started,
            before=run.before,
            put_back_at=run.put_back_at,
            session=parts.outbox.recording.session_run,
            source=reading_of(source, self._files_by),
            target=writing_of(self._target),
            release=release(),
            seats=count,
            rooms=rooms,
            calls=calls,
            share=1 / (count + 1),
            pushes=lot.pushes,
            count=parts.markers.noted_now(source.name),
            people=parts.markers.people.count(),
            others=parts.markers.unnamed.others(source.name),
            refused=sorted(parts.audience_updates.refused),
            exchanges=exchanges // count,
            backfill=run.backfill,
        )

    # -- the wait -----------------------------------------------------------------------------

    async def _wait(self, source: str, shared: _Shared) -> None:
        """Until every room is done, or nobody is at it any more."""
        shards, run = self._books.shards, self._run
        while True:
            states, seats = shards.states(run.number, source), shards.seats(run.number, source)
            shared.told = self._tell_progress(seats, shared.told)
            is_open = bool(states.get(RoomState.WAITING) or states.get(RoomState.WALKING))
            if not shared.goes_on(seats, is_open=is_open):
                return
            if run.stopping() and not shared.is_stopping:
                shared.ask_to_stop()
            if shared.is_stopping and not shared.was_said:
                shared.was_said = True
                shards.stop(run.number, source)
            if shared.looks_late():
                await shared.look(seats, self._members, now=run.now())
                self._vacate(source, [one for one in seats if not shared.has(one.number)])
            await asyncio.sleep(LOOK_S if states.get(RoomState.WAITING) else LAST_LOOK_S)

    def _vacate(self, source: str, seats: Sequence[SeatRow]) -> None:
        """What is on its way from seats that nobody has, or will have, keeps nobody else waiting."""
        run = self._run
        for one in seats:
            if one.state is SeatState.WALKING:
                unsettled = self._books.shards.vacate(SeatKey(run.number, source, one.number), one.fence)
                settle_unanswered(self._books, unsettled, settle_s=run.options.settle_s)
                self._log.warning("seat.vacated", source=source, seat=one.number, worker=one.member)

    def _tell_progress(self, seats: Sequence[SeatRow], before: _Progress) -> _Progress:
        told = [read_work(one.told) for one in seats]
        now = _Progress(
            items=max(before.items, sum(one.items for one in told)),
            pushed=max(before.pushed, sum(one.pushed for one in told)),
            answered=max(before.answered, sum(one.answered for one in told)),
        )
        if now.items > before.items:
            self._run.watch.seen(now.items - before.items)
        if now.pushed > before.pushed:
            self._run.watch.pushed(now.pushed - before.pushed)
        if now.answered > before.answered:
            self._run.watch.answered()
        return now

    # -- what came of it ----------------------------------------------------------------------

    def _fold(self, source: Source, walk: Walk, sights: Sequence[Sight]) -> list[Sight]:
        """The barrier: what the ledger says of every room, after nobody can write for it any more."""
        assert isinstance(source, Shareable)
        run, shards = self._run, self._books.shards
        documents, settle_s = self._books.documents, run.options.settle_s
        documents.lose_open_intents(settle_s=settle_s, only=shards.close(run.number, source.name))
        told = [(one.member, read_work(one.told)) for one in shards.seats(run.number, source.name)]
        for member, work in told:
            self._take(source.name, work, worker=member)
        # of what somebody sent in vain, that alone counts which nobody had accepted since
        unheard = documents.unheard(source.name, since=run.started, settle_s=settle_s)
        self._parts.outbox.recording.lost_elsewhere(unheard, why=_why_silent(work for _, work in told))
        by_key = {one.scope.key: one for one in sights}
        left: list[Sight] = []
        for key, state, text in shards.results(run.number, source.name):
            sight = by_key[key]
            scope = sight.scope
            if state is RoomState.WAITING:
                left.append(sight)
                continue
            if state is RoomState.DONE:
                result = read_result(text, scope)
            else:
                result = ScopeResult(key=scope.key, name=scope.name)
                result.problems.append(Problem("room-given-up", scope.name, ROOM_GIVEN_UP))
                self._log.error("room.given_up", source=source.name, scope=scope.key, why=ROOM_GIVEN_UP)
            walk.meet(sight, result)
            source.was_walked(scope, sight.audience)
        source.meet(shards.met(run.number, source.name))
        return left

    def _take(self, source: str, told: SeatWork, *, worker: str) -> None:
        """What whoever had a seat did beside single rooms."""
        self._parts.audience_updates.count_exchanged(self._parts.audience_updates.exchanged + told.exchanged)
        self._tally.take(told.tally.read())
        self._sources.asked_elsewhere(source, requests=told.requests, reread=told.reread)
        self._sources.pushed_elsewhere(requests=told.pushes, sent=told.bytes)
        if told.trouble:
            self._log.warning("walk.left", source=source, worker=worker, why=told.trouble)


def _why_silent(told: Iterable[SeatWork]) -> str:
    """Why nobody heard what became of some documents."""
    return "; ".join(dict.fromkeys(one.silent for one in told if one.silent)) or ENDED_FIRST


class _Progress(NamedTuple):
    """How far all seats together are, as was told."""

    items: int = 0
    pushed: int = 0
    answered: int = 0


class _Shared:
    """The seats of one source, and who is at them as far as the run knows."""

    def __init__(self, others: Others, seats: list[Seat]) -> None:
        self.others = others
        self.seats = seats
        self.over = asyncio.Event()
        self.told = _Progress()
        self.was_said = False
        self._stopping_since: float | None = None
        self._looked_at = time.monotonic()
        self._held = {one.number for one in seats}
        self._missed: set[int] = set()
        """Not in the queue any more when it was asked last: what that means shows at the next time."""

    @property
    def is_stopping(self) -> bool:
        """Whether everybody was asked to put back what is not done."""
        return self._stopping_since is not None

    def ask_to_stop(self) -> None:
        """Have everybody put back what is not done."""
        self._stopping_since = time.monotonic() if self._stopping_since is None else self._stopping_since

    async def stop(self) -> None:
        """The same, and wait until nobody writes any more."""
        self.ask_to_stop()
        await self.over.wait()

    def looks_late(self) -> bool:
        """Whether it is time to ask the queue."""
        if time.monotonic() - self._looked_at < HELD_LOOK_S:
            return False
        self._looked_at = time.monotonic()
        return True

    async def look(self, seats: Sequence[SeatRow], members: Members, *, now: float) -> None:
        """
        Ask the queue who waits or works; where it does not answer, whoever works and walks goes on, and nobody else comes.

        Its tables may be locked for long. Of a ledger that is away every other question tells.
        """
        try:
            held = await asyncio.to_thread(self.others.held, self.seats)
        except LedgerError as trouble:
            structlog.get_logger().warning("queue.unanswered", why=str(trouble))
            working = members.working()
            held = {one.number for one in seats if one.state is SeatState.WALKING and one.member in working}
        # of a run that somebody types all may be gone: then the queue names for ever who had, or was to have, a seat
        self.saw(held if members.is_anybody_there(now=now) else set())

    def saw(self, held: set[int]) -> None:
        """The queue said who waits or works; twice in a row not is no more."""
        missed = {one.number for one in self.seats} - held
        self._held = {one.number for one in self.seats} - (missed & self._missed)
        self._missed = missed

    def has(self, number: int) -> bool:
        """Whether somebody has a seat, or will have it."""
        return number in self._held

    def goes_on(self, seats: Sequence[SeatRow], *, is_open: bool) -> bool:
        """
        Whether anybody is at it.

        Args:
            is_open: whether some room waits or is walked.
        """
        if self._stopping_since is not None and time.monotonic() - self._stopping_since > PATIENCE_S:
            return False
        walking = any(one.state is SeatState.WALKING and one.number in self._held for one in seats)
        # whoever was told to end has left, and the queue has somebody else take its seat
        coming = any(one.state.is_free and one.number in self._held for one in seats)
        return walking or (coming and is_open and not self.is_stopping)
