"""A ledger in a file of SQLite: opened, migrated, refused."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from connector.errors import LedgerError, SettingsError
from connector.ledger import tables, trouble
from connector.ledger.backup import back_up
from connector.ledger.database import connect, locate, trouble_with
from connector.ledger.statements.compiling import OF_ONE
from connector.ledger.store import Ledger
from tests.ledger_pushes import NOW, make_push, push


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder}/ledger.db"


@pytest.mark.filterwarnings("ignore:.*expression-based index")  # test_schema has those
def test_a_new_ledger_has_every_table_as_the_code_describes_it(tmp_path: Path) -> None:
    ledger = Ledger(url_of(tmp_path), now=NOW)
    ledger.catch_up()
    ledger.close()
    engine = create_engine(url_of(tmp_path))
    with engine.connect() as connection:

        def ours(name: str | None, kind: str, _: object) -> bool:
            # those are of a file only
            return kind != "table" or not str(name).startswith(("titles", "counts_"))

        opts: dict[str, Any] = {
            "compare_type": True,
            "render_as_batch": True,
            "include_name": ours,
            "include_object": lambda _, name, *_more: OF_ONE.get(name, "sqlite") == "sqlite",
        }
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, SQLModel.metadata) == []
        assert context.get_current_revision() is not None
    engine.dispose()
    assert len(SQLModel.metadata.tables) >= 12
    assert tables.DocumentRow.__tablename__ in SQLModel.metadata.tables


def test_a_ledger_keeps_its_name_and_is_not_migrated_twice(tmp_path: Path) -> None:
    first = Ledger(url_of(tmp_path), now=NOW)
    name = first.id
    push(first.documents("intranet"), make_push())
    first.close()
    again = Ledger(url_of(tmp_path), now=NOW + 5)
    assert again.id == name
    assert again.documents("intranet").count() == 1
    again.close()


def test_a_ledger_on_disk_writes_ahead(tmp_path: Path) -> None:
    Ledger(url_of(tmp_path / "var" / "deep"), now=NOW).close()  # folders are made
    with closing(sqlite3.connect(tmp_path / "var" / "deep" / "ledger.db")) as there:
        assert there.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_ledger_of_a_newer_release_is_refused_untouched(tmp_path: Path) -> None:
    Ledger(url_of(tmp_path), now=NOW).close()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as there, there:
        there.execute("UPDATE alembic_version SET version_num='9999'")
    with pytest.raises(LedgerError, match=r"newer release \(its schema is 9999\).*ledger\.url"):
        Ledger(url_of(tmp_path), now=NOW)
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as there:
        assert there.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


@pytest.mark.parametrize(
    "content", [b"this is a letter, not a database" * 40, b"SQLite format 3\x00" + b"\xff" * 600]
)
def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ledger.db").write_bytes(content)
    with pytest.raises(LedgerError, match=r"cannot be opened.*ledger\.url"):
        Ledger(url_of(tmp_path), now=NOW)
    assert (tmp_path / "ledger.db").read_bytes() == content


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match=r"folder of the ledger"):
        Ledger(f"sqlite:///{tmp_path}/file/ledger.db", now=NOW)


def test_a_relative_ledger_stands_beside_the_settings_file() -> None:
    assert locate("sqlite:///var/ledger.db", Path("/etc/x")) == "sqlite:////etc/x/var/ledger.db"
    assert locate("sqlite:////var/lib/ledger.db", Path("/etc/x")) == "sqlite:////var/lib/ledger.db"


def test_a_ledger_that_is_a_link_is_the_file_to_which_it_leads(tmp_path: Path) -> None:
    """A restore by the link took its place, while the service went on with the file; a disk that was not mounted got a new ledger."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "ledger.db").symlink_to("../disk/ledger.db")
    named = f"sqlite:///{tmp_path}/disk/ledger.db"
    assert locate("sqlite:///ledger.db", tmp_path / "etc") == named, "it is not there, or not mounted"
    Ledger(named, now=NOW).close()
    assert locate("sqlite:///ledger.db", tmp_path / "etc") == named
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    assert locate("sqlite:///link/ledger.db", tmp_path).endswith("/link/ledger.db"), (
        "the same folder by another name"
    )


@pytest.mark.parametrize("url", ["mysql://u:hidden-word@host/db", "ledger.db", "mysql://x", ""])
def test_another_database_is_a_settings_error_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        locate(url, Path("/etc/x"))
    assert caught.value.key == "ledger.url"
    assert "hidden-word" not in str(caught.value)


def test_a_new_ledger_may_be_opened_by_several_at_the_same_moment(tmp_path: Path) -> None:
    """A page and its listeners do so at the first start."""

    def look(file: Path, ready: threading.Barrier) -> int:
        ready.wait()
        with closing(Ledger(f"sqlite:///{file}", now=0.0)) as ledger:
            return ledger.documents("intranet").count()

    with ThreadPoolExecutor(4) as threads:
        for number in range(40):
            file, ready = tmp_path / f"{number}.db", threading.Barrier(4)
            assert list(threads.map(look, [file] * 4, [ready] * 4)) == [0] * 4


def test_a_document_that_is_accepted_as_it_was_is_not_written_again(tmp_path: Path) -> None:
    """A full run sends everything; what is several kB of each would fill the file that is written ahead."""
    ledger = Ledger(url_of(tmp_path), now=NOW)
    documents = ledger.documents("intranet")
    push(documents, make_push())

    def written(**other: str) -> int:
        """Rows that one more push writes."""
        before = ledger._database.driver.total_changes  # type: ignore[attr-defined]
        push(documents, make_push(**other), run=2)
        return int(ledger._database.driver.total_changes - before)  # type: ignore[attr-defined]

    assert written() == written(text_key="another") - 1
    ledger.close()


