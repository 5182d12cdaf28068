"""Files of ours: whom they belong to, who may read them, and what is told when they cannot be used."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from connector.errors import CacheError, ConnectorError, LeaseHeld, LedgerError
from connector.ledger.backup import back_up
from connector.ledger.copying import copy_ledger
from connector.ledger.database import connect
from connector.ledger.store import Ledger
from connector.machine import program
from connector.machine.lock import is_served, nobody_serving, only_here, serving
from connector.machine.storage import words_of_access, words_of_error
from connector.text.cache import TextCache
from connector.text.cache_file import SqliteTexts
from tests.estates import furnish_small
from tests.neighbourhood import neighbourhood
from tests.office import DONE, FAILED, Office
from tests.rules.ground import plain_world

NOW = 1_800_000_000.0
SOMEBODY, ELSE = 54_321, 54_322
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that everybody of the machine can reach, as pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="connector-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def somebody(uid: int) -> Iterator[None]:
    """Be another user for a while."""
    os.setegid(uid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def open_ledger(folder: Path) -> Ledger:
    return Ledger(f"sqlite:///{folder}/ledger.db", now=NOW)


def park(ledger: Ledger, name: str = "ix-a") -> None:
    """Write something."""
    ledger.quarantine("intranet").park(
        name, source="interaxo", native=name, room="r", title="T" * 4_000, reason="refused", values={"why": "m"}, version=None, now=NOW
    )  # fmt: skip


# -- who may read them ----------------------------------------------------------------------------


async def test_nobody_else_reads_what_a_run_writes_whatever_the_umask_says(tmp_path: Path) -> None:
    with umask(0o022):
        async with neighbourhood(tmp_path, furnish_small) as near:
            near.values["sources.interaxo.content"] = True
            await near.run("full")
    var = tmp_path / "var"
    assert {one.name for one in var.iterdir()} >= {"ledger.db", "text"}
    for one in (var, *var.rglob("*")):
        assert mode(one) & 0o077 == 0, f"{one}: {mode(one):o}"


def test_what_an_earlier_release_left_open_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with umask(0o022):
        open_ledger(folder).close()
        folder.chmod(0o755)
        (folder / "ledger.db").chmod(0o644)
        TextCache(folder / "text", 1_000_000).close()
        (folder / "text").chmod(0o755)
        (folder / "text" / "texts.sqlite").chmod(0o644)
    with closing(open_ledger(folder)), TextCache(folder / "text", 1_000_000):
        pass
    for one in (folder, folder / "ledger.db", folder / "text", folder / "text" / "texts.sqlite"):
        assert mode(one) & 0o077 == 0, one


@pytest.mark.parametrize(("name", "bits"), [("letters", 0o755), ("tmp", 0o1777)])
def test_a_folder_that_is_not_ours_alone_stays_as_it_is(tmp_path: Path, name: str, bits: int) -> None:
    folder = tmp_path / name
    folder.mkdir()
    (folder / ("letter.txt" if bits == 0o755 else "ledger.db-x")).touch()
    folder.chmod(bits)
    open_ledger(folder).close()
    assert mode(folder) == bits
    assert mode(folder / "ledger.db") == 0o600


@AS_ROOT
def test_what_root_makes_in_the_folder_of_the_service_belongs_to_the_service(shared: Path) -> None:
    folder = shared / "state"
    folder.mkdir(mode=0o700)
    os.chown(folder, SOMEBODY, SOMEBODY)
    with (
        closing(open_ledger(folder)) as ledger,
        TextCache(folder / "text", 1_000_000),
        only_here(str(shared), folder),
    ):
        park(ledger)
        made = list(folder.rglob("*"))
        assert {one.name for one in made} >= {"ledger.db", "ledger.db-wal", "text", "texts.sqlite"}
        assert {one.stat().st_uid for one in made} == {SOMEBODY}
    with somebody(SOMEBODY), closing(open_ledger(folder)) as ledger, TextCache(folder / "text", 1_000_000):
        park(ledger)


# -- what is told of others' files ----------------------------------------------------------------


@AS_ROOT
@pytest.mark.parametrize(
    ("folder_mode", "told"), [(0o700, "state belongs to"), (0o755, "ledger.db belongs to")]
)
def test_a_ledger_of_another_user_is_told_as_such(shared: Path, folder_mode: int, told: str) -> None:
    folder = shared / "state"
    folder.mkdir()
    os.chown(folder, SOMEBODY, SOMEBODY)
    with somebody(SOMEBODY):
        open_ledger(folder).close()
    folder.chmod(folder_mode)
    with somebody(ELSE), pytest.raises(LedgerError) as caught:
        open_ledger(folder)
    words = str(caught.value)
    assert (
        f"{told} uid {SOMEBODY}, mode 0{'700' if folder_mode == 0o700 else '600'}; you are uid {ELSE}"
        in words
    )
    assert "backup" not in words
    assert "rebuild" not in words


@AS_ROOT
def test_a_ledger_that_may_only_be_read_is_told_as_such(shared: Path) -> None:
    folder = shared / "state"
    folder.mkdir()
    os.chown(folder, SOMEBODY, SOMEBODY)
    with somebody(SOMEBODY):
        open_ledger(folder).close()
        (folder / "ledger.db").chmod(0o400)
        with closing(open_ledger(folder)) as ledger, pytest.raises(LedgerError, match="mode 0400"):
            park(ledger)


@AS_ROOT
@pytest.mark.parametrize("bits", [0o700, 0o755])
def test_a_text_cache_of_another_user_is_told_as_such(shared: Path, bits: int) -> None:
    folder = shared / "text"
    TextCache(folder, 1_000_000).close()
    folder.chmod(bits)
    with (
        somebody(SOMEBODY),
        pytest.raises(CacheError, match=rf"belongs to root \(uid 0\).*you are uid {SOMEBODY}"),
    ):
        TextCache(folder, 1_000_000)


@AS_ROOT
def test_where_nothing_is_wrong_nothing_is_told(shared: Path) -> None:
    assert words_of_access(shared / "new" / "ledger.db") == ""
    with somebody(SOMEBODY):
        assert "belongs to root (uid 0), mode 0755" in words_of_access(shared / "new" / "ledger.db")


@AS_ROOT
def test_a_ledger_of_another_user_that_is_to_be_copied_is_not_taken_for_none(shared: Path) -> None:
    file, to = shared / "var" / "ledger.db", shared / "copy.db"
    Ledger(f"sqlite:///{file}", now=NOW).close()
    shared.chmod(0o777)  # the copy could be made
    for bits in (0o700, 0o755):
        file.parent.chmod(bits)
        file.chmod(0o600)
        with somebody(SOMEBODY), pytest.raises(LedgerError, match=r"belongs to root.*you are uid 54321"):
            copy_ledger(f"sqlite:///{file}", f"sqlite:///{to}", now=NOW)
        with somebody(SOMEBODY), pytest.raises(LedgerError, match=r"belongs to root.*you are uid 54321"):
            back_up(file, to)
    assert not to.exists()


# -- what is told of a ledger in trouble ----------------------------------------------------------


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


def test_a_full_text_cache_is_told_and_goes_on_with_room(tmp_path: Path) -> None:
    store = SqliteTexts(tmp_path)
    with TextCache(tmp_path, 10_000_000, store=store) as cache:
        store._database.execute("PRAGMA max_page_count=1")
        with pytest.raises(CacheError, match="disk of the text cache is full"):
            fill_cache(cache)
        store._database.execute("PRAGMA max_page_count=100000")
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
        (errno.EBADF, ""),
        (errno.ECONNRESET, ""),
    ],
)
def test_errors_of_the_system_are_words_where_a_person_can_mend_them(
    tmp_path: Path, code: int, told: str
) -> None:
    words = words_of_error(OSError(code, os.strerror(code), str(tmp_path / "x")))
    assert (told in words) if told else (words == "")


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


def test_a_full_standard_output_is_told(office: Office) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        clean = {key: value for key, value in os.environ.items() if not key.startswith("CONNECTOR_")}
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
                cwd=office.folder, env={**clean, **office.secrets, "PYTHONUNBUFFERED": unbuffered}, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
            )  # fmt: skip
            assert process.returncode == FAILED
            assert "Traceback" not in process.stderr
            assert process.stderr == "Standard output could not be written: No space left on device.\n"


@pytest.mark.parametrize("allowed", [32, 40, 64, 256])
def test_few_open_files_are_words_or_enough(office: Office, allowed: int) -> None:
    def fewer() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))

    clean = {key: value for key, value in os.environ.items() if not key.startswith("CONNECTOR_")}
    process = subprocess.run(
        [sys.executable, "-m", "connector", "sync", "--mode", "full"],
        cwd=office.folder, env={**clean, **office.secrets}, capture_output=True, text=True, check=False, preexec_fn=fewer,
    )  # fmt: skip
    assert "Traceback" not in process.stderr
    if allowed >= 64:
        assert process.returncode == DONE, process.stderr
    else:
        assert process.returncode == FAILED
        assert f"Only {allowed} files may be open at once" in process.stderr
        assert "ulimit -n" in process.stderr


# -- one writer -----------------------------------------------------------------------------------


def test_a_ledger_s_folder_holds_one_lock_for_each_target(tmp_path: Path) -> None:
    keys = [f"{tmp_path} {n}" for n in range(2)]
    with only_here(keys[0], tmp_path), only_here(keys[1], tmp_path):
        for one in keys:
            with pytest.raises(LeaseHeld), only_here(one, tmp_path):
                pass
    with only_here(keys[0], tmp_path):
        pass


def test_whether_a_service_runs_is_told_by_its_lock_and_keeps_none_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_served(tmp_path) is False, "there never was one"
    with serving(tmp_path):
        assert is_served(tmp_path) is True
        assert is_served(tmp_path) is True, "whoever looks takes nothing away"
    assert is_served(tmp_path) is False
    waits: list[float] = []
    with ExitStack() as looking:
        looking.enter_context(nobody_serving(tmp_path))  # as long as whoever looks
        monkeypatch.setattr("connector.machine.lock.time.sleep", lambda s: (waits.append(s), looking.close()))
        with serving(tmp_path):
            assert len(waits) == 1
    monkeypatch.setattr("connector.machine.lock.time.sleep", waits.append)
    with (
        nobody_serving(tmp_path),
        pytest.raises(LeaseHeld, match="ledger restore, or a run by hand"),
        serving(tmp_path),
    ):
        pass


def test_two_ledgers_of_one_target_exclude_each_other(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with only_here(str(tmp_path), tmp_path / "one"):
        for folder in (tmp_path / "two", None):
            with pytest.raises(LeaseHeld), only_here(str(tmp_path), folder):
                pass


def test_services_that_share_a_ledger_pass_each_other_by_and_keep_every_other_ledger_out(
    tmp_path: Path,
) -> None:
    key, one, two = str(tmp_path), "postgresql://db.example.com/one", "postgresql://db.example.com/two"
    with only_here(key, shared=one):
        with only_here(key, shared=one), pytest.raises(LeaseHeld), only_here(key, shared=two):
            pass
        with pytest.raises(LeaseHeld), only_here(key, tmp_path):
            pass
    with only_here(key, tmp_path), pytest.raises(LeaseHeld), only_here(key, shared=one):
        pass
    with only_here(key, shared=two):
        pass


@AS_ROOT
@pytest.mark.parametrize("listening", [True, False])
def test_no_other_user_can_block_a_target_of_a_shared_ledger(tmp_path: Path, listening: bool) -> None:
    key = str(tmp_path)
    name = f"\0interact-connector-{blake2b(key.encode(), digest_size=16).hexdigest()}"
    with somebody(SOMEBODY), closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as squatter:
        squatter.bind(name)
        if listening:
            squatter.listen()
        os.seteuid(0)
        with only_here(key, shared="one"), only_here(key, shared="one"):
            pass


@AS_ROOT
@pytest.mark.parametrize("listening", [True, False])
def test_no_other_user_can_block_a_target(tmp_path: Path, listening: bool) -> None:
    key = str(tmp_path)
    name = f"\0interact-connector-{blake2b(key.encode(), digest_size=16).hexdigest()}"
    with somebody(SOMEBODY), closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as squatter:
        squatter.bind(name)
        if listening:
            squatter.listen()
        with pytest.raises(LeaseHeld), only_here(key):
            pass
        os.seteuid(0)
        with only_here(key, tmp_path), pytest.raises(LeaseHeld), only_here(key, tmp_path):
            pass


@AS_ROOT
def test_root_and_the_service_exclude_each_other(shared: Path) -> None:
    folder = shared / "state"
    folder.mkdir(mode=0o700)
    os.chown(folder, SOMEBODY, SOMEBODY)
    other = shared / "other"
    other.mkdir(mode=0o700)
    os.chown(other, SOMEBODY, SOMEBODY)
    with only_here(str(shared), folder):
        for where in (folder, other):
            with somebody(SOMEBODY), pytest.raises(LeaseHeld), only_here(str(shared), where):
                pass
    with somebody(SOMEBODY), only_here(str(shared), folder):
        os.seteuid(0)
        for where in (folder, other):
            with pytest.raises(LeaseHeld), only_here(str(shared), where):
                pass


# -- the process ----------------------------------------------------------------------------------


def test_a_process_leaves_no_core_and_writes_for_itself_alone() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, resource; from connector.machine.program import settle; settle();"
            " print(resource.getrlimit(resource.RLIMIT_CORE), oct(os.umask(0)))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "(0, 0) 0o77"


def test_a_run_needs_files_for_its_calls_and_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program.resource, "getrlimit", lambda _: (64, 64))
    program.need_files(20, 2)
    with pytest.raises(ConnectorError, match="needs 130"):
        program.need_files(100, 2)


def test_a_database_that_may_not_grow_is_told_with_the_limit_and_not_as_a_broken_disk(tmp_path: Path) -> None:
    script = (
        "import resource, sqlite3, sys; from pathlib import Path\n"
        "from connector.machine.storage import words_of_database\n"
        "file = Path(sys.argv[1]); resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "database = sqlite3.connect(file); database.execute('CREATE TABLE t (x)')\n"
        "try: database.execute('INSERT INTO t VALUES (zeroblob(90000))'); database.commit()\n"
        "except sqlite3.Error as error: print(words_of_database(error, file, name='ledger', cure='', busy_s=1))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "ledger.db")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "A file may not grow so large" in told.stdout
    assert "ulimit -f" in told.stdout
