"""Several seats of one run in one process: whoever is offered a seat takes it, and some misbehave."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from connector.app import App
from connector.errors import ConnectorError, LeaseLost
from connector.ledger.shards import SeatKey, Shards
from connector.plan.item import Mode
from connector.plan.report import Report
from connector.ports.engine import Seat
from connector.runs.parts import Opened
from connector.runs.seat import SeatWalk
from connector.sandbox.faults import Fault, Latency
from connector.sandbox.interaxo import InteraxoWorld
from connector.wiring.seat import sit
from tests.estates import EVERYONE, Small, furnish_small
from tests.ledger.cluster import Cluster
from tests.neighbourhood import Neighbourhood, neighbourhood

ROOMS, FILES = 6, 5


def furnish(world: InteraxoWorld) -> Small:
    """Two rooms with every kind of item, and some more with a few files each."""
    small = furnish_small(world)
    for n in range(ROOMS):
        room = world.add_room("example-corp", f"more-{n}", f"More {n}", authorities=EVERYONE)
        folder = world.add_folder(room, "Folder")
        for m in range(FILES):
            world.add_file(folder, f"{n}-{m}.txt", content=b"x")
    return small


class Table:
    """Implements `connector.ports.engine.Others` with the tasks of this process."""

    version = "of-the-test"

    def __init__(self, near: Neighbourhood, url: str) -> None:
        self.near, self.url = near, url
        self.tasks: dict[int, asyncio.Task[None]] = {}
        self.lost: list[LeaseLost] = []
        self.failed: list[ConnectorError] = []
        self.app: Callable[[int], App] = lambda _: near.app()
        """What the service has that takes a seat."""
        self.offered: list[Seat] = []
        """While the run lists its sources: whether they are needed shows then."""
        self.needed: list[Seat] = []
        self.stopping: dict[int, Callable[[], bool]] = {}
        """Whether the service that has a seat ends."""
        self._loop = asyncio.get_running_loop()

    def offer(self, seats: Sequence[Seat]) -> None:
        self.offered += seats
        for seat in seats:
            self._loop.call_soon_threadsafe(self.take, seat)

    def take(self, seat: Seat) -> None:
        """Let somebody take a seat, again perhaps."""
        self.tasks[seat.number] = self._loop.create_task(self._sit(seat))

    async def _sit(self, seat: Seat) -> None:
        try:
            stopping = self.stopping.get(seat.number, lambda: False)
            if not await sit(self.app(seat.number), seat, f"member-{seat.number}", stopping=stopping):
                return
        except LeaseLost as error:
            self.lost.append(error)
        except ConnectorError as error:
            self.failed.append(error)
        self.needed.append(seat)

    def held(self, seats: Sequence[Seat]) -> set[int]:
        self.ask("UPDATE members SET seen_at=%s", time.time())  # they beat
        return {seat.number for seat in seats if not self.tasks[seat.number].done()}

    def ask(self, sql: str, *values: Any) -> list[Any]:
        """Ask or edit the ledger behind everybody's back."""
        with psycopg.connect(self.url, autocommit=True) as driver:
            cursor = driver.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    def is_over(self) -> None:
        """The run was cut short: whoever has, or was offered, a seat notices by itself."""

    async def run(self, mode: str = "full", **wanted: Any) -> Report:
        """Do one run in which they take a part."""
        self.near.clock.pass_seconds(1)
        app = self.near.app()
        try:
            return await app.run("intranet", app.options("intranet", Mode(mode), **wanted), others=self)
        except (asyncio.CancelledError, ConnectorError):
            self.is_over()
            raise
        finally:
            for task in self.tasks.values():
                await asyncio.wait({task})


@asynccontextmanager
async def table(
    folder: Path, cluster: Cluster, *, services: int = 2, make: type[Table] = Table, **values: Any
) -> AsyncIterator[tuple[Table, Small]]:
    """Neighbours, a ledger on PostgreSQL, and so many services that are members."""
    small: list[Small] = []
    async with neighbourhood(folder, lambda world: small.append(furnish(world))) as near:
        url = cluster.new_database()
        near.values |= {"ledger.url": url, "sources.interaxo.concurrency": 9}
        near.values |= {key.replace("__", "."): value for key, value in values.items()}
        one = make(near, url)
        with near.app().ledger() as ledger:
            for n in range(services):
                ledger.members().join(f"member-{n}", "a-host", Table.version, now=time.time())
        yield one, small[0]


def nothing_is_left(one: Table) -> None:
    """A run that is over leaves no part of itself in the ledger."""
    for name in ("seats", "shards", "under_way", "met", "intents"):
        assert one.ask(f"SELECT count(*) FROM {name}") == [(0,)], name


async def when(true: Callable[[], object], what: str) -> None:
    """Wait for something in the middle of a run."""
    for _ in range(2_000):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(what)


def slowly(near: Neighbourhood, path: str = "*/children*", seconds: float = 0.08) -> Fault:
    """Listings take long from now on."""
    return near.wire.add(Fault(match=path, how=Latency(seconds), times=None))


def quickly(near: Neighbourhood) -> None:
    """As at first."""
    near.wire.faults.clear()


def as_seats_are_taken(
    monkeypatch: pytest.MonkeyPatch, then: Callable[[SeatWalk, Opened, SeatKey], None]
) -> None:
    """Do something with the walk of each seat before it begins: with what was opened for it, and which seat it is."""
    made = SeatWalk.__init__

    def make(
        seat_walk: SeatWalk, opened: Opened, shards: Shards, place: SeatKey, *given: Any, **more: Any
    ) -> None:
        made(seat_walk, opened, shards, place, *given, **more)
        then(seat_walk, opened, place)

    monkeypatch.setattr(SeatWalk, "__init__", make)
