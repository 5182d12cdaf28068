"""What is told where the machine is in trouble: a lock, a damaged page, a full disk, too few open files."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from connector.errors import LedgerError
from connector.ledger.database import connect
from connector.ledger.store import Ledger
from connector.machine.storage import words_of_database, words_of_error
from connector.text.cache import TextCache
from connector.text.cache_file import SqliteTexts
from tests.machine.somebody import open_ledger, park
from tests.office import DONE, FAILED, Office
from tests.rules.ground import plain_world


def test_a_locked_ledger_is_told_with_who_holds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.ledger.engines.sqlite.BUSY_S", 0.02)
    holding = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None); db.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()"
    with closing(open_ledger(tmp_path)) as ledger:
        process = subprocess.Popen(
            [sys.executable, "-c", holding, str(tmp_path / "ledger.db")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            assert process.stdout
            assert process.stdout.readline() == b"held\n"
            with pytest.raises(LedgerError, match=rf"has been locked by process {process.pid} \(.*try again"):
                park(ledger)
        finally:
            process.communicate(b"")
        park(ledger)


def fill(ledger: Ledger) -> None:
    """Write much."""
    for number in range(500):
        park(ledger, f"ix-{number}")


class Damaged:
    """A driver that meets a damaged page in the middle of a statement."""

    def execute(self, *_: object) -> None:
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def test_a_damaged_page_met_by_the_fast_way_is_told_as_well(tmp_path: Path) -> None:
    with closing(open_ledger(tmp_path)) as ledger:
        whole, ledger._database.driver = ledger._database.driver, Damaged()  # type: ignore[attr-defined]
        with pytest.raises(LedgerError, match="connector ledger rebuild"):
            ledger.documents("intranet").count()
        ledger._database.driver = whole  # type: ignore[attr-defined]


@contextmanager
def little_room(monkeypatch: pytest.MonkeyPatch, pages: int) -> Iterator[None]:
    """Ledgers that cannot grow beyond so many pages, as on a full disk."""

    def connect_small(url: str) -> Any:
        connection = connect(url)
        connection.driver.execute(f"PRAGMA max_page_count={pages}")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr("connector.ledger.store.connect", connect_small)
        yield


def test_a_full_disk_is_told_with_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = pytest.raises(LedgerError, match=r"disk of the ledger is full \(.* bytes are free at")
    with little_room(monkeypatch, 1), closing(open_ledger(tmp_path)) as ledger, told:
        fill(ledger)


@pytest.mark.parametrize("more", [-100, 0, 5, 7, 9], ids="{} pages more".format)
async def test_a_run_on_a_full_disk_is_told_and_the_next_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    async with plain_world(tmp_path, large=60) as (near, _):
        with near.app().ledger():
            pass
        with closing(sqlite3.connect(near.app().ledger_file or "")) as empty:
            ((pages,),) = empty.execute("PRAGMA page_count")
        with little_room(monkeypatch, max(1, pages + more)):
            report = await near.run("delta")
        assert report.outcome == "failed"
        assert report.documents.live <= len(near.found()), "what was confirmed before is told, and no more"
        assert "disk of the ledger is full" in " ".join(report.reasons)
        near.clock.pass_seconds(1_000)
        report = await near.run("full")
        assert near.found() == near.expected(), report.reasons


def fill_cache(cache: TextCache) -> None:
    """Write much."""
    for number in range(500):
        cache.store_text(str(number), "e", os.urandom(1_500).hex(), truncated=False)


def test_a_full_text_cache_is_told_and_goes_on_with_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each delta ended at the first file that it was to read."""
    store = SqliteTexts(tmp_path)
    with TextCache(tmp_path, 10_000_000, store=store) as cache:
        store._database.execute("PRAGMA max_page_count=1")
        fill_cache(cache)
        assert "disk of the text cache is full" in cache.trouble
        assert cache.find_text("1", "e") is None
        store._database.execute("PRAGMA max_page_count=100000")
        monkeypatch.setattr("connector.text.cache.AGAIN_S", 0.0)
        cache._again_at = 0.0
        cache.store_text("later", "e", "words", truncated=False)
        assert cache.find_text("later", "e") is not None


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "disk is full"),
        (errno.EMFILE, "ulimit -n"),
        (errno.ENFILE, "ulimit -n"),
        (errno.EACCES, "cannot be used"),
        (errno.EROFS, "cannot be used"),
        (errno.EFBIG, "ulimit -f"),
        (errno.EIO, "answers with errors"),
        (errno.ESTALE, "answers with errors"),
        (errno.ENAMETOOLONG, "Name another one"),
        (errno.ELOOP, "Name another one"),
        (errno.EAGAIN, "ulimit -u"),
        (errno.ENOMEM, "MemoryMax="),
        (errno.EBADF, ""),
        (errno.ECONNRESET, ""),
    ],
)
def test_errors_of_the_system_are_words_where_a_person_can_mend_them(
    tmp_path: Path, code: int, told: str
) -> None:
    words = words_of_error(OSError(code, os.strerror(code), str(tmp_path / "x")))
    assert (told in words) if told else (words == "")


