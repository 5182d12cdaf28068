"""What is told while the ledger takes nothing: no run leaves a trace there, and nothing that is to be told can wait in it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from connector.app import App
from connector.errors import LedgerAway, LedgerError
from connector.notify.notifier import Unwritten
from connector.wiring.notifications import notifier_of
from tests.estates import furnish_small
from tests.neighbourhood import neighbourhood
from tests.notify.postoffice import Hook, PostOffice
from tests.notify.telling import by_mail, by_webhook, end_a_run, refuse


async def test_a_ledger_that_cannot_be_used_is_told_though_nothing_of_it_can_be_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        neighbourhood(tmp_path, furnish_small) as near,
        Hook(status="503 Away").open() as hook,
        PostOffice().open() as office,
    ):
        by_webhook(near, hook)
        by_mail(near, office)
        end_a_run(near, "succeeded")
        service = notifier_of(near.app)
        await service.look()
        with monkeypatch.context() as damaged:
            damaged.setattr(App, "ledger", refuse)
            for minutes in (0, 30, 31, 1, 1, 60):
                near.clock.pass_seconds(60 * minutes)
                with pytest.raises(LedgerError):
                    await service.look()
        assert len(hook.bodies) == 3, "it is tried again"
        assert "The disk of the ledger is full" in str(hook.bodies[0])
        (mail,) = office.mails
        assert "Subject: [connector] intranet: late" in mail
        assert "The disk of the ledger is full" in mail
        hook.status, hook.bodies = "200 OK", []
        near.clock.pass_seconds(1_800)
        await service.look()
        end_a_run(near, "succeeded")
        await service.look()
        assert [one["event"] for one in hook.bodies] == ["late", "recovered"], (
            "also whom it did not reach meanwhile"
        )
        assert len(office.mails) == 2


@pytest.mark.parametrize("readable", [True, False])
async def test_a_run_that_could_not_be_written_down_is_told_as_soon_as_one_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readable: bool
) -> None:
    """It came after an hour, and where the ledger could still be read not before `service.ready_after_h`."""
    async with (
        neighbourhood(tmp_path, furnish_small) as near,
        Hook(status="503 Away").open() as hook,
        PostOffice().open() as office,
    ):
        by_webhook(near, hook)
        by_mail(near, office)
        end_a_run(near, "succeeded")
        left = list[Unwritten]()
        service = notifier_of(near.app, unwritten=lambda _: left[0] if left else None)
        await service.look()
        near.clock.pass_seconds(60)
        left.append(Unwritten(LedgerError("The disk of the ledger is full"), near.clock()))
        with monkeypatch.context() as full:
            if not readable:
                full.setattr(App, "ledger", refuse)
            for _ in range(3):
                with suppress(LedgerError):
                    await service.look()
            assert len(hook.bodies) == 1, "and tried again after a pause"
            near.clock.pass_seconds(120)
            with suppress(LedgerError):
                await service.look()
        assert len(hook.bodies) == 2
        (mail,) = office.mails
        assert "Subject: [connector] intranet: failed" in mail
        for words in (
            "No run into intranet can be done",
            "The disk of the ledger is full",
            "connector check",
        ):
            assert words in " ".join(mail.split())
        hook.status, hook.bodies = "200 OK", []
        near.clock.pass_seconds(1_800)
        end_a_run(near, "failed")  # as it is written down once there is room
        left.clear()
        await service.look()
        assert [one["run_id"] for one in hook.bodies] == [""], "its end was told already, to whom it reached"
        end_a_run(near, "succeeded")
        await service.look()
        assert [one["event"] for one in hook.bodies] == ["failed", "recovered"]
        assert len(office.mails) == 2


async def test_a_run_that_could_not_be_written_down_before_a_good_one_is_told_no_more(tmp_path: Path) -> None:
    """A person's own run may have gone well since, and the service had none to do."""
    async with neighbourhood(tmp_path, furnish_small) as near, Hook().open() as hook:
        by_webhook(near, hook)
        left = Unwritten(LedgerError("The disk of the ledger is full"), near.clock())
        near.clock.pass_seconds(60)
        service = notifier_of(near.app, unwritten=lambda _: left)
        end_a_run(near, "succeeded")
        await service.look()
        await service.look()
        assert not hook.bodies


async def test_a_database_that_is_away_when_a_run_is_due_has_an_hour_to_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near, Hook().open() as hook:
        by_webhook(near, hook)
        end_a_run(near, "succeeded")
        away = LedgerAway("The database does not answer")
        service = notifier_of(near.app, unwritten=lambda _: Unwritten(away, near.clock()))

        def ledger(_: App) -> Any:
            raise away

        monkeypatch.setattr(App, "ledger", ledger)
        for minutes in (0, 59, 2):
            near.clock.pass_seconds(60 * minutes)
            with pytest.raises(LedgerAway):
                await service.look()
            assert len(hook.bodies) == (minutes == 2)
        assert hook.bodies[0]["event"] == "late"


async def test_what_went_well_before_the_ledger_took_no_run_is_no_all_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ended between two looks, and was looked at when the ledger was there again: "up to date again", while no run could be done."""
    async with neighbourhood(tmp_path, furnish_small) as near, Hook().open() as hook:
        by_webhook(near, hook)
        end_a_run(near, "succeeded")
        left = list[Unwritten]()
        service = notifier_of(near.app, unwritten=lambda _: left[0] if left else None)
        await service.look()
        near.clock.pass_seconds(10)
        end_a_run(near, "succeeded")
        near.clock.pass_seconds(10)
        left.append(Unwritten(LedgerError("Too many files are open at once"), near.clock()))
        with monkeypatch.context() as full:
            full.setattr(App, "ledger", refuse)
            with pytest.raises(LedgerError):
                await service.look()
        near.clock.pass_seconds(20)
        await service.look()
        await service.look()
        assert [one["event"] for one in hook.bodies] == ["failed"]
        near.clock.pass_seconds(60)
        end_a_run(near, "succeeded")
        await service.look()
        assert [one["event"] for one in hook.bodies] == ["failed", "recovered"]
