"""Who may read what the connector writes, and what is told of files of others."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from connector.errors import CacheError, LedgerError
from connector.ledger.backup import back_up
from connector.ledger.copying import copy_ledger
from connector.ledger.store import Ledger
from connector.machine import storage
from connector.machine.lock import only_here
from connector.machine.storage import step_of_access, words_of_access
from connector.text.cache import TextCache
from tests.estates import furnish_small
from tests.machine.somebody import AS_ROOT, ELSE, NOW, SOMEBODY, open_ledger, park, somebody
from tests.neighbourhood import neighbourhood


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


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
@pytest.mark.parametrize(
    ("barred", "bits", "allow"), [("", 0o500, "u+rwx"), ("", 0o000, "u+rwx"), ("/ledger.db", 0o400, "u+rw")]
)
def test_whoever_may_not_write_what_is_their_own_is_told_to_allow_it_and_not_to_be_themselves(
    shared: Path, barred: str, bits: int, allow: str
) -> None:
    folder = shared / "state"
    folder.mkdir()
    os.chown(folder, SOMEBODY, SOMEBODY)
    with somebody(SOMEBODY):
        with closing(open_ledger(folder)) as ledger:
            park(ledger)
        Path(f"{folder}{barred}").chmod(bits)
        with pytest.raises(LedgerError) as caught, closing(open_ledger(folder)) as ledger:
            park(ledger)
        assert f"chmod {allow} {folder}{barred}" in str(caught.value)
        assert "as that user" not in str(caught.value)
        for one in (folder, *folder.glob("ledger.db*")):
            one.chmod(0o700)
        with closing(open_ledger(folder)) as ledger:
            park(ledger)


@AS_ROOT
def test_a_text_cache_of_one_s_own_that_may_not_be_written_is_told_with_what_allows_it(shared: Path) -> None:
    folder = shared / "text"
    folder.mkdir()
    os.chown(folder, SOMEBODY, SOMEBODY)
    with somebody(SOMEBODY):
        folder.chmod(0o500)
        with pytest.raises(CacheError, match=rf"chmod u\+rwx {folder}$"):
            TextCache(folder, 1_000_000)


def test_a_disk_that_became_read_only_is_told_as_that_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.os, "access", lambda *_, **__: False)
    file = tmp_path / "ledger.db"
    assert words_of_access(file).endswith("lies on a disk that cannot be written (read-only)")
    assert step_of_access(file) == "Have that disk mounted for writing."


def test_a_folder_in_the_place_of_the_ledger_is_told_as_one(tmp_path: Path) -> None:
    """Put there while the service runs: at its start the settings say so."""
    (tmp_path / "ledger.db").mkdir()
    with pytest.raises(LedgerError, match=r"ledger\.db is a folder"):
        open_ledger(tmp_path)


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
