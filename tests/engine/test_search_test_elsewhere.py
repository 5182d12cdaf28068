"""Services with one ledger of which only some have a search test in their settings."""

from __future__ import annotations

import asyncio
from pathlib import Path

from connector.daemon import background_tasks
from connector.engine.task_group import end
from connector.ledger.on_hold import is_tested_elsewhere, put_on_hold
from connector.plan.findings import Code
from connector.status.metrics import Metrics
from connector.wiring.notifications import notifier_of
from tests.canary.test_canary import on_hold, with_canary
from tests.engine.table import Table, table, when
from tests.ledger.cluster import Cluster


async def test_who_has_a_search_test_says_so_whoever_leads_and_a_run_of_who_has_none_keeps_to_its_hold(
    tmp_path: Path, cluster: Cluster
) -> None:
    async with table(tmp_path, cluster) as (one, small):
        await one.near.run("full")
        with_canary(one.near)
        around = background_tasks.begin(
            one.near.app,
            notifier_of(one.near.app),
            Metrics(),
            every_s=60,
            leads=lambda: False,
            refused=lambda: "",
        )
        await when(lambda: is_told(one), "it says so")
        await asyncio.gather(*(end(task) for task in around))
        one.near.values["canary.reader"] = ""
        with one.near.app().ledger() as ledger:
            put_on_hold(ledger.notes(""), "intranet", now=one.near.clock())
        new = one.near.rooms.add_file(small.tunnel, "new.txt", content=b"x")
        report = await one.run("full")
        assert Code.ON_HOLD in report.codes
        assert f"ix-{new}" not in one.near.found()
        assert on_hold(one.near)
        assert not one.offered, "whoever walks rooms for a run keeps to no hold"


def is_told(one: Table) -> bool:
    with one.near.app().ledger() as ledger:
        return is_tested_elsewhere(ledger.notes(""), "intranet", now=one.near.clock())
