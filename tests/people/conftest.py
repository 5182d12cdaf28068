"""Forty people who may see one room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector.sandbox.interaxo import InteraxoWorld
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.people.estate import COMMUNITY, address
from tests.sources.itr_company import company  # noqa: F401 - a fixture


@pytest.fixture
async def crowd(tmp_path: Path) -> AsyncIterator[Neighbourhood]:
    """Forty people in one group; one room that they all may see."""

    def furnish(world: InteraxoWorld) -> None:
        world.add_community(COMMUNITY, "Example Corp")
        for group in ("all", "few"):
            world.add_group(COMMUNITY, group, group.title())
        root = world.add_room(COMMUNITY, "hall", "Hall", authorities=[("group", "all")])
        for number in range(40):
            mail = address(f"p{number}")
            world.add_person(COMMUNITY, mail, f"P{number}", mail, groups=["all"])
            world.add_file(root, f"{number}.txt", content=b"x", author=mail)

    async with neighbourhood(tmp_path, furnish) as near:
        near.values["sources.interaxo.permissions"] = "room"
        near.values["sources.interaxo.audience_share"] = 1.0
        await near.run("full")
        near.clock.pass_seconds(1000)
        yield near
