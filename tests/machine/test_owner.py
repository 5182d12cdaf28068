"""What is made here is for its owner only, and root leaves nothing that a service of another user could not write."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from connector.ledger.store import Ledger
from connector.machine import owner
from connector.text.cache import TextCache
from connector.text.downloads import DownloadFolder

SERVICE = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def owners(folder: Path) -> set[int]:
    return {path.stat().st_uid for path in folder.rglob("*")}


@pytest.fixture
def _careless() -> object:
    """A shell whose umask lets everybody read, as most do."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_careless")
def test_a_new_ledger_and_cache_are_for_their_owner_only(tmp_path: Path) -> None:
    Ledger(f"sqlite:///{tmp_path / 'var' / 'deep' / 'ledger.db'}", now=1.0).close()
    with TextCache(tmp_path / "var" / "text", 1_000_000), DownloadFolder(tmp_path / "var" / "down") as folder:
        folder.new_path()
        found = list((tmp_path / "var").rglob("*"))
        assert {mode(path) for path in found if path.is_dir()} | {mode(tmp_path / "var")} == {0o700}
        assert {mode(path) for path in found if path.is_file()} == {0o600}


def test_a_ledger_that_everybody_could_read_is_closed_when_it_is_opened(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    Ledger(f"sqlite:///{file}", now=1.0).close()
    file.chmod(0o644)
    Ledger(f"sqlite:///{file}", now=2.0).close()
    assert mode(file) == 0o600


@as_root
def test_what_root_makes_beside_a_service_belongs_to_the_service(tmp_path: Path) -> None:
    os.chown(tmp_path, SERVICE, SERVICE)
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    ledger = Ledger(url, now=1.0)
    with TextCache(tmp_path / "text", 1_000_000), DownloadFolder(tmp_path / "text" / "down") as folder:
        folder.new_path()
        ledger.prune(before=0.0)
        assert {path.name for path in tmp_path.rglob("*")} >= {
            "ledger.db",
            "ledger.db-wal",
            "text",
            "texts.sqlite",
        }
        assert owners(tmp_path) == {SERVICE}
    ledger.close()


@as_root
def test_what_root_makes_in_its_own_folders_stays_its_own(tmp_path: Path) -> None:
    owner.make_folder(tmp_path / "a" / "b")
    owner.make_file(tmp_path / "a" / "b" / "c")
    assert owners(tmp_path) == {0}


def test_a_folder_cannot_be_made_where_a_file_stands(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="directory"):
        owner.make_folder(tmp_path / "file")
    with pytest.raises(OSError, match="directory"):
        owner.make_folder(tmp_path / "file" / "below")


def test_an_empty_file_is_a_ledger_that_begins(tmp_path: Path) -> None:
    owner.make_file(tmp_path / "ledger.db")
    Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", now=1.0).close()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as found:
        assert found.execute("SELECT count(*) FROM runs").fetchone() == (0,)


def test_what_is_no_file_stays_as_open_as_it_was(tmp_path: Path) -> None:
    """Root that names a device as a file of ours would close /dev/null to everybody else."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    pipe.chmod(0o666)
    owner.make_file(pipe)
    assert stat.S_IMODE(pipe.stat().st_mode) == 0o666
