"""What a process leaves, writes and needs."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from connector.errors import ConnectorError
from connector.machine import program
from tests.machine.somebody import open_ledger, park


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


@pytest.mark.parametrize("allowed", [0.1, 0.5, 0.95])
def test_a_copy_of_the_ledger_that_may_not_grow_is_told_with_the_limit_and_not_as_a_broken_disk(
    tmp_path: Path, allowed: float
) -> None:
    with closing(open_ledger(tmp_path)) as ledger:
        for number in range(500):
            park(ledger, f"ix-{number}")
    file = tmp_path / "ledger.db"
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from connector.errors import LedgerError\n"
        "from connector.ledger.backup import back_up\n"
        "file, most = Path(sys.argv[1]), int(sys.argv[2]); resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))\n"
        "try: back_up(file, file.with_name('copy.db'))\n"
        "except LedgerError as error: print(error)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(file), str(int(file.stat().st_size * allowed))],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "A file may not grow so large" in told.stdout
    assert not list(tmp_path.glob("copy.db*"))
