"""
Rooms walked for somebody else's run, by whoever has a seat of it: taken one after the other, until none waits.

    take the seat -> what the one before left unanswered -> rooms that it began, one by one -> the rooms that wait -> leave

Everything is written under the fence of the seat. A room is done when its listings ended and all that it pushes is answered
and written down; what was counted is told every second. Nothing is removed, and no session begun or ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec

from connector.access.audience_updates import AudienceUpdates
from connector.access.comparing import Sight
from connector.crawl.facet_types import FacetTypes
from connector.crawl.items import Making, Marks
from connector.crawl.results import ScopeResult
from connector.crawl.walk import Walk
from connector.engine.task_group import end
from connector.errors import ConnectorError, LeaseLost, LedgerError, SourceRefused, SourceUnavailable
from connector.ledger.shards import RoomState, RoomToWalk, SeatKey, Shards, Taken
from connector.ledger.trouble import lease_lost
from connector.machine.cached_check import CachedCheck
from connector.machine.storage import words_of_error
from connector.plan.context import Books, Run, open_books
from connector.plan.options import Watch
from connector.plan.report import problem
from connector.ports.source import Peopled, Reading, Shareable, Source
from connector.push.outbox import Outbox
from connector.runs.freed_calls import FreedCalls
from connector.runs.parts import Opened, accepted_of, settle_unanswered
from connector.runs.seat_counts import SeatCounts
from connector.runs.walk_messages import (
    SeatWork,
    read_sight,
    read_terms,
    reading_of,
    write,
    write_result,
    writing_of,
)
from connector.session.between_runs import ASKED_S

BEAT_S = 1.0
LEASE_SPARE_S = 10.0
"""A lease that lasts no longer was not renewed for half a minute: the run is dead, and another one will begin."""
MOST_TAKEN = 5
"""A room that is begun for the fifth time is given up."""
MOST_UNREAD = 3
"""So many rooms in a row of which the source did not answer: it does not answer this service at all, and perhaps others."""
UNREAD = {problem(one("")).code for one in (SourceUnavailable, SourceRefused)}


def settle_earlier(books: Books, shards: Shards, taken: Taken) -> None:
    """
    Settle what the one before sent and never heard of, before anything can keep whoever took the seat from walking.

    It may still take effect, and others who push the same documents wait for it as long as nobody has written that down.
    """
    settle_s = read_terms(taken.terms).options.settle_s
    settle_unanswered(books, shards.unsettled(), settle_s=settle_s)


def why_left(error: ConnectorError | OSError) -> str:
    """What whoever leaves a seat tells the run, such as a disk that is full."""
    words = words_of_error(error) if isinstance(error, OSError) else str(error)
    return words or type(error).__name__


def leave_to_its_release(shards: Shards, taken: Taken) -> None:
    """What somebody died with stays as it is: the run, which can read it, settles that as soon as it finds nobody there."""
    if taken.left:
        trouble = "another release of the connector is installed here than where the run was begun"
        shards.leave(taken.told or write(SeatWork(trouble=trouble)))


class SeatWalk:
    """The walk of rooms by whoever has one seat, from its taking to its end."""

    def __init__(
        self,
        opened: Opened,
        shards: Shards,
        place: SeatKey,
        taken: Taken,
        *,
        clock: Callable[[], float],
        stopping: Callable[[], bool],
    ) -> None:
        """
        Args:
            opened: its one source is the seat's.
            shards: that took the seat.
            taken: of which what was sent before is settled.
        """
        self._opened = opened
        self._source: Source = opened.sources[0]
        self._place = place
        self._taken = taken
        self._terms = terms = read_terms(taken.terms)
        self._books = books = open_books(opened.ledger, opened.target.name)
        self._shards = shards
        self._counts = SeatCounts(taken.told)
        self._asked_to_stop = False
        self._stopping = stopping
        self._run = self._make_run(clock)
        self._outbox = Outbox(
            self._run, opened.target, books, self._counts.tally, self._counts.pushed, self._shards
        )
        self._outbox.recording.session_run = terms.session
        self._updates = AudienceUpdates(self._run, books, self._counts.tally)
        self._counts.allow(self._updates, terms)
        # before it goes out: whoever takes the seat from somebody dead knows how much of it is left
        self._updates.exchanging = self._note
        self._updates.refuse(terms.refused)
        self._walk = self._make_walk()
        self._walk.hands.may_become(terms.calls)
        self._freed = FreedCalls(shards, terms, self._source, self._walk.hands, self._outbox)
        opened.target.look_first(CachedCheck(shards.must_be_ours, for_s=ASKED_S))
        self._closing: dict[str, tuple[ScopeResult, set[str]]] = {}
        """Rooms of which nothing is left to be listed, with the ids of what was not answered then."""
        self._begun: dict[str, int] = {}
        """How often each room was begun that was taken here, by its key."""
        self._unread: list[ScopeResult] = []
        """The last rooms in a row of which the source did not answer."""
        self._answered = 0
        """What it had answered when the first of them ended."""
        self._met: set[str] = set()
        """Who was met and written down."""

    async def go(self) -> None:
        """
        Walk rooms until none waits, or somebody asks to stop.

        Raises:
            LeaseLost: the run is over, or somebody else has the seat. LedgerError: the ledger does not answer.
            ConnectorError: the source or the target; what is not done waits for others then.
        """
        work, beat = asyncio.create_task(self._work()), asyncio.create_task(self._beat())
        try:
            await asyncio.wait({work, beat}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                await end(work)  # what ended the beat is told
                beat.result()
            work.result()
        except (LeaseLost, LedgerError):
            await self._outbox.abandon()
            raise
        except BaseException as error:
            if isinstance(error, ConnectorError | OSError):
                self._counts.fail(why_left(error))
            try:
                try:
                    await end(work)
                finally:
                    await self._outbox.abandon()
            finally:
                with suppress(LeaseLost, LedgerError):
                    self._leave()
            raise
        finally:
            beat.cancel()

    async def _work(self) -> None:
        source, trouble = self._source, self._why_not()
        if trouble or not isinstance(source, Shareable):
            self._counts.fail(trouble)
            self._leave()
            return
        await source.open(Reading(run=self._run.number, thorough=True, for_another=True))
        for key in self._taken.inherited:
            if self._run.stopping():
                break
            await self._walk_alone(source, self._shards.take_again(key))
        if not self._run.stopping():
            await self._walk.go_on(lambda: self._next(source), most=self._terms.rooms_of(self._place.number))
        if self._run.stopping():
            self._end_rooms()  # what was answered before anything is left
            await self._outbox.abandon()
        else:
            await self._outbox.flush()
            self._look_whether_it_answers()
            self._close_unread()
            self._end_rooms()
        self._leave()

    def _why_not(self) -> str:
        """What is otherwise here than where the run was begun, in words; empty: nothing."""
        if (
            not isinstance(self._source, Shareable)
            or not self._source.may_be_shared  # it would ask below rooms who may see what, as the run does not
            or reading_of(self._source, self._opened.files_by) != self._terms.source
        ):
            return "the settings of this source are others here than where the run was begun"
        if writing_of(self._opened.target) != self._terms.target:
            return "the settings of this target are others here than where the run was begun"
        return ""

    # -- rooms --------------------------------------------------------------------------------

    async def _walk_alone(self, source: Shareable, room: RoomToWalk) -> None:
        """A room that somebody died with is walked by itself: if it was the cause, it costs no other."""
        coming = iter([self._open(source, room)])
        await self._walk.go_on(lambda: next(coming, None))

    def _next(self, source: Shareable) -> Sight | None:
        while (room := self._shards.next(self._terms.seats)) is not None:
            sight = self._open(source, room)
            if sight is not None:
                return sight
        return None

    def _open(self, source: Shareable, room: RoomToWalk) -> Sight | None:
        """Make a room ready to be walked; None where it is not to be begun once more."""
        if room.taken >= MOST_TAKEN:
            self._shards.end([(room.key, RoomState.FAILED, "")])
            return None
        self._begun[room.key] = room.taken
        sight = read_sight(source, room.sight)
        self._walk.meet(sight)
        return sight

    def _ended(self, result: ScopeResult) -> None:
        """
        Nothing of a room is left to be listed.

        Raises:
            SourceUnavailable: the source answers nothing here any more. Else whoever is cut off from it would be done with all
                that waits sooner than anybody who reads it.
        """
        if self._run.stopping():
            return
        if not _unread(result):
            self._close(result)
            self._close_unread()
            return
        self._answered = self._answered if self._unread else self._source.traffic().answered
        self._unread.append(result)
        if len(self._unread) >= MOST_UNREAD:
            raise SourceUnavailable(_unread(result)[-1])

    def _look_whether_it_answers(self) -> None:
        """
        No further room shows whether the last ones failed by themselves: others try them, where nothing was answered here since.

        Raises:
            SourceUnavailable: so it is. A room that fails everywhere is named once nobody is left, by whoever has the run.
        """
        if self._unread and self._source.traffic().answered == self._answered:
            raise SourceUnavailable(_unread(self._unread[-1])[-1])

    def _close(self, result: ScopeResult) -> None:
        self._closing[result.key] = result, self._outbox.in_hand()

    def _close_unread(self) -> None:
        """
        The source answers: these failed by themselves, or while it did not.

        Where it was the connection, another service tries them once over its own.
        """
        for one in self._unread:
            if one.is_cut_off and self._begun[one.key] == 1:
                self._shards.leave_to_others(one.key)
            else:
                self._close(one)
        self._unread = []

    def _end_rooms(self) -> None:
        """Note as done what is listed, and of which every push is answered and written down."""
        in_hand = self._outbox.in_hand()
        done = [key for key, (_, ids) in self._closing.items() if ids.isdisjoint(in_hand)]
        if not done:
            return
        self._walk.write()
        self._updates.write_late()
        self._updates.write_wider()
        met = self._source.people_met() if isinstance(self._source, Peopled) else set()
        self._shards.end(
            [(key, RoomState.DONE, write_result(self._closing[key][0])) for key in done], met - self._met
        )
        self._met |= met
        for key in done:
            del self._closing[key]

    # -- what is told ---------------------------------------------------------------------------

    async def _beat(self) -> None:
        """Tell how it goes; ends only by losing the seat."""
        while True:
            await asyncio.sleep(BEAT_S)
            self._end_rooms()
            self._note()
            left = self._shards.lease_left(now=self._run.now())
            if left <= 0:
                # what is not answered by now would be one call too many beside those of the next run
                raise lease_lost()
            self._asked_to_stop |= left < LEASE_SPARE_S

    def _note(self) -> None:
        stop, waits = self._shards.tell(self._tell())
        self._asked_to_stop |= stop
        if not waits:
            self._freed.take()

    def _leave(self) -> None:
        """Others walk its rooms, and push the same documents: none is to wait for what it sent in vain."""
        settle_unanswered(self._books, self._shards.unsettled(), settle_s=self._run.options.settle_s)
        self._shards.leave(self._tell())

    def _tell(self) -> str:
        return self._counts.write(self._source, self._opened.target, self._outbox, self._updates)

    # -- what it works with ---------------------------------------------------------------------

    def _make_run(self, clock: Callable[[], float]) -> Run:
        terms = self._terms

        def never() -> None:
            raise AssertionError("whoever walks rooms for a run removes nothing, and ends no session")

        return Run(
            number=self._place.run,
            id=terms.id,
            target=self._opened.target.name,
            ledger=terms.ledger,
            options=msgspec.structs.replace(
                terms.options, concurrency=terms.part_of(self._place.number, terms.pushes)
            ),
            started=terms.started,
            before=terms.before,
            put_back_at=terms.put_back_at,
            backfill=terms.backfill,
            # clocks may be seconds apart: what is met here was met in this run
            now=lambda: max(clock(), terms.started),
            still_ours=never,
            watch=Watch(seen=self._counts.seen, stopping=lambda: self._asked_to_stop or self._stopping()),
        )

    def _make_walk(self) -> Walk:
        run, books, terms = self._run, self._books, self._terms
        marks = Marks(
            ledger=terms.ledger,
            run=run.number,
            count=terms.count,
            people=terms.people,
            others=terms.others,
        )
        making = Making(
            form=self._opened.target.format,
            outbox=self._outbox,
            accepted=accepted_of(self._opened, books, lambda _: marks),
            audience_updates=self._updates,
            facets=FacetTypes(books.notes(""), run.target),
            marks=marks,
            sheet=self._counts.tally,
        )
        return Walk(run, self._source, books, making, session=terms.session, ended=self._ended)


def _unread(result: ScopeResult) -> list[str]:
    """In words of what the source did not answer in the walk of a room."""
    return [one.why for one in result.problems if one.code in UNREAD]
