"""Rules 7 and 9: a document whose date is at either end of the calendar costs nobody anything."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.rules.ground import FEW, ONLY_FEW, audience_of, small_world

ENDS = {
    "last": datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
    "first": datetime(1, 1, 1, tzinfo=UTC),
}
"""What .NET and others write for a date that is not set."""


@pytest.mark.parametrize(("end", "gate"), [("last", False), ("last", True), ("first", False)])
async def test_everybody_loses_what_they_lose_though_one_document_is_dated_at_an_end(
    tmp_path: Path, end: str, gate: bool
) -> None:
    async with small_world(tmp_path) as (near, small):
        near.intranet.switches.modified_date_gate = gate
        near.rooms._items[small.report].last_modified = ENDS[end]
        await near.run("full")
        if end == "last":
            assert near.document(small.report)["ModifiedDate"].startswith("9999-12-31")
        near.clock.pass_seconds(1_000)
        near.rooms.set_authorities(small.tunnel, FEW)
        near.rooms.set_authorities(small.bridge, FEW)
        report = await near.run("delta")
        for key in near.found():
            assert audience_of(near, key.removeprefix("ix-")) == [ONLY_FEW], report.reasons


@pytest.mark.parametrize("end", ENDS)
async def test_what_is_dated_at_an_end_may_move(tmp_path: Path, end: str) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms._items[small.section].last_modified = ENDS[end]
        await near.run("full")
        near.clock.pass_seconds(1_000)
        near.rooms.move(small.section, small.drawings)
        near.rooms._items[small.section].last_modified = ENDS[end]
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons
        path = near.document(small.section)["MaterializedPath"]
        assert path.endswith(f"/ix-{small.drawings}/ix-{small.section}/")
