"""Settings that are read again while the service goes on: what counts from when, and what is refused."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from connector.app import App
from connector.commands import screens
from connector.daemon import executor
from connector.daemon.changes import differences
from connector.daemon.service import Pace, Service
from connector.errors import LedgerAway, SettingsError
from connector.ledger.engines import sqlite
from connector.ledger.refused_settings import note_refused
from connector.plan.item import Mode
from connector.sandbox.faults import Fault, Held, Silence
from connector.status.target_status import tell_status
from connector.wiring.services import Services
from tests import ledgers
from tests.daemon.serving import NEVER, ended, history, make_service, serving, until
from tests.locked import locked
from tests.neighbourhood import Neighbourhood
from tests.notify.postoffice import Hook, PostOffice
from tests.notify.telling import by_mail, by_webhook
from tests.patience import IN_VAIN_S


async def test_a_signal_reloads_settings_and_says_what_changed(near: Neighbourhood, logs: list[Any]) -> None:
    service = make_service(near)
    async with serving(service):
        await until(ended(service, near, 1))
        near.values["safety.max_deletes"] = 7
        near.values["targets.intranet.api_key"] = "a-new-key-of-mine"
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: any(one["event"] == "settings.reloaded" for one in logs))
    told = next(one for one in logs if one["event"] == "settings.reloaded")
    assert told["changed"] == {"safety.max_deletes": "500 -> 7", "targets.intranet.api_key": "changed"}
    assert "a-new-key-of-mine" not in str(logs)


@ledgers.IN_A_FILE
async def test_where_another_process_lets_no_run_be_written_the_page_says_so_until_one_is(
    near: Neighbourhood, logs: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await near.run("full")
    monkeypatch.setattr(sqlite, "BUSY_S", 0)
    monkeypatch.setattr(executor, "AGAIN_S", 0.0)
    service = make_service(near)
    async with serving(service):
        with locked(ledgers.file_of(near.folder)):
            service.ask("intranet", Mode.DELTA)
            await until(lambda: any(one["event"] in {"run.failed", "ledger.unusable"} for one in logs))
            told = await overview(service)
        assert "No run can be done: search lacks what changed" in told
        assert "has been locked by" in told
        assert "Everything is up to date" not in told
        near.clock.pass_seconds(60)
        service.ask("intranet", Mode.DELTA)
        await until(ended(service, near, 2))
        assert "Everything is up to date" in await overview(service)


@ledgers.IN_A_FILE
async def test_a_second_service_with_the_same_ledger_says_so(near: Neighbourhood, logs: list[Any]) -> None:
    await near.run("full")
    async with serving(make_service(near)):
        assert not any(one["event"] == "service.another" for one in logs)
        async with serving(make_service(near)):
            (said,) = [one for one in logs if one["event"] == "service.another"]
    assert said["log_level"] == "warning"


@ledgers.IN_A_FILE
async def test_services_that_share_what_is_due_say_nothing_of_each_other(
    near: Neighbourhood, logs: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(App, "ledger_file", None)
    monkeypatch.setattr(Services, "serve", lambda _: True)
    async with serving(make_service(near)):
        assert not any(one["event"] == "service.another" for one in logs)


async def test_a_run_under_way_ends_by_the_settings_that_it_began_with_and_keeps_no_other_from_new_ones(
    near: Neighbourhood, logs: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    await near.run("full")
    fault = near.wire.add(Fault("* /v1/communities", Silence(), times=None))
    service = make_service(near)
    async with serving(service):
        service.ask("intranet", Mode.FULL)
        await until(lambda: fault.hits > 0)
        number = len(history(near))
        near.values["safety.max_deletes"] = 7
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: any(one["event"] == "settings.reloaded" for one in logs))
        assert service._lanes["intranet"].run is not None, "it goes on"
        assert service._app.settings.safety.max_deletes == 7
        assert "It began by the settings of before" in await overview(service)
        with near.app().ledger() as ledger:
            screens.show_status(tell_status(near.app(), ledger, now=near.clock()))
        assert "The run under way began by the settings of before" in capsys.readouterr().out
        near.wire.faults.remove(fault)
        service._lanes["intranet"].run.cancel()
        await until(lambda: service._lanes["intranet"].run is None)
        assert "It began by the settings of before" not in await overview(service)
    told = next(one for one in logs if one["event"] == "settings.reloaded")
    assert told["later_for"] == ["intranet"]
    assert len(history(near)) == number, "nothing was asked for once more"


@pytest.mark.parametrize("way", ["room", "glob", "source", "permissions"])
@pytest.mark.parametrize("mode", [Mode.FULL, Mode.DELTA])
async def test_a_room_that_is_public_no_more_is_closed_before_a_run_under_way_would_have_ended(
    near: Neighbourhood, logs: list[Any], way: str, mode: Mode
) -> None:
    """It began when everybody might see it, and may go on for hours."""
    near.values["sources.interaxo.public_rooms"] = ["*"]
    await near.run("full")
    assert public(near) == near.found() != set()
    logs.clear()
    goes_on = asyncio.Event()
    fault = near.wire.add(Fault("GET *content/*/children", Held(goes_on), times=None))
    service = make_service(near)
    async with serving(service):
        service.ask("intranet", mode)
        await until(lambda: fault.hits > 0)
        if way == "source":
            near.values = {
                key.replace("sources.interaxo.", "sources.other."): one for key, one in near.values.items()
            } | {"sources.other.id_prefix": "other"}
            del near.values["sources.other.public_rooms"]
        else:
            closed = {
                "room": {"public_rooms": []},
                "glob": {"public_rooms": ["*", "!*"]},
                "permissions": {"permissions": "fixed", "identities": ["interaxo:group:a/few"]},
            }
            near.values |= {f"sources.interaxo.{key}": value for key, value in closed[way].items()}
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: service._lanes["intranet"].progress.is_to_stop)
        goes_on.set()
        await until(lambda: way == "permissions" or not public(near))
        await until(lambda: len([one for one in logs if one["event"] == "run.started"]) > 1)
    began = [one["mode"] for one in logs if one["event"] == "run.started"]
    assert began[:2] == [mode, mode], "what was interrupted is made up for"
    told = next(one for one in logs if one["event"] == "settings.reloaded")
    assert told["ends_first"] == ["intranet"]
    assert (mode, "cancelled") in history(near)


async def test_a_run_that_new_settings_ended_begins_again_while_that_of_another_target_has_not_ended_yet(
    near: Neighbourhood, logs: list[Any]
) -> None:
    """What stands open to too many in one target waits for no call of another one."""
    near.values["sources.interaxo.public_rooms"] = ["*"]
    slow, quick = asyncio.Event(), asyncio.Event()
    first, second = [near.wire.add(Fault("* /v1/communities", Held(one))) for one in (slow, quick)]
    service = make_service(near)

    def began(target: str) -> int:
        with near.app().ledger() as ledger:
            return len(ledger.runs(target).recent(50))

    async with serving(service):
        await until(lambda: first.hits > 0)
        near.values |= {
            key.replace("interaxo", "other").replace("intranet", "south"): one
            for key, one in near.values.items()
            if key.startswith(("sources.interaxo.", "targets.intranet."))
        }
        near.values |= {"targets.south.app_id": 48, "sources.other.id_prefix": "other"}
        near.values |= {"sources.interaxo.target": "intranet", "sources.other.target": "south"}
        service.reload()
        await until(lambda: second.hits > 0)
        near.values |= {"sources.interaxo.public_rooms": [], "sources.other.public_rooms": []}
        service.reload()
        await until(lambda: all(lane.progress.is_to_stop for lane in service._lanes.values()))
        quick.set()
        await until(lambda: began("south") == 2)
        assert began("intranet") == 1, "it still waits for an answer"
        slow.set()
        await until(lambda: began("intranet") == 2)
    ends = [one["ends_first"] for one in logs if one["event"] == "settings.reloaded"]
    assert ends == [[], ["intranet", "south"]]


async def test_settings_that_are_read_again_while_a_target_waits_to_be_taken_out_count_at_once(
    near: Neighbourhood, logs: list[Any]
) -> None:
    """Whoever took out the wrong one, and put it back, waited for the end of its run, perhaps for hours, and so did every other target."""
    goes_on = asyncio.Event()
    fault = near.wire.add(Fault("* /v1/communities", Held(goes_on)))
    service = make_service(near)
    async with serving(service):
        await until(lambda: fault.hits > 0)
        named = near.values
        near.values = {key.replace("targets.intranet.", "targets.other."): one for key, one in named.items()}
        service.reload()
        await until(lambda: any(one["event"] == "settings.waiting" for one in logs))
        near.values = named | {"safety.max_deletes": 7}
        service.reload()
        await until(lambda: any(one["event"] == "settings.reloaded" for one in logs))
        assert list(service._lanes) == ["intranet"]
        assert service._lanes["intranet"].run is not None, "it goes on"
        assert service._gates.open.is_set()
        assert service._app.settings.safety.max_deletes == 7
        goes_on.set()
        await until(ended(service, near, 1))
    assert history(near) == [("full", "succeeded")]


async def test_settings_that_are_read_again_while_a_run_that_shows_too_much_ends_count_at_once(
    near: Neighbourhood, logs: list[Any]
) -> None:
    near.values["sources.interaxo.public_rooms"] = ["*"]
    goes_on = asyncio.Event()
    fault = near.wire.add(Fault("* /v1/communities", Held(goes_on)))
    service = make_service(near)
    async with serving(service):
        await until(lambda: fault.hits > 0)
        near.values["sources.interaxo.public_rooms"] = []
        service.reload()
        await until(lambda: service._lanes["intranet"].progress.is_to_stop)
        near.values["safety.max_deletes"] = 7
        service.reload()
        await until(lambda: service._app.settings.safety.max_deletes == 7)
        assert service._lanes["intranet"].run is not None, "it waits for an answer"
        goes_on.set()
        await until(lambda: [how for _, how in history(near)] == ["cancelled", "succeeded"])
    assert not public(near)


async def test_a_room_more_that_is_public_ends_no_run(near: Neighbourhood, logs: list[Any]) -> None:
    near.values["sources.interaxo.public_rooms"] = ["no-such-room"]
    await near.run("full")
    goes_on = asyncio.Event()
    fault = near.wire.add(Fault("* /v1/communities", Held(goes_on)))
    service = make_service(near)
    async with serving(service):
        service.ask("intranet", Mode.FULL)
        await until(lambda: fault.hits > 0)
        near.values["sources.interaxo.public_rooms"] = ["no-such-room", "*"]
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: any(one["event"] == "settings.reloaded" for one in logs))
        goes_on.set()
        await until(ended(service, near, 2))
    told = next(one for one in logs if one["event"] == "settings.reloaded")
    assert told["later_for"] == ["intranet"]
    assert "cancelled" not in {outcome for _, outcome in history(near)}


def public(near: Neighbourhood) -> set[str]:
    return {key for key, one in near.intranet.documents.items() if one.document["IsPublic"]}


async def overview(service: Service) -> str:
    """What of the page changes."""
    async with httpx.AsyncClient(base_url=service.address, timeout=IN_VAIN_S) as client:
        return (await client.get("/?part=live")).text


async def test_a_target_that_is_taken_out_ends_its_run_first(near: Neighbourhood, logs: list[Any]) -> None:
    goes_on = asyncio.Event()
    fault = near.wire.add(Fault("* /v1/communities", Held(goes_on)))
    service = make_service(near)
    async with serving(service):
        await until(lambda: fault.hits > 0)
        near.values = {
            key.replace("targets.intranet.", "targets.other."): one for key, one in near.values.items()
        }
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: any(one["event"] == "settings.waiting" for one in logs))
        goes_on.set()
        await until(lambda: any(one["event"] == "settings.reloaded" for one in logs))
        assert list(service._lanes) == ["other"]
    events = [one["event"] for one in logs]
    assert events.index("settings.waiting") < events.index("run.finished") < events.index("settings.reloaded")


@pytest.mark.parametrize(
    ("key", "value"), [("safety.max_delete_ratio", 3), ("service.listen", "127.0.0.1:9999")]
)
async def test_settings_that_do_not_fit_leave_the_old_ones(
    near: Neighbourhood, logs: list[Any], key: str, value: object
) -> None:
    service = make_service(near)
    async with serving(service):
        await until(ended(service, near, 1))
        near.values[key] = value
        service.reload()
        await until(lambda: any(one["event"] == "settings.refused" for one in logs))
        del near.values[key]
        near.values["service.listen"] = "127.0.0.1:0"
        service.ask("intranet", Mode.DELTA)
        await until(ended(service, near, 2))
    assert not any(one["event"] == "settings.reloaded" for one in logs)


@ledgers.IN_A_FILE
async def test_a_link_to_the_ledger_that_leads_elsewhere_by_now_is_a_ledger_that_cannot_be_changed(
    near: Neighbourhood, logs: list[Any]
) -> None:
    link = near.folder / "ledger.db"
    link.symlink_to("var/ledger.db")
    near.values["ledger.url"] = "sqlite:///ledger.db"
    service = make_service(near)
    async with serving(service):
        link.unlink()
        link.symlink_to("other/ledger.db")
        service.reload()
        await until(lambda: any(one["event"] == "settings.refused" for one in logs))
    assert not (near.folder / "other").exists()


@ledgers.IN_A_FILE
async def test_status_says_that_a_running_service_was_refused_its_settings_until_it_took_some(
    near: Neighbourhood, logs: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    def status() -> str:
        with (app := near.app()).ledger() as ledger:
            screens.show_status(tell_status(app, ledger, now=near.clock()))
        return " ".join(capsys.readouterr().out.split())

    service = make_service(near)
    async with serving(service):
        await until(ended(service, near, 1))
        assert "refused" not in status()
        near.values["safety.max_delete_ratio"] = 3
        service.reload()
        await until(lambda: bool(service.refused))
        del near.values["safety.max_delete_ratio"]
        told = status()
        assert "The settings were refused: runs go on by the former ones." in told
        assert service.refused in told
        service.reload()
        await until(lambda: any(one["event"] == "settings.reloaded" for one in logs))
        assert "refused" not in status()
        near.values["safety.max_delete_ratio"] = 3
        service.reload()
        await until(lambda: bool(service.refused))
        del near.values["safety.max_delete_ratio"]
    assert "refused" not in status(), "it ended"


async def test_status_and_page_say_that_another_machine_was_refused_its_settings(
    near: Neighbourhood, logs: list[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make_service(near)
    async with serving(service):
        await until(ended(service, near, 1))
        monkeypatch.setattr(App, "shared_ledger", "postgresql://somewhere")
        with (app := near.app()).ledger() as ledger:
            note_refused(ledger.notes(""), "db2", "safety.max_delete_ratio: is 3", at=near.clock())
            screens.show_status(tell_status(app, ledger, now=near.clock()))
        told = "on db2: safety.max_delete_ratio: is 3"
        assert told in " ".join(capsys.readouterr().out.split())
        assert told in await overview(service)


async def test_that_settings_were_refused_is_told_once_and_that_they_are_taken_too(
    near: Neighbourhood, logs: list[Any]
) -> None:
    def refused(times: int) -> bool:
        return [one["event"] for one in logs].count("settings.refused") == times

    async with Hook().open() as hook, PostOffice().open() as office:
        by_webhook(near, hook)
        by_mail(near, office)
        service = Service(near.app, clock=near.clock, pace=Pace(patience=NEVER, news_s=0.01, jitter_s=0))
        async with serving(service):
            await until(ended(service, near, 1))
            near.values["safety.max_delete_ratio"] = 3
            for times in (1, 2):
                service.reload()
                await until(lambda times=times: refused(times) and bool(office.mails and hook.bodies))
            del near.values["safety.max_delete_ratio"]
            service.reload()
            await until(lambda: len(office.mails) == len(hook.bodies) == 2)
    assert [(one["event"], one["outcome"]) for one in hook.bodies] == [
        ("settings", "refused"),
        ("settings", "taken"),
    ]
    assert "safety.max_delete_ratio" in hook.bodies[0]["text"]
    assert "runs go on" in hook.bodies[0]["text"]
    assert "connector check" in hook.bodies[0]["text"]
    assert [mail.partition("Subject: ")[2].splitlines()[0] for mail in office.mails] == [
        "[connector] settings: refused",
        "[connector] settings: taken",
    ]


async def test_a_service_that_begins_with_the_settings_mended_tells_that_they_are_taken(
    near: Neighbourhood, logs: list[Any]
) -> None:
    def told() -> int:
        return [one["event"] for one in logs].count("notify.told")

    async with Hook().open() as hook:
        by_webhook(near, hook)
        news = Pace(patience=NEVER, news_s=0.01, jitter_s=0)
        service = Service(near.app, clock=near.clock, pace=news)
        async with serving(service):
            near.values["safety.max_delete_ratio"] = 3
            service.reload()
            await until(lambda: told() == 1)
        del near.values["safety.max_delete_ratio"]
        async with serving(Service(near.app, clock=near.clock, pace=news)):
            await until(lambda: told() == 2)
    assert [one["outcome"] for one in hook.bodies] == ["refused", "taken"]


@pytest.mark.parametrize(
    "error",
    [
        SettingsError("a.key", "is none"),
        PermissionError(errno.EACCES, "Permission denied", "/etc/interact-connector"),
        RuntimeError("a bug"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_whatever_becomes_of_new_settings_runs_go_on(
    near: Neighbourhood, logs: list[Any], error: Exception
) -> None:
    trouble: list[Exception] = []

    def load() -> App:
        if trouble:
            raise trouble.pop()
        return near.app()

    service = make_service(near, load=load)
    async with serving(service):
        await until(ended(service, near, 1))
        trouble.append(error)
        service.reload()
        await until(lambda: not trouble)
        await until(lambda: bool(service.refused))
        service.ask("intranet", Mode.DELTA)
        await until(ended(service, near, 2))
        near.values["safety.max_deletes"] = 7
        service.reload()
        await until(lambda: any(one["event"] == "settings.reloaded" for one in logs))
        assert not service.refused
    told = {one["event"] for one in logs}
    assert ("settings.bug" if isinstance(error, RuntimeError) else "settings.refused") in told


async def test_settings_that_are_read_while_the_ledger_is_away_stop_no_run(
    near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, logs: list[Any]
) -> None:
    """Whether a night of OCR goes on stands in the ledger."""
    near.values["text.ocr.languages"] = ["nor"]
    opened, away = App.ledger, list[Exception]()

    def ledger(app: App) -> Any:
        if away:
            raise away.pop()
        return opened(app)

    monkeypatch.setattr(App, "ledger", ledger)
    service = make_service(near)
    async with serving(service):
        await until(ended(service, near, 1))
        monkeypatch.setattr(
            service._ocr, "interrupt", lambda: _before(away.append, LedgerAway("it restarts"))
        )
        service.reload()
        await until(lambda: any(one["event"] == "ledger.unusable" for one in logs))
        service.ask("intranet", Mode.DELTA)
        await until(ended(service, near, 2))


async def _before(what: Callable[[Exception], None], error: Exception) -> None:
    what(error)


def test_differences_tell_no_secret(near: Neighbourhood) -> None:
    old = near.app().settings
    near.values["targets.intranet.api_key"] = "other-secret"
    near.values["schedule.full"] = ""
    assert differences(old, near.app().settings) == {
        "schedule.full": "30 2 * * 0 -> ",
        "targets.intranet.api_key": "changed",
    }
