"""Readiness is the age of the last good run; its words tell how the last run ended, too."""

from __future__ import annotations

from pathlib import Path

from connector.ledger.on_hold import lift_hold, put_on_hold
from connector.status.health import tell_ready
from connector.status.target_status import tell_status
from tests.rules.ground import small_world


async def test_a_failed_run_leaves_the_service_ready_and_is_told(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        app = near.app()
        with app.ledger() as ledger:
            ready, told = tell_ready(app, ledger, now=near.clock())
            assert not ready
            assert "no run has" in told["targets"]["intranet"]["words"]
        await near.run("full")
        near.intranet.api_key = "another-key"
        failed = await near.run("delta")
        with app.ledger() as ledger:
            ready, told = tell_ready(app, ledger, now=near.clock())
            assert ready
            (target,) = told["targets"].values()
            assert target["outcome"] == "failed"
            assert target["words"].endswith(
                f"but the last run has the outcome failed. See: connector runs {failed.run_id}"
            )
            near.intranet.api_key = near.values["targets.intranet.api_key"]
            near.clock.pass_seconds(25 * 3_600)
            ready, told = tell_ready(app, ledger, now=near.clock())
            assert not ready
            assert "older than 24 hours" in told["targets"]["intranet"]["words"]


async def test_a_target_on_hold_leaves_the_service_ready_and_is_told(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        app = near.app()
        await near.run("full")
        with app.ledger() as ledger:
            put_on_hold(ledger.notes(""), "intranet", now=near.clock())
            ready, told = tell_ready(app, ledger, now=near.clock())
            assert ready
            assert told["targets"]["intranet"]["on_hold"] is True
            assert told["targets"]["intranet"]["words"].endswith(
                "the target is on hold: nothing new is sent. See: connector status"
            )
            lift_hold(ledger.notes(""), "intranet")
            _, told = tell_ready(app, ledger, now=near.clock())
            assert told["targets"]["intranet"]["on_hold"] is False
            assert "hold" not in told["targets"]["intranet"]["words"]


async def test_a_load_of_one_room_makes_nobody_ready(tmp_path: Path) -> None:
    """The other rooms were not looked at, and nothing of them need be in the search."""
    async with small_world(tmp_path) as (near, _):
        app = near.app()
        loaded = await near.run("backfill", rooms=("example-corp/bridge",))
        assert loaded.outcome == "succeeded"
        assert loaded.as_json()["sources"]["interaxo"]["rooms"] == 1
        with app.ledger() as ledger:
            ready, told = tell_ready(app, ledger, now=near.clock())
            assert not ready
            assert told["targets"]["intranet"]["last_good_run"] is None
            (target,) = tell_status(app, ledger, now=near.clock())["targets"].values()
        assert [one["words"] for one in target["matters"]] == ["Search is not up to date"]
        whole = await near.run("full")
        assert "rooms" not in whole.as_json()["sources"]["interaxo"]
        with app.ledger() as ledger:
            assert tell_ready(app, ledger, now=near.clock())[0]
