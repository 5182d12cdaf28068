"""A few people about whose records the intranet never answers do not hold up everything else for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.errors import TargetUnavailable
from connector.ports.matching import record_id
from tests.people.estate import COMMUNITY, FEW, address, estate, sees
from tests.silence import be_silent

GIVEN_UP_AFTER = 3


@pytest.mark.parametrize("count", [1, 2, 3, 5])
async def test_people_about_whom_nothing_is_answered_hold_up_nothing_else_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    silent = be_silent(monkeypatch, "push_users")
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


async def test_a_turn_gives_nobody_more_while_it_is_not_clear_that_somebody_has_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = be_silent(monkeypatch, "push_users")
    async with estate(tmp_path, "room") as (near, small):
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        near.clock.pass_seconds(7_200)
        for person, groups in (("eva", ["all"]), ("kari", ["all", "few"])):
            near.rooms.add_person(COMMUNITY, address(person), person, address(person), groups=groups)
        before = sees(near, "kari")
        silent.add(record_id(address("eva")))
        with pytest.raises(TargetUnavailable):
            await near.app().take_turn("intranet")
        assert sees(near, "kari") == before
        silent.clear()
        await near.app().take_turn("intranet")
        assert sees(near, "kari") > before
