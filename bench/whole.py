"""
The connector's side: one run of the whole program, wired by its settings, on uvloop.

Run: `python -m bench.whole TASK` (JSON of `bench.outcome.Task`); the ledger stays in its folder. Prints one line of JSON.
"""

from __future__ import annotations

import importlib
import logging
import sys
import time
from pathlib import Path

import msgspec

from bench.outcome import WRITERS, Outcome, Task, cpu_seconds, peak_mb
from connector.app import KINDS, App
from connector.daemon.logs import set_up
from connector.engine.event_loop import run_program
from connector.plan.item import Mode
from connector.settings import check

Settings = dict[str, str | int | bool]
BROUGHT = (
    "connector.wiring.canary",
    "connector.wiring.file_readers",
    "connector.wiring.matching",
    "connector.runs.run",
)
"""Modules that are loaded where they work: a part of the start, as the bare loop's are, which `bench.start` measures."""


def make_app(task: Task) -> App:
    """The connector between the simulated neighbours."""
    values: Settings = {"ledger.url": task.ledger}
    for number in range(1, task.targets + 1):
        values |= _target(task.origin, f"intranet-{number}", number)
        if not task.company:
            values |= _rooms(task, f"interaxo-{number}", f"intranet-{number}")
    values |= task.company
    layers = [("bench", key.split("."), value) for key, value in values.items()]
    return App(check(layers, file=Path(task.folder) / "settings.toml", kinds=KINDS))


def _target(origin: str, name: str, number: int) -> Settings:
    return {
        f"targets.{name}.base_url": origin,
        f"targets.{name}.tenant": "00000000-0000-0000-0000-000000000000",
        f"targets.{name}.app_id": str(number),
        f"targets.{name}.api_key": "made-up",
        f"targets.{name}.concurrency": WRITERS,
    }


def _rooms(task: Task, name: str, target: str) -> Settings:
    return {
        f"sources.{name}.kind": "interaxo",
        f"sources.{name}.target": target,
        f"sources.{name}.id_prefix": "ix",
        f"sources.{name}.base_url": task.origin,
        f"sources.{name}.token_url": f"{task.origin}/oauth/token",
        f"sources.{name}.audience": "bench",
        f"sources.{name}.client_id": "made-up",
        f"sources.{name}.client_secret": "made-up",
        f"sources.{name}.web_url": "https://ix.example.com/{community}/{room}/documentLibrary/{id}",
        f"sources.{name}.permissions": "room",
        f"sources.{name}.concurrency": task.calls,
        f"sources.{name}.content": task.texts,
        f"sources.{name}.download": "api",
    }


async def run(task: Task) -> Outcome:
    """Do one run of each target; of several outcomes the first that is not a success is told."""
    app = make_app(task)
    for name in (*BROUGHT, f"connector.sources.{'itr' if task.company else 'interaxo'}.client"):
        importlib.import_module(name)
    started, cpu = time.perf_counter(), cpu_seconds()
    reports = [await app.run(name, app.options(name, Mode(task.mode))) for name in app.settings.targets]
    seconds, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    report = next((one for one in reports if one.outcome != "succeeded"), reports[0])
    return Outcome(
        seconds=seconds,
        cpu_seconds=cpu,
        peak_mb=peak_mb(),
        outcome=report.outcome,
        live=sum(one.documents.live for one in reports),
        without_text=sum(one.documents.without_text for one in reports),
        reasons=report.reasons[:3],
    )


if __name__ == "__main__":
    set_up(style="json", secrets=[], level=logging.WARNING)
    outcome = run_program(run(msgspec.json.decode(sys.argv[1], type=Task)))
    print(msgspec.json.encode(outcome).decode())
