"""A host that asks to be left alone for long: this part of the run ends with words, and the next start waits for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.sandbox.faults import Fault, Status
from tests.rules.ground import small_world


@pytest.mark.parametrize("status", [429, 503])
async def test_a_source_that_asks_for_an_hour_is_asked_nothing_more_until_then(
    tmp_path: Path, status: int
) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        found = near.found()
        near.wire.add(Fault("GET */content/*/children", Status(status, retry_after=3600)))
        report = await near.run("delta")
        assert report.outcome == "withheld"
        assert any("asks not to be called before" in reason for reason in report.reasons)
        near.wire.calls.clear()
        report = await near.run("full")
        assert report.outcome == "failed"  # the only source could not be read
        assert any("asked not to be called before" in reason for reason in report.reasons)
        assert [call.path for call in near.wire.calls if call.server == "interaxo"] in ([], ["/oauth/token"])
        near.clock.pass_seconds(3_601)
        near.wire.faults.clear()
        assert (await near.run("delta")).outcome in {"succeeded", "withheld"}
        assert near.found() == found


async def test_an_intranet_that_asks_for_an_hour_is_sent_nothing_more_until_then(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.edit_entry(small.rfi, {"Title": "Which bolts?"})
        fault = near.wire.add(Fault("PUT *", Status(429, retry_after=3600), times=1))
        await near.run("delta")
        assert fault.hits == 1
        near.wire.calls.clear()
        await near.run("delta")
        assert [call for call in near.wire.calls if call.server != "interaxo"] == []
        near.clock.pass_seconds(3_601)
        await near.run("delta")
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons
        assert "Which bolts?" in str(near.document(small.rfi))
