"""An intranet that does nothing by itself: the test says which call has its effect, and which is answered."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from connector.document.audience import Audience
from connector.document.document import Rendered
from connector.errors import TargetUnavailable
from connector.ledger.part import Database
from connector.ledger.writer import Writer
from connector.ports.target import RemoteState, Stamp
from connector.push.outbox import DocumentPush, Outbox
from connector.target.format import InteractFormat
from connector.target.results import Pushes
from tests.builders import make_listed, make_rendered
from tests.desk import RULES, SOURCE, Desk
from tests.patience import IN_VAIN_S

A, B = "ix:group:a", "ix:group:b"
T = TypeVar("T")


class Call:
    """One push under way: first it has its effect, then it is answered."""

    def __init__(self, batch: Sequence[tuple[Rendered, Stamp]]) -> None:
        self.batch = [rendered for rendered, _ in batch]
        self.ids = {rendered.id for rendered in self.batch}
        self.effective = False
        self.answer: asyncio.Future[Pushes] = asyncio.get_running_loop().create_future()


class Intranet:
    """Does nothing by itself: the test says which call has its effect, and which is answered."""

    format = InteractFormat()

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.called = asyncio.Event()
        """Set while a call is under way."""
        self.audiences: dict[str, Audience] = {}
        self.most = 0
        """Calls that were under way at once."""

    async def push(
        self, batch: Sequence[tuple[Rendered, Stamp]], *, lost: Callable[[], None] | None = None
    ) -> Pushes:
        call = Call(batch)
        for other in self.calls:
            assert not call.ids & other.ids, "two pushes of one document are under way"
        self.calls.append(call)
        self.called.set()
        self.most = max(self.most, len(self.calls))
        return await call.answer

    def take_effect(self, call: Call) -> None:
        call.effective = True
        self.audiences |= {rendered.id: rendered.audience for rendered in call.batch}

    def reply(self, call: Call, *, answered: bool = True) -> None:
        self.calls.remove(call)
        if not self.calls:
            self.called.clear()
        ids = [rendered.id for rendered in call.batch]
        call.answer.set_result(
            Pushes(accepted=ids if answered else [], refused={}, unanswered=[] if answered else ids)
        )

    async def play(self, dice: random.Random, work: asyncio.Task[Any]) -> None:
        """Let calls take effect and be answered in an order that the dice choose, until the work is done."""
        in_vain = time.monotonic() + IN_VAIN_S
        while not work.done():
            if time.monotonic() > in_vain:
                work.cancel()
                raise AssertionError("it waits for ever")
            for _ in range(dice.randrange(1, 9)):
                await asyncio.sleep(0)
            if not self.calls:
                continue
            call = dice.choice(self.calls)
            if call.effective:
                self.reply(call)
            else:
                self.take_effect(call)


class Emptied(Intranet):
    """Removes what it is told to remove, and says what it has."""

    def __init__(self) -> None:
        super().__init__()
        self.removed, self.removes = asyncio.Event(), asyncio.Event()
        """Set when it was told to remove something, and while it does so."""
        self.removes.set()
        self.silent = False
        """It answers to no removal."""
        self._there: dict[str, Rendered] = {}

    def put(self, push: DocumentPush) -> None:
        """It has this from somebody else."""
        self.audiences[push.rendered.id] = push.rendered.audience
        self._there[push.rendered.id] = push.rendered

    async def state(self, identifier: str) -> RemoteState:
        there = self._there.get(identifier)
        return RemoteState(exists=there is not None, fingerprint=there.fingerprint.hex() if there else "")

    async def delete(self, ids: Sequence[str], *, lost: Callable[[], None] | None = None) -> None:
        self.removed.set()
        await self.removes.wait()
        if self.silent:
            raise TargetUnavailable("nobody answers")
        for one in ids:
            self.audiences.pop(one, None)


class Later(Writer):
    """A ledger that writes a batch a while after it was handed in, as a server does."""

    def __init__(self, database: Database, dice: random.Random) -> None:
        super().__init__(database)
        self._dice = dice
        self._turn = asyncio.Lock()

    async def write(self, work: Callable[[Database], T]) -> T:
        async with self._turn:
            for _ in range(self._dice.randrange(9)):
                await asyncio.sleep(0)
            return work(self._database)


def make(desk: Desk, intranet: Intranet, **changes: Any) -> Outbox:
    run = desk.begin(**{"batch_documents": 2, "batch_bytes": 1_000_000, "concurrency": 3, **changes})
    return Outbox(run, intranet, desk.books, desk.tally)  # type: ignore[arg-type]


def push_of(name: str, audience: Audience, path: str = "") -> DocumentPush:
    return DocumentPush(
        source=SOURCE,
        listed=make_listed(id=name, native=name, audience=audience),
        rendered=make_rendered(id=name, audience=audience, path=path or f"/ix-r1/{name}/"),
        room="r1",
        container="ix-r1",
        rules=RULES,
        stamp=Stamp(),
        known=None,
        why="new",
    )
