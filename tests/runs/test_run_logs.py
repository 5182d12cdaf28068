"""What a run writes into the logs: every event bound to its run, documents by id, titles hidden unless allowed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connector.daemon import logs
from connector.sandbox.faults import Fault, Status
from connector.sandbox.interact import Refusal
from tests.estates import Small, furnish_small
from tests.neighbourhood import neighbourhood

TITLE = "Hidden tender offer.txt"


async def events_of(
    folder: Path, capture: pytest.CaptureFixture[str], *, names: bool
) -> list[dict[str, object]]:
    """The events of a run in which one document is refused, one cannot be read, and one source call fails."""
    small: list[Small] = []
    async with neighbourhood(folder, lambda world: small.append(furnish_small(world))) as near:
        near.values["sources.interaxo.content"] = True
        near.intranet.switches.refuse = [Refusal("plan.pdf")]
        near.rooms.add_file(small[0].drawings, TITLE, content=b"words")
        near.wire.add(Fault(match="GET */files/*", how=Status(503), times=None))
        logs.set_up(style="json", secrets=[str(near.values["targets.intranet.api_key"])], names=names)
        await near.run("full")
    return [json.loads(line) for line in capture.readouterr().err.splitlines()]


async def test_every_event_of_a_run_names_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = await events_of(tmp_path, capsys, names=False)
    assert {"run.started", "session.opened", "document.quarantined", "run.finished"} <= {
        e["event"] for e in events
    }
    assert len({event["run"] for event in events}) == 1
    assert all(event["target"] == "intranet" for event in events)
    (parked,) = [event for event in events if event["event"] == "document.quarantined"]
    assert str(parked["document"]).startswith("ix-")


@pytest.mark.parametrize(
    ("broken", "outcome", "level"),
    [
        ("* *docs/state", "failed", "error"),
        ("* */content/*/children*", "withheld", "warning"),
        ("nothing", "succeeded", "info"),
    ],
)
async def test_whoever_reads_only_what_is_wrong_meets_a_run_that_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], broken: str, outcome: str, level: str
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        near.wire.add(Fault(match=broken, how=Status(403), times=None))
        logs.set_up(style="json", secrets=[])
        await near.run("full")
        ended = json.loads(capsys.readouterr().err.splitlines()[-1])
        assert (ended["event"], ended["outcome"], ended["level"]) == ("run.finished", outcome, level)
        logs.set_up(style="person", secrets=[])
        await near.run("full")
        assert "run.finished" not in capsys.readouterr().err, "its report tells it"


async def test_titles_stay_out_of_the_logs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.dumps(await events_of(tmp_path, capsys, names=False))
    assert TITLE not in told
    assert "could not be read completely" in told


async def test_titles_are_told_where_a_setting_allows_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert TITLE in json.dumps(await events_of(tmp_path, capsys, names=True))
