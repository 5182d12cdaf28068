"""An intranet that is put back from a backup while a run works: the run after it puts right what nobody would see later."""

from __future__ import annotations

from copy import deepcopy
from itertools import count as counting
from pathlib import Path
from typing import Any

import pytest

from connector.plan.findings import Code
from connector.sandbox.faults import Call
from tests.estates import EVERYONE
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import (
    FEW,
    ONLY_FEW,
    audience_of,
    calls,
    files_of,
    plain_world,
    small_world,
    when,
)
from tests.rules.hiding import hide
from tests.rules.test_intranet_restore import Backup


def puts(near: Neighbourhood) -> list[Call]:
    return [one for one in near.wire.calls if one.method == "PUT"]


def at_put(near: Neighbourhood, number: int, backup: Backup) -> None:
    """Put a backup back the moment before a PUT of the next run is answered, counted from 1."""
    near.wire.clear()
    when(near, lambda _: len(puts(near)) == number, backup.put_back)


FIRST_OF_THE_CRAWL = 4
"""The push after the last look before the crawl; it has the documents of both rooms, so that nothing older is left to tell."""


async def test_what_was_closed_and_removed_before_a_full_run_is_so_again_whenever_the_intranet_is_put_back_amid_it(
    tmp_path: Path,
) -> None:
    async with plain_world(tmp_path, alpha=12, omega=2) as (near, roots):
        await near.run("full")
        number, count = 0, 1
        while number < count:
            number += 1
            near.clock.pass_seconds(90_000)  # the brake counts by the day
            backup = Backup(near)
            near.rooms.remove(files_of(near, roots["alpha"])[0])
            near.rooms.set_authorities(roots["omega"], FEW)
            await near.run("delta")
            near.rooms.set_authorities(roots["alpha"], FEW)
            at_put(near, number, backup)
            report = await near.run("full")
            near.wire.faults.clear()
            count = len(puts(near))
            if number == FIRST_OF_THE_CRAWL:
                assert (await near.run("full")).session.ended
            else:
                told = Code.INTRANET_PUT_BACK_AMID in report.codes
                assert told == (number < count), number  # who ends the run last looks no more
                assert await near.app().take_turn("intranet") is None
                assert Code.INTRANET_PUT_BACK in (await near.run("delta")).codes
            assert near.found() == near.expected(), number
            for room in roots.values():
                assert {*audience_of(near, room)} == {ONLY_FEW}, number
                assert all(audience_of(near, one) == [ONLY_FEW] for one in files_of(near, room)), number
                near.rooms.set_authorities(room, EVERYONE)
            assert not (await near.run("delta")).codes
        assert count == 6


async def test_what_deltas_closed_and_hid_is_so_again_where_the_next_one_writes_a_note_into_an_intranet_put_back(
    tmp_path: Path,
) -> None:
    """The backup has the last note, so what was sent since it tells."""
    async with plain_world(tmp_path, alpha=3, omega=12) as (near, roots):
        await near.run("full")
        backup = Backup(near)
        near.rooms.set_authorities(roots["omega"], FEW)
        await near.run("delta")
        near.rooms.remove(files_of(near, roots["alpha"])[0])
        at_put(near, 1, backup)
        assert Code.INTRANET_PUT_BACK_AMID in (await near.run("delta")).codes
        await near.run("delta")
        assert near.found() == near.expected()
        assert all(audience_of(near, one) == [ONLY_FEW] for one in files_of(near, roots["omega"]))
        assert not (await near.run("delta")).codes


async def test_the_end_of_a_session_removes_nothing_that_a_backup_has_flagged(tmp_path: Path) -> None:
    """The backup was made while an earlier full run worked, and put back once this one had sent everything."""
    made: list[Backup] = []
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        await hide(near, small.plan)
        near.wire.clear()
        when(near, lambda _: bool(calls(near, "docs/addupdate")), lambda: made.append(Backup(near)))
        await near.run("full")
        near.wire.clear()
        await near.run("full")
        count = len(puts(near))
        at_put(near, count - 1, made[0])
        report = await near.run("full")
        assert not report.session.ended
        assert near.found() == near.expected() - {f"ix-{small.plan}"}
        for mode in ("delta", "full"):
            report = await near.run(mode)
            assert near.found() == near.expected() - {f"ix-{small.plan}"}
        assert report.session.ended


