"""A service that begins while its ledger cannot be used for now: it waits, somebody is told once, and it goes on by itself."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from connector.app import App
from connector.daemon import at_start
from connector.daemon.at_start import LedgerAtStart
from connector.daemon.supervisor import Supervisor
from connector.errors import LedgerDamaged, LedgerError, LedgerNewer
from connector.ledger.store import Ledger
from connector.ledger.trouble import may_pass
from connector.machine import storage
from connector.status.metrics import Metrics
from tests import ledgers
from tests.daemon.serving import make_service, until
from tests.neighbourhood import Neighbourhood
from tests.notify.postoffice import Hook
from tests.notify.telling import by_webhook, end_a_run

FULL = "The disk of the ledger is full (0 bytes are free at /srv). Free some space"


def refused(code: int, kind: type[LedgerError] = LedgerError, words: str = FULL) -> LedgerError:
    """What is raised where SQLite says so."""
    error = kind(words)
    error.__cause__ = sqlite3.OperationalError("as it says it")
    error.__cause__.sqlite_errorcode = code
    return error


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that waits for no minute, and looks again at once."""
    monkeypatch.setattr(at_start, "AWAY_S", 0.0)
    monkeypatch.setattr(at_start, "AWAY_AGAIN_S", 0.0)


@ledgers.IN_A_FILE
@pytest.mark.usefixtures("at_once")
async def test_a_service_that_begins_on_a_full_disk_tells_it_once_waits_and_goes_on_by_itself(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, logs: list[Any]
) -> None:
    """It ended at once: ten times within three minutes, after which systemd starts none, and nobody was told."""
    async with Hook().open() as hook:
        by_webhook(near, hook)
        end_a_run(near, "succeeded")
        opened = App.ledger

        def ledger(_: App) -> Any:
            raise refused(sqlite3.SQLITE_FULL)

        monkeypatch.setattr(App, "ledger", ledger)
        service = make_service(near, news_s=0.05)
        task = asyncio.create_task(service.serve())
        await until(lambda: len(hook.bodies) > 0 or task.done())
        for _ in range(50):
            await asyncio.sleep(0)
        assert not task.done()
        (body,) = hook.bodies
        assert (body["event"], body["outcome"], body["target"], body["run_id"]) == ("failed", "failed", "intranet", "")  # fmt: skip
        for words in ("No run into intranet can be done", FULL, "goes on by itself", "connector check"):
            assert words in body["text"]
        assert [one["event"] for one in logs].count("ledger.unusable") == 1, "however often it looks"
        monkeypatch.setattr(App, "ledger", opened)
        await until(lambda: bool(service.address) or task.done())
        await until(lambda: "recovered" in [one["event"] for one in hook.bodies])
        assert [one["event"] for one in hook.bodies] == ["failed", "recovered"]
        service.stop()
        await task


@ledgers.IN_A_FILE
@pytest.mark.usefixtures("at_once")
async def test_systemd_is_asked_to_wait_on_and_a_stop_ends_the_wait(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, stop = list[str](), asyncio.Event()

    class Heard(Supervisor):
        def tell(self, *lines: str) -> None:
            told.extend(lines)
            stop.set()

    def ledger(_: App) -> Any:
        raise refused(sqlite3.SQLITE_FULL)

    monkeypatch.setattr(App, "ledger", ledger)
    app = near.app()
    waiting = LedgerAtStart(lambda: app, Heard({}), Metrics(), {})
    await waiting.open(stop)
    assert told == [at_start.STILL_WAITS, f"STATUS=no run can be done: {FULL}"]
    assert waiting.kept_out is not None


@ledgers.IN_A_FILE
@pytest.mark.parametrize(
    "error",
    [LedgerNewer("a newer release"), refused(sqlite3.SQLITE_CORRUPT, LedgerDamaged), LedgerError("of another program")],
)  # fmt: skip
async def test_what_no_waiting_mends_ends_a_service_at_its_start(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, error: LedgerError
) -> None:
    def ledger(_: App) -> Any:
        raise error

    monkeypatch.setattr(App, "ledger", ledger)
    with pytest.raises(type(error)):
        await make_service(near).serve()


@pytest.mark.parametrize(
    ("code", "passes"),
    [
        (sqlite3.SQLITE_BUSY, True),
        (sqlite3.SQLITE_LOCKED, True),
        (sqlite3.SQLITE_FULL, True),
        (sqlite3.SQLITE_IOERR | 10 << 8, True),
        (sqlite3.SQLITE_CORRUPT, False),
        (sqlite3.SQLITE_CANTOPEN, False),
        (0, False),
    ],
)
def test_what_sqlite_says_tells_whether_it_may_pass(tmp_path: Path, code: int, passes: bool) -> None:
    assert may_pass(refused(code), tmp_path / "ledger.db") is passes


@pytest.mark.parametrize(
    ("code", "passes"), [(errno.EROFS, True), (errno.EDQUOT, True), (errno.EACCES, False)]
)
def test_a_disk_that_takes_nothing_may_take_it_later_and_another_user_s_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, passes: bool
) -> None:
    Ledger(f"sqlite:///{tmp_path}/ledger.db", now=1.0).close()
    monkeypatch.setattr(storage, "refusal_of", lambda _: OSError(code, os.strerror(code)))
    assert may_pass(LedgerError("cannot be opened"), tmp_path / "ledger.db") is passes
