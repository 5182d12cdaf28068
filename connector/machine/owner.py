"""
Whose the files are that are made here: of the folder's owner, and for nobody else to read.

The ledger holds texts and addresses of people, so files are 0600 and folders 0700, whatever the umask was; what an
earlier release left open is closed. A command that root types beside a service makes files the service must be able to write: they are given to the owner of
the folder that they stand in.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import get_ident

FOR_OURSELVES = 0o077
"""The umask of the program."""
SIDES = ("-wal", "-shm", "-journal")
"""What SQLite puts beside a database; it gives new ones the database's mode and owner."""

LEFT_S = 3_600.0
"""What is half written for so long was left by a process that was killed."""


def keep_to_ourselves() -> None:
    """Make every new file and folder of this process readable by its owner only."""
    os.umask(FOR_OURSELVES)


def make_folder(folder: Path, *, holds: Iterable[str] = ()) -> None:
    """
    Make a folder and those above it that are missing, each owned as the one that it stands in.

    Args:
        holds: beginnings of names; a folder that was there is closed to others if it holds nothing else.

    Raises:
        OSError: it cannot be made.
    """
    # Path.exists raises where a folder may not be looked into
    missing = [one for one in (folder, *folder.parents) if not os.path.exists(one)]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
        hand_over(one)
    if not folder.is_dir():
        raise NotADirectoryError(20, "Not a directory", str(folder))
    ours = tuple(holds)
    if ours and not missing:
        with suppress(OSError):
            mode = folder.stat().st_mode
            open_to_all = mode & FOR_OURSELVES and not mode & stat.S_ISVTX
            if open_to_all and all(one.name.startswith(ours) for one in folder.iterdir()):
                folder.chmod(0o700)


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
        for one in (path, *(path.with_name(path.name + side) for side in SIDES)):
            with suppress(OSError):
                status = one.stat()
                # a device, such as /dev/null, is everybody's
                if (
                    stat.S_ISREG(status.st_mode)
                    and status.st_mode & FOR_OURSELVES
                    and os.geteuid() in {0, status.st_uid}
                ):
                    one.chmod(0o600)
    else:
        hand_over(path)


def replace_file(path: Path, content: bytes, *, sync: bool) -> None:
    """
    Put a file in the place of another one, whole or not at all, for its owner only.

    Args:
        sync: it is on the disk afterwards.

    Raises:
        OSError: it cannot be written; the one of before is as it was.
    """
    # of this thread alone: a run, a page and a command that waits for it may all write at the same moment
    half = path.with_name(f"{path.name}.{os.getpid()}-{get_ident()}.half")
    try:
        make_folder(path.parent)
        half.unlink(missing_ok=True)
        descriptor = os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if sync:
                os.fsync(file.fileno())
        hand_over(half)
        clear_left(path.parent, f"{path.name}.*half", beside=half)
        half.replace(path)
    except OSError as error:
        error.filename = error.filename or str(path)  # that of writing itself names none
        with suppress(OSError):
            half.unlink(missing_ok=True)
        raise


def clear_left(folder: Path, pattern: str, *, beside: Path) -> None:
    """
    Take away what killed processes left half written.

    Args:
        pattern: of names that nobody else gives.
        beside: a file that was begun there just now, which tells the time by the clock of that disk.
    """
    for one in folder.glob(pattern):
        with suppress(OSError):
            if one.stat().st_mtime < beside.stat().st_mtime - LEFT_S:
                one.unlink()
