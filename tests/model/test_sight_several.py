"""Who may find what in several intranets of one ledger: for a bounded time in every test run, and long in `make soak`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.sandbox.interact import InteractWorld
from connector.sandbox.interact_http import InteractApp
from connector.sandbox.run import open_sandbox
from connector.sandbox.server import serve
from connector.sources.interject import files
from tests import ledgers
from tests.model.sight_beside import LIBRARY, OFFICE, Library, Office
from tests.model.sight_estate import NORTH, PREFIXES, ROOMS, SOUTH, Several
from tests.model.sight_several import Part
from tests.model.sight_world import World
from tests.model.test_model import SOAK
from tests.model.test_sight import ACTS, Act, act
from tests.neighbourhood import Neighbourhood

MORE = [
    *ACTS,
    "forget",
    "forget",
    "point",
    "point",
    "point",
    "target",
    "target",
    "ledger",
    "ledger",
    "lose",
    "side by side",
    "side by side",
    "side by side",
]


SOME: list[Act] = [
    ("full", 1), ("side by side", 2), ("change", 3), ("hide", 4), ("point", 11), ("forget", 6), ("killed delta", 7), ("delta", 8),
]  # fmt: skip
"""For each test run; hypothesis begins with the dullest."""


@pytest.mark.skipif(not SOAK, reason="a few seconds for each world")
@settings(
    max_examples=SOAK // 4 or 1, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
@given(
    seed=st.integers(0, 1_000_000),
    acts=st.lists(st.tuples(st.sampled_from(MORE), st.integers(0, 1_000_000)), min_size=4, max_size=30),
)
def test_everybody_finds_in_each_intranet_what_they_may_and_nothing_else(seed: int, acts: list[Act]) -> None:
    look_at(seed, acts)


def test_so_they_do_in_one_world() -> None:
    look_at(1, SOME)


def look_at(seed: int, acts: list[Act]) -> None:
    with TemporaryDirectory(prefix="connector-several-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "PAUSE_S", 0.0)
        try:
            asyncio.run(play(Path(folder), seed, acts))
        finally:
            ledgers.let_go()


async def play(folder: Path, seed: int, acts: list[Act]) -> None:
    worlds: list[World] = []
    dice, south = Random(seed), InteractWorld()
    south.tenant = "22222222-5f0e-4c0b-9f6e-2f8f3f0c0d02"
    async with open_sandbox(lambda rooms: worlds.append(World(rooms, dice))) as neighbours:
        near = Neighbourhood(folder, neighbours)
        office = Office(neighbours.itr, dice, by_manager=dice.random() < 0.5)
        async with serve(InteractApp(south), near.wire) as url:
            near.values |= neighbours.itr_settings()
            near.values |= {
                "sources.itr.permissions": "manager" if office.by_manager else "company",
                "sources.itr.calls_per_s": 5_000,
                "sources.itr.audience_share": dice.choice([0.001, 0.3]),
            }
            library = Library(near, dice)
            several = Several(
                near,
                worlds[0],
                office,
                library,
                {
                    f"targets.{SOUTH}.base_url": url,
                    f"targets.{SOUTH}.tenant": south.tenant,
                    f"targets.{SOUTH}.app_id": str(south.app_id),
                    f"targets.{SOUTH}.api_key": south.api_key,
                    f"targets.{SOUTH}.batch_documents": 10,
                },
            )
            permissions = {source: dice.choice(["item", "item", "room"]) for source in ROOMS}
            near.values |= {f"sources.{one}.target": dice.choice([NORTH, SOUTH]) for one in PREFIXES}
            near.values |= {"sources.interaxo.target": NORTH, "sources.rooms.target": SOUTH}
            several.sights |= {
                name: Part(several, name, intranet, permissions)
                for name, intranet in ((NORTH, near.intranet), (SOUTH, south))
            }
            for one in (OFFICE, LIBRARY):
                if dice.random() < 0.3:
                    several._away(one, [f"sources.{one}."])
            for name, number in acts:
                await act_on(several, name, Random(number))
            await several.end()


async def act_on(several: Several, name: str, dice: Random) -> None:
    match name:
        case "point":
            several.point(dice)
        case "target":
            several.take_target(dice)
        case "side by side":
            await several.side_by_side(dice)
        case "ledger":
            several.keep_ledger(dice)
        case "lose":
            several.lose_ledger()
        case "forget":
            await several.sights[dice.choice(several.targets())].forget(dice)
        case _:
            await act(several.sights[dice.choice(several.targets())], name, dice)
