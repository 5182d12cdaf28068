"""`connector check --forecast` comes within a quarter of what a first load then takes, from a part of the source."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connector.commands.forecasting import Bounds, tell_forecast
from connector.plan.report import Report
from connector.sandbox.faults import Status
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_items import FieldDefinition
from tests.combinations import every_other
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.rules.ground import break_all, children_of
from tests.sources.interject_library import app_export, at_once, library, some
from tests.sources.itr_company import itr_company

__all__ = ["at_once"]
ALL = [("group", "all")]
WITHIN = 0.25


def furnish(
    rooms: int,
    *,
    depth: int,
    files: tuple[int, int],
    words: tuple[int, int],
    entries: int = 0,
    large: int = 1,
    people: int = 15,
) -> Callable[[InteraxoWorld], None]:
    """
    Rooms of folders with files in them.

    Args:
        entries: in an active folder of each room, some with an attachment.
        large: how many times as many folders every fourth room has.
        people: who may have written a file.
    """

    def fill(world: InteraxoWorld) -> None:
        dice = random.Random(7)
        world.add_community("example-corp", "Example Corp")
        world.add_group("example-corp", "all", "All")
        for number in range(people):
            who = f"p{number}@example.com"
            world.add_person("example-corp", who, f"Person {number}", who, groups=["all"])
        for number in range(rooms):
            root = world.add_room("example-corp", f"r{number}", f"Room {number}", authorities=ALL)
            folders = [root]
            for level in range(depth):
                above, folders = folders, []
                more = large if not level and number % 4 == 0 else 1
                for parent in above:
                    for each in range(dice.randint(1, 3) * more):
                        folders.append(world.add_folder(parent, f"Folder {level}.{each}"))
                        for file in range(dice.randint(*files)):
                            said = " ".join(str(dice.randrange(10**6)) for _ in range(dice.randint(*words)))
                            author = f"p{dice.randrange(people)}@example.com"
                            world.add_file(folders[-1], f"f{file}.txt", said.encode(), author=author)
            if entries:
                fields = [FieldDefinition("Title", "string", entry_title=True)]
                active = world.add_active_folder(root, "RFI", fields=fields)
                for each in range(dice.randint(entries, 2 * entries)):
                    entry = world.add_entry(active, f"RFI {each}", values={"Title": "why " * each})
                    if not each % 3:
                        world.add_file(entry, "a.txt", b"word " * each)

    return fill


def disk(folder: Path) -> int:
    return sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())


async def foretold_and_loaded(near: Neighbourhood, source: str, bounds: Bounds) -> tuple[Any, Report]:
    near.values |= {"ledger.url": "sqlite:///ledger.db", "text.cache": "text"}
    before = near.intranet.calls
    told = (await tell_forecast(near.app(), now=near.clock(), bounds=bounds))["sources"][source]
    assert near.intranet.calls == before, "the intranet is not asked"
    assert not disk(near.folder), "nothing is left behind"
    return told, await near.run("backfill")


ESTATES: dict[str, tuple[Callable[[InteraxoWorld], None], dict[str, Any], int]] = {
    "rights by room, small files": (
        furnish(6, depth=2, files=(1, 4), words=(200, 900)),
        {"permissions": "room", "content": True},
        50,
    ),
    "rights by folder, rooms of unequal sizes": (
        furnish(12, depth=2, files=(1, 2), words=(1, 9), large=3),
        {"permissions": "folder"},
        200,
    ),
    "rights by item, large files": (
        furnish(5, depth=2, files=(1, 3), words=(4_000, 9_000)),
        {"permissions": "item", "content": True},
        100,
    ),
    "entries with attachments": (
        furnish(7, depth=1, files=(0, 3), words=(1, 9), entries=6),
        {"permissions": "room"},
        60,
    ),
    "many small rooms": (
        furnish(40, depth=1, files=(0, 3), words=(1, 9)),
        {"permissions": "room"},
        100,
    ),
    "files of many people": (
        furnish(7, depth=2, files=(1, 4), words=(200, 900), people=90),
        {"permissions": "folder", "content": True},
        130,
    ),
}  # fmt: skip
"""What is loaded, how, and how many calls of listings it is foretold from."""


@pytest.mark.parametrize("estate", every_other(ESTATES))
async def test_calls_bytes_and_disk_are_foretold_within_a_quarter(tmp_path: Path, estate: str) -> None:
    fill, values, calls = ESTATES[estate]
    async with neighbourhood(tmp_path, fill) as near:
        near.values |= {f"sources.interaxo.{key}": value for key, value in values.items()}
        told, report = await foretold_and_loaded(near, "interaxo", Bounds(calls=calls))
        assert not told["whole"], "a part of it was listed"
        assert told["documents"] == pytest.approx(report.documents.live, rel=WITHIN)
        assert told["calls"] == pytest.approx(report.sources["interaxo"].requests, rel=WITHIN)
        assert told["bytes"] == pytest.approx(report.push.bytes, rel=WITHIN)
        texts = disk(tmp_path / "text") if "content" in values else 0
        assert told["ledger_bytes"] == pytest.approx(disk(tmp_path) - texts, rel=WITHIN)
        if texts:
            assert told["cache_bytes"] == pytest.approx(texts, rel=WITHIN)


async def test_an_office_is_foretold_and_so_is_its_pace(tmp_path: Path) -> None:
    async with itr_company(tmp_path) as near:
        for number in range(60):
            near.itr.add("sessions", Description=f"A session {number}")
        for number in range(45):
            near.itr.add("tests", Name=f"A test {number}")
        near.values["sources.itr.calls_per_s"] = 500
        told, report = await foretold_and_loaded(near, "itr", Bounds())
        assert told["whole"]
        assert told["documents"] == pytest.approx(report.documents.live, rel=WITHIN)
        assert told["calls"] == pytest.approx(report.sources["itr"].requests, rel=WITHIN)
        assert told["bytes"] == pytest.approx(report.push.bytes, rel=WITHIN)
        assert told["ledger_bytes"] == pytest.approx(disk(tmp_path), rel=WITHIN)
        assert told["seconds"] >= (told["calls"] - 1) / 500, "calls are told in whole ones"


async def test_a_kind_of_record_that_was_not_reached_is_named_and_not_guessed_from_others(
    tmp_path: Path,
) -> None:
    async with itr_company(tmp_path) as near:
        for number in range(150):
            near.itr.add("sessions", Description=f"A session {number}")
        told, report = await foretold_and_loaded(near, "itr", Bounds(calls=20))
        assert told["unread_count"] == len(told["unread"]) > 0
        assert not told["whole"]
        assert told["documents"] <= report.documents.live * (1 + WITHIN)
        assert told["calls"] <= report.sources["itr"].requests * (1 + WITHIN)


@pytest.mark.usefixtures("at_once")
async def test_a_library_of_reports_is_foretold(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(app_export([*some(150), *some(80, path="Sales\\Weekly")], quoting=csv.QUOTE_ALL))
        near.values |= {"ledger.url": "sqlite:///ledger.db"}
        laid = disk(tmp_path)
        told = (await tell_forecast(near.app(), now=near.clock()))["sources"]["interject"]
        report = await near.run("backfill")
        assert told["whole"]
        assert told["documents"] == pytest.approx(report.documents.live, rel=WITHIN)
        assert told["calls"] == report.sources["interject"].requests
        assert told["bytes"] == pytest.approx(report.push.bytes, rel=WITHIN)
        assert told["ledger_bytes"] == pytest.approx(disk(tmp_path) - laid, rel=WITHIN)


async def test_no_more_is_asked_than_the_bounds_say(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish(30, depth=2, files=(1, 3), words=(1, 9))) as near:
        told = await tell_forecast(near.app(), now=near.clock(), bounds=Bounds(calls=40))
        under_way = near.values["sources.interaxo.concurrency"] * 4
        assert told["sources"]["interaxo"]["asked"] <= 40 + under_way + 8 + 60 * 3
        none = await tell_forecast(near.app(), now=near.clock(), bounds=Bounds(seconds=0.0))
        assert none["sources"]["interaxo"]["asked"] < 20


async def test_rooms_that_cannot_be_read_are_named_and_the_others_foretold(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish(6, depth=2, files=(1, 3), words=(1, 9))) as near:
        first, second, third = list(near.rooms.rooms)[:3]
        near.rooms.hide(first, 403)
        near.rooms.set_authorities(second, [])
        folder = next(one.id for one in near.rooms.items() if one.parent_id == third)
        break_all(near, children_of(folder), Status(403))
        told, report = await foretold_and_loaded(near, "interaxo", Bounds())
        assert set(told["unread"]) == {"example-corp/r0", "example-corp/r1", "example-corp/r2"}
        assert told["unread_count"] == 3
        assert not told["whole"]
        assert told["documents"] < len(near.expected())
        assert told["documents"] == pytest.approx(len(near.found()), rel=WITHIN)
        assert told["calls"] == pytest.approx(report.sources["interaxo"].requests, rel=WITHIN)
        assert told["bytes"] == pytest.approx(report.push.bytes, rel=WITHIN)


async def test_a_source_that_refuses_is_told_with_its_reason(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path) as near:
        near.values["sources.interaxo.client_secret"] = "wrong-one"
        told = (await tell_forecast(near.app(), now=near.clock()))["sources"]["interaxo"]
        assert set(told) == {"message", "asked"}
        assert "sources.interaxo.client_id, client_secret" in told["message"]
