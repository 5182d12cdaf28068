"""A run whose report its database refuses to take waits as any that failed; one whose database went away is begun anew at once."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from connector.daemon import executor
from connector.ports.engine import Ended, Work
from tests.daemon.serving import history, lane_by_itself, make_service
from tests.engine.table import table
from tests.ledger.cluster import Cluster

REFUSES = "RAISE EXCEPTION 'could not extend file' USING ERRCODE='disk_full'"
CANCELS = "RAISE EXCEPTION 'canceling statement due to user request' USING ERRCODE='query_canceled'"
FORBIDS = "RAISE EXCEPTION 'permission denied for table runs' USING ERRCODE='insufficient_privilege'"
LACKS = "UPDATE gone SET id = 1"
GOES_AWAY = "PERFORM pg_terminate_backend(pg_backend_pid())"


def at_each_report(url: str, happens: str) -> None:
    """Have something happen as a report is written."""
    with psycopg.connect(url, autocommit=True) as database:
        database.execute(
            f"CREATE FUNCTION happens() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {happens}; RETURN NEW; END $$"
        )
        database.execute(
            "CREATE TRIGGER happens BEFORE UPDATE ON runs FOR EACH ROW WHEN (NEW.report IS NOT NULL) EXECUTE FUNCTION happens()"
        )


@pytest.mark.parametrize(
    ("happens", "begun", "ends"),
    [
        (REFUSES, 1, Ended.FAILED),
        (CANCELS, 1, Ended.FAILED),
        (FORBIDS, 1, Ended.FAILED),
        (LACKS, 1, Ended.FAILED),
        (GOES_AWAY, 3, Ended.LOST),
    ],
    ids=["disk full", "cancelled", "no right", "a table lacks", "goes away"],
)
async def test_a_run_whose_report_is_refused_is_not_begun_anew_within_seconds(
    tmp_path: Path,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    happens: str,
    begun: int,
    ends: Ended,
) -> None:
    """It was, six times in a row: all of the source was read for nothing each time."""
    monkeypatch.setattr(executor, "AGAIN_S", 0.0)
    monkeypatch.setattr(executor, "MOST_LOST", 2)
    async with table(tmp_path, cluster, services=0, http__settle_s=0) as (one, _):
        near = one.near
        await near.run("full")
        at_each_report(one.url, happens)
        service = make_service(near)
        lane, mine = lane_by_itself(service, near)
        assert await mine.carry_out(Work("full", "intranet", near.clock())) is ends
        assert len(history(near)) == 1 + begun
        assert lane.progress.unwritten, "the page says why"
        assert "intranet" in service._due.put_off, "it is done again after a pause"
        one.ask("DROP TRIGGER happens ON runs")
        await lane.lost_end.write()
        assert history(near)[1:] == [("full", "failed")] * begun, "and so is why it failed"
