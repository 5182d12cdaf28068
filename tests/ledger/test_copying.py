"""A ledger is copied from one database into another: every row, or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.errors import LeaseHeld, LedgerError
from connector.ledger import copying
from connector.ledger.copying import copy_ledger, shapes
from connector.ledger.database import connect
from connector.ledger.shapes import COUNTED
from connector.ledger.store import Ledger
from tests.ledger.cluster import Cluster
from tests.ledger_pushes import NOW, make_push, push
from tests.rules.ground import calls, small_world

WAYS = pytest.mark.parametrize("way", ["to PostgreSQL", "to SQLite"])


@pytest.fixture
def urls(way: str, cluster: Cluster, tmp_path: Path) -> tuple[str, str]:
    """Where the ledger is, and where it goes."""
    both = (f"sqlite:///{tmp_path}/ledger.db", cluster.new_database())
    return both if way == "to PostgreSQL" else (both[1], both[0])


@pytest.fixture
def filled(urls: tuple[str, str]) -> Iterator[Ledger]:
    """A ledger with something in it."""
    ledger = Ledger(urls[0], now=NOW)
    documents = ledger.documents("intranet")
    push(documents, make_push("ix-f1"), make_push("ix-f2"))
    ledger.runs("intranet").start(mode="full", dry_run=True, now=NOW)
    ledger.notes("interaxo").put("kind", "key", b"\x00\xff", run=1)
    yield ledger
    ledger.close()


def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    database = connect(url)
    try:
        return {
            shape.name: [tuple(row) for row in database.rows_of(shape.name, shape.columns, shape.key)]
            for shape in shapes()
        }
    finally:
        database.close()


@WAYS
def test_a_copy_is_the_same_ledger_and_goes_on_from_there(urls: tuple[str, str], filled: Ledger) -> None:
    there = urls[1]
    copied = copy_ledger(*urls, now=NOW)
    both = [rows(url) for url in urls]
    for one in both:
        one.pop(COUNTED)  # each database keeps those in its own way
    assert both[0] == both[1]
    assert copied.ledger == filled.id
    assert copied.rows["documents"] == 2
    assert "people" not in copied.rows
    copy = Ledger(there, now=NOW)
    assert copy.id == filled.id
    push(copy.documents("intranet"), make_push("ix-f3"))
    assert copy.runs("intranet").start(mode="delta", dry_run=False, now=NOW).number == 2
    assert [row[0] for row in rows(there)["documents"]] == [1, 2, 3]
    copy.close()


@pytest.mark.parametrize("way", ["to PostgreSQL"])
def test_the_server_has_counted_a_copy_when_its_first_run_begins(
    urls: tuple[str, str], filled: Ledger
) -> None:
    copy_ledger(*urls, now=NOW)
    database = connect(urls[1])
    counted = "SELECT reltuples FROM pg_class WHERE oid='documents'::regclass"
    assert database.driver.execute(counted).fetchone() == (2,)  # type: ignore[attr-defined]
    columns = "SELECT attname FROM pg_stats WHERE tablename='documents' AND attname IN ('container', 'title')"
    assert database.driver.execute(columns).fetchall() == [("container",)]  # type: ignore[attr-defined]
    database.close()


@WAYS
def test_a_target_that_holds_anything_is_refused_and_left_as_it_is(
    urls: tuple[str, str], filled: Ledger
) -> None:
    here, there = urls
    other = Ledger(there, now=NOW)
    other.close()
    before = rows(there)
    with pytest.raises(LedgerError, match=r"is not empty \(it has ledger\), so nothing was copied into it"):
        copy_ledger(here, there, now=NOW)
    assert rows(there) == before
    database = connect(there)
    database.driver.execute("CREATE TABLE of_somebody_else (a integer)")  # type: ignore[attr-defined]
    database.close()
    with pytest.raises(LedgerError, match="of_somebody_else"):
        copy_ledger(here, there, now=NOW)


@WAYS
def test_nothing_is_copied_while_a_run_holds_its_lease(urls: tuple[str, str], filled: Ledger) -> None:
    here, there = urls
    fence = filled.runs("intranet").take_lease(now=NOW)
    with pytest.raises(LeaseHeld, match="works on the target intranet, so the ledger was not copied"):
        copy_ledger(here, there, now=NOW)
    filled.runs("intranet").free_lease(fence)
    copy_ledger(here, there, now=NOW)


@WAYS
def test_a_row_that_comes_out_different_undoes_the_copy(
    urls: tuple[str, str], filled: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_worse(shape: copying.Shape, here: Any, there: Any) -> int:
        count = fill(shape, here, there)
        if shape.name == "documents":
            there.driver.execute("UPDATE documents SET title='other' WHERE id='ix-f2'")
        return count

    fill = copying.fill
    monkeypatch.setattr(copying, "fill", fill_worse)
    with pytest.raises(LedgerError, match="Row 2 of the table documents came out different"):
        copy_ledger(*urls, now=NOW)
    assert not any(rows(urls[1]).values())


def test_there_must_be_a_ledger_to_copy(cluster: Cluster, tmp_path: Path) -> None:
    there = cluster.new_database()
    with pytest.raises(LedgerError, match="There is no ledger"):
        copy_ledger(f"sqlite:///{tmp_path}/none.db", there, now=NOW)
    assert not (tmp_path / "none.db").exists()
    with pytest.raises(LedgerError, match="name two"):
        copy_ledger(there, there, now=NOW)


async def test_a_run_on_the_copy_pushes_nothing(tmp_path: Path, cluster: Cluster) -> None:
    url = cluster.new_database()
    async with small_world(tmp_path) as (near, _):
        near.values["ledger.url"] = "sqlite:///var/ledger.db"
        assert (await near.run("full")).outcome == "succeeded"
        copy_ledger(f"sqlite:///{tmp_path}/var/ledger.db", url, now=near.clock())
        near.values["ledger.url"] = url
        near.wire.calls.clear()
        report = await near.run()
        assert (report.outcome, calls(near, "docs/addupdate")) == ("succeeded", [])
        assert near.expected() == near.found()


async def test_the_verb_tells_what_it_copied_and_no_password(
    tmp_path: Path, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    from connector.commands.ledger import ledger_copy

    Ledger(f"sqlite:///{tmp_path}/ledger.db", now=NOW).close()
    url = cluster.new_database().replace("postgres@", "postgres:hidden-word@")
    with pytest.raises(SystemExit) as ended:
        ledger_copy(f"{tmp_path}/ledger.db", url, None, True)
    said = capsys.readouterr()
    assert ended.value.code == 0, said.err
    assert json.loads(said.out)["rows"] == {"ledger": 1}
    assert "hidden-word" not in said.out + said.err
    with pytest.raises(SystemExit):
        ledger_copy(f"{tmp_path}/ledger.db", url, None, False)
    said = capsys.readouterr()
    assert "is not empty" in said.err
    assert "hidden-word" not in said.out + said.err
