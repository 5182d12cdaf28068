"""
Walks a source: lists every container, plans what it finds, hands what must be pushed to the outbox.

Workers share one frontier, and a new scope is opened only when the frontier is shorter than the source
allows calls at once. A container's document is in the outbox before its children are
listed. A scope is complete when every container of it was listed to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count

import msgspec

from connector.access.comparing import Sight
from connector.crawl.hands import Hands
from connector.crawl.hidden_items import HiddenItems
from connector.crawl.items import Items, Making
from connector.crawl.known_containers import KnownContainers
from connector.crawl.listing import Listing
from connector.crawl.new_items import NewItems
from connector.crawl.outdated import make_again
from connector.crawl.own_rows import OwnRows
from connector.crawl.places import Place, Places
from connector.crawl.results import ScopeResult
from connector.crawl.worklist import Supply, Worklist
from connector.crawl.write_buffer import WriteBuffer
from connector.document.document import Container, Known, Listed, Scope
from connector.engine.task_group import together
from connector.errors import (
    BROKEN_OFF,
    ListingIncomplete,
    RecordGone,
    RecordHidden,
    RecordInvalid,
    SourceRefused,
    SourceUnavailable,
)
from connector.plan.context import Books, Run
from connector.plan.item import Mode
from connector.plan.remaining_time import LIST, ROW, Unmeasured
from connector.ports.source import Same, Source

ASKED_AHEAD = 32
"""Narrow containers of which the ledger is asked in one question: a few hundred documents at most."""
KnownById = dict[str, Known]


class Walk:
    """One walk over some scopes of one source in one run."""

    def __init__(
        self,
        run: Run,
        source: Source,
        books: Books,
        making: Making,
        *,
        session: int = 0,
        ended: Callable[[ScopeResult], None] = lambda _: None,
    ) -> None:
        """
        Args:
            session: the run's number while its session is open.
            ended: is told of each scope of which nothing is left to be listed.
        """
        self._run = run
        self._source = source
        self._ended = ended
        self._documents = books.documents
        self._buffer = WriteBuffer(run, books, source.name, source.left_out_rules)
        self._items = Items(run, source, books, making, self._buffer, session=session)
        self._results = self._items.results
        self._own_rows = OwnRows(self._results, self._items.other_kinds)
        self._places = Places(run, books.documents, self._buffer, making.audience_updates.take_back)
        self._hidden_items = HiddenItems(run, source, books, making.outbox.hidden_barrier.hidden_roots)
        self._worklist = Worklist()
        self._pages = count(1)
        self._frontier = self._worklist.frontier
        self._known_containers = KnownContainers(
            run, books.documents, source.name, making.outbox.hidden_barrier, self._buffer
        )
        self._new_items = NewItems(books.documents)
        self._rest = Unmeasured() if run.mode is Mode.DELTA else run.watch.outlook.part(source.name)
        self.hands = Hands(source.concurrency)

    @property
    def results(self) -> list[ScopeResult]:
        """What was found so far."""
        return list(self._results.found.values())

    async def go(self, sights: Sequence[Sight]) -> list[ScopeResult]:
        """Walk scopes to their end; trouble in one leaves the others alone."""
        backfill = self._run.backfill
        loaded = self._documents.loaded(self._source.name, backfill) if backfill else 0
        self._rest.begin(len(sights), loaded=loaded)
        for sight in sights:
            self.meet(sight)
        coming = iter(sights)
        await self.go_on(lambda: next(coming, None))
        return self.results

    def meet(self, sight: Sight, result: ScopeResult | None = None) -> None:
        """
        Know a scope before it is walked.

        Args:
            result: what its walk found elsewhere.
        """
        self._results.meet(sight, result)

    async def go_on(self, supply: Supply, *, most: int = 0) -> None:
        """
        Walk what is supplied; each scope is opened when the frontier is short enough for it.

        Args:
            most: so many at once, where others would be idle without the rest; 0: any number.
        """
        self._worklist.begin(supply, most=most)
        try:
            await self.hands.work(self._work)
        finally:
            self._rest.end()
        self._buffer.write()

    def write(self) -> None:
        """Write down what was noted so far."""
        self._buffer.write()

    async def take(
        self, listed: Listed, *, room: str, container: str, known: Known | None, present: bool
    ) -> None:
        """
        Push one item that was found outside its listing.

        Args:
            present: it moved; else its listing goes on lacking it.
        """
        if not self._hidden_items.covers(listed, known, self._results.scope(room), container):
            await self._items.take(listed, room=room, container=container, known=known, present=present)

    # -- the workers --------------------------------------------------------------------------

    async def _work(self) -> None:
        while True:
            job = await self._worklist.next(self._run.stopping)
            if job is None:
                return
            try:
                if isinstance(job, Container):
                    await self._list(job)
                else:
                    await self._open_scope(job)
            finally:
                self._worklist.done(job)

    def _add(self, containers: Sequence[Container], kinds: Mapping[str, str] | None = None) -> None:
        for container in containers:
            self._rest.met(container, kinds.get(container.id, "") if kinds else "")
        self._worklist.add(containers)

    def _closed(self, scope: Scope) -> None:
        """One container of a scope is done; the last one completes it."""
        was_last = self._worklist.closed(scope)
        result = self._results.close(scope, to_the_end=was_last)
        if was_last:
            self._rest.closed(scope.key)
            self._ended(result)

    # -- scopes and containers ----------------------------------------------------------------

    async def _open_scope(self, opened: Sight) -> None:
        scope = opened.scope
        self._worklist.opened(scope)
        try:
            top = await self._source.top(scope, opened.audience, public=opened.public)
        except (SourceUnavailable, SourceRefused, RecordGone, RecordHidden) as error:
            self._results.fail(scope, error)
        else:
            container = top if isinstance(top, Container) else top.container
            if isinstance(top, Listed):
                known = self._documents.known([top.id]).get(top.id)
                place = Place(scope.key, "")
                self._places.arrive([top], {top.id: known} if known else {}, place)
                self._results.count(scope, 1)
                if self._hidden_items.shown(
                    [top], scope, {top.id: known} if known else {}, path="", container=""
                ):
                    await self._items.treat(top, known, place)
            if container is not None:
                self._add([container])
        self._rest.opened()
        self._closed(scope)  # not where the whole walk ends here: then nothing proves that it was listed

    async def _list(self, container: Container) -> None:
        scope = container.scope
        self._rest.enter(LIST)
        try:
            await self._list_to_the_end(container)
        except RecordGone:
            # listed a moment ago, gone now: a suspect with its proof; what stood in it may have moved
            self._documents.miss_container(container.id, container.path, scope.key, run=self._run.number)
        except BROKEN_OFF as error:
            self._results.fail(scope, error)
        finally:
            self._rest.leave(LIST)
        self._rest.listed(container)
        self._closed(scope)

    async def _list_to_the_end(self, container: Container) -> None:
        coming = self._frontier.coming(ASKED_AHEAD)
        told = self._known_containers.marks(container.id, coming)
        known = None if told else self._known_containers.known_in(container.id, coming)
        listing = Listing()
        if container.expected != 0 or known or told:
            known = await self._read_pages(container, told, known, listing)
        if known is None and not listing.is_told_by(told):
            known = self._known_containers.known_in(container.id)
        if gone := known.keys() - listing.ids if known else None:
            steady = not listing.unsteady
            self._documents.miss(
                sorted(gone), run=self._run.number, why="absent", witness=steady, container=container.id
            )
        if not listing.unsteady:
            self._hidden_items.listed(container, listing)
        self._buffer.saw(container.id, container.scope, listing)

    async def _read_pages(
        self, container: Container, told: tuple[bytes, ...], known: KnownById | None, listing: Listing
    ) -> KnownById | None:
        """
        Read the pages of a container to their end, and take what is on them.

        Args:
            told: marks by which its pages are recognised.
            known: what was last listed in it; None: nobody needed it so far.

        Returns:
            The same, asked for where a page needs it.

        Raises:
            ListingIncomplete: it did not come to its end, or the run is to stop.
        """
        proven = self._known_containers.proven(container.id, known)
        asked = msgspec.structs.replace(container, told=told) if told else container
        async for page in self._source.children(asked, proven=proven):
            if self._run.stopping():
                raise ListingIncomplete("the run was stopped")
            if page.same is not None:
                self._recognise(page.same, container.scope, listing)
            elif known is None and page.rows:  # beside recognised rows each is asked for by its id
                known = self._known_containers.known_in(container.id)
            if page.rows or page.same is None:
                await self._take_page(page.rows, container, known or {}, listing)
            listing.page(page)
            if page.outdated:
                await make_again(container, self._source, self._documents, self.take)
        if not listing.proof:
            raise ListingIncomplete(f"the listing of {container.native} has no proof of its end")
        return known

    def _recognise(self, same: Same, scope: Scope, listing: Listing) -> None:
        """Rows of which everything is as it was when they were kept, or sent, last: only what stands in them is listed."""
        self._results.count(scope, same.count)
        self._items.keep(scope.key, same.count)
        listing.recognise(same.ids, same.count)
        self._add(self._known_containers.worth_listing(same.below, scope))

    async def _take_page(
        self, rows: Sequence[Listed], container: Container, known: KnownById, listing: Listing
    ) -> None:
        self._rest.leave(LIST, done=0)
        try:
            with self._frontier.at_work(len(rows)), self._rest.at_work(ROW, done=len(rows)):
                slow, place = await self._take_rows(rows, container, known, listing)
            self._rest.page(container, rows, [row.kind for row, _ in slow])
            if slow:
                self._frontier.done(container)
            self._worklist.look_again()  # some may have waited for these rows to be done
            await together(self._treat_in_turn(row, known_row, place, listing) for row, known_row in slow)
        finally:
            self._rest.enter(LIST)

    async def _take_rows(
        self, rows: Sequence[Listed], container: Container, known: KnownById, listing: Listing
    ) -> tuple[list[tuple[Listed, Known | None]], Place]:
        """
        Plan and push what a page lists.

        Returns:
            What must wait for more than the processor (a file, a detail), with what is known of it; and where all of it was met.
        """
        self._results.count(container.scope, len(rows))
        place = Place(container.scope.key, container.id, page=next(self._pages))
        elsewhere = await self._new_items.known([row.id for row in rows if row.id not in known])
        listing.meet(row.id for row in rows)
        all_known = {**known, **elsewhere} if elsewhere else known
        rows = self._own_rows.of_page(rows, container, elsewhere, listing)
        self._places.arrive(rows, all_known, place)
        if any(row.kind == "unreadable" for row in rows):
            self._results.fail(
                container.scope,
                RecordInvalid(f"the listing of {container.native} holds an item that cannot be read"),
            )
        containers = [row for row in rows if row.container is not None]
        shown = self._hidden_items.shown(
            rows, container.scope, all_known, path=container.path, container=container.id
        )
        going = {row.id for row in shown}
        for row in containers:
            if row.id in going:
                listing.became(await self._items.treat(row, all_known.get(row.id), place))
        below = [row.container for row in containers if row.container is not None]
        self._add(
            self._known_containers.worth_listing(below, container.scope),
            {row.id: row.kind for row in containers},
        )
        slow: list[tuple[Listed, Known | None]] = []
        for row in shown:
            if row.container is not None:
                continue
            known_row = all_known.get(row.id)
            if self._source.side_by_side and self._items.is_slow(row, known_row):
                slow.append((row, known_row))
                continue
            listing.became(await self._items.treat(row, known_row, place))
            if self._run.stopping():
                raise ListingIncomplete("the run was stopped")
        return slow, place

    async def _treat_in_turn(self, row: Listed, known: Known | None, place: Place, listing: Listing) -> None:
        """Make one of several documents at once: as many as the source makes calls, over all containers."""
        async with self.hands.turns:
            if self._run.stopping():
                raise ListingIncomplete("the run was stopped")
            with self._rest.at_work(row.kind):
                listing.became(await self._items.treat(row, known, place))
