"""Cut the wire at call n, for every n: run again, and source and target are in step, with no live document ever gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.sandbox.faults import RESET_AFTER, RESET_BEFORE, Status
from tests.estates import Small, furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood

FAULTS = {"reset-before": RESET_BEFORE, "reset-after": RESET_AFTER, "503": Status(503)}


def edit(near: Neighbourhood, small: Small) -> None:
    """A change of every sort."""
    near.rooms.rename(small.drawings, "Drawings of the bridge")
    near.rooms.remove(small.site)
    near.rooms.add_file(small.details, "new.txt", content=b"new")
    near.rooms.move(small.section, small.drawings)
    near.rooms.edit_entry(small.rfi, {"Title": "Which nuts?"})


def live_documents_gone(near: Neighbourhood) -> set[str]:
    """Ids that the connector took out of the intranet although they are in the source."""
    return {deletion.id for deletion in near.intranet.deletions} & near.expected()


async def count_calls(folder: Path, mode: str) -> int:
    small: list[Small] = []
    async with neighbourhood(folder / "count", lambda world: small.append(furnish_small(world))) as near:
        await near.run("backfill")
        edit(near, small[0])
        before = len(near.wire.calls)
        await near.run(mode)
        return len(near.wire.calls) - before


@pytest.mark.parametrize("how", FAULTS)
@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_a_cut_run_is_made_good_by_the_next(tmp_path: Path, mode: str, how: str) -> None:
    calls = await count_calls(tmp_path, mode)
    assert calls > 20
    for n in range(1, calls + 3):
        small: list[Small] = []
        async with neighbourhood(
            tmp_path / f"{n}", lambda world, small=small: small.append(furnish_small(world))
        ) as near:
            await near.run("backfill")
            edit(near, small[0])
            near.wire.break_at(len(near.wire.calls) + n, FAULTS[how])
            await near.run(mode)
            assert not live_documents_gone(near), f"call {n}"
            near.wire.clear()
            report = await near.run(mode)
            assert not live_documents_gone(near), f"call {n}"
            assert near.found() == near.expected(), f"call {n}: {report.reasons}"
            near.clock.pass_seconds(200)
            report = await near.run("full")
            assert near.found() == near.expected(), f"call {n}"
            assert report.outcome == "succeeded", f"call {n}: {report.reasons}"
            assert not live_documents_gone(near), f"call {n}"
