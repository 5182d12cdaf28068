"""A lost ledger and settings that lack a source of before: what the intranet has of it does not vanish with a session's end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from connector.sandbox.interaxo import InteraxoWorld
from tests.estates import EVERYONE
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.rules.ground import lose_ledger

FILES = 20
KARI = "kari@example.com"


@asynccontextmanager
async def two_sources(folder: Path) -> AsyncIterator[Neighbourhood]:
    """A room in each of two communities, read as two sources."""

    def furnish(world: InteraxoWorld) -> None:
        for community in ("one", "two"):
            world.add_community(community, community.title())
            world.add_group(community, "all", "All")
            root = world.add_room(community, "room", community, authorities=EVERYONE)
            for number in range(FILES):
                world.add_file(root, f"{community} {number}.txt", content=b"x")

    async with neighbourhood(folder, furnish) as near:
        near.values["http.backoff_max_s"] = 0.01
        near.values["sources.interaxo.communities"] = ["one"]
        name_second(near)
        yield near


def name_second(near: Neighbourhood) -> None:
    """Have the second source in the settings."""
    first = {k: v for k, v in near.values.items() if k.startswith("sources.interaxo.")}
    near.values |= {key.replace("interaxo.", "second.", 1): value for key, value in first.items()}
    near.values |= {"sources.second.id_prefix": "iy", "sources.second.communities": ["two"]}


def forget_second(near: Neighbourhood) -> None:
    """Have the first source alone in the settings."""
    near.values = {k: v for k, v in near.values.items() if not k.startswith("sources.second.")}


def of_second(near: Neighbourhood) -> int:
    """How many documents of the second source the intranet has."""
    return sum(one.startswith("iy-") for one in near.found())


async def test_a_source_that_the_settings_lack_after_a_loss_stays_until_somebody_decides(
    tmp_path: Path,
) -> None:
    async with two_sources(tmp_path) as near:
        await near.run("full")
        there = of_second(near)
        assert there > FILES
        for _ in range(2):  # a second loss finds what the first one left
            forget_second(near)
            lose_ledger(near)
            await near.run("delta")
            for _ in range(3):
                report = await near.run("full")
                assert of_second(near) == there, report.reasons
        assert report.outcome == "braked", report.reasons
        await near.run("delta", approve=report.run_id)
        near.clock.pass_seconds(200)
        report = await near.run("full")
        assert report.session.ended, report.reasons
        assert of_second(near) == 0
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons


async def test_a_source_that_is_named_again_counts_as_any_other(tmp_path: Path) -> None:
    async with two_sources(tmp_path) as near:
        await near.run("full")
        there = of_second(near)
        forget_second(near)
        lose_ledger(near)
        await near.run("full")
        assert (await near.run("full")).outcome == "braked"
        name_second(near)
        await near.run("full")
        report = await near.run("full")
        assert (report.outcome, of_second(near)) == ("succeeded", there), report.reasons


async def test_a_lost_ledger_alone_meets_no_source_that_nobody_names(tmp_path: Path) -> None:
    async with two_sources(tmp_path) as near:
        await near.run("full")
        lose_ledger(near)
        await near.run("full")
        report = await near.run("full")
        assert report.session.ended, report.reasons


async def test_a_source_that_a_person_gave_up_pulls_no_brake_later(tmp_path: Path) -> None:
    async with two_sources(tmp_path) as near:
        await near.run("full")
        forget_second(near)
        held = await near.run("delta")
        assert of_second(near)
        await near.run("delta", approve=held.run_id)
        assert not of_second(near)
        near.clock.pass_seconds(100_000)
        report = await near.run("full")
        assert report.session.ended, report.reasons
        lose_ledger(near)
        await near.run("full")
        report = await near.run("full")
        assert report.session.ended, report.reasons


async def test_people_go_on_to_find_what_stays(tmp_path: Path) -> None:
    async with two_sources(tmp_path) as near:
        for community in ("one", "two"):
            near.rooms.add_person(community, KARI, "Kari", KARI, groups=["all"])
            root = next(
                one.id for one in near.rooms.items() if one.parent_id is None and one.name == community
            )
            near.rooms.add_file(root, "hers.txt", content=b"x", author=KARI)
        near.intranet.seed_person(KARI, "Kari")
        await near.run("full")
        there = {one for one in near.intranet.visible_to(KARI) if one.startswith("iy-")}
        assert len(there) > FILES
        forget_second(near)
        lose_ledger(near)
        for mode in ("delta", "turn", "full", "delta", "turn", "full"):
            near.clock.pass_seconds(20_000)
            if mode == "turn":
                await near.app().take_turn("intranet")
                continue
            report = await near.run(mode)
            assert "source-unnamed" in report.codes
            assert there <= near.intranet.visible_to(KARI)
        await near.run("delta", approve=report.run_id)
        assert not there & near.intranet.visible_to(KARI), "she has the groups of the one that is left"
        near.clock.pass_seconds(20_000)
        report = await near.run("full")
        assert report.session.ended, report.reasons
        assert "source-unnamed" not in report.codes


@pytest.mark.parametrize("left", [1, 5])
async def test_a_few_documents_of_such_a_source_wait_for_a_person_as_many_do_and_people_with_them(
    tmp_path: Path, left: int
) -> None:
    """They would leave because the settings changed: no number is small enough for that (rule 4)."""
    async with two_sources(tmp_path) as near:
        for native in [one.id for one in near.rooms.items() if one.name.startswith("two ")][left:]:
            near.rooms.remove(native)
        root = next(one.id for one in near.rooms.items() if one.parent_id is None and one.name == "one")
        for who in (KARI, "ola@example.com", "per@example.com", "eva@example.com"):
            near.rooms.add_person("one", who, who, who, groups=["all"])
            near.rooms.add_file(root, f"of {who}.txt", content=b"x", author=who)
        await near.run("full")
        there = of_second(near)
        assert there == left + 1, "with its room"
        forget_second(near)
        lose_ledger(near)
        for _ in range(3):
            near.clock.pass_seconds(20_000)
            report = await near.run("full")
            assert of_second(near) == there, report.reasons
        assert report.outcome == "braked", report.reasons
        assert "source-unnamed" in report.codes
        await near.run("delta", approve=report.run_id)
        near.clock.pass_seconds(20_000)
        report = await near.run("full")
        assert report.session.ended, report.reasons
        assert of_second(near) == 0
        assert "source-unnamed" not in report.codes
        assert near.intranet.visible_to(KARI) == near.found()


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_what_a_source_made_public_that_the_settings_name_no_more_is_closed_and_stays(
    tmp_path: Path, mode: str
) -> None:
    """As the rooms of a source are that `public_rooms` names no more, also where their documents are on hold."""
    async with two_sources(tmp_path) as near:
        near.values["sources.second.public_rooms"] = ["*"]
        await near.run("full")
        there = of_second(near)
        public = {one for one in near.found() if near.intranet.documents[one].document["IsPublic"]}
        assert len(public) == there, "those of the second source alone"
        forget_second(near)
        for _ in range(2):
            report = await near.run(mode)
            assert report.outcome == "withheld", report.reasons
            assert of_second(near) == there
            assert not any(near.intranet.documents[one].document["IsPublic"] for one in near.found())
        name_second(near)
        near.values["sources.second.public_rooms"] = ["*"]
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert public == {one for one in near.found() if near.intranet.documents[one].document["IsPublic"]}
