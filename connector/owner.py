"""
Whose the files are that are made here: of the folder's owner, and for nobody else to read.

The ledger holds texts and addresses of people, so new files are 0600 and new folders 0700, whatever the umask was. A
command that root types beside a service makes files the service must be able to write: they are given to the owner of
the folder that they stand in.
"""

from __future__ import annotations

import os
from pathlib import Path

FOR_OURSELVES = 0o077
"""The umask of the program."""


def keep_to_ourselves() -> None:
    """Make every new file and folder of this process readable by its owner only."""
    os.umask(FOR_OURSELVES)


def make_folder(folder: Path) -> None:
    """
    Make a folder and those above it that are missing, each owned as the one that it stands in.

    Raises:
        OSError: it cannot be made.
    """
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
        hand_over(one)
    if not folder.is_dir():
        raise NotADirectoryError(20, "Not a directory", str(folder))


def hand_over(path: Path) -> None:
    """Give what root has just made to the owner of the folder that it stands in."""
    if os.geteuid() == 0:
        above = path.parent.stat()
        os.chown(path, above.st_uid, above.st_gid, follow_symlinks=False)


def make_file(path: Path) -> None:
    """Make an empty file where there is none, and let nobody but its owner read one that is there."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        status = path.stat()
        if status.st_mode & FOR_OURSELVES and os.geteuid() in {0, status.st_uid}:
            path.chmod(0o600)
    else:
        hand_over(path)
