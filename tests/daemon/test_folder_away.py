"""The folder of the ledger goes away under a service, as a disk that is unmounted, and comes back."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connector.plan.item import Mode
from tests import ledgers
from tests.daemon.serving import ended, history, make_service, serving, until
from tests.neighbourhood import Neighbourhood
from tests.patience import IN_VAIN_S
from tests.rules.hiding import below, hide

pytestmark = ledgers.IN_A_FILE


@pytest.mark.parametrize("is_mounted_on", [True, False], ids=["an empty one is left", "none is left"])
async def test_a_service_shows_nothing_that_people_hid_while_the_folder_of_its_ledger_is_away(
    near: Neighbourhood, logs: list[Any], is_mounted_on: bool
) -> None:
    """Order and ledger are in that folder: a run with a new ledger would know of neither."""
    service = make_service(near)
    async with serving(service), httpx.AsyncClient(base_url=service.address, timeout=IN_VAIN_S) as client:
        await until(ended(service, near, 1))
        hidden = next(
            one.id for one in near.rooms.items() if f"ix-{one.id}" in near.found() and one.parent_id
        )
        await hide(near, hidden)
        assert not below(near, hidden)
        folder = near.app().beside
        assert folder is not None
        away = folder.rename(folder.with_name("away"))
        if is_mounted_on:
            folder.mkdir()
        seen = len(logs)
        service.ask("intranet", Mode.FULL)
        await until(lambda: any(one["event"] in {"run.failed", "run.finished"} for one in logs[seen:]))
        assert not below(near, hidden)
        (failed,) = [one for one in logs if one["event"] == "run.failed"]
        assert "is not the one with which this service began" in failed["error"]
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 503
        assert "is not the one with which this service began" in (await client.get("/")).text
        assert not folder.exists() or not any(folder.iterdir()), "nothing was begun there"
        folder.rmdir() if is_mounted_on else None
        away.rename(folder)
        service.ask("intranet", Mode.FULL)
        await until(ended(service, near, 2))
    assert history(near)[-1] == ("full", "succeeded")
    assert not below(near, hidden)
