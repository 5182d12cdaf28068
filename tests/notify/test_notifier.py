"""Runs of a connector, and what reaches somebody: over real sockets, whatever fails meanwhile."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from connector.app import App
from connector.errors import LedgerError, SettingsError
from connector.ledger.notes import Notes
from connector.machine.lock import serving
from connector.notify.notifier import AWAKE_S, Notifier
from connector.notify.stored_state import read_notify_state
from connector.ports.matching import record_id
from connector.sandbox.faults import Fault, Instead, Status
from connector.status.exchanges import tell_exchanges
from connector.status.target_status import tell_status
from connector.wiring import after_runs
from connector.wiring.after_runs import look_at_the_end
from connector.wiring.notifications import digest_of, notifier_of, telling_of
from tests.estates import Small, furnish_small
from tests.neighbourhood import neighbourhood
from tests.notify.postoffice import Hook, PostOffice
from tests.notify.telling import (
    DAY,
    by_mail,
    by_webhook,
    end_a_run,
    lock_out,
    look,
    own,
    refuse,
    told_both_ways,
)
from tests.people.estate import address, estate
from tests.rules.ground import break_all


async def test_a_failed_run_and_its_end_are_told_once_each(tmp_path: Path) -> None:
    async with told_both_ways(tmp_path) as (near, hook, office):
        await near.run("full")
        await look(near)
        assert not hook.bodies
        fault = lock_out(near)
        for _ in range(2):
            assert (await near.run("full")).outcome == "failed"
            await look(near)
        near.wire.faults.remove(fault)
        near.clock.pass_seconds(DAY)
        for _ in range(2):
            await near.run("delta")
            await look(near)
        assert [one["event"] for one in hook.bodies] == ["failed", "recovered"]
        assert "api_key" in str(hook.bodies[0]["reasons"])
        assert [mail.partition("Subject: ")[2].splitlines()[0] for mail in office.mails] == [
            "[connector] intranet: failed",
            "[connector] intranet: recovered",
        ]


async def test_of_a_run_that_was_killed_it_is_told_why_it_failed(tmp_path: Path) -> None:
    async with told_both_ways(tmp_path) as (near, hook, office):
        await near.run("full")
        await look(near)
        with near.app().ledger() as ledger:
            ledger.runs("intranet").start(mode="delta", dry_run=False, now=near.clock())
        await near.run("delta")
        await look(near)
        assert [one["event"] for one in hook.bodies] == ["failed", "recovered"]
        assert "The process was killed before the run ended" in hook.bodies[0]["text"]
        assert hook.bodies[0]["reasons"]
        assert not hook.bodies[1]["reasons"]
        assert "The process was killed before the run ended" in office.mails[0].replace("=\r\n", "")


async def test_of_a_first_run_that_fails_nobody_is_told_that_there_was_a_good_one(tmp_path: Path) -> None:
    async with told_both_ways(tmp_path) as (near, hook, office):
        for _ in range(2):
            fault = lock_out(near)
            assert (await near.run("full")).outcome == "failed"
            await look(near)
            near.wire.faults.remove(fault)
            near.clock.pass_seconds(DAY)
            for _ in range(2):
                await near.run("delta")
                await look(near)
        first, _, second, over = (one["text"].splitlines()[0] for one in hook.bodies)
        assert "search may lack documents" in first
        assert "search lacks what changed since the last good one" in second
        assert "up to date again" in over
        assert "search may lack documents" in office.mails[0].replace("=\r\n", "")


async def test_a_brake_is_told_in_words_with_and_without_titles_and_what_to_type_once(tmp_path: Path) -> None:
    estates: list[Small] = []
    async with (
        neighbourhood(tmp_path, lambda world: estates.append(furnish_small(world))) as near,
        Hook().open() as hook,
        PostOffice().open() as office,
    ):
        by_webhook(near, hook)
        by_mail(near, office)
        await near.run("full")
        near.values["safety.max_deletes"] = 0
        near.rooms.remove(estates[0].site)
        report = await near.run("delta")
        assert report.outcome == "braked"
        await look(near)
        (body,) = hook.bodies
        (mail,) = office.mails
        assert body["codes"][0] not in body["reasons"]
        assert "would be removed: more than safety.max_deletes (0)" in body["reasons"][0]
        for told in (body["text"], mail.replace("=\n", "").replace("=\r\n", "")):
            assert told.count(f"connector sync --approve {report.run_id}") == 1


async def test_nothing_is_told_of_telling_once_the_settings_have_nobody_to_tell(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near, Hook(status="404 Away").open() as hook:
        before = dict(near.values)
        by_webhook(near, hook)
        fault = lock_out(near)
        assert (await near.run("full")).outcome == "failed"
        notifier = notifier_of(near.app)
        await notifier.look()
        app = near.app()
        with app.ledger() as ledger:
            told = tell_status(app, ledger, now=near.clock())["targets"]["intranet"]["told"]
            assert (told["waiting"], list(told["trouble"])) == (1, ["webhook"])
            near.values = before
            await notifier.look()
            told = tell_status(app, ledger, now=near.clock())["targets"]["intranet"]["told"]
        assert (told["waiting"], told["trouble"]) == (0, {})
        by_webhook(near, hook)
        near.wire.faults.remove(fault)
        fault = lock_out(near)
        await near.run("full")
        await notifier.look()
        assert [one["event"] for one in hook.bodies] == ["failed", "failed"], "nobody was told"


async def test_a_load_of_one_room_tells_nobody_that_all_is_well_again(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near, Hook().open() as hook:
        by_webhook(near, hook)
        fault = lock_out(near)
        assert (await near.run("full")).outcome == "failed"
        await look(near)
        near.wire.faults.remove(fault)
        for mode, rooms, events in (
            ("backfill", ("example-corp/bridge",), ["failed"]),
            ("delta", (), ["failed", "recovered"]),
        ):
            assert (await near.run(mode, rooms=rooms)).outcome == "succeeded"
            await look(near)
            assert [one["event"] for one in hook.bodies] == events


async def test_what_could_not_be_told_waits_in_the_ledger_and_is_given_up_after_a_day(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near, Hook(status="503 Away").open() as hook:
        by_webhook(near, hook, "text")
        lock_out(near)
        assert (await near.run("full")).outcome == "failed"
        with serving(tmp_path / "var"):
            await look_at_the_end(near.app())  # the service does it
        assert not hook.bodies
        await look_at_the_end(near.app())
        await look(near)  # not before its pause is over
        assert len(hook.bodies) == 1
        app = near.app()
        with app.ledger() as ledger:
            told = tell_status(app, ledger, now=near.clock())["targets"]["intranet"]["told"]
        assert told["waiting"] == 1
        assert told["last"] is None
        assert "answered 503" in told["trouble"]["webhook"]
        hook.status = "200 OK"
        near.clock.pass_seconds(120)
        for _ in range(2):
            await look(near)
        assert len(hook.bodies) == 2
        assert list(hook.bodies[1]) == ["text"]
        with app.ledger() as ledger:
            state = read_notify_state(ledger.notes(""), "intranet")
        assert state is not None
        assert not state.waiting
        assert not state.trouble


async def test_what_waits_for_a_time_that_a_wrong_clock_told_is_told_at_once(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near, Hook(status="503 Away").open() as hook:
        by_webhook(near, hook)
        lock_out(near)
        near.clock.pass_seconds(30 * DAY)
        assert (await near.run("full")).outcome == "failed"
        await look(near)
        near.clock.pass_seconds(-30 * DAY)
        await look(near)
        assert len(hook.bodies) == 2


async def test_a_mail_server_that_hangs_keeps_no_webhook_waiting_and_nobody_is_told_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        neighbourhood(tmp_path, furnish_small) as near,
        Hook().open() as hook,
        PostOffice(hang_at="EHLO").open() as office,
    ):
        by_webhook(near, hook)
        by_mail(near, office)
        lock_out(near)
        await near.run("full")
        monkeypatch.setattr(after_runs, "AT_ONCE_S", 0.5)
        for _ in range(2):
            await look_at_the_end(near.app())
            near.clock.pass_seconds(3_600)
        assert [one["event"] for one in hook.bodies] == ["failed"]


async def test_a_run_that_works_while_a_rehearsal_ends_is_told_of_all_the_same(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near, Hook().open() as hook:
        by_webhook(near, hook)
        await near.run("full")
        await look(near)
        with near.app().ledger() as ledger:
            begun = ledger.runs("intranet").start(mode="delta", dry_run=False, now=near.clock())
        await near.run("delta", dry_run=True)
        await look(near)
        with near.app().ledger() as ledger:
            ledger.runs("intranet").finish(begun.number, outcome="braked", report="{}", now=near.clock())
        for _ in range(2):
            await look(near)
        assert [one["event"] for one in hook.bodies] == ["braked"]


async def test_trouble_that_reached_nobody_for_a_day_is_told_anew_as_long_as_it_lasts(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near, Hook(status="503 Away").open() as hook:
        by_webhook(near, hook)
        for _ in range(3):
            end_a_run(near, "failed")
            await look(near)
            near.clock.pass_seconds(DAY)
        hook.status, hook.bodies = "200 OK", []
        for outcome in ("failed", "failed", "succeeded"):
            end_a_run(near, outcome)
            await look(near)
        assert [one["event"] for one in hook.bodies] == ["failed", "recovered"]


async def test_what_cannot_be_written_down_is_not_told_in_each_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full, a database that only reads, a process that writes for long."""
    async with (
        neighbourhood(tmp_path, furnish_small) as near,
        Hook(status="503 Away").open() as hook,
        PostOffice().open() as office,
    ):
        by_webhook(near, hook)
        await near.run("full")
        end_a_run(near, "failed")
        await look(near)
        hook.status, hook.bodies = "200 OK", []
        by_mail(near, office)
        near.values["notify.smtp.to"] = []
        own(near, "example-corp/bridge,kari@example.com")
        await digest_of(near.app).look()
        near.clock.pass_seconds(7 * DAY)
        near.values["notify.smtp.port"] = 1  # nobody listens there: the week is taken up, and waits
        await digest_of(near.app).look()
        near.values["notify.smtp.port"] = office.port
        near.clock.pass_seconds(120)
        with monkeypatch.context() as full:
            full.setattr(Notes, "put", refuse)
            for _ in range(3):
                near.clock.pass_seconds(20)
                for way in (notifier_of(near.app), digest_of(near.app)):
                    with pytest.raises(LedgerError):
                        await way.look()
        assert not hook.bodies
        assert not office.mails
        await look(near)
        assert [one["event"] for one in hook.bodies] == ["failed"]
        assert len(office.mails) == 1


