"""An intranet that was put back from a backup: nothing stays lost, found again or open until the next full run."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest

from tests.neighbourhood import Neighbourhood
from tests.rules.ground import (
    FEW,
    ONLY_FEW,
    audience_of,
    files_of,
    plain_world,
    small_world,
)
from tests.rules.test_hidden import hide


class Backup:
    """What an intranet has at this moment, of documents and people."""

    def __init__(self, near: Neighbourhood) -> None:
        self._near = near
        self._documents, self._users = deepcopy((near.intranet.documents, near.intranet.users))

    def put_back(self) -> None:
        intranet = self._near.intranet
        intranet.documents = deepcopy(self._documents)
        intranet.users = deepcopy(self._users)


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_an_intranet_that_is_put_back_has_all_again_with_the_next_delta(
    tmp_path: Path, mode: str
) -> None:
    async with plain_world(tmp_path, alpha=15, omega=15) as (near, roots):
        await near.run("full")
        backup = Backup(near)
        near.rooms.add_file(roots["alpha"], "new.txt", content=b"x")
        near.rooms.remove(files_of(near, roots["omega"])[0])
        await near.run(mode)
        near.rooms.set_authorities(roots["omega"], FEW)
        await near.run("delta")
        backup.put_back()
        report = await near.run("delta")
        assert "intranet-put-back" in report.codes
        assert near.found() == near.expected()
        assert all(audience_of(near, one) == [ONLY_FEW] for one in files_of(near, roots["omega"]))
        mark = near.intranet.mark()
        report = await near.run("delta")
        assert report.outcome == "succeeded"
        assert "intranet-put-back" not in report.codes
        assert not near.intranet.pushed_since(mark)


async def test_what_was_removed_since_the_backup_goes_again_though_one_document_alone_tells_of_it(
    tmp_path: Path,
) -> None:
    async with plain_world(tmp_path, alpha=15) as (near, roots):
        await near.run("full")
        backup = Backup(near)
        near.rooms.add_file(roots["alpha"], "new.txt", content=b"x")
        near.rooms.remove(files_of(near, roots["alpha"])[0])
        await near.run("delta")
        backup.put_back()
        await near.run("delta")
        assert near.found() == near.expected()


async def test_what_is_there_again_since_the_backup_stays(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=15) as (near, roots):
        await near.run("full")
        backup = Backup(near)
        gone = files_of(near, roots["alpha"])[0]
        near.rooms.hide(gone)
        near.rooms.add_file(roots["alpha"], "new.txt", content=b"x")
        await near.run("delta")
        backup.put_back()
        near.rooms.unhide(gone)
        await near.run("delta")
        await near.run("full")
        assert near.found() == near.expected()
        assert [one.id for one in near.intranet.deletions] == [f"ix-{gone}"]


async def test_a_document_that_was_taken_out_by_hand_costs_itself_only(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=15) as (near, roots):
        await near.run("full")
        new = near.rooms.add_file(roots["alpha"], "new.txt", content=b"x")
        await near.run("delta")
        near.intranet.delete_documents([f"ix-{new}"])
        mark = near.intranet.mark()
        report = await near.run("delta")
        assert set(near.intranet.pushed_since(mark)) == {f"ix-{new}"}
        assert "intranet-put-back" not in report.codes


async def test_an_intranet_that_is_put_back_shows_nothing_hidden(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        backup = Backup(near)
        await hide(near, small.plan)
        for number in range(2):
            near.rooms.add_file(small.bridge, f"new {number}.txt", content=b"x")
        await near.run("delta")
        backup.put_back()
        await near.run("delta")
        assert near.found() == near.expected() - {f"ix-{small.plan}"}


@pytest.mark.parametrize("again", ["full", "delta"])
async def test_an_intranet_that_takes_no_update_of_the_same_date_is_not_put_back_in_every_run(
    tmp_path: Path, again: str
) -> None:
    async with small_world(tmp_path) as (near, _):
        near.intranet.switches.modified_date_gate = True
        await near.run("full")
        near.values["sources.interaxo.web_url"] = "https://other.example.com/{community}/{room}/{id}"
        reports = [
            await near.run(mode) for mode in (again, "delta", "delta", "delta", "full", "delta", "delta")
        ]
        assert sum("intranet-put-back" in one.codes for one in reports) <= 1
        mark = near.intranet.mark()
        await near.run("delta")
        assert not near.intranet.pushed_since(mark)


async def test_a_second_backup_is_noticed_as_the_first(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=15) as (near, roots):
        await near.run("full")
        backup = Backup(near)
        for number in range(3):
            near.rooms.add_file(roots["alpha"], f"new {number}.txt", content=b"x")
        await near.run("full")
        for _ in range(2):
            backup.put_back()
            assert "intranet-put-back" in (await near.run("delta")).codes
            assert near.found() == near.expected()
            assert "intranet-put-back" not in (await near.run("delta")).codes
