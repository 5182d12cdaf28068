"""Memberships on a cadence of their own: between two batches of a run, and in the service between runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector.errors import LeaseHeld
from connector.people.plan import FEW as FEW_PEOPLE
from connector.plan.findings import Code
from connector.plan.options import Watch
from connector.sandbox.faults import LIST_200, Status
from tests.people.estate import COMMUNITY, FEW, PEOPLE, address, estate, may_see, sees
from tests.rules.ground import break_all, copy_ledger, restore_ledger

HOUR = 3_600.0
MANY = 150
"""Documents more."""


async def test_changed_membership_reaches_the_search_between_runs(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=0.001) as (near, small):
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        near.clock.pass_seconds(2 * HOUR)
        near.rooms.add_person(COMMUNITY, address("kari"), "Kari", address("kari"), groups=["all", "few"])
        near.rooms.add_person(COMMUNITY, address("ola"), "Ola", address("ola"), groups=[])
        mark = near.intranet.mark()
        report = await near.app().take_turn("intranet")
        assert report is not None
        assert report.people.oldest_h == 0
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person)
        assert not [push for push in near.intranet.pushed_since(mark) if push.startswith("ix-")]
        assert (await near.run("full")).outcome == "succeeded"


async def test_a_turn_asks_for_a_share_and_all_have_theirs_in_time(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, _):
        await near.run("full")
        asked = []
        for _ in range(8):
            near.clock.pass_seconds(900)
            before = len(near.wire.calls)
            await near.app().take_turn("intranet")
            asked.append(
                {c.path.split("/")[4] for c in near.wire.calls[before:] if c.path.endswith("/groups")}
            )
        assert set().union(*asked) == {address(person).replace("@", "%40") for person in PEOPLE} or len(
            set().union(*asked)
        ) == len(PEOPLE)
        assert all(len(one) < len(PEOPLE) for one in asked[:4]), "not all of them at once"
        report = await near.app().take_turn("intranet")
        assert report is not None
        assert report.people.oldest_h is not None
        assert report.people.oldest_h <= 2


async def test_a_turn_meets_the_brake_and_the_next_run_tells_of_it(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, _):
        await near.run("full")
        near.clock.pass_seconds(2 * HOUR)
        fault = break_all(near, "GET */people/*/groups", LIST_200)
        report = await near.app().take_turn("intranet")
        assert report is not None
        assert report.people.held == 3
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person)
        report = await near.run("delta")
        assert report.outcome == "braked"
        await near.run("delta", approve=report.run_id)
        assert not sees(near, "kari")
        near.wire.faults.remove(fault)


async def test_a_turn_leaves_a_ledger_that_was_put_back_to_the_next_run(tmp_path: Path) -> None:
    async with estate(tmp_path / "world", "item") as (near, _):
        await near.run("full")
        copy_ledger(near, tmp_path / "copy.db")
        await near.run("full")
        restore_ledger(near, tmp_path / "copy.db")
        near.clock.pass_seconds(2 * HOUR)
        mark = near.intranet.mark()
        assert await near.app().take_turn("intranet") is None
        assert not near.intranet.pushed_since(mark)


async def test_an_intranet_that_takes_no_update_of_the_same_date_has_its_turns(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, _):
        near.intranet.switches.modified_date_gate = True
        for _ in range(3):
            await near.run("full")
            await near.run("delta")
        assert await near.app().take_turn("intranet") is not None


async def test_a_turn_before_the_first_run_does_nothing(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, _):
        assert await near.app().take_turn("intranet") is None
        assert not near.intranet.users


async def test_a_turn_whose_source_is_down_changes_nothing(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, _):
        await near.run("full")
        near.clock.pass_seconds(2 * HOUR)
        break_all(near, "*people*", Status(503))
        report = await near.app().take_turn("intranet")
        assert report is not None
        assert report.people.oldest_h is not None
        assert report.people.oldest_h >= 2
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person)


async def test_a_turn_tells_of_a_source_that_lets_nobody_in_and_changes_nothing(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, _):
        await near.run("full")
        near.clock.pass_seconds(2 * HOUR)
        break_all(near, "*oauth/token*", Status(401))
        report = await near.app().take_turn("intranet")
        assert report is not None
        assert set(report.codes) == {Code.SOURCE_FAILED}
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person)


@pytest.mark.parametrize("mode", ["full", "backfill"])
async def test_a_run_that_takes_long_has_peoples_turns_between_two_batches(tmp_path: Path, mode: str) -> None:
    async with estate(tmp_path, "room", targets__intranet__batch_documents=1) as (near, small):
        near.rooms.set_authorities(small.tunnel, FEW)
        for number in range(MANY):  # so that pushes go on for as long as a turn takes on a busy machine, too
            near.rooms.add_file(small.details, f"{number}.txt", content=b"x")
        await near.run("full")
        states: list[tuple[bool, bool]] = []
        changed = False

        def pushed(_: int) -> None:
            nonlocal changed
            near.clock.pass_seconds(HOUR / 4)
            if not changed:
                changed = True
                near.rooms.add_person(COMMUNITY, address("ola"), "Ola", address("ola"), groups=[])
                near.rooms.add_person(
                    COMMUNITY, address("kari"), "Kari", address("kari"), groups=["all", "few"]
                )
            states.append((bool(sees(near, "ola")), f"ix-{small.report}" in sees(near, "kari")))

        wanted: dict[str, Any] = {"restart": True} if mode == "backfill" else {}
        await near.run(mode, watch=Watch(pushed=pushed), **wanted)
        assert states[0] == (True, False)
        assert (False, True) in states, "while documents were still on their way"


async def test_a_run_under_way_keeps_a_turn_of_the_service_away(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, _):
        await near.run("full")
        met: list[type[Exception]] = []
        original = near.app

        async def try_turn() -> None:
            try:
                await original().take_turn("intranet")
            except LeaseHeld as error:
                met.append(type(error))

        import asyncio

        tasks: list[asyncio.Task[None]] = []
        await near.run("full", watch=Watch(pushed=lambda _: tasks.append(asyncio.create_task(try_turn()))))
        await asyncio.gather(*tasks)
        assert LeaseHeld in met


async def test_a_source_that_began_to_lie_since_a_run_asked_for_everybody_takes_from_few_in_its_turns(
    tmp_path: Path,
) -> None:
    """A turn asks for a seventh of the people: all of these are more than a third, though not of whom the run asked for."""
    async with estate(tmp_path, "room") as (near, small):
        for number in range(20):
            mail = address(f"p{number}")
            near.rooms.add_person(COMMUNITY, mail, mail, mail, groups=["all"])
            near.rooms.add_file(small.details, f"{number}.txt", content=b"x", author=mail)
        await near.run("full")
        before = {key: row.identities for key, row in near.intranet.users.items()}
        break_all(near, "GET */people/*/groups", LIST_200)
        for _ in range(4):
            near.clock.pass_seconds(HOUR / 4)
            report = await near.app().take_turn("intranet")
            assert report is not None
            assert report.people.held >= 3
        after = {key: row.identities for key, row in near.intranet.users.items()}
        assert len({key for key in before if before[key] != after[key]}) <= FEW_PEOPLE
