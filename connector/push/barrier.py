"""What a person hid does not go out: the one place that every document passes on its way to the target."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from connector.ledger.orders import Hidden
from connector.plan.context import Books, Run
from connector.plan.hiding import Hides
from connector.push.parcel import Parcel


class Barrier:
    """Stops what is hidden, and knows what of it is on its way."""

    def __init__(self, run: Run, books: Books) -> None:
        self.hides = Hides()
        """What must not go out, whoever hands it over."""
        self.others: list[Callable[[], Awaitable[None]]] = []
        """Has those who push elsewhere stop, and waits until they have."""
        self._run = run
        self._orders = books.orders
        self._sent: dict[int, list[Parcel]] = {}
        """Batches that are sent and whose answer is not written down yet, by their identity."""
        self._answer = asyncio.Event()
        """Of now: it is set, and another one begins, when an answer was written down, or none will come."""

    def stops(self, parcel: Parcel) -> bool:
        """Whether a document is hidden: then it does not go out, and what the target may have of it is to be removed."""
        if not self.hides or not (root := self.hides.root_of(parcel.rendered.path)):
            return False
        rendered, listed = parcel.rendered, parcel.listed
        forgotten = self.hides.forgets(root)
        met = Hidden(
            id=rendered.id,
            root=root,
            source=parcel.source,
            native="" if forgotten else listed.native,
            room=parcel.room,
            container=parcel.container,
            kind=listed.kind,
            title="" if forgotten else rendered.title,
            url="" if forgotten else rendered.url,
            path=rendered.path,
            at=self._run.now(),
        )
        self._orders.meet([met])
        return True

    def let_go(self, batch: list[Parcel]) -> None:
        """A batch is about to be sent."""
        self._sent[id(batch)] = batch

    def is_over(self, batch: list[Parcel]) -> None:
        """A batch was answered and that is written down, or no answer will come."""
        self._sent.pop(id(batch), None)
        self._answer.set()
        self._answer = asyncio.Event()

    async def settled(self) -> None:
        """Wait until nothing that is hidden is on its way any more: a push may not come after its removal."""
        for stop in list(self.others):
            await stop()
        while any(
            self.hides.root_of(parcel.rendered.path) for batch in self._sent.values() for parcel in batch
        ):
            await self._answer.wait()
