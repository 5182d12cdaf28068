"""
Documents on their way to the target: batches in the order they came, intent before, confirmation after.

A batch starts only after every earlier batch started, so a parent is never in a later-started batch than
its child. A few batches may wait for their turn, so that whoever reads goes on while the target answers; then
whoever adds a document waits, too: that bounds memory. What one batch's answer said is written down together
with what the next batch intends. Of one document never two pushes are under way at once: whoever adds it again waits until
the earlier one is answered and written down, since the target may carry two calls out in any order. What becomes of a batch
that is sent, `delivery` tells.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec

from connector.engine.task_group import ended
from connector.ledger.shards import PushedElsewhere, Shards
from connector.plan.context import Books, Run
from connector.plan.tally import Counted, Sheet
from connector.ports.target import Target
from connector.push.counting import count, foretell
from connector.push.delivery import Delivery
from connector.push.document_push import DocumentPush
from connector.push.hidden_barrier import HiddenBarrier
from connector.push.recording import Answered, Recording
from connector.push.target_hold import TargetHold

AHEAD = 6
"""Batches that may wait for their turn."""
ALONE = 500
"""Documents of a run that go alone, at most, since an earlier push of theirs went unanswered: a firewall that cuts the connection for one
of a batch answers none of it."""
AGAIN_S = 0.1
"""Until another look whether a document that another service pushes is answered."""


class Outbox:
    """What is to be pushed in one run."""

    def __init__(
        self,
        run: Run,
        target: Target,
        books: Books,
        sheet: Sheet,
        progress: Callable[[int], None] = lambda _: None,
        among: Shards | None = None,
    ) -> None:
        """
        Args:
            progress: is told how many more documents were accepted.
            among: a seat, where other services push to the target at the same time.
        """
        self.recording = Recording(run, books, target.format, among)
        self.hidden_barrier = HiddenBarrier(run, books)
        self.target_hold = TargetHold(run, books)
        self._delivery = Delivery(run, target, books, sheet, self.recording, self._count)
        self._run = run
        self._target = target
        self._sheet = sheet
        self._progress = progress
        self._most, self._most_bytes = run.options.batch_documents, run.options.batch_bytes
        self.at_once = run.options.concurrency
        """Batches that are sent at once, at most: fewer where others send the rest; changed while none is under way, or to more."""
        self._batch: list[DocumentPush] = []
        self._ids: set[str] = set()
        self._alone = 0
        """Documents that went alone."""
        self._under_way: dict[str, asyncio.Event] = {}
        """Ids of the batches that wait or are sent, each with the event that its answer is written down."""
        self._size = 0
        self._adding = asyncio.Lock()
        self._slots = asyncio.Semaphore(self.at_once + AHEAD)
        self._waiting: deque[list[DocumentPush]] = deque()
        self._senders = 0
        """Tasks that will still look for a waiting batch; one that is done may stand in `_sending` a moment longer."""
        self._sending: set[asyncio.Task[None]] = set()
        self._failed: BaseException | None = None
        self._abandoned = False

    @property
    def unanswered(self) -> int:
        """Documents that got no clear answer and were not accepted since: they may or may not have arrived."""
        return len(self.recording.unheard)

    async def add(self, push: DocumentPush) -> None:
        """Put a document into the current batch; waits while the target is busy, or has a push of this very document in hand."""
        if self.hidden_barrier.stops(push):
            return
        if self._run.options.adopt and not self._run.dry_run and await self._adopted(push):
            return
        if self._is_kept_back(push):
            return
        if self._run.dry_run:
            foretell(self._sheet, push, self._run.mode)
            return
        while True:
            self._raise_failure()
            if (answered := self._under_way.get(push.rendered.id)) is not None:
                await answered.wait()
            elif self._has_no_place_for(push):
                async with self._adding:
                    if self._has_no_place_for(push):
                        await self._start()
            else:
                break
        self._batch.append(push)
        self._ids.add(push.rendered.id)
        self._size += push.rendered.size
        self._alone += self._goes_alone(push)

    def take_more(self, batches: int) -> None:
        """Let so many more batches be sent at once."""
        self.at_once += batches
        for _ in range(batches):
            self._slots.release()

    def _is_kept_back(self, push: DocumentPush) -> bool:
        """Whether it does not go out because the target is on hold."""
        if not self.target_hold.keeps(push):
            return False
        self._sheet.count(Counted.PENDING, int(push.counts))
        return True

    def _has_no_place_for(self, push: DocumentPush) -> bool:
        if not self._batch:
            return False
        full = len(self._batch) >= self._most or self._size + push.rendered.size > self._most_bytes
        alone = self._goes_alone(push) or self._goes_alone(self._batch[0])
        return full or alone or push.rendered.id in self._ids

    def _goes_alone(self, push: DocumentPush) -> bool:
        return self._alone < ALONE and push.went_unanswered

    async def _adopted(self, push: DocumentPush) -> bool:
        """Whether the target has this very document already, by our own note beside it: then it is only written down."""
        if push.known is not None and push.known.is_confirmed:
            return False
        state = await self._target.state(push.rendered.id)
        if self.hidden_barrier.stops(push):  # hidden meanwhile
            return True
        if not state.exists or state.fingerprint != push.rendered.fingerprint.hex():
            return False
        there = [msgspec.structs.replace(push, counts=False)]
        self.hidden_barrier.let_go(there)
        try:
            await self._delivery.accept(there)
        finally:
            self.hidden_barrier.is_over(there)
        self._sheet.count(Counted.UNCHANGED)
        return True

    def in_hand(self) -> set[str]:
        """Ids of what waits, or is sent and not written down yet; of what was dropped for ever, since nobody has sent it."""
        return self._ids | self._under_way.keys()

    async def flush(self) -> None:
        """Send what is left and wait for every answer."""
        async with self._adding:
            if self._batch:
                await self._start()
        while self._sending:
            await asyncio.wait(self._sending)
        self._raise_failure()

    async def abandon(self) -> None:
        """Finish the calls in hand and send nothing more; whoever is cancelled meanwhile waits for no answer: they count as unanswered."""
        self._abandoned = True
        self._batch, self._size = [], 0
        # its ids stay in hand: a room whose documents were dropped is not done
        self._drop_waiting()
        await ended(*self._sending)

    async def _start(self) -> None:
        self._raise_failure()
        batch, self._batch, self._size = self._batch, [], 0
        self._under_way.update(dict.fromkeys(self._ids, asyncio.Event()))
        self._ids = set()
        await self._slots.acquire()
        self._raise_failure()
        self._waiting.append(batch)
        if self._senders < self.at_once:
            self._senders += 1
            task = asyncio.create_task(self._send_waiting())
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _send_waiting(self) -> None:
        """Send one batch after the other while any waits."""
        answered: Answered | None = None
        try:
            while self._waiting or answered is not None:
                if not self._waiting or self.hidden_barrier.keeps(self._waiting[0]):
                    if answered is None:
                        await self.hidden_barrier.clear(self._waiting[0])
                    else:  # first: what is kept waits for it; and another may come meanwhile
                        await self._write_down(answered, None)
                        answered = None
                    continue
                batch = self._what_may_go(self._waiting.popleft())
                if not batch:
                    self._slots.release()
                    continue
                self.hidden_barrier.let_go(batch)
                try:
                    intent = await self._pass_on(answered, batch)
                    answered = None
                    self.hidden_barrier.is_over(batch)
                    if batch := self._what_may_go(batch):  # by now: to write it down took a while
                        self.hidden_barrier.let_go(batch)
                        answered = Answered(batch, await self._delivery.send(batch, intent), intent)
                    else:
                        await self.recording.settle(intent)
                except BaseException:
                    self.hidden_barrier.is_over(batch)
                    raise
                finally:
                    self._slots.release()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - raised again by whoever adds or flushes next
            self._failed = self._failed or error
            self._drop_waiting()
        finally:
            self._senders -= 1

    def _what_may_go(self, batch: list[DocumentPush]) -> list[DocumentPush]:
        """What may still go out of a batch: not what was hidden meanwhile or is on hold, and nothing once the run ends."""
        if self._sends_no_more:
            return []
        if not self.target_hold.look() and not self.hidden_barrier.hidden_roots:
            return batch
        stays = {
            one.rendered.id for one in batch if self.hidden_barrier.stops(one) or self._is_kept_back(one)
        }
        return self._without(batch, stays)

    def _without(self, batch: list[DocumentPush], ids: set[str]) -> list[DocumentPush]:
        going = [push for push in batch if push.rendered.id not in ids]
        answered = [self._under_way.pop(one) for one in ids]
        if answered and not going:
            answered[0].set()  # all of a batch have one
        return going

    def _drop_waiting(self) -> None:
        for _ in self._waiting:
            self._slots.release()
        self._waiting.clear()
        for answered in self._under_way.values():
            answered.set()  # whoever waits for one of these learns that nothing more is sent

    async def _pass_on(self, answered: Answered | None, batch: list[DocumentPush]) -> int:
        """
        Write down what is in hand, and intend what comes next as soon as nobody else pushes any of it.

        Raises:
            PushedElsewhere: nothing further is sent here. Whoever fails keeps its claims until its senders have ended: two
                that fail would wait for each other's.
        """
        while True:
            try:
                return await self._write_down(answered, batch)
            except PushedElsewhere:
                if self._sends_no_more:
                    raise
            if answered is not None:
                await self._write_down(answered, None)  # else two of us may wait for each other
                answered = None
            await asyncio.sleep(AGAIN_S)

    async def _write_down(self, answered: Answered | None, batch: list[DocumentPush] | None) -> int:
        """Confirm what was accepted and intend what comes next, apart from what was met elsewhere since; says the intent's number."""
        intent, going = await self.recording.write_down(answered, batch)
        if batch is not None:
            self._without(batch, {one.rendered.id for one in batch} - {one.rendered.id for one in going})
            batch[:] = going  # the same list: the barrier knows it
        if answered is not None:
            self._count(answered.accepted)
            self.hidden_barrier.is_over(answered.batch)
            for push in answered.batch:
                self._under_way.pop(push.rendered.id).set()
        return intent

    def _count(self, pushes: list[DocumentPush]) -> None:
        if not pushes:
            return
        self.hidden_barrier.went(pushes)
        for push in pushes:
            if push.counts:
                count(self._sheet, push)
        self._progress(len(pushes))

    @property
    def _sends_no_more(self) -> bool:
        return self._abandoned or self._failed is not None

    def _raise_failure(self) -> None:
        if self._failed is not None:
            raise self._failed
