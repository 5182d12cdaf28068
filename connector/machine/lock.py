"""One writer per target on one machine: a lock that the operating system frees when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from hashlib import blake2b
from pathlib import Path

from connector.errors import LeaseHeld, LedgerError
from connector.machine import owner
from connector.machine.storage import step_of_access, words_of_access, words_of_use

BOOT = Path("/proc/sys/kernel/random/boot_id")
NETWORK = Path("/proc/self/ns/net")
NAMES = Path("/proc/self/net/unix")
LOCKS = Path("/proc/locks")
NAMED = "interact-connector-"
"""How the names of held targets begin."""
SERVICE = "service.lock"
"""What a service holds in the folder of its ledger, shared with others."""
TRIES, AGAIN_S = 5, 0.05
"""Whoever looks whether a service runs holds that for a moment, for which another one waits."""
MOST_ASKING = 4_096
"""Nobody answers whoever asks for a holder's user, so all of them wait in line until it ends."""
MOST_WORDS = 4_096
"""Bytes that a service leaves for whoever looks."""
_served_here: dict[Path, tuple[int, int] | None] = {}
"""Folders with whose ledger services of this process work: device and number of the lock that they hold there."""
THIS_START = secrets.token_hex(8)
"""Made by every start of a process."""


@contextmanager
def only_here(key: str, folder: Path | None = None, *, shared: str = "") -> Iterator[None]:
    """
    Hold the machine's lock on a target.

    Two things are held. A lock file in the ledger's folder, which nobody else can open, keeps apart whoever shares
    that ledger. A name in Linux's abstract socket namespace keeps apart two ledgers for the same target; since any
    user of the machine can take any name there, it counts only where its holder is one of ours.

    Args:
        folder: of the ledger; None where it is in no file, and then every holder of the name counts.
        shared: what names a ledger that services on several machines share; empty: it is this machine's own. Its lease decides
            among them, on the clock of the database, since a frozen process holds the lock of its machine and others there
            have its work by then: whoever works with the same ledger is passed by, and only others are kept out.

    Raises:
        LeaseHeld: another process of this machine works on the same target.
        LedgerError: the lock file cannot be made.
    """
    name = blake2b(key.encode(), digest_size=16).hexdigest()
    with ExitStack() as held:
        if folder is not None:
            held.enter_context(_file(folder / f"target-{name}.lock"))
        if sys.platform == "linux":
            ours = _ours(folder, shared=bool(shared))
            theirs = f"\0{NAMED}{name}"
            also = blake2b(shared.encode(), digest_size=16).hexdigest()
            try:
                held.enter_context(_name(theirs, ours))
                if shared:
                    held.enter_context(_name(f"{theirs}-{also}", ours))
            except LeaseHeld:
                if not shared or ours is None or _holder(f"{theirs}-{also}") not in ours:
                    raise
        yield


@contextmanager
def serving(folder: Path | None) -> Iterator[None]:
    """
    Say that a service works with the ledger of a folder, also while it has nothing to do.

    Raises:
        LeaseHeld: the ledger is just being put back, or a run by hand tells of its end.
        LedgerError: the lock file cannot be made.
    """
    if folder is None:
        yield
        return
    is_alone = is_served(folder) is False
    with _file(folder / SERVICE, fcntl.LOCK_SH, _restoring):
        _served_here[folder] = _which(folder / SERVICE)
        if is_alone:
            leave_words(folder, "")  # of one that was killed
        try:
            yield
        finally:
            _served_here.pop(folder, None)


def leave_words(folder: Path | None, words: str) -> None:
    """
    Leave words of a service of this process in its lock, for whoever looks from another one; empty: there is nothing to tell.

    A disk that takes none keeps nobody from anything, and nothing is made where the lock is not.
    """
    if folder is None or _served_here.get(folder) is None or _which(folder / SERVICE) != _served_here[folder]:
        return
    with suppress(OSError), open(folder / SERVICE, "r+b") as file:
        file.write(words.encode("utf-8", "replace")[:MOST_WORDS])
        file.truncate()


def words_left(folder: Path) -> str:
    """What a service that works with the ledger of a folder has to tell; empty: nothing, or none works with it, or it is not for this user."""
    try:
        said = (folder / SERVICE).read_bytes()[:MOST_WORDS].decode("utf-8", "ignore")
    except OSError:
        return ""
    return said if said and is_served(folder) else ""


