"""
How near `connector check --forecast` comes to what a first load then takes: calls, bytes, seconds and disk.

Run: `python -m bench.forecast [ITEMS [LATENCY_MS ...]]` (20,000 items, 20 and 100 ms unless said otherwise). docs/sizing.md
tells what was measured. Nothing is asserted.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from bench.cases import Estate, Round
from bench.children import Children
from bench.outcome import Task
from bench.sizing import disk
from bench.whole import make_app
from connector.commands.forecasting import tell_forecast
from connector.daemon.logs import set_up
from connector.engine.event_loop import run_program


def measure(items: int, latency_ms: int, children: Children) -> None:
    """Print one line for each figure of one load."""
    ledger = children.new_folder("ledger-")
    with children.served(Estate(items)) as server:
        task = Task(origin=server.origin, folder=str(ledger), mode="backfill")
        server.begin(Round.FULL, latency_ms=latency_ms)
        began = time.monotonic()
        told = json.loads(children.ask("bench.forecast", "--one", msgspec.json.encode(task).decode()))
        took, asked = time.monotonic() - began, told["sources"]["interaxo-1"]
        server.begin(Round.FULL, latency_ms=latency_ms)
        found = children.run("bench.whole", task)
        counts = server.counts()
    pairs = {
        "calls": (asked["calls"], counts["gets"]),
        "bytes": (asked["bytes"], counts["put_bytes"]),
        "seconds": (asked["seconds"], found.seconds),
        "ledger": (asked["ledger_bytes"], disk(ledger)),
    }
    said = [f"{name} {told:,.0f} / {real:,.0f} = {told / real:.2f}" for name, (told, real) in pairs.items()]
    print(
        f"{items:,} items, {latency_ms} ms; asked {asked['asked']:,} in {took:.0f} s: {'; '.join(said)}",
        flush=True,
    )


def main(arguments: list[str]) -> None:
    """Measure and print; or foretell one load, and print it as JSON."""
    if arguments[:1] == ["--one"]:
        told: dict[str, Any] = run_program(
            tell_forecast(make_app(msgspec.json.decode(arguments[1], type=Task)), now=time.time())
        )
        print(msgspec.json.encode(told).decode())
        return
    items = int(arguments[0].replace(",", "")) if arguments else 20_000
    for latency_ms in [int(one) for one in arguments[1:]] or [20, 100]:
        with tempfile.TemporaryDirectory(prefix="connector-forecast-bench-") as folder:
            measure(items, latency_ms, Children(Path(folder)))


if __name__ == "__main__":
    set_up(style="json", secrets=[], level=logging.WARNING)
    main(sys.argv[1:])
