"""
A service as `connector serve` starts it, but with a tick every few seconds: cron knows no less than a minute.

    python -m tests.engine.worker SETTINGS AHEAD_S TICK_S [BEAT_S SILENT_S]

Its clock is so far ahead of this machine's, as that of another machine may be.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from connector.app import App
from connector.commands.running import read_settings
from connector.daemon.service import Pace, Service
from connector.engine.event_loop import run_program
from connector.engine.rounds import Pulse
from connector.machine.shared_clock import SharedClock
from connector.plan.item import Mode
from connector.ports.engine import Work


class Ticking(Service):
    """Asks for a delta of every target at every multiple of some seconds."""

    tick_s = 6.0

    async def serve(self) -> None:
        """Serve, and tick."""
        ticking = asyncio.create_task(self._tick())
        try:
            await super().serve()
        finally:
            ticking.cancel()

    async def _tick(self) -> None:
        at = time.time() // self.tick_s * self.tick_s
        while True:
            at += self.tick_s
            await asyncio.sleep(max(0.0, at - time.time()))
            if self.address:
                for target in self._app.settings.targets:
                    self._engine.ask(Work(Mode.DELTA.value, target, at))


if __name__ == "__main__":
    ahead_s, Ticking.tick_s, *beats = map(float, sys.argv[2:])
    clock = SharedClock(lambda: time.time() + ahead_s)
    pulse = Pulse(beat_s=beats[0], silent_s=beats[1]) if beats else Pulse()
    run_program(
        Ticking(
            lambda: App(read_settings(Path(sys.argv[1]), serving=True), clock=clock),
            pace=Pace(jitter_s=0, beat_s=1.0, pulse=pulse),
        ).serve()
    )
