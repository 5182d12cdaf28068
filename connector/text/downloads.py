"""The folder for files on their way: each process has its own, so that none cleans up for a living other."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from itertools import count
from pathlib import Path
from typing import Final, Self

from connector.machine import owner
from connector.text.unusable import unusable

_LOCK: Final = "lock"


class DownloadFolder:
    """
    Hands out paths for temporary files below a root folder; made when the first one is asked for.

    What dead processes left behind is removed then. A living process holds the lock of its own folder,
    which the operating system gives up for it when it dies.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._own: Path | None = None
        self._lock_descriptor = -1
        self._numbers = count()

    def new_path(self) -> Path:
        """
        Return a path that does not exist yet.

        Raises:
            CacheError: the folder cannot be made.
        """
        if self._own is None:
            try:
                self._own = self._open()
            except OSError as error:
                raise unusable(self._root.parent, self._root, error) from error
        return self._own / f"{next(self._numbers)}.part"

    def close(self) -> None:
        """Remove the folder of this process and what is left in it."""
        if self._own is not None:
            shutil.rmtree(self._own)
            os.close(self._lock_descriptor)
            self._own = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> Path:
        owner.make_folder(self._root)
        owner.make_file(self._root / _LOCK)
        # Nobody else looks around while a folder is made and not yet locked.
        door = os.open(self._root / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(door, fcntl.LOCK_EX)
            for folder in self._root.iterdir():
                if folder.is_dir() and not _is_locked(folder):
                    shutil.rmtree(folder)
            own = Path(tempfile.mkdtemp(prefix="run-", dir=self._root))
            owner.hand_over(own)  # and what is made in it, since whoever owns it may clear it
            owner.make_file(own / _LOCK)
            self._lock_descriptor = os.open(own / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock_descriptor, fcntl.LOCK_EX)
        finally:
            os.close(door)
        return own


def _is_locked(folder: Path) -> bool:
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
