"""What breaks while the service runs, at night, where nobody types a command: it is in the history, and somebody hears of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connector.app import App
from connector.daemon.progress import Patience
from connector.daemon.service import Service
from connector.machine.lock import only_here
from connector.plan.item import Mode
from connector.sandbox.faults import RESET_BEFORE, Fault, Silence
from connector.status.target_status import matters_of, tell_target
from connector.wiring.notifications import notifier_of
from connector.wiring.opening import key_of
from tests.daemon.serving import NEVER, make_service, next_full_of, serving, until
from tests.estates import furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.notify.postoffice import Hook


@pytest.fixture
async def near(tmp_path: Path) -> AsyncIterator[Neighbourhood]:
    async with neighbourhood(tmp_path, furnish_small) as one:
        one.values["service.listen"] = "127.0.0.1:0"
        one.values["schedule.delta"] = ""
        yield one


def outcomes(app: App) -> list[str]:
    """Of every run, the oldest first."""
    with app.ledger() as ledger:
        return [run.outcome or "running" for run in reversed(ledger.runs("intranet").recent(50))]


async def run_once(service: Service) -> None:
    """Have a delta done."""
    lane = service._lanes["intranet"]
    await lane.do(Mode.DELTA)


async def test_a_list_of_owners_that_breaks_keeps_no_run_from_its_work(near: Neighbourhood) -> None:
    owners = near.folder / "owners.csv"
    owners.write_text("room,email\nexample-corp/bridge,kari@example.com\n", encoding="utf-8")
    smtp = {"host": "127.0.0.1", "from": "connector@example.com"}
    near.values |= {"notify.owners": "owners.csv", **{f"notify.smtp.{key}": one for key, one in smtp.items()}}
    app = near.app()
    service = make_service(near, load=lambda: app)
    async with serving(service):
        await until(lambda: outcomes(app) == ["succeeded"])
        owners.write_text("half of it", encoding="utf-8")
        await run_once(service)
    assert outcomes(app) == ["succeeded", "succeeded"]


async def test_a_run_that_cannot_begin_is_in_the_history_and_somebody_hears_of_it(
    near: Neighbourhood,
) -> None:
    async with Hook().open() as hook:
        near.values["notify.webhook"] = hook.url
        app = near.app()
        service = make_service(near, load=lambda: app)
        notifier = notifier_of(lambda: app)
        async with serving(service):
            await until(lambda: outcomes(app) not in ([], ["running"]))
            assert outcomes(app) == ["succeeded"]
            near.values["sources.interaxo.id_prefix"] = "other"
            service._app = near.app()
            await run_once(service)
            await notifier.look()
            with app.ledger() as ledger:
                now = near.clock()
                matters = matters_of(
                    app, ledger, "intranet", tell_target(app, ledger, "intranet", now=now), now=now
                )
            service._app = app
            await run_once(service)
            await notifier.look()
    assert outcomes(app) == ["succeeded", "failed", "succeeded"]
    assert [one["event"] for one in hook.bodies] == ["failed", "recovered"]
    assert "id_prefix" in hook.bodies[0]["text"]
    assert matters.states[0].words.startswith("The last run failed")


async def test_that_a_run_stood_still_is_told_once_and_that_it_is_over(near: Neighbourhood) -> None:
    async with Hook().open() as hook:
        near.values |= {"notify.webhook": hook.url, "http.timeout_s": 2}
        app = near.app()
        service = make_service(near, load=lambda: app)
        notifier = notifier_of(lambda: app)
        async with serving(service):
            await until(lambda: outcomes(app) == ["succeeded"])
            near.wire.add(Fault("* /v1/communities", Silence(), times=None))
            lane = service._lanes["intranet"]
            for _ in range(2):
                lane.progress.patience = Patience(without_answer_s=0.2)
                await run_once(service)
                await notifier.look()
            near.wire.clear()
            lane.progress.patience = NEVER
            await run_once(service)
            await notifier.look()
    assert outcomes(app) == ["succeeded", "cancelled", "cancelled", "succeeded"]
    assert [one["event"] for one in hook.bodies] == ["stalled", "recovered"]
    assert hook.bodies[0]["outcome"] == "cancelled"
    for words in ("A run into intranet stood still", "got no answer", "connector runs", "connector check"):
        assert words in hook.bodies[0]["text"]


async def test_a_full_run_that_did_not_come_to_its_end_is_done_after_a_pause_though_no_delta_asks(
    near: Neighbourhood,
) -> None:
    near.wire.add(Fault("* /v1/communities", RESET_BEFORE, times=None))
    app = near.app()
    service = make_service(near, load=lambda: app)
    async with serving(service):
        await until(lambda: "intranet" in service._due.put_off)
        assert next_full_of(near) == service._due.put_off["intranet"] // 1, (
            "as it is done, not as the schedule says"
        )
        near.wire.clear()
        with only_here(key_of(app, "intranet"), app.ledger_file.parent if app.ledger_file else None):
            near.clock.pass_seconds(3_601)
            await until(lambda: service._due.put_off.get("intranet", 0) > near.clock())
        near.clock.pass_seconds(3_600)
        await until(lambda: outcomes(app)[-1:] == ["succeeded"])
    assert outcomes(app) == ["failed", "succeeded"]


async def test_after_a_restart_soon_after_a_full_run_that_failed_it_is_done_as_well(
    near: Neighbourhood,
) -> None:
    fault = near.wire.add(Fault("* /v1/communities", RESET_BEFORE, times=None))
    await near.run("full")
    near.wire.faults.remove(fault)
    app = near.app()
    service = make_service(near, load=lambda: app)
    async with serving(service):
        await until(lambda: "intranet" in service._due.put_off)
        near.clock.pass_seconds(3_600)
        await until(lambda: outcomes(app)[-1:] == ["succeeded"])


async def test_a_target_that_a_reload_brings_has_its_first_run_at_once(near: Neighbourhood) -> None:
    """Without deltas it would wait for the next full run, a week by default, and everything else is green."""
    service = make_service(near)
    async with serving(service):
        await until(lambda: outcomes(near.app()) == ["succeeded"])
        near.values |= {
            key.replace("interaxo", "other").replace("intranet", "south"): one
            for key, one in near.values.items()
            if key.startswith(("sources.interaxo.", "targets.intranet."))
        }
        near.values |= {"targets.south.app_id": 48, "sources.other.id_prefix": "other"}
        near.values |= {"sources.interaxo.target": "intranet", "sources.other.target": "south"}
        service.reload()

        def has_run() -> bool:
            with near.app().ledger() as ledger:
                return ledger.runs("south").last_finished("full") is not None

        await until(has_run)
