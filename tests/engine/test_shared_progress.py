"""How far a run is whose rooms others walk, and that it goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.daemon.progress import Patience, Progress
from connector.plan.item import Mode
from connector.plan.options import Watch
from connector.runs import seat, sharing
from connector.sandbox.faults import Fault, Latency
from tests.engine.table import table
from tests.ledger.cluster import Cluster


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody looks often."""
    monkeypatch.setattr(seat, "BEAT_S", 0.02)
    monkeypatch.setattr(sharing, "LOOK_S", 0.02)
    monkeypatch.setattr(sharing, "LAST_LOOK_S", 0.02)


async def test_whoever_walks_a_room_and_is_answered_is_news_of_the_run_though_nothing_is_listed_or_pushed(
    tmp_path: Path,
    cluster: Cluster,
) -> None:
    """Files of hundreds of megabytes at the end of a walk: the run itself calls nobody for as long as they take."""
    news: list[str] = []
    async with table(tmp_path, cluster) as (one, _):
        near = one.near
        await near.run("full")
        near.clock.pass_seconds(1)
        near.wire.add(Fault(match=lambda call: call.server == "interaxo", how=Latency(0.05), times=None))
        app = near.app()
        watch = Watch(
            seen=lambda _: news.append("seen"),
            pushed=lambda _: news.append("pushed"),
            answered=lambda: news.append("answered"),
        )
        report = await app.run("intranet", app.options("intranet", Mode.FULL), watch, others=one)
    assert one.needed
    assert report.outcome == "succeeded"
    assert "answered" in news


def test_a_run_of_which_others_are_answered_does_not_stand_still() -> None:
    now = [0.0]
    progress = Progress(Patience(without_answer_s=60), lambda: now[0])
    progress.begin("full")
    now[0] = 50.0
    progress.hear()
    now[0] = 100.0
    assert not progress.stalled()
    now[0] = 111.0
    assert "got no answer" in progress.stalled()
