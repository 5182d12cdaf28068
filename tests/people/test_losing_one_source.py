"""A source that tells nobody's groups any more takes nothing from many, whatever other sources tell of the same people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.neighbourhood import Neighbourhood
from tests.rules.test_unnamed_source import two_sources

PEOPLE = [f"p{number}@example.com" for number in range(12)]
SMALL = PEOPLE[:3]
"""Of whom the first source tells."""


@pytest.fixture
async def near(tmp_path: Path, people_of_one: list[str]) -> AsyncIterator[Neighbourhood]:
    """Everybody is in a group of the second source, as author of a file; some in one of the first source, too."""
    async with two_sources(tmp_path) as near:
        for community, source, people in (("one", "interaxo", people_of_one), ("two", "second", PEOPLE)):
            near.rooms.add_group(community, "few", "Few")
            root = next(i.id for i in near.rooms.items() if i.parent_id is None and i.name == community)
            for who in people:
                tell(near, community, who, "all", "few")
                near.rooms.add_file(root, f"of {who}.txt", content=b"x", author=who)
            near.values[f"sources.{source}.audience_share"] = 1.0
        for who in PEOPLE:
            near.intranet.seed_person(who, who)
        await near.run("full")
        near.clock.pass_seconds(10_000)
        yield near


def tell(near: Neighbourhood, community: str, who: str, *groups: str) -> None:
    near.rooms.add_person(community, who, who, who, groups=list(groups))


def seen(near: Neighbourhood) -> dict[str, set[str]]:
    return {who: near.intranet.visible_to(who) for who in PEOPLE}


@pytest.mark.parametrize("mode", ["delta", "full"])
@pytest.mark.parametrize("people_of_one", [PEOPLE, SMALL], ids=["of everybody", "of few"])
async def test_a_source_that_tells_no_groups_takes_nothing_from_anybody_until_a_person_approves(
    near: Neighbourhood, people_of_one: list[str], mode: str
) -> None:
    before = seen(near)
    for who in people_of_one:
        tell(near, "one", who)
    report = await near.run(mode)
    assert seen(near) == before
    assert report.outcome == "braked"
    assert any("would lose all access to a source" in one for one in report.reasons), report.reasons
    near.clock.pass_seconds(10_000)
    again = await near.run(mode)
    assert seen(near) == before
    assert again.held

    near.clock.pass_seconds(10_000)
    await near.run("full", approve=again.run_id)
    for who in people_of_one:
        assert not any(one.startswith("ix-") for one in near.intranet.visible_to(who))
        assert any(one.startswith("iy-") for one in near.intranet.visible_to(who))


@pytest.mark.parametrize("people_of_one", [PEOPLE])
async def test_what_another_source_takes_is_taken_from_whoever_waits_too(near: Neighbourhood) -> None:
    for who in PEOPLE:
        tell(near, "one", who)
    await near.run("delta")
    tell(near, "two", PEOPLE[0], "all")
    near.clock.pass_seconds(10_000)
    await near.run("delta")
    groups = {one for one in near.intranet.identities_of(PEOPLE[0]) if ":group:" in one}
    assert groups == {"interaxo:group:one/all", "interaxo:group:one/few", "second:group:two/all"}
    for who in PEOPLE:
        tell(near, "one", who, "all", "few")
    near.clock.pass_seconds(10_000)
    assert (await near.run("delta")).outcome == "succeeded"


@pytest.mark.parametrize("people_of_one", [PEOPLE])
async def test_one_person_who_leaves_a_source_loses_what_it_told_at_once(near: Neighbourhood) -> None:
    tell(near, "one", PEOPLE[0])
    report = await near.run("delta")
    assert report.outcome == "succeeded"
    assert not any(one.startswith("interaxo:group:") for one in near.intranet.identities_of(PEOPLE[0]))
    assert any(one.startswith("second:group:") for one in near.intranet.identities_of(PEOPLE[0]))
