"""What waits to be told comes in the order in which it came to be, however long a channel was away."""

from __future__ import annotations

from pathlib import Path

from connector.notify.stored_state import read_notify_state
from connector.wiring.notifications import notifier_of, telling_of
from tests.estates import furnish_small
from tests.neighbourhood import neighbourhood
from tests.notify.postoffice import Hook
from tests.notify.telling import by_webhook, end_a_run, look


async def test_an_all_clear_that_waited_never_comes_after_a_newer_alarm(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near, Hook().open() as hook:
        by_webhook(near, hook)
        end_a_run(near, "succeeded")
        end_a_run(near, "failed")
        await look(near)
        hook.status = "503 Away"
        end_a_run(near, "succeeded")
        for seconds in (0, 61, 121):  # the next try comes after five minutes
            near.clock.pass_seconds(seconds)
            await look(near)
        hook.status, hook.bodies = "200 OK", []
        end_a_run(near, "failed")
        await look(near)
        near.clock.pass_seconds(3_600)
        await look(near)
        assert [one["event"] for one in hook.bodies] == ["recovered", "failed"]


async def test_a_clock_that_is_set_back_between_two_looks_tells_nothing_and_breaks_nothing(
    tmp_path: Path,
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near, Hook(status="503 Away").open() as hook:
        by_webhook(near, hook)
        end_a_run(near, "failed")
        await look(near)
        with near.app().ledger() as ledger:
            state = read_notify_state(ledger.notes(""), "intranet")
        assert state is not None
        notifier = notifier_of(near.app)
        await notifier._tell(telling_of(near.app()), "intranet", state)
        assert len(hook.bodies) == 1, "its pause is not over"


async def test_news_of_settings_that_wait_stay_what_they_are(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near, Hook(status="503 Away").open() as hook:
        by_webhook(near, hook)
        end_a_run(near, "succeeded")
        notifier = notifier_of(near.app)
        for refused in ("permissions: expected 'room'", ""):
            await notifier.look_at_settings(refused, host="")
        near.clock.pass_seconds(61)
        hook.status, hook.bodies = "200 OK", []
        await notifier.look_at_settings("", host="")
        assert [one["outcome"] for one in hook.bodies] == ["refused", "taken"]
