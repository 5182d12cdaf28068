"""What is wrong, in words, when a file or database of ours cannot be used on this machine: whose it is, how much room is left."""

from __future__ import annotations

import contextlib
import errno
import os
import pwd
import resource
import shlex
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from connector.machine.verbs import ended

LITTLE_ROOM = 1_000_000
"""Bytes; with less, an error of writing is taken for a full disk."""
MOST_TOLD = 3
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
NOT_OURS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
TOO_MANY_FILES = frozenset({errno.EMFILE, errno.ENFILE})
OF_THE_DISK = frozenset({errno.EIO, errno.ESTALE})
OF_WRITING = FULL | OF_THE_DISK | {errno.EFBIG}
NO_PATH = frozenset({errno.ENAMETOOLONG, errno.ELOOP})
ALSO_OF_A_FULL_DISK = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})
"""What SQLite says where it cannot make, or open, the files beside a database."""
READ_ONLY = "{} lies on a disk that cannot be written (read-only)"
MOUNT = "Have that disk mounted for writing"
TOO_MANY = (
    "Too many files are open at once. Allow more (ulimit -n 1024, LimitNOFILE= of the service) and try again; "
    "the next run continues from what is confirmed."
)
NO_THREAD = "can't start new thread"
"""What Python says of it (CPython 3.11, `Modules/_threadmodule.c`)."""
NO_PROCESS = (
    "This machine starts no further process or thread for this user now. Allow more (ulimit -u, TasksMax= of the service, "
    "pids_limit of a container) and try again; the next run continues from what is confirmed."
)
NO_MEMORY = (
    "This machine gives the program no more memory. Allow more (ulimit -v, MemoryMax= of the service, the limit of a container) and try "
    "again; the next run continues from what is confirmed."
)
OF_A_DATABASE = 8
"""Files that SQLite opens of one, at most (itself, the two beside it, and their folder), and as many that were closed since it was refused."""
A_BLOCK = bytes(4_096)
"""As much as a disk gives out at least."""


def words_of_access(file: Path) -> str:
    """Say what keeps us from writing a file, or making it: whose it is, its mode, and who we are. Empty where nothing does."""
    one = _barred(file)
    if one is None:
        return _words_of_disk(file)
    found = one.stat()
    if _is_of_the_disk(found):
        return READ_ONLY.format(one)
    return (
        f"{one} belongs to {_user(found.st_uid)}, mode {stat.S_IMODE(found.st_mode):04o}; "
        f"you are {_user(os.geteuid())}"
    )


def step_of_access(file: Path, *, elsewhere: str = "") -> str:
    """
    Say in a sentence what to do about that.

    Args:
        elsewhere: what names another place.
    """
    one, instead = _barred(file), f", or {elsewhere}" if elsewhere else ""
    if one is None and _words_of_disk(file):
        return f"{MOUNT}{instead}."
    if one is not None:
        found = one.stat()
        if _is_of_the_disk(found):
            return f"{MOUNT}{instead}."
        if found.st_uid == os.geteuid():
            rights = "rwx" if stat.S_ISDIR(found.st_mode) else "rw"
            return ended(f"Allow it: chmod u+{rights} {shlex.quote(str(one))}")
    return f"Run this as that user, or give it to the user who runs it{instead}."


def _barred(file: Path) -> Path | None:
    """What keeps us from a file: itself, what is written beside it, or its folder; None where nothing does."""
    sides = [file.with_name(file.name + side) for side in ("-wal", "-shm")]
    folder = next(one for one in (file.parent, *file.parents) if _exists(one))
    if not folder.is_dir():
        return None
    needed = os.R_OK | os.W_OK
    for one, access in ((file, needed), *((side, needed) for side in sides), (folder, needed | os.X_OK)):
        if _exists(one) and not os.access(one, access, effective_ids=os.access in os.supports_effective_ids):
            return one
    return None


def _exists(file: Path) -> bool:
    """Whether a file can be seen; `Path.exists` raises where its folder may not be looked into."""
    return os.path.exists(file)


def _is_of_the_disk(found: os.stat_result) -> bool:
    return os.geteuid() == 0 or _permits(found)


def _permits(found: os.stat_result) -> bool:
    if found.st_uid == os.geteuid():
        return bool(found.st_mode & 0o200)
    return bool(found.st_mode & 0o002)


def _user(uid: int) -> str:
    try:
        return f"{pwd.getpwuid(uid).pw_name} (uid {uid})"
    except KeyError:
        return f"uid {uid}"


