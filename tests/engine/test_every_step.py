"""
Somebody dies between any two steps of a run whose rooms several walk: whoever has a seat, and whoever has the run.

A step is a statement, or the end of a transaction: its connection is gone from there on, and nothing after it is heard.
`make test` plays some of the steps, `make cluster` each.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest

from connector.errors import ConnectorError
from connector.ledger.engines.postgres_connection import PostgresConnection
from connector.ports.engine import Seat
from connector.runs import seat, sharing
from tests.engine.table import Table, table
from tests.estates import Small
from tests.ledger.cluster import Cluster

PARTS = 1 if "CONNECTOR_CLUSTER" in os.environ else 150
"""One step of so many."""
DAY_S = 86_400
WHO: ContextVar[str] = ContextVar("who", default="")


class Steps:
    """Counts the steps of everybody, and lets one of them be somebody's last."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: Counter[str] = Counter()
        self.last: tuple[str, int] | None = None
        for name in ("_send", "_answer", "_answered"):
            monkeypatch.setattr(PostgresConnection, name, self._counting(getattr(PostgresConnection, name)))

    def _counting(self, does: Callable[..., Any]) -> Callable[..., Any]:
        def step(talk: PostgresConnection, *given: Any) -> Any:
            who = WHO.get()
            self.done[who] += 1
            if self.last is not None and self.last[0] == who and self.done[who] >= self.last[1]:
                talk.driver.close()
            return does(talk, *given)

        return step


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    monkeypatch.setattr(seat, "BEAT_S", 0.05)
    monkeypatch.setattr(sharing, "LOOK_S", 0.05)
    monkeypatch.setattr(sharing, "HELD_LOOK_S", 0.1)
    return Steps(monkeypatch)


class Mortals(Table):
    """Whoever dies with a seat is replaced, as by the round of the others."""

    async def _sit(self, seat: Seat) -> None:
        for life in range(3):
            WHO.set("heir" if life else f"seat {seat.number}")
            died = len(self.failed)
            await super()._sit(seat)
            if len(self.failed) == died:
                return

    def is_over(self) -> None:
        """Whoever waits for the rooms of a run that died leaves when its lease is over: here at once."""
        self.ask("UPDATE leases SET expires_at=0")

    async def run(self, mode: str = "full", **wanted: Any) -> Any:
        WHO.set("run")
        return await super().run(mode, **wanted)


def alter(one: Table, small: Small, n: int) -> None:
    """Something to push in each room, and something to remove, on another day."""
    one.near.clock.pass_seconds(DAY_S)
    files = [item for item in one.near.rooms.items() if item.name.endswith(".txt") and "-" in item.name]
    for item in files[n % 5 :: 5]:
        one.near.rooms.rename(item.id, f"{n}-{item.name[-12:]}")
    one.near.rooms.remove(files[n % len(files)].id)
    one.near.rooms.add_file(small.tunnel, f"new-{n}-.txt", content=b"x")


def nothing_living_was_removed(one: Table) -> None:
    assert not {deletion.id for deletion in one.near.intranet.deletions} & one.near.expected()


async def ends_well(one: Table) -> None:
    """A run in which nobody dies puts everything right."""
    report = await one.run()
    assert report.outcome == "succeeded"
    assert one.near.found() == one.near.expected()
    for name in ("seats", "shards", "under_way", "met", "intents"):
        assert one.ask(f"SELECT count(*) FROM {name}") == [(0,)], name
    found = {key: row.document["Title"] for key, row in one.near.intranet.documents.items()}
    files = [item for item in one.near.rooms.items() if item.name.endswith("-.txt")]
    assert {f"ix-{item.id}": item.name for item in files}.items() <= found.items()
    nothing_living_was_removed(one)


async def count(one: Table, small: Small, steps: Steps, who: str) -> int:
    """How many steps somebody has in a run in which nobody dies."""
    alter(one, small, 0)
    steps.done.clear()
    await ends_well(one)
    return steps.done[who]


@pytest.mark.parametrize("who", ["seat 0", "run"])
async def test_somebody_dies_between_any_two_steps(
    tmp_path: Path,
    cluster: Cluster,
    steps: Steps,
    who: str,
) -> None:
    async with table(tmp_path, cluster, make=Mortals, http__settle_s=0) as (one, small):
        await one.near.run("full")
        most = await count(one, small, steps, who)
        for n in range(1, most + 1, PARTS):
            alter(one, small, n)
            steps.done.clear()
            one.failed.clear()
            steps.last = who, n
            with suppress(ConnectorError):
                report = await one.run()
                assert who == "run" or report.outcome in {"succeeded", "withheld"}, n
            steps.last = None
            one.ask("UPDATE leases SET expires_at=0")
            nothing_living_was_removed(one)
            await ends_well(one)
        print(f"{most} steps")