def test_limits_of_a_process_are_words_and_everything_else_is_a_bug() -> None:
    """Both were told as bugs of the connector, with tracebacks."""
    with pytest.raises(RuntimeError) as refused:
        Refused().start()
    assert "TasksMax=" in words_of_error(refused.value)
    assert "MemoryMax=" in words_of_error(MemoryError())
    assert words_of_error(RuntimeError("odd")) == ""


class Refused(threading.Thread):
    """A thread that the system does not start: its stack would be larger than all that there is."""

    def start(self) -> None:
        before = threading.stack_size(1 << 46)
        try:
            super().start()
        finally:
            threading.stack_size(before)


VERBS = [
    ["status"],
    ["runs"],
    ["quarantine"],
    ["explain", "x"],
    ["sync"],
    ["sync", "--dry-run"],
    ["backfill"],
    ["ledger", "verify"],
]


def test_a_damaged_page_names_the_command_that_mends_it(office: Office) -> None:
    assert office.ask("backfill").code == DONE
    file = office.folder / "var" / "ledger.db"
    with file.open("r+b") as stream:
        stream.seek(8_192)
        stream.write(b"\xa5" * (file.stat().st_size - 8_192))
    for verb in [*VERBS, ["ledger", "backup", str(office.folder / "copy")]]:
        told = office.ask(*verb)
        assert told.code == FAILED, verb
        assert f"edger {file} is damaged" in told.err.replace("\n  ", " "), (verb, told.err)
        assert "connector ledger rebuild" in told.err, (verb, told.err)
        assert "bug" not in told.err + told.out
    assert office.ask("check", "--json").json["ledger"]["ok"] is False
    assert office.ask("ledger", "rebuild", "--yes").code == DONE
    assert office.ask("ledger", "verify", "--all").code == DONE


def test_a_ledger_of_a_newer_release_is_told_alike_by_every_verb(office: Office) -> None:
    assert office.ask("backfill").code == DONE
    file = office.folder / "var" / "ledger.db"
    with closing(sqlite3.connect(file)) as there, there:
        there.execute("UPDATE alembic_version SET version_num='9999'")
    content = file.read_bytes()
    words = set()
    for verb in [*VERBS, ["ledger", "rebuild", "--yes"], ["ledger", "prune"], ["sync", "--approve", "X"]]:
        told = office.ask(*verb)
        assert told.code == FAILED, verb
        words.add(told.err)
    assert len(words) == 1
    assert "newer release" in words.pop()
    checked = office.ask("check", "--json").json
    assert checked["ok"] is False
    assert "newer release" in checked["ledger"]["message"]
    assert file.read_bytes() == content
    assert not list(file.parent.glob("*.before-*"))


@pytest.fixture
def used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """No further file may be opened."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(os, "scandir", refuse)


@pytest.mark.usefixtures("used_up")
@pytest.mark.parametrize("code", [sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR])
def test_a_ledger_that_cannot_be_opened_since_too_many_files_are_is_not_told_as_a_bad_disk(
    tmp_path: Path, code: int
) -> None:
    error = sqlite3.OperationalError("unable to open database file")
    error.sqlite_errorcode = code
    told = words_of_database(error, tmp_path / "ledger.db", name="ledger", cure="", busy_s=1)
    assert "ulimit -n" in told
    assert "disk" not in told


def test_a_file_of_this_release_that_cannot_be_opened_for_too_many_is_an_error_of_the_ledger_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was taken for a bug, and ended what works on a target for good."""
    open_ledger(tmp_path).close()

    def refuse(_: Path) -> list[str]:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), "versions")

    monkeypatch.setattr("connector.ledger.engines.sqlite.revisions", refuse)
    with pytest.raises(LedgerError, match="ulimit -n"):
        open_ledger(tmp_path)


def test_a_full_standard_output_is_told(office: Office) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        for arguments, unbuffered in (
            (["status"], ""),
            (["status"], "1"),  # as in a container
            (["status", "--json"], ""),
            (["documents", "--csv"], ""),
            (["exchanges", "--markdown"], ""),
            (["status", "--help"], ""),
            (["--help"], ""),
        ):
            process = subprocess.run(
                [sys.executable, "-m", "connector", *arguments],
                cwd=office.folder, env={**os.environ, **office.secrets, "PYTHONUNBUFFERED": unbuffered}, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
            )  # fmt: skip
            assert process.returncode == FAILED
            assert "Traceback" not in process.stderr
            assert process.stderr == "Standard output could not be written: No space left on device.\n"


@pytest.mark.parametrize("allowed", [32, 40, 64, 256])
def test_few_open_files_are_words_or_enough(office: Office, allowed: int) -> None:
    def fewer() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))

    process = subprocess.run(
        [sys.executable, "-m", "connector", "sync", "--mode", "full"],
        cwd=office.folder, env={**os.environ, **office.secrets}, capture_output=True, text=True, check=False, preexec_fn=fewer,
    )  # fmt: skip
    assert "Traceback" not in process.stderr
    if allowed >= 64:
        assert process.returncode == DONE, process.stderr
    else:
        assert process.returncode == FAILED
        assert f"Only {allowed} files may be open at once" in process.stderr
        assert "ulimit -n" in process.stderr