def check_place(folder: Path) -> None:
    """
    Look whether a folder is still the one that a service of this process began with: its disk may be unmounted by now.

    Whoever went on in another one would know of no ledger, and of nothing that people hid.

    Raises:
        LedgerError: it is another one, or none.
    """
    began, file = _served_here.get(folder), folder / SERVICE
    if began is not None and _which(file) != began:
        if _is_barred(file):
            raise LedgerError(
                f"The folder of the ledger cannot be used: {words_of_access(file)}. Nothing is done meanwhile. {step_of_access(file)}"
            )
        raise LedgerError(
            f"The folder {folder} is not the one with which this service began: its {SERVICE} is gone or another one, as when a disk is "
            "unmounted or what was in it was deleted. Nothing is done meanwhile. Mount it, or put it back, and the next run goes on; where "
            "that does not help, or to begin with what stands there now, restart the service."
        )


def _is_barred(file: Path) -> bool:
    """Whether its folder may not be looked into, so that nobody knows what became of it."""
    try:
        file.stat()
    except PermissionError:
        return True
    except OSError:
        pass
    return False


def _which(file: Path) -> tuple[int, int] | None:
    """Device and number of a file; None where it is gone, or cannot be looked at."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def nobody_serving(folder: Path) -> Iterator[None]:
    """
    Keep services from starting with the ledger of a folder.

    Raises:
        LeaseHeld: one runs.
        LedgerError: the lock file cannot be made.
    """
    with _file(folder / SERVICE, fcntl.LOCK_EX, _served):
        yield


def is_served(folder: Path) -> bool | None:
    """Whether a service works with the ledger of a folder; None where that cannot be told."""
    try:
        descriptor = os.open(folder / SERVICE, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return None
    finally:
        os.close(descriptor)
    return False


def count_serving(folder: Path) -> int:
    """How many services work with the ledger of a folder, as far as the system tells that of its disk; 0 where it does not."""
    try:
        found = os.stat(folder / SERVICE)
        lines = LOCKS.read_text("ascii", "replace").splitlines()
    except OSError:
        return 0
    place = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    told = (line.split() for line in lines)  # number, kind, how strictly, for what, by whom, what, from, to
    return sum(one[1:2] == ["FLOCK"] and one[3:4] == ["READ"] and one[5:6] == [place] for one in told)


def _restoring() -> LeaseHeld:
    return LeaseHeld(
        "Another command has this ledger to itself for now: connector ledger restore, or a run by hand that has just ended and tells "
        "whom it is to tell. Start the service after that."
    )


def _served() -> LeaseHeld:
    return LeaseHeld(
        "The service, or a run by hand that has just ended, uses this ledger. Stop it first; otherwise it would continue with the old one."
    )


def _held() -> LeaseHeld:
    return LeaseHeld(
        "Another run on this machine works on this target (a service, a backfill, or somebody's sync). Wait for it, or stop it."
    )


@contextmanager
def _file(file: Path, kind: int = fcntl.LOCK_EX, refusal: Callable[[], LeaseHeld] = _held) -> Iterator[None]:
    try:
        owner.make_file(file)
        descriptor = os.open(file, os.O_RDWR)
    except OSError as error:
        raise LedgerError(words_of_use("The lock beside the ledger", file, error)) from error
    try:
        with suppress(OSError):  # a file system without locks: the lease in the ledger is left
            for left in reversed(range(TRIES if file.name == SERVICE else 1)):
                try:
                    fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if not left:
                        raise refusal() from error
                    time.sleep(AGAIN_S)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _name(name: str, ours: frozenset[int] | None) -> Iterator[None]:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as holder:
        try:
            holder.bind(name)
            holder.listen(MOST_ASKING)
        except OSError as error:
            if ours is None or _holder(name) in ours:
                raise _held() from error
        yield


def _ours(folder: Path | None, *, shared: bool) -> frozenset[int] | None:
    """Users whose holding of a name counts: this one, root, and whoever the ledger's file belongs to."""
    if folder is not None:
        return frozenset({0, os.geteuid(), folder.stat().st_uid})
    return frozenset({0, os.geteuid()}) if shared else None


def _holder(name: str) -> int | None:
    """The user that holds a name; None where nobody listens to it, as ours is listened to from its first moment."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as asking:
        asking.setblocking(False)
        try:
            asking.connect(name)
            told = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        except OSError:
            return None
    _, user, _ = struct.unpack("3i", told)
    return int(user)


def nobody_works_here() -> bool:
    """
    Whether no process within the reach of the lock holds any target, so that whoever had a lease there is dead.

    It is read, not tried: nobody is kept out for it. False where it cannot be told.
    """
    try:
        names = NAMES.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return f"@{NAMED}" not in names


def reach_of_lock() -> str:
    """
    Name what the lock covers: all processes of one running kernel that share a network namespace.

    Two containers have different ones, even on one machine and with one host name. Where it cannot be told, every
    start of a process is alone.
    """
    try:
        return f"{BOOT.read_text(encoding='ascii').strip()} {os.readlink(NETWORK)}"
    except OSError:
        return THIS_START
