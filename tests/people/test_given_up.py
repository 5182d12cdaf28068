"""A source that is given up tells nobody's groups any more: nobody waits for it once it is not certain what the intranet has."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.plan.report import Outcome, Report
from tests import ledgers
from tests.neighbourhood import Neighbourhood
from tests.people.estate import PEOPLE, address, estate, may_see, sees
from tests.people.test_clone import Copied
from tests.rules.ground import copy_ledger
from tests.rules.test_ledger_restore import restore


def add_former(near: Neighbourhood) -> None:
    """Another source reads the same rooms, so that everybody is known by both."""
    ours = {key: value for key, value in near.values.items() if key.startswith("sources.interaxo.")}
    near.values |= {key.replace("interaxo", "former", 1): value for key, value in ours.items()}
    near.values["sources.former.kind"] = "interaxo"
    near.values["sources.former.id_prefix"] = "fo"


def take_out(near: Neighbourhood) -> None:
    """The settings have it no more."""
    for key in [key for key in near.values if key.startswith("sources.former.")]:
        del near.values[key]


async def give_up(near: Neighbourhood) -> None:
    """Take it out, and approve that its documents are removed."""
    take_out(near)
    near.clock.pass_seconds(90_000)
    held = await near.run("delta")
    near.clock.pass_seconds(90_000)
    await near.run("delta", approve=held.run_id)
    near.clock.pass_seconds(90_000)
    assert not any(one.startswith("fo-") for one in near.found())


def assert_everybody_finds_what_they_may(near: Neighbourhood, report: Report) -> None:
    assert report.outcome == Outcome.SUCCEEDED, report.reasons
    for person in PEOPLE:
        assert sees(near, person) == may_see(near, person), person
        (row,) = [one for one in near.intranet.users.values() if one.record["Email"] == address(person)]
        assert not any(one.startswith("former:") for one in row.identities)


async def test_until_that_is_decided_each_run_says_for_which_source_people_wait(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, _):
        add_former(near)
        await near.run("full")
        take_out(near)
        near.intranet.documents.clear()
        near.intranet.users.clear()
        await near.run("full")
        report = await near.run("full")
        assert report.held
        assert [one for one in report.reasons if one.startswith("4 people of former are given nothing new")]
        near.clock.pass_seconds(90_000)
        report = await near.run("full", approve=report.run_id)
        assert_everybody_finds_what_they_may(near, report)


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_in_an_intranet_that_was_emptied_people_find_what_is_left(tmp_path: Path, mode: str) -> None:
    async with estate(tmp_path, "item") as (near, _):
        add_former(near)
        await near.run("full")
        await give_up(near)
        near.intranet.documents.clear()
        near.intranet.users.clear()
        assert_everybody_finds_what_they_may(near, await near.run(mode))


async def test_so_do_they_in_another_intranet(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, _):
        add_former(near)
        await near.run("full")
        await give_up(near)
        await near.run("full")
        Copied(near).to_the_clone()
        await near.run("full")
        assert_everybody_finds_what_they_may(near, await near.run("full"))


@pytest.mark.skipif(ledgers.ON_POSTGRES, reason="a copy is put back into a file")
async def test_so_do_they_after_a_copy_of_the_ledger_is_put_back(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, _):
        add_former(near)
        await near.run("full")
        await give_up(near)
        copy_ledger(near, tmp_path / "copy.db")
        await near.run("full")
        restore(near, tmp_path / "copy.db")
        near.clock.pass_seconds(86_400)
        await near.run("full")
        near.clock.pass_seconds(86_400)
        assert_everybody_finds_what_they_may(near, await near.run("full"))
