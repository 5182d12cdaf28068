"""How far a run is, where nobody watches: one line a minute in the log."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from connector.commands.progress import MINUTE_S, Counts, expected_items, progress_line, tell_each_minute
from connector.daemon import logs
from connector.ledger.runs import Run


async def test_a_run_without_a_terminal_tells_each_minute_how_far_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up(style="json", secrets=[])
    counts = Counts()
    paused: list[float] = []

    async def pause(seconds: float) -> None:
        paused.append(seconds)
        if len(paused) == 3:
            raise asyncio.CancelledError
        counts.seen(10)
        counts.pushed(len(paused))

    with pytest.raises(asyncio.CancelledError):
        await tell_each_minute(counts, {"target": "intranet", "mode": "backfill"}, pause)
    assert paused == [MINUTE_S] * 3
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["event"], first["target"], first["mode"]) == ("run.progress", "intranet", "backfill")
    assert (first["items"], first["documents"], first["documents_this_minute"]) == (10, 1, 1)
    assert (second["items"], second["documents"], second["documents_this_minute"]) == (20, 3, 2)
    assert second["minutes"] == 2


def run(report: dict[str, Any] | None) -> Run:
    return Run(
        number=1, id="01J", target="intranet", mode="full", dry_run=False, started_at=1.0, finished_at=2.0, outcome="succeeded",
        report=None if report is None else json.dumps(report), backfill=0,
    )  # fmt: skip


def test_as_many_items_are_expected_as_the_fullest_of_the_last_runs_listed() -> None:
    def listed(items: int, *, complete: bool = True) -> Run:
        return run(
            {"sources": {"a": {"items": items, "complete": complete}, "b": {"items": 1, "complete": True}}}
        )

    narrowed, whole, broken_off = listed(15), listed(134), listed(9_000, complete=False)
    assert expected_items([narrowed, run(None), broken_off, whole]) == 135
    assert expected_items([]) == 0


def test_what_is_left_is_told_as_long_as_more_is_expected() -> None:
    counts = Counts(100)
    counts.seen(50)
    assert progress_line(counts, 60.0) == "0:01:00 50 of 100 items, 0 sent, 1/s, 1 min left"
    counts.seen(51)
    assert progress_line(counts, 120.0) == "0:02:00 101 items, 0 sent, 1/s"
