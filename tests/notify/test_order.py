"""What waits to be told comes in the order in which it came to be, however long a channel was away."""

from __future__ import annotations

from pathlib import Path

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
