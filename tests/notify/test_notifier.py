"""Runs of a connector, and what reaches somebody: over real sockets, whatever fails meanwhile."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from connector.errors import SettingsError
from connector.machine.lock import serving
from connector.notify.digest import read_owners
from connector.notify.memory import read_memory
from connector.sandbox.faults import Fault, Status
from connector.status.account import tell_status
from connector.status.exchanges import tell_exchanges
from connector.wiring import beside
from connector.wiring.beside import look_at_the_end
from connector.wiring.telling import notifier_of
from tests.estates import Small, furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.notify.postoffice import Hook, PostOffice
from tests.rules.ground import break_all

DAY = 86_400.0


def by_webhook(near: Neighbourhood, hook: Hook, form: str = "json") -> None:
    near.values.update({"notify.webhook": hook.url, "notify.webhook_form": form})


def by_mail(near: Neighbourhood, office: PostOffice) -> None:
    near.values.update(
        {
            "notify.smtp.host": "127.0.0.1",
            "notify.smtp.port": office.port,
            "notify.smtp.from": "connector@example.com",
            "notify.smtp.to": ["kari@example.com"],
        }
    )


async def look(near: Neighbourhood) -> None:
    await notifier_of(near.app).look()


def lock_out(near: Neighbourhood) -> Fault:
    return break_all(near, "PUT *", Status(401))


async def test_a_failed_run_and_its_end_are_told_once_each(tmp_path: Path) -> None:
    async with (
        neighbourhood(tmp_path, furnish_small) as near,
        Hook().open() as hook,
        PostOffice().open() as office,
    ):
        by_webhook(near, hook)
        by_mail(near, office)
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
            memory = read_memory(ledger.notes(""), "intranet")
        assert memory is not None
        assert not memory.waiting
        assert not memory.trouble


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


async def test_the_week_s_mail_comes_after_a_clock_that_was_ahead_was_set_right(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near, PostOffice().open() as office:
        by_mail(near, office)
        (tmp_path / "owners.csv").write_text(
            "room,email\nexample-corp/bridge,kari@example.com\n", encoding="utf-8"
        )
        near.values["notify.owners"] = "owners.csv"
        await near.run("full")
        near.clock.pass_seconds(60 * DAY)
        await look(near)
        near.clock.pass_seconds(-60 * DAY)
        await look(near)
        assert not office.mails
        near.clock.pass_seconds(7 * DAY)
        await look(near)
        assert len(office.mails) == 1


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
        monkeypatch.setattr(beside, "AT_ONCE_S", 0.5)
        for _ in range(2):
            await look_at_the_end(near.app())
            near.clock.pass_seconds(3_600)
        assert [one["event"] for one in hook.bodies] == ["failed"]


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


async def test_what_is_to_be_typed_names_its_target_where_there_are_several(tmp_path: Path) -> None:
    async with (
        neighbourhood(tmp_path, furnish_small) as near,
        Hook().open() as hook,
        PostOffice().open() as office,
    ):
        by_webhook(near, hook)
        by_mail(near, office)
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


async def test_owners_get_the_week_s_mail_once(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near, PostOffice().open() as office:
        by_mail(near, office)
        (tmp_path / "owners.csv").write_text(
            "room;e-mail\nexample-corp/bridge;Owner@example.com\nexample-corp/none;owner@example.com\n",
            encoding="utf-8",
        )
        near.values["notify.owners"] = "owners.csv"
        await near.run("full")
        await look(near)
        assert not office.mails, "the first week begins with the Monday that comes"
        near.clock.pass_seconds(7 * DAY)
        await near.run("delta")
        for _ in range(2):
            await look(near)
        (mail,) = office.mails
        assert "To: owner@example.com" in mail
        assert "documents can be found" in mail
        assert "No room is called example-corp/none" in mail


@pytest.mark.parametrize(
    "text",
    [
        "name,mail\na,b\n",
        "room,email\nbridge,nobody\n",
        "room,email\n,x@example.com\n",
        f'room,email\n"{"x" * 200_000}",x@example.com\n',
    ],
    ids=["other columns", "no address", "no room", "a cell without end"],
)
def test_a_list_of_owners_that_says_nothing_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "owners.csv").write_text(text, encoding="utf-8")
    csv.field_size_limit(2**31 - 1)  # as a process has it that reads exports of Interject
    with pytest.raises(SettingsError, match="owners"):
        read_owners(tmp_path / "owners.csv", "notify.owners")


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
