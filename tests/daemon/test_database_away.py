"""A service whose database is away as it begins: it waits, hears signals, and does not wait for ever."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import pytest

from connector.app import App
from connector.daemon.timetable import Timetable
from connector.engine.one_process import Here
from connector.errors import LedgerAway
from connector.notify.notifier import AWAKE_S
from tests.daemon.serving import make_service, serving, until
from tests.neighbourhood import Neighbourhood
from tests.notify.postoffice import Hook
from tests.notify.telling import by_webhook
from tests.patience import IN_VAIN_S


async def test_a_service_waits_at_its_start_for_a_database_that_is_away(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, logs: list[Any]
) -> None:
    monkeypatch.setattr("connector.daemon.at_start.AWAY_AGAIN_S", 0.0)
    opened, away = App.ledger, [LedgerAway("it starts")] * 2

    def ledger(app: App) -> Any:
        if away:
            raise away.pop()
        return opened(app)

    monkeypatch.setattr(App, "ledger", ledger)
    async with serving(make_service(near)):
        assert [one["event"] for one in logs].count("ledger.unusable") == 1, "the same is told once"


async def test_somebody_is_told_of_a_database_that_is_away_for_an_hour_as_a_service_begins(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ended each minute and was started again, so that it knew each time for the first minute only."""
    monkeypatch.setattr("connector.daemon.at_start.AWAY_S", 0.0)
    monkeypatch.setattr("connector.daemon.at_start.AWAY_AGAIN_S", 0.0)
    looks, opened = 0, App.ledger

    def ledger(_: App) -> Any:
        nonlocal looks
        looks += 1
        raise LedgerAway("the database does not answer")

    async with Hook().open() as hook:
        by_webhook(near, hook)
        monkeypatch.setattr(App, "ledger", ledger)
        service = make_service(near)
        task = asyncio.create_task(service.serve())
        await until(lambda: looks > 5 or task.done())
        assert not hook.bodies, "it may come back"
        near.clock.pass_seconds(AWAKE_S)
        await until(lambda: bool(hook.bodies) or task.done())
        (body,) = hook.bodies
        assert body["event"] == "late"
        assert "the database does not answer" in body["text"]
        monkeypatch.setattr(App, "ledger", opened)
        await until(lambda: bool(service.address) or task.done())
        service.stop()
        await task


async def test_a_service_that_its_database_takes_in_no_more_is_not_begun_again_and_again_until_nobody_begins_it(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, logs: list[Any]
) -> None:
    """Ten starts within ten minutes, and systemd leaves it. PostgreSQL may have all the connections that it lets in."""

    async def begin(_: Here) -> None:
        raise LedgerAway("too many clients already")

    monkeypatch.setattr(Here, "begin", begin)
    service = make_service(near)
    task = asyncio.create_task(service.serve())
    await until(lambda: any(one["event"] == "ledger.unusable" for one in logs))
    assert not task.done(), "it waits"
    service.stop()
    await asyncio.wait_for(task, IN_VAIN_S)
    monkeypatch.setattr("connector.daemon.at_start.AWAY_S", 0.0)
    with pytest.raises(LedgerAway):
        await make_service(near).serve()


async def test_a_service_whose_database_goes_away_as_it_begins_goes_on(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, logs: list[Any]
) -> None:
    def catch_up(_: Timetable) -> None:
        raise LedgerAway("too many clients already")

    monkeypatch.setattr(Timetable, "catch_up", catch_up)
    async with serving(make_service(near)):
        assert "ledger.unusable" in {one["event"] for one in logs}


async def test_a_full_run_that_waits_through_a_night_without_its_database_is_told_sparingly(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, logs: list[Any]
) -> None:
    service = make_service(near)
    async with serving(service):
        service._due.put_off["intranet"] = 0.0
        opened = App.ledger

        def ledger(_: App) -> Any:
            raise LedgerAway("it is away")

        monkeypatch.setattr(App, "ledger", ledger)
        for _ in range(20):
            service.timetable.look()
        monkeypatch.setattr(App, "ledger", opened)
        assert [one["event"] for one in logs].count("ledger.unusable") == 1
        assert "intranet" in service._due.put_off, "it waits on"


async def test_signals_are_heard_while_it_waits_for_its_database(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, logs: list[Any]
) -> None:
    def ledger(_: App) -> Any:
        raise LedgerAway("it starts")

    monkeypatch.setattr(App, "ledger", ledger)
    service = make_service(near)
    task = asyncio.create_task(service.serve())
    await until(lambda: any(one["event"] == "ledger.unusable" for one in logs))
    os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(task, IN_VAIN_S)
    assert service._hup.is_set(), "the settings would have been read again"
    assert service.address == ""
