"""A few people about whose records the intranet never answers do not hold up everything else for ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector.ports.matching import record_id
from connector.sandbox.exchange import Exchange
from connector.sandbox.interact import InteractWorld
from connector.sandbox.interact_http import InteractApp
from tests.people.estate import COMMUNITY, address, estate

GIVEN_UP_AFTER = 3


class NoAnswer(Exception):
    """About a batch that names one of these people."""


@pytest.mark.parametrize("count", [1, 2, 3, 5])
async def test_people_about_whom_nothing_is_answered_hold_up_nothing_else_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    silent: set[str] = set()
    push, answer = InteractWorld.push_users, InteractApp._connector

    def push_users(world: InteractWorld, records: Any) -> Any:
        if silent & {one["GloballyUniqueId"] for one in records}:
            raise NoAnswer
        return push(world, records)

    async def connector(app: InteractApp, exchange: Exchange, app_id: str, family: str, verb: str) -> None:
        try:
            await answer(app, exchange, app_id, family, verb)
        except NoAnswer:
            await exchange.answer_json(500, {"Message": "An error has occurred."})

    monkeypatch.setattr(InteractWorld, "push_users", push_users)
    monkeypatch.setattr(InteractApp, "_connector", connector)
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, small):
        everybody = [address(f"person{number}") for number in range(30)]
        for who in everybody:
            near.rooms.add_person(COMMUNITY, who, who, who, groups=["all", "few"])
            near.rooms.add_file(small.details, f"{who}.txt", content=b"x", author=who)
        await near.run("full")
        odd = everybody[:count]
        silent |= {record_id(who) for who in odd}
        for who in odd:
            near.rooms.add_person(COMMUNITY, who, who, who, groups=["few"])
        new = near.rooms.add_file(small.details, "new.txt", content=b"x")
        for _ in range(GIVEN_UP_AFTER):
            near.clock.pass_seconds(1_000)
            report = await near.run("delta")
        assert f"ix-{new}" in near.found(), report.reasons
        assert not silent & near.intranet.users.keys(), "they would keep the longer list"
        assert {record_id(who) for who in everybody[count:]} <= near.intranet.users.keys()
        silent.clear()
        near.clock.pass_seconds(1_000)
        await near.run("delta")
        assert {record_id(who) for who in everybody} <= near.intranet.users.keys()
