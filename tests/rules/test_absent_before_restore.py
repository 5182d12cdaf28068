"""Rule 3: what a ledger that was put back tells of absences is of another time, and makes the first one since then no second one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connector.document.durations import DAY_S
from connector.sandbox.faults import LIST_200, How, Status
from connector.sandbox.interaxo_items import Item
from tests.neighbourhood import Neighbourhood
from tests.people.estate import estate
from tests.rules.ground import authorities_of, break_all, copy_ledger, files_of, plain_world, restore_ledger


@contextmanager
def lacking(near: Neighbourhood, native: str) -> Iterator[None]:
    """Lists that leave an item out, which answers for itself all the same."""
    read, count = near.rooms.visible_children, near.rooms.child_count

    def without(item: Item) -> list[Item]:
        return [child for child in read(item) if child.id != native]

    near.rooms.visible_children = without  # type: ignore[method-assign]
    near.rooms.child_count = lambda item: len(without(item))  # type: ignore[method-assign]
    try:
        yield
    finally:
        near.rooms.visible_children, near.rooms.child_count = read, count  # type: ignore[method-assign]


@pytest.mark.parametrize("mode", ["full", "delta"])
async def test_what_one_list_lacks_after_a_restore_was_not_replaced(tmp_path: Path, mode: str) -> None:
    async with plain_world(tmp_path, alpha=15) as (near, roots):
        first, _ = (near.rooms.add_file(roots["alpha"], "plan.pdf", content=b"a plan") for _ in range(2))
        await near.run("full")
        with lacking(near, first):
            await near.run("delta")
        copy_ledger(near, tmp_path / "copy.db")
        await near.run("full")
        restore_ledger(near, tmp_path / "copy.db")
        with lacking(near, first):
            await near.run(mode)
            assert f"ix-{first}" in near.found()
            report = await near.run("delta")
            assert (report.outcome, f"ix-{first}" in near.found()) == ("succeeded", False), report.reasons


@pytest.mark.parametrize("mode", ["full", "delta"])
async def test_a_room_that_was_there_since_the_backup_may_hold_what_moved(tmp_path: Path, mode: str) -> None:
    async with plain_world(tmp_path, alpha=15, omega=15) as (near, roots):
        await near.run("full")
        near.rooms.hide_room(roots["omega"])
        await near.run("delta")
        copy_ledger(near, tmp_path / "copy.db")
        near.rooms.unhide_room(roots["omega"])
        near.clock.pass_seconds(8 * DAY_S)
        moved, *_ = files_of(near, roots["alpha"])
        near.rooms.move(moved, roots["omega"])
        await near.run("full")
        before = near.found()
        near.rooms.hide_room(roots["omega"])
        restore_ledger(near, tmp_path / "copy.db")
        for how in (mode, "delta", "full"):
            report = await near.run(how)
            near.clock.pass_seconds(1_000)
            assert near.found() == before, report.reasons
        assert (f"ix-{moved}", "may-have-moved") in {(one.id, one.code) for one in report.held}
        await near.run("delta", approve=report.run_id)
        assert f"ix-{moved}" not in near.found()


@pytest.mark.parametrize("permissions", ["room", "item"])
@pytest.mark.parametrize("lie", [LIST_200, Status(403)])
async def test_readers_that_nobody_tells_of_are_not_too_old_because_a_ledger_is(
    tmp_path: Path, permissions: str, lie: How
) -> None:
    async with plain_world(tmp_path, alpha=5, omega=60) as (near, roots):
        near.values["sources.interaxo.permissions"] = permissions
        await near.run("full")
        copy_ledger(near, tmp_path / "copy.db")
        near.clock.pass_seconds(10 * DAY_S)
        await near.run("full")
        restore_ledger(near, tmp_path / "copy.db")
        before = near.found()
        for native in (roots["alpha"], *files_of(near, roots["alpha"])):
            break_all(near, authorities_of(native), lie)
        for mode in ("full", "delta", "full", "delta"):
            near.clock.pass_seconds(1_000)
            report = await near.run(mode)
            assert near.found() == before, report.reasons
        for _ in range(2):  # from then on as ever
            near.clock.pass_seconds(8 * DAY_S)
            report = await near.run("delta")
        assert len(near.found()) == len(before) - 6, report.reasons


async def test_somebody_who_is_not_told_of_keeps_her_groups_after_a_restore(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, _):
        await near.run("full")
        copy_ledger(near, tmp_path / "copy.db")
        near.clock.pass_seconds(10 * DAY_S)
        await near.run("full")
        restore_ledger(near, tmp_path / "copy.db")
        before = {key: row.identities for key, row in near.intranet.users.items()}
        break_all(near, "GET */people/*", Status(403))
        for mode in ("full", "delta", "full"):
            near.clock.pass_seconds(8_000)
            report = await near.run(mode)
            now = {key: row.identities for key, row in near.intranet.users.items()}
            assert (now, report.people.held) == (before, 0), report.reasons
