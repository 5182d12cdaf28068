"""A local folder as a room: what is on disk is what is answered, under ids that last."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.sandbox.folder import FolderTree, add_folder_room
from connector.sandbox.inode import read_inode
from connector.sandbox.interaxo import InteraxoWorld


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    (tmp_path / "Tegninger" / "A").mkdir(parents=True)
    (tmp_path / "Tegninger" / "plan.pdf").write_bytes(b"%PDF")
    (tmp_path / "Ørland.txt").write_text("fjord")
    return tmp_path


@pytest.fixture
def folder_root(world: InteraxoWorld, disk: Path) -> str:
    return add_folder_room(world, "example-corp", "bridge", "Disk", disk, authorities=[("group", "g1")])


def settle_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that was changed just now counts as one that was changed long ago."""
    monkeypatch.setattr("connector.sandbox.folder.SETTLED_NS", -1_000_000_000)


def pass_a_tick(disk: Path) -> None:
    """Come to another moment of the file system's clock, which is a coarse one."""
    probe = disk.with_name("probe")
    probe.touch()
    before = probe.stat().st_ctime_ns
    while probe.stat().st_ctime_ns == before:
        probe.touch()


def rename(path: Path, new: Path) -> None:
    path.rename(new)


async def children(api: httpx.AsyncClient, item: str) -> dict[str, dict[str, Any]]:
    answer = await api.get(f"content/{item}/children?limit=500&sort=id")
    assert answer.status_code == 200, answer.text
    return {row["name"]: row for row in answer.json()}


async def test_folder_is_served_with_bytes_sizes_and_counts(
    api: httpx.AsyncClient, folder_root: str, disk: Path
) -> None:
    os.utime(disk / "Ørland.txt", ns=(0, 1_700_000_000_123_000_000))
    (disk / "link.txt").symlink_to(disk / "Ørland.txt")
    os.mkfifo(disk / "pipe")
    rows = await children(api, folder_root)
    assert set(rows) == {"Tegninger", "Ørland.txt"}
    file = rows["Ørland.txt"]
    assert (file["type"], file["mime_type"], file["file_size"]) == ("file", "text/plain", 5)
    assert file["last_modified"] == "2023-11-14T22:13:20.123Z"
    assert (rows["Tegninger"]["type"], rows["Tegninger"]["child_count"]) == ("simple-folder", 2)
    assert (await api.get(f"files/{file['id']}/content")).content == b"fjord"
    inner = (await children(api, rows["Tegninger"]["id"]))["plan.pdf"]
    assert inner["path"] == "/Collaborate/Tegninger/plan.pdf"
    shown = (await api.get(f"content/{inner['id']}")).json()
    assert shown["mime_type"] == "application/pdf"
    assert shown["content_url"]
    assert (await api.get(f"content/{folder_root}")).json()["child_count"] == 2
    authorities = await api.get(f"content/{inner['id']}/comments/mentionable-authorities")
    assert [one["id"] for one in authorities.json()] == ["g1"]


async def test_changes_on_disk_are_seen_at_once(
    api: httpx.AsyncClient, world: InteraxoWorld, folder_root: str, disk: Path
) -> None:
    before = (await children(api, folder_root))["Ørland.txt"]
    (disk / "Ørland.txt").write_text("fjord og bru")
    after = (await children(api, folder_root))["Ørland.txt"]
    assert (after["id"], after["file_size"]) == (before["id"], 12)
    (disk / "Ørland.txt").unlink()
    assert "Ørland.txt" not in await children(api, folder_root)
    assert (await api.get(f"content/{before['id']}")).status_code == 404
    assert (await api.get(f"files/{before['id']}/content")).status_code == 404
    assert {view.name for view in world.items()} == {"Disk", "Tegninger", "A", "plan.pdf"}


async def test_ids_survive_renames_moves_and_restarts(
    api: httpx.AsyncClient, world: InteraxoWorld, folder_root: str, disk: Path
) -> None:
    folder = (await children(api, folder_root))["Tegninger"]["id"]
    file = (await children(api, folder))["plan.pdf"]["id"]
    (disk / "Tegninger").rename(disk / "Drawings")
    (disk / "Drawings" / "plan.pdf").rename(disk / "plan 2.pdf")
    shown = (await api.get(f"content/{file}")).json()
    assert (shown["path"], shown["parent_id"]) == ("/Collaborate/plan 2.pdf", folder_root)
    assert (await children(api, folder_root))["Drawings"]["id"] == folder
    restarted = FolderTree(disk, "Disk")
    assert restarted.root.id == folder_root
    found = restarted.find(file)
    assert found is not None
    assert found.name == "plan 2.pdf"