def _words_of_disk(file: Path) -> str:
    """Say that a disk takes no writing, where its mode and owner allow it: the kernel makes one read-only that has errors."""
    folder = next(one for one in (file.parent, *file.parents) if _exists(one))
    refused = refusal_of(folder)
    return READ_ONLY.format(folder) if refused is not None and refused.errno == errno.EROFS else ""


def refusal_of(folder: Path) -> OSError | None:
    """What the operating system says where nothing new can be written into a folder; None where it can. Nothing stays there."""
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as tried:
            tried.write(A_BLOCK)
    except OSError as error:
        return error
    return None


def words_of_room(folder: Path) -> tuple[str, str]:
    """Say why nothing more can be written where a folder lies, with how much room is left, and what to do."""
    existing = next(one for one in (folder, *folder.parents) if os.path.isdir(one))
    free = shutil.disk_usage(existing).free
    left, refused = f"{free:,} bytes are free at {existing}".replace(",", " "), refusal_of(existing)
    if refused is not None and refused.errno == errno.EDQUOT:
        return f"the quota of {_user(os.geteuid())} is used up; {left}", "Have it raised, or free some space"
    if refused is not None and refused.errno == errno.ENOSPC and free >= LITTLE_ROOM:
        return f"no inode is left for another file; {left}", "Delete files there that nobody needs"
    return left, "Free some space"


def words_of_little_room(file: Path | None) -> str:
    """Say that hardly anything can be written beside a file, and what to do; empty where there is room, or no file."""
    if file is None or not is_full(file.parent):
        return ""
    why, step = words_of_room(file.parent)
    return f"{why[:1].upper()}{why[1:]}. {step}"


def _words_of_full(what: str, folder: Path) -> str:
    why, step = words_of_room(folder)
    return f"{what} is full ({why}). {step} and try again; the next run continues from what is confirmed."


@contextlib.contextmanager
def naming(file: Path) -> Iterator[None]:
    """Have an error of a disk name the file that is written, which that of writing itself does not."""
    try:
        yield
    except OSError as error:
        if error.errno in OF_WRITING:
            error.filename = error.filename or str(file)
        raise


def words_of_use(what: str, file: Path, error: OSError, *, elsewhere: str = "") -> str:
    """
    Say that a file of ours cannot be made or used, why, and what to do, in sentences.

    Args:
        what: it is, as the subject of a sentence.
        elsewhere: what names another place.
    """
    if access := words_of_access(file):
        return f"{what} cannot be used: {access}. {step_of_access(file, elsewhere=elsewhere)}"
    error.filename = error.filename or str(file)
    why = "" if error.errno in NOT_OURS else words_of_error(error)
    return f"{what} cannot be used. {why}" if why else f"{what} cannot be used: {file}: {error.strerror}."


def words_of_error(error: BaseException) -> str:
    """Say what an error of the operating system means to a person, or of its limits on a process; empty where it may be a bug of ours."""
    if isinstance(error, MemoryError):
        return NO_MEMORY
    if isinstance(error, RuntimeError) and str(error) == NO_THREAD:
        return NO_PROCESS
    if not isinstance(error, OSError):
        return ""
    if error.errno == errno.EAGAIN:
        return NO_PROCESS
    if error.errno == errno.ENOMEM:
        return NO_MEMORY
    where = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else None
    if error.errno in FULL:
        if where:
            return _words_of_full("The disk", where)
        return (
            "The disk is full. Free some space and try again; the next run continues from what is confirmed."
        )
    if error.errno in TOO_MANY_FILES:
        return TOO_MANY
    if error.errno == errno.EFBIG:
        return _too_large(where)
    if error.errno in OF_THE_DISK:
        return f"The disk answers with errors ({error.strerror}{f': {where}' if where else ''}). Look at the system's log."
    if error.errno in NO_PATH and where is not None:
        return f"No file can be called {where}: {error.strerror}. Name another one."
    if error.errno in NOT_OURS and where is not None:
        return words_of_use("A file", where, error)
    return ""


def _too_large(file: Path | None) -> str:
    return (
        f"A file may not grow so large{f': {file}' if file else ''}. Allow more (ulimit -f, LimitFSIZE= of the service), or use "
        "another disk; the next run continues from what is confirmed."
    )


