"""A run that is stopped, and stopped again because that takes too long: it gives back what it holds, and sends nothing behind one's back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from connector.push.outbox import Outbox
from connector.sandbox.faults import Fault, Silence
from tests import ledgers
from tests.rules.ground import PUSH, plain_world


async def test_whoever_stops_a_run_twice_finds_the_target_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits, abandon = asyncio.Event(), Outbox.abandon

    async def tell(outbox: Outbox) -> None:
        waits.set()
        await abandon(outbox)

    monkeypatch.setattr(Outbox, "abandon", tell)
    async with plain_world(tmp_path, alpha=30) as (near, _):
        near.values["http.timeout_s"] = 600  # nobody waits for that
        silent = near.wire.add(Fault(PUSH, Silence(after=True), times=None))
        run = asyncio.create_task(near.run("full"))
        while not silent.hits:  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.005)
        run.cancel()
        await waits.wait()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(20):
                await run
        assert ledgers.ask(tmp_path, "SELECT outcome FROM runs") == [("cancelled",)]
        assert ledgers.ask(tmp_path, "SELECT expires_at FROM leases") == [(0,)]
        near.wire.faults.remove(silent)
        near.clock.pass_seconds(200)
        await near.run("full")
        assert near.found() == near.expected()
