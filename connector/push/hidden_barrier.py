"""What a person hid does not go out: the one place that every document passes on its way to the target."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from connector.ledger.orders import Hidden
from connector.ledger.rows import described
from connector.plan.context import Books, Run
from connector.plan.hidden_roots import HiddenRoots
from connector.push.document_push import DocumentPush


class HiddenBarrier:
    """Stops what is hidden, and knows what of it is on its way."""

    def __init__(self, run: Run, books: Books) -> None:
        self.hidden_roots = HiddenRoots()
        """What must not go out, whoever hands it over."""
        self.others: list[Callable[[], Awaitable[None]]] = []
        """Has those who push elsewhere stop, and waits until they have."""
        self._run = run
        self._orders = books.orders
        self._sent: dict[int, list[DocumentPush]] = {}
        """Batches that are sent and whose answer is not written down yet, by their identity."""
        self._removes = False
        self._answer = asyncio.Event()
        """Of now: it is set, and another one begins, when an answer was written down, none will come, or removals are over."""

    def stops(self, push: DocumentPush) -> bool:
        """Whether a document is hidden: then it does not go out, and what the target may have of it is to be removed."""
        if not self.hidden_roots or not (root := self.hidden_roots.root_of(push.rendered.path)):
            return False
        met = Hidden(**described(push), root=root, at=self._run.now())
        self._orders.meet([met.without_words() if self.hidden_roots.forgets(root) else met])
        return True

    def let_go(self, batch: list[DocumentPush]) -> None:
        """A batch is about to be sent."""
        self._sent[id(batch)] = batch

    def is_over(self, batch: list[DocumentPush]) -> None:
        """A batch was answered and that is written down, or no answer will come."""
        self._sent.pop(id(batch), None)
        self._tell()

    @contextmanager
    def removing(self) -> Iterator[None]:
        """What is hidden is removed inside: what stands below it by the ledger and moved out goes out only after that."""
        self._removes = True
        try:
            yield
        finally:
            self._removes = False
            self._tell()

    def went(self, pushes: Sequence[DocumentPush]) -> None:
        """These were accepted: what moved out of something hidden is not to be removed any more for where it stood."""
        if self.hidden_roots:
            self._orders.let_out(
                [
                    (one.rendered.id, one.known.path)
                    for one in pushes
                    if one.known is not None
                    and self._is_near(one)
                    and not self.hidden_roots.root_of(one.rendered.path)
                ]
            )

    def keeps(self, batch: list[DocumentPush]) -> bool:
        """Whether something is being removed that a batch has: a push and a removal may be carried out in any order."""
        return self._removes and any(map(self._is_near, batch))

    async def clear(self, batch: list[DocumentPush]) -> None:
        """Wait until that is over."""
        while self.keeps(batch):
            await self._answer.wait()

    async def settled(self) -> None:
        """Wait until nothing is on its way any more that is hidden, or stood there by the ledger, for the same reason."""
        for stop in list(self.others):
            await stop()
        while any(self._is_near(push) for batch in self._sent.values() for push in batch):
            await self._answer.wait()

    def _is_near(self, push: DocumentPush) -> bool:
        stood = push.known.path if push.known is not None else ""
        return any(map(self.hidden_roots.root_of, (push.rendered.path, stood)))

    def _tell(self) -> None:
        self._answer.set()
        self._answer = asyncio.Event()
