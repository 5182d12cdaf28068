"""Rooms whose folders, steps and items have lists of their own, several people, and who should find what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from connector.sandbox.interaxo import InteraxoWorld
from tests.estates import Small, furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood

COMMUNITY = "example-corp"
ALL = [("group", "all")]
FEW = [("group", "few")]
ALL_AND_FEW = [*ALL, *FEW]
PEOPLE = {"kari": ["all"], "ola": ["few"], "eva": ["all", "few"], "per": []}


def address(person: str) -> str:
    return f"{person}@example.com"


def furnish(world: InteraxoWorld) -> Small:
    """The small estate, with four people; the links make them known as authors."""
    small = furnish_small(world)
    for person, groups in PEOPLE.items():
        world.add_person(COMMUNITY, address(person), person.capitalize(), address(person), groups=groups)
        world.add_file(small.details, f"{person}.txt", content=b"x", author=address(person))
    return small


@asynccontextmanager
async def estate(
    folder: Path, permissions: str, **values: object
) -> AsyncIterator[tuple[Neighbourhood, Small]]:
    """A connector beside the estate."""
    found: list[Small] = []
    async with neighbourhood(folder, lambda world: found.append(furnish(world))) as near:
        near.values["sources.interaxo.permissions"] = permissions
        near.values |= {key.replace("__", "."): value for key, value in values.items()}
        yield near, found[0]


def may_see(near: Neighbourhood, person: str) -> set[str]:
    """What the source shows to a person, as ids of documents; historical steps apart."""
    groups = near.rooms.people[COMMUNITY, address(person)].groups
    mine = {("user", address(person)), *(("group", group) for group in groups)}
    wanted = near.expected()
    return {
        f"ix-{item.id}"
        for item in near.rooms.items()
        if f"ix-{item.id}" in wanted and mine & set(item.authorities)
    }


def sees(near: Neighbourhood, person: str) -> set[str]:
    """What a person finds in the intranet."""
    return near.intranet.visible_to(address(person))
