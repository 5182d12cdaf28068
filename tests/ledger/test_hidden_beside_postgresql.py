"""`hidden.json` of a machine whose ledger is in PostgreSQL: it brings back what people hid, and is never in the way."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from connector.ledger.copying import copy_ledger
from tests.ledger.cluster import Cluster
from tests.rules.ground import plain_world
from tests.rules.hiding import hide


@pytest.mark.parametrize("how", ["emptied", "older"])
async def test_a_ledger_in_postgresql_that_is_lost_or_older_shows_nothing_again(
    tmp_path: Path, cluster: Cluster, how: str
) -> None:
    async with plain_world(tmp_path, alpha=3, beta=3) as (near, roots):
        near.values["ledger.url"] = cluster.new_database()
        await near.run("full")
        if how == "older":
            older = cluster.new_database(empty=True)
            copy_ledger(near.values["ledger.url"], older, now=near.clock())
        await hide(near, roots["alpha"])
        beta = near.found()
        file = tmp_path / "var" / "hidden.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        near.values["ledger.url"] = older if how == "older" else cluster.new_database()
        for mode in ("full", "delta", "full"):
            near.clock.pass_seconds(4_000)
            await near.run(mode)
            assert near.found() == beta


async def test_a_file_beside_a_ledger_in_postgresql_that_cannot_be_written_stops_no_run(
    tmp_path: Path, cluster: Cluster
) -> None:
    async with plain_world(tmp_path, alpha=2) as (near, roots):
        near.values["ledger.url"] = cluster.new_database()
        (tmp_path / "var").write_text("a file where a folder should be", encoding="utf-8")
        await near.run("full")
        await hide(near, roots["alpha"])
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert not near.found()
