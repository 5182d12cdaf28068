"""One document about which the intranet never answers holds up no other of its batch: neither a push nor a narrowing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector.sandbox.exchange import Exchange
from connector.sandbox.interact import InteractWorld
from connector.sandbox.interact_http import InteractApp
from tests.rules.ground import FEW, ONLY_FEW, audience_of, small_world

CUT = "the connection breaks"
"""Among the ids: instead of an answer of 500."""


class NoAnswer(Exception):
    """About a batch that names one of these documents."""


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Ids about which nothing is answered, nor about anything in one call with them."""
    found: set[str] = set()
    push, answer = InteractWorld.push_documents, InteractApp._connector

    def push_documents(world: InteractWorld, items: Any) -> Any:
        if found & {one["GloballyUniqueId"] for one in items}:
            raise NoAnswer
        return push(world, items)

    async def connector(app: InteractApp, exchange: Exchange, app_id: str, family: str, verb: str) -> None:
        try:
            await answer(app, exchange, app_id, family, verb)
        except NoAnswer:
            if CUT in found:
                exchange.scope["state"]["transport"].abort()
            else:
                await exchange.answer_json(500, {"Message": "An error has occurred."})

    monkeypatch.setattr(InteractWorld, "push_documents", push_documents)
    monkeypatch.setattr(InteractApp, "_connector", connector)
    return found


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
        await near.run("delta")
        for key in near.found() - silent:
            assert audience_of(near, key.removeprefix("ix-")) == [ONLY_FEW]


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
