"""A copy that something cuts off is told in words, leaves nothing half in its place, and is made by the next try."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from connector.errors import LedgerError
from connector.ledger.copying import copy_ledger
from connector.ledger.database import MIGRATIONS
from connector.ledger.engines.postgres import Postgres
from connector.ledger.engines.sqlite import Sqlite
from connector.ledger.store import Ledger
from tests.ledger.cluster import Cluster
from tests.ledger_pushes import NOW, make_push, push

FULL = "The disk of the ledger is full"


@pytest.fixture
def urls(cluster: Cluster, tmp_path: Path) -> list[str]:
    return [f"sqlite:///{tmp_path}/ledger.db", cluster.new_database()]


def fill_with_something(url: str) -> None:
    with closing(Ledger(url, now=NOW)) as ledger:
        push(ledger.documents("intranet"), *(make_push(f"ix-f{one}") for one in range(9)))


def cut_off(patch: pytest.MonkeyPatch, engine: type[Any], error: BaseException) -> None:
    """Have a database raise something amid the first rows that are written to it."""

    def fail(self: Any, table: str, _: Sequence[str], rows: Iterable[Any], truths: Sequence[int]) -> None:
        if next(iter(rows), None) is not None:
            raise error

    patch.setattr(engine, "fill", fail)


@pytest.mark.parametrize("error", [LedgerError(FULL), KeyboardInterrupt()], ids=["full", "stopped"])
@pytest.mark.parametrize("into", [Sqlite, Postgres])
def test_a_copy_that_is_cut_off_says_that_nothing_was_copied(
    urls: list[str], into: type[Any], error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = urls if into is Postgres else urls[::-1]
    fill_with_something(here)
    ignored: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)
    with monkeypatch.context() as patch:
        cut_off(patch, into, error)
        with pytest.raises(
            LedgerError, match=r"^(The disk of the ledger is full|Stopped).* Nothing was copied"
        ):
            copy_ledger(here, there, now=NOW)
    assert not ignored
    assert [one.name for one in tmp_path.glob("ledger.db*")] == (["ledger.db"] if into is Postgres else [])
    assert copy_ledger(here, there, now=NOW).rows["documents"] == 9


def test_a_rehearsal_for_which_the_disk_has_no_room_says_so(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = cluster.new_database()
    fill_with_something(here)
    cut_off(monkeypatch, Sqlite, LedgerError(FULL))
    with closing(Postgres(here)) as ledger:
        ledger.migrate(MIGRATIONS)
        with pytest.raises(LedgerError, match=FULL):
            ledger.copy_to(str(tmp_path / "aside.db"))
