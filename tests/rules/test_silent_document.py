"""One document about which the intranet never answers holds up no other of its batch: neither a push nor a narrowing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.ground import FEW, ONLY_FEW, audience_of, small_world
from tests.silence import CUT, be_silent


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Ids about which nothing is answered, nor about anything in one call with them."""
    return be_silent(monkeypatch, "push_documents")


@pytest.mark.parametrize("odd", [(4,), (0, 8), (1, 4, 7)])
@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_the_others_of_its_batch_arrive(
    tmp_path: Path, silent: set[str], mode: str, odd: tuple[int, ...]
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        new = [near.rooms.add_file(small.details, f"new {n}.txt", content=b"x") for n in range(9)]
        silent |= {f"ix-{new[n]}" for n in odd}
        near.clock.pass_seconds(1_000)
        report = await near.run(mode)
        assert near.expected() - near.found() == silent
        assert report.outcome == "withheld", report.reasons
        silent.clear()
        near.clock.pass_seconds(1_000)
        await near.run(mode)
        assert near.found() == near.expected()


async def test_the_others_of_its_batch_are_narrowed(tmp_path: Path, silent: set[str]) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        silent.add(f"ix-{small.section}")
        for root in (small.bridge, small.tunnel):
            near.rooms.set_authorities(root, FEW)
        near.clock.pass_seconds(1_000)
        assert (await near.run("delta")).outcome == "failed", "nothing else is sent"
        others = [key.removeprefix("ix-") for key in near.found() - silent]
        assert {tuple(audience_of(near, one)) for one in others} == {(ONLY_FEW,), ()}
        for _ in range(2):  # what waits to be met is met once the run goes on without an answer
            near.clock.pass_seconds(1_000)
            await near.run("delta")
        assert {tuple(audience_of(near, one)) for one in others} == {(ONLY_FEW,)}


async def test_where_the_connection_breaks_the_others_of_its_batch_arrive_with_the_next_run(
    tmp_path: Path, silent: set[str]
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        new = [near.rooms.add_file(small.details, f"new {n}.txt", content=b"x") for n in range(9)]
        silent |= {f"ix-{new[4]}", CUT}
        for _ in range(2):
            near.clock.pass_seconds(1_000)
            report = await near.run("delta")
        assert near.expected() - near.found() == silent - {CUT}
        assert report.outcome == "withheld", report.reasons
