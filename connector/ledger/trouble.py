"""What keeps the ledger from being used: found before it is opened, or told in words when SQLite says so."""

from __future__ import annotations

import contextlib
import os
import shlex
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from connector.errors import LeaseLost, LedgerAway, LedgerDamaged, LedgerError, LedgerNewer, LedgerTangled
from connector.machine import owner
from connector.machine.storage import (
    full_folder,
    step_of_access,
    takes_nothing,
    words_of_access,
    words_of_database,
    words_of_error,
)

T = TypeVar("T")
TRIES = 3
"""So often something is written that is undone since two were in each other's way."""
AGAIN_S = 0.1
BUSY_S = 30
"""How long a statement waits for another process's transaction."""
CURE = (
    "If ledger.url names the right file, rebuild it; the damaged file is kept, and nothing in the intranet is lost. "
    "Run: connector ledger rebuild"
)
PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
"""What SQLite says of what may be over later: a lock, a full disk, and one that answers with errors."""
WRITES_NOTHING_AHEAD = b"\x01\x01"
"""Bytes 18 and 19 of a database of SQLite that has no write-ahead log (sqlite.org/fileformat.html)."""
OURS = ("text", "hidden.json", "last-run.json", "target-", "service.lock")
"""What lies beside the ledger in its folder."""


_looked_at: set[tuple[int, int]] = set()
"""Device and number of every file of a ledger that this process has opened."""
_looking = threading.Lock()


def in_words(error: sqlite3.Error, path: str | None, *, name: str = "ledger", grows_to: int = 0) -> Exception:
    """
    Make words of an error of the database; the error itself where it may be a bug of ours.

    Args:
        name: what it is.
        grows_to: as `words_of_database` takes it.
    """
    if not path:
        return error
    file = Path(path)
    if _lacks_a_part(error):
        return LedgerDamaged(
            f"The {name} {file} is damaged, since somebody removed a part of it: {error}. {CURE}"
        )
    words = words_of_database(error, file, name=name, cure=CURE, busy_s=BUSY_S, grows_to=grows_to)
    if not words:
        return error
    return LedgerDamaged(words) if _is_damage(error, file) else LedgerError(words)


def _lacks_a_part(error: sqlite3.Error) -> bool:
    is_of_what_was_asked = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_ERROR
    return is_of_what_was_asked and str(error).startswith(("no such table: ", "no such column: "))


def _is_damage(error: sqlite3.Error, file: Path) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    unread = code == sqlite3.SQLITE_IOERR and not words_of_access(file) and full_folder(file) is None
    return unread or code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def may_pass(error: LedgerError, file: Path | None) -> bool:
    """
    Whether a ledger that cannot be used may be all right later although nobody touches it: there is room on its disk again, say.

    Args:
        file: of the ledger; None where it is in none.
    """
    code = getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF
    if isinstance(error, LedgerAway) or code in PASSING:
        return True
    return file is not None and takes_nothing(file.parent)


def make(file: Path) -> None:
    """
    Make the ledger's folder and an empty file, for nobody else to read.

    Raises:
        LedgerError: they cannot be made.
    """
    try:
        owner.make_folder(file.parent, holds=(file.name, *OURS))
        owner.make_file(file)
    except OSError as error:
        access = words_of_access(file)
        raise LedgerError(
            _not_ours(access, file)
            if access
            else words_of_error(error)
            or f"The folder of the ledger {file} cannot be used: {error.strerror}. Check ledger.url and its rights."
        ) from error


def refuse_second_name(file: Path) -> None:
    """
    Look whether a ledger has a second name on its disk, before this process opens it the first time.

    What is written ahead, and the locks of those who do, lie beside a name: whoever opens a ledger by another one sees neither, and both
    damage it (sqlite.org/howtocorrupt.html, 2.5). A name that comes while this process works with the ledger keeps it from nothing: whoever
    begins after that is refused.

    Raises:
        LedgerError: it has one.
    """
    with contextlib.suppress(OSError):
        found = file.stat()
        if (
            stat.S_ISREG(found.st_mode)
            and found.st_nlink > 1
            and (found.st_dev, found.st_ino) not in _looked_at
        ):
            raise LedgerError(
                f"The ledger {file} has a second name on its disk (a hard link, as ln and cp -l make it), and would be damaged if it were opened "
                "by both. Delete that name and keep the one with which the service works; what is in it stays. That name was no copy: make one "
                f"by connector ledger backup FILE. To find both: find / -samefile {shlex.quote(str(file))}"
            )


def leave_strange_writing(file: Path) -> None:
    """
    Set aside what a killed process wrote ahead of a ledger whose place a copy has taken: SQLite would take it for a part of that.

    A copy writes nothing ahead, and says so, until it is opened as a ledger; which has it say otherwise before anything is written
    ahead. To be done whenever the file is to be opened, also to look only.

    Each file is looked into once, before this process opens it the first time: whoever closes a file lets go of every lock that
    its process has on it, also of those by which another program knows that SQLite has it open here.

    Raises:
        LedgerError: it cannot be moved.
    """
    real = Path(os.path.realpath(file))
    with _looking, contextlib.suppress(OSError):
        found = real.stat()
        if (this := (found.st_dev, found.st_ino)) not in _looked_at:
            _leave(real)
            _looked_at.add(this)


