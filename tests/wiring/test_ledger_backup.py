"""`connector ledger backup | restore`: a copy while others work, and put back only when nobody does."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from connector.commands.inspection import inspect
from connector.errors import LeaseHeld, LedgerError, SettingsError
from connector.ledger import backup, orders_file
from connector.ledger.backup import _told, look_into, take_leases
from connector.ledger.database import MIGRATIONS
from connector.ledger.engines import sqlite
from connector.ledger.leases import LEASE_S
from connector.ledger.store import Ledger
from connector.ledger.upgrade import upgrade
from connector.machine.lock import only_here, serving
from connector.plan.findings import Code
from connector.wiring.ledger_backup import back_up_ledger, look_at_copy, restore_ledger
from connector.wiring.offline import Offline
from connector.wiring.orders import know_hidden
from tests import ledgers, short_cuts
from tests.estates import furnish_small
from tests.locked import locked
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.office import BUSY, DONE, FAILED, USAGE, Office
from tests.rules.ground import live_gone, plain_world, small_world
from tests.rules.hiding import hide


@pytest.fixture(autouse=True)
def as_in_every_connector(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that nobody has open is one file."""
    short_cuts.leave(monkeypatch)


def back_up(near: Neighbourhood, name: str = "copy.db") -> Path:
    return Path(back_up_ledger(near.app(), near.folder / name).file)


def restore(near: Neighbourhood, copy: Path) -> Path | None:
    look_at_copy(near.app(), copy)
    return restore_ledger(near.app(), copy, now=near.clock())


