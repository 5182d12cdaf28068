"""A disk that takes no more: the kernel made it read-only, or no inode, no quota or no room is left."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connector.commands.local_inspection import _folder
from connector.errors import CacheError, LedgerDamaged, LedgerError
from connector.ledger.orders_file import OrdersFile
from connector.ledger.trouble import in_words, tell_trouble
from connector.machine import storage
from connector.machine.lock import check_place, only_here, serving
from connector.machine.owner import replace_file
from connector.machine.storage import words_of_access, words_of_database, words_of_error
from connector.text.cache import TextCache
from connector.text.service import FileRef, TextService
from connector.text.workers import ExtractionPool
from tests import ledgers
from tests.machine.somebody import AS_ROOT, NOW, SOMEBODY, open_ledger, somebody
from tests.office import DONE, Office

Refusing = Callable[[int], None]


@pytest.fixture
def refusing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Refusing:
    """Have the system refuse whatever is to be written in the test's folder, while modes and owners there allow it."""
    really = os.open

    def refuse(code: int) -> None:
        def opened(path: Any, flags: int, *more: Any, **named: Any) -> int:
            if flags & os.O_ACCMODE != os.O_RDONLY and Path(os.fsdecode(path)).is_relative_to(tmp_path):
                raise OSError(code, os.strerror(code), path)
            return really(path, flags, *more, **named)

        monkeypatch.setattr(os, "open", opened)

    return refuse


def refused_by_sqlite(code: int, file: Path) -> str:
    """What is told of a ledger of which SQLite says so."""
    error = sqlite3.OperationalError("as it says it")
    error.sqlite_errorcode = code
    return words_of_database(error, file, name="ledger", cure="", busy_s=1)


def test_a_disk_that_the_kernel_made_read_only_is_told_as_that_and_not_as_somebody_else_s(
    tmp_path: Path, refusing: Refusing
) -> None:
    """ext4 with `errors=remount-ro`, and newer kernels: access(2) goes on saying that all is well."""
    open_ledger(tmp_path).close()
    refusing(errno.EROFS)
    with pytest.raises(LedgerError) as caught, only_here("a target", tmp_path):
        pass
    for told in (
        str(caught.value),
        refused_by_sqlite(sqlite3.SQLITE_READONLY, tmp_path / "ledger.db"),
        tell_trouble(str(tmp_path / "ledger.db"), known=[]),
        words_of_error(OSError(errno.EROFS, "Read-only file system", str(tmp_path / "x"))),
    ):
        assert f"{tmp_path} lies on a disk that cannot be written (read-only)" in told
        assert told.endswith("Have that disk mounted for writing.")


@pytest.mark.parametrize(
    ("code", "why", "step"),
    [
        (errno.ENOSPC, "no inode is left for another file", "Delete files there that nobody needs"),
        (errno.EDQUOT, "the quota of", "Have it raised"),
    ],
)
def test_a_disk_with_room_that_takes_no_more_files_is_told_with_what_it_lacks(
    tmp_path: Path, refusing: Refusing, code: int, why: str, step: str
) -> None:
    """SQLite makes two files beside a ledger, and says that it is "unable to open" it."""
    refusing(code)
    for told in (
        refused_by_sqlite(sqlite3.SQLITE_CANTOPEN, tmp_path / "ledger.db"),
        words_of_error(OSError(code, os.strerror(code), str(tmp_path / "x"))),
    ):
        assert "is full" in told
        assert why in told
        assert f"are free at {tmp_path}). {step}" in told


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN])
def test_a_full_disk_of_temporary_files_is_told_as_that_and_not_as_the_ledger_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """A run failed since the disk of the ledger were full, on which gigabytes were free."""
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr(storage, "refusal_of", lambda folder: full if folder == tmp_path else None)
    file = tmp_path / "ledger" / "ledger.db"
    open_ledger(file.parent).close()
    assert refused_by_sqlite(code, file).startswith("The disk of temporary files (TMPDIR) is full (")
    assert f"are free at {tmp_path}). " in refused_by_sqlite(code, file)
    error = sqlite3.OperationalError("as it says it")
    error.sqlite_errorcode = code
    assert not isinstance(in_words(error, str(file)), LedgerDamaged)