def _leave(real: Path) -> None:
    ahead = real.with_name(f"{real.name}-wal")
    try:
        found = ahead.stat()  # first: whoever writes ahead now has said so before
        with real.open("rb") as opened:
            is_strange = found.st_size > 0 and opened.read(20)[18:] == WRITES_NOTHING_AHEAD
    except OSError:  # none is there, or whoever opens it has words for that
        return
    if not is_strange:
        return
    try:
        ahead.rename(real.with_name(f"{real.name}.before-{int(found.st_mtime)}-wal"))
    except OSError as error:
        raise LedgerError(
            f"{ahead} belongs to the ledger that stood here before, and cannot be moved away: {error.strerror}. Move it."
        ) from error


def lease_lost() -> LeaseLost:
    """Another run took over."""
    return LeaseLost(
        "Another run took over this target while this one was at work; this one stops without any further removal."
    )


def again_if_undone(work: Callable[[], T]) -> T:
    """
    Write something whole, and again where the server undid it since two were in each other's way: by then the other one is through.

    Raises:
        LedgerTangled: it was undone each time.
    """
    for _ in range(TRIES - 1):
        with contextlib.suppress(LedgerTangled):
            return work()
        time.sleep(AGAIN_S)  # whoever is at once there again may overtake the other one
    return work()


def check_release(current: str | None, known: Sequence[str]) -> None:
    """
    Raises:
        LedgerNewer: a release that this one does not know wrote the ledger.
    """
    if current is not None and current not in known:
        raise LedgerNewer(
            f"The ledger was written by a newer release (its schema is {current}). Install that release again, "
            "or name another file in ledger.url."
        )


def refuse_strange(database: sqlite3.Connection, path: str) -> None:
    """
    Look whether a file is another program's, before anything of it changes; a ledger of any release passes, and a new file.

    Raises:
        LedgerError: it has tables, and is no ledger.
    """
    rows = database.execute(
        "SELECT name FROM sqlite_master WHERE type='table' ORDER BY name='alembic_version' DESC LIMIT 4"
    )
    names = [name for (name,) in rows]
    if names and names[0] != "alembic_version":
        raise LedgerError(
            f"{path} is a database of another program (it has {', '.join(names[:3])}), and is left as it is. Name a file of its own "
            "in ledger.url."
        )


def refuse_others(file: Path) -> None:
    """
    Look whether a file is one that only others may read, where it may not even be seen: that is not to be taken for none.

    Raises:
        LedgerError: it is.
    """
    readable = os.access(file, os.R_OK, effective_ids=os.access in os.supports_effective_ids)
    if not readable and (access := words_of_access(file)):
        raise LedgerError(_not_ours(access, file))


def refuse_newer(path: str, known: Sequence[str]) -> None:
    """
    Look which release wrote the ledger; one that is missing or damaged passes.

    Raises:
        LedgerError: a newer one did.
    """
    with contextlib.suppress(sqlite3.Error):
        check_release(_revision(path), known)


def tell_trouble(path: str, known: Sequence[str]) -> str:
    """Say what would keep the ledger from being used, for `check`; empty where nothing would. Makes and migrates nothing."""
    access = words_of_access(Path(path))
    if access:
        return _not_ours(access, Path(path))
    try:
        refuse_second_name(Path(path))
        check_release(_revision(path), known)
    except LedgerError as error:
        return str(error)
    except sqlite3.Error as error:
        return str(in_words(error, path))
    return ""


def _not_ours(access: str, file: Path) -> str:
    return f"The ledger cannot be used: {access}. What it holds is all right. {step_of_access(file)}"


def _revision(path: str) -> str | None:
    """The revision that a ledger has; None where there is no ledger, or a new one."""
    with _looked_into(path) as database:
        if database is None:
            return None
        refuse_strange(database, path)
        return revision_of(database)


def revision_of(database: sqlite3.Connection) -> str | None:
    """The revision of the schema that a ledger in a file has; None of a new one. Raises what SQLite raises."""
    table = "SELECT 1 FROM sqlite_master WHERE type='table' AND name='alembic_version'"
    if not database.execute(table).fetchone():
        return None
    row = database.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


@contextlib.contextmanager
def _looked_into(path: str) -> Iterator[sqlite3.Connection | None]:
    if not os.path.exists(path):
        yield None
        return
    leave_strange_writing(Path(path))
    address = f"file:{quote(path)}?mode=rw"
    with contextlib.closing(sqlite3.connect(address, uri=True, timeout=BUSY_S)) as database:
        yield database