def largest(file: Path) -> int:
    """Bytes of a database's largest file."""
    found = 0
    for one in (file, file.with_name(f"{file.name}-wal")):
        with contextlib.suppress(OSError):
            found = max(found, one.stat().st_size)
    return found


def words_of_database(
    error: sqlite3.Error, file: Path, *, name: str, cure: str, busy_s: float, grows_to: int = 0
) -> str:
    """
    Say why SQLite refuses a database of ours, and what to do.

    Args:
        name: what it is, such as "ledger".
        cure: what to do when it is damaged, as a sentence.
        busy_s: how long it was waited for.
        grows_to: bytes that it was to have, where that is known; else it was to be hardly larger than it is.

    Returns:
        Empty where the error may be a bug of ours.
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    access = words_of_access(file)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        by = _holders(file)
        who = f" by {', '.join(by)}" if by else " by another program"
        return (
            f"The {name} {file} has been locked{who} for more than {busy_s:.0f} seconds. "
            "Wait for that program, or end it, and try again; nothing is lost."
        )
    if code in ALSO_OF_A_FULL_DISK and _are_files_used_up():
        return TOO_MANY
    full = full_folder(file)
    if code == sqlite3.SQLITE_FULL or (code in ALSO_OF_A_FULL_DISK and full is not None):
        if full is None or full == file.parent:
            return _words_of_full(f"The disk of the {name}", file.parent)
        return _words_of_full("The disk of temporary files (TMPDIR)", full)
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return f"The {name} {file} is damaged and cannot be opened or read: {error}. {cure}"
    if access:
        return f"The {name} cannot be used: {access}. Its content is fine. {step_of_access(file)}"
    if code == sqlite3.SQLITE_IOERR:
        most = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
        if most != resource.RLIM_INFINITY and max(grows_to, largest(file) + LITTLE_ROOM) > most:
            return _too_large(file)
        return (
            f"The disk of the {name} {file} answers with errors ({error}; {getattr(error, 'sqlite_errorname', '')}). "
            "Look at the system's log."
        )
    if file.is_dir():
        return f"The {name} cannot be used: {file} is a folder. Take it away, or name a file in it."
    if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        return f"The {name} {file} cannot be used: {error}. Look at its folder and the disk it lies on."
    return ""


def _are_files_used_up() -> bool:
    """Whether no further database can be opened, since too many files are open."""
    opened: list[int] = []
    try:
        for _ in range(OF_A_DATABASE):
            opened.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        return error.errno in TOO_MANY_FILES
    finally:
        for one in opened:
            os.close(one)
    return False


def is_full(folder: Path) -> bool:
    """Whether hardly anything can be written there: no room, no inode, or no quota is left."""
    with contextlib.suppress(OSError):
        if shutil.disk_usage(folder).free < LITTLE_ROOM:
            return True
    refused = refusal_of(folder)
    return refused is not None and refused.errno in FULL


def full_folder(file: Path) -> Path | None:
    """The folder that is full of those in which SQLite writes for a database: its own, or that of temporary files; None where neither is full."""
    folders = (file.parent, _temporary_folder())
    return next((one for one in folders if is_full(one)), None)


def _temporary_folder() -> Path:
    """Where SQLite puts what a long statement or a sort spills (sqlite.org/tempfiles.html, 5)."""
    named = (os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp")  # noqa: S108
    usable = (Path(one) for one in named if one and os.path.isdir(one) and os.access(one, os.W_OK | os.X_OK))
    return next(usable, Path())


def is_read_only(folder: Path) -> bool:
    """Whether the disk of a folder takes no writing from anybody."""
    refused = refusal_of(folder)
    return refused is not None and refused.errno == errno.EROFS


def takes_nothing(folder: Path) -> bool:
    """Whether a folder is on a disk to which nobody can write now."""
    return is_full(folder) or is_read_only(folder)


def _holders(file: Path) -> list[str]:
    """Name the processes that have a database open, as far as this user may look."""
    told: list[str] = []
    for folder in Path("/proc").glob("[0-9]*"):
        if folder.name == str(os.getpid()) or len(told) == MOST_TOLD:
            continue
        with contextlib.suppress(OSError):
            if any(_leads_to(link, file) for link in (folder / "fd").iterdir()):
                words = (
                    (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").split()
                )
                told.append(f"process {folder.name} ({' '.join(Path(one).name for one in words[:4])})")
    return told


def _leads_to(link: Path, file: Path) -> bool:
    try:
        return link.readlink() == file
    except OSError:
        return False
