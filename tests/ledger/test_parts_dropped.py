"""A ledger of which somebody dropped a part: it is told as damaged, with what helps, and can be rebuilt."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from connector.errors import LedgerDamaged, LedgerError
from connector.ledger.database import trouble_with
from connector.ledger.store import Ledger
from tests import ledgers
from tests.ledger.cluster import Cluster
from tests.ledger_pushes import NOW
from tests.rules.ground import plain_world
from tests.rules.hiding import hide

NEEDED = ("documents", "leases", "ledger", "notes", "orders", "people", "runs")
"""No run goes without them; of the others it depends on what is to be done."""


def do(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as database:
        database.execute(statement)


@pytest.mark.parametrize("table", NEEDED)
async def test_whichever_table_was_dropped_it_is_damage_and_a_rebuild_makes_a_new_one(
    tmp_path: Path, cluster: Cluster, table: str
) -> None:
    """It was told as a bug of the connector."""
    async with plain_world(tmp_path, alpha=2, beta=2) as (near, roots):
        url = near.values["ledger.url"] = cluster.new_database()
        await near.run("full")
        await hide(near, roots["alpha"])
        shown = near.found()
        if table != "orders":  # what people hid stands in the file beside, or in that table
            (tmp_path / "var" / "hidden.json").unlink()
        do(url, f"DROP TABLE {table} CASCADE")
        assert "is damaged" in trouble_with(url), "so `check` says"
        with pytest.raises(
            LedgerDamaged, match=r"since somebody removed a part of it.* connector ledger rebuild"
        ):
            await near.run("full")
        assert near.found() == shown, "nothing is removed, and nothing shown again"
        report, aside = await near.app().rebuild("intranet")
        assert report.outcome in {"succeeded", "withheld"}, report.reasons
        assert aside
        near.clock.pass_seconds(4_000)
        await near.run("full")
        assert near.found() == shown
        assert trouble_with(url) == ""


@ledgers.IN_A_FILE
@pytest.mark.parametrize("table", NEEDED)
async def test_whichever_table_of_a_file_was_dropped_it_is_damage_too(tmp_path: Path, table: str) -> None:
    async with plain_world(tmp_path, alpha=2, beta=2) as (near, roots):
        await near.run("full")
        await hide(near, roots["alpha"])
        shown = near.found()
        ledgers.ask(tmp_path, f"DROP TABLE {table}")
        with pytest.raises(
            LedgerDamaged,
            match=r"since somebody removed a part of it: no such table: .* connector ledger rebuild",
        ):
            await near.run("full")
        assert near.found() == shown
        report, aside = await near.app().rebuild("intranet")
        assert report.outcome in {"succeeded", "withheld"}, report.reasons
        assert aside
        near.clock.pass_seconds(4_000)
        await near.run("full")
        assert near.found() == shown


def test_a_column_that_was_dropped_is_damage(cluster: Cluster) -> None:
    url = cluster.new_database()
    Ledger(url, now=NOW).close()
    do(url, "ALTER TABLE orders DROP COLUMN until")
    ledger = Ledger(url, now=NOW)
    with pytest.raises(LedgerDamaged, match=r"is damaged.* column .*until.* does not exist"):
        ledger.every_order()
    ledger.close()


@pytest.mark.parametrize("how", ["DROP TABLE alembic_version", "DELETE FROM alembic_version"])
def test_a_ledger_that_does_not_tell_its_release_is_left_as_it_is(cluster: Cluster, how: str) -> None:
    url = cluster.new_database()
    Ledger(url, now=NOW).close()
    do(url, how)
    with pytest.raises(LedgerError, match=r"nothing in it tells which release made them.* put back, or name"):
        Ledger(url, now=NOW)
