"""Who may find what, by the rooms themselves: for a bounded time in every test run, and long in `make soak`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.ledger.orders import OrderKind
from connector.sandbox import faults
from connector.sandbox.faults import How
from connector.sandbox.interaxo import InteraxoWorld
from tests import ledgers
from tests.model.sight_orders import OrderedSight
from tests.model.sight_world import World
from tests.model.test_model import SOAK
from tests.neighbourhood import neighbourhood

ACTS = ["change"] * 6 + [
    "set", "delta", "full", "amid delta", "amid full", "broken delta", "broken full", "killed delta", "killed full",
    "people", "amid people", "approve", "decide again", "keep", "hide", "unhide", "back", "switch", "refuse", "backfill", "dry delta", "dry full",
    "stopped delta", "stopped full", "late delta", "late full",
]  # fmt: skip
Act = tuple[str, int]
DYING: list[How] = [faults.RESET_BEFORE, faults.RESET_AFTER]
FAR = 120
"""Calls after which something changes in a run at the latest."""


@settings(
    max_examples=SOAK or 3,
    derandomize=not SOAK,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
@given(
    seed=st.integers(0, 1_000_000),
    permissions=st.sampled_from(["item", "item", "room"]),
    acts=st.lists(
        st.tuples(st.sampled_from(ACTS), st.integers(0, 1_000_000)), min_size=4, max_size=30 if SOAK else 10
    ),
)
def test_everybody_finds_what_they_may_and_nothing_else(seed: int, permissions: str, acts: list[Act]) -> None:
    with TemporaryDirectory(prefix="connector-sight-") as folder:
        try:
            asyncio.run(play(Path(folder), seed, permissions, acts))
        finally:
            ledgers.let_go()


async def play(folder: Path, seed: int, permissions: str, acts: list[Act]) -> None:
    worlds: list[World] = []

    def furnish(rooms: InteraxoWorld) -> None:
        worlds.append(World(rooms, Random(seed)))

    async with neighbourhood(folder, furnish) as near:
        sight = OrderedSight(near, worlds[0], permissions)
        for name, number in acts:
            await act(sight, name, Random(number))
        await sight.end()


async def act(sight: OrderedSight, name: str, dice: Random) -> None:
    kind, _, mode = name.rpartition(" ")
    match kind, mode:
        case "", "change":
            names = list(sight.changes)
            sight.changes[dice.choices(names, range(len(names), 0, -1))[0]](dice)
        case "", "set":
            sight.set(dice)
        case "", "approve" | "keep":
            await sight.decide(mode)
        case "", "hide" | "unhide":
            await sight.hide(dice, OrderKind(mode))
        case "", "switch":
            sight.switch(dice)
        case "", "refuse":
            sight.refuse(dice)
        case "decide", _:
            await sight.decide_again(dice)
        case "stopped", _:
            await sight.stop(mode, dice.randint(1, FAR))
        case "late", _:
            await sight.late(mode, dice)
        case "dry", _:
            await sight.rehearse(mode)
        case "", "back":
            sight.put_back()
        case "killed", _:
            await sight.kill(mode, dice.randint(1, FAR), dice.choice(DYING))
        case "amid", _:
            names = dice.choices([*sight.changes, *["order", "show"] * 4], k=3)
            await sight.run(mode, [(dice.randint(1, FAR), one, dice.randrange(1_000_000)) for one in names])
        case "broken", _:
            sight.break_some(dice)
            await sight.run(mode, broken=True)
        case _:
            await sight.run(mode)
