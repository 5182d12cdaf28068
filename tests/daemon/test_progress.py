"""How far a run is, where nobody watches: one line a minute in the log."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from connector.commands.progress import MINUTE_S, Counts, progress_line, tell_each_minute
from connector.daemon import logs
from connector.plan.options import Watch
from connector.plan.remaining_time import Outlook, Rest, Unknown
from connector.wiring.forecast_note import foretold, remember
from tests.estates import furnish_small
from tests.neighbourhood import neighbourhood


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


def test_what_is_left_is_told_with_what_is_done() -> None:
    counts = Counts(Outlook(lambda: 0.0))
    counts.outlook.expect({"a": 100})
    counts.outlook.part("a")
    counts.seen(50)
    counts.outlook.rest = Rest(seconds=60)
    assert progress_line(counts, 60.0) == "0:01:00 50 of 100 items, 0 sent, 1/s, 1 min left"
    counts.seen(51)
    assert progress_line(counts, 120.0) == "0:02:00 101 items, 0 sent, 1/s, 1 min left"


async def test_a_first_load_is_told_how_many_there_are_by_a_forecast_and_later_by_the_fullest_run(
    tmp_path: Path,
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        near.values |= {"ledger.url": "sqlite:///ledger.db"}
        remember(near.app().beside, {"interaxo": 40, "gone": 1})
        first, second, room, delta = Watch(), Watch(), Watch(), Watch()
        report = await near.run("backfill", watch=first)
        assert first.outlook.items == 40
        assert first.outlook.rest.why is Unknown.CLOSING
        await near.run("full", watch=second)
        assert second.outlook.items == report.sources["interaxo"].items
        await near.run("backfill", watch=room, rooms=("example-corp/bridge",))
        await near.run(watch=delta)
        assert room.outlook.items == delta.outlook.items == 0
        assert progress_line(Counts(delta.outlook), 60.0) == "0:01:00 0 items, 0 sent, 0/s", (
            "a delta is soon over"
        )


def test_a_forecast_that_cannot_be_kept_or_read_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    remember(tmp_path / "file" / "below", {"a": 1})
    remember(None, {"a": 1})
    assert foretold(None) == foretold(tmp_path) == {}
    (tmp_path / "forecast.json").write_bytes(b'{"documents": "many"}')
    assert foretold(tmp_path) == {}
