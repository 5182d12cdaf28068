"""A name that is longer than what PostgreSQL can have in an index ends no run: of one odd row, everything else would wait for ever."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from connector.sandbox.interaxo_items import FieldDefinition
from tests.ledger.cluster import Cluster
from tests.people.estate import COMMUNITY, address, estate
from tests.sources.interject_library import Link, at_once, library, report_list

assert at_once
LETTERS = "abcdefghijklmnopqrstuvwxyzæøå "


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("odd", ["name", "id", "folder"])
async def test_a_report_with_a_long_name_is_found_and_keeps_no_other_from_it(
    odd: str, tmp_path: Path, cluster: Cluster
) -> None:
    dice = random.Random(3)
    long = "".join(dice.choice(LETTERS) for _ in range(6_000))
    links = [
        Link(name="Plain", id="pt1:1"),
        {
            "name": Link(name=long, id="pt1:0"),
            "id": Link(name="Odd", id=f"pt1:{long}"),
            "folder": Link(name="Odd", id="pt1:2", path=f"Finance\\{long}"),
        }[odd],
    ]
    async with library(tmp_path) as near:
        near.values["ledger.url"] = cluster.new_database()
        near.drop(report_list(links))
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert report.documents.live == len(near.intranet.documents) >= len(links)
        near.clock.pass_seconds(900)
        again = await near.run("full")
        assert again.outcome == "succeeded", again.reasons
        assert (again.documents.added, again.documents.updated, again.documents.deleted) == (0, 0, 0)


ODD = ["field", "address", "version", "label", "comment's author"]


@pytest.mark.parametrize("odd", ODD)
async def test_what_a_room_calls_in_an_odd_way_keeps_nothing_from_the_ledger(
    odd: str, tmp_path: Path, cluster: Cluster
) -> None:
    dice = random.Random(odd)
    long = "".join(dice.choice(LETTERS) for _ in range(6_000)).strip()
    async with estate(tmp_path, "room", sources__interaxo__content=True) as (near, small):
        near.values |= {"ledger.url": cluster.new_database(), "sources.interaxo.comments": True}
        rooms = near.rooms
        match odd:
            case "field":
                folder = rooms.add_active_folder(small.bridge, "Odd", [FieldDefinition(long)])
                rooms.add_entry(folder, "An entry", {long: "a value"})
            case "address":
                rooms.add_person(COMMUNITY, address("odd"), "Odd", f"{long}@example.com")
                rooms.hand_over(small.plan, owner=("user", address("odd")))
            case "version":
                rooms.items()
                rooms._items[small.plan].versions[-1] = replace(
                    rooms._items[small.plan].versions[-1], label=long
                )
            case "label":
                rooms.add_room(COMMUNITY, "odd", "Odd", metadata={"odd": (long, long)})
            case _:
                rooms.add_comment(small.plan, "a remark", author=long)
        for mode in ("full", "delta", "full"):
            near.clock.pass_seconds(900)
            report = await near.run(mode)
            assert report.outcome == "succeeded", report.reasons
        assert near.found() == near.expected()
