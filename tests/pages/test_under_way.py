"""What pages tell of a run that is under way."""

from __future__ import annotations

from typing import cast

import pytest

from connector.daemon.progress import Patience, Progress
from connector.ledger.browse import Browse, OpenRun
from connector.pages.overview import _running
from connector.plan.remaining_time import Rest, Unknown
from connector.status.target_status import Matters


@pytest.mark.parametrize(
    ("mode", "rest", "words"),
    [
        ("full", Rest(seconds=720), "12 min left"),
        ("backfill", Rest(why=Unknown.FOLDERS), "rest not known: most folders not read"),
        ("delta", Rest(seconds=20), ""),
    ],
)
def test_the_page_tells_the_rest_as_the_terminal_does(mode: str, rest: Rest, words: str) -> None:
    class Open:
        def under_way(self) -> OpenRun:
            return OpenRun("01J", mode, 1.0)

    progress = Progress(Patience(without_answer_s=900, without_move_s=20_000), lambda: 100.0)
    progress.begin(mode)
    assert progress.outlook.rest.why is Unknown.EARLY, "nothing of the run before is told"
    progress.outlook.rest = rest
    matters = Matters(states=[], held=0, good=None, settings_at=None, waits_for="")
    told = _running(cast(Browse, Open()), progress, matters)
    assert told is not None
    assert told["rest"] == words
