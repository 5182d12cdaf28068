"""How often a run waits for PostgreSQL: each wait stops the whole run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.cluster import Cluster
from tests.neighbourhood import neighbourhood
from tests.runs.test_few_statements import FEW, MANY, furnish

psycopg = pytest.importorskip("psycopg", reason="a ledger on PostgreSQL needs psycopg (the extra `cluster`)")

PER_HUNDRED = {"full": 8.0, "delta": 2.0}
"""At most so many round trips for a hundred documents more."""
WAITING = {"BasePipeline._fetch_gen", "BasePipeline._sync_gen", "BasePipeline._exit_gen"}
"""What the driver does until an answer is there; what it executes is waited for outside of a pipeline only."""


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What was waited for."""
    waits: list[str] = []
    wait = psycopg.Connection.wait

    def count(self: Any, does: Any, *rest: Any) -> Any:
        called = does.__qualname__
        if called in WAITING or (called == "BaseCursor._execute_gen" and self._pipeline is None):
            waits.append(called)
        return wait(self, does, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Connection, "wait", count)
        yield waits


async def waits_of(
    folder: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, folders: int
) -> dict[str, tuple[int, int]]:
    """By mode how often a run waited, and how many documents there are."""
    told = {}
    async with neighbourhood(folder, lambda world: furnish(world, folders)) as near:
        near.values["ledger.url"] = cluster.new_database()
        near.values["targets.intranet.batch_documents"] = 100
        near.values["sources.interaxo.concurrency"] = 16
        for mode in PER_HUNDRED:
            with counted(monkeypatch) as waits:
                report = await near.run(mode)
            assert report.outcome == "succeeded", report.reasons
            told[mode] = len(waits), report.documents.live
            near.clock.pass_seconds(900)
    return told


async def test_a_run_waits_for_its_ledger_a_few_times_for_a_hundred_documents(
    tmp_path_factory: pytest.TempPathFactory, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = await waits_of(tmp_path_factory.mktemp("few"), cluster, monkeypatch, FEW)
    many = await waits_of(tmp_path_factory.mktemp("many"), cluster, monkeypatch, MANY)
    assert all(waits > 0 for waits, _ in few.values()), "what the driver calls its waits has changed"
    for mode, most in PER_HUNDRED.items():
        more, documents = (b - a for a, b in zip(few[mode], many[mode], strict=True))
        assert 100 * more / documents <= most, mode
