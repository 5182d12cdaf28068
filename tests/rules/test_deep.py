"""Folders within each other without end: what stands too deep costs itself only, whatever the ledger stands in."""

from __future__ import annotations

from pathlib import Path

from connector.document.ids import LONGEST_PATH
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import plain_world
from tests.rules.hiding import hide

LEVELS = 120


def dig(near: Neighbourhood, place: str) -> list[str]:
    """Folders, one in the other, with a file in the last one; their ids from above."""
    deep: list[str] = []
    for level in range(LEVELS):
        place = near.rooms.add_folder(place, f"Level {level}")
        deep.append(place)
    return [*deep, near.rooms.add_file(place, "deepest.txt", content=b"x")]


async def test_what_stands_too_deep_is_set_aside_and_all_else_is_found(tmp_path: Path) -> None:
    async with plain_world(tmp_path, oak=2) as (near, roots):
        deep = dig(near, roots["oak"])
        for mode in ("full", "delta", "full"):
            report = await near.run(mode)
            assert report.outcome == "quarantined", report.reasons
            kept = [one for one in deep if f"ix-{one}" in near.found()]
            assert deep[: len(kept)] == kept
            assert 40 < len(kept) < LEVELS
            assert near.expected() - near.found() == {f"ix-{one}" for one in deep[len(kept) :]}
            assert max(len(near.document(one)["MaterializedPath"]) for one in kept) <= LONGEST_PATH


async def test_what_stands_too_deep_below_a_hidden_folder_stays_out_with_it(tmp_path: Path) -> None:
    async with plain_world(tmp_path, oak=2) as (near, roots):
        await near.run("full")
        deep = dig(near, roots["oak"])
        await near.run("delta")
        await hide(near, deep[2])
        for mode in ("delta", "full"):
            report = await near.run(mode)
            assert near.expected() - near.found() == {f"ix-{one}" for one in deep[2:]}
            assert report.outcome == "succeeded", report.reasons