async def test_that_no_run_comes_to_its_end_is_told_once_whatever_keeps_them(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near, Hook().open() as hook:
        by_webhook(near, hook)
        service = notifier_of(near.app)
        await service.look()
        near.clock.pass_seconds(3 * DAY)
        await service.look()
        assert not hook.bodies, "the first load may take days"
        end_a_run(near, "succeeded")
        await service.look()
        for _ in range(4):
            near.clock.pass_seconds(DAY / 2)
            end_a_run(near, "cancelled")
            await service.look()
        assert [one["event"] for one in hook.bodies] == ["late"]
        assert "No run into intranet came to its end since 20" in hook.bodies[0]["text"]
        assert "connector status" in hook.bodies[0]["text"]
        near.clock.pass_seconds(3 * DAY)
        again = notifier_of(near.app)
        await again.look()
        end_a_run(near, "succeeded")
        await again.look()
        assert [one["event"] for one in hook.bodies] == ["late", "recovered"]
        near.clock.pass_seconds(3 * DAY)
        start = notifier_of(near.app)
        await start.look()
        end_a_run(near, "succeeded")
        await start.look()
        assert len(hook.bodies) == 2, "whoever was down has its first run first"


@pytest.mark.parametrize("seconds", [DAY, 30 * DAY, -DAY, -30 * DAY])
async def test_a_clock_that_is_set_does_not_tell_that_no_run_came_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near, Hook().open() as hook:
        by_webhook(near, hook)
        passed = 0.0

        def wait(awake_s: float) -> None:
            nonlocal passed
            passed += awake_s
            near.clock.pass_seconds(awake_s)

        service = Notifier(
            lambda: telling_of(near.app()),
            lambda: near.app().ledger(),
            clock=near.clock,
            steady=lambda: passed,
        )
        end_a_run(near, "succeeded")
        await service.look()
        wait(2 * AWAKE_S)
        near.clock.pass_seconds(seconds)
        await service.look()
        wait(AWAKE_S / 2)
        with monkeypatch.context() as damaged:
            damaged.setattr(App, "ledger", refuse)
            for set_by in (0.0, seconds):
                near.clock.pass_seconds(set_by)
                with pytest.raises(LedgerError):
                    await service.look()
        await service.look()
        assert not hook.bodies, "there was no time for one"
        for _ in range(60):
            wait(AWAKE_S)
            await service.look()
        assert [one["event"] for one in hook.bodies] == ["late"], "none came for two days"


async def test_titles_stay_here_unless_logs_may_have_them(tmp_path: Path) -> None:
    small: list[Small] = []
    async with (
        neighbourhood(tmp_path, lambda world: small.append(furnish_small(world))) as near,
        Hook().open() as hook,
    ):
        by_webhook(near, hook)
        near.values["notify.withheld_runs"] = 1
        await near.run("full")
        near.rooms.remove(small[0].plan)
        break_all(near, f"GET *{small[0].plan}*", Status(500))
        report = await near.run("delta")
        await look(near)
        assert report.outcome == "withheld", report.reasons
        assert "plan.pdf" in str(report.reasons)
        assert hook.bodies[-1]["event"] == "withheld"
        assert "plan.pdf" not in str(hook.bodies)


async def test_whom_interact_names_in_a_refusal_stays_here(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, _), Hook().open() as hook:
        by_webhook(near, hook)
        near.values["notify.withheld_runs"] = 1
        kari = address("kari")
        problem = {"ErrorCode": 99, "ErrorMessage": f"{kari} is of two people"}
        errors = [{"HasError": True, "GloballyUniqueId": record_id(kari), "Errors": [problem]}]
        answer = {"HasErrors": True, "Errors": errors, "Added": [], "Updated": [], "NotFound": []}
        near.wire.add(Fault("PUT *users/addupdate", Instead(msgspec.json.encode(answer)), times=None))
        report = await near.run("full")
        await look(near)
        assert any(kari in one for one in report.reasons), report.reasons
        assert "is of two people" in str(hook.bodies)
        assert kari not in str(hook.bodies)


async def test_what_is_to_be_typed_names_its_target_where_there_are_several(tmp_path: Path) -> None:
    async with told_both_ways(tmp_path) as (near, hook, office):
        near.values |= {
            key.replace("intranet", "other"): one
            for key, one in near.values.items()
            if key.startswith("targets.")
        }
        near.values |= {"targets.other.app_id": 48, "sources.interaxo.target": "intranet"}
        lock_out(near)
        run = await near.run("full")
        await look(near)
        typed = f"connector runs --target intranet {run.run_id}"
        assert typed in hook.bodies[0]["text"]
        assert typed in office.mails[0].replace("=\r\n", "").replace("=\n", "")


async def test_settings_of_telling_are_checked_and_their_hosts_stand_in_the_list_of_exchanges(
    tmp_path: Path,
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        plain = dict(near.values)
        smtp = {"notify.smtp.host": "mail.example.com", "notify.smtp.from": "connector@example.com"}
        for values, key in (
            ({"notify.webhook": "http://hooks.example.com/x"}, "notify.webhook"),
            ({"notify.owners": "owners.csv"}, "notify"),
            ({"notify.on": ["always"]}, "notify.on"),
            ({"notify.smtp.host": "mail.example.com"}, "notify.smtp.from"),
            ({**smtp, "notify.smtp.user": "us"}, "notify.smtp"),
            ({**smtp, "notify.smtp.to": ["kari@"]}, "notify.smtp.to"),
            ({**smtp, "notify.smtp.to": ["kari@["]}, "notify.smtp.to"),
        ):
            near.values = {**plain, **values}
            with pytest.raises(SettingsError) as caught:
                near.app()
            assert caught.value.key.startswith(key)
            assert "hooks.example.com" not in str(caught.value)
        near.values = {**plain, **smtp, "notify.webhook": "https://hooks.example.com/secret-path-7a1b"}
        told = await tell_exchanges(near.app())
        assert {"hooks.example.com", "mail.example.com:587"} <= {one["host"] for one in told["hosts"]}
        assert "secret-path" not in str(told)
        assert all(one["transport"] for one in told["hosts"])