def test_a_text_cache_on_a_full_disk_does_not_ask_for_another_user(
    tmp_path: Path, refusing: Refusing
) -> None:
    refusing(errno.ENOSPC)
    with pytest.raises(CacheError, match="The disk is full") as caught:
        TextCache(tmp_path / "text", 1_000_000)
    assert "as that user" not in str(caught.value)


@ledgers.IN_A_FILE
def test_a_disk_that_still_lets_the_ledger_be_read_and_takes_no_run_is_told_by_who_only_looks(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal said that everything is up to date, and `check` that the ledger can be used."""
    assert office.ask("sync").code == DONE
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr(storage, "refusal_of", lambda _: full)
    told = office.ask("status")
    assert "The disk of the ledger is full: runs fail, or will soon" in told.out
    assert "up to date" not in told.out
    assert "bytes are free at" in " ".join(told.out.split())
    checked = office.ask("check", "--json").json["ledger"]
    assert not checked["ok"]
    assert "The disk of the ledger is full" in checked["message"]


def test_a_text_cache_on_a_read_only_disk_is_told_as_that_by_check(
    office: Office, refusing: Refusing
) -> None:
    """It said whose the folder is, and who we are: the same user."""
    assert office.ask("sync").code == DONE
    (office.folder / "var" / "text").mkdir(parents=True, exist_ok=True)
    refusing(errno.EROFS)
    problems = office.ask("check", "--json").json["here"]["problems"]
    (told,) = [one for one in problems if one.startswith("text.cache")]
    assert "lies on a disk that cannot be written (read-only)" in told


def test_a_text_cache_on_a_full_disk_is_told_as_that_by_check(tmp_path: Path, refusing: Refusing) -> None:
    """It said that all is well."""
    refusing(errno.ENOSPC)
    (told,) = _folder(tmp_path / "text", "text.cache")
    assert told.startswith(f"text.cache: The disk of {tmp_path} is full. No inode is left for another file; ")


def fill(*_: Any) -> None:
    """As the system does at a write, which knows a number of the file and no name."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_file_that_cannot_be_written_on_a_full_disk_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", fill)
    with pytest.raises(OSError, match="space") as caught:
        replace_file(tmp_path / "hidden.json", b"{}", sync=True)
    assert f"bytes are free at {tmp_path}" in words_of_error(caught.value)


async def test_a_download_that_fills_the_disk_says_which(tmp_path: Path) -> None:
    async def download(path: Path) -> int:
        fill(path)
        return 0

    file = FileRef("interaxo", "f", "1", 10, "a.txt", "text/plain")
    with TextCache(tmp_path, 1_000_000) as cache:
        pool = ExtractionPool(workers=1, memory_mb=200, timeout_s=10)
        with (
            TextService(pool, cache, 1_000, 1_000) as texts,
            pytest.raises(CacheError, match="disk is full") as caught,
        ):
            await texts.text_of(file, download)
    assert f"bytes are free at {tmp_path}" in str(caught.value)


@AS_ROOT
def test_a_folder_that_was_closed_to_its_service_is_not_told_as_one_that_went_away(shared: Path) -> None:
    """Whoever follows "mount it, or put it back" finds it where it was."""
    folder = shared / "state"
    folder.mkdir()
    os.chown(folder, SOMEBODY, SOMEBODY)
    with somebody(SOMEBODY), serving(folder):
        check_place(folder)
        os.seteuid(0)
        os.chown(folder, 0, 0)
        folder.chmod(0o700)
        os.seteuid(SOMEBODY)
        with pytest.raises(LedgerError, match=r"belongs to root \(uid 0\), mode 0700; you are") as caught:
            check_place(folder)
        assert "Mount it" not in str(caught.value)
        assert words_of_access(folder / "service.lock") in str(caught.value)


@AS_ROOT
def test_what_people_hid_in_a_file_of_another_user_is_told_as_that_and_not_to_be_moved_away(
    shared: Path,
) -> None:
    shared.chmod(0o777)
    (shared / "hidden.json").write_text("{}")
    (shared / "hidden.json").chmod(0o600)
    with somebody(SOMEBODY):
        told = OrdersFile(shared, clock=lambda: NOW).trouble()
    assert "belongs to root (uid 0), mode 0600" in told
    assert "move it away" not in told
