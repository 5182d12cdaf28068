"""Rule 4, where a source is read at another address: it may be a copy, and what it lacks is held."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.sandbox.faults import Status
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import ask_ledger, break_all, children_of, files_of, plain_world, small_world

ADDRESS, CLIENT = "sources.interaxo.base_url", "sources.interaxo.client_id"


def elsewhere(near: Neighbourhood, how: str) -> None:
    """Read the same rooms under another name of this machine, or as another client."""
    if how == "address":
        near.values[ADDRESS] = near.values[ADDRESS].replace("127.0.0.1", "localhost")
    else:
        near.rooms.client_id = near.values[CLIENT] = "other"


@pytest.mark.parametrize("how", ["address", "client"])
async def test_what_a_copy_of_the_source_lacks_is_held(tmp_path: Path, how: str) -> None:
    async with small_world(tmp_path) as (near, small):
        late = near.rooms.add_file(small.drawings, "new.txt", content=b"new")
        await near.run("full")
        before = near.found()
        elsewhere(near, how)
        near.rooms.remove(late)
        for mode in ("delta", "full", "delta"):
            near.clock.pass_seconds(1_000)
            report = await near.run(mode)
            assert (report.outcome, near.found()) == ("braked", before), report.reasons
            assert [(one.id, one.code) for one in report.held] == [(f"ix-{late}", "source-moved")]
        await near.run("delta", approve=report.run_id)
        assert near.found() == before - {f"ix-{late}"}


async def test_what_goes_later_at_the_new_address_goes_as_ever(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        elsewhere(near, "address")
        await near.run("delta")
        near.rooms.remove(small.section)
        near.clock.pass_seconds(1_000)
        report = await near.run("delta")
        assert (report.outcome, near.found()) == ("succeeded", near.expected()), report.reasons


async def test_the_first_run_lasts_until_the_source_was_read_to_its_end(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        elsewhere(near, "address")
        fault = break_all(near, children_of(small.tunnel), Status(503))
        near.clock.pass_seconds(1_000)
        await near.run("delta")
        near.wire.faults.remove(fault)
        near.rooms.remove(small.section)
        near.clock.pass_seconds(1_000)
        report = await near.run("delta")
        assert {one.code for one in report.held} == {"source-moved"}
        assert f"ix-{small.section}" in near.found()


async def test_a_run_cut_short_at_the_real_source_leaves_the_copy_not_noted_alone(tmp_path: Path) -> None:
    """What was pushed from here meanwhile is not in the copy, which was read to its end before."""
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        address = near.values[ADDRESS]
        elsewhere(near, "address")
        near.clock.pass_seconds(1_000)
        assert (await near.run("delta")).outcome == "succeeded"
        copied = near.values[ADDRESS]
        near.values[ADDRESS] = address
        fresh = near.rooms.add_file(small.drawings, "new.txt", content=b"new")
        fault = break_all(near, children_of(small.tunnel), Status(503))
        near.clock.pass_seconds(1_000)
        await near.run("delta")
        near.wire.faults.remove(fault)
        near.rooms.hide(fresh)  # the copy has not got it
        near.values[ADDRESS] = copied
        for mode in ("delta", "full"):
            near.clock.pass_seconds(1_000)
            report = await near.run(mode)
            assert f"ix-{fresh}" in near.found(), report.reasons
            assert [(one.id, one.code) for one in report.held] == [(f"ix-{fresh}", "source-moved")]


async def test_the_address_of_before_releases_what_is_there_again(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        address = near.values[ADDRESS]
        elsewhere(near, "address")
        near.rooms.hide(small.section)
        near.clock.pass_seconds(1_000)
        assert (await near.run("delta")).outcome == "braked"
        near.values[ADDRESS] = address
        near.rooms.unhide(small.section)
        near.clock.pass_seconds(1_000)
        report = await near.run("delta")
        assert (report.outcome, near.found()) == ("succeeded", near.expected()), report.reasons


@pytest.mark.parametrize("spelling", ["{}/", "{}"])
async def test_another_spelling_of_the_same_address_holds_nothing(tmp_path: Path, spelling: str) -> None:
    async with plain_world(tmp_path, alpha=3) as (near, roots):
        await near.run("full")
        near.values[ADDRESS] = spelling.format(near.values[ADDRESS])
        near.rooms.remove(files_of(near, roots["alpha"])[0])
        near.clock.pass_seconds(1_000)
        assert (await near.run("delta")).outcome == "succeeded"
        assert near.found() == near.expected()


async def test_what_nobody_may_see_there_is_held_too(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["safety.max_widened"] = 0
        await near.run("full")
        elsewhere(near, "address")
        near.rooms.set_authorities(small.tunnel, [("group", "few")])
        near.clock.pass_seconds(1_000)
        report = await near.run("delta")
        assert report.outcome == "braked"
        assert ask_ledger(near, "SELECT DISTINCT held_why FROM documents WHERE state='held'") == [
            ("audience-lost",)
        ]