def test_what_did_not_change_is_not_read_again_for_an_id_that_is_gone(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_at_once(monkeypatch)
    tree = FolderTree(disk, "Disk")
    assert tree.find("nothing") is None
    read: list[str] = []
    scandir = os.scandir

    def noted(path: str) -> Any:
        read.append(Path(path).name)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", noted)
    assert tree.find("nothing") is None
    assert read == []
    rename(disk / "Tegninger" / "plan.pdf", disk / "Tegninger" / "A" / "plan 2.pdf")
    assert tree.find("nothing") is None
    assert sorted(read) == ["A", "Tegninger"]
    drawings = next(item for item in tree.list_children(tree.root) if item.name == "Tegninger")
    inner = next(item for item in tree.list_children(drawings) if item.name == "A")
    (found,) = tree.list_children(inner)
    rename(disk / "Tegninger", disk / "Drawings")
    moved = tree.find(found.id)
    assert moved is not None
    assert moved.versions[-1].content == disk / "Drawings" / "A" / "plan 2.pdf"


def test_a_move_is_found_although_the_folders_times_were_set_back(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_at_once(monkeypatch)
    tree = FolderTree(disk, "Disk")
    drawings = next(item for item in tree.list_children(tree.root) if item.name == "Tegninger")
    plan = next(item for item in tree.list_children(drawings) if item.name == "plan.pdf")
    assert tree.find("nothing") is None
    times = {one: one.stat().st_mtime_ns for one in (disk / "Tegninger", disk / "Tegninger" / "A")}
    pass_a_tick(disk)
    rename(disk / "Tegninger" / "plan.pdf", disk / "Tegninger" / "A" / "plan.pdf")
    for one, modified in times.items():
        os.utime(one, ns=(modified, modified))
    assert tree.find(plan.id) is not None


def test_a_file_that_lost_its_other_name_is_found(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle_at_once(monkeypatch)
    tree = FolderTree(disk, "Disk")
    drawings = next(item for item in tree.list_children(tree.root) if item.name == "Tegninger")
    plan = next(item for item in tree.list_children(drawings) if item.name == "plan.pdf")
    pass_a_tick(disk)
    (disk / "Tegninger" / "A" / "same.pdf").hardlink_to(disk / "Tegninger" / "plan.pdf")
    assert tree.find("nothing") is None
    pass_a_tick(disk)
    (disk / "Tegninger" / "plan.pdf").unlink()
    assert tree.find(plan.id) is not None


def test_a_folder_that_could_not_be_read_for_a_while_is_known_again(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_at_once(monkeypatch)
    tree = FolderTree(disk, "Disk")
    drawings = next(item for item in tree.list_children(tree.root) if item.name == "Tegninger")
    assert tree.find("nothing") is None
    with monkeypatch.context() as away:
        away.setattr(
            "connector.sandbox.folder.read_inode",
            lambda path: None if "Tegninger" in path else read_inode(path),
        )
        assert tree.find(drawings.id) is None
    assert tree.find(drawings.id) is not None


def test_replaced_file_gets_a_new_id(disk: Path) -> None:
    tree = FolderTree(disk, "Disk")
    (old,) = [child.id for child in tree.list_children(tree.root) if child.type == "file"]
    (disk / "new").write_text("saved by an editor")
    (disk / "new").replace(disk / "Ørland.txt")
    (new,) = [child.id for child in tree.list_children(tree.root) if child.type == "file"]
    assert new != old
    assert tree.find(old) is None


def test_reused_inode_is_told_from_the_deleted_file(disk: Path) -> None:
    inode = read_inode(str(disk / "Ørland.txt"))
    assert inode is not None
    if inode.born_ns == 0:
        pytest.skip("this file system does not tell when a file was created")
    tree = FolderTree(disk, "Disk")
    seen = set()
    for number in range(20):  # freed inode numbers come back within a few files
        path = disk / f"{number}.txt"
        path.write_text("x")
        seen.add(next(child.id for child in tree.list_children(tree.root) if child.name == path.name))
        path.unlink()
    assert len(seen) == 20


def test_hard_links_are_items_of_their_own(disk: Path) -> None:
    os.link(disk / "Ørland.txt", disk / "Tegninger" / "same.txt")
    tree = FolderTree(disk, "Disk")
    by_name = {child.name: child for child in tree.list_children(tree.root)}
    (same,) = [one for one in tree.list_children(by_name["Tegninger"]) if one.name == "same.txt"]
    assert same.id != by_name["Ørland.txt"].id
    assert tree.find(same.id) is same


def test_folder_that_is_not_there_is_refused(world: InteraxoWorld, disk: Path) -> None:
    with pytest.raises(NotADirectoryError):
        add_folder_room(world, "example-corp", "x", "X", disk / "Ørland.txt")


async def test_folder_that_is_away_answers_404_and_comes_back(
    api: httpx.AsyncClient, folder_root: str, disk: Path
) -> None:
    file = (await children(api, folder_root))["Ørland.txt"]["id"]
    away = disk.with_name("away")
    rename(disk, away)
    for path in (f"content/{folder_root}", f"content/{folder_root}/children", f"content/{file}"):
        assert (await api.get(path)).status_code == 404
    rename(away, disk)
    assert (await children(api, folder_root))["Ørland.txt"]["id"] == file


def test_edits_of_a_folder_on_disk_are_refused(world: InteraxoWorld, folder_root: str) -> None:
    with pytest.raises(ValueError, match="on disk"):
        world.add_folder(folder_root, "x")
    world.rename_room(folder_root, name="Renamed", slug="renamed")
    assert world.item(folder_root).name == "Renamed"
    world.remove_room(folder_root)
    assert world.items() == []
