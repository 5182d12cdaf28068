"""`connector ledger rebuild` where the ledger is in PostgreSQL: the old one stands in a schema beside, and nothing of it is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from connector.errors import LeaseHeld
from connector.ledger.set_aside import set_aside_tables
from connector.ledger.store import Ledger
from tests.estates import Small, furnish_small
from tests.ledger.cluster import Cluster
from tests.ledger_pushes import NOW
from tests.neighbourhood import neighbourhood


def ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as database:
        return database.execute(statement).fetchall()


async def test_a_rebuilt_ledger_pushes_only_what_is_not_right(tmp_path: Path, cluster: Cluster) -> None:
    small: list[Small] = []
    async with neighbourhood(tmp_path, lambda world: small.append(furnish_small(world))) as near:
        url = near.values["ledger.url"] = cluster.new_database()
        await near.run("full")
        ask(url, "INSERT INTO members VALUES ('m', 'host', '1', 'working', 1, 2, '[]', 0) RETURNING 1")
        near.rooms.rename(small[0].plan, "renamed.pdf")
        mark = near.intranet.mark()
        report, aside = await near.app().rebuild("intranet")
        assert report.outcome == "succeeded"
        rooms = {f"ix-{small[0].bridge}", f"ix-{small[0].tunnel}"}  # they carry the new ledger's name
        assert set(near.intranet.pushed_since(mark)) - rooms == {f"ix-{small[0].plan}"}
        schema = aside.removeprefix("the schema ")
        assert ask(url, f"SELECT count(*) FROM {schema}.documents") == [(14,)]
        assert ask(url, "SELECT count(*) FROM documents") == [(14,)]
        assert ask(url, "SELECT id, host, seen_at FROM members") == [("m", "host", 2.0)], "it works on"
        mark = near.intranet.mark()
        await near.run("delta")
        assert not near.intranet.pushed_since(mark)
        assert near.found() == near.expected()


def test_a_ledger_that_a_run_has_is_not_set_aside(cluster: Cluster) -> None:
    url = cluster.new_database()
    ledger = Ledger(url, now=NOW)
    ledger.runs("intranet").take_lease(now=NOW)
    with pytest.raises(LeaseHeld, match="was not set aside"):
        set_aside_tables(url, now=NOW)
    ledger.close()
    assert ask(url, "SELECT count(*) FROM leases") == [(1,)]


def test_where_there_is_no_ledger_there_is_nothing_to_set_aside(cluster: Cluster) -> None:
    assert set_aside_tables(cluster.new_database(empty=True), now=NOW) is None
