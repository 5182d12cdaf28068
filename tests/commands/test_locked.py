"""Whoever asks what stands in the ledger is told while another process writes for long."""

from __future__ import annotations

import re
import time
from contextlib import closing
from pathlib import Path

import pytest

from connector.ledger.engines import sqlite
from connector.ledger.store import Ledger
from tests import ledgers
from tests.locked import NEW, leave_everything_due, locked
from tests.office import DONE, LEFT, Office

pytestmark = ledgers.IN_A_FILE
TELLING = [
    ["status"],
    ["runs"],
    ["documents"],
    ["documents", "neubau"],
    ["documents", "altbau"],
    ["documents", "ne"],
    ["documents", "new"],
    ["documents", "--format", "pdf"],
    ["documents", "--state", "without-text"],
    ["documents", "--state", "removed"],
    ["documents", "--state", "hidden"],
    ["documents", "--duplicates"],
    ["explain", NEW],
    ["explain", "new"],
    ["explain", "Neubau.pdf"],
    ["explain", "https://ix.example.com/new"],
    ["explain", NEW, "--for", "kari@example.com"],
    ["hidden"],
    ["workers"],
    ["quarantine"],
    ["audience", "report"],
]


def test_every_verb_that_tells_says_the_same_as_without_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path)
    with office.server as urls:
        office.write_settings(urls)
        assert office.ask("backfill").code == DONE
        with closing(Ledger(f"sqlite:///{ledgers.file_of(tmp_path)}", now=time.time())) as ledger:
            leave_everything_due(ledger, tmp_path, now=time.time())
        monkeypatch.setattr(sqlite, "BUSY_S", 0)
        with locked(ledgers.file_of(tmp_path)):
            told = [office.ask("--json", *words) for words in TELLING]
            kept = office.ask("ledger", "backup", str(tmp_path / "copy.db"))
            rehearsed = office.ask("sync", "--dry-run", "--json")
        assert [(words, one.out) for words, one in zip(TELLING, told, strict=True) if one.code != DONE] == []
        assert (kept.code, rehearsed.code) == (DONE, LEFT)
        assert "rehearsal.unkept" in rehearsed.err
        for words, one in zip(TELLING, told, strict=True):
            assert without_moments(one.out) == without_moments(office.ask("--json", *words).out), words


def test_orders_of_the_file_alone_are_told_while_another_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path)
    with office.server as urls:
        office.write_settings(urls)
        office.ask("sync", "--mode", "full")
        plan = f"ix-{office.small.plan}"
        assert office.ask("hide", plan).code == DONE
        for file in (tmp_path / "var").glob("ledger.db*"):
            file.unlink()
        assert office.ask("sync", "--dry-run").code in {DONE, LEFT}, "a new ledger, which has no order yet"
        with closing(Ledger(f"sqlite:///{ledgers.file_of(tmp_path)}", now=time.time())) as ledger:
            assert ledger.every_order() == []
        monkeypatch.setattr(sqlite, "BUSY_S", 0)
        with locked(ledgers.file_of(tmp_path)):
            told = office.ask("hidden", "--json")
        assert told.code == DONE, told.err
        assert [(one["id"], one["carried_out"]) for one in told.json["hidden"]] == [(plan, False)]


def without_moments(told: str) -> str:
    """What is told later tells later moments: its own, and the next run's after a quarter of an hour."""
    return re.sub(r'"\d{4}-\d\d-\d\dT[^"]*"', "", told)
