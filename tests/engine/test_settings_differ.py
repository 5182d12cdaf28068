"""Services that share a ledger, and of which only some read their settings again: the others go on showing what was to be closed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from connector.app import App
from connector.ledger.refused_settings import STANDS_S
from connector.status.target_status import tell_status
from connector.wiring.settings_compared import SettingsCompared, digests_of
from tests.estates import furnish_small
from tests.ledger.cluster import Cluster
from tests.neighbourhood import neighbourhood


def matters(app: App, now: float) -> str:
    """What `connector status` says is the matter."""
    with app.ledger() as ledger:
        told = tell_status(app, ledger, now=now)
    return str(told["targets"]["intranet"]["matters"])


async def test_that_services_go_by_different_settings_is_told_until_they_do_not(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    structlog.reset_defaults()
    async with neighbourhood(tmp_path, furnish_small) as near:
        near.values |= {"ledger.url": cluster.new_database(), "sources.interaxo.public_rooms": ["*"]}
        await near.run("full")
        looks, apps = [], [near.app(), near.app()]
        for host, place in (("alfa", 0), ("beta", 1)):
            monkeypatch.setattr("connector.wiring.settings_compared.gethostname", lambda host=host: host)
            looks.append(SettingsCompared(lambda place=place: apps[place]))  # type: ignore[misc]

        async def look(times: int) -> list[Any]:
            with capture_logs() as logs:
                for _ in range(times):
                    near.clock.pass_seconds(STANDS_S / 2)
                    for one in looks:
                        await one.look()
            return [one["why"] for one in logs if one["event"] == "settings.differ"]

        assert await look(4) == []
        near.values["sources.interaxo.public_rooms"] = []
        apps[1] = near.app()
        assert await look(2) == [], "the other one may be about to read them"
        told = await look(4)
        here = f"(process {os.getpid()})"
        assert told == [f"[sources.interaxo] is not the same on alfa {here} as on beta {here}"] * 2, (
            "each once"
        )
        assert told[0] in matters(apps[0], near.clock())
        assert "same settings" in matters(apps[0], near.clock())
        apps[0] = near.app()
        assert await look(4) == []
        assert "different settings" not in matters(apps[0], near.clock())


async def test_how_fast_a_machine_works_and_its_secrets_are_no_difference(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        before = digests_of(near.app())
        near.values |= {"sources.interaxo.concurrency": 7, "targets.intranet.api_key": "another-key-of-it"}
        assert digests_of(near.app()) == before
        near.values["safety.max_widened"] = 7
        assert {key for key, one in digests_of(near.app()).items() if one != before[key]} == {"safety"}