async def test_an_intranet_that_tells_late_what_it_took_is_not_taken_for_one_that_was_put_back(
    tmp_path: Path,
) -> None:
    async with plain_world(tmp_path, alpha=3, omega=3) as (near, _):
        for _ in range(3):
            await near.run("full")
        told = {one: near.intranet.document_state(one) for one in near.found()}

        def late(identifier: str) -> dict[str, Any]:
            return deepcopy(told[identifier])

        near.intranet.document_state = late  # type: ignore[method-assign]
        report = await near.run("full")
        assert report.session.ended
        assert not report.codes
        del near.intranet.document_state
        assert not (await near.run("delta")).codes


@pytest.mark.parametrize("first", [0, 1])
async def test_an_intranet_of_which_one_server_tells_late_is_not_taken_for_one_that_was_put_back(
    tmp_path: Path, first: int
) -> None:
    """There is one room only, and two servers answer in turn: each answer by itself may be old, or as it was just written."""
    async with plain_world(tmp_path, alpha=3) as (near, _):
        await near.run("full")
        fresh = near.intranet.document_state
        told = {one: deepcopy(fresh(one)) for one in near.found()}
        turns = counting(first)

        def in_turn(identifier: str) -> dict[str, Any]:
            return deepcopy(told[identifier]) if next(turns) % 2 else fresh(identifier)

        near.intranet.document_state = in_turn  # type: ignore[method-assign]
        report = await near.run("full")
        assert report.session.ended
        assert not report.codes
        del near.intranet.document_state
        assert not (await near.run("delta")).codes


async def test_what_a_delta_closed_is_so_again_where_the_intranet_is_put_back_right_before_its_note(
    tmp_path: Path,
) -> None:
    """The note goes beside the one room that it sent, so nothing but its documents tells afterwards."""
    async with plain_world(tmp_path, alpha=12) as (near, roots):
        await near.run("full")
        backup = Backup(near)
        near.rooms.remove(files_of(near, roots["alpha"])[0])
        near.rooms.set_authorities(roots["alpha"], FEW)
        at_put(near, 5, backup)
        assert not (await near.run("delta")).codes
        assert len(puts(near)) == 5
        assert Code.INTRANET_PUT_BACK in (await near.run("delta")).codes
        assert near.found() == near.expected()
        assert all(audience_of(near, one) == [ONLY_FEW] for one in files_of(near, roots["alpha"]))
        assert not (await near.run("delta")).codes


@pytest.mark.parametrize("number", [2, 3])
async def test_what_a_delta_closed_first_is_so_again_where_the_intranet_is_put_back_before_it_sends_the_rest(
    tmp_path: Path, number: int
) -> None:
    """What it sent afterwards is there, its note, too: nothing but the documents that it sent first tells."""
    async with plain_world(tmp_path, alpha=12, omega=2) as (near, roots):
        await near.run("full")
        backup = Backup(near)
        near.rooms.add_file(roots["alpha"], "new.txt", content=b"x")
        near.rooms.remove(files_of(near, roots["alpha"])[0])
        near.rooms.set_authorities(roots["alpha"], FEW)
        at_put(near, number, backup)
        await near.run("delta")
        assert any(audience_of(near, one) != [ONLY_FEW] for one in files_of(near, roots["alpha"]))
        assert Code.INTRANET_PUT_BACK in (await near.run("delta")).codes
        assert near.found() == near.expected()
        assert all(audience_of(near, one) == [ONLY_FEW] for one in files_of(near, roots["alpha"]))
        assert not (await near.run("delta")).codes


async def test_what_a_delta_removed_goes_again_though_one_document_alone_tells_that_the_intranet_was_put_back_amid_it(
    tmp_path: Path,
) -> None:
    async with plain_world(tmp_path, alpha=12, omega=2) as (near, roots):
        await near.run("full")
        backup = Backup(near)
        near.rooms.add_file(max(roots.values()), "new.txt", content=b"x")
        near.rooms.remove(files_of(near, roots["alpha"])[0])
        at_put(near, 3, backup)
        assert not (await near.run("delta")).codes
        assert len(puts(near)) == 3
        assert Code.INTRANET_PUT_BACK in (await near.run("delta")).codes
        assert near.found() == near.expected()
        assert not (await near.run("delta")).codes
