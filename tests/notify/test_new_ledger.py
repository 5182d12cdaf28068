"""The ledger is a new one, while the intranet has documents already: somebody hears of it, and of what to do."""

from __future__ import annotations

from pathlib import Path

from tests import ledgers
from tests.notify.telling import look, told_both_ways


async def test_that_the_ledger_is_a_new_one_is_told_at_once(tmp_path: Path) -> None:
    """As where its disk was not mounted when the service was started."""
    async with told_both_ways(tmp_path) as (near, hook, office):
        await near.run("full")
        await look(near)
        found = near.found()
        ledgers.lose(tmp_path)
        assert (await near.run("full")).outcome == "withheld"
        assert near.found() == found
        for _ in range(2):
            await look(near)
        (body,), (mail,) = hook.bodies, office.mails
        assert (body["event"], body["outcome"]) == ("withheld", "withheld")
        for told in (body["text"], mail.replace("=\r\n", "")):
            for words in ("The ledger of intranet is new, or was lost", "mount the disk", "connector status"):
                assert words in told
        await near.run("delta")
        await look(near)
        assert [one["event"] for one in hook.bodies] == ["withheld", "recovered"]
