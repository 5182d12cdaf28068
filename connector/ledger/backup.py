"""
A ledger in a file as a whole: copied while others work with it, looked into, and put back.

A copy is one file, for its owner only, and is read through before it counts. A ledger that is put back gets a new name:
what was written after the copy was made (by the rest of a run, by one that was killed, by people's turn between two) is in
the intranet and not in it, and the notes beside rooms tell of that only by the ledger's name (rule 5).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from connector.errors import LeaseHeld, LedgerDamaged, LedgerError
from connector.ledger.before_restore import rename
from connector.ledger.engines.sqlite import SCHEME, Sqlite
from connector.ledger.engines.statement_files import statements_in
from connector.ledger.leases import Leases
from connector.ledger.trouble import (
    BUSY_S,
    check_release,
    in_words,
    leave_strange_writing,
    refuse_others,
    refuse_second_name,
    revision_of,
)
from connector.machine import owner
from connector.machine.storage import largest, words_of_error

SEVERAL_FAULTS = 3
"""Faults that are told; a damaged file has thousands."""
OF_WHAT_IS_READ = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
"""Errors of SQLite that tell of the database that is copied."""
HALF = ".ledger-half"
"""How the name of a copy ends that is not whole yet."""
OF_READING = frozenset(
    {
        sqlite3.SQLITE_IOERR_READ,
        sqlite3.SQLITE_IOERR_SHMOPEN,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_SHMMAP,
        sqlite3.SQLITE_IOERR_SHMLOCK,
    }
)
"""The same of a disk: a copy is read by one process alone, and shares no memory."""
_SPEAKS_OF = "intranet"
"""The kind of note that says of which intranet the ledger speaks (connector/session/known_addresses.py)."""


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """What one target has in a copy of a ledger."""

    intranet: str
    """Host, tenant and appid, as the ledger notes them; empty where no run has been there yet."""
    documents: dict[str, int]
    """How many there are, by state."""
    people: int
    finished_at: float | None
    """When its last run ended, in seconds since 1970."""


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """What a copy of a ledger is and holds."""

    file: str
    bytes: int
    schema: str
    targets: dict[str, Whole]


def back_up(ledger: Path, to: Path) -> Copy:
    """
    Copy a ledger as it is at one moment, whoever writes to it meanwhile, and read the copy through.

    Nothing is migrated. An earlier copy of that name is replaced when the new one is whole, and by nothing else.

    Raises:
        LedgerError: there is no ledger, the copy cannot be written or is damaged, or something else has its name.
    """
    refuse_others(ledger)
    if not os.path.isfile(ledger):
        raise LedgerError(
            f"There is no ledger {ledger} yet, so there is nothing to back up. Check ledger.url."
        )
    refuse_second_name(ledger)
    if to.is_dir():
        raise LedgerError(f"{to} is a folder. Name a file.")
    if not os.path.lexists(to.parent):
        raise LedgerError(f"There is no folder {to.parent}. Name a file in one that is there.")
    if to.exists():
        if to.samefile(ledger):
            raise LedgerError(f"{to} is the ledger itself. Name another file.")
        with _told(to):
            if not _is_ledger(to):
                raise LedgerError(f"{to} is there and is not a copy of a ledger. Name another file.")
    half = to.with_name(f"{to.name}{HALF}")
    try:
        _copy(ledger, half)
        found = look_into(half, of=ledger)
        half.replace(to)
        _keep(to.parent)
    except BaseException:
        throw_away(half)
        raise
    return msgspec.structs.replace(found, file=str(to))


def look_into(file: Path, *, of: Path | None = None) -> Copy:
    """
    Read a copy of a ledger through, and tell what it holds.

    Args:
        of: the ledger, where the copy was made just now: what is damaged in it is so there.

    Raises:
        LedgerError: it is not there, is damaged, or is no ledger.
    """
    if not file.is_file():
        raise LedgerError(f"There is no file {file}.")
    with _told(file):
        if not _is_ledger(file):
            raise LedgerError(f"{file} is not a copy of a ledger.")
        with closing(_reading(file)) as database:
            faults = [row[0] for row in database.execute(f"PRAGMA integrity_check({SEVERAL_FAULTS})")]
            if faults != ["ok"]:
                told = "; ".join(faults)[:300]
                raise LedgerError(
                    f"{file} is damaged ({told}). Use another copy."
                    if of is None
                    else f"The ledger {of} is damaged ({told}), so no copy was made, and an earlier one stays as it is. "
                    "Put that back (connector ledger restore FILE), or rebuild the ledger: connector ledger rebuild"
                )
            return Copy(
                file=str(file),
                bytes=file.stat().st_size,
                schema=str(revision_of(database)),
                targets=_targets(database),
            )


def restore(copy: Path, ledger: Path, *, now: float) -> Path | None:
    """
    Make a copy the ledger, under a new name of its own; the one that is there is set aside.

    The caller has read the copy through, holds every lock on the targets, and has their leases.

    Returns:
        Where the former one is; None when there was none.

    Raises:
        LedgerError: there is no room for it; the ledger is as it was.
    """
    half = ledger.with_name(f"{ledger.name}.half")
    try:
        owner.make_folder(ledger.parent)
        _copy(copy, half)
        with closing(Sqlite(f"{SCHEME}/{half}", as_it_is=True)) as database:
            rename(database, now=now)
        aside = set_aside(ledger, now=now)
        half.replace(ledger)
        _keep(ledger.parent)
    except OSError as error:
        raise _unwritten(half, error) from error
    finally:
        throw_away(half)
    return aside


def set_aside(file: Path, *, now: float) -> Path | None:
    """
    Move a ledger out of the way so that a new one can be made; nothing is thrown away.

    Returns:
        Where it is now; None when there was none.
    """
    was_there, aside = file.exists(), file.with_name(f"{file.name}.before-{int(now)}")
    # also where somebody took the ledger away: what is left beside it would be read as a part of the next one
    for suffix in (*owner.SIDES, ""):
        one = file.with_name(file.name + suffix)
        if one.exists():
            one.rename(aside.with_name(aside.name + suffix))
    return aside if was_there else None


def take_leases(ledger: Path, targets: Sequence[str], *, now: float) -> None:
    """
    Take the leases of targets in a ledger that is to be set aside with them; a damaged one has none to ask for.

    Raises:
        LeaseHeld: a run beyond the reach of this machine's lock works with it.
        LedgerError: somebody writes to it, or it may not be used.
    """
    # what has no words is a table that an earlier release did not have
    with suppress(LedgerDamaged, sqlite3.Error), _told(ledger):
        if not ledger.is_file() or not _is_ledger(ledger):
            return
        with closing(Sqlite(f"{SCHEME}/{ledger}", as_it_is=True)) as database:
            taken: list[tuple[Leases, int]] = []
            try:
                for target in targets:
                    leases = Leases(database, target)
                    taken.append((leases, leases.take_lease(now=now)))
            except LeaseHeld:
                for leases, fence in taken:
                    leases.free_lease(fence)
                raise


def check_copy(found: Copy, known: Sequence[str], intranets: Mapping[str, str]) -> None:
    """
    Refuse a copy that a newer release wrote, that has other targets than the settings, or that speaks of another intranet.

    Args:
        known: revisions of this release.
        intranets: of the settings, by the name of the target.

    Raises:
        LedgerError: says which, and what to do.
    """
    check_release(found.schema, known)
    strange = sorted(name for name in found.targets if name not in intranets)
    if strange:
        raise LedgerError(
            f"{found.file} holds the target {', '.join(strange)}, which the settings do not have. "
            "Take the settings that belong to it, or another copy."
        )
    for name, one in found.targets.items():
        if one.intranet and one.intranet != intranets[name]:
            raise LedgerError(
                f"{found.file} speaks of another intranet than targets.{name} does: {_in_words(one.intranet)}, "
                f"not {_in_words(intranets[name])}. Take the settings that belong to it, or another copy."
            )


# -- files -------------------------------------------------------------------------------------------


def _copy(here: Path, to: Path) -> None:
    """Copy a database into a file of its own, for its owner only, and have it on the disk; what was killed before it takes no room."""
    try:
        to.unlink(missing_ok=True)
        owner.make_file(to)
        owner.clear_left(to.parent, f"*{HALF}*", beside=to)
        with _told(here, into=to), closing(_reading(here)) as source, closing(sqlite3.connect(to)) as there:
            source.backup(there)
            there.execute("PRAGMA journal_mode=DELETE")  # one file, without another beside it
        with to.open("rb") as written:
            os.fsync(written.fileno())
    except OSError as error:
        raise _unwritten(to, error) from error


def throw_away(half: Path) -> None:
    """Delete what is not whole, with what SQLite leaves beside it where it could not write to the end."""
    for side in ("", *owner.SIDES):
        with suppress(OSError):
            half.with_name(half.name + side).unlink(missing_ok=True)


def _reading(file: Path) -> sqlite3.Connection:
    """
    Open a database to read it; nothing of it changes, though where it is written ahead that is moved into it at the end.

    A copy on a disk that cannot be written is read all the same: without the right to write, SQLite opens it as it can.
    """
    leave_strange_writing(file)
    return sqlite3.connect(f"file:{quote(str(file))}?mode=rw", uri=True, timeout=BUSY_S)


def _is_ledger(file: Path) -> bool:
    with closing(_reading(file)) as database:
        found = database.execute(
            "SELECT count(*) FROM sqlite_master WHERE type='table' AND name IN ('alembic_version', 'documents', 'leases')"
        )
        return bool(found.fetchone() == (3,))


def _keep(folder: Path) -> None:
    """Have a new name on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(file: Path, *, into: Path | None = None) -> Iterator[None]:
    """
    Say in words what is wrong with a database.

    Args:
        into: the one into which it is copied, where it is: most of what goes wrong then is wrong there.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            raise LedgerDamaged(f"{file} is not a copy of a ledger.") from error
        code = error.sqlite_errorcode
        if into is None or code & 0xFF in OF_WHAT_IS_READ or code in OF_READING:
            raise in_words(error, str(file)) from error
        raise in_words(error, str(into), name="copy of the ledger", grows_to=largest(file)) from error


def _unwritten(file: Path, error: OSError) -> LedgerError:
    error.filename = error.filename or str(file)
    return LedgerError(
        words_of_error(error) or f"{file} cannot be written: {error.strerror}. The ledger is as it was."
    )


# -- what is in it -----------------------------------------------------------------------------------


def _targets(database: sqlite3.Connection) -> dict[str, Whole]:
    there = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    documents: dict[str, dict[str, int]] = {}
    for target, state, count in _all(database, "backup.documents"):
        documents.setdefault(target, {})[state] = int(count)
    people = {row[0]: int(row[1]) for row in (_all(database, "backup.people") if "people" in there else ())}
    runs = {row[0]: row[2] for row in _all(database, "backup.runs")}

    def intranet(target: str) -> str:
        found = _all(database, "notes.get", kind=_SPEAKS_OF, key=target, source="")
        return str(found[0][0], "utf-8") if found else ""

    return {
        name: Whole(
            intranet=intranet(name),
            documents=documents.get(name, {}),
            people=people.get(name, 0),
            finished_at=runs.get(name),
        )
        for name in sorted({*documents, *people, *runs})
    }


def _all(database: sqlite3.Connection, name: str, **values: Any) -> list[Any]:
    """What a statement finds in a copy that is opened for reading only."""
    statement = statements_in("sqlite.sql")[name]
    return database.execute(statement.sql, [values[one] for one in statement.common]).fetchall()


def _in_words(intranet: str) -> str:
    host, _, rest = intranet.partition("|")
    tenant, _, app = rest.rpartition("|")
    return f"{host}, tenant {tenant}, appid {app}"
