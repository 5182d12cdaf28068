"""What a run reads of a ledger on PostgreSQL grows with its estate, and not with the square of it, before anybody counted its tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg

from connector.sandbox.interaxo import InteraxoWorld
from tests.ledger.cluster import Cluster
from tests.ledger.conftest import cluster  # noqa: F401 - a fixture
from tests.neighbourhood import neighbourhood

FEW, MORE, MANY = 6, 24, 96
"""Rooms, of some forty documents each. The server looks through all of a few hundred documents rather than into an index."""
READ = "SELECT relname, seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables"


def furnish(rooms: int) -> Callable[[InteraxoWorld], None]:
    """So many rooms of the same kind."""

    def furnished(world: InteraxoWorld) -> None:
        world.add_community("example-corp", "Example Corp")
        world.add_group("example-corp", "all", "All participants")
        for n in range(rooms):
            room = world.add_room("example-corp", f"room-{n}", f"Room {n}", authorities=[("group", "all")])
            for m in range(6):
                folder = world.add_folder(room, f"Folder {m}")
                for k in range(6):
                    world.add_file(folder, f"{n}-{m}-{k}.txt", content=b"x")

    return furnished


async def read_in(folder: Path, cluster: Cluster, rooms: int, modes: list[str]) -> dict[str, float]:  # noqa: F811
    """Rows that each kind of run reads of each table, for each document."""
    found = {}
    async with neighbourhood(folder, furnish(rooms)) as near:
        near.values |= {"ledger.url": (url := cluster.new_database()), "sources.interaxo.permissions": "room"}
        before: dict[str, int] = {}
        for n, mode in enumerate(modes):
            report = await near.run(mode)
            assert report.outcome == "succeeded"
            with psycopg.connect(url) as driver:
                now = dict(driver.execute(READ).fetchall())
            for table, rows in now.items():
                found[f"{n} {mode} {table}"] = (
                    (rows or 0) - (before.get(table) or 0)
                ) / report.documents.live
            before = now
    return found


async def test_a_run_reads_no_more_of_each_document_where_there_are_more(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811
) -> None:
    modes = ["full", "full", "delta"]
    few = await read_in(tmp_path / "few", cluster, FEW, modes)
    more = await read_in(tmp_path / "more", cluster, MANY, modes)
    for run in ("1 full documents", "2 delta documents"):
        assert more[run] < 2 * few[run], (run, few[run], more[run])


async def test_a_full_run_leaves_the_indexes_of_documents_alone(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811
) -> None:
    async with neighbourhood(tmp_path, furnish(MORE)) as near:
        near.values |= {"ledger.url": (url := cluster.new_database()), "sources.interaxo.permissions": "room"}
        for mode in ("full", "full"):
            report = await near.run(mode)
            assert report.outcome == "succeeded"
    with psycopg.connect(url) as driver:
        [(written, alone)] = driver.execute(
            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'documents'"
        ).fetchall()
    assert written >= report.documents.live
    assert alone == written
