"""How far a run is, where nobody watches: one line a minute in the log."""

from __future__ import annotations

import asyncio
import json

import pytest

from connector.commands.progress import MINUTE_S, Counts, tell_each_minute
from connector.daemon import logs


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
