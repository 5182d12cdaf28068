"""A name that is longer than what PostgreSQL can have in an index ends no run: of one odd row, everything else would wait for ever."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.ledger.cluster import Cluster
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
