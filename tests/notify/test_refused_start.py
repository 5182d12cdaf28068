"""A service that cannot start ends, and nobody reads its log at night: somebody hears of it once, and once that it is over."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from connector.machine.lock import serving
from connector.wiring.notifications import notifier_of
from connector.wiring.refused_start import tell_of_refused_start
from tests.estates import furnish_small
from tests.neighbourhood import neighbourhood, write_settings
from tests.notify.postoffice import Hook
from tests.notify.telling import by_webhook, told_both_ways

WHY = "sources.interaxo.permissions: expected 'room'"


@pytest.mark.parametrize(
    ("right", "wrong", "why", "code"),
    [
        ('permissions = "room"', 'permissions = "rooom"', "sources.interaxo.permissions: expected", 2),
        ("[http]", "[http]\nattemps = 1", "http.attemps: unknown key", 2),
        ('listen = "127.0.0.1:0"', 'listen = "198.51.100.1:1"', "cannot listen on", 1),
    ],
)
async def test_a_service_that_cannot_start_tells_why_once(
    tmp_path: Path, right: str, wrong: str, why: str, code: int
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near, Hook().open() as hook:
        by_webhook(near, hook)
        near.values |= {"service.listen": "127.0.0.1:0", "service.token": "a-token-of-thirty-two-characters!"}
        assert (await near.run("full")).outcome == "succeeded"
        file = write_settings(near)
        text = file.read_text("utf-8")
        assert text.count(right) == 1
        file.write_text(text.replace(right, wrong), "utf-8")
        for _ in range(2):
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "connector",
                "--settings",
                str(file),
                "serve",
                stderr=asyncio.subprocess.PIPE,
            )
            _, said = await process.communicate()
            assert process.returncode == code
            assert why in said.decode()
        (body,) = hook.bodies
        assert (body["event"], body["outcome"], body["target"]) == ("settings", "not-started", "")
        for words in ("could not start", why, "start the service", "check"):
            assert words in body["text"]


async def test_that_it_could_not_start_is_told_by_all_channels_and_its_end_too(tmp_path: Path) -> None:
    async with told_both_ways(tmp_path) as (near, hook, office):
        await tell_of_refused_start(near.app, WHY)
        assert not hook.bodies, "there is no ledger that would know that it was told"
        assert not (tmp_path / "var" / "ledger.db").exists()
        assert (await near.run("full")).outcome == "succeeded"
        with serving(tmp_path / "var"), capture_logs() as logged:
            await tell_of_refused_start(near.app, WHY)
        assert not hook.bodies, "a service works with it all the same"
        assert not logged, "and no mail has failed"
        notifier = notifier_of(near.app)
        for refused in (WHY, ""):
            for _ in range(2):
                await notifier.look_at_settings(refused, host="")
        assert [one["outcome"] for one in hook.bodies] == ["refused", "taken"]
        await notifier.look_at_settings(WHY, host="")
        for _ in range(2):
            await tell_of_refused_start(near.app, WHY)
        await notifier.look_at_settings("", host="")
        told = ["refused", "taken", "refused", "not-started", "taken"]
        assert [one["outcome"] for one in hook.bodies] == told, "that it is down now is news"
        assert [mail.partition("Subject: ")[2].splitlines()[0] for mail in office.mails] == [
            f"[connector] settings: {one.replace('-', ' ')}" for one in told
        ]
