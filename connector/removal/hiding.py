"""
What a person orders to be hidden leaves the search now, by id, past the brake: by whoever has the lease of the target.

    look         carry out what waits: a run does so at its beginning, and between two batches; a command, where no run works
    remove_met   what a walk found below a hidden document, whoever pushed it

An order is in the ledger before it is carried out, and counts as done once the target answered for all of it; what it hides is
stopped at the outbox from the moment that it is known. So it may be cut off anywhere, and is carried out by the next one.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import msgspec

from connector.engine.task_group import end, wait_for_event
from connector.ledger.orders import KEEPS_OUT, About, Hidden, Order, OrderKind
from connector.ledger.taken_out_counts import with_rest, with_taken
from connector.plan import reason_words
from connector.plan.context import Books, Run
from connector.plan.findings import Code, Gone
from connector.plan.tally import Change, Counted, Sheet
from connector.ports.target import Target
from connector.push.outbox import Outbox
from connector.removal.removal import remove_part

LOOK_S = 2.0
"""A run without batches looks so often whether an order waits."""
REST_S = 0.2
"""A run with many batches looks no sooner again: each look is a question to the ledger."""


class Beside(msgspec.Struct, frozen=True):
    """What others do of an order."""

    took: Callable[[str, int], None] = lambda _source, _count: None
    """Is told how many documents of a source were removed."""
    forget: Callable[[Order], Awaitable[bool]] | None = None
    """Takes a person out of the target; says whether it answered."""


class Hiding:
    """The orders of one target in one run."""

    def __init__(
        self,
        run: Run,
        target: Target,
        books: Books,
        outbox: Outbox,
        sheet: Sheet,
        others: Beside | None = None,
    ) -> None:
        self.silent = False
        """The target did not answer to a removal, or refused it: what is left is done by the next one."""
        self.forgotten: dict[str, str] = {}
        """What was forgotten while this run worked, by id with its title: its report is not to name it."""
        self._run = run
        self._target = target
        self._documents = books.documents
        self._orders = books.orders
        self._outbox = outbox
        self._hidden_roots = outbox.hidden_barrier.hidden_roots
        self._sheet = sheet
        self._others = others or Beside()
        self._turn = asyncio.Lock()
        self._wake = asyncio.Event()
        self._ended = asyncio.Event()

    def wake(self) -> None:
        """A batch was confirmed: time to see whether an order waits."""
        self._wake.set()

    @asynccontextmanager
    async def attended(self, *, first: bool = True) -> AsyncIterator[None]:
        """
        Carry out what waits, then what is ordered while the work inside goes on.

        Args:
            first: whether the work inside begins only when what waits was carried out.
        """
        if first:
            await self.look()
        if self._run.dry_run:
            yield
            return
        task = asyncio.create_task(self._attend())
        try:
            yield
            self._ended.set()
            self._wake.set()
            await task
        finally:
            await end(task)  # its error was raised above, or is less than what ends the work inside

    async def _attend(self) -> None:
        while not self._ended.is_set():
            await wait_for_event(self._wake, at_most=LOOK_S)
            self._wake.clear()
            if not self._ended.is_set():
                await self.look()
                await wait_for_event(self._ended, at_most=REST_S)

    async def look(self) -> None:
        """
        Carry out what waits.

        Raises:
            LeaseLost: before anything further is removed. TargetRefused: a person must act.
        """
        async with self._turn:
            self._outbox.target_hold.look()
            waiting = [one for one in self._know() if one.done_at is None]
            if not waiting:
                return
            documents = [one for one in waiting if one.about is About.DOCUMENT]
            if documents:
                with self._outbox.hidden_barrier.removing():
                    await self._carry_out(documents)
            if self._run.dry_run:
                return
            for order in documents:
                if not self.silent:
                    self._conclude(order, hidden=self._orders.count().get(order.subject, 0))
            for order in waiting:
                if order.about is About.PERSON and self._others.forget is not None:
                    if await self._others.forget(order):
                        self._conclude(order)
                    else:
                        self.silent = True

    async def _carry_out(self, orders: Sequence[Order]) -> None:
        # before: what is on its way for the first time is not known yet
        await self._outbox.hidden_barrier.settled()
        for order in orders:
            if order.kind in KEEPS_OUT:
                self._orders.enter(order.subject, title=order.title, now=self._run.now())
        if not self._run.dry_run:
            for order in orders:
                if order.kind is OrderKind.FORGET:
                    self.forgotten |= {one.id: one.title for one in self._orders.of(order.subject)}
                self._note(order)
        await self._remove()

    async def remove_met(self) -> None:
        """Remove what a walk met: it moved below a hidden document, or is new there and may have been pushed by an earlier ledger."""
        async with self._turn:
            if not self._hidden_roots:
                self._orders.drop_unordered()
                return
            with self._outbox.hidden_barrier.removing():
                await self._remove()
            self._orders.drop_shown()

    def _know(self) -> list[Order]:
        """Know what is hidden now; an order ends when its date is surely past."""
        now, past = self._run.now(), self._run.surely_past()
        standing = []
        for order in self._orders.standing():
            if order.until is None or order.until > past:
                standing.append(order)
                continue
            with self._orders.at_once():
                self._orders.end(order.id, now=now)
                self._orders.drop_of(order.subject)
        documents = [one for one in standing if one.kind in KEEPS_OUT and one.about is About.DOCUMENT]
        self._hidden_roots.become(
            (one.subject for one in documents),
            forgotten=[one.subject for one in documents if one.kind is OrderKind.FORGET],
        )
        return standing

    def _conclude(self, order: Order, **done: int) -> None:
        noted = self._orders.get(order.id) or order
        told = msgspec.json.decode(noted.told, type=dict[str, object])
        self._orders.done(order.id, now=self._run.now(), told={**told, **done})

    def _note(self, order: Order) -> None:
        """
        Note how many documents an order takes, before it takes any: of one that waits half done, what is left of it.

        A run that fails amid them, or a ledger that is lost then, leaves notes beside rooms that count them all.
        """
        rest = self._orders.to_take(order.subject)
        told = with_rest(order.told, rest, run=self._counted_in, ledger=self._run.ledger)
        self._orders.note(order.id, told=told)

    def _add(self, identifier: str, took: Mapping[str, int]) -> None:
        if took and (order := self._orders.get(identifier)) is not None:
            told = with_taken(order.told, took, run=self._counted_in, ledger=self._run.ledger)
            self._orders.note(identifier, told=told)

    @property
    def _counted_in(self) -> int:
        """A note that this run wrote before counted them, also where the run is killed before it writes another one."""
        return self._run.next or self._run.number + 1

    async def _remove(self) -> None:
        """Remove what is to leave, children before their parents; it ends where the target is silent, and goes on beside what it refuses."""
        self.silent = False
        self._orders.drop_unordered()
        removed = 0
        refused: set[str] = set()
        done = {one.subject: one.id for one in self._orders.holding() if one.done_at is not None}
        most = self._run.options.batch_documents
        while part := self._orders.to_remove(limit=most, besides=sorted(refused)):
            gone: Sequence[Hidden] = part
            if self._run.dry_run:
                self._foretell(part)
            else:
                there = self._documents.known([one.id for one in part])
                answered = await self._remove_part(part)
                self.silent = answered is None
                refused.update(one.id for one in part if answered is not None and one.id not in answered)
                gone = [one for one in part if one.id in (answered or ())]
                taken = [one for one in gone if one.id in there]
                removed += len(taken)
                self._note_taken(taken, done)
            self._orders.removed([one.id for one in gone])
            if self.silent:
                break
        self.silent = self.silent or bool(refused)
        if removed:
            self._sheet.count(Counted.DELETED, removed)
            self._sheet.tell(Code.HIDDEN, count=removed)

    def _note_taken(self, taken: Sequence[Hidden], done: Mapping[str, str]) -> None:
        """
        Note how many documents of each source went, for the notes beside rooms and with the orders that were carried out before.

        Args:
            done: by what such an order names, its id; what the other orders take was noted before.
        """
        for source, count in Counter(one.source for one in taken).items():
            self._others.took(source, count)
        for root in {one.root for one in taken} & done.keys():
            self._add(done[root], Counter(one.source for one in taken if one.root == root))

    async def _remove_part(self, part: Sequence[Hidden]) -> list[str] | None:
        who = {order.subject: order.who for order in self._orders.holding()}
        return await remove_part(
            self._run,
            self._target,
            self._documents,
            [one.id for one in part],
            why={one.id: reason_words.gone(Gone.HIDDEN, who.get(one.root, "")) for one in part},
            codes=dict.fromkeys((one.id for one in part), Gone.HIDDEN),
            approved=True,
            sheet=self._sheet,
            counted_in=self._counted_in,
        )

    def _foretell(self, part: Sequence[Hidden]) -> None:
        """Tell what would go; a dry run writes into a copy of the ledger, which goes on as if it had gone."""
        there = self._documents.known([one.id for one in part])
        for one in part:
            if one.id in there:
                self._sheet.count(Counted.DELETED)
                self._sheet.foretell(
                    Change(
                        id=one.id,
                        change="delete",
                        title=one.title,
                        why=reason_words.gone(Gone.HIDDEN),
                        code=Gone.HIDDEN,
                    )
                )
        self._documents.confirm_deletions(
            list(there), run=self._run.effects, now=self._run.now(), settle_s=0.0, approved=True, why={}
        )