async def test_a_backup_of_a_ledger_that_is_written_to_is_whole_closed_to_others_and_tells_what_it_holds(
    tmp_path: Path,
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        with near.app().ledger() as ledger, ledger.documents("intranet").at_once():
            # a transaction of somebody else stays open: it neither waits nor is waited for
            ledger.notes("").put("half", "way", b"1")
            found = back_up_ledger(near.app(), tmp_path / "copy.db")
        assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
        (told,) = found.targets.values()
        assert sum(told.documents.values()) == 14
        assert told.intranet.endswith(f"|{near.intranet.app_id}")
        assert told.finished_at == pytest.approx(near.clock(), abs=5)
        assert {one for one in os.listdir(tmp_path) if "copy" in one} == {"copy.db"}
        with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
            assert copy.execute("SELECT count(*) FROM notes WHERE kind='half'").fetchone() == (0,)


async def test_a_backup_replaces_an_earlier_one_and_nothing_else(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        with pytest.raises(LedgerError, match="no ledger"):
            back_up(near)
        await near.run("full")
        back_up(near)
        await near.run("delta")
        back_up(near)
        (tmp_path / "letter.db").write_text("Dear sir", encoding="utf-8")
        for name, words in (
            ("letter.db", "not a copy of a ledger"),
            ("var/ledger.db", "the ledger itself"),
            ("var", "folder"),
            ("none/copy.db", "There is no folder .*none"),
        ):
            with pytest.raises(LedgerError, match=words):
                back_up(near, name)
        assert (tmp_path / "letter.db").read_text(encoding="utf-8") == "Dear sir"


async def test_what_a_backup_that_was_killed_left_is_taken_away_by_the_next_one_there_whatever_its_name(
    tmp_path: Path,
) -> None:
    """With a date in the name each night that ended by SIGTERM left as much as the whole ledger, until its disk was full."""
    async with plain_world(tmp_path) as (near, _):
        await near.run("full")
        folder = tmp_path / "usb"
        folder.mkdir()
        long_ago = ["monday.db.ledger-half", "monday.db.ledger-half-journal", "monday.db", "letter.half"]
        for name in (*long_ago, "another.db.ledger-half"):
            (folder / name).touch()
        for name in long_ago:
            os.utime(folder / name, (1, 1))
        back_up(near, "usb/tuesday.db")
        assert set(os.listdir(folder)) == {"monday.db", "letter.half", "another.db.ledger-half", "tuesday.db"}


async def test_what_was_written_after_a_backup_is_noticed_also_where_no_note_beside_a_room_tells_of_it(
    tmp_path: Path,
) -> None:
    """A delta writes no note where no room's own document changes, and what changed may have changed back since."""
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        asked = near.document(small.rfi)["Title"]
        copy = back_up(near)
        near.rooms.edit_entry(small.rfi, {"Title": "Which nuts?"})
        await near.run("delta")
        assert near.document(small.rfi)["Title"] != asked
        near.rooms.edit_entry(small.rfi, {"Title": asked})
        aside = restore(near, copy)
        assert aside is not None
        assert aside.is_file()
        mark = near.intranet.mark()
        report = await near.run("delta")
        assert set(near.intranet.pushed_since(mark)) == near.expected()
        assert near.document(small.rfi)["Title"] == asked
        assert Code.OTHER_LEDGER in report.codes
        assert not live_gone(near)
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons


async def test_nothing_is_put_back_while_somebody_works_with_the_ledger(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        copy = back_up(near)
        app = near.app()
        async with app.target("intranet") as target:
            key = target.key
        with serving(tmp_path / "var"), pytest.raises(LeaseHeld, match="service"):
            restore(near, copy)
        with only_here(key, tmp_path / "var"), pytest.raises(LeaseHeld, match="Another run"):
            restore(near, copy)
        with app.ledger() as ledger:
            ledger.runs("intranet").take_lease(now=near.clock())
        with closing(sqlite3.connect(tmp_path / "var" / "ledger.db")) as there, there:
            there.execute("UPDATE leases SET reach='another machine'")
        with pytest.raises(LeaseHeld, match="lease lasts"):
            restore(near, copy)
        near.clock.pass_seconds(LEASE_S)
        assert restore(near, copy) is not None
        with serving(tmp_path / "var"), serving(tmp_path / "var"):
            pass  # two services of two targets share a folder


@ledgers.IN_A_FILE
async def test_a_ledger_by_a_link_is_put_back_where_it_is_and_not_while_a_service_uses_its_file(
    tmp_path: Path,
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        copy, link = back_up(near), tmp_path / "ledger.db"
        link.symlink_to("var/ledger.db")
        near.values["ledger.url"] = "sqlite:///ledger.db"
        with serving(tmp_path / "var"), pytest.raises(LeaseHeld, match="service"):
            restore(near, copy)
        assert restore(near, copy) == tmp_path / "var" / f"ledger.db.before-{int(near.clock())}"
        assert link.is_symlink()
        await near.run("delta")
        assert set(os.listdir(tmp_path)) == {"var", "copy.db", "ledger.db"}


async def test_a_damaged_ledger_is_set_aside_like_any_other(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        copy = back_up(near)
        ledger = tmp_path / "var" / "ledger.db"
        ledger.write_bytes(b"SQLite format 3\x00" + b"\xff" * 600)
        aside = restore(near, copy)
        assert aside is not None
        assert aside.read_bytes().endswith(b"\xff")
        assert ledger.stat().st_mode & 0o777 == 0o600
        report = await near.run("full")
        assert near.found() == near.expected()
        assert report.outcome in {"withheld", "succeeded"}


async def test_what_is_left_of_a_ledger_that_somebody_moved_away_becomes_no_part_of_the_one_that_is_put_back(
    tmp_path: Path,
) -> None:
    """SQLite takes whatever is written ahead beside a database for its own."""
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        copy = back_up(near)
        ledger = tmp_path / "var" / "ledger.db"
        ahead = ledger.with_name("ledger.db-wal")
        with near.app().ledger() as one:
            name = one.id
            ledgers.ask(tmp_path, "UPDATE documents SET title='of the other'")
            left = ahead.read_bytes()  # as a process leaves it that is killed
        ledger.unlink()
        ahead.write_bytes(left)
        aside = restore(near, copy)
        assert ledgers.ask(tmp_path, "SELECT count(*) FROM documents WHERE title='of the other'") == [(0,)]
        assert ledgers.ask(tmp_path, "PRAGMA integrity_check") == [("ok",)]
        with near.app().ledger() as one:
            assert one.id != name
        assert aside is None
        (kept,) = (tmp_path / "var").glob("ledger.db.before-*-wal")
        assert kept.read_bytes() == left


async def test_a_ledger_that_somebody_writes_to_is_not_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        copy = back_up(near)
        monkeypatch.setattr(sqlite, "BUSY_S", 0.01)
        with locked(tmp_path / "var" / "ledger.db"), pytest.raises(LedgerError, match="locked"):
            restore(near, copy)
        assert restore(near, copy) is not None


@pytest.mark.parametrize("full", ["usb", "var"])
async def test_the_disk_that_is_full_is_the_one_that_is_told(
    tmp_path: Path, full: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy goes from one disk to another, whichever way."""
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        (tmp_path / "usb").mkdir()
        copy, connect = back_up(near, "usb/copy.db"), sqlite3.connect

        def onto_a_full_disk(file: object, *told: object, **more: object) -> sqlite3.Connection:
            database: sqlite3.Connection = connect(file, *told, **more)  # type: ignore[call-overload]
            if str(file).endswith("half"):
                database.execute("PRAGMA max_page_count=2")
            return database

        monkeypatch.setattr(sqlite3, "connect", onto_a_full_disk)
        with pytest.raises(
            LedgerError, match=f"disk of the copy of the ledger is full .*bytes are free at {tmp_path / full}"
        ):
            restore(near, copy) if full == "var" else back_up(near, "usb/copy.db")
        monkeypatch.undo()
        assert [one.name for one in (tmp_path / "usb").iterdir()] == ["copy.db"]
        assert restore(near, copy) is not None


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_WRITE])
def test_the_memory_that_readers_share_is_that_of_the_ledger_which_is_copied(
    tmp_path: Path, code: int
) -> None:
    """Where a disk is so full that nobody can look into the ledger, the copy on another disk is not what fails."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    told = "ledger.db" if code == sqlite3.SQLITE_IOERR_SHMSIZE else "copy.db"
    with (
        pytest.raises(LedgerError, match=rf"/{told} answers with errors"),
        _told(tmp_path / "ledger.db", into=tmp_path / "copy.db"),
    ):
        raise error


@pytest.mark.parametrize("how", ["restore", "rebuild"])
@pytest.mark.parametrize("file", ["damaged", "full disk"])
async def test_a_ledger_stays_while_what_people_hid_cannot_be_kept_beside_it(
    tmp_path: Path, how: str, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but that ledger knows of an order whose file is lost; the next one would show again what it hid."""
    async with plain_world(tmp_path, alpha=3, beta=3) as (near, roots):
        await near.run("full")
        copy = back_up(near)
        await hide(near, roots["alpha"])
        beta, orders = near.found(), tmp_path / "var" / "hidden.json"
        if file == "damaged":
            orders.write_bytes(orders.read_bytes()[:20])
        else:
            orders.unlink()
        with monkeypatch.context() as broken:
            if file == "full disk":
                broken.setattr(orders_file, "replace_file", full_disk)
            with pytest.raises(LedgerError, match=r"hidden\.json"):
                await put_another(near, how, copy)
        orders.unlink(missing_ok=True)  # as its words say: what the ledger knows is written again
        await put_another(near, how, copy)
        for mode in ("delta", "full"):
            await near.run(mode)
            assert near.found() == beta


async def put_another(near: Neighbourhood, how: str, copy: Path) -> None:
    """Another ledger in the place of today's."""
    if how == "restore":
        restore(near, copy)
    else:
        await near.app().rebuild("intranet")


def full_disk(path: Path, content: bytes, *, sync: bool) -> None:
    raise OSError(errno.ENOSPC, "No space left on device", str(path))


MISFITS = {
    "cut": "damaged",
    "index": "damaged",
    "newer": "newer release",
    "letter": "not a copy of a ledger",
    "absent": "There is no file",
    "target": "elsewhere, which the settings do not have",
}
STATEMENTS = {
    "newer": "UPDATE alembic_version SET version_num='9999'",
    "target": "UPDATE runs SET target='elsewhere'",
    # a row and its index tell different things: only a reading of the whole file finds it
    "index": "UPDATE sqlite_master SET sql=replace(sql, 'address', 'source') WHERE name='persons_address'",
}


def spoil(copy: Path, what: str) -> None:
    if what == "cut":
        copy.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])
    elif what == "letter":
        copy.write_text("Dear sir" * 500, encoding="utf-8")
    elif what == "absent":
        copy.unlink()
    else:
        with closing(sqlite3.connect(copy)) as there, there:
            there.execute("PRAGMA writable_schema=ON")
            there.execute(STATEMENTS[what])


async def test_a_copy_that_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        before = near.found()
        copy = back_up(near)
        whole = copy.read_bytes()
        for what, words in MISFITS.items():
            copy.write_bytes(whole)
            spoil(copy, what)
            with pytest.raises(LedgerError, match=words):
                restore(near, copy)
        copy.write_bytes(whole)
        near.values["targets.intranet.app_id"] = "99"
        with pytest.raises(LedgerError, match=r"another intranet.*appid"):
            restore(near, copy)
        near.values["targets.intranet.app_id"] = near.intranet.app_id
        copy.chmod(0o400)
        assert look_at_copy(near.app(), copy).targets
        assert {one for one in os.listdir(tmp_path / "var") if "ledger" in one} == {"ledger.db"}
        report = await near.run("delta")
        assert report.outcome == "succeeded"
        assert near.found() == before


async def test_a_backup_of_an_earlier_release_is_migrated_when_it_is_opened(tmp_path: Path) -> None:
    old = Path(__file__).parents[1] / "samples" / "ledger_of_0001" / "ledger.sql"
    async with neighbourhood(tmp_path, furnish_small) as near:
        copy = tmp_path / "old.db"
        with closing(sqlite3.connect(copy)) as there, there:
            there.executescript(old.read_text(encoding="utf-8"))
        found = look_at_copy(near.app(), copy)
        assert found.schema == "0001"


@pytest.mark.parametrize("revision", ["0001", "0018"])
def test_a_copy_of_an_earlier_release_is_put_back(tmp_path: Path, revision: str) -> None:
    of_then = shutil.copytree(MIGRATIONS, tmp_path / "migrations")
    for later in sorted((of_then / "versions").glob("m*.py")):
        if later.name[1:5] > revision:
            later.unlink()
    copy, ledger = tmp_path / "copy.db", tmp_path / "ledger.db"
    with closing(sqlite3.connect(copy)) as there, there:
        upgrade(there, of_then)
        there.execute("INSERT INTO ledger (id, made_at) VALUES ('OLD', 1)")
    assert look_into(copy).schema == revision
    ledger.write_bytes(copy.read_bytes())
    take_leases(ledger, ["intranet"], now=1.0)
    assert backup.restore(copy, ledger, now=2.0) is not None
    with closing(Ledger(f"sqlite:///{ledger}", now=3.0)) as one:
        assert one.id != "OLD"


@pytest.mark.parametrize("verb", ["backup", "restore"])
async def test_a_ledger_in_postgresql_is_left_to_its_own_programs(tmp_path: Path, verb: str) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        near.values["ledger.url"] = "postgresql://kari:hidden-word@db.example.com:5433/ledger?sslmode=require"
        app = Offline(near.app().loaded)
        with pytest.raises(SettingsError) as caught:
            (back_up_ledger if verb == "backup" else look_at_copy)(app, tmp_path / "copy.dump")
        assert {"backup": "pg_dump", "restore": "pg_restore"}[verb] in str(caught.value)
        assert "postgresql://kari@db.example.com:5433/ledger" in str(caught.value)
        assert "hidden-word" not in str(caught.value)


async def test_a_ledger_that_does_not_answer_is_not_taken_for_one_in_which_nothing_is_hidden(
    tmp_path: Path,
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        near.values["ledger.url"] = f"postgresql://kari@/ledger?host={tmp_path}"
        with closing(Ledger("sqlite://", now=near.clock())) as played:
            assert "cannot be used" in know_hidden(Offline(near.app().loaded), played, "intranet")
        with pytest.raises(LedgerError, match="cannot be used"):
            near.app().has_ledger()  # else what the search test finds would be kept nowhere
        told = await inspect(near.app(), now=near.clock())
        assert not told["ledger"]["ok"]
        assert told["targets"]["intranet"]["ok"], "the rest is looked at all the same"


def test_the_verbs_say_what_a_copy_holds_and_ask_before_it_is_put_back(tmp_path: Path) -> None:
    office = Office(tmp_path)
    with office.server as urls:
        office.write_settings(urls)
        assert office.ask("ledger", "backup", str(tmp_path / "copy.db")).code == FAILED
        assert office.ask("sync", "--mode", "full").code == DONE
        told = office.ask("ledger", "backup", str(tmp_path / "copy.db"))
        assert told.code == DONE
        assert "intranet: 14 documents" in told.out
        assert "last run 20" in told.out
        asked = office.ask("ledger", "restore", str(tmp_path / "copy.db"))
        assert asked.code == USAGE
        assert "--yes" in asked.err
        assert "will become the ledger" in " ".join(asked.err.split()), "it is not done yet"
        itself = office.ask("ledger", "restore", str(tmp_path / "var" / "ledger.db"), "--yes")
        assert itself.code == FAILED
        assert "is the ledger itself" in " ".join(itself.err.split())
        with serving(tmp_path / "var"):
            assert office.ask("ledger", "restore", str(tmp_path / "copy.db"), "--yes").code == BUSY
        done = office.ask("ledger", "restore", str(tmp_path / "copy.db"), "--yes", "--json")
        assert done.code == DONE
        assert Path(done.json["old_ledger"]).is_file()
        assert done.json["targets"]["intranet"]["documents"] == {"live": 14}
        assert office.ask("status").code == DONE
