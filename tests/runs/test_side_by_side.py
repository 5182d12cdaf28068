"""What a full run asks before it walks: none of it waits for an answer that it does not need."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from connector.ledger.compared import read_compared
from connector.sandbox.faults import Fault, Held
from tests.estates import furnish_small
from tests.neighbourhood import neighbourhood
from tests.patience import IN_VAIN_S
from tests.rules.ground import FEW, small_world

PEOPLE = "GET /v1/*/people/kari@example.com"


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        ("GET /v1/communities", "GET /v1/*/rooms"),
        ("GET */docs/state", PEOPLE),
        (PEOPLE, "PUT */docs/beginsyncsession"),
        ("GET */mentionable-authorities", "PUT */docs/beginsyncsession"),
        ("PUT */docs/beginsyncsession", "GET */mentionable-authorities"),
    ],
)
async def test_a_full_run_goes_on_while_something_else_is_answered(
    tmp_path: Path, asked: str, until: str
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        near.wire.clear()
        held = near.wire.add(Fault(asked, Held(until), times=None))
        if asked.endswith("/communities"):  # the first page tells of what there is
            held.match = lambda call: call.path == "/v1/communities" and "skip" in call.query
        async with asyncio.timeout(IN_VAIN_S):
            report = await near.run("full")
        assert held.hits
        assert report.outcome == "succeeded"
        assert report.session.ended


async def test_whoever_may_not_see_a_room_any_more_does_not_find_it_before_the_slice_was_compared(
    tmp_path: Path,
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.set_authorities(small.bridge, FEW)
        near.wire.clear()
        held = near.wire.add(Fault("GET */docs/state", Held("PUT */docs/addupdate"), times=None))
        rooms = {
            f"ix-{small.bridge}",
            f"ix-{small.tunnel}",
        }  # their documents carry the notes, which come first
        held.match = lambda call: (
            call.path.endswith("/docs/state") and call.query.partition("=")[2] not in rooms
        )
        async with asyncio.timeout(IN_VAIN_S):
            report = await near.run("full")
        assert held.hits
        assert report.outcome == "succeeded"
        with near.app().ledger() as ledger:
            compared = read_compared(ledger.notes(""), "intranet")
        assert compared is not None
        assert compared.run_id == report.run_id
