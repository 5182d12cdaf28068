"""An intranet that was put back from a backup: nothing stays lost, found again or open until the next full run."""

from __future__ import annotations

from copy import copy, deepcopy
from pathlib import Path

import pytest

from connector.ledger.pushes import Pushes
from connector.runs import intranet_restore
from connector.sandbox.interact import UserRow
from tests.estates import EVERYONE
from tests.neighbourhood import Neighbourhood
from tests.people.estate import COMMUNITY, address, estate, sees
from tests.rules.ground import (
    FEW,
    ONLY_FEW,
    audience_of,
    calls,
    files_of,
    plain_world,
    small_world,
)
from tests.rules.hiding import hide


class Backup:
    """What an intranet has at this moment, of documents and people."""

    def __init__(self, near: Neighbourhood) -> None:
        self._near = near
        self._documents, self._users = deepcopy(near.intranet.documents), _records(near.intranet.users)

    def put_back(self) -> None:
        intranet = self._near.intranet
        intranet.documents = deepcopy(self._documents)
        intranet.users = _records(self._users)


def _records(users: dict[str, UserRow]) -> dict[str, UserRow]:
    """A copy that links to the same people."""
    return {key: copy(row) for key, row in users.items()}


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


@pytest.mark.parametrize("mode", ["full", "delta"])
async def test_what_was_hidden_since_the_last_run_is_removed_again(tmp_path: Path, mode: str) -> None:
    """Nothing was sent since, so no document tells that the intranet was put back."""
    async with small_world(tmp_path) as (near, small):
        await near.run(mode)
        backup = Backup(near)
        await hide(near, small.plan)
        backup.put_back()
        assert f"ix-{small.plan}" in near.found()
        report = await near.run("delta")
        assert near.found() == near.expected() - {f"ix-{small.plan}"}
        assert "intranet-put-back" not in report.codes
        near.wire.clear()
        await near.run("delta")
        assert not calls(near, "docs/delete")


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


async def test_what_alone_was_removed_since_the_backup_goes_again(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=15) as (near, roots):
        await near.run("full")
        backup = Backup(near)
        near.rooms.remove(files_of(near, roots["alpha"])[0])
        await near.run("delta")
        backup.put_back()
        report = await near.run("delta")
        assert "intranet-put-back" in report.codes
        assert near.found() == near.expected()
        mark = near.intranet.mark()
        for _ in range(2):
            assert (await near.run("delta")).outcome == "succeeded"
        assert not near.intranet.pushed_since(mark)


async def test_what_was_removed_by_a_delta_before_the_one_that_tells_of_the_backup_goes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intranet_restore, "MOST_RUNS", 3)
    async with plain_world(tmp_path, alpha=15) as (near, roots):
        await near.run("full")
        backup = Backup(near)
        near.rooms.remove(files_of(near, roots["alpha"])[0])
        for number in range(5):
            await near.run("delta")
            near.rooms.add_file(roots["alpha"], f"new {number}.txt", content=b"x")
        backup.put_back()
        await near.run("delta")
        assert near.found() == near.expected()


@pytest.mark.parametrize("between", [False, True])
async def test_what_people_lost_since_the_backup_they_lose_again(tmp_path: Path, between: bool) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, _):
        await near.run("full")
        await near.run("delta")
        backup = Backup(near)
        near.rooms.add_person(COMMUNITY, address("kari"), "Kari", address("kari"), groups=[])
        near.clock.pass_seconds(10_000)
        if between:
            await near.app().take_turn("intranet")
        await near.run("delta")
        assert not sees(near, "kari")
        backup.put_back()
        assert sees(near, "kari")
        await near.run("delta")
        assert not sees(near, "kari")


async def test_a_room_that_came_after_the_backup_and_has_the_note_hides_nothing_of_it(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=15, omega=15) as (near, roots):
        await near.run("full")
        backup = Backup(near)
        first = min(roots.values())
        for number in range(50):  # the first one by its id has the note
            if near.rooms.add_room("example-corp", f"n{number}", f"N{number}", authorities=EVERYONE) < first:
                break
        near.rooms.remove(files_of(near, roots["omega"])[0])
        near.rooms.set_authorities(roots["omega"], FEW)
        await near.run("delta")
        backup.put_back()
        await near.run("delta")
        assert near.found() == near.expected()
        assert all(audience_of(near, one) == [ONLY_FEW] for one in files_of(near, roots["omega"]))


async def test_each_of_several_backups_that_are_put_back_is_noticed(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=15) as (near, roots):
        await near.run("full")
        backup = Backup(near)
        for number in range(3):
            near.rooms.add_file(roots["alpha"], f"new {number}.txt", content=b"x")
        await near.run("delta")
        for _ in range(3):
            backup.put_back()
            await near.run("delta")
            assert near.found() == near.expected()


async def test_an_intranet_that_takes_updates_again_is_asked_again(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=15) as (near, roots):
        near.intranet.switches.modified_date_gate = True
        await near.run("full")
        near.values["sources.interaxo.web_url"] = "https://other.example.com/{community}/{room}/{id}"
        for _ in range(3):
            await near.run("delta")
        near.intranet.switches.modified_date_gate = False
        await near.run("full")
        await near.run("delta")
        backup = Backup(near)
        for number in range(3):
            near.rooms.add_file(roots["alpha"], f"new {number}.txt", content=b"x")
        await near.run("delta")
        backup.put_back()
        await near.run("delta")
        assert near.found() == near.expected()


async def test_a_run_that_dies_while_it_notices_leaves_it_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with plain_world(tmp_path, alpha=15) as (near, roots):
        await near.run("full")
        backup = Backup(near)
        for number in range(3):
            near.rooms.add_file(roots["alpha"], f"new {number}.txt", content=b"x")
        await near.run("delta")
        backup.put_back()
        with monkeypatch.context() as patch:
            patch.setattr(Pushes, "forget_sent_since", None)
            with pytest.raises(TypeError):
                await near.run("delta")
        await near.run("delta")
        assert near.found() == near.expected()
