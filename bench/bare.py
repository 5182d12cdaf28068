"""
The bare loop: the requests of a recorded run and nothing else, with aiohttp on uvloop.

It knows every URL beforehand, waits for no answer before it asks the next, decodes nothing, remembers nothing
and pushes from the start: no connector can be as fast. What it sends are the recorded bytes.

Run: `python -m bench.bare TASK` (JSON of `bench.outcome.Task`, whose folder holds the plan); prints one line of JSON.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import aiohttp
import msgspec
import uvloop
from yarl import URL

from bench.outcome import WRITERS, Outcome, Task, cpu_seconds, peak_mb


class Plan(msgspec.Struct):
    """What a run of the connector asked and sent."""

    gets: list[str]
    puts: list[tuple[str, int, int]]
    """Target, and where its bytes stand in the file of bodies: offset, length."""


async def replay(task: Task) -> Outcome:
    """Ask and send all of a plan."""
    origin, folder = task.origin, Path(task.folder)
    plan = msgspec.json.decode((folder / "plan.json").read_bytes(), type=Plan)
    gets, puts = iter(plan.gets), iter(plan.puts)
    bodies = os.open(folder / "bodies", os.O_RDONLY)
    limit = aiohttp.TCPConnector(limit=task.calls + WRITERS, keepalive_timeout=60)
    started, cpu = time.perf_counter(), cpu_seconds()
    async with aiohttp.ClientSession(connector=limit, cookie_jar=aiohttp.DummyCookieJar()) as session:

        async def read() -> None:
            for target in gets:
                async with session.get(URL(origin + target, encoded=True)) as response:
                    await response.read()

        async def write() -> None:
            for target, offset, length in puts:
                body = os.pread(bodies, length, offset)
                async with session.put(URL(origin + target, encoded=True), data=body) as response:
                    await response.read()

        async with asyncio.TaskGroup() as group:
            for _ in range(task.calls):
                group.create_task(read())
            for _ in range(WRITERS):
                group.create_task(write())
    seconds, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    os.close(bodies)
    return Outcome(seconds=seconds, cpu_seconds=cpu, peak_mb=peak_mb())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(replay(msgspec.json.decode(sys.argv[1], type=Task)))
    print(msgspec.json.encode(outcome).decode())
