"""
The sandbox's ITR in a process of its own: one company with so many sessions, each with two tests.

Run: `python -m bench.company SESSIONS`; prints the connector's settings as JSON, serves until its standard input closes.
"""

from __future__ import annotations

import asyncio
import sys

import msgspec
import uvloop

from connector.sandbox.itr import ItrWorld
from connector.sandbox.itr_http import ItrApp
from connector.sandbox.server import serve as serve_app

FAST = "10000"
"""Calls a second that the connector allows itself; the simulated ITR allows any number."""


def furnish(sessions: int) -> ItrWorld:
    """Grow the recorded company."""
    world = ItrWorld()
    world.quirks.calls_per_s = world.quirks.logins_per_s = None
    for number in range(sessions):
        key = world.add("sessions", Description=f"Assessment {number}")
        for sequence in (1, 2):
            world.add("sessiontests", SessionID=key, Sequence=sequence)
    return world


async def serve(sessions: int) -> None:
    """Serve until standard input closes."""
    world = furnish(sessions)
    async with serve_app(ItrApp(world)) as url:
        settings = {**world.settings(url), "sources.itr.calls_per_s": FAST}
        print(msgspec.json.encode(settings).decode(), flush=True)
        closed = asyncio.Event()
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), closed.set)
        await closed.wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1])))
