"""The overview of the status page: how things stand, what is under way, what was told and compared last; and who works."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from connector.canary.stored_state import CanaryState, Lag, keep_canary_state
from connector.commands.screens import show_status
from connector.ledger.on_hold import put_on_hold
from connector.machine.lock import only_here
from connector.notify.events import What
from connector.notify.stored_state import NotifyState, Told, keep_notify_state
from connector.pages.server import StatusServer
from connector.status.metrics import Metrics
from connector.status.target_status import tell_status
from tests.ledger_pushes import make_push, push
from tests.neighbourhood import neighbourhood
from tests.pages.open_page import Open
from tests.patience import IN_VAIN_S
from tests.status.test_workers import furnish


async def test_the_overview_tells_how_things_stand(status: Open) -> None:
    assert "Nothing has been synchronised yet" in await status.page("/")
    report = await status.near.run("full")
    page = await status.page("/")
    assert "Everything is up to date" in page
    assert f"/runs/{report.run_id}" in page
    assert "<svg" in page
    status.near.clock.pass_seconds(30 * 3_600)
    assert "Search is not up to date" in await status.page("/")


async def test_before_the_first_run_the_overview_promises_none_where_the_schedule_has_none(
    status: Open,
) -> None:
    assert "The service begins with a full one" in await status.page("/")
    status.near.values |= {"schedule.delta": "", "schedule.full": ""}
    page = await status.page("/")
    assert "The service begins with a full" not in page
    assert "The schedule begins none" in page


async def test_a_target_to_which_no_source_belongs_is_told_as_that(
    status: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    status.near.values |= {
        "sources.interaxo.target": "intranet",
        **{
            f"targets.other.{key}": status.near.values[f"targets.intranet.{key}"]
            for key in ("base_url", "tenant", "api_key")
        },
        "targets.other.app_id": 48,
    }
    assert "No source belongs to this target" in await status.page("/?target=other")
    with (app := status.near.app()).ledger() as ledger:
        show_status(tell_status(app, ledger, now=status.near.clock()))
    assert "Target other, to which no source belongs" in capsys.readouterr().out


async def test_sources_stand_in_the_order_of_the_settings(status: Open) -> None:
    for name in ("room2", "room10"):
        status.near.values |= {
            key.replace("interaxo.", f"{name}."): name if key.endswith("id_prefix") else one
            for key, one in status.near.values.items()
            if key.startswith("sources.interaxo.")
        }
    page = await status.page("/")
    named = re.findall(r"<strong>(interaxo|room\d+)</strong>", page)
    assert named == [*status.near.app().settings.sources] == ["interaxo", "room2", "room10"]


async def test_the_overview_tells_of_a_run_under_way(status: Open) -> None:
    with status.near.app().ledger() as ledger:
        ledger.runs("intranet").take_lease(now=status.near.clock())
        ledger.runs("intranet").start(mode="full", dry_run=False, now=status.near.clock())
    with only_here("a run"):
        assert "A full run is under way" in await status.page("/")


async def test_the_overview_tells_what_was_told_last_what_failed_and_what_search_finds(status: Open) -> None:
    with status.near.app().ledger() as ledger:
        run, now = ledger.browse("intranet").last_number(), status.near.clock()
        last = Told(what=What.BRAKED, run_id="01R", by="mail", at=now - 3_600)
        state = NotifyState(
            number=run, trouble={"webhook": "The webhook answered 404"}, trouble_at=now, last=last
        )
        keep_notify_state(ledger.notes(""), "intranet", state)
        lags = [Lag(at=now, seconds=240.0, at_least=200.0)]
        keep_canary_state(ledger.notes(""), "intranet", CanaryState(key="k", number=run, lags=lags))
    page = await status.page("/")
    for words in (
        "A run waits for your decision</strong>, told by mail",
        "Not everybody was told by webhook",
        "answered 404",
        "Sent to found",
        "4 minutes",
    ):
        assert words in page
    with status.near.app().ledger() as ledger:
        put_on_hold(ledger.notes(""), "intranet", now=now)
    assert "A stranger finds what is not for her" in await status.page("/")


async def test_who_works_has_a_page(status: Open) -> None:
    assert "One service alone works" in await status.page("/workers")
    with status.near.app().ledger() as ledger:
        furnish(ledger, status.near.clock())
        ledger.runs("intranet").take_lease(now=status.near.clock())
        run = ledger.runs("intranet").start(mode="full", dry_run=False, now=status.near.clock())
    page = await status.page("/workers")
    for words in (
        "alfa",
        "fell silent",
        "delta run of intranet",
        "3 runs wait for a worker",
        run.id,
        "from beta",
    ):
        assert words in page


async def test_the_overview_and_the_metrics_tell_of_the_last_comparison_with_the_intranet(
    status: Open,
) -> None:
    name = 'interact_connector_not_as_noted{target="intranet"}'
    await status.near.run("full")
    assert "Not as the ledger says" not in await status.page("/")
    assert name not in await status.page("/metrics")
    del status.near.intranet.documents[f"ix-{status.small.section}"]
    told = await status.near.app().verify("intranet", sample=None)
    page = " ".join((await status.page("/")).split())
    assert f"<dd>1<small>of {told.asked} looked for in the intranet" in page
    assert f"{name} 1.0" in await status.page("/metrics")


async def test_the_overview_tells_that_settings_were_refused(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path) as near:
        server = StatusServer(
            app=near.app,
            metrics=Metrics(),
            lanes=dict,
            clock=near.clock,
            refused=lambda: "schedule.delta: odd",
        )
        async with (
            server.serving("127.0.0.1:0") as address,
            httpx.AsyncClient(verify=False, base_url=address, timeout=IN_VAIN_S) as client,
        ):
            page = (await client.get("/")).text
    assert "The settings were refused" in page
    assert "schedule.delta: odd" in page


async def test_the_overview_counts_what_a_run_under_way_has_sent(status: Open) -> None:
    await status.near.run("full")

    async def live() -> int:
        found = re.search(r'href="/documents">(\d+)<', await status.page("/?part=live"))
        assert found
        return int(found[1])

    before = await live()
    with status.near.app().ledger() as ledger:
        ledger.runs("intranet").start(mode="delta", dry_run=False, now=status.near.clock())
        push(ledger.documents("intranet"), make_push("ix-new"), now=status.near.clock())
    assert await live() == before + 1
    numbers = (await status.client.get("/metrics")).text
    assert f'documents_now{{state="live",target="intranet"}} {before + 1}.0' in numbers
