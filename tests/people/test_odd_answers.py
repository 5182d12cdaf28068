"""A few people, or items, of whom the source says nothing that can be read cost nobody else anything: the host is not down."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from connector.sandbox.faults import Fault, Instead, Status
from tests.people.estate import COMMUNITY, address, estate, may_see, sees

ODD = {"no list": Instead(b"{}"), "a page": Instead(b"<html>"), "an error": Status(500)}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_people_whose_groups_cannot_be_read_cost_nobody_else_anything(
    tmp_path: Path, odd: Instead | Status, mode: str
) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, small):
        near.values["http.backoff_max_s"] = 0.01
        await near.run("full")
        for number in range(6):
            who = address(f"odd{number}")
            near.rooms.add_person(COMMUNITY, who, f"Odd {number}", who, groups=["all"])
            near.rooms.add_file(small.details, f"odd {number}.txt", content=b"x", author=who)
        near.wire.add(Fault("GET */people/odd*/groups", odd, times=None))
        near.rooms.rename(small.section, "renamed.txt")
        near.clock.pass_seconds(1_000)
        for _ in range(2):
            report = await near.run(mode)
            assert near.found() == near.expected(), report.reasons
            assert near.document(small.section)["Title"] == "renamed.txt"
            assert sees(near, "kari") == may_see(near, "kari")
            assert not report.sources["interaxo"].errors
            near.clock.pass_seconds(1_000)


async def test_what_is_said_to_be_no_group_is_nobodys_membership(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, _):
        body = b'[{"id": "all", "type": "user"}]'
        near.wire.add(Fault("GET */people/ola*/groups", Instead(body), times=None))
        report = await near.run("full")
        assert not sees(near, "ola")
        assert report.outcome == "withheld"


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_what_is_said_of_somebody_else_gives_nobody_what_a_person_may_see(
    tmp_path: Path, mode: str
) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.values["people.max_age_h"] = 0.01
        near.rooms.set_authorities(small.section, [("user", address("kari"))])
        await near.run("full")
        near.clock.pass_seconds(1_000)
        near.intranet.seed_person(address("eva"), "Eva", [])
        eva = {"id": address("eva"), "name": "Eva", "email": address("eva")}
        near.wire.add(Fault(f"GET */people/{address('kari')}", Instead(msgspec.json.encode(eva)), times=None))
        report = await near.run(mode)
        assert not near.intranet.can_see(address("eva"), f"ix-{small.section}")
        assert near.intranet.can_see(address("kari"), f"ix-{small.section}")
        assert report.outcome == "withheld"


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
async def test_items_whose_readers_cannot_be_read_cost_no_other_item_anything(
    tmp_path: Path, odd: Instead | Status
) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.values["http.backoff_max_s"] = 0.01
        await near.run("full")
        files = [near.rooms.add_file(small.details, f"odd {n}.txt", content=b"x") for n in range(20)]
        for native in files:
            near.wire.add(Fault(f"GET *content/{native}/comments/mentionable-authorities", odd, times=None))
        last = near.rooms.add_file(small.tunnel, "last.txt", content=b"x")
        near.clock.pass_seconds(1_000)
        report = await near.run("full")
        assert near.found() == near.expected() - {f"ix-{native}" for native in files}, report.reasons
        assert f"ix-{last}" in near.found()
        assert not any("several calls in a row" in one for one in report.sources["interaxo"].errors)
