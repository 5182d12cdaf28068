"""
A local folder served as a room: read from disk whenever it is asked for, never watched, never written.

Ids come from the file system (device, inode number, time of birth), so they survive restarts, renames and
moves; a file that an editor saves by replacing it gets a new id, as Interaxo re-issues ids. Symbolic links
and special files are left out.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from connector.sandbox.inode import Inode, read_inode
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_items import IDENTITY, Authority, FileVersion, Item
from connector.sandbox.interaxo_values import guess_mime_type

SETTLED_NS = 2_000_000_000
"""A folder that was changed less long ago may be changed again without another time of change."""
_NAMESPACE = uuid.UUID("6f1d7f0e-35a5-4c1b-8a55-0b4b5f6c9d20")


def add_folder_room(
    world: InteraxoWorld,
    community: str,
    room_id: str,
    name: str,
    path: Path,
    authorities: Sequence[Authority] | None = None,
) -> str:
    """
    Serve a local folder as a room; returns the id of its content root.

    Args:
        room_id: the slug.
        authorities: who may see the room; None is the connector's own identity alone.

    Raises:
        NotADirectoryError: the path is no folder.
    """
    tree = FolderTree(path, name)
    return world.add_live_room(community, room_id, name, tree.root, authorities=authorities)


class FolderTree:
    """The items of one folder on disk; what was seen is remembered by id, what is answered is read anew."""

    def __init__(self, path: Path, name: str) -> None:
        folder = path.resolve()
        inode = read_inode(str(folder))
        if inode is None or not inode.is_folder:
            raise NotADirectoryError(f"{path} is not a folder that can be read")
        self._items: dict[str, Item] = {}
        self._paths: dict[str, str] = {}
        self._settled: dict[str, tuple[str, int, list[Item]]] = {}
        """By folder: its path and time of change when it was read last, and the folders in it."""
        self._linked: set[str] = set()
        """Folders with files of several names, whose ids change when another name goes."""
        self.root = self._register(str(folder), name, None, inode)

    def find(self, item_id: str) -> Item | None:
        """The item as it is on disk now, wherever it has moved to; None when it is gone."""
        item = self._refresh(item_id)
        if item is None:
            self._read_all()
            item = self._refresh(item_id)
        gone = item is None and item_id != self.root.id  # the root may come back, as a mounted disk does
        if gone:
            known = self._items.pop(item_id, None)
            self._paths.pop(item_id, None)
            if known is not None and known.parent_id:
                # should it come back, it is known by its folder again
                self._settled.pop(known.parent_id, None)
        return item

    def parent_of(self, item: Item) -> Item | None:
        """The folder that an item was in when it was last read."""
        return self._items.get(item.parent_id) if item.parent_id else None

    def list_children(self, item: Item) -> list[Item]:
        """
        The files and folders directly in a folder.

        Raises:
            OSError: the folder is gone or may not be read.
        """
        children = []
        folder = self._paths[item.id]
        self._linked.discard(item.id)
        with os.scandir(folder) as entries:
            for entry in entries:
                inode = read_inode(entry.path)
                if inode is not None and inode.is_file and inode.links > 1:
                    self._linked.add(item.id)
                if inode is not None and (inode.is_folder or inode.is_file):
                    children.append(self._register(entry.path, _readable(entry.name), item.id, inode))
        return children

    def count_children(self, item: Item) -> int:
        """How many files and folders are directly in a folder; 0 where it may not be read."""
        try:
            with os.scandir(self._paths[item.id]) as entries:
                return sum(
                    entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)
                    for entry in entries
                )
        except OSError:
            return 0

    def _refresh(self, item_id: str) -> Item | None:
        path = self._paths.get(item_id)
        inode = read_inode(path) if path is not None else None
        if path is None or inode is None or _identify(inode, path) != item_id:
            return None
        item = self._items[item_id]
        return self._register(path, item.name, item.parent_id, inode)

    def _read_all(self) -> None:
        """Walk the whole folder, so that everything that was moved is known by its new path; what did not change is not read again."""
        pending = [self.root]
        while pending:
            pending.extend(self._folders_in(pending.pop()))

    def _folders_in(self, folder: Item) -> list[Item]:
        path, now = self._paths.get(folder.id), time.time_ns()
        if path is None:
            return []
        before = self._settled.pop(folder.id, None)
        try:
            changed = os.lstat(path).st_ctime_ns  # unlike the time of modification nobody can set it back
            if before is not None and before[:2] == (path, changed):
                self._settled[folder.id] = before
                return before[2]
            folders = [child for child in self.list_children(folder) if child.type == "simple-folder"]
        except OSError:
            return []
        if now - changed > SETTLED_NS and folder.id not in self._linked:
            self._settled[folder.id] = (path, changed, folders)
        return folders

    def _register(self, path: str, name: str, parent_id: str | None, inode: Inode) -> Item:
        """The item of an inode, made or brought up to date."""
        item_id = _identify(inode, path)
        modified = _moment(inode.modified_ns)
        item = self._items.get(item_id)
        if item is None:
            created = min(modified, _moment(inode.born_ns)) if inode.born_ns else modified
            kind = "simple-folder" if inode.is_folder else "file"
            item = Item(kind, item_id, parent_id, name, created, modified, IDENTITY, IDENTITY, tree=self)
            self._items[item_id] = item
        version = item.versions[-1] if item.versions else None
        stale = version is None or version.size != inode.size or self._paths.get(item_id) != path
        if inode.is_file and stale:
            item.versions = [FileVersion("1.0", Path(path), guess_mime_type(name), inode.size)]
        if stale or item.last_modified != modified or item.name != name:
            item.row = None
        item.name, item.parent_id, item.last_modified = name, parent_id, modified
        self._paths[item_id] = path
        return item


def _identify(inode: Inode, path: str) -> str:
    """The id of what stands at a path; a file with several names (hard links) is another item under each."""
    major, minor = inode.device
    name = path if inode.is_file and inode.links > 1 else ""
    return str(uuid.uuid5(_NAMESPACE, f"{major}:{minor}:{inode.number}:{inode.born_ns}:{_readable(name)}"))


def _moment(ns: int) -> datetime:
    return datetime.fromtimestamp(ns // 1_000_000 / 1000, UTC)


def _readable(name: str) -> str:
    """A file name as text; bytes that are no UTF-8 become replacement characters."""
    return os.fsencode(name).decode("utf-8", "replace")