def open_it(file: Path) -> None:
    Ledger(f"sqlite:///{file}", now=NOW).close()


def look_whether_it_can_be_used(file: Path) -> None:
    assert trouble_with(f"sqlite:///{file}") == ""


def back_it_up(file: Path) -> None:
    back_up(file, file.with_name("another.db"))


@pytest.mark.parametrize(
    ("meet", "link"), [(open_it, True), (look_whether_it_can_be_used, False), (back_it_up, False)]
)
def test_what_a_killed_process_wrote_ahead_becomes_no_part_of_a_copy_that_took_the_place_of_its_ledger(
    tmp_path: Path, meet: Callable[[Path], None], link: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By `cp`: SQLite takes whatever is written ahead beside a database for its own."""
    (tmp_path / "disk").mkdir()
    file = tmp_path / "disk" / "ledger.db"
    named = tmp_path / "ledger.db" if link else file
    if link:
        named.symlink_to(file)
    copy, ahead = tmp_path / "copy.db", file.with_name("ledger.db-wal")
    with closing(Ledger(f"sqlite:///{file}", now=NOW)) as ledger:
        back_up(file, copy)
        ledger.runs("intranet").start(mode="full", dry_run=False, now=NOW)
        left = ahead.read_bytes()
    file.write_bytes(copy.read_bytes())
    ahead.write_bytes(left)
    monkeypatch.setattr(trouble, "_looked_at", set())  # as in another process
    meet(named)
    with closing(Ledger(f"sqlite:///{named}", now=NOW)) as ledger:
        assert ledger.how_far().run == 0
    (kept,) = file.parent.glob("ledger.db.before-*-wal")
    assert kept.read_bytes() == left


def test_what_a_killed_process_wrote_ahead_is_a_part_of_its_ledger(tmp_path: Path) -> None:
    file, kept = tmp_path / "ledger.db", tmp_path / "killed"
    kept.mkdir()
    with closing(Ledger(f"sqlite:///{file}", now=NOW)) as ledger:
        ledger.runs("intranet").start(mode="full", dry_run=False, now=NOW)
        for one in ("ledger.db", "ledger.db-wal"):
            (kept / one).write_bytes((tmp_path / one).read_bytes())
    with closing(Ledger(f"sqlite:///{kept}/ledger.db", now=NOW)) as ledger:
        assert ledger.how_far().run == 1


def test_who_looks_at_a_ledger_takes_no_lock_from_who_has_it_open_in_the_same_process(tmp_path: Path) -> None:
    """Whoever closes a file lets go of every lock that its process has on that; SQLite knows, and others do not."""
    file = tmp_path / "ledger.db"
    others = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM ledger')"
    with closing(Ledger(f"sqlite:///{file}", now=NOW)) as ledger:
        ledger.runs("intranet").start(mode="full", dry_run=False, now=NOW)
        for meet in (open_it, look_whether_it_can_be_used, back_it_up):
            meet(file)
            subprocess.run([sys.executable, "-c", others, str(file)], check=True)
            assert file.with_name("ledger.db-wal").exists(), "nobody took himself for the last one"


@pytest.mark.parametrize("named", ["ledger.db", "snapshot.db"])
def test_a_ledger_that_has_a_second_name_is_opened_by_neither_until_that_is_gone(
    tmp_path: Path, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written ahead lies beside a name: two programs that open it by one each damage it."""
    file, second = tmp_path / "ledger.db", tmp_path / "snapshot.db"
    with closing(Ledger(f"sqlite:///{file}", now=NOW)):
        second.hardlink_to(file)
        open_it(file)  # whoever works with it goes on
    monkeypatch.setattr(trouble, "_looked_at", set())  # as in another process
    for meet in (open_it, back_it_up):
        with pytest.raises(LedgerError, match=r"has a second name on its disk .* was no copy"):
            meet(tmp_path / named)
    assert "second name" in trouble_with(f"sqlite:///{tmp_path / named}")
    second.unlink()
    open_it(file)


def test_another_program_s_database_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "mail.db"
    with closing(sqlite3.connect(file)) as mail, mail:
        mail.execute("CREATE TABLE letters (x)")
    before = file.read_bytes()
    with pytest.raises(LedgerError, match=r"another program \(it has letters\)"):
        connect(f"sqlite:///{file}")
    assert "another program" in trouble_with(f"sqlite:///{file}")
    assert file.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["mail.db"]


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_ledger_that_would_be_forgotten_with_its_process_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="names no file, so nothing would be remembered"):
        locate(url, Path("/etc/x"))


def test_a_folder_is_no_ledger_and_is_never_moved_away(tmp_path: Path) -> None:
    for url in ("sqlite:///var", "sqlite:///var/", f"sqlite:///{tmp_path}/var"):
        (tmp_path / "var").mkdir(exist_ok=True)
        with pytest.raises(
            SettingsError, match=r"is a folder; name a file in it, such as sqlite:///.*var/ledger\.db"
        ):
            locate(url, tmp_path)


def test_a_device_is_no_ledger(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SettingsError, match="is no file that can hold a ledger"):
        locate("sqlite:///pipe", tmp_path)
